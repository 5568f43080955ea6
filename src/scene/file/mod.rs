//! The file: JSON or GLB, cut and parsed, and what it demands.
//!
//! `text` is the file before it is parsed, `document` after: `glb` takes the container apart, `cutter` finds
//! the data URIs, of files that are still arriving too (`uri_finder` in their JSON), `strip` cuts them out
//! before the JSON is parsed, `lengths` counts what is large when it is, `still` knows a file again whose nodes have moved,
//! `strict` and `indices` refuse arrays in place of objects and numbers that no index can have, `whole`
//! writes integers as the parser wants them, `wording` puts its faults in glTF's words, `extensions` knows
//! which extensions may be required, `undeclared` finds those that the file does not own up to, and `vtk`
//! which VTK passes over.

pub(super) mod cutter;
pub(super) mod document;
pub(super) mod extensions;
pub(super) mod glb;
pub(super) mod indices;
mod lengths;
mod scalars;
pub(super) mod still;
pub(super) mod strict;
pub(super) mod strip;
pub(super) mod text;
mod undeclared;
mod uri_finder;
mod vtk;
mod whole;
mod wording;
