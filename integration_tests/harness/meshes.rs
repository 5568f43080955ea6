//! Triangles of the shapes that `truth` casts rays at.

use std::collections::HashMap;

use glam::{DVec2, DVec3};

use super::truth::Shape;

/// Triangles as a glTF primitive has them.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// POSITION.
    pub positions: Vec<[f32; 3]>,
    /// TEXCOORD_0, none or one for each position.
    pub tex_coords: Vec<[f32; 2]>,
    /// Three for each triangle, counter-clockwise seen from outside.
    pub indices: Vec<u32>,
}

impl From<Shape> for Mesh {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Sphere(radius) => sphere(radius, 128),
            Shape::Cuboid(half) => cuboid(half),
            Shape::Rectangle(half) => rectangle(half),
        }
    }
}

/// A rectangle facing +z; v = 0 is the edge at +y.
pub fn rectangle(half: DVec2) -> Mesh {
    let mut mesh = Mesh::default();
    mesh.face(DVec3::ZERO, DVec3::X * half.x, DVec3::Y * half.y);
    mesh
}

/// A box of six faces that share no vertices.
pub fn cuboid(half: DVec3) -> Mesh {
    let mut mesh = Mesh::default();
    let (x, y, z) = (DVec3::X * half.x, DVec3::Y * half.y, DVec3::Z * half.z);
    for (normal, right, up) in [(x, y, z), (y, z, x), (z, x, y)] {
        mesh.face(normal, right, up);
        mesh.face(-normal, up, right);
    }
    mesh
}

impl Mesh {
    /// Adds a rectangle around `center` that faces `right` x `up`.
    fn face(&mut self, center: DVec3, right: DVec3, up: DVec3) {
        let first = u32::try_from(self.positions.len()).unwrap();
        for (u, v) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            let corner = center + right * u + up * v;
            self.positions.push(corner.as_vec3().to_array());
            let uv = DVec2::new(0.5 + 0.5 * u, 0.5 - 0.5 * v);
            self.tex_coords.push(uv.as_vec2().to_array());
        }
        self.indices.extend([0, 1, 2, 0, 2, 3].map(|i| first + i));
    }
}

/// A geodesic sphere of 20·`parts`² triangles. Its vertices lie outside the true sphere by half
/// of what the middles of the largest triangles lie inside, so the error is the same both ways.
pub fn sphere(radius: f64, parts: u32) -> Mesh {
    // The largest triangles are about 1.3/parts wide; half their sagitta is (1.3/√3)²/4.
    let grown = radius * (1.0 + 0.14 / f64::from(parts * parts));
    let mut mesh = Mesh::default();
    let mut known = HashMap::new();
    for corners in icosahedron() {
        let mut vertex = |i: u32, j: u32| {
            let (a, b) = (f64::from(i), f64::from(j));
            let rest = f64::from(parts) - a - b;
            let p = corners[0] * rest + corners[1] * a + corners[2] * b;
            let p = (p.normalize() * grown).as_vec3();
            // Neighbouring faces compute a shared vertex with different rounding.
            let key = (p.as_dvec3() / radius * 1e5).round().as_i64vec3();
            *known.entry(key).or_insert_with(|| {
                mesh.positions.push(p.to_array());
                u32::try_from(mesh.positions.len() - 1).unwrap()
            })
        };
        let mut indices = Vec::new();
        for i in 0..parts {
            for j in 0..parts - i {
                indices.extend([vertex(i, j), vertex(i + 1, j), vertex(i, j + 1)]);
                if i + j + 2 <= parts {
                    indices.extend([vertex(i + 1, j), vertex(i + 1, j + 1), vertex(i, j + 1)]);
                }
            }
        }
        mesh.indices.extend(indices);
    }
    mesh
}

/// The faces of an icosahedron, counter-clockwise seen from outside.
fn icosahedron() -> Vec<[DVec3; 3]> {
    let golden = f64::midpoint(1.0, 5_f64.sqrt());
    let mut corners = Vec::new();
    for (a, b) in [
        (1.0, golden),
        (1.0, -golden),
        (-1.0, golden),
        (-1.0, -golden),
    ] {
        corners.extend([
            DVec3::new(0.0, a, b),
            DVec3::new(a, b, 0.0),
            DVec3::new(b, 0.0, a),
        ]);
    }
    let mut faces = Vec::new();
    for (i, &a) in corners.iter().enumerate() {
        for (j, &b) in corners.iter().enumerate().skip(i + 1) {
            for &c in &corners[j + 1..] {
                let near = |p: DVec3, q: DVec3| p.distance(q) < 2.1;
                if near(a, b) && near(b, c) && near(c, a) {
                    let outward = (b - a).cross(c - a).dot(a) > 0.0;
                    faces.push(if outward { [a, b, c] } else { [a, c, b] });
                }
            }
        }
    }
    faces
}
