//! The textures of a scene's surfaces, bound together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::RenderError;
use super::draw_list::DrawList;
use super::gpu::Gpu;
use super::look::TextureUses;
use super::pipelines::Layouts;
use super::textures::GpuTextures;
use crate::scene::Scene;

/// A bind group for each combination of textures in a scene.
pub(super) struct SurfaceTextures {
    groups: Vec<wgpu::BindGroup>,
    /// For each surface of the draw list which of them it reads, if any.
    of_surface: Vec<Option<usize>>,
}

impl SurfaceTextures {
    /// Puts the textures of all surfaces on the GPU.
    pub fn new(
        gpu: &Gpu,
        layouts: &Layouts,
        on_gpu: &mut GpuTextures,
        scene: &Scene,
        list: &DrawList,
    ) -> Result<Self, RenderError> {
        let mut groups = Vec::new();
        let mut of_surface = Vec::with_capacity(list.surfaces.len());
        let mut group_of = HashMap::new();
        for drawn in &list.surfaces {
            if !drawn.surface.kind.detail.has_textures() {
                of_surface.push(None);
                continue;
            }
            let group = match group_of.entry(drawn.surface.textures) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    groups.push(bind(gpu, layouts, on_gpu, scene, entry.key())?);
                    *entry.insert(groups.len() - 1)
                }
            };
            of_surface.push(Some(group));
        }
        Ok(Self { groups, of_surface })
    }

    /// Whether two surfaces of the draw list have the same textures.
    pub fn are_alike(&self, surface: usize, other: usize) -> bool {
        self.of_surface[surface] == self.of_surface[other]
    }

    /// Binds the textures of a surface, given by its index in the draw list, if it has any.
    pub fn bind(&self, pass: &mut wgpu::RenderPass<'_>, surface: usize) {
        if let Some(group) = self.of_surface[surface] {
            pass.set_bind_group(1, &self.groups[group], &[]);
        }
    }
}

fn bind(
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
