//! The rules of Drake's `RenderEngineVtk`, with what Drake's client leaves out of the file.
//!
//! They were found by comparing its pixels with formulas: what has no glTF material is dielectric
//! and half rough, and both its sides are drawn; vertex colors replace the base color; `alphaMode`
//! says nothing, alpha does; an emissive factor counts with an emissive texture only, occlusion with
//! a metallic-roughness texture only; one filter serves all; a mirrored node shows its back; points
//! and lines without normals show their base color alone; what is not lit is shown in linear light,
//! and so too dark, but for its factor; and textures of 16 bits are taken for linear. That one set of
//! texture coordinates serves all is seen to where materials are read.

use super::{Blending, Habits, LEAST_ALPHA, Model, Sides, Style};
use crate::scene::{
    Filter, Instance, Material, NormalKind, Origin, Primitive, Producer, Sampler, Scene, Slot, Wrap,
};

/// The roughness that Drake gives to what has no glTF material; the wire says 1.
const ROUGHNESS: f32 = 0.5;
/// From linear light to what a display takes, in VTK.
const DISPLAY_POWER: f32 = 2.2;
/// What VTK sets on textures with mip levels.
const ANISOTROPY: u16 = 4;

/// None if nothing of the primitive can be seen.
pub(super) fn style(scene: &Scene, instance: &Instance, primitive: &Primitive) -> Option<Style> {
    let mut material = scene.materials[primitive.material].clone();
    if material.base_color[3] <= 0.0 {
        return None;
    }
    if !has_material(scene, instance, primitive) {
        material.metallic = 0.0;
        material.roughness = ROUGHNESS;
    }
    let has_base_texture = material.texture(Slot::BaseColor).is_some();
    let blending = blending(scene, primitive, &material, is_shape(scene, instance));

    let has_colors = primitive
        .shading
        .as_ref()
        .is_some_and(|s| s.colors.is_some());
    if has_colors && model(scene) == Model::Pbr {
        material.base_color[..3].fill(1.0);
    }
    // The factor of what is not lit goes through the display's power, textures do not.
    if material.unlit {
        for factor in &mut material.base_color[..3] {
            *factor = factor.powf(1.0 / DISPLAY_POWER);
        }
    }
    // Without light there is no emission either.
    if material.texture(Slot::Emissive).is_none() || has_no_normals(primitive) {
        material.emissive = [0.0; 3];
    }
    if material.texture(Slot::MetallicRoughness).is_none() {
        material.textures[Slot::Occlusion as usize] = None;
    }
    Some(Style {
        material,
        model: model(scene),
        blending,
        sides: sides(scene, instance, primitive),
        cutoff: LEAST_ALPHA,
        // Whatever else is opaque has an alpha of 1.
        has_holes: blending == Blending::Cutout,
        habits: Habits {
            ignores_handedness: true,
            ignores_color_alpha: has_base_texture,
            tangents_as_normals: true,
        },
        no_curve: true,
        deep_is_linear: true,
        sampler,
    })
}

/// Whether these are points or lines that are not lit.
fn has_no_normals(primitive: &Primitive) -> bool {
    let shading = primitive.shading.as_ref();
    shading.is_some_and(|s| s.normal_kind == NormalKind::Missing)
}

/// How all of a scene is lit.
fn model(scene: &Scene) -> Model {
    match scene.producer {
        Producer::Vtk => Model::Phong,
        Producer::DrakeMerger | Producer::Other => Model::Pbr,
    }
}

/// Whether a primitive has a glTF material.
fn has_material(scene: &Scene, instance: &Instance, primitive: &Primitive) -> bool {
    !is_shape(scene, instance) && scene.default_material != Some(primitive.material)
}

/// Whether an instance is drawn as a shape of Drake's own, which all are where there are no glTF meshes.
fn is_shape(scene: &Scene, instance: &Instance) -> bool {
    instance.origin == Origin::VtkShape || scene.producer == Producer::Vtk
}

/// The sides that the color image has.
pub(super) fn sides(scene: &Scene, instance: &Instance, primitive: &Primitive) -> Sides {
    let is_single_sided = has_material(scene, instance, primitive)
        && model(scene) == Model::Pbr
        && !scene.materials[primitive.material].double_sided;
    if is_single_sided {
        Sides::Front
    } else {
        Sides::Both
    }
}

/// Alpha below 1 in the factor, or in vertex colors where no texture outdoes them, makes a surface
/// translucent. Holes in the texture of a glTF mesh are cut out in the order of drawing; whether
/// those of a shape are depends on the order of registration, which is not on the wire.
fn blending(scene: &Scene, primitive: &Primitive, material: &Material, is_shape: bool) -> Blending {
    let texture = material
        .texture(Slot::BaseColor)
        .map(|t| &scene.textures[t.texture]);
    let colors = primitive.shading.as_ref().and_then(|s| s.colors.as_deref());
    let has_translucent_colors =
        texture.is_none() && colors.is_some_and(|colors| colors.iter().any(|c| c[3] < 1.0));
    let has_holes = texture.is_some_and(|t| t.has_alpha);
    if material.base_color[3] < 1.0 || has_translucent_colors || (has_holes && is_shape) {
        Blending::Translucent
    } else if has_holes {
        Blending::Cutout
    } else {
        Blending::Opaque
    }
}

/// VTK knows one filter for all and one wrap for both axes.
fn sampler(sampler: Sampler) -> (Sampler, u16) {
    let is_linear = sampler.mag == Filter::Linear
        || sampler.min == Filter::Linear
        || sampler.mip == Some(Filter::Linear);
    let filter = if is_linear {
        Filter::Linear
    } else {
        Filter::Nearest
    };
    let clamps = sampler.wrap_u == Wrap::ClampToEdge || sampler.wrap_v == Wrap::ClampToEdge;
    let wrap = if clamps {
        Wrap::ClampToEdge
    } else {
        Wrap::Repeat
    };
    let mip = (is_linear && sampler.mip.is_some()).then_some(Filter::Linear);
    let sampler = Sampler {
        mag: filter,
        min: filter,
        mip,
        wrap_u: wrap,
        wrap_v: wrap,
    };
    (sampler, if mip.is_some() { ANISOTROPY } else { 1 })
}
