//! Which pixels a triangle covers.

use std::ops::Range;

use crate::render::fixed::{Centres, FRACTION, PIXEL};
use crate::render::look::Sides;
use crate::render::view::Window;

/// A triangle on the image that covers something, or nearly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Triangle {
    columns: Centres,
    rows: Centres,
    edges: [Edge; 3],
}

/// Up to this many columns are looked at one by one; beyond, the ends of each row are divided out.
const FEW_COLUMNS: i32 = 12;

impl Triangle {
    /// None if it comes to no centre, or its side that is seen is not drawn. Positions are in fixed
    /// point from the centre of the first pixel, rows growing downwards.
    #[inline]
    pub fn new(seen: [[i32; 2]; 3], sides: Sides, window: &Window) -> Option<Self> {
        let [a, b, c] = seen;
        let [width, height] = window.fixed_size();
        let columns = Centres::new([a[0], b[0], c[0]], width);
        let rows = Centres::new([a[1], b[1], c[1]], height);
        if columns.count <= 0 || rows.count <= 0 {
            return None;
        }
        let from_a = |p: [i32; 2]| {
            [
                i64::from(p[0]) - i64::from(a[0]),
                i64::from(p[1]) - i64::from(a[1]),
            ]
        };
        let [ab, ac] = [from_a(b), from_a(c)];
        let area = ab[0] * ac[1] - ab[1] * ac[0];
        let is_drawn = match sides {
            Sides::Both | Sides::BothMirrored => area != 0,
            // Counter-clockwise if rows grew upwards.
            Sides::Front => area < 0,
            Sides::FrontMirrored => area > 0,
        };
        if !is_drawn {
            return None;
        }
        let (b, c) = if area > 0 { (b, c) } else { (c, b) };
        let first = [columns.first << FRACTION, rows.first << FRACTION];
        Some(Self {
            columns,
            rows,
            edges: [
                Edge::new(a, b, first),
                Edge::new(b, c, first),
                Edge::new(c, a, first),
            ],
        })
    }

    /// Whether it covers a pixel.
    pub fn covers_any(&self) -> bool {
        let mut any = false;
        self.each_row(|_, _| any = true);
        any
    }

    /// Calls `fill` with each row and the columns of it that are covered.
    #[inline]
    pub fn each_row(&self, mut fill: impl FnMut(i32, Range<i32>)) {
        let mut at = [self.edges[0].at, self.edges[1].at, self.edges[2].at];
        let first = self.columns.first;
        for row in self.rows.first..self.rows.first + self.rows.count {
            let covered = self.covered(at);
            if !covered.is_empty() {
                fill(row, first + covered.start..first + covered.end);
            }
            for (at, edge) in at.iter_mut().zip(&self.edges) {
                *at += edge.down;
            }
        }
    }

    /// The columns, counted from the first, where no edge is below 0; `at` is what they are there.
    #[inline]
    fn covered(&self, at: [i64; 3]) -> Range<i32> {
        let count = self.columns.count;
        if count <= FEW_COLUMNS {
            let across = |edge: usize| self.edges[edge].across;
            let is_in = |i: i32| {
                let i = i64::from(i);
                (at[0] + across(0) * i) | (at[1] + across(1) * i) | (at[2] + across(2) * i) >= 0
            };
            let first = (0..count).find(|&i| is_in(i)).unwrap_or(count);
            let end = (first..count).find(|&i| !is_in(i)).unwrap_or(count);
            return first..end;
        }
        let mut covered = 0..i64::from(count);
        for (at, edge) in at.into_iter().zip(&self.edges) {
            match edge.across {
                0 if at < 0 => covered.end = 0,
                0 => {}
                across @ 1.. => covered.start = covered.start.max(-at.div_euclid(across)),
                across => covered.end = covered.end.min(at.div_euclid(-across) + 1),
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "within the columns, or nowhere"
        )]
        let covered = covered.start.min(i64::from(count)) as i32..covered.end.max(0) as i32;
        covered
    }
}

/// The side of an edge on which a centre is: 0 or more is in.
#[derive(Clone, Copy, Debug)]
struct Edge {
    /// At the first centre.
    at: i64,
    /// What a column adds.
    across: i64,
    /// What a row adds.
    down: i64,
}

impl Edge {
    /// The edge of a triangle whose inside is to the right of it as it is drawn, rows growing
    /// downwards.
    fn new(from: [i32; 2], to: [i32; 2], first: [i32; 2]) -> Self {
        let along = |axis: usize| i64::from(to[axis]) - i64::from(from[axis]);
        let to_first = |axis: usize| i64::from(first[axis]) - i64::from(from[axis]);
        let [dx, dy] = [along(0), along(1)];
        let side = dx * to_first(1) - dy * to_first(0);
        // Centres on an edge belong to the triangle below or to the right of it.
        let is_top_or_left = dy < 0 || dy == 0 && dx > 0;
        Self {
            at: if is_top_or_left { side } else { side - 1 },
            across: -dy * i64::from(PIXEL),
            down: dx * i64::from(PIXEL),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use glam::DMat4;

    use super::*;
    use crate::protocol::{Camera, ClippingRange, ImageSize, Lens};
    use crate::render::View;
    use crate::render::view::{GuardBand, Sight};

    const SIZE: ImageSize = ImageSize {
        width: 40,
        height: 24,
    };

    fn window() -> Window {
        let camera = Camera {
            size: SIZE,
            lens: Lens::Orthographic {
                x_mag: 1.0,
                y_mag: 1.0,
            },
            clipping: ClippingRange {
                near: 0.1,
                far: 1.0,
            },
        };
        let sight = Sight {
            view: &View::new(camera, DMat4::IDENTITY),
            guard: GuardBand::new(SIZE, &wgpu::Limits::default()),
        };
        sight.window()
    }

    /// Adds one to each pixel that is covered.
    fn count(corners: [[i32; 2]; 3], sides: Sides, counts: &mut [[u8; 40]; 24]) {
        let Some(triangle) = Triangle::new(corners, sides, &window()) else {
            return;
        };
        triangle.each_row(|row, columns| {
            for column in columns {
                counts[usize::try_from(row).unwrap()][usize::try_from(column).unwrap()] += 1;
            }
        });
    }

    /// Positions all over the image and beside it; a third of them at centres of pixels.
    fn random_position(state: &mut u32) -> [i32; 2] {
        [(40, 50), (24, 34)].map(|(size, reach)| {
            let mut next = || {
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (*state >> 8).cast_signed()
            };
            let position = next() % (reach * PIXEL) - (reach - size) / 2 * PIXEL;
            match next() % 3 {
                0 => position & !(PIXEL - 1),
                _ => position,
            }
        })
    }

    #[test]
    fn the_pixels_are_those_whose_centres_are_inside() {
        let state = &mut 7;
        let mut checked = 0;
        for _ in 0..2000 {
            let [a, b, c] = [0; 3].map(|_| random_position(state));
            let mut counts = [[0; 40]; 24];
            count([a, b, c], Sides::Both, &mut counts);
            for (row, counts) in (0..).zip(&counts) {
                for (column, &count) in (0..).zip(counts) {
                    let p = [column * PIXEL, row * PIXEL];
                    let sides = [(a, b), (b, c), (c, a)].map(|(from, to)| {
                        let along = |axis: usize| i64::from(to[axis] - from[axis]);
                        let off = |axis: usize| i64::from(p[axis] - from[axis]);
                        along(0) * off(1) - along(1) * off(0)
                    });
                    // Those on an edge are another test's.
                    if sides.iter().all(|s| *s > 0) || sides.iter().all(|s| *s < 0) {
                        assert_eq!(count, 1, "{a:?} {b:?} {c:?} at {column}, {row}");
                        checked += 1;
                    } else if sides.iter().any(|s| *s > 0) && sides.iter().any(|s| *s < 0) {
                        assert_eq!(count, 0, "{a:?} {b:?} {c:?} at {column}, {row}");
                    }
                }
            }
        }
        assert!(checked > 100_000, "{checked}");
    }

    #[test]
    fn neighbours_share_no_pixel_and_leave_none_out() {
        let state = &mut 3;
        let corners = [[-512, -512], [12_000, -512], [12_000, 8000], [-512, 8000]];
        for _ in 0..500 {
            // A fan around a point covers the image once, whichever way its triangles are given.
            let [x, y] = random_position(state);
            let middle = [x.clamp(0, 9900), y.clamp(0, 5900)];
            let mut counts = [[0; 40]; 24];
            for i in 0..4 {
                let (from, to) = (corners[i], corners[(i + 1) % 4]);
                let fan = [[from, to, middle], [middle, to, from]][i % 2];
                count(fan, Sides::Both, &mut counts);
            }
            assert!(counts.as_flattened().iter().all(|&n| n == 1), "{middle:?}");
        }
    }

    #[test]
    fn a_side_that_is_not_drawn_covers_nothing() {
        // Counter-clockwise as seen, with rows growing downwards.
        let front = [[0, 0], [0, 2560], [2560, 0]];
        let [a, b, c] = front;
        for (corners, sides, is_drawn) in [
            (front, Sides::Front, true),
            (front, Sides::FrontMirrored, false),
            ([a, c, b], Sides::Front, false),
            ([a, c, b], Sides::FrontMirrored, true),
            ([a, c, b], Sides::BothMirrored, true),
            ([a, a, b], Sides::Both, false),
        ] {
            let triangle = Triangle::new(corners, sides, &window());
            let covers = triangle.is_some_and(|triangle| triangle.covers_any());
            assert_eq!(covers, is_drawn, "{corners:?} {sides:?}");
        }
    }
}
