//! How near a triangle is at each pixel.

use crate::protocol::ClippingRange;
use crate::render::view::{View, narrow};

/// What the camera's rays have in common. *Nearness* is what grows towards the camera and is affine
/// on the image: 1/depth if the rays meet in the eye, else -depth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rays {
    pub are_parallel: bool,
    /// Nearness of the near plane.
    pub nearest: f64,
    /// Nearness of the far plane.
    pub farthest: f64,
}

impl Rays {
    pub fn of(view: &View) -> Self {
        let are_parallel = view.is_parallel();
        let ClippingRange { near, far } = view.camera.clipping;
        let [nearest, farthest] = [near, far].map(|d| if are_parallel { -d } else { 1.0 / d });
        Self {
            are_parallel,
            nearest,
            farthest,
        }
    }

    /// Nearness where nothing is.
    pub fn nothing(self) -> f32 {
        if self.are_parallel {
            f32::NEG_INFINITY
        } else {
            0.0
        }
    }

    /// Metres along the optical axis.
    pub fn depth(self, nearness: f32) -> f32 {
        if self.are_parallel {
            -nearness
        } else {
            1.0 / nearness
        }
    }
}

/// A corner of a triangle, in homogeneous coordinates: it may be behind the camera.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corner {
    /// Column and row from the centre of the first pixel, times `w`.
    pub at: [f64; 2],
    pub w: f64,
    /// Nearness times `w`.
    pub value: f64,
}

/// The nearness of a triangle as a function of column and row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plane {
    origin: [f64; 2],
    /// Nearness at the origin.
    value: f64,
    /// What one column and one row add.
    pub slope: [f64; 2],
    /// No pixel is farther than this, or nearer than that: a centre that a rounded edge takes in may
    /// lie off the triangle, where a steep plane is anywhere.
    least: f64,
    most: f64,
}

impl Plane {
    /// The plane of three corners; level if they are in line with the eye.
    pub fn new(corners: [Corner; 3]) -> Self {
        let [mut a, mut b, mut c] = corners;
        // That of the greatest w is in front of the camera, if any is, and its division is safe.
        if b.w > a.w {
            (a, b) = (b, a);
        }
        if c.w > a.w {
            (a, c) = (c, a);
        }
        let origin = a.at.map(|x| x / a.w);
        let value = a.value / a.w;
        // slope · (at - origin w) = value - value(origin) w at the others, by Cramer's rule.
        let from_origin = |p: Corner| {
            [
                p.at[0] - origin[0] * p.w,
                p.at[1] - origin[1] * p.w,
                p.value - value * p.w,
            ]
        };
        let ([bx, by, bn], [cx, cy, cn]) = (from_origin(b), from_origin(c));
        let inverse = 1.0 / (bx * cy - cx * by);
        let slope = [(bn * cy - cn * by) * inverse, (bx * cn - cx * bn) * inverse];
        let slope = if slope[0].is_finite() && slope[1].is_finite() {
            slope
        } else {
            [0.0; 2]
        };
        let [second, third] = [b, c].map(|p| p.value / p.w);
        Self {
            origin,
            value,
            slope,
            least: value.min(second).min(third),
            most: value.max(second).max(third),
        }
    }

    /// The same with other bounds.
    pub fn between(self, least: f64, most: f64) -> Self {
        Self {
            least,
            most,
            ..self
        }
    }

    /// What is drawn of a nearness.
    #[inline]
    pub fn bound(&self, nearness: f64) -> f32 {
        // Spelled out because `f64::max` has a rule for what is not a number, which costs more.
        let far = if nearness > self.least {
            nearness
        } else {
            self.least
        };
        narrow(if far < self.most { far } else { self.most })
    }

    /// Nearness at the centre of a pixel, not yet bounded.
    pub fn at(&self, column: i32, row: i32) -> f64 {
        let [x, y] = [column, row].map(f64::from);
        self.value + (x - self.origin[0]) * self.slope[0] + (y - self.origin[1]) * self.slope[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corner([x, y]: [f64; 2], w: f64) -> Corner {
        Corner {
            at: [x * w, y * w],
            w,
            value: 1.0,
        }
    }

    #[test]
    fn nearness_is_affine_between_the_corners() {
        let plane = Plane::new([
            corner([0.0, 0.0], 1.0),
            corner([100.0, 0.0], 4.0),
            corner([0.0, 50.0], 2.0),
        ]);
        for (column, row, expected) in [(0, 0, 1.0), (100, 0, 0.25), (0, 50, 0.5), (50, 25, 0.375)]
        {
            assert!((plane.at(column, row) - expected).abs() < 1e-12);
        }
        assert!((plane.least - 0.25).abs() < 1e-12 && (plane.most - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_corner_behind_the_camera_takes_part() {
        // Points of the ground, one metre below a camera that looks along it: row = 10 / depth.
        let ground = |column: f64, depth: f64| corner([column / depth, 10.0 / depth], depth);
        let plane = Plane::new([ground(-30.0, -2.0), ground(40.0, 5.0), ground(3.0, 90.0)]);
        for row in 1..20 {
            assert!(
                (plane.at(7, row) - f64::from(row) / 10.0).abs() < 1e-12,
                "{row}"
            );
        }
    }

    #[test]
    fn a_triangle_seen_edge_on_is_level() {
        let plane = Plane::new([
            corner([1.0, 1.0], 1.0),
            corner([2.0, 2.0], 2.0),
            corner([3.0, 3.0], 4.0),
        ]);
        assert!(plane.slope.iter().all(|slope| *slope == 0.0));
    }
}
