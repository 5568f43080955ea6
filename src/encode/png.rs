//! PNG: 8-bit RGB for color and label, 16-bit gray for depth in millimetres.

use std::io::{self, BufWriter, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter, chunk};

use super::EncodeError;
use crate::protocol::{ImageSize, PngCompression};

/// What an RGB image shows, which decides how it is compressed best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Surfaces in light: no two pixels need be equal.
    Color,
    /// Areas of few colors.
    Label,
}

/// 8-bit RGB: 3·width·height bytes, first row first.
///
/// # Errors
/// If the number of bytes does not fit the size.
pub fn rgb(
    size: ImageSize,
    rgb: &[u8],
    content: Content,
    compression: PngCompression,
) -> Result<Vec<u8>, EncodeError> {
    let method = Method::new(content, compression);
    encode(size, ColorType::Rgb, BitDepth::Eight, rgb, method)
}

/// Depth in metres to 16-bit gray in millimetres, rounded to the nearest. 0 stays 0, too close; what
/// rounds to 65535 or more is 65535, too far.
///
/// # Errors
/// If the number of pixels does not fit the size.
pub fn depth_millimetres(
    size: ImageSize,
    metres: &[f32],
    compression: PngCompression,
) -> Result<Vec<u8>, EncodeError> {
    let bytes: Vec<u8> = metres
        .iter()
        .flat_map(|&depth| millimetres(depth).to_be_bytes())
        .collect();
    // Like color, depth changes a little from each pixel to the next.
    let method = Method::new(Content::Color, compression);
    encode(
        size,
        ColorType::Grayscale,
        BitDepth::Sixteen,
        &bytes,
        method,
    )
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

/// How rows are filtered and compressed: one filter for all rows. To choose one for each row
/// (`Filter::Adaptive`) takes half as long again and makes no smaller files. `benches/encode.rs` compares.
#[derive(Clone, Copy)]
enum Method {
    /// Differences from a guess by three neighbours.
    Paeth(DeflateCompression),
    /// Differences from the row above, which are nearly all 0, at a level of zlib's.
    Up(u32),
}

impl Method {
    fn new(content: Content, compression: PngCompression) -> Self {
        // Level 9 takes ten times as long for hardly anything.
        match (content, compression) {
            (Content::Color, PngCompression::Fast) => {
                Self::Paeth(DeflateCompression::FdeflateUltraFast)
            }
            (Content::Color, PngCompression::Small) => Self::Paeth(DeflateCompression::Level(6)),
            // Of long runs of zeros the fastest method makes files twice as large.
            (Content::Label, PngCompression::Fast) => Self::Up(2),
            (Content::Label, PngCompression::Small) => Self::Up(6),
        }
    }
}

fn encode(
    size: ImageSize,
    color: ColorType,
    depth: BitDepth,
    data: &[u8],
    method: Method,
) -> Result<Vec<u8>, EncodeError> {
    let mut file = Vec::with_capacity(data.len() / 2 + 1024);
    let mut encoder = Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    match method {
        Method::Paeth(compression) => {
            encoder.set_deflate_compression(compression);
            encoder.set_filter(Filter::Paeth);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(data)?;
            writer.finish()?;
        }
        Method::Up(level) => {
            let contents = up(data, size, level).map_err(EncodingError::IoError)?;
            let mut writer = encoder.write_header()?;
            writer.write_chunk(chunk::IDAT, &contents)?;
            writer.finish()?;
        }
    }
    Ok(file)
}

/// So much is compressed at a time, bytes.
const BLOCK: usize = 64 << 10;
/// The type of the filter that takes the row above, by the specification of PNG.
const UP: u8 = 2;

/// The contents of an RGB image, compressed in blocks. The crate `png` compresses row by row, for
/// each of which flate2 clears a buffer of 32 KiB; that takes longer than all else.
fn up(rgb: &[u8], size: ImageSize, level: u32) -> io::Result<Vec<u8>> {
    let row = 3 * size.width as usize;
    if rgb.len() != row * size.height as usize {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(level));
    let mut blocks = BufWriter::with_capacity(BLOCK, &mut zlib);
    let mut filtered = vec![UP; 1 + row];
    let nothing = vec![0; row];
    let mut above = nothing.as_slice();
    for own in rgb.chunks_exact(row) {
        for (out, (own, above)) in filtered[1..].iter_mut().zip(own.iter().zip(above)) {
            *out = own.wrapping_sub(*above);
        }
        blocks.write_all(&filtered)?;
        above = own;
    }
    blocks.flush()?;
    drop(blocks);
    zlib.finish()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::cast_possible_truncation,
        reason = "a test that makes bytes"
    )]

    use std::io::Cursor;

    use super::*;

    const SIZE: ImageSize = ImageSize {
        width: 320,
        height: 200,
    };

    fn pixels(color: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
        (0..SIZE.height)
            .flat_map(|y| (0..SIZE.width).map(move |x| (x, y)))
            .flat_map(|(x, y)| color(x, y))
            .collect()
    }

    /// Discs of a color each on white.
    fn label() -> Vec<u8> {
        pixels(|x, y| {
            let (column, row) = (x / 40, y / 40);
            let aside = (x % 40).abs_diff(20).pow(2) + (y % 40).abs_diff(20).pow(2);
            let color = [17, 23, 31].map(|step| (step * (1 + column + 8 * row) % 256) as u8);
            if aside < 250 + 10 * row {
                color
            } else {
                [255; 3]
            }
        })
    }

    /// The same discs, brighter towards one side and with a grain.
    fn color() -> Vec<u8> {
        let pixels = label().into_iter().zip(noise()).enumerate();
        pixels
            .map(|(i, (value, noise))| value / 2 + (i % 960 / 16) as u8 + noise % 4)
            .collect()
    }

    fn noise() -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..SIZE.width * SIZE.height * 3).map(|_| next()).collect()
    }

    fn decoded(file: &[u8]) -> (ColorType, BitDepth, Vec<u8>) {
        let mut reader = ::png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut data).unwrap();
        assert_eq!((info.width, info.height), (SIZE.width, SIZE.height));
        (info.color_type, info.bit_depth, data)
    }

    /// The size of the file as the crate makes it if it is not told how.
    fn default_size(rgb: &[u8]) -> usize {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, SIZE.width, SIZE.height);
        encoder.set_color(ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(rgb).unwrap();
        writer.finish().unwrap();
        file.len()
    }

    #[test]
    fn rgb_comes_back_whatever_it_shows() {
        for image in [label(), color(), noise()] {
            for content in [Content::Color, Content::Label] {
                for compression in PngCompression::ALL {
                    let file = rgb(SIZE, &image, content, compression).unwrap();
                    let found = decoded(&file);
                    assert!(found == (ColorType::Rgb, BitDepth::Eight, image.clone()));
                    // Never much more than the pixels themselves.
                    assert!(file.len() < image.len() + image.len() / 100 + 1000);
                }
            }
        }
    }

    #[test]
    fn pixels_that_do_not_fit_the_size_are_refused() {
        let image = label();
        for pixels in [&image[1..], &[&image[..], &[0; 3]].concat(), &[]] {
            for content in [Content::Color, Content::Label] {
                for compression in PngCompression::ALL {
                    assert!(rgb(SIZE, pixels, content, compression).is_err());
                }
            }
        }
    }

    #[test]
    fn depth_comes_back_in_millimetres() {
        let metres: Vec<f32> = (0_u16..64_000).map(|i| f32::from(i) / 1000.0).collect();
        let expected: Vec<u8> = (0_u16..64_000).flat_map(u16::to_be_bytes).collect();
        for compression in PngCompression::ALL {
            let file = depth_millimetres(SIZE, &metres, compression).unwrap();
            let found = decoded(&file);
            assert!(found == (ColorType::Grayscale, BitDepth::Sixteen, expected.clone()));
        }
    }

    #[test]
    fn fast_files_are_at_most_half_as_large_again_as_usual_and_small_ones_smaller() {
        for (image, content) in [(label(), Content::Label), (color(), Content::Color)] {
            let size = |compression| rgb(SIZE, &image, content, compression).unwrap().len();
            let [fast, small] = PngCompression::ALL.map(size);
            let usual = default_size(&image);
            assert!(
                fast * 2 <= usual * 3,
                "{content:?}: {fast}, usually {usual}"
            );
            assert!(small < fast, "{content:?}: {small}, fast {fast}");
        }
    }

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
