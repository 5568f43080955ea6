//! Keys of animations: splines, integers, and what `KHR_animation_pointer` moves.

use glam::{DAffine3, DQuat, DVec3};
use serde_json::{Value, json};

use crate::geometry::{cuboid, view};
use crate::harness::decode::{self, QUADRANTS, quadrants};
use crate::harness::gltf::{Gltf, NEAREST, REPEAT, U8, sampler};
use crate::harness::multipart::Form;
use crate::harness::truth::{Object, Shape, Truth};
use crate::harness::view::View;
use crate::harness::{client, expect, server, trials};
use crate::motion::{add_target, animate, boxed, render, true_to};

trials![
    a_spline_of_translations,
    a_spline_of_rotations,
    rotations_as_normalized_shorts,
    weights_as_normalized_bytes,
    a_pointer_to_the_weights_of_a_mesh,
    a_pointer_to_visibility,
    a_pointer_to_a_texture_transform,
    a_pointer_to_the_field_of_view,
];

/// SHORT.
const I16: u32 = 5122;

/// The box, in a node and seen by the camera.
fn shown() -> (Gltf, usize) {
    let mut gltf = boxed();
    let node = gltf.root(json!({"mesh": 0}));
    gltf.camera(&view());
    (gltf, node)
}

/// The target of a channel that animates what a JSON pointer leads to.
fn pointer(to: &str) -> Value {
    json!({"path": "pointer", "extensions": {"KHR_animation_pointer": {"pointer": to}}})
}

/// A quarter of the two seconds on, the sum of appendix C is 27/32 and 5/32 of the values and
/// 2·9/64 and -2·3/64 of the tangents between them.
fn a_spline_of_translations() {
    let (mut gltf, node) = shown();
    let unused = [9.0_f32; 3];
    let keys = gltf.vectors(&[
        unused,
        [-0.25, 0.0, 0.0],
        [0.8, -0.4, 0.0],
        [0.8, 0.4, -0.8],
        [0.25, 0.25, -0.25],
        unused,
    ]);
    let target = json!({"node": node, "path": "translation"});
    animate(&mut gltf, &target, keys, "CUBICSPLINE");
    for (time, [x, y, z]) in [
        ("0.5", [-0.25, 0.0, 0.0]),
        ("1.5", [-0.021_875, -0.110_937_5, 0.035_937_5]),
        ("3", [0.25, 0.25, -0.25]),
    ] {
        let object = Object::at(cuboid().shape, x, y, z, 5);
        let name = format!("spline at {time} s");
        true_to(&name, &gltf, &[("time", time)], &[object]);
    }
}

/// Half of the way the sum is (0, 0, 0.5 + 0.25·1, 0.5 + 0.25·2), which is not of unit length.
fn a_spline_of_rotations() {
    let (mut gltf, node) = shown();
    let unused = [9.0_f32; 4];
    let keys = gltf.vectors(&[
        unused,
        [0.0, 0.0, 0.0, 1.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, -2.0],
        [0.0, 0.0, 1.0, 0.0],
        unused,
    ]);
    let target = json!({"node": node, "path": "rotation"});
    animate(&mut gltf, &target, keys, "CUBICSPLINE");
    let pose = DAffine3::from_quat(DQuat::from_xyzw(0.0, 0.0, 0.6, 0.8));
    let object = Object { pose, ..cuboid() };
    true_to("turned spline", &gltf, &[("time", "2")], &[object]);
}

fn rotations_as_normalized_shorts() {
    let (mut gltf, node) = shown();
    let keys = [[0_i16, 0, 0, 32767], [0, 19661, 0, 26214]];
    let bytes: Vec<u8> = (keys.as_flattened().iter())
        .flat_map(|x| x.to_le_bytes())
        .collect();
    let keys = gltf.normalized(&bytes, I16, "VEC4", 2);
    let target = json!({"node": node, "path": "rotation"});
    animate(&mut gltf, &target, keys, "LINEAR");
    // The whole turn and, by its half-angle's half, the half of it.
    let whole = 2.0 * 19661_f64.atan2(26214.0);
    for (time, angle) in [("3", whole), ("2", whole / 2.0)] {
        let pose = DAffine3::from_rotation_y(angle);
        let name = format!("shorts at {time} s");
        let object = Object { pose, ..cuboid() };
        true_to(&name, &gltf, &[("time", time)], &[object]);
    }
}

/// The box, a fifth of the way to the one of [`add_target`].
fn a_fifth() -> Object {
    let half = DVec3::new(0.45, 0.42, 0.38);
    Object::at(Shape::Cuboid(half), 0.0, 0.0, 0.0, 5)
}

fn weights_as_normalized_bytes() {
    let (mut gltf, node) = shown();
    add_target(&mut gltf);
    let keys = gltf.normalized(&[0, 102], U8, "SCALAR", 2);
    let target = json!({"node": node, "path": "weights"});
    animate(&mut gltf, &target, keys, "LINEAR");
    true_to("bytes", &gltf, &[("time", "2")], &[a_fifth()]);
}

fn a_pointer_to_the_weights_of_a_mesh() {
    let (mut gltf, _) = shown();
    add_target(&mut gltf);
    gltf.json["meshes"][0]["weights"] = json!([0.7]);
    let keys = gltf.scalars(&[0.0, 0.8]);
    animate(&mut gltf, &pointer("/meshes/0/weights"), keys, "LINEAR");
    true_to("mesh", &gltf, &[("time", "1.5")], &[a_fifth()]);
}

fn a_pointer_to_visibility() {
    let (mut gltf, node) = shown();
    let beside = Object::at(cuboid().shape, -0.3, -0.6, 0.0, 5);
    gltf.root(json!({"mesh": 0, "translation": [-0.3, -0.6, 0]}));
    gltf.json["nodes"][node]["extensions"] = json!({"KHR_node_visibility": {"visible": true}});
    let keys = gltf.accessor(&[0, 1], U8, "SCALAR", 2);
    let to = format!("/nodes/{node}/extensions/KHR_node_visibility/visible");
    animate(&mut gltf, &pointer(&to), keys, "STEP");
    true_to("hidden", &gltf, &[("time", "2.9")], &[beside]);
    true_to("shown", &gltf, &[("time", "3")], &[beside, cuboid()]);
}

/// Half the size: each side of the box sees one texel; moved by half an image, another.
fn a_pointer_to_a_texture_transform() {
    let (mut gltf, _) = shown();
    let texture = gltf.texture(&quadrants(), sampler(NEAREST, REPEAT));
    let transform = json!({"KHR_texture_transform": {"scale": [0.5, 0.5]}});
    gltf.json["materials"][0] = json!({"extensions": {"KHR_materials_unlit": {}},
        "pbrMetallicRoughness": {"baseColorTexture": {"index": texture, "extensions": transform}}});
    let to = "/materials/0/pbrMetallicRoughness/baseColorTexture/extensions/\
        KHR_texture_transform/offset";
    let keys = gltf.vectors(&[[0.0_f32, 0.5], [0.5, 0.0]]);
    animate(&mut gltf, &pointer(to), keys, "STEP");
    let shown = |fields: &[(&str, &str)]| decode::rgb(&render("color", &gltf, fields)).middle();
    assert_eq!(shown(&[]), QUADRANTS[0]);
    assert_eq!(shown(&[("time", "1")]), QUADRANTS[2]);
    assert_eq!(shown(&[("time", "3")]), QUADRANTS[1]);
}

/// Seen by the lens of the file, as it is at the time.
fn a_pointer_to_the_field_of_view() {
    let (mut gltf, _) = shown();
    let keys = gltf.scalars(&[0.6, 1.0]);
    animate(
        &mut gltf,
        &pointer("/cameras/0/perspective/yfov"),
        keys,
        "LINEAR",
    );
    for (time, angle) in [("1", 0.6_f64), ("2", 0.8)] {
        let focal = f64::from(view().height) / 2.0 / (angle / 2.0).tan();
        let view = View {
            focal_x: focal,
            focal_y: focal,
            ..view()
        };
        let image = |image_type| {
            let form = Form::of_scene(image_type, &view, &gltf.bytes()).with("time", time);
            client::post(server::shared(), &form).image()
        };
        let labels = decode::rgb(&image("label"));
        let depth = decode::metres(&image("depth"));
        let truth = Truth::cast(&view, &[cuboid()]);
        let name = format!("field of view at {time} s");
        expect::truth(&name, (&labels, &depth), &truth, &view, 100);
    }
}
