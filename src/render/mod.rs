//! A scene and a view to pixels, on wgpu.
//!
//! `look` decides what a surface looks like and `draw_list` what is drawn in which order, both as
//! plain data; `vertex`, `meshes`, `geometry_buffers`, `material_buffers`, `mask_buffers` and
//! `textures` put it on the GPU; `passes` draws it with the `pipelines` into the `targets`, which are
//! read back, the color image through `fxaa`. All kinds of image that are wanted of one view come
//! from one submission. Where the adapter is the CPU, `raster` takes work off it. `memory` counts what is
//! held on devices, `gpu_clock` how long they are at work, and `timing`, for benchmarks, at what.

mod adapter;
mod arena;
mod draw_list;
mod error;
mod fixed;
mod fxaa;
mod geometry_buffers;
mod gpu;
mod gpu_clock;
mod look;
mod mask_buffers;
mod material_buffers;
mod memory;
mod meshes;
mod mip;
mod passes;
mod pipelines;
mod raster;
mod renderer;
mod targets;
#[cfg(test)]
mod testing;
mod textures;
mod timing;
mod unit_cube;
mod vertex;
mod view;
mod warm_up;

pub use adapter::{AdapterSelection, AdapterSummary, list as list_adapters};
pub use error::RenderError;
pub use gpu_clock::GpuClocks;
pub use memory::GpuMemory;
pub use raster::VisibilityCache;
pub use renderer::{Keeping, Renderer};
pub use timing::{OnAdapter, Times, Timing};
pub use view::View;

use crate::protocol::{DepthRange, ImageSize, ImageType};

/// Which images are wanted of one view.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outputs {
    /// The color image.
    pub color: bool,
    /// The depth image, and what the sensor can measure.
    pub depth: Option<DepthRange>,
    /// The label image.
    pub label: bool,
}

impl Outputs {
    /// One image; a depth image without a range measures all that is drawn.
    #[must_use]
    pub fn only(image_type: ImageType, depth_range: Option<DepthRange>) -> Self {
        let everything = DepthRange {
            min: 0.0,
            max: f64::INFINITY,
        };
        Self {
            color: image_type == ImageType::Color,
            depth: (image_type == ImageType::Depth).then_some(depth_range.unwrap_or(everything)),
            label: image_type == ImageType::Label,
        }
    }
}

/// The images of one view; those that were wanted. Rows run from the top, pixels from the left.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Size of each image.
    pub size: ImageSize,
    /// 8-bit RGB, 3·width·height bytes.
    pub color: Option<Vec<u8>>,
    /// Metres along the optical axis, width·height; 0 is too close, infinity too far or nothing.
    pub depth: Option<Vec<f32>>,
    /// 8-bit RGB, 3·width·height bytes: the base color of what is seen, white where nothing is.
    pub label: Option<Vec<u8>>,
}

impl Frame {
    /// No image yet.
    fn empty(size: ImageSize) -> Self {
        Self {
            size,
            color: None,
            depth: None,
            label: None,
        }
    }
}
