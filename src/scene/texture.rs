//! Textures: PNG and JPEG images, decoded, and how they are sampled.

use std::sync::Arc;

/// A decoded image with its sampler.
#[derive(Clone, Debug)]
pub struct Texture {
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// 8-bit RGBA as stored in the file (no sRGB decoding), first row first: 4·width·height bytes.
    /// Shared between textures of the same image.
    pub rgba: Arc<[u8]>,
    /// Whether any texel is not opaque. Found once, when the image is decoded.
    pub has_alpha: bool,
    /// How it is sampled.
    pub sampler: Sampler,
}

/// A glTF sampler with defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sampler {
    /// Magnification.
    pub mag: Filter,
    /// Minification within a mip level.
    pub min: Filter,
    /// Between mip levels; none if mip levels are not used.
    pub mip: Option<Filter>,
    /// Outside [0, 1] along u.
    pub wrap_u: Wrap,
    /// Outside [0, 1] along v.
    pub wrap_v: Wrap,
}

/// A texture filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The nearest texel or level.
    Nearest,
    /// Linear interpolation.
    Linear,
}

/// How a texture goes on outside [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrap {
    /// 10497.
    Repeat,
    /// 33648.
    MirroredRepeat,
    /// 33071.
    ClampToEdge,
}
