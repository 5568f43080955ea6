//! Recognises the spheres, ellipsoids and capsules among VTK's shapes, whose normals VTK computes
//! from a formula instead of from triangles.

use glam::{DMat2, DVec2, DVec3};

/// Fewer vertices are a mesh that happens to fit.
const LEAST_VERTICES: usize = 100;
/// How far a vertex may be off the shape, relative to its size.
const TOLERANCE: f64 = 1e-4;
/// How near to the z axis a pole is, relative to the radius, and how near to the end of the shape.
const POLE: f64 = 1e-6;

/// The normals of a shape about the origin with poles on the z axis, not unit ones; none if the
/// points are no such shape.
pub(in crate::scene) fn normals(points: &[DVec3]) -> Option<Vec<DVec3>> {
    let height = points.iter().map(|p| p.z.abs()).reduce(f64::max)?;
    let radius = points
        .iter()
        .map(|p| p.truncate().length())
        .reduce(f64::max)?;
    let has_pole = |sign: f64| {
        points
            .iter()
            .any(|p| sign * p.z > height * (1.0 - POLE) && p.truncate().length() < POLE * radius)
    };
    let is_round = points.len() >= LEAST_VERTICES && has_pole(1.0) && has_pole(-1.0);
    if !is_round {
        return None;
    }
    ellipsoid(points, height).or_else(|| capsule(points, height, radius))
}

/// The normals of x²·k.x + y²·k.y + z²/height² = 1, with the k that fits best.
fn ellipsoid(points: &[DVec3], height: f64) -> Option<Vec<DVec3>> {
    let z_part = |p: &DVec3| p.z * p.z / (height * height);
    let squares = |p: &DVec3| p.truncate() * p.truncate();
    let mut matrix = DMat2::ZERO;
    let mut right = DVec2::ZERO;
    for point in points {
        let square = squares(point);
        matrix += DMat2::from_cols(square * square.x, square * square.y);
        right += square * (1.0 - z_part(point));
    }
    let k = matrix.inverse() * right;
    let residual = |p: &DVec3| (squares(p).dot(k) + z_part(p) - 1.0).abs();
    // A matrix that cannot be inverted gives no number, which no comparison accepts.
    let fits = k.min_element() > 0.0 && points.iter().all(|p| residual(p) < TOLERANCE);
    let factors = k.extend(1.0 / (height * height));
    fits.then(|| points.iter().map(|p| *p * factors).collect())
}

/// The normals of a cylinder along z with half spheres at its ends.
fn capsule(points: &[DVec3], height: f64, radius: f64) -> Option<Vec<DVec3>> {
    let half = height - radius;
    if half.is_nan() || half <= 0.0 {
        return None;
    }
    let from_axis = |p: &DVec3| *p - DVec3::Z * p.z.clamp(-half, half);
    let fits = |p: &DVec3| (from_axis(p).length() - radius).abs() < TOLERANCE * radius;
    points
        .iter()
        .all(fits)
        .then(|| points.iter().map(from_axis).collect())
}
