//! Zstandard frames (RFC 8878).

use std::io::Read;

use ruzstd::decoding::StreamingDecoder;

/// The window that RFC 8878 (3.1.1.1.2) wants decoders to support, bytes.
const WINDOW: u64 = 8 << 20;

/// Decompresses one frame of exactly `length` bytes; none if it is broken or has another length.
/// Takes no more memory than `length` and the window, which is 8 MiB or `length` at most.
pub(super) fn decompress(frame: &[u8], length: usize) -> Option<Vec<u8>> {
    let window = WINDOW.max(u64::try_from(length).ok()?);
    let mut decoder = StreamingDecoder::new_with_max_window_size(frame, window).ok()?;
    let mut bytes = vec![0; length];
    decoder.read_exact(&mut bytes).ok()?;
    let ends = decoder.read(&mut [0]).ok()? == 0;
    ends.then_some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    #[test]
    fn a_frame_has_the_length_that_is_asked_for() {
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let frame = compress_to_vec(bytes.as_slice(), CompressionLevel::Fastest);
        assert_eq!(decompress(&frame, bytes.len()).unwrap(), bytes);
        assert_eq!(decompress(&frame, bytes.len() - 1), None);
        assert_eq!(decompress(&frame, bytes.len() + 1), None);
        assert_eq!(decompress(&frame[..frame.len() - 1], bytes.len()), None);
        assert_eq!(decompress(&[], 0), None);
    }

    #[test]
    fn a_window_of_a_gigabyte_is_not_taken() {
        // Magic, no flags, window exponent 20: 1 GiB; a raw last block of one byte.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 20 << 3, 9, 0, 0, 7];
        assert_eq!(decompress(&frame, 1), None);
        // Window exponent 0: 1 KiB.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 9, 0, 0, 7];
        assert_eq!(decompress(&frame, 1), Some(vec![7]));
    }
}
