//! PNG: 8-bit RGB for color and label, 16-bit gray for depth in millimetres.

use png::{BitDepth, ColorType, Compression, Encoder};

use super::EncodeError;
use crate::protocol::ImageSize;

/// 8-bit RGB: 3·width·height bytes, first row first.
///
/// # Errors
/// If the number of bytes does not fit the size.
pub fn rgb(size: ImageSize, rgb: &[u8]) -> Result<Vec<u8>, EncodeError> {
    encode(size, ColorType::Rgb, BitDepth::Eight, rgb)
}

/// Depth in metres to 16-bit gray in millimetres, rounded to the nearest. 0 stays 0, too close; what
/// rounds to 65535 or more is 65535, too far.
///
/// # Errors
/// If the number of pixels does not fit the size.
pub fn depth_millimetres(size: ImageSize, metres: &[f32]) -> Result<Vec<u8>, EncodeError> {
    let bytes: Vec<u8> = metres
        .iter()
        .flat_map(|&depth| millimetres(depth).to_be_bytes())
        .collect();
    encode(size, ColorType::Grayscale, BitDepth::Sixteen, &bytes)
}

fn millimetres(metres: f32) -> u16 {
    let rounded = (f64::from(metres) * 1000.0).round();
    if metres > 0.0 && rounded < 1.0 {
        // Measured, so not 0, which would say too close.
        return 1;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, so that what 16 bits cannot hold is 65535"
    )]
    {
        rounded as u16
    }
}

fn encode(
    size: ImageSize,
    color: ColorType,
    depth: BitDepth,
    data: &[u8],
) -> Result<Vec<u8>, EncodeError> {
    let mut file = Vec::with_capacity(data.len() / 2 + 1024);
    let mut encoder = Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(data)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millimetres_are_rounded_and_bounded() {
        for (metres, expected) in [
            (0.0, 0),
            (0.0001, 1),
            (0.0014, 1),
            (1.2345, 1235),
            (65.534, 65534),
            (65.6, u16::MAX),
            (f32::INFINITY, u16::MAX),
        ] {
            assert_eq!(millimetres(metres), expected, "{metres}");
        }
    }
}
