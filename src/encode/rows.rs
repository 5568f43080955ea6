//! Pixels as they lie in a buffer that was read back: four bytes each, rows padded.

use std::borrow::Cow;

use crate::protocol::ImageSize;

const BYTES_PER_PIXEL: usize = 4;

/// A view of such rows, first row first.
#[derive(Clone, Copy, Debug)]
pub struct PixelRows<'a> {
    bytes: &'a [u8],
    /// Bytes of a row that are pixels.
    used: usize,
    /// Bytes from one row to the next.
    stride: usize,
}

impl<'a> PixelRows<'a> {
    /// The rows of an image of this size, `stride` bytes from one to the next; none if `bytes` is
    /// shorter than they are. The last row need not be padded.
    #[must_use]
    pub fn new(size: ImageSize, bytes: &'a [u8], stride: usize) -> Option<Self> {
        let used = size.width as usize * BYTES_PER_PIXEL;
        let others = (size.height as usize).checked_sub(1)?.checked_mul(stride)?;
        let bytes = bytes.get(..others.checked_add(used)?)?;
        (0 < used && used <= stride).then_some(Self {
            bytes,
            used,
            stride,
        })
    }

    /// How many there are.
    #[must_use]
    pub fn height(&self) -> usize {
        self.bytes.len().div_ceil(self.stride)
    }

    /// Pixels in each.
    #[must_use]
    pub fn width(&self) -> usize {
        self.used / BYTES_PER_PIXEL
    }

    /// The pixels of one row, which is below the height.
    #[must_use]
    pub fn row(&self, y: usize) -> &'a [u8] {
        let start = y * self.stride;
        &self.bytes[start..start + self.used]
    }

    /// The pixels of each row.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let used = self.used;
        let rows = self.bytes.chunks(self.stride);
        rows.map(move |row| row.get(..used).unwrap_or(row))
    }

    /// RGBA without the A, packed, as `png` takes it.
    #[must_use]
    pub fn rgb(&self) -> Vec<u8> {
        // Zeroed memory is free here, and a slice of known length is filled faster than a growing
        // vector.
        let mut packed = vec![0; self.height() * self.width() * 3];
        let packed_rows = packed.chunks_exact_mut(self.width() * 3);
        for (packed_row, row) in packed_rows.zip(self.iter()) {
            let pixels = row.chunks_exact(BYTES_PER_PIXEL);
            for (rgb, rgba) in packed_row.chunks_exact_mut(3).zip(pixels) {
                rgb.copy_from_slice(&rgba[..3]);
            }
        }
        packed
    }

    /// 32-bit floats, packed, as `tiff` takes them: not copied if they lie so already.
    #[must_use]
    pub fn floats(&self) -> Cow<'a, [f32]> {
        if self.used == self.stride
            && let Ok(floats) = bytemuck::try_cast_slice(self.bytes)
        {
            return Cow::Borrowed(floats);
        }
        let floats = self.iter().flat_map(|row| row.chunks_exact(4));
        Cow::Owned(floats.map(bytemuck::pod_read_unaligned).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    const SIZE: ImageSize = ImageSize {
        width: 2,
        height: 3,
    };

    /// Three rows of eight bytes with four bytes of padding between them.
    fn padded() -> Vec<u8> {
        (0..32).collect()
    }

    #[test]
    fn padding_and_alpha_are_left_out() {
        let bytes = padded();
        let rows = PixelRows::new(SIZE, &bytes, 12).unwrap();
        let firsts: Vec<u8> = rows.iter().map(|row| row[0]).collect();
        assert_eq!(firsts, [0, 12, 24]);
        assert!(rows.iter().all(|row| row.len() == 8));
        assert_eq!((rows.width(), rows.height()), (2, 3));
        assert_eq!(rows.row(2), &bytes[24..32]);
        let rgb = [
            0, 1, 2, 4, 5, 6, 12, 13, 14, 16, 17, 18, 24, 25, 26, 28, 29, 30,
        ];
        assert_eq!(rows.rgb(), rgb);
    }

    #[test]
    fn floats_are_copied_only_if_rows_are_padded() {
        let metres = [0.5_f32, 1.0, f32::INFINITY, 0.0, 2.5, 3.25, 4.0, 5.0, 6.0];
        let bytes = bytemuck::cast_slice(&metres);
        let rows = PixelRows::new(SIZE, bytes, 8).unwrap();
        assert!(matches!(rows.floats(), Cow::Borrowed(floats) if floats == &metres[..6]));
        let rows = PixelRows::new(SIZE, bytes, 12).unwrap();
        assert_eq!(rows.floats()[..], [0.5, 1.0, 0.0, 2.5, 4.0, 5.0]);
    }

    #[test]
    fn bytes_that_hold_no_such_image_are_no_rows() {
        let bytes = padded();
        assert!(PixelRows::new(SIZE, &bytes[..31], 12).is_none());
        assert!(PixelRows::new(SIZE, &bytes, 7).is_none());
        assert!(PixelRows::new(SIZE, &bytes, usize::MAX).is_none());
    }
}
