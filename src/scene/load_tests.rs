//! Whole scenes: what is shared, what need not be whole, and the cameras.
#![allow(clippy::float_cmp, clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;
use crate::scene::testing::{load as load_json, load_within, refusal, triangle};
use crate::scene::{Choice, Limits};

#[test]
fn a_mesh_shown_twice_is_read_once() {
    let mut scene = triangle();
    scene["nodes"] = json!([{"mesh": 0}, {"mesh": 0, "translation": [1, 0, 0]}]);
    scene["scenes"][0]["nodes"] = json!([0, 1]);
    let loaded = load_json(&scene).unwrap();
    assert_eq!((loaded.primitives.len(), loaded.instances.len()), (1, 2));
    assert_eq!(loaded.instances[1].world_from_model.translation.x, 1.0);
    let limits = Limits {
        instances: 1,
        ..Limits::default()
    };
    let bytes = serde_json::to_vec(&scene).unwrap();
    assert_eq!(
        load_within(&bytes, Detail::Geometry, &limits)
            .unwrap_err()
            .to_string(),
        "scene: the scene has at least 2 primitives drawn; the limit is 1 (--max-instances)."
    );
    let limits = Limits {
        elements_drawn: 1,
        ..Limits::default()
    };
    assert_eq!(
        load_within(&bytes, Detail::Geometry, &limits)
            .unwrap_err()
            .to_string(),
        "scene: the scene has at least 2 triangles, lines and points drawn; the limit is 1 (--max-elements)."
    );
    scene["nodes"][0]["mesh"] = json!(3);
    assert_eq!(
        refusal(&scene),
        "scene: node 0: refers to mesh 3, but the file has 1 of them."
    );
}

#[test]
fn what_is_not_shown_may_be_broken() {
    let mut scene = triangle();
    scene["meshes"].as_array_mut().unwrap().push(json!({
        "primitives": [{"attributes": {"POSITION": 99}}]
    }));
    scene["buffers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"byteLength": 9, "uri": "gone.bin"}));
    load_json(&scene).unwrap();
}

#[test]
fn cameras_are_found_in_the_order_of_the_walk() {
    let mut scene = triangle();
    let lens =
        |near: f64| json!({"type": "perspective", "perspective": {"yfov": 1, "znear": near}});
    scene["cameras"] = json!([lens(1.0), lens(2.0), {"type": "perspective"}]);
    scene["nodes"] = json!([{"camera": 0}, {"camera": 1, "children": [0]}]);
    scene["scenes"][0]["nodes"] = json!([1]);
    let cameras = load_json(&scene).unwrap().cameras;
    assert_eq!(
        cameras.iter().map(|camera| camera.node).collect::<Vec<_>>(),
        [1, 0]
    );
}

#[test]
fn a_faulty_camera_matters_to_who_chooses_it() {
    let mut scene = triangle();
    let lens = |fov: f64| json!({"type": "perspective", "perspective": {"yfov": fov, "znear": 1}});
    scene["cameras"] = json!([lens(1.0), lens(0.0), {"type": "perspective", "name": "c"}]);
    scene["nodes"] = json!([
        {"camera": 0}, {"camera": 1}, {"camera": 2}, {"camera": 9},
        {"camera": 0, "name": "flat", "scale": [0, 0, 0]}, {"camera": 0, "name": "last"}
    ]);
    scene["scenes"][0]["nodes"] = json!([0, 1, 2, 3, 4, 5]);
    let loaded = load_json(&scene).unwrap();
    let chosen = |scene: &Scene, choice: Option<Choice>| {
        let node = scene.camera(choice.as_ref()).map_err(|e| e.to_string());
        node.map(|node| node.map(|node| node.node))
    };
    let type_fault = "scene: node 2: camera 2: type is neither perspective nor orthographic, or \
                      the object of that name is missing.";
    let name = |name: &str| Some(Choice::Name(name.into()));
    for (choice, expected) in [
        (None, Ok(Some(0))),
        (Some(Choice::Index(0)), Ok(Some(0))),
        (
            Some(Choice::Index(1)),
            Err("scene: node 1: camera 1: yfov 0 is not a positive number."),
        ),
        (Some(Choice::Index(2)), Err(type_fault)),
        (name("c"), Err(type_fault)),
        (
            Some(Choice::Index(9)),
            Err("scene: node 3: refers to camera 9, but the file has 3 of them."),
        ),
        (
            name("flat"),
            Err("scene: node 4: the node's transform gives its camera no direction."),
        ),
        (name("last"), Ok(Some(5))),
        (Some(Choice::Index(3)), Ok(None)),
    ] {
        let expected = expected.map_err(str::to_owned);
        assert_eq!(chosen(&loaded, choice.clone()), expected, "{choice:?}");
    }
    assert_eq!(loaded.warnings.len(), 4);
    assert_eq!(
        loaded.warnings[0],
        "a camera is left out: node 1: camera 1: yfov 0 is not a positive number."
    );
    // The first of all is the one that is used.
    scene["scenes"][0]["nodes"] = json!([1, 0]);
    let loaded = load_json(&scene).unwrap();
    let fault = "scene: node 1: camera 1: yfov 0 is not a positive number.";
    assert_eq!(chosen(&loaded, None), Err(fault.to_owned()));
    assert_eq!(chosen(&loaded, Some(Choice::Index(0))), Ok(Some(0)));
}

#[test]
fn indices_with_a_stride_are_told() {
    let mut scene = triangle();
    let view = scene["accessors"][1]["bufferView"].as_u64().unwrap();
    scene["bufferViews"][usize::try_from(view).unwrap()]["byteStride"] = json!(4);
    let loaded = load_json(&scene).unwrap();
    assert_eq!(*loaded.primitives[0].indices, [0, 1, 2]);
    assert_eq!(
        loaded.warnings,
        [
            "mesh 0, primitive 0: indices: bufferView 1 has a byteStride, which only those of \
             vertices may have."
        ]
    );
}
