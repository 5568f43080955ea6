//! Decoders of compressed data, as pure functions of bytes: `ktx2` (`basis`, `zstd`) for textures.
//! `guard` stands between them and crates that may panic.

mod basis;
mod container;
pub(super) mod guard;
pub(super) mod ktx2;
mod zstd;
