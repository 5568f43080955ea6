//! PNG: 8-bit RGB for color and label, 16-bit gray for depth in millimetres.

mod deflate;
mod filter;

use std::io;

use png::{BitDepth, ColorType, Encoder, EncodingError, chunk};

use self::deflate::Deflate;
use self::filter::{Filter, Rows};
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
    // Level 9 takes ten times as long for hardly anything.
    let way = match (content, compression) {
        (Content::Color, PngCompression::Fast) => (Filter::Paeth, None),
        (Content::Color, PngCompression::Small) => (Filter::Paeth, Some(Deflate::Level(6))),
        // Most differences are 0. Of long runs of zeros the fastest way makes files two to four times as large.
        (Content::Label, PngCompression::Fast) => (Filter::Up, Some(Deflate::Level(2))),
        (Content::Label, PngCompression::Small) => (Filter::Up, Some(Deflate::Level(6))),
    };
    encode(size, (ColorType::Rgb, BitDepth::Eight), rgb, way)
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
    // Of most depth images faster ways would make files twice as large; to choose takes as long as it saves.
    let level = match compression {
        PngCompression::Fast => 5,
        PngCompression::Small => 6,
    };
    let way = (Filter::Paeth, Some(Deflate::Level(level)));
    encode(size, (ColorType::Grayscale, BitDepth::Sixteen), &bytes, way)
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

/// All rows have one filter: to choose one for each takes up to a third longer and makes hardly smaller files.
/// `benches/encode.rs` compares. Without a `Deflate` it is chosen.
fn encode(
    size: ImageSize,
    (color, depth): (ColorType, BitDepth),
    data: &[u8],
    (filter, deflate): (Filter, Option<Deflate>),
) -> Result<Vec<u8>, EncodeError> {
    let pixel = color.samples() * if depth == BitDepth::Sixteen { 2 } else { 1 };
    let rows = Rows::new(size, pixel, data).ok_or_else(|| {
        let message = format!(
            "{} bytes are no {} x {} pixels",
            data.len(),
            size.width,
            size.height
        );
        EncodingError::IoError(io::Error::new(io::ErrorKind::InvalidInput, message))
    })?;
    let contents = match deflate {
        Some(deflate) => deflate::compress(&rows, filter, deflate),
        None => deflate::choose(&rows, filter)
            .and_then(|deflate| deflate::compress(&rows, filter, deflate)),
    };
    let contents = contents.map_err(EncodingError::IoError)?;
    let mut file = Vec::with_capacity(contents.len() + 100);
    let mut encoder = Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header()?;
    // A chunk has less than 2 GiB.
    for part in contents.chunks(1 << 30) {
        writer.write_chunk(chunk::IDAT, part)?;
    }
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
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

    fn decoded(size: ImageSize, file: &[u8]) -> (ColorType, BitDepth, Vec<u8>) {
        let mut reader = ::png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut data).unwrap();
        assert_eq!((info.width, info.height), (size.width, size.height));
        (info.color_type, info.bit_depth, data)
    }

    /// The inside of a ball in light from the eye: no area is of one color, and differences repeat.
    fn smooth() -> Vec<u8> {
        pixels(|x, y| {
            let [x, y] = [x, y].map(|aside| f64::from(aside) / 160.0);
            let facing = 1.0 / (1.0 + x * x + y * y).sqrt();
            [250.0, 160.0, 90.0].map(|albedo: f64| (albedo * facing).round() as u8)
        })
    }

    /// A rough surface: small differences without an order.
    fn rough() -> Vec<u8> {
        let roughness = |noise: u8| (noise | 128).trailing_zeros() as u8;
        noise()
            .into_iter()
            .map(|noise| 100 + roughness(noise))
            .collect()
    }

    /// The size of the file as the crate makes it if it is not told how.
    fn default_size((color, depth): (ColorType, BitDepth), data: &[u8]) -> usize {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, SIZE.width, SIZE.height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(data).unwrap();
        writer.finish().unwrap();
        file.len()
    }

    #[test]
    fn rgb_comes_back_whatever_it_shows() {
        for image in [label(), color(), smooth(), rough(), noise()] {
            for content in [Content::Color, Content::Label] {
                for compression in PngCompression::ALL {
                    let file = rgb(SIZE, &image, content, compression).unwrap();
                    let found = decoded(SIZE, &file);
                    assert!(found == (ColorType::Rgb, BitDepth::Eight, image.clone()));
                    // Never much more than the pixels themselves.
                    assert!(file.len() < image.len() + image.len() / 100 + 1000);
                }
            }
        }
    }

    #[test]
    fn images_of_few_pixels_come_back() {
        for (width, height) in [(1, 1), (1, 7), (7, 1), (2, 2), (3, 5), (1, 3000), (3000, 1)] {
            let size = ImageSize { width, height };
            let count = (width * height) as usize;
            let image = noise()[..3 * count].to_vec();
            let metres: Vec<f32> = (0_u16..)
                .map(|i| f32::from(i) / 1000.0)
                .take(count)
                .collect();
            let gray: Vec<u8> = (0_u16..).take(count).flat_map(u16::to_be_bytes).collect();
            for compression in PngCompression::ALL {
                for content in [Content::Color, Content::Label] {
                    let file = rgb(size, &image, content, compression).unwrap();
                    let expected = (ColorType::Rgb, BitDepth::Eight, image.clone());
                    assert!(decoded(size, &file) == expected);
                }
                let file = depth_millimetres(size, &metres, compression).unwrap();
                let expected = (ColorType::Grayscale, BitDepth::Sixteen, gray.clone());
                assert!(decoded(size, &file) == expected);
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
            let found = decoded(SIZE, &file);
            assert!(found == (ColorType::Grayscale, BitDepth::Sixteen, expected.clone()));
        }
    }

    #[test]
    fn fast_files_are_at_most_half_as_large_again_as_usual_and_small_ones_smaller() {
        for (image, content) in [
            (label(), Content::Label),
            (color(), Content::Color),
            (smooth(), Content::Color),
        ] {
            let size = |compression| rgb(SIZE, &image, content, compression).unwrap().len();
            let usual = default_size((ColorType::Rgb, BitDepth::Eight), &image);
            check_sizes(PngCompression::ALL.map(size), usual);
        }
        let metres: Vec<f32> = smooth()
            .chunks(3)
            .map(|rgb| 0.02 * f32::from(rgb[0]))
            .collect();
        let size = |compression| depth_millimetres(SIZE, &metres, compression).unwrap().len();
        let millimetres: Vec<u8> = metres
            .iter()
            .flat_map(|&m| millimetres(m).to_be_bytes())
            .collect();
        let usual = default_size((ColorType::Grayscale, BitDepth::Sixteen), &millimetres);
        check_sizes(PngCompression::ALL.map(size), usual);
    }

    fn check_sizes([fast, small]: [usize; 2], usual: usize) {
        assert!(fast * 2 <= usual * 3, "{fast}, usually {usual}");
        assert!(small < fast, "{small}, fast {fast}");
    }

    #[test]
    fn the_fastest_way_is_left_where_files_would_be_too_large() {
        for (image, suits) in [(rough(), true), (smooth(), false)] {
            let rows = Rows::new(SIZE, 3, &image).unwrap();
            let fastest = deflate::compress(&rows, Filter::Paeth, Deflate::Fastest).unwrap();
            let usual = default_size((ColorType::Rgb, BitDepth::Eight), &image);
            assert_eq!(fastest.len() * 2 <= usual * 3, suits);
            let chosen = deflate::choose(&rows, Filter::Paeth).unwrap();
            assert_eq!(matches!(chosen, Deflate::Fastest), suits);
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
