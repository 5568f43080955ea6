//! A small picture of an image for a page; browsers show no TIFF.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};

use crate::compare::{self, AnyImage};

/// At most so many pixels on a side.
const SIDE: u32 = 160;

/// Too close, too far, or nothing there.
const NO_DEPTH: u8 = 0;
/// The farthest depth of the image; the nearest is white.
const FARTHEST: f32 = 40.0;

/// A PNG file, unless the image cannot be read.
pub fn of(image: &[u8]) -> Option<Vec<u8>> {
    let image = match compare::read(image).ok()? {
        AnyImage::Depth(depth) => gray(depth.width, depth.height, &depth.pixels)?,
        AnyImage::Rgb(image) => {
            let bytes = image.pixels.into_flattened();
            DynamicImage::ImageRgb8(RgbImage::from_raw(image.width, image.height, bytes)?)
        }
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
