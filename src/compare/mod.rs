//! Files back to pixels, and how the pixels of two images differ.
//!
//! The command `compare` and the tests of the built binary both measure with this, and the status page reads its
//! thumbnails with it.

mod color;
mod decode;
mod depth;
mod picture;

use crate::protocol::ImageSize;

pub use color::{ColorDifference, color};
pub use decode::{AnyImage, DecodeError, metres, millimetres, read, rgb};
pub use depth::{DepthClass, DepthDifference, depth};
pub use picture::{color_difference, depth_difference, depth_picture};

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

impl<T> Image<T> {
    /// Its sides.
    #[must_use]
    pub fn size(&self) -> ImageSize {
        ImageSize {
            width: self.width,
            height: self.height,
        }
    }
}

impl<T: Copy> Image<T> {
    /// The pixel in column `x` and row `y`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn at(&self, x: u32, y: u32) -> T {
        self.pixels[y as usize * self.width as usize + x as usize]
    }

    /// The columns and rows of the pixels that are as asked for, row by row.
    pub fn places(&self, is_wanted: impl Fn(T) -> bool) -> Vec<(u32, u32)> {
        (0..self.height)
            .flat_map(|y| (0..self.width).map(move |x| (x, y)))
            .filter(|&(x, y)| is_wanted(self.at(x, y)))
            .collect()
    }

    /// The pixel in the middle.
    ///
    /// # Panics
    /// If there are no pixels.
    #[must_use]
    pub fn middle(&self) -> T {
        self.at(self.width / 2, self.height / 2)
    }
}

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// Two images of different sizes have no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the sizes differ: {} x {} and {} x {} pixels", .0.width, .0.height, .1.width, .1.height
)]
pub struct SizesDiffer(pub ImageSize, pub ImageSize);

impl SizesDiffer {
    /// Refuses images of different sizes.
    fn check<T>(a: &Image<T>, b: &Image<T>) -> Result<(), Self> {
        if a.size() == b.size() {
            return Ok(());
        }
        Err(Self(a.size(), b.size()))
    }
}

/// A number of pixels as a part of all.
#[expect(
    clippy::cast_precision_loss,
    reason = "an image has fewer than 2^53 pixels"
)]
fn fraction(count: usize, pixels: usize) -> f64 {
    count as f64 / pixels.max(1) as f64
}
