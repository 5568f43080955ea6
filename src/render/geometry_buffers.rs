//! The meshes of a scene in GPU buffers.

use std::ops::Range;

use super::arena::Arena;
use super::draw_list::{Draw, DrawList, GeometryDraw, unit_cube};
use super::gpu::Gpu;
use super::vertex::InstanceVertex;
use super::{RenderError, vertex::VertexDetail};
use crate::scene::{Primitive, Scene};

/// The arenas that meshes are put into, kept between frames.
pub(super) struct GeometryArenas {
    positions: Arena,
    shading: Arena,
    indices: Arena,
    instances: Arena,
}

/// Where a primitive lies.
#[derive(Clone, Debug)]
struct Place {
    positions: u64,
    shading: u64,
    indices: Range<u32>,
}

/// The meshes of one scene on the GPU, until the next upload.
pub(super) struct GeometryBuffers {
    positions: wgpu::Buffer,
    shading: wgpu::Buffer,
    indices: wgpu::Buffer,
    instances: wgpu::Buffer,
    places: Vec<Option<Place>>,
}

impl GeometryArenas {
    pub fn new() -> Self {
        use wgpu::BufferUsages;
        Self {
            positions: Arena::new("positions", BufferUsages::VERTEX),
            shading: Arena::new("shading attributes", BufferUsages::VERTEX),
            indices: Arena::new("indices", BufferUsages::INDEX),
            instances: Arena::new("instances", BufferUsages::VERTEX),
        }
    }

    /// Puts all primitives that are drawn on the GPU, each once.
    pub fn upload(
        &mut self,
        gpu: &Gpu,
        scene: &Scene,
        list: &DrawList,
    ) -> Result<GeometryBuffers, RenderError> {
        for arena in [
            &mut self.positions,
            &mut self.shading,
            &mut self.indices,
            &mut self.instances,
        ] {
            arena.clear();
        }
        self.instances.push(bytemuck::cast_slice(&list.instances));
        let mut places = vec![None; scene.primitives.len()];
        for GeometryDraw { draw, .. } in &list.geometry {
            let place = &mut places[draw.primitive];
            if place.is_none() {
                let primitive = &scene.primitives[draw.primitive];
                let first = self.indices.push(bytemuck::cast_slice(&primitive.indices)) / 4;
                *place = Some(Place {
                    positions: push_positions(&mut self.positions, primitive),
                    shading: 0,
                    indices: index_range(first, primitive.indices.len())?,
                });
            }
        }
        let mut has_shading = vec![false; scene.primitives.len()];
        for drawn in &list.surfaces {
            let index = drawn.draw.primitive;
            let primitive = &scene.primitives[index];
            if let Some(place) = &mut places[index]
                && let Some(shading) = &primitive.shading
                && !std::mem::replace(&mut has_shading[index], true)
            {
                let (surface, cube) = (&drawn.surface, unit_cube(primitive));
                place.shading = self.shading.push_with(|out| {
                    surface
                        .kind
                        .detail
                        .append(shading, surface, cube.as_ref(), out);
                });
            }
        }
        Ok(GeometryBuffers {
            positions: self.positions.upload(gpu)?,
            shading: self.shading.upload(gpu)?,
            indices: self.indices.upload(gpu)?,
            instances: self.instances.upload(gpu)?,
            places,
        })
    }
}

fn push_positions(arena: &mut Arena, primitive: &Primitive) -> u64 {
    let positions = &primitive.positions;
    match unit_cube(primitive) {
        None => arena.push(bytemuck::cast_slice(positions)),
        Some(cube) => arena.push_with(|out| {
            for position in positions.iter() {
                out.extend_from_slice(bytemuck::bytes_of(&cube.apply(*position)));
            }
        }),
    }
}

fn index_range(first: u64, count: usize) -> Result<Range<u32>, RenderError> {
    let end = first + count as u64;
    match (u32::try_from(first), u32::try_from(end)) {
        (Ok(first), Ok(end)) => Ok(first..end),
        _ => Err(RenderError::TooLarge {
            what: "scene's number of indices",
            value: end,
            limit: u64::from(u32::MAX),
        }),
    }
}

impl GeometryBuffers {
    /// Binds what all draws of a pass share.
    pub fn begin(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.set_index_buffer(self.indices.slice(..), wgpu::IndexFormat::Uint32);
    }

    /// Binds the shading attributes of a primitive.
    pub fn shade(&self, pass: &mut wgpu::RenderPass<'_>, draw: Draw) {
        if let Some(place) = &self.places[draw.primitive] {
            pass.set_vertex_buffer(2, self.shading.slice(place.shading..));
        }
    }

    /// Draws one instance of a primitive.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, draw: Draw) {
        let Some(place) = &self.places[draw.primitive] else {
            return;
        };
        pass.set_vertex_buffer(1, self.positions.slice(place.positions..));
        pass.draw_indexed(place.indices.clone(), 0, draw.instance..draw.instance + 1);
    }
}

/// The vertex buffers of the geometry pass.
pub(super) fn geometry_layouts() -> [Option<wgpu::VertexBufferLayout<'static>>; 2] {
    [
        Some(InstanceVertex::layout()),
        Some(super::vertex::POSITION),
    ]
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
        Some(super::vertex::POSITION),
        Some(detail.layout()),
    ]
}
