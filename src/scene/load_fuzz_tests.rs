//! A scene with one value changed, or cut short.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::scene::testing::{add_attribute, load as load_json, load_detail, triangle};

/// A scene that goes through every part of the loader.
fn rich() -> Value {
    let mut scene = triangle();
    add_attribute(&mut scene, "NORMAL", "VEC3", &[0.0, 0.0, 1.0].repeat(3));
    add_attribute(
        &mut scene,
        "TEXCOORD_0",
        "VEC2",
        &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0],
    );
    add_attribute(&mut scene, "COLOR_0", "VEC4", &[1.0; 12]);
    scene["accessors"][0]["sparse"] = json!({
        "count": 1, "indices": {"bufferView": 1, "componentType": 5125},
        "values": {"bufferView": 0}
    });
    scene["asset"]["generator"] = json!("Drake glTF merger");
    scene["cameras"] =
        json!([{"type": "perspective", "perspective": {"yfov": 1, "znear": 1, "zfar": 2}}]);
    scene["nodes"] = json!([
        {"mesh": 0, "camera": 0, "translation": [1, 2, 3], "rotation": [0, 0, 0, 1]},
        {"name": "Renderer Node", "mesh": 0, "scale": [1, 2, 3], "children": [0]}
    ]);
    scene["scenes"][0]["nodes"] = json!([1]);
    scene["images"] = json!([{"uri": "data:image/png;base64,iVBORw0KGgo="}]);
    scene["samplers"] = json!([{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071}]);
    scene["textures"] = json!([{"source": 0, "sampler": 0}]);
    scene["materials"] = json!([{"alphaMode": "MASK", "alphaCutoff": 0.5}]);
    scene["meshes"][0]["primitives"][0]["material"] = json!(0);
    scene["meshes"][0]["primitives"][0]["mode"] = json!(5);
    scene
}

/// Every value below `value`, as JSON pointers.
fn pointers(value: &Value, path: &str, found: &mut Vec<String>) {
    let mut visit = |key: &str, child: &Value| {
        let path = format!("{path}/{key}");
        pointers(child, &path, found);
        found.push(path);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, child)| visit(key, child)),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(i, child)| visit(&i.to_string(), child));
        }
        _ => {}
    }
}

#[test]
fn no_change_of_one_value_makes_it_panic() {
    let scene = rich();
    load_json(&scene).unwrap();
    let mut found = Vec::new();
    pointers(&scene, "", &mut found);
    assert!(found.len() > 100);
    let values = [
        json!(null),
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(255),
        json!(5121),
        json!(5123),
        json!(5125),
        json!(5126),
        json!(1e39),
        json!(1_u64 << 32),
        json!(u64::MAX),
        json!(""),
        json!("VEC2"),
        json!("VEC4"),
        json!("SCALAR"),
        json!("data:;base64,AAAA"),
        json!([]),
        json!([0]),
        json!([1]),
        json!({}),
        json!(true),
    ];
    for pointer in &found {
        for value in &values {
            let mut changed = scene.clone();
            *changed.pointer_mut(pointer).unwrap() = value.clone();
            for detail in [Detail::Geometry, Detail::Shading] {
                // Whether it is refused or drawn, all that is drawn must be in range.
                if let Ok(loaded) = load_detail(&changed, detail) {
                    check(&loaded);
                }
            }
        }
    }
}

#[test]
fn no_truncation_makes_it_panic() {
    let bytes = serde_json::to_vec(&rich()).unwrap();
    for length in 0..bytes.len() {
        assert!(load(&bytes[..length], &Options::new(Detail::Shading)).is_err());
    }
}

/// What the renderer relies on.
fn check(scene: &Scene) {
    for primitive in &scene.primitives {
        let count = primitive.positions.len();
        assert_eq!(primitive.indices.len() % primitive.topology.corners(), 0);
        assert!(
            primitive
                .indices
                .iter()
                .all(|&index| (index as usize) < count)
        );
        assert!(primitive.material < scene.materials.len());
        if let Some(shading) = &primitive.shading {
            assert_eq!(shading.normals.len(), count);
            let is_unit = |n: &[f32; 3]| (n.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5;
            assert!(shading.normals.iter().all(is_unit));
            assert!(
                shading
                    .tex_coords
                    .iter()
                    .flatten()
                    .all(|set| set.len() == count)
            );
            assert!(shading.colors.iter().all(|colors| colors.len() == count));
        }
    }
    assert!(
        scene
            .instances
            .iter()
            .all(|i| i.primitive < scene.primitives.len())
    );
    assert!(
        scene
            .instances
            .iter()
            .all(|i| i.world_from_model.is_finite())
    );
}
