//! Meshes whose coordinates would lose digits, brought to the unit cube.
//!
//! A ground plane of a hundred metres, or a part modelled kilometres from its origin, has vertices
//! whose 32-bit products with a matrix are rounded by micrometres. VTK shifts and scales such meshes
//! to the unit cube, and puts the inverse into the matrix, in double precision. The same is done
//! here by the same rule, for the sake of the digits and so that vertices land where VTK's do.

use glam::{DAffine3, DMat3, DVec3};

/// The map of a mesh to the unit cube around the origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct UnitCube {
    center: DVec3,
    extent: DVec3,
}

/// Squared diagonals, in square metres, of meshes that are drawn as they are.
const PLAIN: std::ops::RangeInclusive<f64> = 1e-3..=1e3;
/// Squared ratio of the distance from the origin to the diagonal, up to which they are.
const NEAR: f64 = 1e6;

impl UnitCube {
    /// The map of a mesh with these bounds; none if it is drawn as it is.
    pub fn of(low: DVec3, high: DVec3) -> Option<Self> {
        let extent = high - low;
        let center = low.midpoint(high);
        let diagonal = extent.length_squared();
        let distance = center.length_squared();
        let is_plain = if diagonal > 0.0 {
            PLAIN.contains(&diagonal) && distance / diagonal <= NEAR
        } else {
            distance <= NEAR
        };
        (!is_plain).then(|| Self {
            center,
            // A flat mesh keeps its flat side as it is.
            extent: DVec3::select(extent.cmpgt(DVec3::ZERO), extent, DVec3::ONE),
        })
    }

    /// Where a vertex goes.
    pub fn apply(&self, position: [f32; 3]) -> [f32; 3] {
        let position = DVec3::from(position.map(f64::from));
        ((position - self.center) * self.extent.recip())
            .as_vec3()
            .to_array()
    }

    /// What the way back takes to `direction`, but for its length.
    pub fn apply_to_direction(&self, direction: DVec3) -> DVec3 {
        (direction * self.extent.recip()).normalize_or_zero()
    }

    /// The way back.
    pub fn model_from_unit(&self) -> DAffine3 {
        DAffine3 {
            matrix3: DMat3::from_diagonal(self.extent),
            translation: self.center,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn ordinary_meshes_stay_as_they_are() {
        assert_eq!(UnitCube::of(DVec3::splat(-0.5), DVec3::splat(0.5)), None);
        assert_eq!(UnitCube::of(DVec3::ZERO, DVec3::ZERO), None);
    }

    #[test]
    fn there_and_back_is_where_one_was() {
        for (low, high) in [
            (DVec3::new(-50.0, -50.0, 0.0), DVec3::new(50.0, 50.0, 0.0)),
            (DVec3::splat(2000.0), DVec3::splat(2001.0)),
            // A number that single precision has: bounds are those of single-precision vertices.
            (DVec3::ZERO, DVec3::splat(1.0 / 1024.0)),
        ] {
            let cube = UnitCube::of(low, high).unwrap();
            let corner = cube.apply(high.as_vec3().to_array());
            let back = cube
                .model_from_unit()
                .transform_point3(DVec3::from(corner.map(f64::from)));
            assert!(corner.iter().all(|x| x.abs() <= 0.5), "{corner:?}");
            assert!(back.distance(high) <= 1e-7 * high.distance(low), "{back}");
        }
    }
}
