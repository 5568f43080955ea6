//! A small picture of an image for a page; browsers show no TIFF.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat};
use tiff::decoder::{Decoder, DecodingResult};

use super::Rendered;

/// At most so many pixels on a side.
const SIDE: u32 = 160;

/// Too close, too far, or nothing there.
const NO_DEPTH: u8 = 0;
/// The farthest depth of the image; the nearest is white.
const FARTHEST: f32 = 40.0;

/// A PNG file, unless the image cannot be read.
pub fn thumbnail(render: &Rendered) -> Option<Vec<u8>> {
    let image = match render.content_type {
        "image/tiff" => depth(&render.image)?,
        _ => image::load_from_memory(&render.image).ok()?,
    };
    let image = match image {
        // Millimetres.
        DynamicImage::ImageLuma16(depth) => {
            let metres = depth.as_raw().iter().map(|&value| match value {
                u16::MAX => f32::INFINITY,
                value => f32::from(value) / 1000.0,
            });
            gray(depth.width(), depth.height(), &metres.collect::<Vec<_>>())?
        }
        image => image,
    };
    let small = if image.width().max(image.height()) > SIDE {
        image.thumbnail(SIDE, SIDE)
    } else {
        image
    };
    let mut file = Vec::new();
    let mut to = Cursor::new(&mut file);
    small.into_rgb8().write_to(&mut to, ImageFormat::Png).ok()?;
    Some(file)
}

fn depth(file: &[u8]) -> Option<DynamicImage> {
    let mut decoder = Decoder::new(Cursor::new(file)).ok()?;
    let (width, height) = decoder.dimensions().ok()?;
    match decoder.read_image().ok()? {
        DecodingResult::F32(metres) => gray(width, height, &metres),
        _ => None,
    }
}

/// Near is light.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shades lie between FARTHEST and 255"
)]
fn gray(width: u32, height: u32, metres: &[f32]) -> Option<DynamicImage> {
    let is_seen = |depth: f32| depth > 0.0 && depth.is_finite();
    let seen = metres.iter().copied().filter(|&depth| is_seen(depth));
    let (near, far) = seen.fold((f32::INFINITY, 0.0), |(near, far): (f32, f32), depth| {
        (near.min(depth), far.max(depth))
    });
    let shade = |depth: f32| {
        if !is_seen(depth) {
            return NO_DEPTH;
        }
        let part = (depth - near) / (far - near).max(f32::MIN_POSITIVE);
        (255.0 - part * (255.0 - FARTHEST)) as u8
    };
    let pixels = metres.iter().map(|&depth| shade(depth)).collect();
    GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use image::Luma;

    use super::*;

    #[test]
    fn near_is_light_and_what_has_no_depth_is_black() {
        let image = gray(4, 1, &[1.0, 3.0, f32::INFINITY, 0.0]).unwrap();
        let pixels: Vec<u8> = image
            .to_luma8()
            .pixels()
            .map(|Luma([shade])| *shade)
            .collect();
        assert_eq!(pixels, [255, 40, 0, 0]);
    }

    #[test]
    fn a_plane_has_one_shade() {
        let image = gray(2, 1, &[2.0, 2.0]).unwrap();
        assert_eq!(image.to_luma8().into_raw(), [255, 255]);
    }
}
