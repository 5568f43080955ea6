//! Vertex normals: those of the file made unit, or flat ones where it has none.

use std::sync::Arc;

use glam::DVec3;

/// A triangle has no normal if twice its area is at most this times the square of the diagonal of
/// the mesh's bounding box: its normal would be noise.
const NO_AREA: f64 = 1e-12;

/// The given normals with length 1. One that is zero is replaced by that of the triangles around.
pub(in crate::scene) fn unit(
    given: &[[f32; 3]],
    positions: &[[f32; 3]],
    indices: &[u32],
) -> Arc<[[f32; 3]]> {
    let mut replacements = None;
    let unit = |(vertex, normal): (usize, &[f32; 3])| {
        // In double precision, where the square of the smallest float is not zero.
        let normal = DVec3::from(normal.map(f64::from));
        let unit = normal.try_normalize().unwrap_or_else(|| {
            let sums = replacements.get_or_insert_with(|| {
                let points: Vec<_> = positions.iter().map(|p| point(*p)).collect();
                corner_sums(&points, indices)
            });
            unit_or_any(sums[vertex])
        });
        unit.as_vec3().to_array()
    };
    given.iter().enumerate().map(unit).collect()
}

/// The normals of triangles that share no vertices: `positions` are three by three theirs.
pub(in crate::scene) fn flat(positions: &[[f32; 3]]) -> Arc<[[f32; 3]]> {
    let (triangles, _) = positions.as_chunks::<3>();
    let mut normals = Vec::with_capacity(positions.len());
    for triangle in triangles {
        let [a, b, c] = triangle.map(point);
        let normal = unit_or_any((b - a).cross(c - a));
        normals.extend([normal.as_vec3().to_array(); 3]);
    }
    normals.into()
}

/// At each vertex the sum of the normals of its triangles, each weighted by the sine of its angle
/// there over the lengths of its two edges: exact where the vertices lie on a sphere (Max, "Weights
/// for computing vertex normals from facet normals", 1999).
pub(in crate::scene) fn corner_sums(points: &[DVec3], indices: &[u32]) -> Vec<DVec3> {
    let mut sums = vec![DVec3::ZERO; points.len()];
    let least = NO_AREA * diagonal(points).powi(2);
    let (triangles, _) = indices.as_chunks::<3>();
    for triangle in triangles {
        let [a, b, c] = triangle.map(|i| points[i as usize]);
        let normal = (b - a).cross(c - a);
        if normal.length() <= least {
            continue;
        }
        let [ab, bc, ca] = [b - a, c - b, a - c].map(DVec3::length_squared);
        for (vertex, edges) in triangle.iter().zip([ab * ca, bc * ab, ca * bc]) {
            sums[*vertex as usize] += normal / edges;
        }
    }
    sums
}

/// The length of the diagonal of the bounding box.
pub(in crate::scene) fn diagonal(points: &[DVec3]) -> f64 {
    let corner = |choose: fn(DVec3, DVec3) -> DVec3| points.iter().copied().reduce(choose);
    let low = corner(DVec3::min).unwrap_or_default();
    let high = corner(DVec3::max).unwrap_or_default();
    low.distance(high)
}

/// A vector with length 1; any direction will do for one without.
pub(in crate::scene) fn unit_or_any(vector: DVec3) -> DVec3 {
    vector.try_normalize().unwrap_or(DVec3::Z)
}

fn point(position: [f32; 3]) -> DVec3 {
    DVec3::from(position.map(f64::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORNER: [[f32; 3]; 3] = [[0.0; 3], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    #[test]
    fn zero_normals_are_replaced_by_those_of_the_triangles() {
        let given = [[0.0, 0.0, -1e-30], [0.0; 3], [3.0, 0.0, 4.0]];
        assert_eq!(
            *unit(&given, &CORNER, &[0, 1, 2]),
            [[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.6, 0.0, 0.8]]
        );
    }

    #[test]
    fn a_triangle_without_area_has_any_unit_normal() {
        assert_eq!(*flat(&[[1.0; 3]; 3]), [[0.0, 0.0, 1.0]; 3]);
        assert_eq!(
            *unit(&[[0.0; 3]], &[[1.0; 3]], &[0, 0, 0]),
            [[0.0, 0.0, 1.0]]
        );
    }

    #[test]
    fn the_largest_and_smallest_floats_have_normals() {
        for scale in [f32::MAX, f32::MIN_POSITIVE] {
            let corner = CORNER.map(|p| p.map(|x| x * scale));
            assert_eq!(*flat(&corner), [[1.0, 0.0, 0.0]; 3]);
        }
    }
}
