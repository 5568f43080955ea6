//! What cuts holes into depth and label: texture coordinates, alpha and the base color textures.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use wgpu::{VertexAttribute, VertexBufferLayout, VertexFormat, VertexStepMode};

use super::RenderError;
use super::arena::Arena;
use super::draw_list::DrawList;
use super::gpu::Gpu;
use super::look::{Mask, TextureUse};
use super::pipelines::Layouts;
use super::textures::{self, GpuTextures};
use crate::scene::{Primitive, Scene, Slot};

/// A vertex of a surface with holes: texture coordinates, alpha and the cutoff.
pub(super) const MASK: VertexBufferLayout<'static> = VertexBufferLayout {
    array_stride: 16,
    step_mode: VertexStepMode::Vertex,
    attributes: &[VertexAttribute {
        format: VertexFormat::Float32x4,
        offset: 0,
        shader_location: 12,
    }],
};

/// What is kept between frames.
pub(super) struct MaskArena {
    vertices: Arena,
}

/// The holes of one scene, until the next upload.
pub(super) struct MaskBuffers {
    vertices: wgpu::Buffer,
    textures: HashMap<Option<TextureUse>, wgpu::BindGroup>,
    /// For each draw of the geometry pass where its vertices lie, and what texture it reads; none if
    /// it has no holes.
    of_draw: Vec<Option<(u64, Option<TextureUse>)>>,
}

impl MaskArena {
    pub fn new() -> Self {
        Self {
            vertices: Arena::new("masks", wgpu::BufferUsages::VERTEX),
        }
    }

    /// Gives up what is kept.
    pub fn let_go(&mut self) {
        self.vertices.let_go();
    }

    /// Puts what the geometry pass needs on the GPU, of each primitive once.
    pub fn upload(
        &mut self,
        gpu: &Gpu,
        layouts: &Layouts,
        on_gpu: &mut GpuTextures,
        scene: &Scene,
        list: &DrawList,
    ) -> Result<MaskBuffers, RenderError> {
        self.vertices.clear();
        let mut textures = HashMap::new();
        let mut places: HashMap<usize, u64> = HashMap::new();
        let mut of_draw = Vec::with_capacity(list.geometry.len());
        for drawn in &list.geometry {
            let Some(mask) = drawn.cover.mask else {
                of_draw.push(None);
                continue;
            };
            let index = drawn.draw.primitive;
            let place = *places.entry(index).or_insert_with(|| {
                let primitive = &scene.primitives[index];
                self.vertices.push_with(|out| append(primitive, mask, out))
            });
            if let Entry::Vacant(entry) = textures.entry(mask.texture) {
                let (view, sampler) = on_gpu.get(gpu, scene, mask.texture.as_ref())?;
                entry.insert(textures::bind(gpu, &layouts.image, &view, &sampler));
            }
            of_draw.push(Some((place, mask.texture)));
        }
        Ok(MaskBuffers {
            vertices: self.vertices.upload(gpu)?,
            textures,
            of_draw,
        })
    }
}

impl MaskBuffers {
    /// Binds what cuts the holes of a draw, given by its index in the draw list, if it has any.
    pub fn bind(&self, pass: &mut wgpu::RenderPass<'_>, draw: usize) {
        let Some((place, texture)) = &self.of_draw[draw] else {
            return;
        };
        pass.set_bind_group(1, self.textures.get(texture), &[]);
        pass.set_vertex_buffer(2, self.vertices.slice(*place..));
    }
}

fn append(primitive: &Primitive, mask: Mask, out: &mut Vec<u8>) {
    let shading = primitive.shading.as_ref();
    let tex_coords = shading.and_then(|s| s.tex_coords[Slot::BaseColor as usize].as_deref());
    let colors = shading.and_then(|s| s.colors.as_deref());
    for i in 0..primitive.positions.len() {
        let [u, v] = tex_coords.map_or([0.0; 2], |uvs| uvs[i]);
        let alpha = mask.alpha * colors.map_or(1.0, |colors| colors[i][3]);
        out.extend_from_slice(bytemuck::bytes_of(&[u, v, alpha, mask.cutoff]));
    }
}
