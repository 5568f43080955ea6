//! Images: PNG, JPEG, WebP and KTX2 files, told apart by content and decoded to RGBA.

use std::io::Cursor;
use std::sync::Arc;

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::error::{DecodingError, ImageFormatHint};
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageResult};

use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::data::codec::guard::guard;
use crate::scene::data::codec::ktx2;
use crate::scene::error::{invalid, one_line, unsupported};

/// A decoded image.
#[derive(Clone, Debug)]
pub(in crate::scene) struct Image {
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// 8-bit RGBA as stored in the file (no sRGB decoding), first row first: 4·width·height bytes.
    pub rgba: Arc<[u8]>,
    /// Whether any texel is not opaque.
    pub has_alpha: bool,
    /// Whether the file has more than 8 bits for each channel.
    pub is_deep: bool,
}

/// Decodes an image file. Media types in the file are ignored: Drake's client gives none or the
/// wrong one. So are color profiles, as glTF wants it, and Exif orientations.
///
/// # Errors
/// If the format is unknown or the file broken, or if the image is too large.
pub(in crate::scene) fn decode(bytes: &[u8], budget: &mut Budget) -> Result<Image, SceneError> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let open = || PngDecoder::with_limits(Cursor::new(bytes), before_pixels());
        decode_with(open, "PNG", budget)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        decode_with(|| JpegDecoder::new(Cursor::new(bytes)), "JPEG", budget)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        decode_with(|| open_webp(bytes), "WebP", budget)
    } else if bytes.starts_with(ktx2::IDENTIFIER) {
        let (width, height, rgba) = ktx2::decode(bytes, budget)?;
        Ok(Image {
            width,
            height,
            has_alpha: !is_opaque(&rgba),
            is_deep: false,
            rgba: rgba.into(),
        })
    } else {
        Err(unsupported("is none of PNG, JPEG, WebP and KTX2."))
    }
}

/// What may be read of a PNG before its sides are known to be within the limits: a color profile, which is
/// compressed, and texts.
fn before_pixels() -> image::Limits {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(16 << 20);
    limits
}

/// A WebP whose frames are no larger than itself: the decoder takes memory for a frame as large as that says
/// it is, and then sees that it is another size than the whole.
fn open_webp(bytes: &[u8]) -> ImageResult<WebPDecoder<Cursor<&[u8]>>> {
    let decoder = WebPDecoder::new(Cursor::new(bytes))?;
    let (width, height) = decoder.dimensions();
    let is_larger = |(w, h): (u16, u16)| u32::from(w) > width || u32::from(h) > height;
    if lossy_frames(bytes).any(is_larger) {
        let format = ImageFormatHint::Exact(ImageFormat::WebP);
        let fault = "a frame is larger than the image";
        return Err(ImageError::Decoding(DecodingError::new(format, fault)));
    }
    Ok(decoder)
}

/// The sizes of all key frames of a WebP file that lose something, wherever they are (RFC 6386, 9.1): after the
/// name and the length of their chunk and three bytes with flags comes a start code, and then their width
/// and height in 14 bits each.
fn lossy_frames(bytes: &[u8]) -> impl Iterator<Item = (u16, u16)> {
    memchr::memmem::find_iter(bytes, b"VP8 ").filter_map(|at| {
        let (start, sides) = bytes.get(at + 11..at + 18)?.split_first_chunk()?;
        let &[a, b, c, d] = sides else { return None };
        let side = |bytes| u16::from_le_bytes(bytes) & 0x3fff;
        (*start == [0x9d, 0x01, 0x2a]).then(|| (side([a, b]), side([c, d])))
    })
}

fn is_opaque(rgba: &[u8]) -> bool {
    rgba.chunks_exact(4).all(|texel| texel[3] == u8::MAX)
}

fn decode_with<D: ImageDecoder>(
    open: impl FnOnce() -> ImageResult<D>,
    format: &'static str,
    budget: &mut Budget,
) -> Result<Image, SceneError> {
    let broken = |error| invalid(format!("the {format} is broken: {}.", reason(&error)));
    let crashed = || invalid(format!("the {format} is broken."));
    guard(format, || decode_guarded(open, budget, broken)).ok_or_else(crashed)?
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
    let color = decoded.color();
    let rgba = decoded.into_rgba8().into_raw();
    Ok(Image {
        width,
        height,
        has_alpha: color.has_alpha() && !is_opaque(&rgba),
        is_deep: color.bytes_per_pixel() > color.channel_count(),
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
    let line = one_line(&text);
    // A second sentence names something of the decoder's own code.
    let first = line.split(". ").next().unwrap_or_default();
    // The JPEG decoder puts its own words in quotes.
    let first = first.trim_matches('"').trim_end_matches('.');
    // The PNG decoder quotes a chunk's name with all that follows from it.
    let chunk = first.split_once("ChunkType { type: ");
    let Some((head, Some((chunk, tail)))) = chunk.map(|(head, end)| (head, end.split_once(" }")))
    else {
        return first.to_owned();
    };
    let name = chunk.split(", ").next().unwrap_or_default();
    format!("{head}{name}{tail}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scene::Limits;

    fn file(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/textures/");
        std::fs::read(format!("{folder}{name}")).unwrap()
    }

    fn decoded(name: &str) -> Image {
        let limits = Limits::default();
        decode(&file(name), &mut Budget::new(&limits)).unwrap()
    }

    /// The texels, as many as there should be.
    fn texels(name: &str, width: u32, height: u32) -> Vec<[u8; 4]> {
        let image = decoded(name);
        assert_eq!((image.width, image.height), (width, height), "{name}");
        let texels = image.rgba.as_chunks().0.to_vec();
        assert_eq!(texels.len(), (width * height) as usize, "{name}");
        let has_alpha = texels.iter().any(|texel: &[u8; 4]| texel[3] != 255);
        assert_eq!(image.has_alpha, has_alpha, "{name}");
        assert_eq!(image.is_deep, name.contains("16"), "{name}");
        texels
    }

    /// The picture of `make_textures.py`.
    fn picture(has_alpha: bool) -> Vec<[u8; 4]> {
        const QUARTERS: [[u8; 3]; 4] =
            [[200, 40, 40], [40, 170, 60], [50, 60, 190], [210, 190, 60]];
        let texel = |x: u8, y: u8| {
            let [r, g, b] = QUARTERS[usize::from(x / 16 + 2 * (y / 12))];
            let alpha = [255, 200, 60, 0][usize::from(x / 4 % 4)];
            let alpha = if has_alpha { alpha } else { 255 };
            [r + x % 16, g + y % 12, b + (x + y) % 8, alpha]
        };
        (0..24)
            .flat_map(|y| (0..32).map(move |x| texel(x, y)))
            .collect()
    }

    #[test]
    fn what_loses_nothing_is_exact() {
        let (opaque, holed) = (picture(false), picture(true));
        for name in [
            "rgb8.png",
            "rgb16.png",
            "rgb8_interlaced.png",
            "lossless.webp",
        ] {
            assert_eq!(texels(name, 32, 24), opaque, "{name}");
        }
        for name in [
            "rgba8.png",
            "rgba16.png",
            "rgba8_interlaced.png",
            "alpha_lossless.webp",
        ] {
            assert_eq!(texels(name, 32, 24), holed, "{name}");
        }
        let mut hole = opaque;
        hole[0][3] = 0;
        assert_eq!(texels("rgb8_hole.png", 32, 24), hole);
    }

    #[test]
    fn gray_is_scaled_and_may_have_a_hole() {
        for (depth, values) in [(1, 2), (2, 4), (4, 16), (8, 16), (16, 16)] {
            for (name, hole) in [("gray", None), ("gray_hole", Some(1))] {
                let texel = |x: u8| {
                    let index = x % values;
                    let gray = index * (255 / (values - 1));
                    [gray, gray, gray, if hole == Some(index) { 0 } else { 255 }]
                };
                let expected: Vec<_> = (0..64).map(|i| texel(i % 16)).collect();
                for lace in ["", "_interlaced"] {
                    let name = format!("{name}{depth}{lace}.png");
                    assert_eq!(texels(&name, 16, 4), expected, "{name}");
                }
            }
        }
        let texel = |x: u8| [17 * x, 17 * x, 17 * x, 255 - 17 * x];
        let expected: Vec<_> = (0..64).map(|i| texel(i % 16)).collect();
        for name in ["gray_alpha8.png", "gray_alpha16.png"] {
            assert_eq!(texels(name, 16, 4), expected, "{name}");
        }
    }

    #[test]
    fn palettes_are_expanded() {
        for (depth, count) in [(1, 2), (2, 4), (4, 16), (8, 16)] {
            let texel = |x: u8| {
                let i = x % count;
                let alpha = if i < count / 2 { 255 - 8 * i } else { 255 };
                [10 * i, 255 - 10 * i, 7 * i, alpha]
            };
            let expected: Vec<_> = (0..64).map(|i| texel(i % 16)).collect();
            let name = format!("palette{depth}.png");
            assert_eq!(texels(&name, 16, 4), expected, "{name}");
        }
    }

    /// Held to what libjpeg, libwebp and Binomial's transcoder make of the same files.
    #[test]
    fn what_loses_something_agrees_with_other_decoders() {
        let mut checked = 0;
        for entry in
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/textures")).unwrap()
        {
            let reference = entry.unwrap().file_name().into_string().unwrap();
            let Some(name) = reference.strip_suffix(".decoded.png") else {
                continue;
            };
            let tolerance = match name.rsplit_once('.').unwrap().1 {
                "jpg" => 3,
                "webp" => 1,
                _ => 0,
            };
            let (ours, theirs) = (decoded(name), decoded(&reference));
            assert_eq!(
                (ours.width, ours.height),
                (theirs.width, theirs.height),
                "{name}"
            );
            let differences = ours
                .rgba
                .iter()
                .zip(theirs.rgba.iter())
                .map(|(a, b)| a.abs_diff(*b));
            let worst = differences.max().unwrap();
            assert!(worst <= tolerance, "{name}: {worst}");
            assert_eq!(ours.has_alpha, theirs.has_alpha, "{name}");
            checked += 1;
        }
        assert_eq!(checked, 24);
    }

    #[test]
    fn a_chunk_has_a_name() {
        let mut bytes = file("rgb8.png");
        // The checksum before the twelve bytes of IEND.
        let at = bytes.len() - 13;
        bytes[at] ^= 1;
        let fault = decode(&bytes, &mut Budget::new(&Limits::default())).unwrap_err();
        let fault = fault.to_string();
        assert!(
            fault.starts_with("scene: the PNG is broken: CRC error: expected 0x"),
            "{fault}"
        );
        assert!(fault.ends_with(" while decoding IDAT chunk."), "{fault}");
    }

    /// Before the decoder takes memory for it.
    #[test]
    fn no_frame_of_a_webp_is_larger_than_the_image() {
        for name in ["lossy.webp", "alpha_lossy.webp"] {
            let sizes: Vec<_> = lossy_frames(&file(name)).collect();
            assert_eq!(sizes, [(32, 24)], "{name}");
        }
        let whole = file("alpha_lossy.webp");
        let at = memchr::memmem::find(&whole, b"VP8 ").unwrap() + 14;
        for (place, side) in [(at, 33_u16), (at + 2, 25), (at, 0x3fff), (at + 2, 0xffff)] {
            let mut changed = whole.clone();
            changed[place..place + 2].copy_from_slice(&side.to_le_bytes());
            let fault = decode(&changed, &mut Budget::new(&Limits::default()));
            let expected = "scene: the WebP is broken: a frame is larger than the image.";
            assert_eq!(fault.unwrap_err().to_string(), expected);
        }
    }

    /// Every byte of every format, changed in several ways, and every truncation: a picture or a
    /// sentence, and never more memory than the limits allow.
    #[test]
    fn no_change_of_a_byte_makes_it_panic() {
        let limits = Limits {
            texture_side: 64,
            ..Limits::default()
        };
        let check = |bytes: &[u8], what: &str| match decode(bytes, &mut Budget::new(&limits)) {
            Ok(image) => {
                let size = 4 * image.width * image.height;
                assert_eq!(image.rgba.len(), size as usize, "{what}");
            }
            Err(error) => {
                let message = error.to_string();
                let sentence = message.ends_with('.') && !message.contains('\n');
                assert!(sentence && !message.contains(" {"), "{what}: {message}");
            }
        };
        for name in [
            "rgba8_interlaced.png",
            "palette4.png",
            "progressive.jpg",
            "cmyk.jpg",
            "alpha_lossless.webp",
            "alpha_lossy.webp",
            "alpha_etc1s_mips.ktx2",
            "etc1s_odd.ktx2",
            "alpha_uastc_odd.ktx2",
            "alpha_uastc_zstd.ktx2",
        ] {
            let whole = file(name);
            for at in 0..whole.len() {
                check(&whole[..at], &format!("{name} cut at {at}"));
                let old = whole[at];
                for new in [
                    0,
                    255,
                    old ^ 1,
                    old ^ 0x80,
                    old.wrapping_add(1),
                    old.rotate_left(3),
                ] {
                    let mut changed = whole.clone();
                    changed[at] = new;
                    check(&changed, &format!("{name} with {new} at {at}"));
                }
            }
        }
    }
}
