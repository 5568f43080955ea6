//! The cameras of the file: their lenses where the request brings none, and the choice among them.

use glam::{DAffine3, DVec2, DVec3};
use serde_json::json;

use crate::harness::decode;
use crate::harness::gltf::{Gltf, OTHER, label, label_factor};
use crate::harness::meshes;
use crate::harness::multipart::Form;
use crate::harness::shading::{Surface, pbr};
use crate::harness::truth::{Object, Shape, Truth};
use crate::harness::view::View;
use crate::harness::{client, expect, server, trials};

trials![
    perspective,
    planes_of_the_request,
    no_far_plane,
    orthographic_sphere,
    orthographic_room,
    orthographic_ramp_stretched,
    orthographic_clipping,
    orthographic_shading,
    orthographic_serves_as_a_pose,
    one_of_many,
];

fn post(image_type: &str, view: &View, scene: &Gltf) -> Vec<u8> {
    let form = Form::of_scene(image_type, view, &scene.bytes());
    client::post(server::shared(), &form).image()
}

/// Holds label and depth to the truth, where the lens is the file's; more than `least` pixels of depth.
fn check(name: &str, view: &View, objects: &[Object], least: usize) {
    let truth = Truth::cast(view, objects);
    hold(name, &Gltf::labelled(view, objects), view, &truth, least);
}

/// Holds what the scene's own camera sees to the truth.
fn hold(name: &str, scene: &Gltf, view: &View, truth: &Truth, least: usize) {
    let labels = decode::rgb(&post("label", view, scene));
    let depth = decode::metres(&post("depth", view, scene));
    expect::truth(name, (&labels, &depth), truth, view, least);
}

fn room() -> [Object; 3] {
    [
        Object::at(Shape::Cuboid(DVec3::splat(0.5)), -0.6, 0.0, -2.0, 1),
        Object::at(Shape::Cuboid(DVec3::new(0.3, 0.6, 0.3)), 0.6, 0.1, -3.0, 2),
        Object::at(Shape::Rectangle(DVec2::splat(8.0)), 0.0, 0.0, -6.0, 3),
    ]
}

fn parallel(width: u32, height: u32, x_mag: f64, y_mag: f64) -> View {
    View {
        parallel: Some(DVec2::new(x_mag, y_mag)),
        near: 0.0,
        ..View::new(width, height, 1.0)
    }
}

/// The vertical field of view is the file's, pixels are square, the middle is the middle.
fn perspective() {
    check("file lens", &View::new(80, 60, 60.0), &room(), 3000);
    let tall = View::new(40, 90, 75.0).looking(DVec3::new(3.0, 1.0, 0.0), -DVec3::Z, DVec3::Y);
    check("file lens tall", &tall, &room(), 400);
}

/// near and far may be given without the lens, each alone.
fn planes_of_the_request() {
    let view = View::new(80, 60, 60.0);
    let scene = Gltf::labelled(&view, &room()).bytes();
    let form = Form::of_scene("label", &view, &scene);
    let shown = |form: &Form| {
        let image = decode::rgb(&client::post(server::shared(), form).image());
        [(22, 30), (1, 1)].map(|(x, y)| image.at(x, y))
    };
    assert_eq!(shown(&form), [label(1), label(3)]);
    let farther = form.clone().with("near", "2.6");
    assert_eq!(shown(&farther), [label(3), label(3)]);
    let nearer = form.clone().with("far", "5.9");
    assert_eq!(shown(&nearer), [label(1), [255; 3]]);
    let none = form.with("near", "100");
    let message = client::post(server::shared(), &none).refusal(400, "invalid_field");
    assert_eq!(message, "near (100) must be less than far (100).");
}

/// What is 50 km away is seen, at its place and behind what is nearer.
fn no_far_plane() {
    let view = View {
        max_depth: 1e6,
        ..View::new(64, 64, 64.0)
    };
    let far_away = Object::at(Shape::Rectangle(DVec2::splat(9e4)), 0.0, 0.0, -5e4, 1);
    let farther = Object::at(Shape::Rectangle(DVec2::splat(9e5)), 0.0, 0.0, -5.001e4, 2);
    let near = Object::at(Shape::Rectangle(DVec2::splat(0.5)), 0.0, 0.0, -2.0, 3);
    let objects = [near, far_away, farther];
    let mut scene = Gltf::labelled(&view, &objects);
    let lens = &mut scene.json["cameras"][0]["perspective"];
    lens.as_object_mut().unwrap().remove("zfar");
    let truth = Truth::cast(&View { far: 1e9, ..view }, &objects);
    hold("no far plane", &scene, &view, &truth, 3000);
}

/// Of the same size wherever it is, and depth runs straight along the axis.
fn orthographic_sphere() {
    let view = parallel(96, 72, 2.0, 1.5);
    for (x, y, z) in [(0.0, 0.0, -3.0), (-1.1, 0.7, -3.0), (0.9, -0.6, -60.0)] {
        let ball = Object::at(Shape::Sphere(0.6), x, y, z, 5);
        check("orthographic sphere", &view, &[ball], 400);
        let truth = Truth::cast(&view, &[ball]);
        // 24 pixels for each metre.
        let area = std::f64::consts::PI * (0.6_f64 * 24.0).powi(2);
        let seen = truth.count(Some(5)) as f64;
        assert!((seen - area).abs() < 12.0, "{seen} of {area}");
    }
}

fn orthographic_room() {
    check("orthographic", &parallel(80, 60, 2.0, 1.5), &room(), 3000);
    let place = DVec3::new(2.0, 1.5, 1.0);
    let oblique = parallel(80, 60, 2.0, 1.5).looking(place, -2.0 * DVec3::Z, DVec3::Y);
    check("orthographic oblique", &oblique, &room(), 3000);
}

/// The image spans xmag and ymag, whatever its own sides are.
fn orthographic_ramp_stretched() {
    let ramp = Object {
        pose: DAffine3::from_translation(DVec3::new(0.2, -0.1, -5.0))
            * DAffine3::from_rotation_x(-1.2)
            * DAffine3::from_rotation_z(0.3),
        ..Object::at(Shape::Rectangle(DVec2::new(1.0, 3.0)), 0.0, 0.0, 0.0, 4)
    };
    let view = parallel(50, 80, 1.5, 0.6);
    check("orthographic ramp", &view, &[ramp], 1500);
}

/// A near plane of 0 is allowed; what is behind the camera is not seen.
fn orthographic_clipping() {
    let view = View {
        near: 2.0,
        far: 5.0,
        ..parallel(80, 60, 2.0, 1.5)
    };
    check("orthographic clipped", &view, &room(), 300);
    let behind = Object::at(Shape::Rectangle(DVec2::splat(8.0)), 0.0, 0.0, 0.5, 4);
    let view = parallel(80, 60, 2.0, 1.5);
    check("orthographic from 0", &view, &[behind, room()[0]], 250);
}

/// The eye is infinitely far behind: a flat mirror has one color all over.
fn orthographic_shading() {
    let view = parallel(48, 48, 1.0, 1.0);
    for turn in [0.0, 0.35] {
        let mut gltf = Gltf::new(OTHER);
        gltf.camera(&view);
        let material = gltf.material(json!({"pbrMetallicRoughness": {
            "baseColorFactor": [0.9, 0.6, 0.3, 1.0], "metallicFactor": 1.0, "roughnessFactor": 0.4}}));
        let mesh = gltf.mesh(&meshes::rectangle(DVec2::splat(4.0)), material);
        let pose = DAffine3::from_translation(DVec3::new(0.0, 0.0, -5.0))
            * DAffine3::from_rotation_y(turn);
        gltf.shape(mesh, &pose);
        let surface = Surface {
            metallic: 1.0,
            roughness: 0.4,
            ..Surface::vtk_shape(0.9, 0.6, 0.3)
        };
        let expected = pbr(&surface, pose.transform_vector3(DVec3::Z), DVec3::Z);
        let image = decode::rgb(&post("color", &view, &gltf));
        for (x, y) in [(1, 1), (24, 24), (46, 2), (3, 44)] {
            expect::close("orthographic color", image.at(x, y), expected, 1);
        }
    }
}

/// A request that brings its lens, as Drake's do, takes the pose alone.
fn orthographic_serves_as_a_pose() {
    let lens = View::new(80, 60, 60.0).looking(DVec3::X, -2.0 * DVec3::Z, DVec3::Y);
    let of_file = View {
        parallel: Some(DVec2::splat(0.01)),
        ..lens
    };
    let form = |view| {
        let scene = Gltf::labelled(view, &room()).bytes();
        client::post(server::shared(), &Form::drake("depth", &lens, &scene)).image()
    };
    let image = form(&of_file);
    assert!(image == form(&lens));
    let truth = Truth::cast(&lens, &room());
    let depth = decode::metres(&image);
    let compared = expect::true_depth("lens of the request", &depth, &truth, &lens, 1e-5, 2);
    assert!(compared > 3000, "only {compared} pixels compared");
}

/// By index or name of the glTF camera, by name of the node; else the first of the walk.
fn one_of_many() {
    let view = View::new(16, 16, 16.0);
    let mut scene = Gltf::new(OTHER);
    let mut cameras = Vec::new();
    // A wall for each camera, a metre before it.
    for id in 1..=3_u16 {
        let x = 100.0 * f64::from(id);
        let material = scene.material(json!({
            "pbrMetallicRoughness": {"baseColorFactor": label_factor(label(id))}}));
        let mesh = scene.mesh(&meshes::rectangle(DVec2::splat(9.0)), material);
        scene.shape(mesh, &DAffine3::from_translation(DVec3::new(x, 0.0, -1.0)));
        cameras.push(x);
    }
    let lens = json!({"yfov": 1.0, "znear": 0.1, "zfar": 5.0});
    for name in ["left", "right", "right"] {
        let camera = json!({"type": "perspective", "perspective": lens, "name": name});
        scene.push("cameras", camera);
    }
    // The first of the walk has the last camera of the list.
    for (index, camera, name) in [(0, 2, "mast"), (1, 0, "arm"), (2, 1, "hand")] {
        let translation = [cameras[index], 0.0, 0.0];
        scene.root(json!({"camera": camera, "name": name, "translation": translation}));
    }
    let form = Form::of_scene("label", &view, &scene.bytes());
    let shown = |choice: &str| {
        let form = form.clone().with("camera", choice);
        decode::rgb(&client::post(server::shared(), &form).image()).middle()
    };
    for (choice, id) in [
        ("", 1),
        ("2", 1),
        ("0", 2),
        ("1", 3),
        ("left", 2),
        ("right", 1),
        ("hand", 3),
    ] {
        assert_eq!(shown(choice), label(id), "camera {choice:?}");
    }
    for choice in ["3", "elbow"] {
        let form = form.clone().with("camera", choice);
        let message = client::post(server::shared(), &form).refusal(400, "invalid_field");
        client::names(&message, &["camera: no node of the scene has", choice]);
    }
}
