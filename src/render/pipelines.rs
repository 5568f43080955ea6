//! All pipelines, made once per device.

use std::collections::HashMap;

use super::geometry_buffers::{geometry_layouts, masked_layouts, surface_layouts};
use super::gpu::Gpu;
use super::look::{Blending, MaterialUniform, Model, Sides, SurfaceKind};
use super::targets::{COLOR_FORMAT, DEPTH_FORMAT, LABEL_FORMAT, Z_FORMAT};
use super::vertex::VertexDetail;
use super::view::SensorUniform;
use crate::scene::TEXTURES;
use crate::scene::Topology;

const GEOMETRY_SHADER: &str = concat!(
    include_str!("../../shaders/common/instance.wgsl"),
    include_str!("../../shaders/geometry.wgsl"),
);
const COLOR_SHADER: &str = concat!(
    include_str!("../../shaders/common/instance.wgsl"),
    include_str!("../../shaders/common/vtk_pbr.wgsl"),
    include_str!("../../shaders/color.wgsl"),
);

/// The layouts of the bind groups.
pub(super) struct Layouts {
    pub sensor: wgpu::BindGroupLayout,
    pub material: wgpu::BindGroupLayout,
    pub textures: wgpu::BindGroupLayout,
    /// A texture and its sampler.
    pub image: wgpu::BindGroupLayout,
}

/// What selects a pipeline of the geometry pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GeometryKind {
    /// Whether it draws depth.
    pub depth: bool,
    /// Whether it draws labels.
    pub label: bool,
    /// What the indices make.
    pub topology: Topology,
    /// Any but [`Sides::BothMirrored`], which is no different from both.
    pub sides: Sides,
    /// Whether there are holes where alpha is low.
    pub masked: bool,
}

/// The pipelines of every pass.
pub(super) struct Pipelines {
    pub layouts: Layouts,
    geometry: HashMap<GeometryKind, wgpu::RenderPipeline>,
    surfaces: HashMap<SurfaceKind, wgpu::RenderPipeline>,
}

impl Pipelines {
    pub fn new(gpu: &Gpu) -> Self {
        let layouts = Layouts::new(&gpu.device);
        let geometry = GeometryPipelines::new(gpu, &layouts);
        let surface = SurfacePipelines::new(gpu, &layouts);
        Self {
            geometry: geometry_kinds()
                .map(|kind| (kind, geometry.make(gpu, kind)))
                .collect(),
            surfaces: surface_kinds()
                .map(|kind| (kind, surface.make(gpu, kind)))
                .collect(),
            layouts,
        }
    }

    /// The pipeline that draws depth, label or both; none if neither.
    pub fn geometry(&self, kind: GeometryKind) -> Option<&wgpu::RenderPipeline> {
        self.geometry.get(&kind)
    }

    /// The pipeline of a surface; there is one for each that `look` makes.
    pub fn surface(&self, kind: SurfaceKind) -> Option<&wgpu::RenderPipeline> {
        self.surfaces.get(&kind)
    }
}

/// Every kind of geometry pass that draws something. Points and lines have neither sides nor holes.
pub(super) fn geometry_kinds() -> impl Iterator<Item = GeometryKind> {
    let outputs = [(true, false), (false, true), (true, true)].into_iter();
    outputs.flat_map(|(depth, label)| {
        let kind = move |topology, sides, masked| GeometryKind {
            depth,
            label,
            topology,
            sides,
            masked,
        };
        let others = [Topology::Points, Topology::Lines];
        let others = others.map(|topology| kind(topology, Sides::Both, false));
        let sides = [Sides::Both, Sides::Front, Sides::FrontMirrored];
        let triangles = sides
            .into_iter()
            .flat_map(move |s| [false, true].map(|masked| kind(Topology::Triangles, s, masked)));
        triangles.chain(others)
    })
}

/// Every kind of surface that `look` makes. Phong is Drake's alone, which draws both sides of such
/// surfaces and blends their textures; only full vertices carry what cutouts need. Points and lines
/// have no sides, and are too rare for pipelines of their own for less than textures: each pipeline
/// costs time at the start.
pub(super) fn surface_kinds() -> impl Iterator<Item = SurfaceKind> {
    let triangles = triangle_kinds();
    let others = triangle_kinds().filter(|kind| {
        let least = VertexDetail::least_beside_triangles(kind.model);
        kind.sides == Sides::Both && kind.detail >= least
    });
    let others = others.flat_map(|kind| {
        [Topology::Points, Topology::Lines].map(|topology| SurfaceKind { topology, ..kind })
    });
    triangles.chain(others)
}

fn triangle_kinds() -> impl Iterator<Item = SurfaceKind> {
    use Blending::{Cutout, Opaque, Translucent};
    let all = [Model::Phong, Model::Pbr].into_iter().flat_map(|model| {
        VertexDetail::ALL.into_iter().flat_map(move |detail| {
            [Opaque, Cutout, Translucent]
                .into_iter()
                .flat_map(move |blending| {
                    [
                        Sides::Both,
                        Sides::Front,
                        Sides::BothMirrored,
                        Sides::FrontMirrored,
                    ]
                    .into_iter()
                    .map(move |sides| SurfaceKind {
                        topology: Topology::Triangles,
                        model,
                        detail,
                        blending,
                        sides,
                    })
                })
        })
    });
    all.filter(|kind| match kind.model {
        Model::Phong => {
            !kind.detail.can_cut() && kind.blending != Cutout && kind.sides == Sides::Both
        }
        Model::Pbr => kind.blending != Cutout || kind.detail.can_cut(),
    })
}

impl Layouts {
    fn new(device: &wgpu::Device) -> Self {
        let uniform = |size: usize, has_dynamic_offset| wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset,
            min_binding_size: wgpu::BufferSize::new(size as u64),
        };
        let texture = wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable: true },
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        };
        let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
        let layout = |label, bindings: &[wgpu::BindingType]| {
            let entries: Vec<_> = (0..)
                .zip(bindings)
                .map(|(binding, &ty)| wgpu::BindGroupLayoutEntry {
                    binding,
                    visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
                    ty,
                    count: None,
                })
                .collect();
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(label),
                entries: &entries,
            })
        };
        Self {
            sensor: layout("sensor", &[uniform(size_of::<SensorUniform>(), false)]),
            material: layout("material", &[uniform(size_of::<MaterialUniform>(), true)]),
            textures: layout("textures", &[texture, sampler].repeat(TEXTURES)),
            image: layout("image", &[texture, sampler]),
        }
    }
}

struct GeometryPipelines {
    module: wgpu::ShaderModule,
    solid: wgpu::PipelineLayout,
    masked: wgpu::PipelineLayout,
}

impl GeometryPipelines {
    fn new(gpu: &Gpu, layouts: &Layouts) -> Self {
        Self {
            module: module(gpu, "geometry", GEOMETRY_SHADER),
            solid: pipeline_layout(gpu, "solid", &[Some(&layouts.sensor)]),
            masked: pipeline_layout(
                gpu,
                "masked",
                &[Some(&layouts.sensor), Some(&layouts.image)],
            ),
        }
    }

    fn make(&self, gpu: &Gpu, kind: GeometryKind) -> wgpu::RenderPipeline {
        let (entry_point, formats): (_, &[_]) = match (kind.depth, kind.label, kind.masked) {
            (true, true, false) => ("fs_depth_label", &[DEPTH_FORMAT, LABEL_FORMAT]),
            (true, true, true) => ("fs_masked_depth_label", &[DEPTH_FORMAT, LABEL_FORMAT]),
            (true, false, false) => ("fs_depth", &[DEPTH_FORMAT]),
            (true, false, true) => ("fs_masked_depth", &[DEPTH_FORMAT]),
            (false, _, false) => ("fs_label", &[LABEL_FORMAT]),
            (false, _, true) => ("fs_masked_label", &[LABEL_FORMAT]),
        };
        let solid = &geometry_layouts();
        let masked = &masked_layouts();
        let (layout, vertex): (_, (_, &[_])) = if kind.masked {
            (&self.masked, ("vs_masked", masked))
        } else {
            (&self.solid, ("vs_geometry", solid))
        };
        let (cull_mode, front_face) = culling(kind.sides);
        let targets: Vec<_> = formats.iter().map(|&format| Some(format.into())).collect();
        create(
            gpu,
            &Recipe {
                label: entry_point,
                layout,
                module: &self.module,
                vertex,
                fragment: (entry_point, &targets),
                topology: kind.topology,
                cull_mode,
                front_face,
                z_write: Some(true),
            },
        )
    }
}

struct SurfacePipelines {
    module: wgpu::ShaderModule,
    plain: wgpu::PipelineLayout,
    textured: wgpu::PipelineLayout,
}

impl SurfacePipelines {
    fn new(gpu: &Gpu, layouts: &Layouts) -> Self {
        let material = Some(&layouts.material);
        Self {
            module: module(gpu, "color", COLOR_SHADER),
            plain: pipeline_layout(gpu, "plain", &[material]),
            textured: pipeline_layout(gpu, "textured", &[material, Some(&layouts.textures)]),
        }
    }

    fn make(&self, gpu: &Gpu, kind: SurfaceKind) -> wgpu::RenderPipeline {
        let (vertex, fragment) = match (kind.model, kind.detail) {
            (Model::Phong, VertexDetail::Plain) => ("vs_plain", "fs_phong_plain"),
            (Model::Phong, _) => ("vs_textured", "fs_phong_textured"),
            (Model::Pbr, VertexDetail::Plain) => ("vs_plain", "fs_pbr_plain"),
            (Model::Pbr, VertexDetail::Textured) => ("vs_textured", "fs_pbr_textured"),
            (Model::Pbr, VertexDetail::Full) => ("vs_full", "fs_pbr_full"),
            (Model::Pbr, VertexDetail::Wide) => ("vs_wide", "fs_pbr_wide"),
        };
        let (cull_mode, front_face) = culling(kind.sides);
        let target = wgpu::ColorTargetState {
            format: COLOR_FORMAT,
            blend: (kind.blending != Blending::Opaque).then_some(wgpu::BlendState::ALPHA_BLENDING),
            write_mask: wgpu::ColorWrites::ALL,
        };
        create(
            gpu,
            &Recipe {
                label: fragment,
                layout: if kind.detail.has_textures() {
                    &self.textured
                } else {
                    &self.plain
                },
                module: &self.module,
                vertex: (vertex, &surface_layouts(kind.detail)),
                fragment: (fragment, &[Some(target)]),
                topology: kind.topology,
                cull_mode,
                front_face,
                z_write: Some(kind.blending != Blending::Translucent),
            },
        )
    }
}

/// Which side of a triangle is not drawn, and which is its front.
fn culling(sides: Sides) -> (Option<wgpu::Face>, wgpu::FrontFace) {
    match sides {
        Sides::Both => (None, wgpu::FrontFace::Ccw),
        Sides::Front => (Some(wgpu::Face::Back), wgpu::FrontFace::Ccw),
        Sides::BothMirrored => (None, wgpu::FrontFace::Cw),
        Sides::FrontMirrored => (Some(wgpu::Face::Back), wgpu::FrontFace::Cw),
    }
}

/// What the pipelines differ in.
struct Recipe<'a> {
    label: &'a str,
    layout: &'a wgpu::PipelineLayout,
    module: &'a wgpu::ShaderModule,
    vertex: (&'a str, &'a [Option<wgpu::VertexBufferLayout<'a>>]),
    fragment: (&'a str, &'a [Option<wgpu::ColorTargetState>]),
    topology: Topology,
    cull_mode: Option<wgpu::Face>,
    front_face: wgpu::FrontFace,
    /// Whether the depth buffer is written; none if there is none.
    z_write: Option<bool>,
}

fn create(gpu: &Gpu, recipe: &Recipe<'_>) -> wgpu::RenderPipeline {
    gpu.device
        .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(recipe.label),
            layout: Some(recipe.layout),
            vertex: wgpu::VertexState {
                module: recipe.module,
                entry_point: Some(recipe.vertex.0),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: recipe.vertex.1,
            },
            primitive: wgpu::PrimitiveState {
                topology: match recipe.topology {
                    Topology::Points => wgpu::PrimitiveTopology::PointList,
                    Topology::Lines => wgpu::PrimitiveTopology::LineList,
                    Topology::Triangles => wgpu::PrimitiveTopology::TriangleList,
                },
                front_face: recipe.front_face,
                cull_mode: recipe.cull_mode,
                ..wgpu::PrimitiveState::default()
            },
            depth_stencil: recipe.z_write.map(|write| wgpu::DepthStencilState {
                format: Z_FORMAT,
                depth_write_enabled: Some(write),
                // Reversed, and of surfaces at the same place the later wins, as in RenderEngineVtk.
                depth_compare: Some(wgpu::CompareFunction::GreaterEqual),
                stencil: wgpu::StencilState::default(),
                bias: wgpu::DepthBiasState::default(),
            }),
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: recipe.module,
                entry_point: Some(recipe.fragment.0),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: recipe.fragment.1,
            }),
            multiview_mask: None,
            cache: None,
        })
}

fn module(gpu: &Gpu, label: &str, source: &str) -> wgpu::ShaderModule {
    gpu.device
        .create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(label),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        })
}

fn pipeline_layout(
    gpu: &Gpu,
    label: &str,
    bind_group_layouts: &[Option<&wgpu::BindGroupLayout>],
) -> wgpu::PipelineLayout {
    gpu.device
        .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(label),
            bind_group_layouts,
            immediate_size: 0,
        })
}
