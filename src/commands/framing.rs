//! Where to put the camera when nobody says.

use glam::DVec3;

use crate::protocol::{ClippingRange, ImageSize, Intrinsics};
use crate::scene::Scene;

/// From the middle of the scene to the camera: in front (glTF's models face +Z), to the right and
/// above.
const DIRECTION: DVec3 = DVec3::new(0.55, 0.45, 1.0);
/// Air around the scene.
const MARGIN: f64 = 1.02;
/// The near plane is at least this part of the far one, where the camera is inside the scene.
const LEAST_NEAR: f64 = 1e-4;

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

    /// The eye from which the sphere fills the image.
    pub fn eye(&self, size: ImageSize, lens: &Intrinsics) -> DVec3 {
        let half_width = f64::from(size.width) / 2.0 / lens.focal_x;
        let half_height = f64::from(size.height) / 2.0 / lens.focal_y;
        let half_angle = half_width.min(half_height).atan();
        let distance = MARGIN * self.radius / half_angle.sin();
        self.center + DIRECTION.normalize() * distance
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
        let eye = sphere.eye(size, &lens);
        let distance = eye.distance(sphere.center);
        assert!((sphere.radius / distance).asin() < 0.4);
        let clipping = sphere.clipping(eye);
        assert!(clipping.near > 0.0 && clipping.near < distance - 0.5);
        assert!(clipping.far > distance + 0.5);
        let inside = sphere.clipping(sphere.center);
        assert!(inside.near > 0.0 && inside.near < inside.far);
    }
}
