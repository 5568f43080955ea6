//! Files to pixels.

use std::io::Cursor;

use png::{BitDepth, ColorType, Transformations};
use tiff::decoder::{Decoder, DecodingResult};

use super::{Image, Rgb};
use crate::protocol::{ImageSize, Refusal};

/// Why a file cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It is no image that is known here.
    #[error("it is neither a PNG nor a TIFF")]
    Unknown,
    /// A PNG is broken.
    #[error("PNG: {0}")]
    Png(#[from] png::DecodingError),
    /// A TIFF is broken.
    #[error("TIFF: {0}")]
    Tiff(#[from] tiff::TiffError),
    /// It is sound, but holds something else.
    #[error("it is {found}, not {wanted}")]
    Form {
        /// What it holds.
        found: String,
        /// What can be read.
        wanted: &'static str,
    },
    /// It is larger than any image that is drawn here.
    #[error(transparent)]
    TooLarge(#[from] Refusal),
}

/// An image that can be compared with another of its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyImage {
    /// Color or label.
    Rgb(Image<Rgb>),
    /// Depth, metres; 0 is too close, infinity too far or nothing.
    Depth(Image<f32>),
}

/// Reads a PNG of 8 bits (color or label), a PNG of 16-bit gray (depth in millimetres) or a TIFF of
/// 32-bit floats (depth in metres).
///
/// # Errors
/// If it is none of them.
pub fn read(file: &[u8]) -> Result<AnyImage, DecodeError> {
    if file.starts_with(b"\x89PNG") {
        let decoded = Png::read(file)?;
        return match (decoded.color, decoded.depth) {
            (ColorType::Grayscale, BitDepth::Sixteen) => decoded
                .millimetres()
                .map(|image| AnyImage::Depth(in_metres(&image))),
            _ => decoded.rgb().map(AnyImage::Rgb),
        };
    }
    if file.starts_with(b"II") || file.starts_with(b"MM") {
        return metres(file).map(AnyImage::Depth);
    }
    Err(DecodeError::Unknown)
}

/// A PNG of 8 bits as red, green and blue: also a gray one, one with a palette, or one whose alpha is
/// opaque.
///
/// # Errors
/// If it is something else.
pub fn rgb(file: &[u8]) -> Result<Image<Rgb>, DecodeError> {
    Png::read(file)?.rgb()
}

/// A PNG of 16-bit gray: depth in millimetres.
///
/// # Errors
/// If it is something else.
pub fn millimetres(file: &[u8]) -> Result<Image<u16>, DecodeError> {
    Png::read(file)?.millimetres()
}

/// 0 is too close in either unit; the highest number is too far.
fn in_metres(millimetres: &Image<u16>) -> Image<f32> {
    let pixels = millimetres.pixels.iter().map(|&depth| match depth {
        u16::MAX => f32::INFINITY,
        depth => f32::from(depth) / 1000.0,
    });
    Image {
        width: millimetres.width,
        height: millimetres.height,
        pixels: pixels.collect(),
    }
}

/// A TIFF of one channel of 32-bit floats: depth in metres.
///
/// # Errors
/// If it is something else.
pub fn metres(file: &[u8]) -> Result<Image<f32>, DecodeError> {
    let mut decoder = Decoder::new(Cursor::new(file))?;
    let (width, height) = decoder.dimensions()?;
    ImageSize::new(width, height)?;
    let form = decoder.colortype()?;
    let wanted = "one channel of 32-bit floats";
    let found = format!("a TIFF of {form:?}");
    let DecodingResult::F32(pixels) = decoder.read_image()? else {
        return Err(DecodeError::Form { found, wanted });
    };
    if pixels.len() != width as usize * height as usize {
        return Err(DecodeError::Form { found, wanted });
    }
    Ok(Image {
        width,
        height,
        pixels,
    })
}

/// A PNG whose palette and small numbers are expanded.
struct Png {
    size: ImageSize,
    color: ColorType,
    depth: BitDepth,
    bytes: Vec<u8>,
}

impl Png {
    fn read(file: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder.set_transformations(Transformations::EXPAND);
        let mut reader = decoder.read_info()?;
        // Before memory is taken for it.
        let size = ImageSize::new(reader.info().width, reader.info().height)?;
        let mut bytes = vec![0; reader.output_buffer_size().unwrap_or(0)];
        let info = reader.next_frame(&mut bytes)?;
        bytes.truncate(info.buffer_size());
        Ok(Self {
            size,
            color: info.color_type,
            depth: info.bit_depth,
            bytes,
        })
    }

    fn rgb(self) -> Result<Image<Rgb>, DecodeError> {
        let wanted = "a PNG of 8 bits without transparency";
        let bytes = &self.bytes;
        let opaque = |alpha: u8, rgb: Rgb| (alpha == u8::MAX).then_some(rgb);
        let pixels: Option<Vec<Rgb>> = match (self.depth, self.color) {
            (BitDepth::Eight, ColorType::Rgb) => Some(bytes.as_chunks::<3>().0.to_vec()),
            (BitDepth::Eight, ColorType::Rgba) => {
                let pixels = bytes.as_chunks::<4>().0.iter();
                pixels.map(|&[r, g, b, a]| opaque(a, [r, g, b])).collect()
            }
            (BitDepth::Eight, ColorType::Grayscale) => {
                Some(bytes.iter().map(|&v| [v; 3]).collect())
            }
            (BitDepth::Eight, ColorType::GrayscaleAlpha) => {
                let pixels = bytes.as_chunks::<2>().0.iter();
                pixels.map(|&[v, a]| opaque(a, [v; 3])).collect()
            }
            _ => None,
        };
        let pixels = pixels.ok_or_else(|| self.form(wanted))?;
        Ok(Image {
            width: self.size.width,
            height: self.size.height,
            pixels,
        })
    }

    fn millimetres(self) -> Result<Image<u16>, DecodeError> {
        if (self.color, self.depth) != (ColorType::Grayscale, BitDepth::Sixteen) {
            return Err(self.form("a PNG of 16-bit gray"));
        }
        let pixels = self.bytes.as_chunks::<2>().0;
        Ok(Image {
            width: self.size.width,
            height: self.size.height,
            pixels: pixels
                .iter()
                .map(|&bytes| u16::from_be_bytes(bytes))
                .collect(),
        })
    }

    fn form(&self, wanted: &'static str) -> DecodeError {
        let (color, depth) = (self.color, self.depth as u8);
        let transparency = match color {
            ColorType::Rgba | ColorType::GrayscaleAlpha => ", not all of it opaque",
            _ => "",
        };
        let found = format!("a PNG of {depth}-bit {color:?}{transparency}");
        DecodeError::Form { found, wanted }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::encode;
    use crate::encode::png::Content;
    use crate::protocol::PngCompression;

    const SIZE: ImageSize = ImageSize {
        width: 3,
        height: 1,
    };

    fn image<T: Clone>(pixels: &[T]) -> Image<T> {
        Image {
            width: SIZE.width,
            height: SIZE.height,
            pixels: pixels.to_vec(),
        }
    }

    fn written(color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, SIZE.width, SIZE.height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(&[9, 8, 7, 6, 5, 4]);
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(data).unwrap();
        writer.finish().unwrap();
        file
    }

    #[test]
    fn what_is_written_here_is_read_as_it_was() {
        let pixels = [[1, 2, 3], [4, 5, 6], [7, 8, 255]];
        let content = Content::Color;
        let fast = PngCompression::Fast;
        let file = encode::png::rgb(SIZE, pixels.as_flattened(), content, fast).unwrap();
        assert_eq!(read(&file).unwrap(), AnyImage::Rgb(image(&pixels)));
        let metres = [0.0, 1.25, f32::INFINITY];
        let expected = AnyImage::Depth(image(&metres));
        let file = encode::tiff::depth(SIZE, &metres).unwrap();
        assert_eq!(read(&file).unwrap(), expected);
        let file = encode::png::depth_millimetres(SIZE, &metres, fast).unwrap();
        assert_eq!(read(&file).unwrap(), expected);
        assert_eq!(millimetres(&file).unwrap().pixels, [0, 1250, u16::MAX]);
    }

    #[test]
    fn other_forms_of_8_bits_are_expanded() {
        for (color, depth, data, expected) in [
            (
                ColorType::Grayscale,
                BitDepth::Eight,
                &[1, 2, 3][..],
                [[1; 3], [2; 3], [3; 3]],
            ),
            (
                ColorType::Grayscale,
                BitDepth::One,
                &[0b1010_0000],
                [[255; 3], [0; 3], [255; 3]],
            ),
            (
                ColorType::Indexed,
                BitDepth::Eight,
                &[1, 0, 1],
                [[6, 5, 4], [9, 8, 7], [6, 5, 4]],
            ),
            (
                ColorType::Rgba,
                BitDepth::Eight,
                &[1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255],
                [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
            ),
        ] {
            let found = rgb(&written(color, depth, data)).unwrap();
            assert_eq!(found, image(&expected), "{color:?}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_named() {
        let said = |file: &[u8]| read(file).unwrap_err().to_string();
        let clear = written(
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            &[1, 255, 2, 254, 3, 255],
        );
        assert_eq!(
            said(&clear),
            "it is a PNG of 8-bit GrayscaleAlpha, not all of it opaque, not a PNG of 8 bits without \
             transparency"
        );
        let deep = written(ColorType::Rgb, BitDepth::Sixteen, &[0; 18]);
        assert!(said(&deep).contains("16-bit Rgb"), "{}", said(&deep));
        assert_eq!(said(b"GIF89a"), "it is neither a PNG nor a TIFF");
        assert!(said(&clear[..40]).starts_with("PNG: "));
        assert!(said(b"II*\0").starts_with("TIFF: "));
        let mut huge = clear;
        huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        // Its checksum is wrong now, too, which is found first.
        assert!(read(&huge).is_err());
        let mut gray = Vec::new();
        let mut encoder = tiff::encoder::TiffEncoder::new(Cursor::new(&mut gray)).unwrap();
        encoder
            .write_image::<tiff::encoder::colortype::Gray8>(3, 1, &[1, 2, 3])
            .unwrap();
        assert!(said(&gray).contains("Gray(8)"), "{}", said(&gray));
    }
}
