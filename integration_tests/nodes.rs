//! Node hierarchies: where meshes and cameras end up.

use glam::{DAffine3, DMat4, DQuat, DVec3};
use serde_json::{Value, json};

use crate::geometry::{cuboid, plain, true_to, view};
use crate::harness::gltf::{Gltf, OTHER, VTK, label, label_factor};
use crate::harness::meshes::Mesh;
use crate::harness::truth::{Object, Shape};
use crate::harness::{expect, images, trials};

trials![
    mirrored_node,
    a_deep_hierarchy,
    a_mesh_shown_twice,
    matrix_wins_over_rotation,
    camera_below_moved_nodes,
];

/// The scene with one mesh shown by `nodes`; the last of them is where the mesh is put.
fn hierarchy(shape: Shape, nodes: Vec<Value>) -> Gltf {
    let mut gltf = Gltf::new(VTK);
    let material = gltf.color(label_factor(label(5)));
    let mesh = gltf.mesh(&Mesh::from(shape), material);
    let last = nodes.len() - 1;
    for (index, mut node) in nodes.into_iter().enumerate() {
        if index == last {
            node["mesh"] = mesh.into();
        } else {
            node["children"] = json!([gltf.json["nodes"].as_array().unwrap().len() + 1]);
        }
        if index == 0 {
            gltf.below_renderer(node);
        } else {
            gltf.push("nodes", node);
        }
    }
    gltf.camera(&view());
    gltf
}

/// A box that is not its own mirror image in place: off the origin.
fn mirrored_node() {
    let mirror = json!({"scale": [-1, 1, 1], "translation": [0.1, 0, 0]});
    let gltf = hierarchy(
        cuboid().shape,
        vec![mirror, json!({"translation": [-0.2, 0.1, 0]})],
    );
    let seen = Object::at(cuboid().shape, 0.3, 0.1, 0.0, 5);
    true_to("mirrored", &gltf, &view(), &[seen]);
    // By the rules of glTF the outside is lit as that of the box that is not mirrored.
    let moved = hierarchy(
        cuboid().shape,
        vec![json!({"translation": [0.3, 0.1, 0.0]})],
    );
    let color = |gltf: &Gltf| {
        let mut gltf = gltf.clone();
        gltf.json["asset"]["generator"] = OTHER.into();
        images::color(&view(), &gltf.bytes())
    };
    expect::color("mirrored color", &color(&gltf), &color(&moved), 1, 0.01);
}

fn a_deep_hierarchy() {
    let turn = DQuat::from_rotation_z(0.05) * DQuat::from_rotation_x(0.01);
    let step = DVec3::new(0.004, -0.002, 0.001);
    let node = json!({"rotation": turn.to_array(), "translation": step.to_array()});
    let gltf = hierarchy(cuboid().shape, vec![node; 60]);
    let one = DAffine3::from_rotation_translation(turn, step);
    let pose = (0..60).fold(DAffine3::IDENTITY, |pose, _| pose * one);
    true_to("deep", &gltf, &view(), &[Object { pose, ..cuboid() }]);
}

fn a_mesh_shown_twice() {
    let small = Shape::Cuboid(DVec3::splat(0.2));
    let mut gltf = hierarchy(small, vec![json!({"translation": [0.4, 0, 0]})]);
    let other = json!({"mesh": 0, "translation": [-0.3, 0.3, 0], "scale": [0.5, 1, 2]});
    gltf.below_renderer(other);
    let stretched = Shape::Cuboid(DVec3::new(0.1, 0.2, 0.4));
    let objects = [
        Object::at(small, 0.4, 0.0, 0.0, 5),
        Object::at(stretched, -0.3, 0.3, 0.0, 5),
    ];
    true_to("twice", &gltf, &view(), &objects);
}

/// Drake's client 1.51 leaves a rotation beside the matrix that already holds it.
fn matrix_wins_over_rotation() {
    let pose = DAffine3::from_translation(DVec3::new(0.2, -0.1, 0.1));
    let node = json!({
        "matrix": DMat4::from(pose).to_cols_array(),
        "rotation": [0, 0.389, 0, 0.921]});
    let gltf = hierarchy(cuboid().shape, vec![node]);
    true_to("matrix", &gltf, &view(), &[Object { pose, ..cuboid() }]);
}

fn camera_below_moved_nodes() {
    let mut gltf = plain();
    let above = DAffine3::from_rotation_z(0.7) * DAffine3::from_translation(DVec3::splat(0.1));
    let above = DMat4::from(above);
    let nodes = gltf.json["nodes"].as_array_mut().unwrap();
    let camera = nodes
        .iter_mut()
        .find(|node| !node["camera"].is_null())
        .unwrap();
    let below = above.inverse() * view().world_from_camera;
    camera["matrix"] = below.to_cols_array().to_vec().into();
    let children = nodes[0]["children"].as_array_mut().unwrap();
    let camera = children.pop().unwrap();
    gltf.root(json!({"matrix": above.to_cols_array(), "children": [camera]}));
    true_to("camera below", &gltf, &view(), &[cuboid()]);
}
