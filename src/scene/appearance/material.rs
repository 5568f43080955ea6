//! Metallic-roughness materials.

use gltf::json::Material as Json;
use gltf::json::material::AlphaMode as JsonAlphaMode;
use gltf::json::validation::Checked;
use serde::Deserialize;

use crate::scene::error::invalid;
use crate::scene::file::extensions::extension;
use crate::scene::warnings::Warnings;
use crate::scene::{SceneError, TextureTransform};

/// The name of the extension for base colors shown as they are.
pub(in crate::scene) const UNLIT: &str = "KHR_materials_unlit";
/// The name of the extension for emission above 1.
pub(in crate::scene) const EMISSIVE_STRENGTH: &str = "KHR_materials_emissive_strength";

/// An object whose presence says it all.
#[derive(Deserialize)]
struct Unlit {}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct EmissiveStrength {
    emissive_strength: f32,
}

impl Default for EmissiveStrength {
    fn default() -> Self {
        Self {
            emissive_strength: 1.0,
        }
    }
}

/// How a material's alpha is used (glTF 3.9.4).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum AlphaMode {
    /// Alpha is ignored by glTF; `render::look` says what Drake's look makes of it.
    #[default]
    Opaque,
    /// Drawn where alpha is at least the cutoff, not drawn elsewhere.
    Mask(f32),
    /// Blended over what is behind.
    Blend,
}

/// A material's use of a texture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureRef {
    /// Index into [`crate::scene::Scene::textures`].
    pub texture: usize,
    /// Which TEXCOORD set.
    pub tex_coord: u32,
    /// What is done to its coordinates, by `KHR_texture_transform`.
    pub transform: Option<TextureTransform>,
}

/// How many textures a material may have.
pub const TEXTURES: usize = 5;

/// The textures of a material, by their place in [`Material::textures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// `baseColorTexture`.
    BaseColor,
    /// `metallicRoughnessTexture`: roughness in green, metallic in blue.
    MetallicRoughness,
    /// `normalTexture`.
    Normal,
    /// `occlusionTexture`: occlusion in red.
    Occlusion,
    /// `emissiveTexture`.
    Emissive,
}

impl Slot {
    /// All of them, in their order.
    pub const ALL: [Self; TEXTURES] = [
        Self::BaseColor,
        Self::MetallicRoughness,
        Self::Normal,
        Self::Occlusion,
        Self::Emissive,
    ];
}

/// A material of the metallic-roughness model, with glTF's defaults filled in.
///
/// Color factors are linear; base color and emissive textures are sRGB, the others linear. Texture
/// references are none if only geometry was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// `baseColorFactor`; the label image is made of its first three.
    pub base_color: [f32; 4],
    /// `metallicFactor`.
    pub metallic: f32,
    /// `roughnessFactor`.
    pub roughness: f32,
    /// `emissiveFactor` times `emissiveStrength`.
    pub emissive: [f32; 3],
    /// `normalTexture.scale`.
    pub normal_scale: f32,
    /// `occlusionTexture.strength`.
    pub occlusion_strength: f32,
    /// Its textures, in the order of [`Slot`].
    pub textures: [Option<TextureRef>; TEXTURES],
    /// `alphaMode` and `alphaCutoff`.
    pub alpha_mode: AlphaMode,
    /// `doubleSided`.
    pub double_sided: bool,
    /// Whether its base color is shown as it is, by `KHR_materials_unlit`.
    pub unlit: bool,
}

impl Default for Material {
    /// The material of a primitive that names none (glTF 3.7.2.1).
    fn default() -> Self {
        Self {
            base_color: [1.0; 4],
            metallic: 1.0,
            roughness: 1.0,
            emissive: [0.0; 3],
            normal_scale: 1.0,
            occlusion_strength: 1.0,
            textures: [None; TEXTURES],
            alpha_mode: AlphaMode::Opaque,
            double_sided: false,
            unlit: false,
        }
    }
}

impl Material {
    /// Whether its alpha cuts holes.
    #[must_use]
    pub fn has_holes(&self) -> bool {
        matches!(self.alpha_mode, AlphaMode::Mask(_))
    }

    /// Its texture of a kind.
    #[must_use]
    pub fn texture(&self, slot: Slot) -> Option<TextureRef> {
        self.textures[slot as usize]
    }

    /// Reads its textures as VTK does: all by the set of texture coordinates of the base color or,
    /// without that, of the first of the others; moved as that of the base color is, if it is; and
    /// without occlusion if they name several sets.
    pub(in crate::scene) fn share_tex_coords(&mut self) {
        let order = [
            Slot::BaseColor,
            Slot::Emissive,
            Slot::Normal,
            Slot::MetallicRoughness,
            Slot::Occlusion,
        ];
        let Some(first) = order.into_iter().find_map(|slot| self.texture(slot)) else {
            return;
        };
        let transform = self.texture(Slot::BaseColor).and_then(|t| t.transform);
        let mut uses = self.textures.iter().flatten();
        if uses.any(|texture| texture.tex_coord != first.tex_coord) {
            self.textures[Slot::Occlusion as usize] = None;
        }
        for texture in self.textures.iter_mut().flatten() {
            texture.tex_coord = first.tex_coord;
            texture.transform = transform;
        }
    }

    /// Converts a material of the file, without its textures. Factors outside their range are
    /// clamped with a warning, because some exporters round carelessly.
    pub(in crate::scene) fn from_json(
        json: &Json,
        index: usize,
        warnings: &mut Warnings,
    ) -> Result<Self, SceneError> {
        let pbr = &json.pbr_metallic_roughness;
        let extensions = json.extensions.as_ref().map(|e| &e.others);
        let mut factor = |name: &str, value: f32| {
            let clamped = finite(name, value)?.clamp(0.0, 1.0);
            #[expect(
                clippy::float_cmp,
                reason = "clamping leaves what is in range untouched"
            )]
            if clamped != value {
                warnings.add(|| {
                    format!("material {index}: {name} {value} is outside [0, 1] and was clamped.")
                });
            }
            Ok(clamped)
        };
        let mut material = Self {
            metallic: factor("metallicFactor", pbr.metallic_factor.0)?,
            roughness: factor("roughnessFactor", pbr.roughness_factor.0)?,
            alpha_mode: alpha_mode(json)?,
            double_sided: json.double_sided,
            unlit: extension::<Unlit>(extensions, UNLIT)?.is_some(),
            ..Self::default()
        };
        for (to, from) in material.base_color.iter_mut().zip(pbr.base_color_factor.0) {
            *to = factor("baseColorFactor", from)?;
        }
        for (to, from) in material.emissive.iter_mut().zip(json.emissive_factor.0) {
            *to = factor("emissiveFactor", from)?;
        }
        if let Some(strength) = extension::<EmissiveStrength>(extensions, EMISSIVE_STRENGTH)? {
            let strength = finite("emissiveStrength", strength.emissive_strength)?.max(0.0);
            for factor in &mut material.emissive {
                *factor = (*factor * strength).min(f32::MAX);
            }
        }
        if let Some(occlusion) = &json.occlusion_texture {
            material.occlusion_strength =
                factor("occlusionTexture.strength", occlusion.strength.0)?;
        }
        if let Some(normal) = &json.normal_texture {
            material.normal_scale = finite("normalTexture.scale", normal.scale)?;
        }
        Ok(material)
    }
}

fn alpha_mode(json: &Json) -> Result<AlphaMode, SceneError> {
    let cutoff = json.alpha_cutoff.unwrap_or_default().0;
    match json.alpha_mode {
        Checked::Valid(JsonAlphaMode::Opaque) => Ok(AlphaMode::Opaque),
        Checked::Valid(JsonAlphaMode::Mask) => Ok(AlphaMode::Mask(finite("alphaCutoff", cutoff)?)),
        Checked::Valid(JsonAlphaMode::Blend) => Ok(AlphaMode::Blend),
        Checked::Invalid => Err(invalid("alphaMode is none of OPAQUE, MASK and BLEND.")),
    }
}

fn finite(name: &str, value: f32) -> Result<f32, SceneError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(invalid(format!("{name} is not finite.")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;
    use crate::scene::testing::{load, refusal, triangle};

    fn with(material: &Value) -> Value {
        let mut scene = triangle();
        scene["materials"] = json!([{"doubleSided": true}, material]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(1);
        scene
    }

    #[test]
    fn all_fields_are_read() {
        let scene = load(&with(&json!({
            "pbrMetallicRoughness": {
                "baseColorFactor": [0.1, 0.2, 0.3, 0.4], "metallicFactor": 0.5,
                "roughnessFactor": 0.6
            },
            "emissiveFactor": [0.75, 0.5, 0.25], "alphaMode": "MASK", "alphaCutoff": 0.3,
            "doubleSided": true,
            "extensions": {
                "KHR_materials_unlit": {},
                "KHR_materials_emissive_strength": {"emissiveStrength": 4}
            }
        })));
        let expected = Material {
            base_color: [0.1, 0.2, 0.3, 0.4],
            metallic: 0.5,
            roughness: 0.6,
            emissive: [3.0, 2.0, 1.0],
            alpha_mode: AlphaMode::Mask(0.3),
            double_sided: true,
            unlit: true,
            ..Material::default()
        };
        assert_eq!(scene.unwrap().materials[1], expected);
    }

    #[test]
    fn one_set_of_texture_coordinates_serves_all_in_vtk() {
        let json = json!({"KHR_texture_transform": {"rotation": 1}});
        let (turned, _) = super::super::texture_transform::read(json.as_object()).unwrap();
        assert!(turned.is_some());
        let used = |tex_coord, transform| {
            Some(TextureRef {
                texture: 0,
                tex_coord,
                transform,
            })
        };
        let shared = |textures: [Option<TextureRef>; TEXTURES]| {
            let mut material = Material {
                textures,
                ..Material::default()
            };
            material.share_tex_coords();
            material.textures
        };
        let (plain, moved) = (used(0, None), used(0, turned));
        assert_eq!(shared([None; TEXTURES]), [None; TEXTURES]);
        assert_eq!(
            shared([moved, plain, plain, plain, plain]),
            [moved; TEXTURES]
        );
        assert_eq!(
            shared([plain, moved, moved, moved, moved]),
            [plain; TEXTURES]
        );
        // Without a base color nothing is moved, and the emissive texture leads.
        let second = used(1, None);
        assert_eq!(
            shared([None, moved, plain, plain, used(1, turned)]),
            [None, second, second, None, second]
        );
    }

    #[test]
    fn the_default_material_comes_last_and_unused_ones_keep_their_place() {
        let mut scene = with(&json!({}));
        let loaded = load(&scene).unwrap();
        assert_eq!(loaded.materials, vec![Material::default(); 2]);
        assert_eq!(loaded.default_material, None);
        scene["meshes"][0]["primitives"][0]
            .as_object_mut()
            .unwrap()
            .remove("material");
        let loaded = load(&scene).unwrap();
        assert_eq!(loaded.materials.len(), 3);
        assert_eq!(loaded.primitives[0].material, 2);
        assert_eq!(loaded.default_material, Some(2));
        scene["meshes"][0]["primitives"][0]["material"] = json!(2);
        assert_eq!(
            refusal(&scene),
            "scene: mesh 0, primitive 0: refers to material 2, but the file has 2 of them."
        );
    }

    #[test]
    fn factors_are_clamped_or_refused() {
        let scene = load(&with(&json!({
            "pbrMetallicRoughness": {"baseColorFactor": [1.5, -1, 0, 1]}
        })));
        let scene = scene.unwrap();
        assert_eq!(scene.materials[1].base_color, [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(
            scene.warnings,
            [
                "material 1: baseColorFactor 1.5 is outside [0, 1] and was clamped.",
                "material 1: baseColorFactor -1 is outside [0, 1] and was clamped."
            ]
        );
        let place = "scene: mesh 0, primitive 0: material 1: ";
        assert_eq!(
            refusal(&with(
                &json!({"pbrMetallicRoughness": {"metallicFactor": 1e39}})
            )),
            format!("{place}metallicFactor is not finite.")
        );
        assert_eq!(
            refusal(&with(&json!({"extensions": {"KHR_materials_unlit": null}}))),
            format!("{place}KHR_materials_unlit: invalid type: null, expected an object.")
        );
        assert_eq!(
            refusal(&with(&json!({"alphaMode": "SHINY"}))),
            format!("{place}alphaMode is none of OPAQUE, MASK and BLEND.")
        );
    }
}
