//! What moves or multiplies nodes: animations, morph targets, skins, instances, visibility.

use glam::{DAffine3, DQuat, DVec2, DVec3};
use serde_json::{Value, json};

use crate::geometry::{cuboid, view};
use crate::harness::decode;
use crate::harness::gltf::{F32, Gltf, OTHER, U8, label, label_factor};
use crate::harness::meshes::Mesh;
use crate::harness::multipart::Form;
use crate::harness::truth::{Object, Shape, Truth};
use crate::harness::{client, expect, server, trials};

trials![
    an_animated_node_is_where_the_formula_says,
    animations_are_chosen_by_name,
    a_pointer_changes_the_label,
    a_morphed_box,
    a_morphed_vertex_lands_on_its_pixel,
    a_skinned_strip_bends,
    instances_equal_nodes,
    what_is_invisible_is_not_drawn,
    a_missing_animation_is_refused,
];

/// The bytes of an image of a scene, with more fields in the request.
pub fn render(image_type: &str, gltf: &Gltf, fields: &[(&str, &str)]) -> Vec<u8> {
    let form = Form::drake(image_type, &view(), &gltf.bytes());
    let form = fields
        .iter()
        .fold(form, |form, (name, value)| form.with(name, value));
    client::post(server::shared(), &form).image()
}

/// Depth and labels agree with ray casting.
pub fn true_to(name: &str, gltf: &Gltf, fields: &[(&str, &str)], objects: &[Object]) {
    let labels = decode::rgb(&render("label", gltf, fields));
    let depth = decode::metres(&render("depth", gltf, fields));
    let truth = Truth::cast(&view(), objects);
    expect::truth(name, (&labels, &depth), &truth, &view(), 100);
}

/// A scene without nodes but one mesh, the box.
pub fn boxed() -> Gltf {
    let mut gltf = Gltf::new(OTHER);
    let material = gltf.color(label_factor(label(5)));
    gltf.mesh(&Mesh::from(cuboid().shape), material);
    gltf
}

/// Adds a channel with keys at 1 s and 3 s to the animation, which is made if need be.
pub fn animate(gltf: &mut Gltf, target: &Value, output: usize, interpolation: &str) {
    let input = gltf.scalars(&[1.0, 3.0]);
    if gltf.json["animations"].is_null() {
        gltf.push(
            "animations",
            json!({"name": "it", "channels": [], "samplers": []}),
        );
    }
    let animation = &mut gltf.json["animations"][0];
    let samplers = animation["samplers"].as_array_mut().unwrap();
    samplers.push(json!({"input": input, "output": output, "interpolation": interpolation}));
    let sampler = samplers.len() - 1;
    let channels = animation["channels"].as_array_mut().unwrap();
    channels.push(json!({"sampler": sampler, "target": target}));
}

/// The box, which goes straight on and turns evenly.
pub fn moving() -> Gltf {
    let mut gltf = boxed();
    let node = gltf.root(json!({"mesh": 0}));
    let path = gltf.vectors(&[[-0.25_f32, 0.0, 0.0], [0.25, 0.5, -0.25]]);
    animate(
        &mut gltf,
        &json!({"node": node, "path": "translation"}),
        path,
        "LINEAR",
    );
    let turn = DQuat::from_rotation_z(2.0).as_quat();
    let turns = gltf.vectors(&[[0.0, 0.0, 0.0, 1.0], turn.to_array()]);
    animate(
        &mut gltf,
        &json!({"node": node, "path": "rotation"}),
        turns,
        "LINEAR",
    );
    gltf.camera(&view());
    gltf
}

/// Where the box of `moving` is, as far as it has gone.
fn moved(part: f64) -> Object {
    let path = DVec3::new(-0.25, 0.0, 0.0) + part * DVec3::new(0.5, 0.5, -0.25);
    let pose = DAffine3::from_rotation_translation(DQuat::from_rotation_z(2.0 * part), path);
    Object { pose, ..cuboid() }
}

fn an_animated_node_is_where_the_formula_says() {
    let gltf = moving();
    true_to("at rest", &gltf, &[], &[cuboid()]);
    for (time, part) in [("0", 0.0), ("1.5", 0.25), ("2.8", 0.9), ("7", 1.0)] {
        true_to(
            &format!("at {time} s"),
            &gltf,
            &[("time", time)],
            &[moved(part)],
        );
    }
}

fn animations_are_chosen_by_name() {
    let mut gltf = moving();
    // Another one stands at the first's beginning until its end, and does not turn.
    let mut other = gltf.json["animations"][0].clone();
    other["name"] = "other".into();
    other["channels"].as_array_mut().unwrap().pop();
    other["samplers"][0]["interpolation"] = "STEP".into();
    gltf.push("animations", other);
    let still = Object::at(cuboid().shape, -0.25, 0.0, 0.0, 5);
    for (animation, object) in [
        ("it", moved(0.5)),
        ("0", moved(0.5)),
        ("other", still),
        ("1", still),
    ] {
        let fields = [("animation", animation), ("time", "2")];
        true_to(animation, &gltf, &fields, &[object]);
    }
    true_to("begin", &gltf, &[("animation", "it")], &[moved(0.0)]);
}

fn a_missing_animation_is_refused() {
    for name in ["run", "3"] {
        let form = Form::drake("label", &view(), &moving().bytes()).with("animation", name);
        let message = client::post(server::shared(), &form).refusal(422, "scene_invalid");
        client::names(&message, &[name, "has 1 of them"]);
    }
}

fn a_pointer_changes_the_label() {
    let mut gltf = boxed();
    gltf.root(json!({"mesh": 0}));
    gltf.camera(&view());
    let colors = [5, 9].map(|id| label_factor(label(id)).map(|x| x as f32));
    let colors = gltf.vectors(&colors);
    let target = json!({"path": "pointer", "extensions": {"KHR_animation_pointer": {
        "pointer": "/materials/0/pbrMetallicRoughness/baseColorFactor"}}});
    animate(&mut gltf, &target, colors, "STEP");
    gltf.json["extensionsRequired"] = json!(["KHR_animation_pointer"]);
    for (time, id) in [("2.9", 5), ("3", 9)] {
        true_to(
            &format!("label at {time} s"),
            &gltf,
            &[("time", time)],
            &[Object { id, ..cuboid() }],
        );
    }
}

/// Gives [`boxed`] a morph target: another box.
pub fn add_target(gltf: &mut Gltf) {
    let other = Mesh::from(Shape::Cuboid(DVec3::new(0.25, 0.5, 0.7)));
    let base = Mesh::from(cuboid().shape);
    let pairs = base.positions.iter().zip(&other.positions);
    let difference = |(a, b): (&[f32; 3], &[f32; 3])| std::array::from_fn(|i| b[i] - a[i]);
    let differences: Vec<[f32; 3]> = pairs.map(difference).collect();
    let differences = gltf.vectors(&differences);
    gltf.first_primitive()["targets"] = json!([{"POSITION": differences}]);
}

/// Half of the way from one box to another, which is a box again; by all three ways to say so.
fn a_morphed_box() {
    let mut gltf = boxed();
    add_target(&mut gltf);
    let node = gltf.root(json!({"mesh": 0}));
    gltf.camera(&view());
    let half = Object::at(
        Shape::Cuboid(DVec3::new(0.375, 0.45, 0.5)),
        0.0,
        0.0,
        0.0,
        5,
    );
    true_to("weight 0", &gltf, &[], &[cuboid()]);
    let mut of_mesh = gltf.clone();
    of_mesh.json["meshes"][0]["weights"] = json!([0.5]);
    true_to("weight of the mesh", &of_mesh, &[], &[half]);
    of_mesh.json["nodes"][node]["weights"] = json!([0.0]);
    true_to("weight of the node", &of_mesh, &[], &[cuboid()]);
    let weights = gltf.scalars(&[0.0, 1.0]);
    animate(
        &mut gltf,
        &json!({"node": node, "path": "weights"}),
        weights,
        "LINEAR",
    );
    true_to("weight at a time", &gltf, &[("time", "2")], &[half]);
}

/// A point is drawn where the sum puts it: at the pixel of the projection.
fn a_morphed_vertex_lands_on_its_pixel() {
    let mut gltf = Gltf::new(OTHER);
    let material = gltf.color(label_factor(label(7)));
    let base = gltf.vectors(&[[0.0_f32, 0.0, 0.0]]);
    let targets = [[0.4_f32, 0.0, 0.2], [0.0, -0.3, 0.1]].map(|d| gltf.vectors(&[d]));
    gltf.push(
        "meshes",
        json!({"weights": [0.5, 1.5], "primitives": [{
            "mode": 0, "attributes": {"POSITION": base}, "material": material,
            "targets": [{"POSITION": targets[0]}, {"POSITION": targets[1]}]}]}),
    );
    gltf.root(json!({"mesh": 0}));
    gltf.camera(&view());
    let camera = view().world_from_camera.inverse();
    let seen = camera.transform_point3(DVec3::new(0.2, -0.45, 0.25));
    let x = view().center_x + view().focal_x * seen.x / -seen.z;
    let y = view().center_y - view().focal_y * seen.y / -seen.z;
    let image = decode::rgb(&render("label", &gltf, &[]));
    let marked = image.places(|shown| shown == label(7));
    assert_eq!(marked, [(x as u32, y as u32)]);
}

/// A strip of two rectangles with a hinge between them. The vertices at the hinge follow both
/// joints, which agree there.
fn a_skinned_strip_bends() {
    let mut gltf = Gltf::new(OTHER);
    let material = gltf.color(label_factor(label(5)));
    let rows = [-0.6_f32, 0.0, 0.6];
    let positions: Vec<[f32; 3]> = rows
        .iter()
        .flat_map(|&y| [[-0.3, y, 0.0], [0.3, y, 0.0]])
        .collect();
    let mesh = Mesh {
        positions,
        tex_coords: Vec::new(),
        indices: vec![0, 1, 3, 0, 3, 2, 2, 3, 5, 2, 5, 4],
    };
    let mut primitive = gltf.primitive(&mesh, material);
    let influences = [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]];
    let weights: Vec<[f32; 4]> = influences
        .iter()
        .flat_map(|&[a, b]| [[a, b, 0.0, 0.0]; 2])
        .collect();
    primitive["attributes"]["WEIGHTS_0"] = gltf.vectors(&weights).into();
    let joints = gltf.accessor(&[0, 1, 0, 0].repeat(6), U8, "VEC4", 6);
    primitive["attributes"]["JOINTS_0"] = joints.into();
    gltf.push("meshes", json!({"primitives": [primitive]}));
    // At rest the first joint is at the lower end, the second at the hinge.
    let matrices = [DVec3::Y * 0.6, DVec3::ZERO]
        .iter()
        .flat_map(|t| glam::DMat4::from_translation(*t).as_mat4().to_cols_array())
        .flat_map(f32::to_le_bytes)
        .collect::<Vec<u8>>();
    let matrices = gltf.accessor(&matrices, F32, "MAT4", 2);
    let root = DVec3::new(0.1, 0.0, 0.2);
    let upper = gltf.push("nodes", json!({"translation": [0, 0.6, 0]}));
    let lower = json!({"translation": (root - DVec3::Y * 0.6).to_array(), "children": [upper]});
    let lower = gltf.root(lower);
    gltf.push(
        "skins",
        json!({"joints": [lower, upper], "inverseBindMatrices": matrices}),
    );
    // The transform of the node itself is ignored.
    gltf.root(json!({"mesh": 0, "skin": 0, "translation": [5, 5, 5]}));
    let turn = DQuat::from_rotation_x(-1.2).as_quat().to_array();
    let turns = gltf.vectors(&[[0.0, 0.0, 0.0, 1.0], turn]);
    animate(
        &mut gltf,
        &json!({"node": upper, "path": "rotation"}),
        turns,
        "LINEAR",
    );
    gltf.camera(&view());
    let half = Shape::Rectangle(DVec2::new(0.3, 0.3));
    for (time, angle) in [("0", 0.0), ("2", -0.6), ("3", -1.2)] {
        let hinge = DAffine3::from_translation(root) * DAffine3::from_rotation_x(angle);
        let below = root - DVec3::Y * 0.3;
        let objects = [
            Object::at(half, below.x, below.y, below.z, 5),
            Object {
                shape: half,
                pose: hinge * DAffine3::from_translation(DVec3::Y * 0.3),
                id: 5,
            },
        ];
        true_to(
            &format!("bent at {time} s"),
            &gltf,
            &[("time", time)],
            &objects,
        );
    }
}

fn instances_equal_nodes() {
    let places = [[-0.4_f32, 0.0, 0.0], [0.3, 0.2, 0.0], [0.1, -0.4, 0.3]];
    let turns = [
        [0.0_f32, 0.0, 0.0, 1.0],
        [0.6, 0.0, 0.0, 0.8],
        [0.0, 0.5, -0.5, 0.5],
    ];
    let scales = [[0.5_f32, 0.5, 0.5], [0.4, -0.3, 0.5], [0.25, 0.5, 0.75]];
    let parent = json!({"translation": [0.1, 0, 0], "rotation": [0, 0, 0.6, 0.8]});
    let mut instanced = boxed();
    let attributes = json!({
        "TRANSLATION": instanced.vectors(&places),
        "ROTATION": instanced.vectors(&turns),
        "SCALE": instanced.vectors(&scales)});
    let mut node = parent.clone();
    node["mesh"] = json!(0);
    node["extensions"] = json!({"EXT_mesh_gpu_instancing": {"attributes": attributes}});
    instanced.root(node);
    instanced.camera(&view());
    instanced.json["extensionsRequired"] = json!(["EXT_mesh_gpu_instancing"]);
    let mut expanded = boxed();
    let mut children = Vec::new();
    for ((place, turn), scale) in places.iter().zip(&turns).zip(&scales) {
        let child = json!({"mesh": 0, "translation": place, "rotation": turn, "scale": scale});
        children.push(expanded.push("nodes", child));
    }
    let mut node = parent;
    node["children"] = json!(children);
    expanded.root(node);
    expanded.camera(&view());
    for image_type in ["color", "depth", "label"] {
        let [a, b] = [&instanced, &expanded].map(|gltf| render(image_type, gltf, &[]));
        assert!(a == b, "{image_type} differs");
    }
    let labels = decode::rgb(&render("label", &instanced, &[]));
    let drawn = labels.pixels.iter().filter(|p| **p == label(5)).count();
    assert!(drawn > 300, "only {drawn} pixels show the boxes");
}

fn what_is_invisible_is_not_drawn() {
    let mut gltf = boxed();
    let child = gltf.push("nodes", json!({"mesh": 0}));
    let hidden = json!({"KHR_node_visibility": {"visible": false}});
    let parent = gltf.root(json!({"children": [child], "extensions": hidden}));
    let beside = Object::at(cuboid().shape, -0.3, -0.6, 0.0, 5);
    gltf.root(json!({"mesh": 0, "translation": [-0.3, -0.6, 0]}));
    gltf.camera(&view());
    gltf.json["extensionsRequired"] = json!(["KHR_node_visibility"]);
    true_to("hidden", &gltf, &[], &[beside]);
    gltf.json["nodes"][parent]["extensions"] = json!({"KHR_node_visibility": {}});
    true_to("shown", &gltf, &[], &[beside, cuboid()]);
}
