//! Positions on the image in fixed point, as rasterisers take them.

use super::view::Window;
use crate::simd::vectorised;

/// Bits behind the point. Vulkan asks for four at least; Mesa and most GPUs have eight.
pub(super) const FRACTION: u32 = 8;
/// One pixel.
pub(super) const PIXEL: i32 = 1 << FRACTION;
/// The position of a vertex outside of the clip volume.
pub(super) const OUTSIDE: [i32; 2] = [i32::MIN; 2];

/// Added to a small number, leaves it in the last bits of the sum, rounded to the nearest integer:
/// 1.5 · 2^52. Processors have an instruction for it, which `f64::round_ties_even` is not on all.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// A column and a row, counted from the centre of the first pixel, to the nearest position; what is
/// not a number is outside, as is what no image is large enough for.
#[inline]
pub(super) fn snap(pixels: [f32; 2]) -> [i32; 2] {
    let [x, y] = [f64::from(pixels[0]), f64::from(pixels[1])].map(|x| x * f64::from(PIXEL));
    let fits = |x: f64| x.abs() < f64::from(1 << 30);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the last bits are what is meant"
    )]
    let round = |x: f64| (x + ROUND).to_bits() as i32;
    if fits(x) && fits(y) {
        [round(x), round(y)]
    } else {
        OUTSIDE
    }
}

/// Puts where vertices fall in place of what `out` held.
pub(super) fn snap_all(
    window: &Window,
    clip_from_vertex: &[[f32; 4]; 4],
    positions: &[[f32; 3]],
    out: &mut Vec<[i32; 2]>,
) {
    out.clear();
    vectorised(|| {
        let locate = |&position| snap(window.locate(clip_from_vertex, position));
        out.extend(positions.iter().map(locate));
    });
}

/// The pixels whose centres an extent along one axis reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Centres {
    pub first: i32,
    /// Not above 0 if there are none.
    pub count: i32,
}

impl Centres {
    /// Those between the least and the greatest of three coordinates, of an image of `size`, all in
    /// fixed point.
    #[inline]
    pub fn new([a, b, c]: [i32; 3], size: i32) -> Self {
        let least = (a.min(b).min(c)).max(0);
        let most = (a.max(b).max(c)).min(size - PIXEL);
        let first = (least + PIXEL - 1) >> FRACTION;
        Self {
            first,
            count: (most >> FRACTION) - first + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_rounded_to_the_nearest() {
        let step = 1.0 / 256.0;
        for (pixels, fixed) in [
            ([0.0, 1.0], [0, 256]),
            ([0.5 * step, 0.51 * step], [0, 1]),
            ([1.5 * step, -1.49 * step], [2, -1]),
            ([-0.5, 16384.0], [-128, 16384 * 256]),
            ([f32::NAN, 0.0], OUTSIDE),
            ([0.0, f32::INFINITY], OUTSIDE),
            ([-1e9, 0.0], OUTSIDE),
        ] {
            assert_eq!(snap(pixels), fixed, "{pixels:?}");
        }
    }

    #[test]
    fn centres_are_counted_inside_of_the_image() {
        let centres = |corners| Centres::new(corners, 10 * PIXEL);
        assert_eq!(centres([10, 300, 520]), Centres { first: 1, count: 2 });
        assert_eq!(centres([-900, 0, -4]), Centres { first: 0, count: 1 });
        assert_eq!(centres([1, 255, 100]).count, 0);
        assert_eq!(centres([2305, 9999, 2560]).count, 0);
        assert_eq!(
            centres([-9999, 9999, 0]),
            Centres {
                first: 0,
                count: 10
            }
        );
    }
}
