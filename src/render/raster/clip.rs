//! Triangles that reach out of the clip volume.

use crate::render::fixed;
use crate::render::view::{Window, narrow};

/// A position in clip space, in double precision.
#[inline]
pub(super) fn position(clip: &[[f32; 4]; 4], [x, y, z]: [f32; 3]) -> [f64; 4] {
    let [x, y, z] = [f64::from(x), f64::from(y), f64::from(z)];
    std::array::from_fn(|i| {
        let column = |j: usize| f64::from(clip[j][i]);
        column(0) * x + column(1) * y + column(2) * z + column(3)
    })
}

/// Where a position in clip space falls.
pub(super) fn snap(window: &Window, [x, y, _, w]: [f64; 4]) -> [i32; 2] {
    fixed::snap(window.place([narrow(x), narrow(y)], narrow(w)))
}

/// How far inside of each plane of the clip volume a position is: left, right, bottom, top, far and
/// near.
fn distances([x, y, z, w]: [f64; 4]) -> [f64; 6] {
    [w + x, w - x, w + y, w - y, z, w - z]
}

/// The corners of the part of a triangle that is inside of the clip volume; fewer than three if none
/// is. By Sutherland and Hodgman: one plane after the other cuts off what is beyond it.
pub(super) fn inside(corners: [[f64; 4]; 3]) -> Vec<[f64; 4]> {
    let mut part = corners.to_vec();
    if corners.iter().flatten().any(|x| !x.is_finite()) {
        part.clear();
    }
    let mut cut = Vec::with_capacity(9);
    for plane in 0..6 {
        cut.clear();
        for (i, &to) in part.iter().enumerate() {
            let from = part[if i == 0 { part.len() } else { i } - 1];
            let [before, after] = [from, to].map(|p| distances(p)[plane]);
            if (before < 0.0) != (after < 0.0) {
                // From the inner corner, so that both triangles at an edge cut it at the same place.
                let (inner, outer, t) = if before < 0.0 {
                    (to, from, after / (after - before))
                } else {
                    (from, to, before / (before - after))
                };
                cut.push(std::array::from_fn(|i| {
                    inner[i] + t * (outer[i] - inner[i])
                }));
            }
            if after >= 0.0 {
                cut.push(to);
            }
        }
        std::mem::swap(&mut part, &mut cut);
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turns a polygon until it begins with a corner.
    fn begin_with(corner: [f64; 4], part: &mut [[f64; 4]]) {
        let bits = |p: [f64; 4]| p.map(f64::to_bits);
        let first = part.iter().position(|&p| bits(p) == bits(corner));
        part.rotate_left(first.unwrap_or(0));
    }

    #[test]
    fn what_is_inside_stays_as_it_is() {
        let corners = [
            [0.0, 0.0, 0.5, 1.0],
            [1.0, 0.0, 0.0, 1.0],
            [0.0, -2.0, 2.0, 2.0],
        ];
        let mut part = inside(corners);
        // It may begin at another corner.
        begin_with(corners[0], &mut part);
        assert_eq!(part, corners);
    }

    #[test]
    fn a_corner_beyond_each_plane_is_cut_off() {
        let [a, b] = [[-0.5, -0.5, 0.25, 1.0], [0.5, 0.5, 0.75, 1.0]];
        for far_out in [
            [5.0, 0.0, 0.5, 1.0],
            [-5.0, 0.0, 0.5, 1.0],
            [0.0, 5.0, 0.5, 1.0],
            [0.0, -5.0, 0.5, 1.0],
            [0.3, -0.3, 5.0, 1.0],
            [0.3, -0.3, -5.0, 1.0],
            // Behind the camera.
            [0.1, -0.2, 0.5, -1.0],
        ] {
            let part = inside([a, b, far_out]);
            assert!(part.len() >= 4, "{far_out:?}: {part:?}");
            for p in &part {
                assert!(distances(*p).iter().all(|d| *d >= -1e-12), "{p:?}");
            }
            // Both triangles at an edge are cut at the same places, to the last bit.
            let mut other = inside([b, a, far_out]);
            other.reverse();
            begin_with(part[0], &mut other);
            assert_eq!(part, other);
        }
    }

    #[test]
    fn nothing_is_left_of_what_is_outside_or_no_number() {
        let outside = [
            [2.0, 0.0, 0.5, 1.0],
            [3.0, 1.0, 0.5, 1.0],
            [2.0, 2.0, 0.5, 1.0],
        ];
        assert!(inside(outside).is_empty());
        let odd = [
            [f64::NAN, 0.0, 0.5, 1.0],
            [0.0; 4],
            [f64::INFINITY, 0.0, 0.0, 1.0],
        ];
        assert!(inside(odd).is_empty());
    }
}
