//! What morph targets and skins do to attributes other than POSITION, and the second set of joints.

use glam::{DMat3, DQuat, DVec2, DVec3};
use serde_json::json;

use crate::geometry::{cuboid, view as oblique};
use crate::harness::decode::{QUADRANTS, Rgb, quadrants};
use crate::harness::gltf::{Gltf, NEAREST, OTHER, REPEAT, U8, U16, sampler};
use crate::harness::meshes;
use crate::harness::shading::{Surface, pbr};
use crate::harness::truth::Object;
use crate::harness::view::View;
use crate::harness::{expect, images, trials};
use crate::motion::{boxed, true_to};

trials![
    eight_influences,
    normals_follow_joints,
    normals_are_morphed,
    colors_are_morphed,
    texture_coordinates_are_morphed,
];

fn view() -> View {
    View::new(64, 48, 48.0)
}

/// The middle of the color image.
fn middle(gltf: &Gltf) -> Rgb {
    images::color(&view(), &gltf.bytes()).middle()
}

/// What it is for a surface with this normal.
fn lit(surface: &Surface, normal: DVec3) -> Rgb {
    pbr(surface, normal, -view().ray(32, 24).1)
}

/// The normal of a square that faces the camera, after a turn about the x axis.
fn normal(turn: f64) -> DVec3 {
    DVec3::new(0.0, -turn.sin(), turn.cos())
}

/// A square around the origin, without a node, of a rough material of this color.
fn square(factor: [f64; 3]) -> Gltf {
    let mut gltf = Gltf::new(OTHER);
    gltf.camera(&view());
    let [r, g, b] = factor;
    let material = gltf.material(json!({"pbrMetallicRoughness": {
        "baseColorFactor": [r, g, b, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.5}}));
    gltf.mesh(&meshes::rectangle(DVec2::splat(0.6)), material);
    gltf
}

/// Two metres before the camera.
fn put(gltf: &mut Gltf) {
    gltf.root(json!({"mesh": 0, "translation": [0, 0, -2]}));
}

/// All vertices follow eight joints, which are moved apart; the sum moves as their mean does.
fn eight_influences() {
    let places = [
        [2.0, 0.0, 0.0],
        [0.0, -3.0, 0.0],
        [0.0, 1.0, 1.0],
        [-1.0, 0.0, 0.5],
        [1.0, 0.0, -1.0],
        [0.0, 2.0, 0.0],
        [7.0, 7.0, 7.0],
        [-0.5, -0.5, 0.25],
    ]
    .map(DVec3::from_array);
    // Floats in the first set, normalized bytes in the second: 51 is a fifth.
    for (first, second, place) in [
        (
            [0.1_f32; 4],
            [51_u8, 51, 0, 51],
            (0.1 * (places[0] + places[1] + places[2] + places[3]))
                + 0.2 * (places[4] + places[5] + places[7]),
        ),
        ([0.0; 4], [0, 0, 0, 255], places[7]),
    ] {
        let mut gltf = boxed();
        let weights = gltf.vectors(&[first; 24]);
        let joints = gltf.accessor(&[0, 1, 2, 3].repeat(24), U8, "VEC4", 24);
        let more_weights = gltf.normalized(&second.repeat(24), U8, "VEC4", 24);
        let shorts = [4_u16, 5, 6, 7].map(u16::to_le_bytes);
        let more_joints = gltf.accessor(&shorts.as_flattened().repeat(24), U16, "VEC4", 24);
        for (name, accessor) in [
            ("JOINTS_0", joints),
            ("WEIGHTS_0", weights),
            ("JOINTS_1", more_joints),
            ("WEIGHTS_1", more_weights),
        ] {
            gltf.set_attribute(name, accessor);
        }
        let joint = |place: DVec3| gltf.root(json!({"translation": place.to_array()}));
        let joints = places.map(joint);
        gltf.push("skins", json!({"joints": joints}));
        gltf.root(json!({"mesh": 0, "skin": 0}));
        gltf.camera(&oblique());
        let object = Object::at(cuboid().shape, place.x, place.y, place.z, 5);
        true_to("eight influences", &gltf, &[], &[object]);
    }
}

/// A square that follows a joint which turns and stretches it. Its normals lean from the first, so
/// that they are not those of its plane; stretched along y they lean less along y.
fn normals_follow_joints() {
    let surface = Surface::vtk_shape(0.9, 0.5, 0.2);
    let turn = DQuat::from_rotation_x(0.3);
    for stretch in [1.0, 2.0] {
        let mut gltf = square([0.9, 0.5, 0.2]);
        let lean = normal(0.7);
        let normals = gltf.vectors(&[lean.as_vec3().to_array(); 4]);
        let weights = gltf.vectors(&[[1.0_f32, 0.0, 0.0, 0.0]; 4]);
        let joints = gltf.accessor(&[0; 16], U8, "VEC4", 4);
        gltf.set_attribute("NORMAL", normals);
        gltf.set_attribute("JOINTS_0", joints);
        gltf.set_attribute("WEIGHTS_0", weights);
        let joint = gltf.root(
            json!({"translation": [0, 0, -2], "rotation": turn.to_array(),
            "scale": [1.0, stretch, 1.0]}),
        );
        gltf.push("skins", json!({"joints": [joint]}));
        gltf.root(json!({"mesh": 0, "skin": 0}));
        let unstretched = DMat3::from_diagonal(DVec3::new(1.0, 1.0 / stretch, 1.0)) * lean;
        let expected = lit(&surface, turn * unstretched);
        expect::close(&format!("stretch {stretch}"), middle(&gltf), expected, 1);
    }
}

fn normals_are_morphed() {
    let surface = Surface::vtk_shape(0.9, 0.5, 0.2);
    let difference = normal(0.9) - DVec3::Z;
    for weight in [0.0, 0.5, 1.0] {
        let mut gltf = square([0.9, 0.5, 0.2]);
        let normals = gltf.vectors(&[[0.0_f32, 0.0, 1.0]; 4]);
        let target = gltf.vectors(&[difference.as_vec3().to_array(); 4]);
        gltf.set_attribute("NORMAL", normals);
        gltf.first_primitive()["targets"] = json!([{"NORMAL": target}]);
        gltf.json["meshes"][0]["weights"] = json!([weight]);
        put(&mut gltf);
        let expected = lit(&surface, DVec3::Z + weight * difference);
        expect::close(&format!("weight {weight}"), middle(&gltf), expected, 1);
    }
}

fn colors_are_morphed() {
    let mut gltf = square([1.0; 3]);
    let colors = gltf.vectors(&[[0.2_f32, 0.4, 0.6]; 4]);
    let target = gltf.vectors(&[[0.4_f32, -0.2, 0.2]; 4]);
    gltf.set_attribute("COLOR_0", colors);
    gltf.first_primitive()["targets"] = json!([{"COLOR_0": target}]);
    put(&mut gltf);
    for (weight, [r, g, b]) in [(0.0, [0.2, 0.4, 0.6]), (0.5, [0.4, 0.3, 0.7])] {
        gltf.json["meshes"][0]["weights"] = json!([weight]);
        let expected = lit(&Surface::vtk_shape(r, g, b), DVec3::Z);
        expect::close(&format!("weight {weight}"), middle(&gltf), expected, 1);
    }
}

/// All vertices have the same coordinates, which choose one texel.
fn texture_coordinates_are_morphed() {
    let mut gltf = square([1.0; 3]);
    let texture = gltf.texture(&quadrants(), sampler(NEAREST, REPEAT));
    gltf.json["materials"][0] = json!({"extensions": {"KHR_materials_unlit": {}},
        "pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}});
    let base = gltf.vectors(&[[0.25_f32, 0.25]; 4]);
    let right = gltf.vectors(&[[0.5_f32, 0.0]; 4]);
    let down = gltf.vectors(&[[0.0_f32, 0.25]; 4]);
    gltf.set_attribute("TEXCOORD_0", base);
    gltf.first_primitive()["targets"] = json!([{"TEXCOORD_0": right}, {"TEXCOORD_0": down}]);
    put(&mut gltf);
    for (weights, texel) in [
        ([0.0, 0.0], 0),
        ([1.0, 0.0], 1),
        ([0.0, 2.0], 2),
        ([1.0, 2.0], 3),
    ] {
        gltf.json["meshes"][0]["weights"] = json!(weights);
        assert_eq!(middle(&gltf), QUADRANTS[texel], "weights {weights:?}");
    }
}
