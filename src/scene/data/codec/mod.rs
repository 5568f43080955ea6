//! Decoders of compressed data, as pure functions of bytes: `ktx2` (`basis`, `zstd`) for textures,
//! `draco` and `meshopt` for geometry. `guard` stands between them and crates that may panic.
//!
//! They know neither the document nor its budget. The caller says how much may come out, and they
//! refuse what would be more before they make room for it. Whatever bytes they are given, they end.

mod basis;
mod container;
pub(in crate::scene) mod draco;
#[cfg(test)]
mod geometry_tests;
pub(in crate::scene) mod guard;
pub(in crate::scene) mod ktx2;
pub(in crate::scene) mod meshopt;
mod zstd;
