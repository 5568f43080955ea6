//! Leaves out triangles that cover no pixel, before a software adapter spends time on them.
//!
//! A smooth shape some way off has more triangles than pixels. A GPU's rasteriser drops those that
//! fall between pixel centres for nothing; a driver on the CPU fetches and shades their vertices,
//! clips them and sets them up first, which is most of what it does in such a frame. Here a vertex
//! costs about a nanosecond and a triangle a few. Only what cannot cover a pixel is left out, so that
//! no image changes.

use super::view::Window;

/// Bits behind the point of a position on the image.
const FRACTION: u32 = 8;
/// One pixel.
const PIXEL: i32 = 1 << FRACTION;
/// How far a vertex may be drawn from where it is taken to be: it is cut to 1/256 of a pixel here,
/// adapters round it to that, and both round on their way there; 1/64 of a pixel is twice as much.
const SLACK: i32 = PIXEL / 64;
/// The position of a vertex outside of the clip volume.
const OUTSIDE: i32 = i32::MIN;
/// Of triangles whose box has more pixel centres than this, nearly all cover one.
const FEW_CENTRES: i32 = 6;

/// Where vertices fall on the image. Kept between draws.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    /// In 1/256 of a pixel from the centre of the first one, or [`OUTSIDE`].
    seen: Vec<[i32; 2]>,
}

impl Sieve {
    /// Appends the triangles of `indices` that may cover a pixel to `out`, in their order.
    ///
    /// `positions` are as the vertex shader gets them, `clip_from_vertex` the columns of its map.
    pub fn sift(
        &mut self,
        positions: &[[f32; 3]],
        clip_from_vertex: &[[f32; 4]; 4],
        window: &Window,
        indices: &[u32],
        out: &mut Vec<u8>,
    ) {
        self.seen.clear();
        let located = positions.iter().map(|&position| {
            let place = window.locate(clip_from_vertex, position);
            place.map(to_fixed)
        });
        self.seen.extend(located);
        let [width, height] = window.size.map(to_fixed);
        for corners in indices.chunks_exact(3) {
            let [a, b, c] = [corners[0], corners[1], corners[2]].map(|i| self.seen[i as usize]);
            let columns = Centres::new([a[0], b[0], c[0]], width);
            let rows = Centres::new([a[1], b[1], c[1]], height);
            let may_cover = a[0] == OUTSIDE
                || b[0] == OUTSIDE
                || c[0] == OUTSIDE
                || (columns.count > 0
                    && rows.count > 0
                    && (columns.count * rows.count > FEW_CENTRES
                        || may_cover([a, b, c], columns, rows)));
            if may_cover {
                out.extend_from_slice(bytemuck::cast_slice(corners));
            }
        }
    }
}

/// Pixels to fixed point; what is not a number, or too large for one, is outside.
#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates, and is compared"
)]
fn to_fixed(pixels: f32) -> i32 {
    if pixels.is_nan() {
        OUTSIDE
    } else {
        (pixels * 256.0) as i32
    }
}

/// The centres that an extent along one axis reaches.
#[derive(Clone, Copy, Debug)]
struct Centres {
    first: i32,
    count: i32,
}

impl Centres {
    /// Those between the least and the greatest of three coordinates, of an image of `size`.
    fn new([a, b, c]: [i32; 3], size: i32) -> Self {
        let least = (a.min(b).min(c)).saturating_sub(SLACK).max(0);
        let most = (a.max(b).max(c)).saturating_add(SLACK).min(size - PIXEL);
        let first = (least + PIXEL - 1) >> FRACTION;
        Self {
            first,
            count: (most >> FRACTION) - first + 1,
        }
    }
}

/// Whether one of a few centres may lie in a triangle, whichever way round that is.
fn may_cover([a, b, c]: [[i32; 2]; 3], columns: Centres, rows: Centres) -> bool {
    let edges = [Edge::new(a, b), Edge::new(b, c), Edge::new(c, a)];
    (0..rows.count).any(|row| {
        (0..columns.count).any(|column| {
            let centre = [columns.first + column, rows.first + row].map(|i| i << FRACTION);
            let sides = edges.each_ref().map(|edge| edge.side(centre));
            let is_in = |sign: i64| (0..3).all(|i| sign * sides[i] >= -edges[i].slack);
            is_in(1) || is_in(-1)
        })
    })
}

/// An edge of a triangle.
struct Edge {
    from: [i32; 2],
    along: [i64; 2],
    /// What `side` may be off by.
    slack: i64,
}

impl Edge {
    fn new(from: [i32; 2], to: [i32; 2]) -> Self {
        let along = [0, 1].map(|axis| i64::from(to[axis]) - i64::from(from[axis]));
        Self {
            from,
            along,
            // The edge moves by at most the slack at both ends, along both axes.
            slack: i64::from(SLACK) * (along[0].abs() + along[1].abs() + 4 * i64::from(SLACK)) * 2,
        }
    }

    /// Twice the area of the triangle that the edge makes with a point, signed.
    fn side(&self, point: [i32; 2]) -> i64 {
        let to_point = [0, 1].map(|axis| i64::from(point[axis]) - i64::from(self.from[axis]));
        self.along[0] * to_point[1] - self.along[1] * to_point[0]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_precision_loss, reason = "small numbers")]

    use super::*;
    use crate::protocol::ImageSize;
    use crate::render::view::GuardBand;

    const SIZE: ImageSize = ImageSize {
        width: 64,
        height: 48,
    };
    /// Clip space is the position itself, and w is 1.
    const CLIP: [[f32; 4]; 4] = [
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ];

    fn window() -> Window {
        Window::new(SIZE, GuardBand::new(SIZE, &wgpu::Limits::default()))
    }

    /// The triangles that are let through, of three positions each.
    fn sifted(positions: &[[f32; 3]]) -> Vec<u32> {
        let indices: Vec<u32> = (0..).take(positions.len()).collect();
        let mut out = Vec::new();
        Sieve::default().sift(positions, &CLIP, &window(), &indices, &mut out);
        let (corners, _) = out.as_chunks::<12>();
        corners
            .iter()
            .map(|corners| u32::from_le_bytes([corners[0], corners[1], corners[2], corners[3]]) / 3)
            .collect()
    }

    /// Whether a triangle covers the centre of a pixel, in double precision.
    fn covers(triangle: &[[f32; 3]]) -> bool {
        let window = window();
        let at = |i: usize| window.locate(&CLIP, triangle[i]).map(f64::from);
        let [a, b, c] = [at(0), at(1), at(2)];
        let side = |from: [f64; 2], to: [f64; 2], [x, y]: [f64; 2]| {
            (to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0])
        };
        (0..SIZE.height).any(|y| {
            (0..SIZE.width).any(|x| {
                let p = [f64::from(x), f64::from(y)];
                let sides = [side(a, b, p), side(b, c, p), side(c, a, p)];
                sides.iter().all(|s| *s >= 0.0) || sides.iter().all(|s| *s <= 0.0)
            })
        })
    }

    #[test]
    fn what_covers_a_pixel_is_let_through_and_most_of_the_rest_is_not() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0 - 0.5
        };
        // Of about a pixel, all over the image and a little beside it.
        let mut positions = Vec::new();
        for _ in 0..4000 {
            let [x, y] = [random() * 1.1, random() * 1.1];
            for _ in 0..3 {
                positions.push([x + random() / 32.0, y + random() / 24.0, 0.5]);
            }
        }
        let kept = sifted(&positions);
        let (mut covering, mut lost) = (0, 0);
        for (triangle, index) in positions.chunks(3).zip(0..) {
            let is_kept = kept.binary_search(&index).is_ok();
            covering += usize::from(covers(triangle));
            lost += usize::from(covers(triangle) && !is_kept);
        }
        assert_eq!(lost, 0);
        assert!(covering > 500 && 4000 - covering > 1000, "{covering}");
        // Those let through for nothing come near a centre.
        assert!(kept.len() < covering + 1000, "{} of {covering}", kept.len());
    }

    #[test]
    fn triangles_that_reach_out_of_the_clip_volume_are_let_through() {
        let inside = [0.0, 0.0, 0.5];
        for outside in [
            [0.0, 0.0, 1.5],
            [0.0, 0.0, -0.5],
            [1.5, 0.0, 0.5],
            [0.0, -1.5, 0.5],
            [f32::NAN, 0.0, 0.5],
            [f32::INFINITY, 0.0, 0.5],
        ] {
            assert_eq!(sifted(&[inside, inside, outside]), [0], "{outside:?}");
        }
        // A point between four pixels, and one beside the image.
        assert_eq!(sifted(&[inside; 3]), [0_u32; 0]);
        assert_eq!(sifted(&[[0.7, 0.0, 0.5]; 3]), [0_u32; 0]);
        // And one at a pixel's centre.
        assert_eq!(sifted(&[[0.5 / 64.0, 0.5 / 48.0, 0.5]; 3]), [0]);
    }
}
