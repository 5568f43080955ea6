//! What primitives look like: materials and their textures.
//!
//! `materials` converts each `material` once, by the `variants` that the caller chooses;
//! `material_textures` finds its textures with their `texture_transform`. A `texture` is an `image`
//! with a `sampler`.

pub(super) mod image;
pub(super) mod material;
pub(super) mod material_textures;
pub(super) mod materials;
pub(super) mod sampler;
pub(super) mod texture;
pub(super) mod texture_transform;
pub(super) mod variants;
