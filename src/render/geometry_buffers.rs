//! The geometry of a frame on the GPU: kept meshes, and what is of this frame.

use std::ops::Range;
use std::sync::Arc;

use super::RenderError;
use super::arena::Arena;
use super::draw_list::{Draw, DrawList};
use super::gpu::Gpu;
use super::meshes::{MeshCache, Meshes};
use super::raster::Raster;
use super::vertex::{InstanceVertex, POSITION, VertexDetail};
use super::view::Sight;
use crate::scene::Scene;

/// What is kept between frames.
pub(super) struct GeometryArenas {
    meshes: MeshCache,
    instances: Arena,
    /// Of the triangles that are seen, where these are found on the CPU.
    indices: Arena,
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
    /// Empty buffers, beside the meshes that are kept.
    pub fn new(meshes: MeshCache) -> Self {
        use wgpu::BufferUsages;
        Self {
            meshes,
            instances: Arena::new("instances", BufferUsages::VERTEX),
            indices: Arena::new("indices of what is seen", BufferUsages::INDEX),
        }
    }

    /// Gives up what is kept.
    pub fn let_go(&mut self) {
        self.meshes.let_go();
        self.instances.let_go();
        self.indices.let_go();
    }

    /// Puts all that is drawn on the GPU; with a sieve, of the triangles only those that the color
    /// pass needs.
    pub fn upload(
        &mut self,
        gpu: &Gpu,
        scene: &Scene,
        list: &DrawList,
        sieve: Option<(&mut Raster, &Sight)>,
    ) -> Result<GeometryBuffers, RenderError> {
        self.instances.clear();
        self.instances.push(bytemuck::cast_slice(&list.instances));
        let meshes = self.meshes.get(gpu, scene, list)?;
        let mut positions = vec![0; scene.primitives.len()];
        let mut ranges = vec![0..0; list.instances.len()];
        for drawn in &list.geometry {
            let place = meshes.place(&scene.primitives[drawn.draw.primitive]);
            positions[drawn.draw.primitive] = place.positions;
            let instance = drawn.draw.instance as usize;
            if list.in_view[instance] {
                ranges[instance] = place.indices;
            }
        }
        let shading = list.surfaces.iter().map(|drawn| {
            meshes.shading_place(&scene.primitives[drawn.draw.primitive], &drawn.surface)
        });
        let shading = shading.collect();
        let mut indices = meshes.indices.clone();
        if let Some((raster, sight)) = sieve {
            self.indices.clear();
            ranges = raster.sift(scene, list, sight, self.indices.staged())?;
            indices = self.indices.upload(gpu)?;
        }
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

    /// Whether one draw of instances can go on from one draw to the next: the same mesh, and the next
    /// instance.
    pub fn goes_on(&self, draw: Draw, next: Draw) -> bool {
        let range = |draw: Draw| &self.ranges[draw.instance as usize];
        next.instance == draw.instance + 1
            && range(next) == range(draw)
            && self.positions[next.primitive] == self.positions[draw.primitive]
    }

    /// Whether two surfaces of the draw list have the same shading attributes.
    pub fn shade_alike(&self, surface: usize, other: usize) -> bool {
        self.shading[surface] == self.shading[other]
    }

    /// Draws instances of a mesh, from the first draw to the last.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, first: Draw, last: Draw) {
        let positions = self.positions[first.primitive];
        pass.set_vertex_buffer(1, self.meshes.positions.slice(positions..));
        let indices = self.ranges[first.instance as usize].clone();
        pass.draw_indexed(indices, 0, first.instance..last.instance + 1);
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
