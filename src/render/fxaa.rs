//! Post-process anti-aliasing of the color image: FXAA as VTK's `vtkOpenGLFXAAPass` does it.
//!
//! Drake's `RenderEngineVtk` smooths its color images (and only those) with VTK's FXAA pass in its
//! default settings, so a silhouette matches only if the same rule is applied to the same aliased
//! picture. The rule is that of VTK 9.6 (`vtkOpenGLFXAAFilter` with "high quality endpoints"), which
//! itself goes back to NVIDIA's FXAA by Timothy Lottes:
//!
//! 1. A pixel whose plus-shaped neighbourhood has little luma contrast is passed through.
//! 2. A pixel that sticks out of its four neighbours is blended toward the mean of its 3x3 block.
//! 3. Otherwise (and besides) the pixel is taken to lie on a horizontal or vertical edge; the ends of
//!    that edge are searched in both directions, and the pixel is resampled a fraction of a texel
//!    toward the other side of the edge, the more the nearer it is to an end.
//!
//! All is done on the stored bytes, without any sRGB decoding. VTK's image has its first row at the
//! bottom, this one at the top: where VTK prefers the row of smaller v on a tie, the row below is
//! preferred here. The order of the sums is that of VTK, because comparisons of equal contrasts are
//! decided by rounding.
//!
//! It runs on the CPU, while the image is read back: nearly all pixels are passed through, which
//! vector instructions decide in a nanosecond, where a driver on the CPU takes some twenty.

use crate::encode::rows::PixelRows;
use crate::simd::vectorised;

/// Red, green and blue in the luma that all decisions are made on.
const LUMA_WEIGHTS: [f32; 3] = [0.299, 0.587, 0.114];
/// Least contrast worth smoothing, as a fraction of the brightest luma around the pixel.
const RELATIVE_CONTRAST: f32 = 1.0 / 8.0;
/// Least contrast worth smoothing in any case.
const HARD_CONTRAST: f32 = 1.0 / 16.0;
/// The largest share of the 3x3 mean in the result.
const SUBPIXEL_BLEND_LIMIT: f32 = 3.0 / 4.0;
/// Share of the local contrast that a pixel may stick out by before it is blended at all.
const SUBPIXEL_CONTRAST_FLOOR: f32 = 1.0 / 4.0;
/// Texels looked at in each direction for the end of an edge.
const ENDPOINT_STEPS: u8 = 12;

/// Lumas that the image has more at each side, repeating its border: as far as an edge is followed,
/// and the line beside it.
const MARGIN: usize = ENDPOINT_STEPS as usize + 1;

/// The smoothed image, packed 8-bit RGB; the rows are 8-bit RGBA.
pub(super) fn smooth(rows: PixelRows<'_>) -> Vec<u8> {
    let image = Image::new(rows);
    let mut out = rows.rgb();
    let mut has_contrast = vec![0; image.width];
    for (y, out_row) in out.chunks_exact_mut(3 * image.width).enumerate() {
        vectorised(|| image.note_contrast(y, &mut has_contrast));
        let pixels = out_row.as_chunks_mut().0;
        for x in memchr::memchr_iter(1, &has_contrast) {
            let [r, g, b, _] = image.smoothed([x, y]);
            pixels[x] = [r, g, b];
        }
    }
    out
}

/// The least and the greatest of a pixel's luma and its neighbours'.
fn extremes([center, below, above, left, right]: [f32; 5]) -> (f32, f32) {
    (
        lesser(center, lesser(lesser(below, above), lesser(left, right))),
        greater(center, greater(greater(below, above), greater(left, right))),
    )
}

/// The lesser of two numbers, in one instruction; `f32::min` takes several for what is not a number.
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// The greater of two numbers.
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The color a fraction of a texel from `own` toward `other`, with a weight of 8 bits, as Mesa's
/// drivers on the CPU sample such textures.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a weighted mean of bytes is a byte"
)]
fn between(own: Texel, other: Texel, fraction: f32) -> Texel {
    let weight = nearest_integer(256.0 * fraction) as i32;
    std::array::from_fn(|i| {
        let (own, other) = (i32::from(own[i]), i32::from(other[i]));
        (own + ((weight * (other - own) + 128) >> 8)) as u8
    })
}

/// A small number that is not negative, rounded; `f32::round_ties_even` is a call where processors
/// are not known to have an instruction for it.
fn nearest_integer(x: f32) -> f32 {
    /// Between 2^23 and 2^24, where floats are the integers.
    const INTEGERS: f32 = 12_582_912.0;
    (x + INTEGERS) - INTEGERS
}

/// The image and its lumas.
struct Image<'a> {
    rows: PixelRows<'a>,
    width: usize,
    height: usize,
    /// With a margin at all sides.
    lumas: Vec<f32>,
    /// Lumas in a row.
    stride: usize,
}

/// One end of an edge, as seen from the pixel.
struct EdgeEnd {
    /// Texels from the pixel to the end.
    distance: u8,
    /// Luma, in the pixel's own row or column, of the last texel looked at.
    luma: f32,
}

/// An edge as it is followed, between the pixel's own line of texels and the line beside it.
struct Edge {
    /// Where the pixel's luma is.
    place: usize,
    /// To the next texel of the line, among the lumas.
    step: isize,
    /// To the line beside it.
    across: isize,
    /// Luma of the pixel.
    own: f32,
    /// Luma of the texel beside it.
    other: f32,
}

/// RGBA. The alpha is of no use, but four numbers fill a register.
type Texel = [u8; 4];

/// The same from 0 to 1.
type Color = [f32; 4];

fn luma([r, g, b, _]: Texel) -> f32 {
    let weighted = |byte, channel: usize| from_byte(byte) * LUMA_WEIGHTS[channel];
    (weighted(b, 2) + weighted(g, 1)) + weighted(r, 0)
}

fn to_color(texel: Texel) -> Color {
    texel.map(from_byte)
}

fn from_byte(byte: u8) -> f32 {
    f32::from(byte) * (1.0 / 255.0)
}

impl<'a> Image<'a> {
    fn new(rows: PixelRows<'a>) -> Self {
        let (width, height) = (rows.width(), rows.height());
        let stride = width + 2 * MARGIN;
        let mut lumas = vec![0.0; stride * (height + 2 * MARGIN)];
        let inner = &mut lumas[stride * MARGIN..stride * (MARGIN + height)];
        for (row, lumas) in rows.iter().zip(inner.chunks_exact_mut(stride)) {
            let own = &mut lumas[MARGIN..MARGIN + width];
            vectorised(|| {
                for (&texel, own) in row.as_chunks().0.iter().zip(own) {
                    *own = luma(texel);
                }
            });
            let (first, last) = (lumas[MARGIN], lumas[MARGIN + width - 1]);
            lumas[..MARGIN].fill(first);
            lumas[MARGIN + width..].fill(last);
        }
        for i in 0..MARGIN {
            let [first, last] = [MARGIN, MARGIN + height - 1].map(|row| stride * row);
            lumas.copy_within(first..first + stride, stride * i);
            lumas.copy_within(last..last + stride, last + stride * (i + 1));
        }
        Self {
            rows,
            width,
            height,
            lumas,
            stride,
        }
    }

    /// Where the luma of a pixel is.
    fn place(&self, [x, y]: [usize; 2]) -> usize {
        (y + MARGIN) * self.stride + x + MARGIN
    }

    /// Sets 1 for the pixels of a row that have contrast around them, 1. of the rule, and 0 for others.
    #[inline]
    fn note_contrast(&self, y: usize, has_contrast: &mut [u8]) {
        let from = |place: usize| &self.lumas[place..place + self.width];
        let start = self.place([0, y]);
        let (left, center, right) = (from(start - 1), from(start), from(start + 1));
        let (below, above) = (from(start + self.stride), from(start - self.stride));
        let has_contrast = &mut has_contrast[..self.width];
        for x in 0..self.width {
            let plus = [center[x], below[x], above[x], left[x], right[x]];
            let (darkest, brightest) = extremes(plus);
            let least = greater(HARD_CONTRAST, RELATIVE_CONTRAST * brightest);
            has_contrast[x] = u8::from(brightest - darkest >= least);
        }
    }

    /// The texel at an offset from a pixel; outside the image, the nearest one inside.
    fn texel(&self, [x, y]: [usize; 2], [dx, dy]: [isize; 2]) -> Texel {
        let column = x.saturating_add_signed(dx).min(self.width - 1);
        let row = y.saturating_add_signed(dy).min(self.height - 1);
        self.rows.row(row).as_chunks().0[column]
    }

    /// The mean of the 3x3 block around a pixel.
    fn block_mean(&self, at: [usize; 2]) -> Color {
        let mut sum: Option<Color> = None;
        for dy in [1, 0, -1] {
            for dx in [-1, 0, 1] {
                let color = to_color(self.texel(at, [dx, dy]));
                sum = Some(sum.map_or(color, |sum| std::array::from_fn(|i| sum[i] + color[i])));
            }
        }
        sum.unwrap_or_default().map(|x| (1.0 / 9.0) * x)
    }

    /// 2. and 3. of the rule.
    fn smoothed(&self, at: [usize; 2]) -> Texel {
        let place = self.place(at);
        let (below_row, above_row) = (place + self.stride, place - self.stride);
        let [center, below, above] = [place, below_row, above_row].map(|i| self.lumas[i]);
        let [left, right] = [place - 1, place + 1].map(|i| self.lumas[i]);
        let [below_left, below_right] = [below_row - 1, below_row + 1].map(|i| self.lumas[i]);
        let [above_left, above_right] = [above_row - 1, above_row + 1].map(|i| self.lumas[i]);
        let (darkest, brightest) = extremes([center, below, above, left, right]);
        let contrast = brightest - darkest;

        // 2. How far the pixel sticks out of its neighbours, relative to the contrast.
        let prominence = (0.25 * ((below + above) + (left + right)) - center).abs() / contrast;
        let excess = (prominence - SUBPIXEL_CONTRAST_FLOOR).max(0.0);
        let subpixel_share =
            (excess * (1.0 / (1.0 - SUBPIXEL_CONTRAST_FLOOR))).min(SUBPIXEL_BLEND_LIMIT);

        // 3. Second differences along the rows and along the columns tell the direction of the edge;
        //    the neighbour across it is the one that differs more.
        let row_curvature = ((2.0 * (-2.0 * center + (left + right)).abs()
            + (-2.0 * below + (below_left + below_right)).abs())
            + (-2.0 * above + (above_left + above_right)).abs())
            / 12.0;
        let column_curvature = ((2.0 * (-2.0 * center + (below + above)).abs()
            + (-2.0 * left + (above_left + below_left)).abs())
            + (-2.0 * right + (above_right + below_right)).abs())
            / 12.0;
        let is_horizontal = column_curvature >= row_curvature;
        let (first_side, second_side) = if is_horizontal {
            (below, above)
        } else {
            (left, right)
        };
        let takes_first = (center - first_side).abs() >= (center - second_side).abs();
        let other = if takes_first { first_side } else { second_side };
        let (along, across) = if is_horizontal {
            ([1, 0], [0, if takes_first { 1 } else { -1 }])
        } else {
            ([0, -1], [if takes_first { -1 } else { 1 }, 0])
        };

        let edge = Edge {
            place,
            step: self.step(along),
            across: self.step(across),
            own: center,
            other,
        };
        let backward = self.find_edge_end(&Edge {
            step: -edge.step,
            ..edge
        });
        let forward = self.find_edge_end(&edge);
        let nearest = backward.distance.min(forward.distance);
        let end_luma = if backward.distance < forward.distance {
            backward.luma
        } else {
            forward.luma
        };

        // Only the side that the nearest end bends toward is moved.
        let mut rgb = self.texel(at, [0, 0]);
        if (end_luma - other).abs() < (end_luma - center).abs() {
            let length = backward.distance + forward.distance;
            let shift = 0.5 - f32::from(nearest) / f32::from(length);
            rgb = between(rgb, self.texel(at, across), shift);
        }
        if subpixel_share <= 0.0 {
            return rgb;
        }
        let (edge_color, block_mean) = (to_color(rgb), self.block_mean(at));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a mean of bytes is a byte"
        )]
        std::array::from_fn(|i| {
            let mixed = edge_color[i] * (1.0 - subpixel_share) + block_mean[i] * subpixel_share;
            nearest_integer(mixed * 255.0) as u8
        })
    }

    /// How far apart the lumas of texels are that are so far apart in the image.
    fn step(&self, [dx, dy]: [isize; 2]) -> isize {
        dy * self.stride.cast_signed() + dx
    }

    /// Walks from a pixel along an edge until that comes to an end: until a texel of either line looks
    /// more like the opposite side.
    fn find_edge_end(&self, edge: &Edge) -> EdgeEnd {
        let Edge { own, other, .. } = *edge;
        let mut end = EdgeEnd {
            distance: 1,
            luma: own,
        };
        let mut place = edge.place;
        for _ in 0..ENDPOINT_STEPS {
            // The margin is as wide as this goes.
            place = place.wrapping_add_signed(edge.step);
            let own_side = self.lumas[place];
            let other_side = self.lumas[place.wrapping_add_signed(edge.across)];
            end.luma = own_side;
            if (other_side - other).abs() > (other_side - own).abs()
                || (own_side - own).abs() > (own_side - other).abs()
            {
                break;
            }
            end.distance += 1;
        }
        end
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::protocol::ImageSize;

    /// Smooths an image of gray pixels, whose rows are padded by a pixel that counts for nothing.
    fn smoothed<const W: usize>(image: &[[u8; W]]) -> Vec<Vec<u8>> {
        let mut bytes = Vec::new();
        for row in image {
            bytes.extend(row.iter().flat_map(|&gray| [gray, gray, gray, 7]));
            bytes.extend([99; 4]);
        }
        let size = ImageSize::new(W.try_into().unwrap(), image.len().try_into().unwrap()).unwrap();
        let out = smooth(PixelRows::new(size, &bytes, 4 * (W + 1)).unwrap());
        assert_eq!(out.len(), 3 * W * image.len());
        let (pixels, _) = out.as_chunks::<3>();
        assert!(pixels.iter().all(|[r, g, b]| r == g && g == b));
        let rows = pixels.chunks(W);
        rows.map(|row| row.iter().map(|pixel| pixel[0]).collect())
            .collect()
    }

    #[test]
    fn little_contrast_stays() {
        // A 16th of white is the least that is smoothed in the dark.
        let image = [[0, 15, 0], [15, 0, 15], [0, 15, 0]];
        assert_eq!(smoothed(&image), image.map(|row| row.to_vec()));
        // And an eighth of the brightest in the light.
        let image = [[255, 224, 255], [224, 255, 224], [255, 224, 255]];
        assert_eq!(smoothed(&image), image.map(|row| row.to_vec()));
    }

    #[test]
    fn a_lone_pixel_sinks_into_its_block() {
        // It sticks out by all of the contrast, so that 3/4 of it become the mean of the block, a
        // ninth: 255 · (1/4 + 3/4 · 1/9) = 85.
        let mut image = [[0; 5]; 5];
        image[2][2] = 255;
        assert_eq!(smoothed(&image)[2][2], 85);
        assert_eq!(smoothed(&image)[0], [0; 5]);
    }

    #[test]
    fn a_long_straight_edge_stays_sharp() {
        let image = [[0, 0, 255, 255]; 40];
        assert_eq!(smoothed(&image)[20], [0, 0, 255, 255]);
    }

    #[test]
    fn a_step_of_an_edge_is_ramped() {
        // An edge that drops by a row in the middle: bright above, dark below. The nearer to the
        // step, the more a pixel takes of the other side, on the side that the step bends to.
        let mut image = [[255; 24], [255; 24], [0; 24], [0; 24]];
        image[2][12..].fill(255);
        let found = smoothed(&image);
        let dark = &found[2][6..12];
        assert!(dark.is_sorted() && dark[5] > dark[0], "{dark:?}");
        let bright = &found[2][12..18];
        assert!(bright.is_sorted() && bright[5] > bright[0], "{bright:?}");
        assert_eq!((found[0][3], found[3][3]), (255, 0));
    }
}
