//! Filtered rows to what a PNG file has of them: a zlib stream.
//!
//! All is compressed in blocks of many rows. The crate `png` compresses row by row, for each of which
//! flate2 clears a buffer of 32 KiB; where rows are mostly zeros that takes longer than all else.

use std::io::{self, Write as _};
use std::iter;
use std::ops::Range;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::filter::{Filter, Rows};

/// How bytes are compressed.
#[derive(Clone, Copy)]
pub enum Deflate {
    /// Runs of zeros only, and one code for all images, in which a byte has up to 12 bits.
    Fastest,
    /// At a level of zlib's.
    Level(u32),
}

/// So much is filtered at a time, bytes at least.
const BLOCK: usize = 64 << 10;

/// All rows, compressed.
pub fn compress(rows: &Rows, filter: Filter, deflate: Deflate) -> io::Result<Vec<u8>> {
    let height = rows.height();
    let step = BLOCK.div_ceil(rows.filtered_len()).min(height);
    let mut compressor = Compressor::new(deflate, height * rows.filtered_len())?;
    let mut block = Vec::with_capacity(step * rows.filtered_len());
    for start in (0..height).step_by(step) {
        block.clear();
        rows.filter(filter, start..height.min(start + step), &mut block);
        compressor.write(&block)?;
    }
    compressor.finish()
}

/// The fastest of four ways to a file of at most one and a half times the usual size, as far as can be told:
/// usual is what zlib makes at its usual level. `Fastest` mostly makes a fifth more than that, but two to
/// four times as much where rows repeat each other's differences, as on large smooth surfaces. A sample of the rows tells, compressed in several ways.
pub fn choose(rows: &Rows, filter: Filter) -> io::Result<Deflate> {
    let mut sample = Vec::new();
    for strip in strips(rows) {
        rows.filter(filter, strip, &mut sample);
    }
    let size = |deflate| {
        let mut compressor = Compressor::new(deflate, sample.len())?;
        compressor.write(&sample)?;
        io::Result::Ok(compressor.finish()?.len())
    };
    let least = size(SAFEST)?;
    for deflate in FASTER {
        if size(deflate)? * 100 <= least * MOST_PERCENT {
            return Ok(deflate);
        }
    }
    Ok(SAFEST)
}

/// What suits all images. Up to level 4 there are some of which files are more than half as large again as
/// usual.
const SAFEST: Deflate = Deflate::Level(5);
/// What is tried, in this order.
const FASTER: [Deflate; 3] = [Deflate::Fastest, Deflate::Level(2), Deflate::Level(3)];
/// The most that a sample may have, of what it has by `SAFEST`. It is this far below 150 as less is to be
/// saved of some rows than of all; found with images of many scenes, see benches/README.md.
const MOST_PERCENT: usize = 113;

/// A sample has one of so many of an image's bytes,
const SAMPLE_SHARE: usize = 48;
/// but so many at least.
const SAMPLE_BYTES: usize = 16 << 10;
/// In so many strips of neighbouring rows: repeats are found in what lies near.
const STRIPS: usize = 3;
/// Of so many rows one is looked at to see where there is something.
const LOOK_STEP: usize = 4;

/// Rows to sample, in order: around those with a sixth, a half and five sixths of all changes before
/// them, for it is what changes that makes a file large.
fn strips(rows: &Rows) -> Vec<Range<usize>> {
    let height = rows.height();
    let sample = (height * rows.filtered_len() / SAMPLE_SHARE).max(SAMPLE_BYTES);
    let strip = (sample / STRIPS / rows.filtered_len()).max(1);
    if height <= STRIPS * strip {
        return iter::once(0..height).collect();
    }
    let mut sum = 0;
    let looked_at = (0..height).step_by(LOOK_STEP);
    let sums: Vec<usize> = looked_at
        .map(|row| {
            sum += rows.changes(row);
            sum
        })
        .collect();
    let mut next = 0;
    (0..STRIPS)
        .map(|i| {
            let before = sum * (2 * i + 1) / (2 * STRIPS);
            let middle = LOOK_STEP * sums.partition_point(|&sum| sum < before);
            // The later ones have to have room, too.
            let last = height - strip * (STRIPS - i);
            let start = middle.saturating_sub(strip / 2).clamp(next, last);
            next = start + strip;
            start..next
        })
        .collect()
}

enum Compressor {
    Fastest(fdeflate::Compressor<Vec<u8>>),
    Level(ZlibEncoder<Vec<u8>>),
}

impl Compressor {
    /// For so many bytes, of which a quarter is mostly left.
    fn new(deflate: Deflate, bytes: usize) -> io::Result<Self> {
        let result = Vec::with_capacity(bytes / 4);
        Ok(match deflate {
            Deflate::Fastest => Self::Fastest(fdeflate::Compressor::new(result)?),
            Deflate::Level(level) => Self::Level(ZlibEncoder::new(result, Compression::new(level))),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Fastest(compressor) => compressor.write_data(bytes),
            Self::Level(encoder) => encoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Fastest(compressor) => compressor.finish(),
            Self::Level(encoder) => encoder.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that makes bytes")]

    use super::*;
    use crate::protocol::ImageSize;

    /// The strips of an image of one byte a pixel, in which nothing repeats but outside of some rows and columns.
    fn strips_of(
        [width, height]: [u32; 2],
        busy_rows: Range<u32>,
        busy_columns: Range<u32>,
    ) -> Vec<Range<usize>> {
        let size = ImageSize { width, height };
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let is_busy = |(x, y)| busy_rows.contains(&y) && busy_columns.contains(&x);
        let bytes: Vec<u8> = pixels
            .map(|pixel| if is_busy(pixel) { noise() } else { 200 })
            .collect();
        strips(&Rows::new(size, 1, &bytes).unwrap())
    }

    #[test]
    fn strips_lie_where_something_is() {
        for columns in [0..1000, 700..710] {
            let strips = strips_of([1000, 1000], 600..900, columns);
            assert_eq!(strips.len(), STRIPS);
            for (strip, middle) in strips.into_iter().zip([650, 750, 850]) {
                assert_eq!(strip.len(), 6, "a third of 1/48");
                let found = strip.start + 3;
                assert!(found.abs_diff(middle) <= 10, "{strip:?}");
            }
        }
    }

    #[test]
    fn strips_are_long_enough_and_lie_in_the_image_one_after_the_other() {
        for size in [
            [1, 1],
            [1, 1000],
            [2000, 2],
            [70_000, 5],
            [100, 100],
            [640, 480],
        ] {
            let [width, height] = size;
            for busy in [0..0, 0..1, height - 1..height, 0..height] {
                let strips = strips_of(size, busy, 0..width);
                let (mut next, mut sampled) = (0, 0);
                for strip in strips {
                    assert!(next <= strip.start && strip.start < strip.end, "{strip:?}");
                    next = strip.end;
                    sampled += strip.len();
                }
                let height = height as usize;
                assert!(next <= height);
                let bytes = sampled * (1 + width as usize);
                assert!(
                    sampled == height || bytes * 4 > SAMPLE_BYTES * 3,
                    "{size:?}: {bytes}"
                );
            }
        }
    }

    #[test]
    fn blocks_make_one_stream() {
        let size = ImageSize {
            width: 50_000,
            height: 7,
        };
        let bytes: Vec<u8> = (0..350_000_u32)
            .map(|i| (i / 700).to_le_bytes()[0])
            .collect();
        let rows = Rows::new(size, 1, &bytes).unwrap();
        for filter in [Filter::Up, Filter::Paeth] {
            let mut filtered = Vec::new();
            rows.filter(filter, 0..7, &mut filtered);
            for deflate in [Deflate::Fastest, Deflate::Level(2)] {
                let compressed = compress(&rows, filter, deflate).unwrap();
                let mut decoder = flate2::read::ZlibDecoder::new(&compressed[..]);
                let mut found = Vec::new();
                io::Read::read_to_end(&mut decoder, &mut found).unwrap();
                assert!(found == filtered);
            }
        }
    }
}
