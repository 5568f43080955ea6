//! Morph targets of whole documents.
#![allow(clippy::float_cmp, clippy::unwrap_used)]
use serde_json::{Value, json};

use crate::scene::testing::{
    PIXEL, add_accessor, add_attribute, add_channel, add_view, floats, load, load_at, load_within,
    refusal, triangle,
};
use crate::scene::{Detail, Limits};

const PLACE: &str = "scene: mesh 0, primitive 0: ";

/// The triangle with two targets: the first lifts vertex 1 by 2 m, the second moves vertex 2 to
/// the right by 4 m.
fn morphing(weights: Value) -> Value {
    let mut scene = triangle();
    let lift = floats(&[0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0]);
    let lift = add_accessor(&mut scene, &lift, 5126, "VEC3", 3);
    let shift = floats(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0]);
    let shift = add_accessor(&mut scene, &shift, 5126, "VEC3", 3);
    scene["meshes"][0]["primitives"][0]["targets"] =
        json!([{"POSITION": lift}, {"POSITION": shift}]);
    scene["meshes"][0]["weights"] = weights;
    scene
}

#[test]
fn targets_are_added_by_their_weights() {
    let scene = load(&morphing(json!([0.5, 0.25]))).unwrap();
    let primitive = &scene.primitives[0];
    let positions = [[0.0; 3], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]];
    assert_eq!(*primitive.positions, positions);
    assert_eq!(primitive.bounds, [[0.0; 3], [1.0, 1.0, 1.0]]);
    // The flat normal is that of the morphed triangle.
    let third = 1.0 / 3.0_f32.sqrt();
    let normal = primitive.shading.as_ref().unwrap().normals[0];
    let expected = [-third, third, third];
    assert!(
        normal
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-6),
        "{normal:?}"
    );
}

#[test]
fn a_shape_at_rest_reads_no_targets() {
    let mut scene = morphing(json!([0.0, 0.0]));
    scene["meshes"][0]["primitives"][0]["targets"][1]["POSITION"] = json!(99);
    assert_eq!(
        load(&scene).unwrap().primitives[0].positions[1],
        [1.0, 0.0, 0.0]
    );
    scene["nodes"][0]["weights"] = json!([1, 0]);
    assert_eq!(
        load(&scene).unwrap().primitives[0].positions[1],
        [1.0, 0.0, 2.0]
    );
}

#[test]
fn nodes_have_weights_of_their_own() {
    let mut scene = morphing(json!([1, 0]));
    scene["nodes"] = json!([
        {"mesh": 0}, {"mesh": 0, "weights": [0, 1]}, {"mesh": 0, "weights": [1, 0]},
        {"mesh": 0, "weights": [0, 0]}
    ]);
    scene["scenes"][0]["nodes"] = json!([0, 1, 2, 3]);
    let scene = load(&scene).unwrap();
    let shown: Vec<usize> = scene.instances.iter().map(|i| i.primitive).collect();
    assert_eq!(shown, [0, 1, 0, 2]);
    assert_eq!(scene.primitives[1].positions[2], [4.0, 1.0, 0.0]);
}

#[test]
fn every_attribute_morphs() {
    let mut scene = morphing(json!([0.5, 0]));
    add_attribute(&mut scene, "NORMAL", "VEC3", &[0.0, 0.0, 1.0].repeat(3));
    add_attribute(
        &mut scene,
        "TANGENT",
        "VEC4",
        &[1.0, 0.0, 0.0, -1.0].repeat(3),
    );
    add_attribute(&mut scene, "TEXCOORD_1", "VEC2", &[0.5; 6]);
    add_attribute(&mut scene, "COLOR_0", "VEC3", &[0.5; 9]);
    scene["images"] = json!([{"uri": PIXEL}]);
    scene["textures"] = json!([{"source": 0}]);
    scene["materials"] = json!([{"normalTexture": {"index": 0, "texCoord": 1}}]);
    scene["meshes"][0]["primitives"][0]["material"] = json!(0);
    for (name, kind, numbers) in [
        ("NORMAL", "VEC3", &[2.0, 0.0, 0.0][..]),
        ("TANGENT", "VEC3", &[0.0, 0.0, -2.0]),
        ("TEXCOORD_1", "VEC2", &[1.0, -1.0]),
        ("COLOR_0", "VEC3", &[0.5, 2.0, -2.0]),
    ] {
        let accessor = add_accessor(&mut scene, &floats(&numbers.repeat(3)), 5126, kind, 3);
        scene["meshes"][0]["primitives"][0]["targets"][0][name] = json!(accessor);
    }
    let loaded = load(&scene).unwrap();
    let shading = loaded.primitives[0].shading.as_ref().unwrap();
    let half = std::f32::consts::FRAC_1_SQRT_2;
    assert_eq!(shading.normals[0], [half, 0.0, half]);
    assert_eq!(
        shading.tangents.as_ref().unwrap()[0],
        [half, 0.0, -half, -1.0]
    );
    assert_eq!(shading.tex_coords[2].as_ref().unwrap()[0], [1.0, 0.0]);
    assert_eq!(shading.colors.as_ref().unwrap()[0], [0.75, 1.0, 0.0, 1.0]);
}

#[test]
fn differences_may_be_sparse() {
    let mut scene = morphing(json!([1, 0]));
    let places = add_view(&mut scene, &[2]);
    let values = add_view(&mut scene, &floats(&[0.0, 0.0, 8.0]));
    let accessors = scene["accessors"].as_array_mut().unwrap();
    accessors.push(json!({
        "componentType": 5126, "type": "VEC3", "count": 3, "sparse": {
            "count": 1, "indices": {"bufferView": places, "componentType": 5121},
            "values": {"bufferView": values}}
    }));
    let index = accessors.len() - 1;
    scene["meshes"][0]["primitives"][0]["targets"][0]["POSITION"] = json!(index);
    let loaded = load(&scene).unwrap();
    assert_eq!(
        *loaded.primitives[0].positions,
        [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 8.0]]
    );
}

#[test]
fn weights_are_animated() {
    let mut scene = morphing(json!([0, 0]));
    let output = floats(&[0.0, 0.0, 1.0, 0.5]);
    let target = json!({"node": 0, "path": "weights"});
    add_channel(&mut scene, &target, 2, ("SCALAR", 5126), &output);
    let at = |scene: &Value, time| load_at(scene, time).unwrap().primitives[0].positions[1][2];
    assert_eq!(
        [at(&scene, 0.0), at(&scene, 0.75), at(&scene, 2.0)],
        [0.0, 1.5, 2.0]
    );
    for pointer in ["/nodes/0/weights", "/meshes/0/weights"] {
        scene["animations"][0]["channels"][0]["target"] = crate::scene::testing::pointer(pointer);
        assert_eq!(at(&scene, 0.75), 1.5, "{pointer}");
    }
    // One of them; the others stay as they are.
    let mut scene = morphing(json!([0, 0.5]));
    let target = crate::scene::testing::pointer("/nodes/0/weights/0");
    add_channel(
        &mut scene,
        &target,
        2,
        ("SCALAR", 5126),
        &floats(&[0.0, 1.0]),
    );
    let loaded = load_at(&scene, 0.5).unwrap();
    let positions = [[0.0; 3], [1.0, 0.0, 1.0], [2.0, 1.0, 0.0]];
    assert_eq!(*loaded.primitives[0].positions, positions);
    scene["animations"][0]["channels"][0]["target"] =
        crate::scene::testing::pointer("/nodes/0/weights/2");
    assert_eq!(
        load_at(&scene, 0.5).unwrap_err(),
        "scene: animation 0, channel 0: the pointer names weight 2, but the number of morph \
         targets is 2."
    );
}

#[test]
fn broken_targets_are_refused() {
    let with = |name: &str, kind, count: usize| {
        let mut scene = morphing(json!([0, 1]));
        let numbers = floats(&vec![0.0; count * 4]);
        let accessor = add_accessor(&mut scene, &numbers, 5126, kind, count);
        scene["meshes"][0]["primitives"][0]["targets"][1][name] = json!(accessor);
        refusal(&scene)
    };
    assert_eq!(
        with("POSITION", "VEC3", 2),
        format!(
            "{PLACE}target 1: POSITION: accessor 4 has 2 elements, but that of POSITION has 3."
        )
    );
    assert_eq!(
        with("NORMAL", "VEC4", 3),
        format!("{PLACE}target 1: NORMAL: accessor 4 must be a VEC3 of floats.")
    );
    let scene = morphing(json!([3e38, 0]));
    assert_eq!(
        refusal(&scene),
        format!("{PLACE}POSITION of vertex 1 is not finite when it is morphed.")
    );
    let mut scene = morphing(json!([1, 0]));
    scene["meshes"][0]["primitives"][0]["targets"][0]["POSITION"] = json!(77);
    assert_eq!(
        refusal(&scene),
        format!("{PLACE}target 0: POSITION: refers to accessor 77, but the file has 4 of them.")
    );
}

#[test]
fn types_of_differences_are_those_of_gltf_and_of_quantization() {
    const BYTE: u32 = 5120;
    const UNSIGNED_BYTE: u32 = 5121;
    const SHORT: u32 = 5122;
    const UNSIGNED_SHORT: u32 = 5123;
    const UNSIGNED_INT: u32 = 5125;
    const FLOAT: u32 = 5126;
    type Types = &'static [(u32, bool)];
    const NONE: Types = &[];
    const SIGNED_FRACTIONS: Types = &[(BYTE, true), (SHORT, true)];
    const SIGNED: Types = &[(BYTE, false), (BYTE, true), (SHORT, false), (SHORT, true)];
    const FRACTIONS: Types = &[
        (BYTE, true),
        (UNSIGNED_BYTE, true),
        (SHORT, true),
        (UNSIGNED_SHORT, true),
    ];
    // What glTF allows beside floats, and with KHR_mesh_quantization.
    let rules: [(&str, &str, Types, Types); 6] = [
        ("POSITION", "VEC3", NONE, SIGNED),
        ("NORMAL", "VEC3", NONE, SIGNED_FRACTIONS),
        ("TANGENT", "VEC3", NONE, SIGNED_FRACTIONS),
        ("TEXCOORD_0", "VEC2", FRACTIONS, FRACTIONS),
        ("COLOR_0", "VEC3", FRACTIONS, FRACTIONS),
        ("COLOR_0", "VEC4", FRACTIONS, FRACTIONS),
    ];
    let mut types = vec![(UNSIGNED_INT, false), (FLOAT, false)];
    for component in [BYTE, UNSIGNED_BYTE, SHORT, UNSIGNED_SHORT] {
        types.extend([(component, false), (component, true)]);
    }
    for (name, kind, own, quantized) in rules {
        let cases = types.iter().flat_map(|&kind| [(kind, false), (kind, true)]);
        for ((component, normalized), has_quantization) in cases {
            let mut scene = morphing(json!([0, 1]));
            let accessor = add_accessor(&mut scene, &[0; 48], component, kind, 3);
            // Elements begin at multiples of four bytes.
            let view = scene["accessors"][accessor]["bufferView"].as_u64().unwrap();
            scene["bufferViews"][usize::try_from(view).unwrap()]["byteStride"] = json!(16);
            scene["accessors"][accessor]["normalized"] = json!(normalized);
            scene["meshes"][0]["primitives"][0]["targets"][1][name] = json!(accessor);
            if has_quantization {
                scene["extensionsUsed"] = json!(["KHR_mesh_quantization"]);
            }
            let allowed = if has_quantization { quantized } else { own };
            let expected = component == FLOAT || allowed.contains(&(component, normalized));
            let found = load(&scene).map(|_| ());
            assert_eq!(
                found.is_ok(),
                expected,
                "{name} {kind} {component} {normalized} {has_quantization}: {found:?}"
            );
        }
    }
}

#[test]
fn there_is_a_weight_for_each_target() {
    let change = |pointer: &str, name: &str, value: Value| {
        let mut scene = morphing(json!([0, 1]));
        scene.pointer_mut(pointer).unwrap()[name] = value;
        scene
    };
    let (node, mesh, primitive) = ("/nodes/0", "/meshes/0", "/meshes/0/primitives/0");
    let three = change(mesh, "weights", json!([0, 0, 0.5]));
    let mut two_primitives = morphing(json!([0, 0]));
    let mut second = two_primitives["meshes"][0]["primitives"][0].clone();
    second["targets"] = json!([{"POSITION": 2}]);
    let primitives = two_primitives["meshes"][0]["primitives"].as_array_mut();
    primitives.unwrap().push(second);
    for (scene, sentence) in [
        (
            three.clone(),
            "mesh 0: it has 3 weights, but 2 morph targets.",
        ),
        (
            change(node, "weights", json!([1])),
            "it has 1 weight, but mesh 0 has 2 morph targets.",
        ),
        (
            change(primitive, "targets", json!([])),
            "mesh 0: it has 2 weights, but 0 morph targets.",
        ),
        (
            morphing(json!([0, 1e308])),
            "mesh 0: weight 1 is not finite.",
        ),
        (
            change(node, "weights", json!([1e308, 0])),
            "weight 0 is not finite.",
        ),
        (
            two_primitives,
            "mesh 0: primitive 0 has 2 morph targets, but primitive 1 has 1.",
        ),
    ] {
        assert_eq!(refusal(&scene), format!("scene: node 0: {sentence}"));
        // What is not shown may be broken.
        let mut scene = scene;
        let mesh = scene["meshes"][0].clone();
        let weights = scene["nodes"][0]["weights"].clone();
        scene["nodes"][0] = json!({"mesh": 1});
        scene["nodes"]
            .as_array_mut()
            .unwrap()
            .push(json!({"mesh": 0}));
        if !weights.is_null() {
            scene["nodes"][1]["weights"] = weights;
        }
        let mut whole = mesh;
        whole["weights"] = json!([0, 1]);
        let target = json!({"POSITION": 2});
        whole["primitives"] = json!([whole["primitives"][0]]);
        whole["primitives"][0]["targets"] = json!([target, target]);
        scene["meshes"].as_array_mut().unwrap().push(whole);
        load(&scene).unwrap();
    }
    // A node's own weights count, whatever the mesh's are.
    let mut scene = three.clone();
    scene["nodes"][0]["weights"] = json!([0, 1]);
    load(&scene).unwrap();
    // VTK does not mind, so neither does what Drake's client sends.
    let mut scene = change(node, "weights", json!([1]));
    scene["asset"]["generator"] = json!("Drake glTF merger");
    let positions = load(&scene).unwrap().primitives[0].positions.clone();
    assert_eq!(positions[1], [1.0, 0.0, 2.0]);
    let mut scene = three;
    scene["asset"]["generator"] = json!("Drake glTF merger");
    assert_eq!(
        refusal(&scene),
        format!("{PLACE}weight 2 is 0.5, but the primitive has 2 morph targets.")
    );
}

#[test]
fn morphed_vertices_are_limited() {
    let bytes = serde_json::to_vec(&morphing(json!([1, 1]))).unwrap();
    for (limit, is_enough) in [(5, false), (6, true)] {
        let limits = Limits {
            morphed_vertices: limit,
            ..Limits::default()
        };
        let loaded = load_within(&bytes, Detail::Geometry, &limits);
        assert_eq!(loaded.is_ok(), is_enough, "{loaded:?}");
    }
}

#[test]
fn weights_and_attributes_of_targets_are_limited() {
    // Two weights, and two targets of one attribute each, for each of two ways to show the mesh.
    let mut scene = morphing(json!([1, 1]));
    scene["nodes"] = json!([{"mesh": 0}, {"mesh": 0}, {"mesh": 0, "weights": [1, 2]}]);
    scene["scenes"][0]["nodes"] = json!([0, 1, 2]);
    let bytes = serde_json::to_vec(&scene).unwrap();
    let load = |targets_resolved| {
        let limits = Limits {
            targets_resolved,
            ..Limits::default()
        };
        load_within(&bytes, Detail::Geometry, &limits).map_err(|error| error.to_string())
    };
    load(8).unwrap();
    assert_eq!(
        load(7).unwrap_err(),
        format!(
            "{PLACE}the scene has at least 8 weights and attributes of morph targets; the limit is 7 (--max-morph-targets)."
        )
    );
}
