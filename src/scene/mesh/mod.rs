//! The shapes of primitives.
//!
//! `attributes` looks up a primitive's accessors by the rules of `attribute_rules`, `topology` makes
//! lists of its indices, and `geometry` ties it together with what the file lacks: `normals` (for
//! shapes of VTK `vtk_normals`, with `vtk_shapes` and `weld`) and `tangents`.

pub(super) mod attribute_rules;
pub(super) mod attributes;
pub(super) mod geometry;
pub(super) mod normals;
pub(super) mod tangents;
pub(super) mod topology;
pub(super) mod vtk_normals;
pub(super) mod vtk_shapes;
pub(super) mod weld;
