//! Tangents for normal textures: those of the file made unit, or new ones where it has none.

use std::sync::Arc;

use bevy_mikktspace::{Geometry, TangentSpace, generate_tangents};
use glam::{DVec2, DVec3, Vec3};

use super::ShadingAttributes;

/// The given tangents with length 1 and a sign of 1 or -1. One that is zero is replaced by any that
/// is perpendicular to the normal.
pub(super) fn unit(given: &[[f32; 4]], normals: &[[f32; 3]]) -> Arc<[[f32; 4]]> {
    let unit = |(&[x, y, z, sign], normal): (&[f32; 4], &[f32; 3])| {
        let tangent = DVec3::new(x.into(), y.into(), z.into()).try_normalize();
        let tangent = tangent.map_or_else(|| perpendicular(*normal), DVec3::as_vec3);
        tangent.extend(1_f32.copysign(sign)).to_array()
    };
    given.iter().zip(normals).map(unit).collect()
}

/// The tangents that VTK makes for a glTF mesh without: at each vertex the sum of those of its
/// triangles, each as long as the texture is stretched there. The sign is unknown to VTK; it is 1.
pub(super) fn vtk(
    positions: &[[f32; 3]],
    tex_coords: &[[f32; 2]],
    indices: &[u32],
) -> Arc<[[f32; 4]]> {
    let mut sums = vec![DVec3::ZERO; positions.len()];
    let (triangles, _) = indices.as_chunks::<3>();
    for triangle in triangles {
        let [a, b, c] = triangle.map(|i| DVec3::from(positions[i as usize].map(f64::from)));
        let [s, t, u] = triangle.map(|i| DVec2::from(tex_coords[i as usize].map(f64::from)));
        let (t, u) = (t - s, u - s);
        let tangent = ((b - a) * u.y - (c - a) * t.y) / t.perp_dot(u);
        if tangent.is_finite() {
            for &vertex in triangle {
                sums[vertex as usize] += tangent;
            }
        }
    }
    let unit = |sum: &DVec3| sum.try_normalize().unwrap_or(DVec3::X).extend(1.0);
    sums.iter()
        .map(|sum| unit(sum).as_vec4().to_array())
        .collect()
}

/// The tangents that glTF prescribes (3.7.2.1), for triangles that share no vertices.
pub(super) fn mikktspace(
    positions: &[[f32; 3]],
    shading: &ShadingAttributes,
    set: usize,
) -> Arc<[[f32; 4]]> {
    let normals = &shading.normals;
    let tex_coords = shading.tex_coords.get(set).and_then(Option::as_deref);
    let any = |normal: &[f32; 3]| perpendicular(*normal).extend(1.0).to_array();
    let mut triangles = Triangles {
        positions,
        normals,
        tex_coords: tex_coords.unwrap_or_default(),
        tangents: normals.iter().map(any).collect(),
    };
    // The error has no values, so there is none to report.
    let _ = generate_tangents(&mut triangles);
    triangles.tangents.into()
}

/// A unit vector perpendicular to a unit vector.
fn perpendicular(normal: [f32; 3]) -> Vec3 {
    Vec3::from(normal).any_orthonormal_vector()
}

struct Triangles<'a> {
    positions: &'a [[f32; 3]],
    normals: &'a [[f32; 3]],
    tex_coords: &'a [[f32; 2]],
    tangents: Vec<[f32; 4]>,
}

impl Geometry for Triangles<'_> {
    fn num_faces(&self) -> usize {
        self.positions.len() / 3
    }

    fn num_vertices_of_face(&self, _face: usize) -> usize {
        3
    }

    fn position(&self, face: usize, vert: usize) -> [f32; 3] {
        self.positions[3 * face + vert]
    }

    fn normal(&self, face: usize, vert: usize) -> [f32; 3] {
        self.normals[3 * face + vert]
    }

    /// MikkTSpace counts v upward, glTF downward.
    fn tex_coord(&self, face: usize, vert: usize) -> [f32; 2] {
        let [u, v] = self.tex_coords[3 * face + vert];
        [u, -v]
    }

    /// Not called with a tangent where all triangles around have no area on the texture.
    fn set_tangent(&mut self, tangent_space: Option<TangentSpace>, face: usize, vert: usize) {
        if let Some(space) = tangent_space {
            self.tangents[3 * face + vert] = space.tangent_encoded();
        }
    }
}
