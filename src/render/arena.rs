//! GPU buffers that are filled anew for each frame and kept between frames.

use super::RenderError;
use super::gpu::Gpu;
use super::memory::Lease;

/// A growing GPU buffer with its contents as they are put together on the CPU.
///
/// One buffer for all meshes costs one upload and no allocation per frame, where a buffer for each
/// mesh costs hundreds.
pub(super) struct Arena {
    label: &'static str,
    usage: wgpu::BufferUsages,
    staged: Vec<u8>,
    /// With what it counts for.
    buffer: Option<(wgpu::Buffer, Lease)>,
}

/// Offsets into vertex and index buffers are multiples of 4.
const ALIGNMENT: usize = 4;
/// Of an empty scene's buffers, which are bound all the same.
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

    /// Gives up what is kept on the GPU.
    pub fn let_go(&mut self) {
        self.buffer = None;
    }

    /// Forgets what was staged.
    pub fn clear(&mut self) {
        self.staged.clear();
    }

    /// What is staged, to be added to.
    pub fn staged(&mut self) -> &mut Vec<u8> {
        &mut self.staged
    }

    /// Stages bytes and returns their offset.
    pub fn push(&mut self, bytes: &[u8]) -> u64 {
        self.push_with(|staged| staged.extend_from_slice(bytes))
    }

    /// Stages what `fill` appends, aligned to four bytes at both ends, and returns its offset.
    pub fn push_with(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> u64 {
        let offset = self.staged.len();
        fill(&mut self.staged);
        self.pad(ALIGNMENT);
        offset as u64
    }

    /// Fills up to a multiple of `alignment`.
    pub fn pad(&mut self, alignment: usize) {
        let end = self.staged.len().next_multiple_of(alignment);
        self.staged.resize(end, 0);
    }

    /// Puts what is staged on the GPU.
    pub fn upload(&mut self, gpu: &Gpu) -> Result<wgpu::Buffer, RenderError> {
        let needed = self.staged.len().max(LEAST_SIZE) as u64;
        let buffer = match &self.buffer {
            Some((buffer, _)) if buffer.size() >= needed && !is_waste(buffer.size(), needed) => {
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
        let limit = gpu.limits.max_buffer_size;
        if needed > limit {
            return Err(RenderError::TooLarge {
                what: "scene's geometry in bytes",
                value: needed,
                limit,
            });
        }
        let size = (needed + needed / GROWTH).next_multiple_of(256).min(limit);
        // The old one goes first, so that both need not fit.
        self.buffer = None;
        let lease = gpu.memory.take(size)?;
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(self.label),
            size,
            usage: self.usage,
            mapped_at_creation: false,
        });
        self.buffer = Some((buffer.clone(), lease));
        Ok(buffer)
    }
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
    fn memory_of_a_huge_scene_is_given_back_by_a_small_one() {
        assert!(!is_waste(KEPT, 0));
        assert!(!is_waste(3 * KEPT, KEPT));
        assert!(is_waste(3 * KEPT, KEPT / 2));
    }
}
