//! The geometry of a frame on the GPU: kept meshes, and what is of this frame.

use std::ops::Range;
use std::sync::Arc;

use super::RenderError;
use super::arena::Arena;
use super::draw_list::{Draw, DrawList};
use super::gpu::Gpu;
use super::meshes::{MeshCache, Meshes, index_range, push_indices, vertex_positions};
use super::sieve::Sieve;
use super::vertex::{InstanceVertex, POSITION, VertexDetail};
use super::view::Window;
use crate::scene::{Scene, Topology};

/// What is kept between frames.
pub(super) struct GeometryArenas {
    meshes: MeshCache,
    instances: Arena,
    /// What the sieve lets through, where there is one.
    indices: Arena,
    /// For adapters on the CPU.
    sieve: Option<Sieve>,
}

/// The geometry of one frame on the GPU, until the next upload.
pub(super) struct GeometryBuffers {
    meshes: Arc<Meshes>,
    instances: wgpu::Buffer,
    indices: wgpu::Buffer,
    /// Offset of the positions of each primitive, bytes.
    positions: Vec<u64>,
    /// Offset of the shading attributes of each surface of the draw list, bytes.
    shading: Vec<u64>,
    /// The indices of each instance.
    ranges: Vec<Range<u32>>,
}

impl GeometryArenas {
    pub fn new(gpu: &Gpu) -> Self {
        use wgpu::BufferUsages;
        Self {
            meshes: MeshCache::new(),
            instances: Arena::new("instances", BufferUsages::VERTEX),
            indices: Arena::new("sifted indices", BufferUsages::INDEX),
            sieve: gpu.is_software.then(Sieve::default),
        }
    }

    /// Puts all that is drawn on the GPU.
    pub fn upload(
        &mut self,
        gpu: &Gpu,
        scene: &Scene,
        list: &DrawList,
        window: &Window,
    ) -> Result<GeometryBuffers, RenderError> {
        self.instances.clear();
        self.instances.push(bytemuck::cast_slice(&list.instances));
        let meshes = (self.meshes).get(gpu, scene, list, self.sieve.is_none())?;
        let mut positions = vec![0; scene.primitives.len()];
        let mut ranges = vec![0..0; list.instances.len()];
        self.indices.clear();
        for drawn in &list.geometry {
            let Draw {
                topology,
                primitive: index,
                instance,
            } = drawn.draw;
            let primitive = &scene.primitives[index];
            let place = meshes.place(primitive);
            positions[index] = place.positions;
            let range = &mut ranges[instance as usize];
            let Some(sieve) = &mut self.sieve else {
                *range = place.indices;
                continue;
            };
            let out = self.indices.staged();
            *range = if topology == Topology::Triangles {
                let first = out.len() / size_of::<u32>();
                let clip = list.instances[instance as usize].clip_from_vertex();
                let positions = vertex_positions(primitive);
                sieve.sift(&positions, clip, window, &primitive.indices, out);
                index_range(first, out.len() / size_of::<u32>())?
            } else {
                push_indices(out, &primitive.indices)?
            };
        }
        let shading = list.surfaces.iter().map(|drawn| {
            meshes.shading_place(&scene.primitives[drawn.draw.primitive], &drawn.surface)
        });
        let shading = shading.collect();
        let indices = match &meshes.indices {
            Some(indices) => indices.clone(),
            None => self.indices.upload(gpu)?,
        };
        Ok(GeometryBuffers {
            meshes,
            instances: self.instances.upload(gpu)?,
            indices,
            positions,
            shading,
            ranges,
        })
    }
}

impl GeometryBuffers {
    /// Binds what all draws of a pass share.
    pub fn begin(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.set_index_buffer(self.indices.slice(..), wgpu::IndexFormat::Uint32);
    }

    /// Whether there is anything to draw of an instance.
    pub fn shows(&self, draw: Draw) -> bool {
        !self.ranges[draw.instance as usize].is_empty()
    }

    /// Binds the shading attributes of a surface, given by its index in the draw list.
    pub fn shade(&self, pass: &mut wgpu::RenderPass<'_>, surface: usize) {
        pass.set_vertex_buffer(2, self.meshes.shading.slice(self.shading[surface]..));
    }

    /// Draws one instance of a primitive.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, draw: Draw) {
        let positions = self.positions[draw.primitive];
        pass.set_vertex_buffer(1, self.meshes.positions.slice(positions..));
        let indices = self.ranges[draw.instance as usize].clone();
        pass.draw_indexed(indices, 0, draw.instance..draw.instance + 1);
    }
}

/// The vertex buffers of the geometry pass.
pub(super) fn geometry_layouts() -> [Option<wgpu::VertexBufferLayout<'static>>; 2] {
    [Some(InstanceVertex::layout()), Some(POSITION)]
}

/// The vertex buffers of the geometry pass where there are holes.
pub(super) fn masked_layouts() -> [Option<wgpu::VertexBufferLayout<'static>>; 3] {
    let [instances, positions] = geometry_layouts();
    [instances, positions, Some(super::mask_buffers::MASK)]
}

/// The vertex buffers of the color pass.
pub(super) fn surface_layouts(
    detail: VertexDetail,
) -> [Option<wgpu::VertexBufferLayout<'static>>; 3] {
    [
        Some(InstanceVertex::layout_of_surfaces()),
        Some(POSITION),
        Some(detail.layout()),
    ]
}
