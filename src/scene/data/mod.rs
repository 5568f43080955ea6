//! The numbers in a file: from URIs over buffers and bufferViews to the elements of accessors.
//!
//! `buffers` has the bytes, from `data_uri`, the GLB chunk, the caller's `files` or, for what is
//! `compressed`, a decoder of `codec`; `accessor` checks where elements lie, `elements` reads them,
//! and `arrays` keeps what was read; `oddities` finds what is wrong with that and does not matter.

pub(super) mod accessor;
pub(super) mod arrays;
pub(super) mod buffers;
pub(super) mod charges;
pub(super) mod codec;
pub(super) mod compressed;
#[cfg(test)]
mod compressed_tests;
pub(super) mod data_uri;
pub(super) mod elements;
pub(super) mod files;
pub(super) mod oddities;
