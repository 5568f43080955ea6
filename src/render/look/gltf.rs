//! The rules of glTF 2.0, for files that Drake's client did not write.

use super::{Blending, Habits, LEAST_ALPHA, Model, Sides, Style};
use crate::scene::{AlphaMode, Instance, Primitive, Scene, Slot};

pub(super) fn style(scene: &Scene, instance: &Instance, primitive: &Primitive) -> Style {
    let material = scene.materials[primitive.material].clone();
    let (blending, cutoff) = match material.alpha_mode {
        // Alpha counts for nothing, so none is too low.
        AlphaMode::Opaque => (Blending::Opaque, f32::MIN),
        AlphaMode::Mask(cutoff) => (Blending::Opaque, cutoff),
        AlphaMode::Blend => (Blending::Translucent, LEAST_ALPHA),
    };
    // glTF 3.5.3: a mirroring transform turns the winding round.
    let mirrors = instance.world_from_model.matrix3.determinant() < 0.0;
    let sides = match (material.double_sided, mirrors) {
        (true, false) => Sides::Both,
        (false, false) => Sides::Front,
        (true, true) => Sides::BothMirrored,
        (false, true) => Sides::FrontMirrored,
    };
    Style {
        material,
        model: Model::Pbr,
        blending,
        sides,
        cutoff,
        habits: Habits::default(),
        plain_power: false,
        tex_coords: Slot::ALL,
        sampler: |sampler| (sampler, 1),
    }
}
