//! What a surface looks like: the rules of Drake's `RenderEngineVtk`, and of glTF for other files.
//!
//! A scene that Drake's client wrote is drawn as `RenderEngineVtk` would have drawn it in process,
//! so its habits rule, also where they differ from glTF. They were found by comparing its pixels
//! with formulas: vertex colours replace the base color; `alphaMode` says nothing, alpha does;
//! an emissive factor needs an emissive texture, occlusion a metallic-roughness texture; the normal
//! texture's handedness is ignored; one set of texture coordinates serves all textures; a mirrored
//! node shows its back. Any other file is drawn as glTF says. The light is the same for both.
//!
//! This is data only: nothing here touches the GPU.

use bytemuck::{Pod, Zeroable};

use super::vertex::VertexDetail;
use crate::scene::{
    AlphaMode, Filter, Instance, Material, Origin, Primitive, Producer, Sampler, Scene, TextureRef,
    Wrap,
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

/// What selects a pipeline of the color pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SurfaceKind {
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
}

/// The five textures of a material in the order of the shader's bindings: base color,
/// metallic-roughness, normal, occlusion, emissive.
pub(super) type TextureUses = [Option<TextureUse>; 5];

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
    tex_coords: [u32; 4],
    emissive_tex_coord: u32,
    options: u32,
    padding: [u32; 2],
}

/// Bit of `options`: there is a normal texture.
const NORMAL_TEXTURE: u32 = 1;
/// Bit of `options`: normals are those of the triangles.
const FLAT: u32 = 2;

/// What VTK leaves out of a vertex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Habits {
    /// The bitangent is the cross product of normal and tangent, whatever TANGENT.w says.
    pub ignores_handedness: bool,
    /// The alpha of COLOR_0 counts for nothing.
    pub ignores_color_alpha: bool,
}

/// How a primitive is drawn in the color image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Surface {
    pub kind: SurfaceKind,
    pub material: MaterialUniform,
    pub textures: TextureUses,
    /// The TEXCOORD set of the base color texture.
    pub tex_coord: usize,
    pub habits: Habits,
}

/// The roughness that Drake gives to what has no glTF material; the wire says 1.
const DRAKE_ROUGHNESS: f32 = 0.5;
/// Below any alpha that 8 bits and a factor can make, but not below 0.
const LEAST_ALPHA: f32 = 1e-6;

/// How to draw an instance; none if it cannot be seen.
pub(super) fn surface(scene: &Scene, instance: &Instance) -> Option<Surface> {
    let primitive = &scene.primitives[instance.primitive];
    let material = &scene.materials[primitive.material];
    let mirrored = instance.world_from_model.matrix3.determinant() < 0.0;
    let mut surface = match scene.producer {
        Producer::Vtk | Producer::DrakeMerger => {
            if material.base_color[3] <= 0.0 {
                return None;
            }
            as_drake(scene, instance.origin, primitive, material)
        }
        Producer::Other => as_gltf(scene, primitive, material, mirrored),
    };
    let flat = primitive.shading.as_ref().is_some_and(|s| s.flat);
    surface.material.options |= if flat { FLAT } else { 0 };
    Some(surface)
}

fn as_drake(scene: &Scene, origin: Origin, primitive: &Primitive, material: &Material) -> Surface {
    let model = match scene.producer {
        Producer::Vtk => Model::Phong,
        Producer::DrakeMerger | Producer::Other => Model::Pbr,
    };
    let mut material = material.clone();
    // What has no glTF material is drawn as Drake draws its own shapes.
    let has_material = origin == Origin::Gltf && scene.default_material != Some(primitive.material);
    if !has_material {
        material.metallic = 0.0;
        material.roughness = DRAKE_ROUGHNESS;
    }
    let single_sided = has_material && model == Model::Pbr && !material.double_sided;
    let colors = primitive.shading.as_ref().and_then(|s| s.colors.as_ref());
    let has_base_texture = material.base_color_texture.is_some();
    let translucent_colors =
        !has_base_texture && colors.is_some_and(|colors| colors.iter().any(|c| c[3] < 1.0));
    if colors.is_some() {
        material.base_color[..3].fill(1.0);
    }
    if material.emissive_texture.is_none() {
        material.emissive = [0.0; 3];
    }
    if material.metallic_roughness_texture.is_none() {
        material.occlusion_texture = None;
    }
    let tex_coord = [
        material.base_color_texture,
        material.emissive_texture,
        material.normal_texture,
        material.metallic_roughness_texture,
    ]
    .into_iter()
    .flatten()
    .next()
    .map_or(0, |t| t.tex_coord);
    for texture in textures_of(&mut material).into_iter().flatten() {
        texture.tex_coord = tex_coord;
    }

    let texture_alpha = material
        .base_color_texture
        .is_some_and(|t| scene.textures[t.texture].has_alpha);
    let blending = if material.base_color[3] < 1.0 || translucent_colors {
        Blending::Translucent
    } else if !texture_alpha {
        Blending::Opaque
    } else if origin == Origin::VtkShape {
        Blending::Translucent
    } else {
        Blending::Cutout
    };
    let sides = if single_sided {
        Sides::Front
    } else {
        Sides::Both
    };
    let mut surface = assemble(
        scene,
        primitive,
        &material,
        model,
        blending,
        sides,
        LEAST_ALPHA,
        drake_sampler,
    );
    surface.habits = Habits {
        ignores_handedness: true,
        ignores_color_alpha: has_base_texture,
    };
    surface
}

fn as_gltf(scene: &Scene, primitive: &Primitive, material: &Material, mirrored: bool) -> Surface {
    let (blending, cutoff) = match material.alpha_mode {
        AlphaMode::Opaque => (Blending::Opaque, -1.0),
        AlphaMode::Mask(cutoff) => (Blending::Opaque, cutoff),
        AlphaMode::Blend => (Blending::Translucent, LEAST_ALPHA),
    };
    let sides = match (material.double_sided, mirrored) {
        (true, false) => Sides::Both,
        (false, false) => Sides::Front,
        (true, true) => Sides::BothMirrored,
        (false, true) => Sides::FrontMirrored,
    };
    assemble(
        scene,
        primitive,
        material,
        Model::Pbr,
        blending,
        sides,
        cutoff,
        |s| s,
    )
}

#[expect(
    clippy::too_many_arguments,
    reason = "the two callers above differ in all of them"
)]
fn assemble(
    scene: &Scene,
    primitive: &Primitive,
    material: &Material,
    model: Model,
    blending: Blending,
    sides: Sides,
    cutoff: f32,
    sampler: impl Fn(Sampler) -> Sampler,
) -> Surface {
    let shading = primitive.shading.as_ref();
    let only_base_color = material.metallic_roughness_texture.is_none()
        && material.normal_texture.is_none()
        && material.occlusion_texture.is_none()
        && material.emissive_texture.is_none();
    let needs_full = !only_base_color
        || shading.is_some_and(|s| s.colors.is_some())
        || blending == Blending::Cutout
        || cutoff > LEAST_ALPHA;
    let detail = match model {
        Model::Pbr if needs_full => VertexDetail::Full,
        _ if material.base_color_texture.is_some() => VertexDetail::Textured,
        _ => VertexDetail::Plain,
    };
    let has_tangents = shading.is_some_and(|s| s.tangents.is_some());
    let normal_texture = material.normal_texture.filter(|_| has_tangents);
    let read = |texture: Option<TextureRef>, srgb: bool| {
        texture.map(|t| TextureUse {
            texture: t.texture,
            srgb,
            sampler: sampler(scene.textures[t.texture].sampler),
        })
    };
    let set = |t: Option<TextureRef>| t.map_or(0, |t| u32::from(t.tex_coord == 1));
    Surface {
        kind: SurfaceKind {
            model,
            detail,
            blending,
            sides,
        },
        material: MaterialUniform {
            base_color: material.base_color,
            emissive: material.emissive,
            cutoff,
            metallic: material.metallic,
            roughness: material.roughness,
            normal_scale: material.normal_scale,
            occlusion_strength: material.occlusion_strength,
            tex_coords: [
                set(material.base_color_texture),
                set(material.metallic_roughness_texture),
                set(normal_texture),
                set(material.occlusion_texture),
            ],
            emissive_tex_coord: set(material.emissive_texture),
            options: if normal_texture.is_some() {
                NORMAL_TEXTURE
            } else {
                0
            },
            padding: [0; 2],
        },
        textures: [
            read(material.base_color_texture, model == Model::Pbr),
            read(material.metallic_roughness_texture, false),
            read(normal_texture, false),
            read(material.occlusion_texture, false),
            read(material.emissive_texture, true),
        ],
        tex_coord: material.base_color_texture.map_or(0, |t| t.tex_coord),
        habits: Habits::default(),
    }
}

fn textures_of(material: &mut Material) -> [Option<&mut TextureRef>; 5] {
    [
        material.base_color_texture.as_mut(),
        material.metallic_roughness_texture.as_mut(),
        material.normal_texture.as_mut(),
        material.occlusion_texture.as_mut(),
        material.emissive_texture.as_mut(),
    ]
}

/// VTK knows one filter for all and one wrap for both axes.
fn drake_sampler(sampler: Sampler) -> Sampler {
    let linear = sampler.mag == Filter::Linear
        || sampler.min == Filter::Linear
        || sampler.mip == Some(Filter::Linear);
    let filter = if linear {
        Filter::Linear
    } else {
        Filter::Nearest
    };
    let clamp = sampler.wrap_u == Wrap::ClampToEdge || sampler.wrap_v == Wrap::ClampToEdge;
    let wrap = if clamp {
        Wrap::ClampToEdge
    } else {
        Wrap::Repeat
    };
    Sampler {
        mag: filter,
        min: filter,
        mip: (linear && sampler.mip.is_some()).then_some(Filter::Linear),
        wrap_u: wrap,
        wrap_v: wrap,
    }
}
