//! Metallic-roughness materials.

use gltf::json::Material as Json;
use gltf::json::material::AlphaMode as JsonAlphaMode;
use gltf::json::texture::Info;
use gltf::json::validation::Checked;

use super::SceneError;
use super::error::{invalid, unsupported};
use super::warnings::Warnings;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextureRef {
    /// Index into [`super::Scene::textures`].
    pub texture: usize,
    /// Which TEXCOORD set: 0 or 1.
    pub tex_coord: usize,
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
    /// `emissiveFactor`.
    pub emissive: [f32; 3],
    /// `normalTexture.scale`.
    pub normal_scale: f32,
    /// `occlusionTexture.strength`.
    pub occlusion_strength: f32,
    /// `baseColorTexture`.
    pub base_color_texture: Option<TextureRef>,
    /// `metallicRoughnessTexture`: roughness in green, metallic in blue.
    pub metallic_roughness_texture: Option<TextureRef>,
    /// `normalTexture`.
    pub normal_texture: Option<TextureRef>,
    /// `occlusionTexture`: occlusion in red.
    pub occlusion_texture: Option<TextureRef>,
    /// `emissiveTexture`.
    pub emissive_texture: Option<TextureRef>,
    /// `alphaMode` and `alphaCutoff`.
    pub alpha_mode: AlphaMode,
    /// `doubleSided`.
    pub double_sided: bool,
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
            base_color_texture: None,
            metallic_roughness_texture: None,
            normal_texture: None,
            occlusion_texture: None,
            emissive_texture: None,
            alpha_mode: AlphaMode::Opaque,
            double_sided: false,
        }
    }
}

impl Material {
    /// The textures that it uses.
    pub(super) fn textures(&self) -> impl Iterator<Item = TextureRef> {
        let textures = [
            self.base_color_texture,
            self.metallic_roughness_texture,
            self.normal_texture,
            self.occlusion_texture,
            self.emissive_texture,
        ];
        textures.into_iter().flatten()
    }

    /// Converts a material of the file, without its textures. Factors outside their range are
    /// clamped with a warning, because some exporters round carelessly.
    pub(super) fn from_json(
        json: &Json,
        index: usize,
        warnings: &mut Warnings,
    ) -> Result<Self, SceneError> {
        let pbr = &json.pbr_metallic_roughness;
        let mut factor = |name: &str, value: f32| {
            let clamped = finite(name, value)?.clamp(0.0, 1.0);
            #[expect(
                clippy::float_cmp,
                reason = "clamping leaves what is in range untouched"
            )]
            if clamped != value {
                warnings.add(|| {
                    format!("Material {index}: {name} {value} is outside [0, 1] and was clamped.")
                });
            }
            Ok(clamped)
        };
        let mut material = Self {
            metallic: factor("metallicFactor", pbr.metallic_factor.0)?,
            roughness: factor("roughnessFactor", pbr.roughness_factor.0)?,
            alpha_mode: alpha_mode(json)?,
            double_sided: json.double_sided,
            ..Self::default()
        };
        for (to, from) in material.base_color.iter_mut().zip(pbr.base_color_factor.0) {
            *to = factor("baseColorFactor", from)?;
        }
        for (to, from) in material.emissive.iter_mut().zip(json.emissive_factor.0) {
            *to = factor("emissiveFactor", from)?;
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

    /// Fills in the textures; `find` turns the index of a texture of the file into one of the
    /// scene's.
    pub(super) fn add_textures(
        &mut self,
        json: &Json,
        mut find: impl FnMut(usize) -> Result<usize, SceneError>,
    ) -> Result<(), SceneError> {
        let pbr = &json.pbr_metallic_roughness;
        let info = |info: &Info| (info.index.value(), info.tex_coord);
        let normal = json.normal_texture.as_ref();
        let occlusion = json.occlusion_texture.as_ref();
        for (name, slot, used) in [
            (
                "baseColorTexture",
                &mut self.base_color_texture,
                pbr.base_color_texture.as_ref().map(info),
            ),
            (
                "metallicRoughnessTexture",
                &mut self.metallic_roughness_texture,
                pbr.metallic_roughness_texture.as_ref().map(info),
            ),
            (
                "normalTexture",
                &mut self.normal_texture,
                normal.map(|texture| (texture.index.value(), texture.tex_coord)),
            ),
            (
                "occlusionTexture",
                &mut self.occlusion_texture,
                occlusion.map(|texture| (texture.index.value(), texture.tex_coord)),
            ),
            (
                "emissiveTexture",
                &mut self.emissive_texture,
                json.emissive_texture.as_ref().map(info),
            ),
        ] {
            let Some((texture, set)) = used else { continue };
            if set > 1 {
                return Err(unsupported(format!(
                    "{name} uses TEXCOORD_{set}; only TEXCOORD_0 and TEXCOORD_1 are drawn."
                )));
            }
            *slot = Some(TextureRef {
                texture: find(texture).map_err(|e| e.within(name))?,
                tex_coord: set as usize,
            });
        }
        Ok(())
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
            "emissiveFactor": [0.7, 0.8, 0.9], "alphaMode": "MASK", "alphaCutoff": 0.3,
            "doubleSided": true
        })));
        let expected = Material {
            base_color: [0.1, 0.2, 0.3, 0.4],
            metallic: 0.5,
            roughness: 0.6,
            emissive: [0.7, 0.8, 0.9],
            alpha_mode: AlphaMode::Mask(0.3),
            double_sided: true,
            ..Material::default()
        };
        assert_eq!(scene.unwrap().materials[1], expected);
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
                "Material 1: baseColorFactor 1.5 is outside [0, 1] and was clamped.",
                "Material 1: baseColorFactor -1 is outside [0, 1] and was clamped."
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
            refusal(&with(&json!({"alphaMode": "SHINY"}))),
            format!("{place}alphaMode is none of OPAQUE, MASK and BLEND.")
        );
        assert_eq!(
            refusal(&with(
                &json!({"emissiveTexture": {"index": 0, "texCoord": 2}})
            )),
            format!(
                "{place}emissiveTexture uses TEXCOORD_2; only TEXCOORD_0 and TEXCOORD_1 are drawn."
            )
        );
    }
}
