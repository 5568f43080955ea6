//! The nodes: their transforms, and the walk that finds what they show.
//!
//! `nodes` walks, `transform` has the numbers in double precision, `rig` moves what was found; `camera`,
//! `lights` and `instancing` are what nodes carry beside meshes.

pub(super) mod camera;
pub(super) mod instancing;
pub(super) mod lights;
pub(super) mod nodes;
pub(super) mod rig;
pub(super) mod transform;
