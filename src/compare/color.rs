//! How two color or label images differ.

use super::{Image, Rgb, SizesDiffer, fraction};

/// How the pixels of two color or label images differ, in levels of 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColorDifference {
    /// Pixels of each image.
    pub pixels: usize,
    /// Pixels that are not the same.
    pub differing: usize,
    /// Pixels that differ by more than the tolerance in a channel.
    pub outliers: usize,
    /// The greatest difference in a channel.
    pub greatest: u8,
    /// The mean difference of all channels of all pixels.
    pub mean: f64,
    /// The root of the mean of the squared differences of the same.
    pub root_mean_square: f64,
}

impl ColorDifference {
    /// Outliers as a part of all pixels.
    #[must_use]
    pub fn outlier_fraction(&self) -> f64 {
        fraction(self.outliers, self.pixels)
    }

    /// The peak signal-to-noise ratio, dB; infinite for equal images.
    #[must_use]
    pub fn psnr(&self) -> f64 {
        20.0 * (255.0 / self.root_mean_square).log10()
    }
}

/// Compares color or label images; pixels that differ by more than `tolerance` levels in a channel are
/// outliers.
///
/// # Errors
/// If their sizes differ.
pub fn color(
    a: &Image<Rgb>,
    b: &Image<Rgb>,
    tolerance: f64,
) -> Result<ColorDifference, SizesDiffer> {
    SizesDiffer::check(a, b)?;
    let (mut differing, mut outliers, mut greatest) = (0, 0, 0);
    let (mut sum, mut squares) = (0_u64, 0_u64);
    for (a, b) in a.pixels.iter().zip(&b.pixels) {
        let channels: Rgb = std::array::from_fn(|c| a[c].abs_diff(b[c]));
        let worst = channels.into_iter().max().unwrap_or(0);
        differing += usize::from(worst > 0);
        outliers += usize::from(f64::from(worst) > tolerance);
        greatest = greatest.max(worst);
        for difference in channels.map(u64::from) {
            sum += difference;
            squares += difference * difference;
        }
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "sums of at most 2^28 numbers of 16 bits"
    )]
    let per_channel = |sum: u64| sum as f64 / (3 * a.pixels.len().max(1)) as f64;
    Ok(ColorDifference {
        pixels: a.pixels.len(),
        differing,
        outliers,
        greatest,
        mean: per_channel(sum),
        root_mean_square: per_channel(squares).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::float_cmp,
        reason = "a test of exact numbers"
    )]

    use super::*;
    use crate::protocol::ImageSize;

    fn image(width: u32, pixels: &[Rgb]) -> Image<Rgb> {
        Image {
            width,
            height: 1,
            pixels: pixels.to_vec(),
        }
    }

    #[test]
    fn all_numbers_are_those_of_the_definition() {
        let a = image(2, &[[10, 20, 30], [0, 0, 255]]);
        let b = image(2, &[[10, 26, 30], [0, 0, 252]]);
        let found = color(&a, &b, 3.0).unwrap();
        assert_eq!((found.pixels, found.differing, found.outliers), (2, 2, 1));
        assert_eq!(found.greatest, 6);
        assert_eq!(found.mean, 9.0 / 6.0);
        assert_eq!(found.root_mean_square, (45.0_f64 / 6.0).sqrt());
        assert_eq!(found.outlier_fraction(), 0.5);
        let psnr = 10.0 * (255.0_f64 * 255.0 / 7.5).log10();
        assert!((found.psnr() - psnr).abs() < 1e-9);
        assert_eq!(color(&a, &b, 2.9).unwrap().outliers, 2);
        assert_eq!(color(&b, &a, 3.0).unwrap(), found);
    }

    #[test]
    fn an_image_equals_itself() {
        let a = image(2, &[[10, 20, 30], [0, 0, 255]]);
        let found = color(&a, &a, 0.0).unwrap();
        assert_eq!((found.differing, found.outliers, found.greatest), (0, 0, 0));
        assert_eq!(found.psnr(), f64::INFINITY);
    }

    #[test]
    fn sizes_must_be_equal() {
        let (a, b) = (image(1, &[[0; 3]]), image(2, &[[0; 3]; 2]));
        let size = |width| ImageSize { width, height: 1 };
        assert_eq!(color(&a, &b, 255.0), Err(SizesDiffer(size(1), size(2))));
    }
}
