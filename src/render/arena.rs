//! GPU buffers that are filled anew for each frame and kept between frames.

use super::RenderError;
use super::gpu::Gpu;

/// A growing GPU buffer with its contents as they are put together on the CPU.
///
/// One buffer for all meshes costs one upload and no allocation per frame, where a buffer for each
/// mesh costs hundreds.
pub(super) struct Arena {
    label: &'static str,
    usage: wgpu::BufferUsages,
    staged: Vec<u8>,
    buffer: Option<wgpu::Buffer>,
}

/// Offsets into vertex and index buffers are multiples of 4.
const ALIGNMENT: usize = 4;
/// Of an empty scene's buffers, which are bound all the same; all sizes are multiples of it.
const LEAST_SIZE: usize = 256;
/// The part that is added to what is asked for, so that growing scenes do not reallocate each time.
const GROWTH: u64 = 5;
/// Memory that is kept in any case, bytes.
const KEPT: u64 = 64 << 20;

impl Arena {
    pub fn new(label: &'static str, usage: wgpu::BufferUsages) -> Self {
        Self {
            label,
            usage: usage | wgpu::BufferUsages::COPY_DST,
            staged: Vec::new(),
            buffer: None,
        }
    }

    /// Forgets what was staged.
    pub fn clear(&mut self) {
        self.staged.clear();
    }

    /// What is staged, to be added to.
    pub fn staged(&mut self) -> &mut Vec<u8> {
        &mut self.staged
    }

    /// Stages what `fill` appends, aligned to four bytes at both ends, and returns its offset.
    pub fn push_with(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> u64 {
        let offset = self.staged.len();
        fill(&mut self.staged);
        let end = self.staged.len().next_multiple_of(ALIGNMENT);
        self.staged.resize(end, 0);
        offset as u64
    }

    /// Puts bytes on the GPU in place of what was there.
    pub fn replace(&mut self, gpu: &Gpu, bytes: &[u8]) -> Result<wgpu::Buffer, RenderError> {
        self.staged.clear();
        self.staged.extend_from_slice(bytes);
        self.upload(gpu)
    }

    /// Puts what is staged on the GPU.
    pub fn upload(&mut self, gpu: &Gpu) -> Result<wgpu::Buffer, RenderError> {
        let needed = self.staged.len().max(LEAST_SIZE) as u64;
        let buffer = match &self.buffer {
            Some(buffer) if buffer.size() >= needed && !is_waste(buffer.size(), needed) => {
                buffer.clone()
            }
            _ => self.make(gpu, needed)?,
        };
        if !self.staged.is_empty() {
            gpu.queue.write_buffer(&buffer, 0, &self.staged);
        }
        if is_waste(self.staged.capacity() as u64, needed) {
            self.staged.shrink_to_fit();
        }
        Ok(buffer)
    }

    fn make(&mut self, gpu: &Gpu, needed: u64) -> Result<wgpu::Buffer, RenderError> {
        let limit = greatest_size(self.usage, &gpu.limits);
        if needed > limit {
            return Err(RenderError::TooLarge {
                what: "scene's geometry in bytes",
                value: needed,
                limit,
            });
        }
        let size = (needed + needed / GROWTH)
            .next_multiple_of(LEAST_SIZE as u64)
            .min(limit);
        // The old one goes first, so that both need not fit.
        self.buffer = None;
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(self.label),
            size,
            usage: self.usage,
            mapped_at_creation: false,
        });
        self.buffer = Some(buffer.clone());
        Ok(buffer)
    }
}

/// How large a buffer may be that is bound as a whole.
fn greatest_size(usage: wgpu::BufferUsages, limits: &wgpu::Limits) -> u64 {
    let mut limit = limits.max_buffer_size;
    if usage.contains(wgpu::BufferUsages::STORAGE) {
        limit = limit.min(limits.max_storage_buffer_binding_size);
    }
    limit - limit % LEAST_SIZE as u64
}

/// Whether so much memory is more than a frame that needs little should keep from one that needed
/// much.
fn is_waste(kept: u64, needed: u64) -> bool {
    kept > KEPT && kept / 4 > needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shaders_index_is_bounded_by_what_can_be_bound() {
        let limits = wgpu::Limits {
            max_buffer_size: 3000,
            max_storage_buffer_binding_size: 2047,
            ..wgpu::Limits::default()
        };
        let greatest = |usage| greatest_size(usage, &limits);
        assert_eq!(greatest(wgpu::BufferUsages::VERTEX), 2816);
        assert_eq!(greatest(wgpu::BufferUsages::STORAGE), 1792);
    }

    #[test]
    fn memory_of_a_huge_scene_is_given_back_by_a_small_one() {
        assert!(!is_waste(KEPT, 0));
        assert!(!is_waste(3 * KEPT, KEPT));
        assert!(is_waste(3 * KEPT, KEPT / 2));
    }
}
