//! What a frame is drawn into: render targets and the buffers they are read back through.

use super::RenderError;
use super::gpu::Gpu;
use super::memory::Lease;
use super::view::GuardBand;
use crate::encode::rows::PixelRows;
use crate::protocol::ImageSize;

/// Color: bytes as they go into the image; the shaders encode them.
pub(super) const COLOR_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Depth in metres, the bits of a 32-bit float.
pub(super) const DEPTH_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R32Uint;
/// Labels.
pub(super) const LABEL_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// The depth buffer.
pub(super) const Z_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;

/// Both image formats take four bytes a pixel.
const BYTES_PER_PIXEL: u32 = 4;

/// A target that is read back.
pub(super) struct Target {
    texture: wgpu::Texture,
    pub view: wgpu::TextureView,
    buffer: wgpu::Buffer,
    size: ImageSize,
    _lease: Lease,
}

/// The targets of one image size. They are made when first needed and kept.
pub(super) struct Targets {
    pub size: ImageSize,
    pub guard: GuardBand,
    pub z: wgpu::TextureView,
    /// Color before anti-aliasing.
    pub color: Option<Target>,
    pub depth: Option<Target>,
    pub label: Option<Target>,
    /// Of the depth buffer.
    _lease: Lease,
}

/// Refuses images that are larger than the adapter's limit.
pub(super) fn check_size(gpu: &Gpu, size: ImageSize) -> Result<(), RenderError> {
    let limit = gpu.limits.max_texture_dimension_2d;
    let largest = size.width.max(size.height);
    if largest <= limit {
        return Ok(());
    }
    Err(RenderError::TooLarge {
        what: "size of the image in pixels",
        value: u64::from(largest),
        limit: u64::from(limit),
    })
}

impl Targets {
    /// Targets of a size that is within the adapter's limit.
    pub fn new(gpu: &Gpu, size: ImageSize) -> Result<Self, RenderError> {
        let lease = gpu.memory.take(texture_bytes(size))?;
        let z = texture(gpu, size, Z_FORMAT, wgpu::TextureUsages::RENDER_ATTACHMENT);
        Ok(Self {
            size,
            guard: GuardBand::new(size, &gpu.limits),
            z: whole(&z),
            color: None,
            depth: None,
            label: None,
            _lease: lease,
        })
    }

    /// Makes the targets that are asked for and not there yet.
    pub fn prepare(
        &mut self,
        gpu: &Gpu,
        color: bool,
        depth: bool,
        label: bool,
    ) -> Result<(), RenderError> {
        for (target, is_wanted, format) in [
            (&mut self.color, color, COLOR_FORMAT),
            (&mut self.depth, depth, DEPTH_FORMAT),
            (&mut self.label, label, LABEL_FORMAT),
        ] {
            if is_wanted && target.is_none() {
                *target = Some(Target::new(gpu, self.size, format)?);
            }
        }
        Ok(())
    }
}

impl Target {
    fn new(gpu: &Gpu, size: ImageSize, format: wgpu::TextureFormat) -> Result<Self, RenderError> {
        let readback = u64::from(padded_row(size)) * u64::from(size.height);
        let lease = gpu.memory.take(texture_bytes(size) + readback)?;
        let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC;
        let texture = texture(gpu, size, format, usage);
        Ok(Self {
            view: whole(&texture),
            texture,
            buffer: gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("readback"),
                size: readback,
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                mapped_at_creation: false,
            }),
            size,
            _lease: lease,
        })
    }

    /// Copies the target into its buffer, at the end of a frame.
    pub fn copy_out(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &self.buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(padded_row(self.size)),
                    rows_per_image: None,
                },
            },
            extent(self.size),
        );
    }

    /// Asks for the buffer to be readable once the submitted work is done.
    pub fn map(&self) {
        // A failure shows as an error of `read`; the reason goes the way of all device faults.
        self.buffer.map_async(wgpu::MapMode::Read, .., |_| ());
    }

    /// Hands the finished image to `read`.
    pub fn read<T>(&self, read: impl FnOnce(PixelRows<'_>) -> T) -> Result<T, RenderError> {
        let value = {
            let mapped = self
                .buffer
                .get_mapped_range(..)
                .map_err(|error| RenderError::DeviceLost(error.to_string()))?;
            let rows = PixelRows::new(self.size, &mapped, padded_row(self.size) as usize);
            rows.map(read)
        };
        self.buffer.unmap();
        value.ok_or_else(|| RenderError::DeviceLost("a buffer is too short.".into()))
    }
}

fn texture_bytes(size: ImageSize) -> u64 {
    u64::from(size.width) * u64::from(size.height) * u64::from(BYTES_PER_PIXEL)
}

fn padded_row(size: ImageSize) -> u32 {
    (size.width * BYTES_PER_PIXEL).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT)
}

fn texture(
    gpu: &Gpu,
    size: ImageSize,
    format: wgpu::TextureFormat,
    usage: wgpu::TextureUsages,
) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("target"),
        size: extent(size),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage,
        view_formats: &[],
    })
}

fn extent(size: ImageSize) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: size.width,
        height: size.height,
        depth_or_array_layers: 1,
    }
}

fn whole(texture: &wgpu::Texture) -> wgpu::TextureView {
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}
