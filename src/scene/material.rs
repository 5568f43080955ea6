//! Metallic-roughness materials.

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
