//! Rows of pixels as PNG files have them: the type of a filter and the differences that it makes.

use std::ops::Range;

use crate::protocol::ImageSize;

/// What is subtracted from each byte. The value is the filter's type, by the specification of PNG (9.2).
#[derive(Clone, Copy)]
pub enum Filter {
    /// The byte above.
    Up = 2,
    /// That of three neighbours (left, above, above left) to which a plane through them comes nearest.
    Paeth = 4,
}

/// An image's bytes, first row first.
pub struct Rows<'a> {
    bytes: &'a [u8],
    /// Bytes of a row.
    row: usize,
    /// Bytes of a pixel.
    pixel: usize,
}

impl<'a> Rows<'a> {
    /// None if there are not as many bytes as the size asks for, or none at all.
    pub fn new(size: ImageSize, pixel: usize, bytes: &'a [u8]) -> Option<Self> {
        let row = pixel.checked_mul(size.width as usize)?;
        let len = row.checked_mul(size.height as usize)?;
        (len > 0 && bytes.len() == len).then_some(Self { bytes, row, pixel })
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.bytes.len() / self.row
    }

    /// Bytes of a row, filtered.
    pub fn filtered_len(&self) -> usize {
        1 + self.row
    }

    /// How many bytes of a row differ from those above; none of the first row.
    pub fn changes(&self, row: usize) -> usize {
        // So many can be counted in a byte, and bytes by the vector.
        const COUNTED: usize = 255;
        let (own, above) = self.row_and_above(row);
        let above = above.unwrap_or(own);
        let parts = own.chunks(COUNTED).zip(above.chunks(COUNTED));
        parts
            .map(|(own, above)| {
                let changed = own.iter().zip(above).map(|(a, b)| u8::from(a != b));
                usize::from(changed.sum::<u8>())
            })
            .sum()
    }

    /// Adds some rows to the end of `filtered`.
    pub fn filter(&self, filter: Filter, rows: Range<usize>, filtered: &mut Vec<u8>) {
        // What is above the first row.
        let zeros = vec![0; if rows.start == 0 { self.row } else { 0 }];
        for row in rows {
            let (own, above) = self.row_and_above(row);
            let above = above.unwrap_or(&zeros);
            filtered.push(filter as u8);
            match filter {
                Filter::Up => {
                    filtered.extend(own.iter().zip(above).map(|(a, b)| a.wrapping_sub(*b)));
                }
                Filter::Paeth => {
                    // Left of the first pixel all is 0, and the guess is what is above.
                    let first = own.iter().zip(above).take(self.pixel);
                    filtered.extend(first.map(|(a, b)| a.wrapping_sub(*b)));
                    let neighbours = own.iter().zip(&above[self.pixel..]).zip(above);
                    filtered.extend(own[self.pixel..].iter().zip(neighbours).map(
                        |(own, ((left, above), corner))| {
                            own.wrapping_sub(paeth(*left, *above, *corner))
                        },
                    ));
                }
            }
        }
    }

    fn row_and_above(&self, row: usize) -> (&'a [u8], Option<&'a [u8]>) {
        let start = row * self.row;
        let own = &self.bytes[start..start + self.row];
        let above = start
            .checked_sub(self.row)
            .map(|above| &self.bytes[above..start]);
        (own, above)
    }
}

/// The one of the three that is nearest to `left` + `above` - `corner`: the first of them, where two
/// are as near. As the specification has it, without its absolute values and in an order that
/// compilers make vectors of: to a corner outside of the other two the one farther from it is nearest, to
/// one between them mostly itself.
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, above, corner].map(i16::from);
    let (low, high) = (a.min(b), a.max(b));
    let opposite = 3 * c - a - b;
    let nearest = if opposite >= high {
        low
    } else if opposite <= low {
        high
    } else {
        c
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "one of three bytes"
    )]
    {
        nearest as u8
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that makes bytes")]

    use super::*;

    /// As the specification of PNG words it (9.4).
    fn specified(a: u8, b: u8, c: u8) -> u8 {
        let [left, above, corner] = [a, b, c].map(i32::from);
        let p = left + above - corner;
        let [pa, pb, pc] = [left, above, corner].map(|value| (p - value).abs());
        if pa <= pb && pa <= pc {
            a
        } else if pb <= pc {
            b
        } else {
            c
        }
    }

    #[test]
    fn the_guess_is_the_specified_one_for_all_bytes() {
        for left in 0..=255 {
            for above in 0..=255 {
                for corner in 0..=255 {
                    assert_eq!(
                        paeth(left, above, corner),
                        specified(left, above, corner),
                        "{left}, {above}, {corner}"
                    );
                }
            }
        }
    }

    #[test]
    fn rows_are_filtered_alone_as_among_all() {
        let size = ImageSize {
            width: 3,
            height: 4,
        };
        let bytes: Vec<u8> = (0_u8..24).map(|i| i.wrapping_mul(i)).collect();
        let rows = Rows::new(size, 2, &bytes).unwrap();
        assert_eq!((rows.height(), rows.filtered_len()), (4, 7));
        for filter in [Filter::Up, Filter::Paeth] {
            let mut all = Vec::new();
            rows.filter(filter, 0..4, &mut all);
            assert_eq!(all.len(), 28);
            for row in 0..4 {
                let mut alone = Vec::new();
                rows.filter(filter, row..row + 1, &mut alone);
                assert_eq!(alone, all[7 * row..][..7]);
            }
        }
    }

    #[test]
    fn changes_are_counted_from_the_row_above() {
        let size = ImageSize {
            width: 2,
            height: 3,
        };
        let rows = Rows::new(size, 1, &[1, 2, 1, 3, 0, 0]).unwrap();
        assert_eq!([0, 1, 2].map(|row| rows.changes(row)), [0, 1, 2]);
        let size = ImageSize {
            width: 1000,
            height: 2,
        };
        let bytes = [[7; 1000], [8; 1000]];
        let rows = Rows::new(size, 1, bytes.as_flattened()).unwrap();
        assert_eq!(rows.changes(1), 1000);
    }

    #[test]
    fn bytes_that_do_not_fit_are_refused() {
        let size = ImageSize {
            width: 2,
            height: 3,
        };
        for len in [0, 17, 19] {
            assert!(Rows::new(size, 3, &vec![0; len]).is_none());
        }
        assert!(
            Rows::new(
                ImageSize {
                    width: 0,
                    height: 3
                },
                3,
                &[]
            )
            .is_none()
        );
    }
}
