//! Whole documents, posed by channels of nodes.
#![allow(clippy::float_cmp, clippy::unwrap_used, reason = "tests")]

use glam::{DQuat, DVec3};
use serde_json::{Value, json};

use crate::scene::testing::{
    add_accessor, add_channel, floats, load, load_at, load_selected, load_within, pointer, triangle,
};
use crate::scene::{Choice, Detail, Limits, Selection};

const VEC3: (&str, u32) = ("VEC3", 5126);
const VEC4: (&str, u32) = ("VEC4", 5126);

fn node(path: &str) -> Value {
    json!({"node": 0, "path": path})
}

/// The triangle, which moves along x by 2 m in the first second.
fn moving() -> Value {
    let mut scene = triangle();
    let output = floats(&[0.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
    add_channel(&mut scene, &node("translation"), 2, VEC3, &output);
    scene
}

fn x(scene: &Value, selection: Selection) -> Result<f64, String> {
    let scene = load_selected(scene, selection)?;
    Ok(scene.instances[0].world_from_model.translation.x)
}

fn refusal_at(scene: &Value) -> String {
    load_at(scene, 0.5).unwrap_err()
}

#[test]
fn nothing_moves_unless_it_is_asked_for() {
    let select = |animation, time| Selection {
        animation,
        time,
        ..Selection::default()
    };
    let mut scene = moving();
    scene["nodes"][0]["translation"] = json!([7, 0, 0]);
    scene["animations"][0]["name"] = json!("go");
    scene["animations"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "go", "channels": 1}));
    let at = |selection| x(&scene, selection);
    assert_eq!(at(select(None, None)), Ok(7.0));
    assert_eq!(at(select(None, Some(0.25))), Ok(0.5));
    assert_eq!(at(select(Some(Choice::Index(0)), None)), Ok(0.0));
    let go = || Some(Choice::Name("go".into()));
    assert_eq!(at(select(go(), Some(9.0))), Ok(2.0));
    let of = |choice| at(select(Some(choice), None)).unwrap_err();
    assert_eq!(
        of(Choice::Index(2)),
        "scene: there is no animation 2; the file has 2 of them."
    );
    assert_eq!(
        of(Choice::Name("stay".into())),
        "scene: there is no animation \"stay\"; the file has 2 of them."
    );
    // The second is broken, which is of no concern until it is asked for.
    let broken = of(Choice::Index(1));
    assert!(
        broken.starts_with("scene: animation 1: channels: invalid type"),
        "{broken}"
    );
}

#[test]
fn a_file_without_animations_is_the_same_at_all_times() {
    assert_eq!(load_at(&triangle(), 3.0).unwrap().instances.len(), 1);
    let mut scene = triangle();
    scene["animations"] = json!(null);
    assert_eq!(load_at(&scene, 3.0).unwrap().instances.len(), 1);
}

#[test]
fn all_parts_of_a_transform_move() {
    let mut scene = moving();
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let turn = floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, half, half]);
    add_channel(&mut scene, &node("rotation"), 2, VEC4, &turn);
    let scale = floats(&[1.0, 1.0, 1.0, 3.0, 3.0, 3.0]);
    add_channel(&mut scene, &node("scale"), 2, VEC3, &scale);
    let world = load_at(&scene, 0.5).unwrap().instances[0].world_from_model;
    let turn = DQuat::from_rotation_z(std::f64::consts::FRAC_PI_4);
    let expected = DVec3::X + turn * (2.0 * DVec3::X);
    let found = world.transform_point3(DVec3::X);
    assert!(found.distance(expected) < 1e-7, "{found}");
}

#[test]
fn rotations_may_be_normalized_shorts() {
    let mut scene = triangle();
    let turn: Vec<u8> = [0_i16, 0, 0, 32767, 0, 0, 32767, 0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    add_channel(&mut scene, &node("rotation"), 2, ("VEC4", 5122), &turn);
    let message = refusal_at(&scene);
    assert!(
        message.contains("must be a VEC4 of floats or normalized integers"),
        "{message}"
    );
    let output = scene["animations"][0]["samplers"][0]["output"]
        .as_u64()
        .unwrap();
    scene["accessors"][usize::try_from(output).unwrap()]["normalized"] = json!(true);
    let world = load_at(&scene, 0.5).unwrap().instances[0].world_from_model;
    assert!(world.transform_vector3(DVec3::X).distance(DVec3::Y) < 1e-12);
}

#[test]
fn nodes_outside_the_scene_and_channels_without_a_node_may_be_animated() {
    let mut scene = moving();
    scene["nodes"]
        .as_array_mut()
        .unwrap()
        .push(json!({"mesh": 0}));
    scene["animations"][0]["channels"][0]["target"]["node"] = json!(1);
    assert_eq!(x(&scene, Selection::default()), Ok(0.0));
    assert_eq!(load_at(&scene, 1.0).unwrap().instances.len(), 1);
    scene["animations"][0]["channels"][0]["target"] = json!({"path": "translation"});
    assert_eq!(load(&scene).unwrap().instances.len(), 1);
    assert_eq!(load_at(&scene, 1.0).unwrap().instances.len(), 1);
    // The fault is found behind what the `gltf` crate cannot read.
    scene["meshes"][0]["primitives"] = json!(7);
    let message = load(&scene).unwrap_err();
    assert!(
        message.starts_with("scene: meshes[0].primitives: invalid type"),
        "{message}"
    );
}

#[test]
fn broken_channels_are_refused_by_index() {
    let place = "scene: animation 0, channel 0: ";
    for (at, value, message) in [
        (
            "/channels/0/sampler",
            json!(4),
            "refers to sampler 4, but the file has 1 of them.",
        ),
        (
            "/channels/0/target/node",
            json!(4),
            "refers to node 4, but the file has 1 of them.",
        ),
        (
            "/channels/0/target/path",
            json!("shape"),
            "target.path \"shape\" is none of translation, rotation, scale, weights and pointer.",
        ),
        (
            "/channels/0/target/path",
            json!("weights"),
            "mesh 0 has no morph targets.",
        ),
        (
            "/channels/0/target/path",
            json!("rotation"),
            "sampler 0: output: accessor 3 must be a VEC4 of floats or normalized integers.",
        ),
        (
            "/channels/0/target/path",
            json!("pointer"),
            "target: KHR_animation_pointer is missing.",
        ),
        (
            "/samplers/0/input",
            json!(9),
            "sampler 0: refers to accessor 9, but the file has 4 of them.",
        ),
        (
            "/samplers/0/input",
            json!(0),
            "sampler 0: input: accessor 0 must be a SCALAR of floats.",
        ),
        (
            "/samplers/0/output",
            json!(0),
            "sampler 0: its output has 9 numbers, but 2 keys need 6.",
        ),
        (
            "/samplers/0/interpolation",
            json!("CUBIC"),
            "sampler 0: interpolation \"CUBIC\" is none of LINEAR, STEP and CUBICSPLINE.",
        ),
        (
            "/samplers/0/interpolation",
            json!("CUBICSPLINE"),
            "sampler 0: its output has 6 numbers, but 2 keys need 18.",
        ),
    ] {
        let mut scene = moving();
        let (parent, name) = at.rsplit_once('/').unwrap();
        scene["animations"][0].pointer_mut(parent).unwrap()[name] = value;
        assert_eq!(refusal_at(&scene), format!("{place}{message}"), "{at}");
    }
    let mut scene = moving();
    scene["nodes"][0]["matrix"] = json!([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    assert_eq!(
        refusal_at(&scene),
        format!(
            "{place}node 0 has a matrix; only translation, rotation and scale can be animated."
        )
    );
    let mut scene = moving();
    let twice = pointer("/nodes/0/translation");
    add_channel(&mut scene, &twice, 2, VEC3, &floats(&[0.0; 6]));
    assert_eq!(
        refusal_at(&scene),
        "scene: animation 0, channel 1: another channel of the animation has the same target."
    );
}

#[test]
fn keys_are_finite_and_limited() {
    let mut scene = moving();
    let times = add_accessor(&mut scene, &floats(&[0.0, f32::NAN]), 5126, "SCALAR", 2);
    scene["animations"][0]["samplers"][0]["input"] = json!(times);
    assert_eq!(
        refusal_at(&scene),
        "scene: animation 0, channel 0: sampler 0: input: accessor 4: element 1 is not finite."
    );
    let limits = Limits {
        keyframe_numbers: 7,
        ..Limits::default()
    };
    let bytes = serde_json::to_vec(&moving()).unwrap();
    load_within(&bytes, Detail::Geometry, &limits).unwrap();
    let mut options = crate::scene::Options::new(Detail::Geometry);
    options.limits = limits;
    options.selection.time = Some(0.0);
    assert_eq!(
        crate::scene::load(&bytes, &options)
            .unwrap_err()
            .to_string(),
        "scene: animation 0, channel 0: sampler 0: the scene has at least 8 numbers in keyframes; \
         the limit is 7 (--max-keyframe-numbers)."
    );
}

#[test]
fn what_an_animation_uses_is_counted_and_what_it_decoded_is_let_go() {
    let scene = moving();
    let (at_rest, moved) = (load(&scene).unwrap().usage, load_at(&scene, 0.5).unwrap());
    // Two times, and two places of three numbers.
    assert_eq!(
        (at_rest.keyframe_numbers, moved.usage.keyframe_numbers),
        (0, 8)
    );
    assert!(at_rest.decoded_bytes > 0);
    assert_eq!(moved.usage.decoded_bytes, at_rest.decoded_bytes);
}
