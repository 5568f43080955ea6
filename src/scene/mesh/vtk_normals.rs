//! The normals that VTK has for its own shapes and meshes, and does not export.
//!
//! Drake draws a sphere, a cylinder or an .obj file with the normals that VTK's source or the file
//! gives; the glTF that reaches us has positions, texture coordinates and triangles only. What is
//! made of them here is exact for all of Drake's primitives, for convex meshes, and for .obj files
//! with flat normals or those of a smooth surface; it is a fraction of a degree off where an
//! exporter averaged the normals of triangles in another way.

use std::sync::Arc;

use glam::{DVec2, DVec3};

use super::normals::{corner_sums, diagonal, unit_or_any};
use super::{vtk_shapes, weld};

/// How near to each other vertices at the same position are, relative to the diagonal of the mesh's
/// bounding box. At the poles of a sphere they differ, because sin(pi) is not zero in a computer.
const SAME_POSITION: f64 = 1e-6;
/// The least cosine between normals that are taken for those of one smooth surface. Sharp edges have
/// less, seams of texture coordinates more.
const SMOOTH: f64 = 0.7;
/// The least cosine between normals of a plane: 1 degree.
const PLANAR: f64 = 0.999_85;
/// How many vertices at one position are looked at. The poles of VTK's spheres have fewer.
const JOINED: usize = 256;

/// Makes the normals of a mesh.
pub(in crate::scene) fn make(
    positions: &[[f32; 3]],
    tex_coords: Option<&[[f32; 2]]>,
    indices: &[u32],
) -> Arc<[[f32; 3]]> {
    let points: Vec<DVec3> = positions
        .iter()
        .map(|p| DVec3::from(p.map(f64::from)))
        .collect();
    let planar = in_planar_component(&points, indices);
    let normals = if planar.contains(&true) {
        None
    } else {
        vtk_shapes::normals(&points)
    };
    let normals = normals.unwrap_or_else(|| join(&points, tex_coords, indices, &planar));
    let unit = |normal: &DVec3| unit_or_any(*normal).as_vec3().to_array();
    normals.iter().map(unit).collect()
}

/// Sums the normals around each vertex, then over the vertices at the same position where the
/// surface goes on smoothly.
///
/// Vertices are split where normals or texture coordinates differ. So two with the same position and
/// the same texture coordinates were split for their normals, and a sharp edge is between them; and
/// a part that is planar was split off for being flat.
fn join(
    points: &[DVec3],
    tex_coords: Option<&[[f32; 2]]>,
    indices: &[u32],
    planar: &[bool],
) -> Vec<DVec3> {
    let sums = corner_sums(points, indices);
    let unit: Vec<DVec3> = sums.iter().map(|sum| sum.normalize_or_zero()).collect();
    let tex_coord = |vertex: usize| Some(DVec2::from(tex_coords?[vertex].map(f64::from)));
    let is_empty = |vertex: usize| unit[vertex] == DVec3::ZERO;
    let stays = |vertex: usize| planar[vertex] && !is_empty(vertex);
    let mut joined = sums.clone();
    for group in weld::groups(points, SAME_POSITION * diagonal(points)) {
        for &vertex in group.iter().filter(|&&vertex| !stays(vertex)) {
            for &other in group.iter().take(JOINED) {
                let is_seam = tex_coords.is_none() || tex_coord(other) != tex_coord(vertex);
                let is_smooth = is_empty(vertex) || unit[vertex].dot(unit[other]) > SMOOTH;
                if other != vertex && !stays(other) && is_seam && is_smooth {
                    joined[vertex] += sums[other];
                }
            }
        }
    }
    joined
}

/// For each vertex, whether all triangles that are connected to it by shared vertices lie in a
/// plane.
fn in_planar_component(points: &[DVec3], indices: &[u32]) -> Vec<bool> {
    /// The first normal found in a component, and whether all others agree.
    #[derive(Clone, Copy)]
    struct Component {
        normal: DVec3,
        is_planar: bool,
    }
    let (triangles, _) = indices.as_chunks::<3>();
    let mut roots: Vec<usize> = (0..points.len()).collect();
    for [a, b, c] in triangles
        .iter()
        .map(|triangle| triangle.map(|i| i as usize))
    {
        for other in [b, c] {
            let (one, two) = (root(&mut roots, a), root(&mut roots, other));
            // To the lesser one, so that the trees do not depend on anything else.
            roots[one.max(two)] = one.min(two);
        }
    }
    let mut components: Vec<Option<Component>> = vec![None; points.len()];
    for triangle in triangles {
        let [a, b, c] = triangle.map(|i| points[i as usize]);
        let Some(normal) = (b - a).cross(c - a).try_normalize() else {
            continue;
        };
        let component =
            components[root(&mut roots, triangle[0] as usize)].get_or_insert(Component {
                normal,
                is_planar: true,
            });
        component.is_planar &= component.normal.dot(normal) >= PLANAR;
    }
    (0..points.len())
        .map(|vertex| components[root(&mut roots, vertex)].is_some_and(|c| c.is_planar))
        .collect()
}

/// The root of a vertex' tree of connected vertices; the way there is halved for the next time.
fn root(roots: &mut [usize], mut vertex: usize) -> usize {
    while roots[vertex] != vertex {
        roots[vertex] = roots[roots[vertex]];
        vertex = roots[vertex];
    }
    vertex
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    use super::*;

    /// The greatest angle between normals, degrees.
    fn worst(made: &[[f32; 3]], truth: &[DVec3]) -> f64 {
        let angle = |(made, truth): (&[f32; 3], &DVec3)| {
            DVec3::from(made.map(f64::from))
                .angle_between(*truth)
                .to_degrees()
        };
        made.iter().zip(truth).map(angle).fold(0.0, f64::max)
    }

    /// A grid of `columns` by `rows` quads over (0, 0) to (1, 1): points, texture coordinates,
    /// triangles. The first and the last column are apart.
    fn grid(
        columns: u32,
        rows: u32,
        point: impl Fn(f64, f64) -> DVec3,
    ) -> (Vec<[f32; 3]>, Vec<[f32; 2]>, Vec<u32>) {
        let (mut points, mut tex_coords, mut indices) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..=rows {
            for column in 0..=columns {
                let u = f64::from(column) / f64::from(columns);
                let v = f64::from(row) / f64::from(rows);
                points.push(point(u, v).as_vec3().to_array());
                tex_coords.push([u as f32, v as f32]);
                if row < rows && column < columns {
                    let at = row * (columns + 1) + column;
                    let above = at + columns + 1;
                    indices.extend([at, at + 1, above + 1, at, above + 1, above]);
                }
            }
        }
        (points, tex_coords, indices)
    }

    fn around(u: f64) -> DVec3 {
        let (sin, cos) = (u * std::f64::consts::TAU).sin_cos();
        DVec3::new(cos, sin, 0.0)
    }

    #[test]
    fn a_torus_is_smooth_across_its_seams() {
        let normal = |u: f64, v: f64| {
            let (sin, cos) = (v * std::f64::consts::TAU).sin_cos();
            around(u) * cos + DVec3::Z * sin
        };
        let (points, tex_coords, indices) = grid(24, 12, |u, v| around(u) + normal(u, v) * 0.3);
        let (truth, ..) = grid(24, 12, normal);
        let truth: Vec<DVec3> = truth
            .iter()
            .map(|n| DVec3::from(n.map(f64::from)))
            .collect();
        assert!(worst(&make(&points, Some(&tex_coords), &indices), &truth) < 0.01);
    }

    #[test]
    fn ellipsoids_and_capsules_are_exact() {
        let sphere = |u: f64, v: f64| {
            let (sin, cos) = (v * std::f64::consts::PI).sin_cos();
            around(u) * sin - DVec3::Z * cos
        };
        let radii = DVec3::new(0.1, 0.2, 1.0);
        let shift = |p: DVec3| DVec3::Z * if p.z < 0.0 { -2.0 } else { 2.0 };
        for is_capsule in [false, true] {
            let shape = |u, v| {
                let p = sphere(u, v);
                if is_capsule { p + shift(p) } else { p * radii }
            };
            let (points, tex_coords, indices) = grid(16, 10, shape);
            let (unit, ..) = grid(16, 10, sphere);
            let truth: Vec<DVec3> = (unit.iter().map(|n| DVec3::from(n.map(f64::from))))
                .map(|n| if is_capsule { n } else { n / radii })
                .collect();
            assert!(worst(&make(&points, Some(&tex_coords), &indices), &truth) < 0.01);
        }
    }

    #[test]
    fn a_cylinder_keeps_its_edges() {
        let (mut points, mut tex_coords, mut indices) = grid(8, 1, |u, v| around(u) + DVec3::Z * v);
        let side = points.len();
        points.extend((0..8).map(|i| around(f64::from(i) / 8.0).as_vec3().to_array()));
        tex_coords.extend((0..8).map(|i| [i as f32, 9.0]));
        let rim = side as u32;
        indices.extend((1..7).flat_map(|i| [rim, rim + i + 1, rim + i]));
        let truth: Vec<DVec3> = (points.iter().enumerate())
            .map(|(i, p)| {
                if i < side {
                    DVec3::new(p[0].into(), p[1].into(), 0.0)
                } else {
                    -DVec3::Z
                }
            })
            .collect();
        assert!(worst(&make(&points, Some(&tex_coords), &indices), &truth) < 0.01);
    }

    #[test]
    fn vertices_split_for_their_normals_stay_split() {
        // Two triangles that meet at 20 degrees without sharing vertices.
        let points = [
            [0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [-1.0, 0.0, 0.0],
            [0.0, 0.0, 0.0],
            [1.0, 0.0, 0.36],
            [0.0, 1.0, 0.0],
        ];
        let indices = [0, 1, 2, 3, 4, 5];
        let flat = super::super::normals::flat(&points);
        let tex_coords = [[0.0, 0.0]; 6];
        assert_eq!(make(&points, Some(&tex_coords), &indices), flat);
    }

    #[test]
    fn empty_triangles_do_no_harm() {
        let points = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [5.0; 3]];
        let normals = make(&points, None, &[0, 1, 2, 0, 1, 1, 3, 3, 3]);
        assert_eq!(*normals, [[0.0, 0.0, 1.0]; 4]);
        assert_eq!(
            *make(&[[2.0; 3]; 3], None, &[0, 1, 2]),
            [[0.0, 0.0, 1.0]; 3]
        );
    }
}
