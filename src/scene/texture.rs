//! Textures: PNG and JPEG images, decoded, and how they are sampled.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use gltf::json::Root;
use gltf::json::texture::{MagFilter, MinFilter, Sampler as JsonSampler, WrappingMode};
use gltf::json::validation::Checked;
use image::codecs::{jpeg::JpegDecoder, png::PngDecoder};
use image::{DynamicImage, ImageDecoder, ImageResult};

use super::SceneError;
use super::budget::Budget;
use super::buffers::{Buffers, Span};
use super::error::{invalid, lookup, unsupported};

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

/// The textures decoded so far, each distinct one once.
#[derive(Debug, Default)]
pub(super) struct Textures {
    /// What becomes [`super::Scene::textures`].
    pub list: Vec<Texture>,
    images: HashMap<Span, Image>,
    known: HashMap<(Span, Sampler), usize>,
}

/// A decoded image.
#[derive(Clone, Debug)]
struct Image {
    width: u32,
    height: u32,
    rgba: Arc<[u8]>,
    has_alpha: bool,
}

impl Textures {
    /// Decodes a texture of the file, or finds it; gives its index in the list.
    pub fn get<'a>(
        &mut self,
        root: &'a Root,
        index: usize,
        buffers: &mut Buffers<'a>,
        budget: &mut Budget,
    ) -> Result<usize, SceneError> {
        let texture = lookup(&root.textures, index, "texture")?;
        let place = || format!("texture {index}");
        let source = texture.source.value();
        // gltf::json's way to say that there is none.
        if source == u32::MAX as usize {
            return Err(
                unsupported("names no image; those of extensions are not drawn.").within(place()),
            );
        }
        let sampler = sampler(root, texture.sampler.map(|sampler| sampler.value()))
            .map_err(|e| e.within(place()))?;
        let span = locate(root, source, buffers).map_err(|e| e.within(place()))?;
        if let Some(known) = self.known.get(&(span, sampler)) {
            return Ok(*known);
        }
        let image = match self.images.get(&span) {
            Some(image) => image.clone(),
            None => buffers
                .bytes(span, budget)
                .map(<[u8]>::to_vec)
                .and_then(|bytes| decode(&bytes, budget))
                .map_err(|e| e.within(format_args!("image {source}")))?,
        };
        self.images.insert(span, image.clone());
        self.list.push(Texture {
            width: image.width,
            height: image.height,
            rgba: image.rgba,
            has_alpha: image.has_alpha,
            sampler,
        });
        self.known.insert((span, sampler), self.list.len() - 1);
        Ok(self.list.len() - 1)
    }
}

/// Where the bytes of an image lie.
fn locate<'a>(root: &'a Root, index: usize, buffers: &mut Buffers<'a>) -> Result<Span, SceneError> {
    let image = lookup(&root.images, index, "image")?;
    match (image.buffer_view, &image.uri) {
        (Some(view), _) => buffers.span(view.value()),
        (None, Some(uri)) => Ok(buffers.uri_span(uri, format_args!("image {index}"))),
        (None, None) => Err(invalid("has neither a bufferView nor a uri.")),
    }
    .map_err(|e| e.within(format_args!("image {index}")))
}

/// Decodes a PNG or JPEG file, told apart by the first bytes. Media types in the file are ignored:
/// Drake's client gives none or the wrong one.
fn decode(bytes: &[u8], budget: &mut Budget) -> Result<Image, SceneError> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        decode_with(PngDecoder::new(Cursor::new(bytes)), "PNG", budget)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        decode_with(JpegDecoder::new(Cursor::new(bytes)), "JPEG", budget)
    } else {
        Err(unsupported("is neither PNG nor JPEG."))
    }
}

fn decode_with(
    decoder: ImageResult<impl ImageDecoder>,
    format: &str,
    budget: &mut Budget,
) -> Result<Image, SceneError> {
    let broken = |error| invalid(format!("the {format} is broken: {error}."));
    let mut decoder = decoder.map_err(broken)?;
    let (width, height) = decoder.dimensions();
    budget.texture(width, height)?;
    let mut limits = image::Limits::no_limits();
    limits.max_image_width = Some(width);
    limits.max_image_height = Some(height);
    // What is decoded has at most 8 bytes for each pixel; as much again for the decoder.
    limits.max_alloc = Some((16 * u64::from(width) * u64::from(height)).max(1 << 20));
    decoder.set_limits(limits).map_err(broken)?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let may_have_alpha = decoded.color().has_alpha();
    let rgba = decoded.into_rgba8();
    let has_alpha = may_have_alpha && rgba.pixels().any(|pixel| pixel.0[3] != u8::MAX);
    Ok(Image {
        width,
        height,
        rgba: rgba.into_raw().into(),
        has_alpha,
    })
}

/// A sampler of the file, or the one that glTF gives a texture without.
fn sampler(root: &Root, index: Option<usize>) -> Result<Sampler, SceneError> {
    let default = JsonSampler::default();
    let json = match index {
        Some(index) => lookup(&root.samplers, index, "sampler")?,
        None => &default,
    };
    let place = || format!("sampler {}", index.unwrap_or_default());
    convert(json).map_err(|e| e.within(place()))
}

/// glTF leaves undefined filters to the renderer (3.8.4.1); linear ones with mip levels alias least.
fn convert(json: &JsonSampler) -> Result<Sampler, SceneError> {
    let mag = match json.mag_filter {
        None | Some(Checked::Valid(MagFilter::Linear)) => Filter::Linear,
        Some(Checked::Valid(MagFilter::Nearest)) => Filter::Nearest,
        Some(Checked::Invalid) => return Err(invalid("magFilter is none of 9728 and 9729.")),
    };
    let (min, mip) = match json.min_filter {
        Some(Checked::Valid(MinFilter::Nearest)) => (Filter::Nearest, None),
        Some(Checked::Valid(MinFilter::Linear)) => (Filter::Linear, None),
        Some(Checked::Valid(MinFilter::NearestMipmapNearest)) => {
            (Filter::Nearest, Some(Filter::Nearest))
        }
        Some(Checked::Valid(MinFilter::LinearMipmapNearest)) => {
            (Filter::Linear, Some(Filter::Nearest))
        }
        Some(Checked::Valid(MinFilter::NearestMipmapLinear)) => {
            (Filter::Nearest, Some(Filter::Linear))
        }
        None | Some(Checked::Valid(MinFilter::LinearMipmapLinear)) => {
            (Filter::Linear, Some(Filter::Linear))
        }
        Some(Checked::Invalid) => {
            return Err(invalid("minFilter is none of 9728, 9729 and 9984 to 9987."));
        }
    };
    let wrap = |name: &str, mode: &Checked<WrappingMode>| match mode {
        Checked::Valid(WrappingMode::Repeat) => Ok(Wrap::Repeat),
        Checked::Valid(WrappingMode::MirroredRepeat) => Ok(Wrap::MirroredRepeat),
        Checked::Valid(WrappingMode::ClampToEdge) => Ok(Wrap::ClampToEdge),
        Checked::Invalid => Err(invalid(format!(
            "{name} is none of 10497, 33071 and 33648."
        ))),
    };
    Ok(Sampler {
        mag,
        min,
        mip,
        wrap_u: wrap("wrapS", &json.wrap_s)?,
        wrap_v: wrap("wrapT", &json.wrap_t)?,
    })
}
