//! TIFF: one channel of 32-bit floats.

use std::io::Cursor;

use tiff::encoder::TiffEncoder;
use tiff::encoder::colortype::Gray32Float;

use super::EncodeError;
use crate::protocol::ImageSize;

/// Depth in metres, width·height floats, first row first, uncompressed and in strips: Drake's client
/// misreads tiles without a word.
///
/// # Errors
/// If the number of pixels does not fit the size.
pub fn depth(size: ImageSize, metres: &[f32]) -> Result<Vec<u8>, EncodeError> {
    let mut file = Vec::with_capacity(size_of_val(metres) + 4096);
    TiffEncoder::new(Cursor::new(&mut file))?.write_image::<Gray32Float>(
        size.width,
        size.height,
        metres,
    )?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use ::tiff::decoder::{ChunkType, Decoder, DecodingResult};

    use super::*;

    #[test]
    fn comes_back_bit_by_bit_from_strips() {
        let size = ImageSize {
            width: 700,
            height: 500,
        };
        let mut metres: Vec<f32> = (0..700 * 500)
            .map(|i| f32::from_bits(0x3f80_0000 + i))
            .collect();
        metres[3] = f32::INFINITY;
        metres[4] = 0.0;
        let file = depth(size, &metres).unwrap();
        let mut decoder = Decoder::new(Cursor::new(file)).unwrap();
        assert_eq!(decoder.dimensions().unwrap(), (700, 500));
        assert_eq!(decoder.get_chunk_type(), ChunkType::Strip);
        let DecodingResult::F32(read) = decoder.read_image().unwrap() else {
            unreachable!("32-bit floats")
        };
        assert_eq!(read, metres);
    }
}
