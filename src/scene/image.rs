//! Images: PNG, JPEG, WebP and KTX2 files, told apart by content and decoded to RGBA.

use std::io::Cursor;
use std::sync::Arc;

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{DynamicImage, ImageDecoder, ImageError, ImageResult};

use super::SceneError;
use super::budget::Budget;
use super::codec::{guard::guard, ktx2};
use super::error::{invalid, unsupported};

/// A decoded image.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// 8-bit RGBA as stored in the file (no sRGB decoding), first row first: 4·width·height bytes.
    pub rgba: Arc<[u8]>,
    /// Whether any texel is not opaque.
    pub has_alpha: bool,
}

/// Decodes an image file. Media types in the file are ignored: Drake's client gives none or the
/// wrong one. So are Exif orientations and color profiles, as glTF wants it (3.8.2 and 3.9.2).
///
/// # Errors
/// If the format is unknown or the file broken, or if the image is too large.
pub(super) fn decode(bytes: &[u8], budget: &mut Budget) -> Result<Image, SceneError> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        decode_with(|| PngDecoder::new(Cursor::new(bytes)), "PNG", budget)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        decode_with(|| JpegDecoder::new(Cursor::new(bytes)), "JPEG", budget)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        decode_with(|| WebPDecoder::new(Cursor::new(bytes)), "WebP", budget)
    } else if bytes.starts_with(ktx2::IDENTIFIER) {
        let (width, height, rgba) = ktx2::decode(bytes, budget)?;
        Ok(Image {
            width,
            height,
            has_alpha: !is_opaque(&rgba),
            rgba: rgba.into(),
        })
    } else {
        Err(unsupported("is none of PNG, JPEG, WebP and KTX2."))
    }
}

fn is_opaque(rgba: &[u8]) -> bool {
    rgba.chunks_exact(4).all(|texel| texel[3] == u8::MAX)
}

fn decode_with<D: ImageDecoder>(
    open: impl FnOnce() -> ImageResult<D>,
    format: &str,
    budget: &mut Budget,
) -> Result<Image, SceneError> {
    let broken = |error| invalid(format!("the {format} is broken: {}.", reason(&error)));
    let crashed = || invalid(format!("the {format} is broken."));
    guard(|| decode_guarded(open, budget, broken)).ok_or_else(crashed)?
}

fn decode_guarded<D: ImageDecoder>(
    open: impl FnOnce() -> ImageResult<D>,
    budget: &mut Budget,
    broken: impl Fn(ImageError) -> SceneError,
) -> Result<Image, SceneError> {
    let mut decoder = open().map_err(&broken)?;
    let (width, height) = decoder.dimensions();
    budget.texture(width, height)?;
    let mut limits = image::Limits::no_limits();
    limits.max_image_width = Some(width);
    limits.max_image_height = Some(height);
    // What is decoded has at most 8 bytes for each pixel; as much again for the decoder.
    limits.max_alloc = Some((16 * u64::from(width) * u64::from(height)).max(1 << 20));
    decoder.set_limits(limits).map_err(&broken)?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(&broken)?;
    let may_have_alpha = decoded.color().has_alpha();
    let rgba = decoded.into_rgba8().into_raw();
    Ok(Image {
        width,
        height,
        has_alpha: may_have_alpha && !is_opaque(&rgba),
        rgba: rgba.into(),
    })
}

/// What a decoder has to say, as the end of a sentence.
fn reason(error: &ImageError) -> String {
    let innermost = match error {
        ImageError::Decoding(error) => std::error::Error::source(error).map(ToString::to_string),
        _ => None,
    };
    let text = innermost.unwrap_or_else(|| error.to_string());
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').to_owned()
}
