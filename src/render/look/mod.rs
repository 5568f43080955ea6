//! What a surface looks like: the rules of Drake's `RenderEngineVtk`, and of glTF for other files.
//!
//! A scene that Drake's client wrote, or is taken to have written, is drawn as `RenderEngineVtk` would have
//! drawn it in process (`drake`), also where that differs from glTF. Any other is drawn as glTF says (`gltf`).
//! The light is the same for both. This is data only: nothing here touches the GPU.

mod drake;
mod gltf;

use bytemuck::{Pod, Zeroable};

use super::vertex::VertexDetail;
use crate::scene::{
    Instance, Material, NormalKind, Primitive, Producer, Sampler, Scene, Slot, TEXTURES,
    TextureRef, Topology,
};

/// The reflection model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Model {
    /// A cosine, on the bytes as they are.
    Phong,
    /// Metallic-roughness, in linear light.
    Pbr,
}

/// How a surface meets what is behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Blending {
    /// Hides it.
    Opaque,
    /// Blends over what was drawn before and hides what comes after: a texture with holes.
    Cutout,
    /// Blends over it, after all that is not translucent.
    Translucent,
}

/// Which sides of a triangle are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sides {
    /// Both; counter-clockwise is the front.
    Both,
    /// The counter-clockwise one.
    Front,
    /// Both; clockwise is the front, because the node mirrors.
    BothMirrored,
    /// The clockwise one, because the node mirrors.
    FrontMirrored,
}

impl Sides {
    /// The side that is not drawn, if there is one.
    pub fn others(self) -> Option<Self> {
        match self {
            Self::Both | Self::BothMirrored => None,
            Self::Front => Some(Self::FrontMirrored),
            Self::FrontMirrored => Some(Self::Front),
        }
    }
}

/// What selects a pipeline of the color pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SurfaceKind {
    pub topology: Topology,
    pub model: Model,
    pub detail: VertexDetail,
    pub blending: Blending,
    pub sides: Sides,
}

/// How one texture is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TextureUse {
    /// Index into the scene's textures.
    pub texture: usize,
    /// Whether its bytes are decoded from sRGB.
    pub srgb: bool,
    pub sampler: Sampler,
    /// Samples along the longer axis of a pixel's footprint, at most; 1 is none.
    pub anisotropy: u16,
}

/// The textures of a material in the order of the shader's bindings, which is that of [`Slot`].
pub(super) type TextureUses = [Option<TextureUse>; TEXTURES];

/// The twin of `Material` in `shaders/color.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct MaterialUniform {
    base_color: [f32; 4],
    emissive: [f32; 3],
    cutoff: f32,
    metallic: f32,
    roughness: f32,
    normal_scale: f32,
    occlusion_strength: f32,
    /// The stream of texture coordinates that each texture reads; see [`Streams`].
    tex_coords: [u32; TEXTURES],
    options: u32,
    padding: [u32; 2],
}

/// The texture coordinates that a vertex brings, as streams. Each is that of the first texture which
/// reads it; those that are not needed repeat the first.
pub(super) type Streams = [Slot; TEXTURES];

/// Bit of `options`: there is a normal texture.
const NORMAL_TEXTURE: u32 = 1;
/// Bit of `options`: normals are those of the triangles.
const FLAT: u32 = 2;
/// Bit of `options`: tangents go into view space by the map of normals.
const TANGENTS_AS_NORMALS: u32 = 4;
/// Bit of `options`: the base color is shown without light, with what is emitted.
const UNLIT: u32 = 8;
/// Bit of `options`: the eye is infinitely far behind the image.
const PARALLEL: u32 = 16;
/// Bit of `options`: unlit colors are shown as they are, not through the sRGB curve.
const NO_CURVE: u32 = 32;

impl MaterialUniform {
    /// Shades for an orthographic camera, which sees every point along the optical axis.
    pub fn see_from_afar(&mut self) {
        self.options |= PARALLEL;
    }
}

/// What VTK does its own way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Habits {
    /// The bitangent is the cross product of normal and tangent, whatever TANGENT.w says.
    pub ignores_handedness: bool,
    /// The alpha of COLOR_0 counts for nothing.
    pub ignores_color_alpha: bool,
    /// Tangents go into view space by the map of normals.
    pub tangents_as_normals: bool,
}

/// How a primitive is drawn in the color image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Surface {
    pub kind: SurfaceKind,
    pub material: MaterialUniform,
    pub textures: TextureUses,
    pub streams: Streams,
    pub habits: Habits,
    /// Whether it may leave out pixels of its triangles.
    pub has_holes: bool,
}

/// What the rules make of a material.
struct Style {
    /// The material, less what the rules ignore.
    material: Material,
    model: Model,
    blending: Blending,
    sides: Sides,
    /// Nothing is drawn where alpha is below.
    cutoff: f32,
    /// Whether it may be below.
    has_holes: bool,
    habits: Habits,
    /// What is not lit is shown as it is, not through the sRGB curve.
    no_curve: bool,
    /// Textures of more than 8 bits for each channel are not decoded from sRGB.
    deep_is_linear: bool,
    /// How the rules read a sampler, and the anisotropy they add.
    sampler: fn(Sampler) -> (Sampler, u16),
}

/// Below any alpha that 8 bits and a factor can make, but not below 0.
const LEAST_ALPHA: f32 = 1e-6;

/// How to draw an instance; none if it cannot be seen.
pub(super) fn surface(scene: &Scene, instance: &Instance) -> Option<Surface> {
    let primitive = &scene.primitives[instance.primitive];
    let style = match scene.producer {
        Producer::Vtk | Producer::DrakeMerger => drake::style(scene, instance, primitive)?,
        Producer::Other => gltf::style(scene, instance, primitive),
    };
    Some(style.surface(scene, primitive))
}

/// How an instance covers depth and label images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cover {
    /// Which sides are drawn; mirrored or not is all one where both are.
    pub sides: Sides,
    /// Those of them that the color image has, too.
    pub shaded_sides: Sides,
    /// What has holes.
    pub mask: Option<Mask>,
}

/// A surface that covers nothing where its alpha is below a cutoff.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mask {
    /// The base color texture, whose alpha counts.
    pub texture: Option<TextureUse>,
    /// Alpha of the base color factor.
    pub alpha: f32,
    /// Nothing is covered where alpha is below.
    pub cutoff: f32,
}

/// How an instance covers depth and label images. `RenderEngineVtk` has no sides and no holes there.
pub(super) fn cover(scene: &Scene, instance: &Instance) -> Cover {
    let primitive = &scene.primitives[instance.primitive];
    match scene.producer {
        Producer::Other if primitive.topology == Topology::Triangles => {
            gltf::cover(scene, instance, primitive)
        }
        _ => Cover {
            sides: Sides::Both,
            shaded_sides: drake::sides(scene, instance, primitive),
            mask: None,
        },
    }
}

impl Style {
    fn surface(&self, scene: &Scene, primitive: &Primitive) -> Surface {
        let material = &self.material;
        let shading = primitive.shading.as_ref();
        let has_tangents = shading.is_some_and(|s| s.tangents.is_some());
        let normal_texture = material.texture(Slot::Normal).filter(|_| has_tangents);
        let (streams, count, tex_coords) = self.streams(primitive);
        // glTF 3.9.7: points and lines without normals are not lit.
        let has_no_normals = shading.is_some_and(|s| s.normal_kind == NormalKind::Missing);
        let mut options = 0;
        for (is_on, bit) in [
            (normal_texture.is_some(), NORMAL_TEXTURE),
            (
                shading.is_some_and(|s| s.normal_kind == NormalKind::Flat),
                FLAT,
            ),
            (self.habits.tangents_as_normals, TANGENTS_AS_NORMALS),
            (material.unlit || has_no_normals, UNLIT),
            (self.no_curve, NO_CURVE),
        ] {
            options |= if is_on { bit } else { 0 };
        }
        let read = |texture: Option<TextureRef>, srgb: bool| {
            texture.map(|t| {
                let texture = &scene.textures[t.texture];
                let (sampler, anisotropy) = (self.sampler)(texture.sampler);
                TextureUse {
                    texture: t.texture,
                    srgb: srgb && !(self.deep_is_linear && texture.is_deep),
                    sampler,
                    anisotropy,
                }
            })
        };
        Surface {
            kind: self.kind(primitive, count),
            material: MaterialUniform {
                base_color: material.base_color,
                // KHR_materials_unlit takes emission away; points and lines without normals keep it.
                emissive: if material.unlit {
                    [0.0; 3]
                } else {
                    material.emissive
                },
                cutoff: self.cutoff,
                metallic: material.metallic,
                roughness: material.roughness,
                normal_scale: material.normal_scale,
                occlusion_strength: material.occlusion_strength,
                tex_coords,
                options,
                padding: [0; 2],
            },
            textures: [
                read(material.texture(Slot::BaseColor), self.model == Model::Pbr),
                read(material.texture(Slot::MetallicRoughness), false),
                read(normal_texture, false),
                read(material.texture(Slot::Occlusion), false),
                read(material.texture(Slot::Emissive), true),
            ],
            streams,
            habits: self.habits,
            has_holes: self.has_holes,
        }
    }

    /// What selects the pipeline, where a vertex has so many streams of texture coordinates.
    fn kind(&self, primitive: &Primitive, streams: usize) -> SurfaceKind {
        let topology = primitive.topology;
        let detail = self.detail(primitive, streams);
        let (detail, sides) = match topology {
            Topology::Triangles => (detail, self.sides),
            Topology::Points | Topology::Lines => (
                detail.max(VertexDetail::least_beside_triangles(self.model)),
                Sides::Both,
            ),
        };
        SurfaceKind {
            topology,
            model: self.model,
            detail,
            blending: self.blending,
            sides,
        }
    }

    /// The streams of texture coordinates, how many there are, and the one that each texture reads.
    fn streams(&self, primitive: &Primitive) -> (Streams, usize, [u32; TEXTURES]) {
        let shading = primitive.shading.as_ref();
        // What is not there is one more kind of coordinates: all zero.
        let array = |slot: Slot| {
            let array = shading.and_then(|s| s.tex_coords[slot as usize].as_ref());
            array.map(|array| array.as_ptr().addr())
        };
        let mut streams: Vec<Slot> = Vec::with_capacity(TEXTURES);
        let mut of_texture = [0; TEXTURES];
        for (slot, stream) in Slot::ALL.into_iter().zip(&mut of_texture) {
            if self.material.texture(slot).is_none() {
                continue;
            }
            let known = streams.iter().position(|&s| array(s) == array(slot));
            let index = known.unwrap_or_else(|| {
                streams.push(slot);
                streams.len() - 1
            });
            *stream = u32::try_from(index).unwrap_or_default();
        }
        let first = streams.first().copied().unwrap_or(Slot::BaseColor);
        let all = std::array::from_fn(|i| streams.get(i).copied().unwrap_or(first));
        (all, streams.len(), of_texture)
    }

    /// The least that a vertex must bring, with so many streams of texture coordinates.
    fn detail(&self, primitive: &Primitive, streams: usize) -> VertexDetail {
        let material = &self.material;
        let shading = primitive.shading.as_ref();
        let [base_color, others @ ..] = material.textures;
        let needs_full = others.iter().any(Option::is_some)
            || shading.is_some_and(|s| s.colors.is_some())
            || self.blending == Blending::Cutout
            || self.cutoff > LEAST_ALPHA;
        match self.model {
            Model::Pbr if needs_full && streams > VertexDetail::FULL_STREAMS => VertexDetail::Wide,
            Model::Pbr if needs_full => VertexDetail::Full,
            _ if base_color.is_some() => VertexDetail::Textured,
            _ => VertexDetail::Plain,
        }
    }
}
