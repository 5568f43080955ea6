//! One box, plain and compressed: quantized, by meshopt, by Draco. `test_assets/make_compressed.mjs`
//! made the files.

use glam::DVec3;

use crate::harness::decode::{Image, Rgb};
use crate::harness::truth::{Object, Shape, Truth};
use crate::harness::view::View;
use crate::harness::{expect, images, trials};

trials![
    the_plain_box_is_true,
    exact_boxes_equal_the_plain_one,
    lossy_boxes_are_near,
];

const PLAIN: &[u8] = include_bytes!("../test_assets/compressed/box.glb");

/// The files with the very numbers of the plain one.
const EXACT: [(&str, &[u8]); 5] = [
    (
        "quantized",
        include_bytes!("../test_assets/compressed/box_quantized.glb"),
    ),
    (
        "EXT_meshopt_compression",
        include_bytes!("../test_assets/compressed/box_meshopt_ext.glb"),
    ),
    (
        "KHR_meshopt_compression",
        include_bytes!("../test_assets/compressed/box_meshopt_khr.glb"),
    ),
    (
        "Draco, edgebreaker",
        include_bytes!("../test_assets/compressed/box_draco.glb"),
    ),
    (
        "Draco, sequential",
        include_bytes!("../test_assets/compressed/box_draco_sequential.glb"),
    ),
];

const LOSSY: &[u8] = include_bytes!("../test_assets/compressed/box_draco_lossy.glb");

/// As the camera of the files stands.
fn view() -> View {
    View::new(96, 72, 90.0).looking(DVec3::new(0.9, 0.7, 0.8), DVec3::ZERO, DVec3::Z)
}

/// Depth, label and color.
fn draw(scene: &[u8]) -> (Image<f32>, Image<Rgb>, Image<Rgb>) {
    (
        images::depth(&view(), scene),
        images::label(&view(), scene),
        images::color(&view(), scene),
    )
}

fn the_plain_box_is_true() {
    let (depth, label, color) = draw(PLAIN);
    let cuboid = Object::at(
        Shape::Cuboid(DVec3::new(0.5, 0.25, 0.125)),
        0.0,
        0.0,
        0.0,
        5,
    );
    let truth = Truth::cast(&view(), &[cuboid]);
    let compared = expect::true_depth("plain box", &depth, &truth, &view(), 1e-5, 2);
    assert!(compared > 500, "only {compared} pixels compared");
    // The base color factor of its material.
    assert_eq!(label.middle(), [204, 153, 255]);
    let mut colors = color.pixels.clone();
    colors.sort_unstable();
    colors.dedup();
    assert!(colors.len() > 50, "texture and vertex colors are seen");
}

fn exact_boxes_equal_the_plain_one() {
    let plain = draw(PLAIN);
    for (name, scene) in EXACT {
        let (depth, label, color) = draw(scene);
        expect::label_image(name, &label, &plain.1, 0.0);
        // Draco turns triangles, and the last bits of a sum hang on the order of the corners: some
        // units in the last place of a metre.
        let tolerance = if name.starts_with("Draco") { 1e-6 } else { 0.0 };
        expect::depth(name, &depth, &plain.0, tolerance, 0.0);
        expect::color(name, &color, &plain.2, 1, 0.0);
    }
}

/// Positions on a grid of 2^14 steps to the box's longest side are off by 3e-5 at most.
fn lossy_boxes_are_near() {
    let plain = draw(PLAIN);
    let (depth, label, color) = draw(LOSSY);
    expect::label_image("lossy", &label, &plain.1, 0.005);
    expect::depth("lossy", &depth, &plain.0, 2e-4, 0.005);
    expect::color("lossy", &color, &plain.2, 4, 0.01);
}
