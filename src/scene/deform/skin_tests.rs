//! Skins of whole documents.
#![allow(clippy::float_cmp, clippy::unwrap_used)]
use serde_json::{Value, json};

use super::*;
use crate::scene::testing::{
    add_accessor, add_attribute, add_channel, floats, load, load_at, refusal, triangle,
};

const PLACE: &str = "scene: mesh 0, primitive 0: ";

/// The triangle; its vertices follow the nodes 1, 2 and both, of which the first stands 1000 km
/// to the right and the second 4 m above that. The matrices take nothing away.
fn skinned(weights: [f32; 12]) -> Value {
    let mut scene = triangle();
    scene["nodes"] = json!([
        {"mesh": 0, "skin": 0, "translation": [99, 99, 99]},
        {"translation": [1e6, 0, 0], "children": [2]},
        {"translation": [0, 4, 0]}
    ]);
    scene["skins"] = json!([{"joints": [1, 2]}]);
    add_attribute(&mut scene, "WEIGHTS_0", "VEC4", &weights);
    let joints = add_accessor(&mut scene, &[0, 1, 0, 0].repeat(3), 5121, "VEC4", 3);
    scene["accessors"][joints]["normalized"] = json!(false);
    scene["meshes"][0]["primitives"][0]["attributes"]["JOINTS_0"] = json!(joints);
    scene
}

const WEIGHTS: [f32; 12] = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.25, 0.75, 0.0, 0.0];

/// The positions relative to the first joint, which is where they are put.
fn positions(scene: &Value) -> Vec<[f32; 3]> {
    let scene = load(scene).unwrap();
    let place = DAffine3::from_translation(DVec3::new(1e6, 0.0, 0.0));
    assert_eq!(scene.instances[0].world_from_model, place);
    scene.primitives[0].positions.to_vec()
}

#[test]
fn vertices_follow_their_joints_and_not_the_node() {
    // The joints are outside the scene.
    let expected = [[0.0; 3], [1.0, 4.0, 0.0], [0.0, 4.0, 0.0]];
    assert_eq!(positions(&skinned(WEIGHTS)), expected);
    let mut inside = skinned(WEIGHTS);
    inside["scenes"][0]["nodes"] = json!([0, 1]);
    assert_eq!(positions(&inside), expected);
}

#[test]
fn weights_are_normalized_and_none_means_the_first_joint() {
    let mut weights = WEIGHTS;
    weights[..2].copy_from_slice(&[0.5, 0.5]);
    weights[4..6].copy_from_slice(&[0.0, 0.0]);
    weights[8..10].copy_from_slice(&[2.0, 6.0]);
    assert_eq!(
        positions(&skinned(weights)),
        [[0.0, 2.0, 0.0], [1.0, 0.0, 0.0], [0.0, 4.0, 0.0]]
    );
}

#[test]
fn weights_may_be_bytes_in_two_sets() {
    let mut scene = skinned(WEIGHTS);
    let set = |scene: &mut Value, name: &str, bytes: &[u8], normalized: bool| {
        let index = add_accessor(scene, bytes, 5121, "VEC4", 3);
        scene["accessors"][index]["normalized"] = json!(normalized);
        scene["meshes"][0]["primitives"][0]["attributes"][name] = json!(index);
    };
    set(&mut scene, "WEIGHTS_0", &[51; 12], true);
    set(&mut scene, "JOINTS_0", &[0; 12], false);
    set(&mut scene, "WEIGHTS_1", &[51, 0, 0, 0].repeat(3), true);
    set(&mut scene, "JOINTS_1", &[1; 12], false);
    let found = positions(&scene);
    assert!((found[0][1] - 0.8).abs() < 1e-6, "{found:?}");
    set(&mut scene, "WEIGHTS_2", &[51; 12], true);
    set(&mut scene, "JOINTS_2", &[0; 12], false);
    assert_eq!(
        refusal(&scene),
        format!("{PLACE}JOINTS_2: more than 8 joints for a vertex are not drawn.")
    );
}

#[test]
fn inverse_bind_matrices_come_before_the_joints() {
    let mut scene = skinned(WEIGHTS);
    let half = DMat4::from_scale(DVec3::splat(0.5));
    let below = DMat4::from_translation(DVec3::new(0.0, -4.0, 0.0));
    let matrices: Vec<f32> = [half, below]
        .iter()
        .flat_map(|m| m.as_mat4().to_cols_array())
        .collect();
    let index = add_accessor(&mut scene, &floats(&matrices), 5126, "MAT4", 2);
    scene["skins"][0]["inverseBindMatrices"] = json!(index);
    assert_eq!(
        positions(&scene),
        [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 0.125 + 0.75, 0.0]]
    );
    scene["accessors"][index]["count"] = json!(1);
    let place = "scene: node 0: skin 0: inverseBindMatrices: accessor 4: ";
    assert_eq!(
        refusal(&scene),
        format!("{place}it has 1 element for 2 joints.")
    );
    scene["accessors"][index]["type"] = json!("VEC4");
    assert_eq!(
        refusal(&scene),
        format!("{place}it must be a MAT4 of floats.")
    );
    scene["accessors"][index]["type"] = json!("MAT3");
    assert_eq!(
        refusal(&scene),
        format!("{place}type is none of SCALAR, VEC2, VEC3, VEC4 and MAT4.")
    );
    let index = add_accessor(&mut scene, &floats(&[1.0; 32]), 5126, "MAT4", 2);
    scene["skins"][0]["inverseBindMatrices"] = json!(index);
    assert_eq!(
        refusal(&scene),
        "scene: node 0: skin 0: inverseBindMatrices: accessor 5: the last row of element 0 is \
         [1.0, 1.0, 1.0, 1.0], not [0, 0, 0, 1]."
    );
}

#[test]
fn normals_and_tangents_turn_with_the_joints() {
    let mut scene = skinned([1.0, 0.0, 0.0, 0.0].repeat(3).try_into().unwrap());
    scene["nodes"][1]["scale"] = json!([2, 1, 1]);
    add_attribute(&mut scene, "NORMAL", "VEC3", &[1.0, 1.0, 0.0].repeat(3));
    let loaded = load(&scene).unwrap();
    let normal = loaded.primitives[0].shading.as_ref().unwrap().normals[0];
    // The surface is stretched along x, so its normal turns towards y.
    let expected = DVec3::new(0.5, 1.0, 0.0).normalize().as_vec3().to_array();
    assert_eq!(normal, expected);
    let influences = Influences {
        pose: Arc::new(Pose {
            skin: 0,
            content: Digest::default(),
            world_from_frame: DAffine3::IDENTITY,
            joints: vec![DAffine3::from_scale(DVec3::new(2.0, 1.0, 1.0))],
        }),
        sets: vec![[Arc::new([[0.0; 4]]), Arc::new([[1.0, 0.0, 0.0, 0.0]])]],
    };
    let tangent = influences.tangents(&[[1.0, 2.0, 0.0, -1.0]]).unwrap()[0];
    let half = std::f32::consts::FRAC_1_SQRT_2;
    assert_eq!(tangent, [half, half, 0.0, -1.0]);
}

#[test]
fn a_mirroring_skeleton_mirrors_the_frame() {
    let mut scene = skinned(WEIGHTS);
    scene["nodes"][1]["scale"] = json!([-1, 1, 1]);
    let loaded = load(&scene).unwrap();
    let place = loaded.instances[0].world_from_model;
    assert!(place.matrix3.determinant() < 0.0);
    let vertex = loaded.primitives[0].positions[1].map(f64::from);
    let world = place.transform_point3(DVec3::from(vertex));
    assert_eq!(world, DVec3::new(1e6 - 1.0, 4.0, 0.0));
}

#[test]
fn joints_are_animated() {
    let mut scene = skinned(WEIGHTS);
    let output = floats(&[0.0, 0.0, 0.0, 0.0, 8.0, 0.0]);
    let target = json!({"node": 2, "path": "translation"});
    add_channel(&mut scene, &target, 2, ("VEC3", 5126), &output);
    let loaded = load_at(&scene, 0.25).unwrap();
    assert_eq!(loaded.primitives[0].positions[1], [1.0, 2.0, 0.0]);
}

#[test]
fn a_skin_is_posed_once_for_all_that_have_it() {
    let mut scene = skinned(WEIGHTS);
    let nodes = scene["nodes"].as_array_mut().unwrap();
    nodes.push(json!({"mesh": 0, "skin": 0}));
    nodes.push(json!({"mesh": 0}));
    scene["scenes"][0]["nodes"] = json!([0, 3, 4]);
    let loaded = load(&scene).unwrap();
    let shown: Vec<usize> = loaded.instances.iter().map(|i| i.primitive).collect();
    assert_eq!(shown, [0, 0, 1]);
    assert_eq!(loaded.primitives[1].positions[1], [1.0, 0.0, 0.0]);
}

#[test]
fn broken_skins_are_refused() {
    let message = |change: &dyn Fn(&mut Value)| {
        let mut scene = skinned(WEIGHTS);
        change(&mut scene);
        refusal(&scene)
    };
    let attributes = "/meshes/0/primitives/0/attributes";
    let node = "scene: node 0: ";
    for (pointer, name, value, expected) in [
        (
            "/nodes/0",
            "skin",
            json!(2),
            format!("{node}refers to skin 2, but the file has 1 of them."),
        ),
        (
            "/skins/0",
            "joints",
            json!([]),
            format!("{node}skin 0: it has no joints."),
        ),
        (
            "/skins/0",
            "joints",
            json!([1, 9]),
            format!("{node}skin 0: refers to node 9, but the file has 3 of them."),
        ),
        (
            "/nodes/2",
            "children",
            json!([1]),
            format!("{node}skin 0: node 1 is in or below a cycle of nodes."),
        ),
        (
            "/nodes/1",
            "rotation",
            json!([0, 0, 0, 0]),
            format!("{node}skin 0: node 1: rotation is not finite, or zero."),
        ),
        (
            "/skins/0",
            "joints",
            json!([1]),
            format!("{PLACE}JOINTS_0 of vertex 1 has 1, but skin 0 has 1 joint."),
        ),
        (
            attributes,
            "WEIGHTS_1",
            json!(2),
            format!("{PLACE}its node has a skin, but JOINTS_1 or WEIGHTS_1 is missing."),
        ),
        (
            attributes,
            "WEIGHTS_0",
            json!(3),
            format!(
                "{PLACE}WEIGHTS_0: accessor 3 must be a VEC4 of floats or of normalized \
                 unsigned bytes or shorts."
            ),
        ),
        (
            attributes,
            "JOINTS_0",
            json!(2),
            format!(
                "{PLACE}JOINTS_0: accessor 2 must be a VEC4 of unsigned bytes or shorts, not \
                 normalized."
            ),
        ),
        (
            "/accessors/3",
            "count",
            json!(2),
            format!("{PLACE}JOINTS_0: accessor 3 has 2 elements, but that of POSITION has 3."),
        ),
    ] {
        let found = message(&|scene| scene.pointer_mut(pointer).unwrap()[name] = value.clone());
        assert_eq!(found, expected);
    }
    let mut weights = WEIGHTS;
    weights[4] = -0.5;
    assert_eq!(
        refusal(&skinned(weights)),
        format!("{PLACE}WEIGHTS_0 of vertex 1 has -0.5, which is negative.")
    );
    let mut scene = skinned(WEIGHTS);
    scene["meshes"][0]["primitives"][0]["attributes"] = json!({"POSITION": 0});
    assert_eq!(
        refusal(&scene),
        format!("{PLACE}its node has a skin, but JOINTS_0 or WEIGHTS_0 is missing.")
    );
    let instancing = json!({"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 0}}});
    assert_eq!(
        message(&|scene| scene["nodes"][0]["extensions"] = instancing.clone()),
        format!("{node}EXT_mesh_gpu_instancing: a node with a skin is not instanced.")
    );
}
