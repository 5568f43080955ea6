//! Textures on the GPU, with their mip levels.

use std::collections::HashMap;
use std::sync::Arc;

use super::RenderError;
use super::gpu::{Gpu, OBJECT_BYTES};
use super::look::TextureUse;
use super::memory::Lease;
use super::mip;
use crate::lru::Lru;
use crate::scene::{Digest, Filter, Sampler, Scene, Texture, Wrap};
use crate::tally::Tally;

/// What a texture on the GPU is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    content: Digest,
    srgb: bool,
    mipped: bool,
}

/// Textures and samplers on the GPU, kept between frames.
pub(super) struct GpuTextures {
    views: Lru<Key, OnGpu>,
    /// What those of the frame at hand count for, which need not be kept.
    in_use: Vec<Arc<Lease>>,
    tally: Arc<Tally>,
    /// Few: glTF has some hundred kinds.
    samplers: HashMap<(Sampler, u16), wgpu::Sampler>,
    /// One white texel, for materials without a texture.
    white: wgpu::TextureView,
    any_sampler: wgpu::Sampler,
}

/// A texture, and what it counts for.
#[derive(Clone)]
struct OnGpu {
    view: wgpu::TextureView,
    lease: Arc<Lease>,
}

impl GpuTextures {
    /// No textures yet, and room for so many bytes of them, which a tally counts.
    pub fn new(gpu: &Gpu, kept_bytes: usize, tally: Arc<Tally>) -> Self {
        // Too small to be counted.
        let white = create(gpu, 1, 1, 1, false);
        write_level(gpu, &white, 0, (1, 1), &[255; 4]);
        Self {
            views: Lru::new(kept_bytes),
            in_use: Vec::new(),
            tally,
            samplers: HashMap::new(),
            white: white.create_view(&wgpu::TextureViewDescriptor::default()),
            any_sampler: gpu
                .device
                .create_sampler(&wgpu::SamplerDescriptor::default()),
        }
    }

    /// To be called when a frame is done with its textures.
    pub fn end_frame(&mut self) {
        self.in_use.clear();
    }

    /// Gives up all.
    pub fn let_go(&mut self) {
        self.end_frame();
        self.views.clear();
    }

    /// A texture and its sampler, uploaded when first asked for; white if there is none.
    pub fn get(
        &mut self,
        gpu: &Gpu,
        scene: &Scene,
        texture: Option<&TextureUse>,
    ) -> Result<(wgpu::TextureView, wgpu::Sampler), RenderError> {
        let Some(texture) = texture else {
            return Ok((self.white.clone(), self.any_sampler.clone()));
        };
        let source = &scene.textures[texture.texture];
        let key = Key {
            content: source.content,
            srgb: texture.srgb,
            mipped: texture.sampler.mip.is_some(),
        };
        let known = self.views.get(&key);
        self.tally.looked_up(known.is_some());
        let OnGpu { view, lease } = if let Some(on_gpu) = known {
            on_gpu.clone()
        } else {
            // Mip levels are a third of the first.
            let contents = source.rgba.len() * if key.mipped { 4 } else { 3 } / 3;
            let lease = Arc::new(gpu.memory.take(contents as u64)?);
            let view = upload(gpu, source, key.srgb, key.mipped)?;
            let on_gpu = OnGpu { view, lease };
            let bytes = contents + OBJECT_BYTES;
            self.views.insert(key, on_gpu.clone(), bytes, &self.tally);
            on_gpu
        };
        self.in_use.push(lease);
        let sampler = self
            .samplers
            .entry((texture.sampler, texture.anisotropy))
            .or_insert_with(|| create_sampler(gpu, texture.sampler, texture.anisotropy))
            .clone();
        Ok((view, sampler))
    }
}

/// A bind group of one texture and its sampler.
pub(super) fn bind(
    gpu: &Gpu,
    layout: &wgpu::BindGroupLayout,
    view: &wgpu::TextureView,
    sampler: &wgpu::Sampler,
) -> wgpu::BindGroup {
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("image"),
        layout,
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(view),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: wgpu::BindingResource::Sampler(sampler),
            },
        ],
    })
}

fn upload(
    gpu: &Gpu,
    texture: &Texture,
    srgb: bool,
    mipped: bool,
) -> Result<wgpu::TextureView, RenderError> {
    let (width, height) = (texture.width, texture.height);
    let limit = gpu.limits.max_texture_dimension_2d;
    if width.max(height) > limit {
        return Err(RenderError::TooLarge {
            what: "size of a texture in pixels",
            value: u64::from(width.max(height)),
            limit: u64::from(limit),
        });
    }
    let levels = if mipped {
        width.max(height).ilog2() + 1
    } else {
        1
    };
    let on_gpu = create(gpu, width, height, levels, srgb);
    write_level(gpu, &on_gpu, 0, (width, height), &texture.rgba);
    let mut below: Option<mip::Level> = None;
    for level in 1..levels {
        let next = match &below {
            None => mip::half((width, height), &texture.rgba, srgb),
            Some(last) => mip::half(last.size, &last.rgba, srgb),
        };
        write_level(gpu, &on_gpu, level, next.size, &next.rgba);
        below = Some(next);
    }
    Ok(on_gpu.create_view(&wgpu::TextureViewDescriptor::default()))
}

fn create(gpu: &Gpu, width: u32, height: u32, levels: u32, srgb: bool) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("texture"),
        size: extent(width, height),
        mip_level_count: levels,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: if srgb {
            wgpu::TextureFormat::Rgba8UnormSrgb
        } else {
            wgpu::TextureFormat::Rgba8Unorm
        },
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

fn write_level(gpu: &Gpu, texture: &wgpu::Texture, level: u32, size: (u32, u32), rgba: &[u8]) {
    gpu.queue.write_texture(
        wgpu::TexelCopyTextureInfo {
            texture,
            mip_level: level,
            origin: wgpu::Origin3d::ZERO,
            aspect: wgpu::TextureAspect::All,
        },
        rgba,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * size.0),
            rows_per_image: None,
        },
        extent(size.0, size.1),
    );
}

fn extent(width: u32, height: u32) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    }
}

fn create_sampler(gpu: &Gpu, sampler: Sampler, anisotropy: u16) -> wgpu::Sampler {
    let filter = |f| match f {
        Filter::Nearest => wgpu::FilterMode::Nearest,
        Filter::Linear => wgpu::FilterMode::Linear,
    };
    let wrap = |w| match w {
        Wrap::Repeat => wgpu::AddressMode::Repeat,
        Wrap::MirroredRepeat => wgpu::AddressMode::MirrorRepeat,
        Wrap::ClampToEdge => wgpu::AddressMode::ClampToEdge,
    };
    gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("sampler"),
        address_mode_u: wrap(sampler.wrap_u),
        address_mode_v: wrap(sampler.wrap_v),
        mag_filter: filter(sampler.mag),
        min_filter: filter(sampler.min),
        mipmap_filter: match sampler.mip {
            Some(Filter::Linear) => wgpu::MipmapFilterMode::Linear,
            _ => wgpu::MipmapFilterMode::Nearest,
        },
        anisotropy_clamp: anisotropy,
        ..wgpu::SamplerDescriptor::default()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::render::AdapterSelection;
    use crate::tally::CacheCounts;

    fn sampler(mip: Option<Filter>) -> Sampler {
        Sampler {
            mag: Filter::Linear,
            min: Filter::Linear,
            mip,
            wrap_u: Wrap::Repeat,
            wrap_v: Wrap::Repeat,
        }
    }

    #[test]
    fn what_is_found_let_go_and_kept_is_counted() {
        let gpu = Gpu::open(&AdapterSelection::default(), &Arc::default(), false).unwrap();
        let tally = Arc::<Tally>::default();
        let texture = |number: u8| Texture {
            content: Digest::of_bytes(&[number]),
            width: 32,
            height: 32,
            rgba: [number; 4096].into(),
            has_alpha: true,
            is_deep: false,
            sampler: sampler(None),
        };
        let scene = Scene {
            textures: (0..3).map(texture).collect(),
            ..Scene::default()
        };
        // Room for two textures without mip levels.
        let [mut textures, mut second] =
            [(); 2].map(|()| GpuTextures::new(&gpu, 10_500 + 2 * OBJECT_BYTES, tally.clone()));
        let get = |textures: &mut GpuTextures, texture: Option<usize>, mip: Option<Filter>| {
            let texture = texture.map(|texture| TextureUse {
                texture,
                srgb: false,
                sampler: sampler(mip),
                anisotropy: 1,
            });
            textures.get(&gpu, &scene, texture.as_ref()).unwrap();
            tally.counts()
        };
        // White is always there.
        assert_eq!(get(&mut textures, None, None), CacheCounts::default());
        let one = get(&mut textures, Some(0), None).bytes;
        let contents = one - OBJECT_BYTES;
        assert!((4096..5000).contains(&contents), "{contents}");
        let counts = |hits, misses, evictions, bytes| CacheCounts {
            hits,
            misses,
            evictions,
            bytes,
        };
        for (number, expected) in [
            (0, counts(1, 1, 0, one)),
            (1, counts(1, 2, 0, 2 * one)),
            (0, counts(2, 2, 0, 2 * one)),
            (2, counts(2, 3, 1, 2 * one)),
            (0, counts(3, 3, 1, 2 * one)),
            (1, counts(3, 4, 2, 2 * one)),
        ] {
            let counted = get(&mut textures, Some(number), None);
            assert_eq!(counted, expected, "{number}");
        }
        // Mip levels are a third more.
        let mipped = one + 4096 / 3;
        let counted = get(&mut textures, Some(1), Some(Filter::Linear));
        assert_eq!(counted, counts(3, 5, 3, one + mipped));
        // What one has is not found in another, but they are counted together.
        let counted = get(&mut second, Some(0), None);
        assert_eq!(counted, counts(3, 6, 3, 2 * one + mipped));
        drop(textures);
        assert_eq!(tally.counts(), counts(3, 6, 3, one));
    }
}
