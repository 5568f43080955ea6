#![allow(clippy::float_cmp, clippy::unwrap_used)]
use serde_json::{Value, json};

use super::*;
use crate::scene::testing::{PIXEL, add_attribute, load, load_detail, mesh, triangle};
use crate::scene::{Detail, Limits, Primitive};

/// Two triangles at a right angle along the y axis.
fn fold() -> Value {
    let positions = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    mesh(&positions, &[0, 2, 1, 0, 1, 3])
}

#[test]
fn colors_that_will_be_clamped_are_told() {
    let mut scene = triangle();
    add_attribute(&mut scene, "COLOR_0", "VEC3", &[1.000_01; 9]);
    assert!(load(&scene).unwrap().warnings.is_empty());
    let odd = add_attribute(&mut scene, "COLOR_0", "VEC3", &[-0.5; 9]);
    let said = ["mesh 0, primitive 0: COLOR_0 has numbers outside [0, 1], which are clamped."];
    assert_eq!(load(&scene).unwrap().warnings, said);
    let primitive = &mut scene["meshes"][0]["primitives"][0];
    primitive["targets"] = json!([{"COLOR_0": odd}]);
    scene["meshes"][0]["weights"] = json!([1]);
    assert!(load(&scene).unwrap().warnings.is_empty());
}

fn shading(primitive: &Primitive) -> &ShadingAttributes {
    primitive.shading.as_ref().unwrap()
}

#[test]
fn geometry_alone_has_no_shading() {
    let mut scene = fold();
    add_attribute(&mut scene, "NORMAL", "VEC3", &[0.0]); // Broken, but not needed.
    let scene = load_detail(&scene, Detail::Geometry).unwrap();
    assert!(scene.primitives[0].shading.is_none());
    assert_eq!(*scene.primitives[0].indices, [0, 2, 1, 0, 1, 3]);
}

#[test]
fn missing_normals_are_flat() {
    let mut scene = fold();
    add_attribute(
        &mut scene,
        "TEXCOORD_0",
        "VEC2",
        &[0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
    );
    scene["images"] = json!([{"uri": PIXEL}]);
    scene["textures"] = json!([{"source": 0}]);
    scene["materials"] = json!([
        {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    ]);
    scene["meshes"][0]["primitives"][0]["material"] = json!(0);
    let scene = load(&scene).unwrap();
    let primitive = &scene.primitives[0];
    let (z, x) = ([0.0, 0.0, 1.0], [1.0, 0.0, 0.0]);
    assert_eq!(shading(primitive).normal_kind, NormalKind::Flat);
    assert_eq!(*shading(primitive).normals, [z, z, z, x, x, x]);
    assert_eq!(*primitive.indices, [0, 1, 2, 3, 4, 5]);
    assert_eq!(primitive.positions[5], [0.0, 0.0, 1.0]);
    let tex_coords = shading(primitive).tex_coords[0].as_ref().unwrap();
    assert_eq!(tex_coords[1], [2.0, 2.0]);
}

#[test]
fn given_normals_are_kept_and_vertices_shared() {
    let mut scene = fold();
    add_attribute(&mut scene, "NORMAL", "VEC3", &[0.0, 2.0, 0.0].repeat(4));
    let scene = load(&scene).unwrap();
    let primitive = &scene.primitives[0];
    assert_eq!(shading(primitive).normal_kind, NormalKind::Given);
    assert_eq!(*shading(primitive).normals, [[0.0, 1.0, 0.0]; 4]);
    assert_eq!(primitive.positions.len(), 4);
}

#[test]
fn a_shape_of_vtk_is_smooth() {
    let mut scene = fold();
    scene["asset"]["generator"] = json!("VTK");
    scene["nodes"][0]["name"] = json!("Renderer Node");
    let scene = load(&scene).unwrap();
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let primitive = &scene.primitives[0];
    assert_eq!(primitive.positions.len(), 4);
    assert_eq!(shading(primitive).normals[0], [half, 0.0, half]);
}

#[test]
fn equal_content_is_one_array_whatever_the_accessor() {
    let mut scene = triangle();
    let twin = triangle();
    let copy = |scene: &mut Value, name: &str, change: &dyn Fn(&mut Value)| {
        for object in twin[name].as_array().unwrap() {
            let mut object = object.clone();
            change(&mut object);
            scene[name].as_array_mut().unwrap().push(object);
        }
    };
    copy(&mut scene, "buffers", &|_| ());
    copy(&mut scene, "bufferViews", &|view| {
        view["buffer"] = json!(view["buffer"].as_u64().unwrap() + 2);
    });
    copy(&mut scene, "accessors", &|accessor| {
        accessor["bufferView"] = json!(accessor["bufferView"].as_u64().unwrap() + 2);
    });
    copy(&mut scene, "meshes", &|mesh| {
        mesh["primitives"][0]["attributes"]["POSITION"] = json!(2);
        mesh["primitives"][0]["indices"] = json!(3);
    });
    scene["nodes"] = json!([{"mesh": 0}, {"mesh": 1}]);
    scene["scenes"][0]["nodes"] = json!([0, 1]);
    for detail in [Detail::Geometry, Detail::Shading] {
        let scene = load_detail(&scene, detail).unwrap();
        let [first, second] = scene.primitives.as_slice() else {
            unreachable!("two meshes")
        };
        assert!(Arc::ptr_eq(&first.positions, &second.positions));
        assert!(Arc::ptr_eq(&first.indices, &second.indices));
    }
}

#[test]
fn vertices_and_indices_are_limited() {
    let refusal = |limits: &Limits| {
        let bytes = serde_json::to_vec(&fold()).unwrap();
        let loaded = crate::scene::testing::load_within(&bytes, Detail::Shading, limits);
        loaded.unwrap_err().to_string()
    };
    // Four of the file, six after each triangle has its own.
    let limits = Limits {
        vertices: 9,
        ..Limits::default()
    };
    assert_eq!(
        refusal(&limits),
        "scene: mesh 0, primitive 0: the scene has at least 10 vertices; the limit is 9 (--max-vertices)."
    );
    // Shown by a second mesh, they are on the GPU twice.
    let mut twice = fold();
    twice["meshes"] = json!([twice["meshes"][0], twice["meshes"][0]]);
    twice["nodes"] = json!([{"mesh": 0}, {"mesh": 1}]);
    twice["scenes"][0]["nodes"] = json!([0, 1]);
    let twice = serde_json::to_vec(&twice).unwrap();
    for (vertices, is_enough) in [(15, false), (16, true)] {
        let limits = Limits {
            vertices,
            ..Limits::default()
        };
        let loaded = crate::scene::testing::load_within(&twice, Detail::Shading, &limits);
        assert_eq!(loaded.is_ok(), is_enough, "{loaded:?}");
    }
    let limits = Limits {
        indices: 5,
        ..Limits::default()
    };
    assert_eq!(
        refusal(&limits),
        "scene: mesh 0, primitive 0: the scene has at least 6 indices; the limit is 5 (--max-indices)."
    );
}
