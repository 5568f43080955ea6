//! Images as they come back, held to the forms that Drake's client reads.

use std::io::Cursor;

use tiff::decoder::{ChunkType, Decoder, DecodingResult};
use tiff::tags::Tag;

/// Pixels, first row first.
#[derive(Clone, Debug, PartialEq)]
pub struct Image<T> {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height` pixels.
    pub pixels: Vec<T>,
}

impl<T: Copy> Image<T> {
    /// The pixel in column `x` and row `y`.
    pub fn at(&self, x: u32, y: u32) -> T {
        self.pixels[(y * self.width + x) as usize]
    }

    /// The columns and rows of the pixels that are as asked for, row by row.
    pub fn places(&self, is_wanted: impl Fn(T) -> bool) -> Vec<(u32, u32)> {
        (0..self.height)
            .flat_map(|y| (0..self.width).map(move |x| (x, y)))
            .filter(|&(x, y)| is_wanted(self.at(x, y)))
            .collect()
    }

    /// The pixel in the middle.
    pub fn middle(&self) -> T {
        self.at(self.width / 2, self.height / 2)
    }
}

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// An 8-bit RGB PNG.
pub fn rgb(bytes: &[u8]) -> Image<Rgb> {
    let (info, data) = png(bytes);
    let form = (info.color_type, info.bit_depth);
    assert_eq!(form, (png::ColorType::Rgb, png::BitDepth::Eight));
    let pixels = data.as_chunks::<3>().0.to_vec();
    Image {
        width: info.width,
        height: info.height,
        pixels,
    }
}

/// A 16-bit gray PNG: depth in millimetres.
pub fn millimetres(bytes: &[u8]) -> Image<u16> {
    let (info, data) = png(bytes);
    let form = (info.color_type, info.bit_depth);
    assert_eq!(form, (png::ColorType::Grayscale, png::BitDepth::Sixteen));
    let pixels = data
        .as_chunks::<2>()
        .0
        .iter()
        .map(|&b| u16::from_be_bytes(b));
    Image {
        width: info.width,
        height: info.height,
        pixels: pixels.collect(),
    }
}

fn png(bytes: &[u8]) -> (png::OutputInfo, Vec<u8>) {
    let mut reader = png::Decoder::new(Cursor::new(bytes))
        .read_info()
        .expect("a PNG");
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).expect("a whole PNG");
    data.truncate(info.buffer_size());
    (info, data)
}

/// A float32 TIFF of one sample: depth in metres. It must be in strips, because Drake's client
/// misreads tiles without a word.
pub fn metres(bytes: &[u8]) -> Image<f32> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).expect("a TIFF");
    assert_eq!(decoder.get_chunk_type(), ChunkType::Strip);
    let mut tag = |tag| decoder.get_tag_u32_vec(tag).unwrap_or_default();
    assert_eq!(tag(Tag::SamplesPerPixel), [1]);
    assert_eq!(tag(Tag::BitsPerSample), [32]);
    assert_eq!(tag(Tag::SampleFormat), [3], "IEEE floating point");
    let (width, height) = decoder.dimensions().unwrap();
    let DecodingResult::F32(pixels) = decoder.read_image().expect("a whole TIFF") else {
        panic!("not float32");
    };
    assert_eq!(pixels.len(), (width * height) as usize);
    Image {
        width,
        height,
        pixels,
    }
}

/// Writes an RGB PNG; for references, reports and textures.
pub fn encode_rgb(image: &Image<Rgb>) -> Vec<u8> {
    encode_png(
        image.width,
        image.height,
        png::ColorType::Rgb,
        image.pixels.as_flattened(),
    )
}

/// Red, green / blue, yellow: four texels that cannot be taken for each other.
pub const QUADRANTS: [Rgb; 4] = [[250, 20, 10], [30, 240, 40], [15, 25, 235], [230, 220, 5]];

/// The PNG of [`QUADRANTS`].
pub fn quadrants() -> Vec<u8> {
    encode_png(2, 2, png::ColorType::Rgb, QUADRANTS.as_flattened())
}

/// Writes an 8-bit PNG.
pub fn encode_png(width: u32, height: u32, color: png::ColorType, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}
