//! Vertex normals: those of the file made unit, or new ones where it has none.

use std::collections::HashMap;
use std::sync::Arc;

use glam::DVec3;

/// How far two normals at one position may part and still be taken for those of one smooth surface:
/// the cosine of the angle between them.
///
/// VTK's sphere, cylinder and capsule have a seam where the texture meets itself, with vertices on
/// either side, and sharp edges of 90 degrees. Anything well between works for both.
const SMOOTH: f64 = 0.8;

/// The given normals with length 1. One that is zero is replaced by that of the triangles around.
pub(super) fn unit(
    given: &Arc<[[f32; 3]]>,
    positions: &[[f32; 3]],
    indices: &[u32],
) -> Arc<[[f32; 3]]> {
    let mut replacements = None;
    let unit = |(vertex, normal): (usize, &[f32; 3])| {
        // In double precision, where the square of the smallest float is not zero.
        let normal = DVec3::from(normal.map(f64::from));
        let unit = normal.try_normalize().unwrap_or_else(|| {
            let sums = replacements.get_or_insert_with(|| sums(positions, indices));
            unit_or_any(sums[vertex])
        });
        unit.as_vec3().to_array()
    };
    given.iter().enumerate().map(unit).collect()
}

/// The normals of triangles that share no vertices: `positions` are three by three theirs.
pub(super) fn flat(positions: &[[f32; 3]]) -> Arc<[[f32; 3]]> {
    let (triangles, _) = positions.as_chunks::<3>();
    let normal = |[a, b, c]: &[[f32; 3]; 3]| {
        let [a, b, c] = [a, b, c].map(|p| DVec3::from(p.map(f64::from)));
        [unit_or_any((b - a).cross(c - a)).as_vec3().to_array(); 3]
    };
    triangles.iter().flat_map(normal).collect()
}

/// The normals that VTK has for a mesh and does not export.
///
/// At each vertex the sum of the normals of its triangles, weighted by their angle there; vertices
/// at the same position whose normals nearly agree then share their mean. Where no two triangles
/// share a vertex the mesh is meant to be flat.
pub(super) fn smooth(positions: &[[f32; 3]], indices: &[u32]) -> Arc<[[f32; 3]]> {
    let mut normals: Vec<DVec3> = sums(positions, indices)
        .into_iter()
        .map(unit_or_any)
        .collect();
    if positions.len() != indices.len() {
        join(positions, &mut normals);
    }
    normals
        .iter()
        .map(|normal| normal.as_vec3().to_array())
        .collect()
}

/// At each vertex, the sum of its triangles' unit normals weighted by their angles there.
fn sums(positions: &[[f32; 3]], indices: &[u32]) -> Vec<DVec3> {
    let mut sums = vec![DVec3::ZERO; positions.len()];
    let (triangles, _) = indices.as_chunks::<3>();
    for triangle in triangles {
        let corners = triangle.map(|i| DVec3::from(positions[i as usize].map(f64::from)));
        let [a, b, c] = corners;
        let Some(normal) = (b - a).cross(c - a).try_normalize() else {
            continue; // No area, no normal.
        };
        let [ab, bc, ca] = [b - a, c - b, a - c];
        let angles = [
            ab.angle_between(-ca),
            bc.angle_between(-ab),
            ca.angle_between(-bc),
        ];
        for (&vertex, angle) in triangle.iter().zip(angles) {
            sums[vertex as usize] += normal * angle;
        }
    }
    sums
}

/// A set of vertices at one position whose normals nearly agree.
struct Corner {
    /// The normal of its first vertex.
    first: DVec3,
    sum: DVec3,
    /// The next corner at the same position.
    next: Option<usize>,
}

/// Replaces the normals of vertices at the same position that nearly agree by their mean.
///
/// There can be only a few dozen corners at a position, because the first normals of any two part by
/// more than 36 degrees; so this takes time proportional to the number of vertices.
fn join(positions: &[[f32; 3]], normals: &mut [DVec3]) {
    let mut corners: Vec<Corner> = Vec::with_capacity(normals.len());
    let mut at: HashMap<[u32; 3], usize> = HashMap::with_capacity(normals.len());
    let mut corner_of = Vec::with_capacity(normals.len());
    for (position, &normal) in positions.iter().zip(&*normals) {
        // Adding zero makes -0 into 0.
        let key = position.map(|x| (x + 0.0).to_bits());
        let first = at.get(&key).copied();
        let mut found = first;
        while let Some(index) = found
            && corners[index].first.dot(normal) <= SMOOTH
        {
            found = corners[index].next;
        }
        let corner = found.unwrap_or_else(|| {
            at.insert(key, corners.len());
            corners.push(Corner {
                first: normal,
                sum: DVec3::ZERO,
                next: first,
            });
            corners.len() - 1
        });
        corners[corner].sum += normal;
        corner_of.push(corner);
    }
    for (normal, corner) in normals.iter_mut().zip(corner_of) {
        *normal = unit_or_any(corners[corner].sum);
    }
}

/// A vector with length 1; any direction will do for one without.
fn unit_or_any(vector: DVec3) -> DVec3 {
    vector.try_normalize().unwrap_or(DVec3::Z)
}
