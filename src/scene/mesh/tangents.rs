//! Tangents for normal textures: those of the file made unit, or new ones where it has none.

use std::sync::Arc;

use bevy_mikktspace::{Geometry, TangentSpace, generate_tangents};
use glam::{DVec2, DVec3, Vec3};

use crate::scene::{ShadingAttributes, Slot};

/// The given tangents with length 1 and a sign of 1 or -1. One that is zero is replaced by any that
/// is perpendicular to the normal.
pub(in crate::scene) fn unit(given: &[[f32; 4]], normals: &[[f32; 3]]) -> Arc<[[f32; 4]]> {
    let unit = |(&[x, y, z, sign], normal): (&[f32; 4], &[f32; 3])| {
        let tangent = DVec3::new(x.into(), y.into(), z.into()).try_normalize();
        let tangent = tangent.map_or_else(|| perpendicular(*normal), DVec3::as_vec3);
        tangent.extend(1_f32.copysign(sign)).to_array()
    };
    given.iter().zip(normals).map(unit).collect()
}

/// The tangents that VTK makes for a glTF mesh without: at each vertex the sum of those of its
/// triangles, each as long as the texture is stretched there. The sign is unknown to VTK; it is 1.
pub(in crate::scene) fn vtk(
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
pub(in crate::scene) fn mikktspace(
    positions: &[[f32; 3]],
    shading: &ShadingAttributes,
) -> Arc<[[f32; 4]]> {
    let normals = &shading.normals;
    let tex_coords = shading.tex_coords[Slot::Normal as usize].as_deref();
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

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::unit;
    use crate::scene::ShadingAttributes;
    use crate::scene::testing::{PIXEL, add_attribute, load, mesh};

    /// A square that faces +z, with a normal texture whose u goes along y and v along x.
    fn square() -> Value {
        let positions = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0];
        let mut scene = mesh(&positions, &[0, 1, 2, 0, 2, 3]);
        add_attribute(&mut scene, "NORMAL", "VEC3", &[0.0, 0.0, 1.0].repeat(4));
        let tex_coords = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0];
        add_attribute(&mut scene, "TEXCOORD_1", "VEC2", &tex_coords);
        scene["images"] = json!([{"uri": PIXEL}]);
        scene["textures"] = json!([{"source": 0}]);
        scene["materials"] = json!([{"normalTexture": {"index": 0, "texCoord": 1}}]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        scene
    }

    fn shading(scene: &Value) -> ShadingAttributes {
        load(scene).unwrap().primitives[0].shading.clone().unwrap()
    }

    #[test]
    fn missing_tangents_follow_the_texture() {
        // u goes along +y. v, downward in the image, goes along +x; so up in the image is -x, which
        // is the cross product of +z and +y.
        let shading = shading(&square());
        assert_eq!(*shading.tangents.unwrap(), [[0.0, 1.0, 0.0, 1.0]; 6]);
        assert_eq!(shading.normals.len(), 6);
    }

    #[test]
    fn a_mirrored_texture_has_the_other_sign() {
        let mut scene = square();
        let tex_coords = [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0];
        add_attribute(&mut scene, "TEXCOORD_1", "VEC2", &tex_coords);
        assert_eq!(shading(&scene).tangents.unwrap()[0], [0.0, 1.0, 0.0, -1.0]);
    }

    #[test]
    fn in_files_of_drake_they_are_those_of_vtk() {
        let mut scene = square();
        scene["asset"]["generator"] = json!("Drake glTF merger");
        assert_eq!(
            *shading(&scene).tangents.unwrap(),
            [[0.0, 1.0, 0.0, 1.0]; 4]
        );
    }

    #[test]
    fn given_tangents_are_used_with_given_normals_only() {
        let mut scene = square();
        add_attribute(
            &mut scene,
            "TANGENT",
            "VEC4",
            &[2.0, 0.0, 0.0, -1.0].repeat(4),
        );
        assert_eq!(
            *shading(&scene).tangents.unwrap(),
            [[1.0, 0.0, 0.0, -1.0]; 4]
        );
        let attributes = &mut scene["meshes"][0]["primitives"][0]["attributes"];
        attributes.as_object_mut().unwrap().remove("NORMAL");
        assert_eq!(
            *shading(&scene).tangents.unwrap(),
            [[0.0, 1.0, 0.0, 1.0]; 6]
        );
    }

    #[test]
    fn without_texture_coordinates_there_are_none() {
        let mut scene = square();
        let attributes = &mut scene["meshes"][0]["primitives"][0]["attributes"];
        attributes.as_object_mut().unwrap().remove("TEXCOORD_1");
        assert!(shading(&scene).tangents.is_none());
        assert_eq!(
            load(&scene).unwrap().warnings,
            ["mesh 0, primitive 0: material 0 has textures whose TEXCOORD is missing."]
        );
    }

    #[test]
    fn zero_tangents_are_replaced() {
        let tangents = unit(&[[0.0, 0.0, 0.0, -3.0]], &[[0.0, 1.0, 0.0]]);
        let [x, y, z, sign] = tangents[0];
        assert_eq!((y, sign), (0.0, -1.0));
        assert!((x.hypot(z) - 1.0).abs() < 1e-6);
    }
}
