//! The materials and textures of a scene on the GPU.

use std::collections::HashMap;

use super::arena::Arena;
use super::draw_list::DrawList;
use super::gpu::Gpu;
use super::look::{MaterialUniform, TextureUses};
use super::pipelines::Layouts;
use super::textures::{self, GpuTextures};
use super::RenderError;
use crate::scene::Scene;

/// What is kept between frames.
pub(super) struct MaterialArena {
    uniforms: Arena,
    white: wgpu::TextureView,
    any_sampler: wgpu::Sampler,
}

/// The materials of one scene, until the next upload.
pub(super) struct MaterialBuffers {
    uniforms: wgpu::BindGroup,
    /// For each surface of the draw list: the offset of its uniforms and its textures.
    of_surface: Vec<(u32, Option<usize>)>,
    textures: Vec<wgpu::BindGroup>,
}

impl MaterialArena {
    pub fn new(gpu: &Gpu) -> Self {
        Self {
            uniforms: Arena::new("materials", wgpu::BufferUsages::UNIFORM),
            white: textures::white(gpu),
            any_sampler: gpu.device.create_sampler(&wgpu::SamplerDescriptor::default()),
        }
    }

    /// Puts the materials of all surfaces on the GPU, equal ones once.
    pub fn upload(
        &mut self,
        gpu: &Gpu,
        layouts: &Layouts,
        scene: &Scene,
        list: &DrawList,
    ) -> Result<MaterialBuffers, RenderError> {
        let alignment = gpu.limits.min_uniform_buffer_offset_alignment as usize;
        let mut gpu_textures = GpuTextures::default();
        let mut offsets: HashMap<[u8; size_of::<MaterialUniform>()], u32> = HashMap::new();
        let mut groups: HashMap<TextureUses, usize> = HashMap::new();
        let mut textures = Vec::new();
        let mut of_surface = Vec::with_capacity(list.surfaces.len());
        self.uniforms.clear();
        for drawn in &list.surfaces {
            let surface = &drawn.surface;
            let bytes: [u8; size_of::<MaterialUniform>()] = bytemuck::cast(surface.material);
            let offset = match offsets.get(&bytes) {
                Some(&offset) => offset,
                None => {
                    let offset = self.uniforms.push(&bytes);
                    self.uniforms.pad(alignment);
                    let offset = u32::try_from(offset).map_err(|_| RenderError::TooLarge {
                        what: "scene's materials in bytes",
                        value: offset,
                        limit: u64::from(u32::MAX),
                    })?;
                    offsets.insert(bytes, offset);
                    offset
                }
            };
            let group = if surface.kind.detail.has_textures() {
                let uses = surface.textures;
                Some(match groups.get(&uses) {
                    Some(&group) => group,
                    None => {
                        textures.push(self.bind_textures(gpu, layouts, scene, &mut gpu_textures, &uses)?);
                        groups.insert(uses, textures.len() - 1);
                        textures.len() - 1
                    }
                })
            } else {
                None
            };
            of_surface.push((offset, group));
        }
        // The last material's window must lie inside the buffer too.
        self.uniforms.pad(alignment);
        let buffer = self.uniforms.upload(gpu)?;
        let uniforms = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("materials"),
            layout: &layouts.material,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer: &buffer,
                    offset: 0,
                    size: wgpu::BufferSize::new(size_of::<MaterialUniform>() as u64),
                }),
            }],
        });
        Ok(MaterialBuffers {
            uniforms,
            of_surface,
            textures,
        })
    }

    fn bind_textures(
        &self,
        gpu: &Gpu,
        layouts: &Layouts,
        scene: &Scene,
        gpu_textures: &mut GpuTextures,
        uses: &TextureUses,
    ) -> Result<wgpu::BindGroup, RenderError> {
        let mut bound = Vec::with_capacity(uses.len());
        for texture in uses {
            bound.push(match texture {
                Some(texture) => gpu_textures.get(gpu, scene, texture)?,
                None => (self.white.clone(), self.any_sampler.clone()),
            });
        }
        let entries: Vec<_> = (0..)
            .step_by(2)
            .zip(&bound)
            .flat_map(|(binding, (view, sampler))| {
                [
                    wgpu::BindGroupEntry {
                        binding,
                        resource: wgpu::BindingResource::TextureView(view),
                    },
                    wgpu::BindGroupEntry {
                        binding: binding + 1,
                        resource: wgpu::BindingResource::Sampler(sampler),
                    },
                ]
            })
            .collect();
        Ok(gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("textures of a material"),
            layout: &layouts.textures,
            entries: &entries,
        }))
    }
}

impl MaterialBuffers {
    /// Binds the material of a surface, given by its index in the draw list.
    pub fn bind(&self, pass: &mut wgpu::RenderPass<'_>, surface: usize) {
        let (offset, textures) = self.of_surface[surface];
        pass.set_bind_group(1, &self.uniforms, &[offset]);
        if let Some(textures) = textures {
            pass.set_bind_group(2, &self.textures[textures], &[]);
        }
    }
}
