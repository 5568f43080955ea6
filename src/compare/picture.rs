//! Differences for the eye.

use super::{DepthClass, Image, Rgb};

/// How many times a difference of colors is shown, so that a few levels can be seen.
const AMPLIFICATION: u8 = 10;
/// What is measured in one depth image only.
const OTHER_CLASS: Rgb = [255, 0, 255];

/// Ten times the difference of each channel. Where the second image has no pixel, it is taken as black.
#[must_use]
pub fn color_difference(a: &Image<Rgb>, b: &Image<Rgb>) -> Image<Rgb> {
    pairwise(a, b, |a, b| {
        std::array::from_fn(|c| a[c].abs_diff(b[c]).saturating_mul(AMPLIFICATION))
    })
}

/// The difference of depths, black to white; white is the greatest. Magenta is what is too close, too
/// far or measured in one image and not in the other.
#[must_use]
pub fn depth_difference(a: &Image<f32>, b: &Image<f32>) -> Image<Rgb> {
    let difference = |a: f32, b: f32| match (DepthClass::of(a), DepthClass::of(b)) {
        (DepthClass::Measured, DepthClass::Measured) => Some((a - b).abs()),
        (a, b) => (a == b).then_some(0.0),
    };
    let pairs = a.pixels.iter().zip(&b.pixels);
    let all = pairs.filter_map(|(&a, &b)| difference(a, b));
    let greatest = all.fold(f32::MIN_POSITIVE, f32::max);
    pairwise(a, b, |a, b| {
        difference(a, b).map_or(OTHER_CLASS, |it| [level(it / greatest); 3])
    })
}

/// A depth image: near is bright, too close is red, too far is blue.
#[must_use]
pub fn depth_picture(depth: &Image<f32>) -> Image<Rgb> {
    let measured = |&depth: &f32| DepthClass::of(depth) == DepthClass::Measured;
    let far = depth.pixels.iter().copied().filter(measured);
    let far = far.fold(f32::MIN_POSITIVE, f32::max);
    let pixels = depth
        .pixels
        .iter()
        .map(|&depth| match DepthClass::of(depth) {
            DepthClass::TooClose => [255, 0, 0],
            DepthClass::Measured => [level(1.0 - 0.9 * depth / far); 3],
            DepthClass::TooFar => [0, 0, 160],
            DepthClass::NoDepth => OTHER_CLASS,
        });
    Image {
        width: depth.width,
        height: depth.height,
        pixels: pixels.collect(),
    }
}

/// A picture as large as the first image.
fn pairwise<T: Copy + Default>(
    a: &Image<T>,
    b: &Image<T>,
    shown: impl Fn(T, T) -> Rgb,
) -> Image<Rgb> {
    let others = b.pixels.iter().copied();
    let others = others.chain(std::iter::repeat(T::default()));
    let pairs = a.pixels.iter().zip(others);
    Image {
        width: a.width,
        height: a.height,
        pixels: pairs.map(|(&a, b)| shown(a, b)).collect(),
    }
}

/// 0 to 1 as a level of gray.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates"
)]
fn level(part: f32) -> u8 {
    (255.0 * part).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image<T: Copy>(pixels: [T; 4]) -> Image<T> {
        Image {
            width: 2,
            height: 2,
            pixels: pixels.to_vec(),
        }
    }

    #[test]
    fn differences_of_colors_are_amplified() {
        let a = image([[10, 20, 30], [0; 3], [255, 0, 0], [1, 1, 1]]);
        let b = image([[13, 20, 30], [0; 3], [0; 3], [1, 0, 2]]);
        let expected = image([[30, 0, 0], [0; 3], [255, 0, 0], [0, 10, 10]]);
        assert_eq!(color_difference(&a, &b), expected);
    }

    #[test]
    fn differences_of_depths_are_scaled_and_other_classes_stand_out() {
        let inf = f32::INFINITY;
        let a = image([1.0, 2.0, inf, 0.0]);
        let b = image([1.5, 2.1, inf, 4.0]);
        let expected = image([[255; 3], [51; 3], [0; 3], OTHER_CLASS]);
        assert_eq!(depth_difference(&a, &b), expected);
        assert_eq!(depth_difference(&a, &a), image([[0; 3]; 4]));
    }

    #[test]
    fn depth_is_bright_where_it_is_near() {
        let picture = depth_picture(&image([1.0, 10.0, f32::INFINITY, 0.0]));
        let expected = image([[232; 3], [26; 3], [0, 0, 160], [255, 0, 0]]);
        assert_eq!(picture, expected);
    }
}
