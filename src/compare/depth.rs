//! How two depth images differ.

use super::{Image, SizesDiffer, fraction};

/// What a pixel of a depth image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepthClass {
    /// 0: what is there is too close.
    TooClose,
    /// A depth in metres.
    Measured,
    /// Infinity: what is there is too far, or nothing is.
    TooFar,
    /// Not a number, or less than 0: no depth at all.
    NoDepth,
}

impl DepthClass {
    /// All of them, in the order of the rows and columns of [`DepthDifference::classes`].
    pub const ALL: [Self; 4] = [Self::TooClose, Self::Measured, Self::TooFar, Self::NoDepth];

    /// That of a pixel.
    #[must_use]
    pub fn of(metres: f32) -> Self {
        match metres {
            0.0 => Self::TooClose,
            f32::INFINITY => Self::TooFar,
            metres if metres > 0.0 => Self::Measured,
            _ => Self::NoDepth,
        }
    }

    /// In words: "too close (0)".
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::TooClose => "too close (0)",
            Self::Measured => "measured",
            Self::TooFar => "too far (inf)",
            Self::NoDepth => "no depth (NaN or negative)",
        }
    }
}

/// How the pixels of two depth images differ, in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepthDifference {
    /// Pixels of each image.
    pub pixels: usize,
    /// Pixels that are measured in both images; what follows in metres is of these.
    pub measured: usize,
    /// Pixels that differ by more than the tolerance, or that say something else: too close, measured,
    /// too far.
    pub outliers: usize,
    /// The greatest difference.
    pub greatest: f64,
    /// The mean difference.
    pub mean: f64,
    /// The root of the mean of the squared differences.
    pub root_mean_square: f64,
    /// How many pixels are of which class in the first image, by row, and in the second, by column.
    pub classes: [[usize; DepthClass::ALL.len()]; DepthClass::ALL.len()],
}

impl DepthDifference {
    /// Outliers as a part of all pixels.
    #[must_use]
    pub fn outlier_fraction(&self) -> f64 {
        fraction(self.outliers, self.pixels)
    }

    /// The classes that pixels are of in the first image, then in the second, where these are not the
    /// same, and how many pixels there are of each such pair.
    pub fn class_changes(&self) -> impl Iterator<Item = (DepthClass, DepthClass, usize)> {
        let pairs = DepthClass::ALL
            .into_iter()
            .flat_map(|a| DepthClass::ALL.map(|b| (a, b)));
        pairs
            .filter(|(a, b)| a != b)
            .map(|(a, b)| (a, b, self.classes[a as usize][b as usize]))
            .filter(|&(_, _, count)| count > 0)
    }
}

/// Compares depth images; pixels that differ by more than `tolerance` metres are outliers, and those
/// that are measured in one image only.
///
/// # Errors
/// If their sizes differ.
pub fn depth(
    a: &Image<f32>,
    b: &Image<f32>,
    tolerance: f64,
) -> Result<DepthDifference, SizesDiffer> {
    SizesDiffer::check(a, b)?;
    let mut found = DepthDifference {
        pixels: a.pixels.len(),
        measured: 0,
        outliers: 0,
        greatest: 0.0,
        mean: 0.0,
        root_mean_square: 0.0,
        classes: [[0; 4]; 4],
    };
    let (mut sum, mut squares) = (0.0, 0.0);
    for (&a, &b) in a.pixels.iter().zip(&b.pixels) {
        let classes = (DepthClass::of(a), DepthClass::of(b));
        found.classes[classes.0 as usize][classes.1 as usize] += 1;
        let is_outlier = match classes {
            (DepthClass::Measured, DepthClass::Measured) => {
                let difference = (f64::from(a) - f64::from(b)).abs();
                found.measured += 1;
                found.greatest = found.greatest.max(difference);
                sum += difference;
                squares += difference * difference;
                difference > tolerance
            }
            (DepthClass::NoDepth, DepthClass::NoDepth) => a.to_bits() != b.to_bits(),
            (a, b) => a != b,
        };
        found.outliers += usize::from(is_outlier);
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "an image has fewer than 2^53 pixels"
    )]
    let measured = found.measured.max(1) as f64;
    found.mean = sum / measured;
    found.root_mean_square = (squares / measured).sqrt();
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::float_cmp,
        reason = "a test of exact numbers"
    )]

    use super::*;

    const INF: f32 = f32::INFINITY;

    fn image(pixels: &[f32]) -> Image<f32> {
        Image {
            width: u32::try_from(pixels.len()).unwrap(),
            height: 1,
            pixels: pixels.to_vec(),
        }
    }

    #[test]
    fn metres_are_compared_where_both_are_measured() {
        let a = image(&[1.0, 2.0, 0.0, INF, 3.0, 0.25]);
        let b = image(&[1.5, 2.25, 0.0, INF, INF, 0.0]);
        let found = depth(&a, &b, 0.25).unwrap();
        assert_eq!((found.pixels, found.measured, found.outliers), (6, 2, 3));
        assert_eq!(found.greatest, 0.5);
        assert_eq!(found.mean, 0.375);
        assert_eq!(found.root_mean_square, 0.156_25_f64.sqrt());
        let changes: Vec<_> = found.class_changes().collect();
        let expected = [
            (DepthClass::Measured, DepthClass::TooClose, 1),
            (DepthClass::Measured, DepthClass::TooFar, 1),
        ];
        assert_eq!(changes, expected);
        assert_eq!(found.classes.as_flattened().iter().sum::<usize>(), 6);
    }

    #[test]
    fn an_image_equals_itself_also_where_it_has_no_depth() {
        let a = image(&[1.0, 0.0, INF, f32::NAN, -1.0, -INF]);
        let found = depth(&a, &a, 0.0).unwrap();
        assert_eq!((found.outliers, found.measured), (0, 1));
        assert_eq!(found.class_changes().count(), 0);
        assert_eq!(found.classes[3][3], 3);
        let other = image(&[1.0, 0.0, INF, f32::NAN, -2.0, -INF]);
        assert_eq!(depth(&a, &other, 9.0).unwrap().outliers, 1);
    }
}
