//! The walk of whole documents.
#![allow(clippy::unwrap_used, reason = "tests")]

use glam::{DQuat, DVec3};
use serde_json::{Value, json};

use crate::scene::testing::{load, refusal, triangle};
use crate::scene::{Detail, Limits, Origin, Scene};

fn with_nodes(nodes: Value, roots: &Value) -> Value {
    let mut scene = triangle();
    scene["nodes"] = nodes;
    scene["scenes"] = json!([{"nodes": roots}]);
    scene
}

fn shown(scene: &Scene) -> Vec<usize> {
    scene
        .instances
        .iter()
        .map(|instance| instance.node)
        .collect()
}

#[test]
fn broken_rules_that_move_a_node_are_told() {
    let nodes = json!([
        {"children": [1], "translation": [1, 0, 0]}, {"mesh": 0},
        {"mesh": 0, "rotation": [0, 0, 0, 2]},
    ]);
    let mut scene = with_nodes(nodes, &json!([1, 2]));
    assert_eq!(
        load(&scene).unwrap().warnings,
        [
            "node 1 is a root of the scene, so that node 0, whose child it is too, does not move \
             it.",
            "node 2: its rotation is no unit quaternion and was made one.",
        ]
    );
    scene["asset"]["generator"] = json!("VTK");
    scene["scenes"][0]["nodes"] = json!([0, 2]);
    assert!(load(&scene).unwrap().warnings.is_empty());
}

#[test]
fn the_walk_is_depth_first_in_the_order_of_the_file() {
    let scene = with_nodes(
        json!([
            {"mesh": 0}, {"mesh": 0, "children": [4, 3]}, {"mesh": 0}, {"mesh": 0},
            {"mesh": 0, "children": [2]}, {"mesh": 0}
        ]),
        &json!([1, 0]),
    );
    let scene = load(&scene).unwrap();
    assert_eq!(shown(&scene), [1, 4, 2, 3, 0]);
    assert_eq!(scene.primitives.len(), 1);
}

#[test]
fn the_scene_is_the_chosen_one_or_the_first_or_all() {
    let mut scene = with_nodes(json!([{"mesh": 0}, {"mesh": 0}]), &json!([0]));
    scene["scenes"] = json!([{"nodes": [0]}, {"nodes": [1]}]);
    scene["scene"] = json!(1);
    assert_eq!(shown(&load(&scene).unwrap()), [1]);
    scene["scene"] = json!(2);
    assert_eq!(
        refusal(&scene),
        "scene: refers to scene 2, but the file has 2 of them."
    );
    scene.as_object_mut().unwrap().remove("scene");
    assert_eq!(shown(&load(&scene).unwrap()), [0]);
    scene.as_object_mut().unwrap().remove("scenes");
    scene["nodes"] = json!([{"mesh": 0}, {"mesh": 0, "children": [0]}, {"mesh": 0}]);
    assert_eq!(shown(&load(&scene).unwrap()), [1, 0, 2]);
}

#[test]
fn only_trees_are_walked() {
    let message = |nodes, roots: &Value| refusal(&with_nodes(nodes, roots));
    assert_eq!(
        message(json!([{"children": [1]}, {"children": [0]}]), &json!([0])),
        "scene: node 0 is below itself."
    );
    assert_eq!(
        message(json!([{"children": [0]}]), &json!([0])),
        "scene: node 0 is below itself."
    );
    assert_eq!(
        message(
            json!([{"children": [2]}, {"children": [2]}, {}]),
            &json!([0, 1])
        ),
        "scene: node 2 is twice in the hierarchy, below node 0 and below node 1."
    );
    assert_eq!(
        message(json!([{"children": [1]}, {}]), &json!([0, 1])),
        "scene: node 1 is twice in the hierarchy, below the scene and below node 0."
    );
    assert_eq!(
        message(json!([{"children": [1, 1]}, {}]), &json!([0])),
        "scene: node 1 is twice in the hierarchy, below node 0 and below node 0."
    );
    assert_eq!(
        message(json!([{"children": [7]}]), &json!([0])),
        "scene: node 0: refers to node 7, but the file has 1 of them."
    );
    assert_eq!(
        message(json!([{}]), &json!([1])),
        "scene: the scene: refers to node 1, but the file has 1 of them."
    );
    let mut scene = with_nodes(
        json!([{}, {"children": [2]}, {"children": [1]}]),
        &json!([]),
    );
    scene.as_object_mut().unwrap().remove("scenes");
    scene.as_object_mut().unwrap().remove("scene");
    assert_eq!(
        refusal(&scene),
        "scene: node 1 is in or below a cycle of nodes."
    );
}

#[test]
fn limits_of_the_hierarchy() {
    let chain = |length: usize| {
        let node = |i: usize| {
            if i + 1 < length {
                json!({"children": [i + 1]})
            } else {
                json!({})
            }
        };
        with_nodes((0..length).map(node).collect(), &json!([0]))
    };
    load(&chain(1000)).unwrap();
    assert_eq!(
        refusal(&chain(1001)),
        "scene: node 1000: the scene has at least 1001 levels of nodes; the limit is 1000 (--max-depth)."
    );
    let limits = Limits {
        nodes: 1,
        ..Limits::default()
    };
    let bytes = serde_json::to_vec(&chain(2)).unwrap();
    assert_eq!(
        crate::scene::testing::load_within(&bytes, Detail::Geometry, &limits)
            .unwrap_err()
            .to_string(),
        "scene: the scene has at least 2 nodes; the limit is 1 (--max-nodes)."
    );
}

fn world(scene: &Value) -> glam::DAffine3 {
    load(scene).unwrap().instances[0].world_from_model
}

#[test]
fn transforms_are_composed_from_the_root() {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let scene = with_nodes(
        json!([
            {"children": [1], "translation": [1, 2, 3], "scale": [2, 2, 2]},
            {"mesh": 0, "rotation": [0, 0, half, half], "translation": [1, 0, 0],
             "scale": [1, 3, 1]}
        ]),
        &json!([0]),
    );
    // (0, 1, 0) is scaled to (0, 3, 0), turned to (-3, 0, 0), moved to (-2, 0, 0), and so on.
    let point = world(&scene).transform_point3(DVec3::Y);
    assert!(point.distance(DVec3::new(-3.0, 2.0, 3.0)) < 1e-6, "{point}");
}

#[test]
fn matrix_wins_and_is_column_major() {
    let matrix = [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 7, 8, 9, 1];
    let scene = with_nodes(
        json!([{"mesh": 0, "matrix": matrix, "rotation": [0, 0.389, 0, 0.921], "scale": [5, 5, 5]}]),
        &json!([0]),
    );
    let point = world(&scene).transform_point3(DVec3::X);
    assert_eq!(point, DVec3::new(7.0, 9.0, 9.0));
}

#[test]
fn a_rotation_is_made_unit() {
    let scene = with_nodes(json!([{"mesh": 0, "rotation": [0, 0, 2, 0]}]), &json!([0]));
    let expected = DQuat::from_rotation_z(std::f64::consts::PI) * DVec3::X;
    assert!(world(&scene).transform_vector3(DVec3::X).distance(expected) < 1e-12);
}

#[test]
fn transforms_that_cannot_be_drawn_are_refused() {
    let message = |node: Value| refusal(&with_nodes(json!([node]), &json!([0])));
    let mut matrix = [
        1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 1.0,
    ];
    assert_eq!(
        message(json!({"matrix": matrix})),
        "scene: node 0: the last row of matrix is [0.0, 0.0, 0.5, 1.0]; only affine transforms, \
         [0, 0, 0, 1], are drawn."
    );
    matrix[11] = 0.0;
    matrix[0] = 1e39;
    assert_eq!(
        message(json!({"matrix": matrix})),
        "scene: node 0: matrix is not finite."
    );
    assert_eq!(
        message(json!({"rotation": [0, 0, 0, 0]})),
        "scene: node 0: rotation is not finite, or zero."
    );
    assert_eq!(
        message(json!({"scale": [1, 1e39, 1]})),
        "scene: node 0: scale is not finite."
    );
    let huge = json!({"scale": [1e38, 1e38, 1e38], "children": [1]});
    let chain: Vec<Value> = (1..12)
        .map(|child| {
            let mut node = huge.clone();
            node["children"] = json!([child]);
            node
        })
        .chain([json!({})])
        .collect();
    assert_eq!(
        refusal(&with_nodes(chain.into(), &json!([0]))),
        "scene: node 1: its transform in the scene is not finite."
    );
}

#[test]
fn only_what_is_below_the_renderer_node_comes_from_vtk() {
    let mut scene = with_nodes(
        json!([
            {"mesh": 0}, {"name": "Renderer Node", "children": [0, 3]}, {"mesh": 0}, {"mesh": 0}
        ]),
        &json!([1, 2]),
    );
    let origins = |scene: &Value| -> Vec<Origin> {
        load(scene)
            .unwrap()
            .instances
            .iter()
            .map(|instance| instance.origin)
            .collect()
    };
    assert_eq!(origins(&scene), [Origin::Gltf; 3]);
    for generator in ["VTK", "Drake glTF merger"] {
        scene["asset"]["generator"] = json!(generator);
        assert_eq!(
            origins(&scene),
            [Origin::VtkShape, Origin::VtkShape, Origin::Gltf]
        );
    }
}

#[test]
fn an_invisible_node_hides_the_meshes_below_it_but_no_cameras() {
    let hidden = json!({"KHR_node_visibility": {"visible": false}});
    let shown_again = json!({"KHR_node_visibility": {}});
    let mut scene = with_nodes(
        json!([
            {"mesh": 0, "children": [1, 2], "extensions": hidden},
            {"mesh": 7, "extensions": shown_again}, {"camera": 0}, {"mesh": 0}
        ]),
        &json!([0, 3]),
    );
    scene["cameras"] = json!([{"type": "perspective", "perspective": {"yfov": 1, "znear": 1}}]);
    let loaded = load(&scene).unwrap();
    assert_eq!(shown(&loaded), [3]);
    assert_eq!(loaded.cameras.len(), 1);
    scene["nodes"][0]["extensions"]["KHR_node_visibility"]["visible"] = json!(0);
    assert_eq!(
        refusal(&scene),
        "scene: node 0: KHR_node_visibility: invalid type: integer `0`, expected a boolean."
    );
}
