//! Images as they come back, held to the forms that Drake's client reads.

use std::io::Cursor;

use gltf_render_server::compare;
use tiff::decoder::{ChunkType, Decoder};
use tiff::tags::Tag;

pub use gltf_render_server::compare::{Image, Rgb};

/// An 8-bit RGB PNG.
pub fn rgb(bytes: &[u8]) -> Image<Rgb> {
    assert_eq!(png_form(bytes), (png::ColorType::Rgb, png::BitDepth::Eight));
    compare::rgb(bytes).expect("a whole PNG")
}

/// A 16-bit gray PNG: depth in millimetres.
pub fn millimetres(bytes: &[u8]) -> Image<u16> {
    compare::millimetres(bytes).expect("a whole PNG of 16-bit gray")
}

/// As it stands in the file.
fn png_form(bytes: &[u8]) -> (png::ColorType, png::BitDepth) {
    let reader = png::Decoder::new(Cursor::new(bytes)).read_info();
    let reader = reader.expect("a PNG");
    (reader.info().color_type, reader.info().bit_depth)
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
    compare::metres(bytes).expect("a whole TIFF")
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
    write_png(width, height, (color, png::BitDepth::Eight), data)
}

/// The size that a PNG file would have with the settings that the crate has by default.
pub fn usual_png_size(file: &[u8]) -> usize {
    let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut data).unwrap();
    let info = reader.info();
    let format = (info.color_type, info.bit_depth);
    write_png(info.width, info.height, format, &data).len()
}

fn write_png(
    width: u32,
    height: u32,
    (color, depth): (png::ColorType, png::BitDepth),
    data: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}
