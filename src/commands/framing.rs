//! Where to put the camera when nobody says.

use glam::DVec3;

use crate::protocol::{ClippingRange, ImageSize, Intrinsics};
use crate::scene::Scene;

/// Air around the scene.
const MARGIN: f64 = 1.02;
/// The near plane is at least this part of the far one, where the camera is inside the scene.
const LEAST_NEAR: f64 = 1e-4;

/// The direction from what is looked at to the camera, and what is up in its image, in glTF's frame:
/// +Y is up; from the azimuth 0 one looks along -Z, from 90 degrees along -X.
pub(super) fn upright(azimuth: f64, elevation: f64) -> [DVec3; 2] {
    let (sin_a, cos_a) = azimuth.to_radians().sin_cos();
    let (sin_e, cos_e) = elevation.to_radians().sin_cos();
    let back = DVec3::new(cos_e * sin_a, sin_e, cos_e * cos_a);
    // Across the view also where it runs straight up or down.
    let up = DVec3::new(-sin_e * sin_a, cos_e, -sin_e * cos_a);
    [back, up]
}

/// A sphere around all that is drawn, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BoundingSphere {
    pub center: DVec3,
    pub radius: f64,
}

impl BoundingSphere {
    /// Around the scene's bounding box; a unit sphere around the origin if nothing is drawn.
    pub fn of(scene: &Scene) -> Self {
        let Some((low, high)) = scene.bounds() else {
            return Self {
                center: DVec3::ZERO,
                radius: 1.0,
            };
        };
        Self {
            center: low.midpoint(high),
            // A single point is looked at from a distance all the same.
            radius: (low.distance(high) / 2.0).max(1e-6),
        }
    }

    /// How far away from the middle the sphere fills the image.
    pub fn distance(&self, size: ImageSize, lens: &Intrinsics) -> f64 {
        let half_width = f64::from(size.width) / 2.0 / lens.focal_x;
        let half_height = f64::from(size.height) / 2.0 / lens.focal_y;
        let half_angle = half_width.min(half_height).atan();
        MARGIN * self.radius / half_angle.sin()
    }

    /// Clipping planes that leave the sphere whole, seen from `eye`.
    pub fn clipping(&self, eye: DVec3) -> ClippingRange {
        let distance = eye.distance(self.center);
        let far = MARGIN * (distance + self.radius);
        let near = ((distance - self.radius) / MARGIN).max(LEAST_NEAR * far);
        ClippingRange { near, far }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sphere_fits_between_the_planes_and_into_the_image() {
        let sphere = BoundingSphere {
            center: DVec3::new(1.0, 2.0, 3.0),
            radius: 0.5,
        };
        let size = ImageSize {
            width: 640,
            height: 480,
        };
        let lens = Intrinsics::from_fov_y(size, 0.8);
        let distance = sphere.distance(size, &lens);
        let eye = sphere.center + distance * DVec3::Y;
        assert!((sphere.radius / distance).asin() < 0.4);
        let clipping = sphere.clipping(eye);
        assert!(clipping.near > 0.0 && clipping.near < distance - 0.5);
        assert!(clipping.far > distance + 0.5);
        let inside = sphere.clipping(sphere.center);
        assert!(inside.near > 0.0 && inside.near < inside.far);
    }

    #[test]
    fn a_camera_goes_around_counter_clockwise_seen_from_above() {
        for (azimuth, elevation, back, up) in [
            (0.0, 0.0, DVec3::Z, DVec3::Y),
            (90.0, 0.0, DVec3::X, DVec3::Y),
            (180.0, 0.0, -DVec3::Z, DVec3::Y),
            (-90.0, 0.0, -DVec3::X, DVec3::Y),
            (0.0, 90.0, DVec3::Y, -DVec3::Z),
            (90.0, 90.0, DVec3::Y, -DVec3::X),
            (0.0, -90.0, -DVec3::Y, DVec3::Z),
        ] {
            let found = upright(azimuth, elevation);
            assert!(found[0].distance(back) < 1e-15, "{azimuth} {elevation}");
            assert!(found[1].distance(up) < 1e-15, "{azimuth} {elevation}");
        }
    }
}
