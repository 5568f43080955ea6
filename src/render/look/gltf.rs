//! The rules of glTF 2.0, for files that Drake's client did not write, or that are to look so.

use super::{Blending, Cover, Habits, LEAST_ALPHA, Mask, Model, Sides, Style, TextureUse};
use crate::scene::{AlphaMode, Instance, Material, Primitive, Scene, Slot};

pub(super) fn style(scene: &Scene, instance: &Instance, primitive: &Primitive) -> Style {
    let material = scene.materials[primitive.material].clone();
    let (blending, cutoff) = match material.alpha_mode {
        // Alpha counts for nothing, so none is too low.
        AlphaMode::Opaque => (Blending::Opaque, f32::MIN),
        AlphaMode::Mask(cutoff) => (Blending::Opaque, least_drawn(cutoff)),
        AlphaMode::Blend => (Blending::Translucent, LEAST_ALPHA),
    };
    let has_holes = matches!(material.alpha_mode, AlphaMode::Mask(_));
    let sides = sides(&material, instance);
    Style {
        material,
        model: Model::Pbr,
        blending,
        sides,
        cutoff,
        has_holes,
        habits: Habits::default(),
        no_curve: false,
        deep_is_linear: false,
        sampler: |sampler| (sampler, 1),
    }
}

/// The alpha from which something is drawn. An alpha equal to the cutoff is; but a color that all
/// vertices share comes out of the interpolation a rounding error below it here and there.
fn least_drawn(cutoff: f32) -> f32 {
    const ROUNDING: f32 = 1e-5;
    cutoff * (1.0 - ROUNDING)
}

/// glTF 3.5.3: a mirroring transform turns the winding round.
fn sides(material: &Material, instance: &Instance) -> Sides {
    let mirrors = instance.world_from_model.matrix3.determinant() < 0.0;
    match (material.double_sided, mirrors) {
        (true, false) => Sides::Both,
        (false, false) => Sides::Front,
        (true, true) => Sides::BothMirrored,
        (false, true) => Sides::FrontMirrored,
    }
}

/// What is not drawn in the color image covers nothing; what is blended covers as if it were opaque.
pub(super) fn cover(scene: &Scene, instance: &Instance, primitive: &Primitive) -> Cover {
    let material = &scene.materials[primitive.material];
    let sides = match sides(material, instance) {
        Sides::BothMirrored => Sides::Both,
        sides => sides,
    };
    let texture = material.texture(Slot::BaseColor).map(|texture| TextureUse {
        texture: texture.texture,
        srgb: true,
        sampler: scene.textures[texture.texture].sampler,
        anisotropy: 1,
    });
    let mask = match material.alpha_mode {
        AlphaMode::Mask(cutoff) => Some(Mask {
            texture,
            alpha: material.base_color[3],
            cutoff: least_drawn(cutoff),
        }),
        AlphaMode::Opaque | AlphaMode::Blend => None,
    };
    Cover {
        sides,
        shaded_sides: sides,
        mask,
    }
}
