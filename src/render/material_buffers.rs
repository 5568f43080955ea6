//! The materials and textures of a scene on the GPU.

use std::collections::HashMap;

use super::RenderError;
use super::arena::Arena;
use super::draw_list::DrawList;
use super::gpu::Gpu;
use super::look::{MaterialUniform, TextureUses};
use super::pipelines::Layouts;
use super::textures::GpuTextures;
use crate::scene::Scene;

/// What is kept between frames.
pub(super) struct MaterialArena {
    uniforms: Arena,
}

/// The materials of one scene, until the next upload.
pub(super) struct MaterialBuffers {
    uniforms: wgpu::BindGroup,
    textures: Vec<wgpu::BindGroup>,
    /// One for each surface of the draw list.
    of_surface: Vec<Place>,
}

/// Where the material of a surface is.
#[derive(PartialEq, Eq)]
struct Place {
    /// Offset of its uniforms.
    uniforms: u32,
    /// Index of its textures, if it has any.
    textures: Option<usize>,
}

impl MaterialArena {
    pub fn new() -> Self {
        Self {
            uniforms: Arena::new("materials", wgpu::BufferUsages::UNIFORM),
        }
    }

    /// Gives up what is kept.
    pub fn let_go(&mut self) {
        self.uniforms.let_go();
    }

    /// Puts the materials of all surfaces on the GPU, equal ones once.
    pub fn upload(
        &mut self,
        gpu: &Gpu,
        layouts: &Layouts,
        on_gpu: &mut GpuTextures,
        scene: &Scene,
        list: &DrawList,
    ) -> Result<MaterialBuffers, RenderError> {
        let of_surface = self.stage(gpu, list)?;
        let (textures, group_of) = bind_all_textures(gpu, layouts, on_gpu, scene, list)?;
        let of_surface = of_surface
            .into_iter()
            .zip(&list.surfaces)
            .map(|(uniforms, drawn)| Place {
                uniforms,
                textures: group_of.get(&drawn.surface.textures).copied(),
            })
            .collect();
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
            textures,
            of_surface,
        })
    }

    /// Stages the uniforms and returns their offset for each surface.
    fn stage(&mut self, gpu: &Gpu, list: &DrawList) -> Result<Vec<u32>, RenderError> {
        let alignment = gpu.limits.min_uniform_buffer_offset_alignment as usize;
        let mut offsets: HashMap<_, u32> = HashMap::new();
        self.uniforms.clear();
        let mut of_surface = Vec::with_capacity(list.surfaces.len());
        for drawn in &list.surfaces {
            let bytes: [u8; size_of::<MaterialUniform>()] = bytemuck::cast(drawn.surface.material);
            let offset = if let Some(&offset) = offsets.get(&bytes) {
                offset
            } else {
                let offset = self.uniforms.push(&bytes);
                self.uniforms.pad(alignment);
                let offset = u32::try_from(offset).map_err(|_| RenderError::TooLarge {
                    what: "scene's materials in bytes",
                    value: offset,
                    limit: u64::from(u32::MAX),
                })?;
                offsets.insert(bytes, offset);
                offset
            };
            of_surface.push(offset);
        }
        Ok(of_surface)
    }
}

impl MaterialBuffers {
    /// Whether two surfaces of the draw list have the same material.
    pub fn are_alike(&self, surface: usize, other: usize) -> bool {
        self.of_surface[surface] == self.of_surface[other]
    }

    /// Binds the material of a surface, given by its index in the draw list.
    pub fn bind(&self, pass: &mut wgpu::RenderPass<'_>, surface: usize) {
        let place = &self.of_surface[surface];
        pass.set_bind_group(0, &self.uniforms, &[place.uniforms]);
        if let Some(textures) = place.textures {
            pass.set_bind_group(1, &self.textures[textures], &[]);
        }
    }
}

/// A bind group for each combination of textures, and which is whose.
fn bind_all_textures(
    gpu: &Gpu,
    layouts: &Layouts,
    on_gpu: &mut GpuTextures,
    scene: &Scene,
    list: &DrawList,
) -> Result<(Vec<wgpu::BindGroup>, HashMap<TextureUses, usize>), RenderError> {
    let mut groups = Vec::new();
    let mut group_of = HashMap::new();
    for drawn in &list.surfaces {
        let uses = drawn.surface.textures;
        if drawn.surface.kind.detail.has_textures() && !group_of.contains_key(&uses) {
            groups.push(bind_textures(gpu, layouts, on_gpu, scene, &uses)?);
            group_of.insert(uses, groups.len() - 1);
        }
    }
    Ok((groups, group_of))
}

fn bind_textures(
    gpu: &Gpu,
    layouts: &Layouts,
    on_gpu: &mut GpuTextures,
    scene: &Scene,
    uses: &TextureUses,
) -> Result<wgpu::BindGroup, RenderError> {
    let mut bound = Vec::with_capacity(uses.len());
    for texture in uses {
        bound.push(on_gpu.get(gpu, scene, texture.as_ref())?);
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
