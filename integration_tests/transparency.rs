//! Alpha: blended in the order of the wire, cut out, or nothing.

use glam::{DAffine3, DMat4, DVec2, DVec3};
use serde_json::json;

use crate::harness::decode::{self, Rgb};
use crate::harness::gltf::{Gltf, NEAREST, OTHER, REPEAT, VTK, sampler};
use crate::harness::meshes;
use crate::harness::shading::BACKGROUND;
use crate::harness::view::View;
use crate::harness::{expect, images, trials};

trials![
    half_over_opaque,
    wire_order_not_distance,
    opaque_hides_transparent_behind_it,
    transparent_does_not_hide,
    alpha_zero_is_nothing,
    depth_sees_the_transparent,
    mask_cuts_out,
    alpha_at_the_cutoff_is_solid,
];

const BLUE: [f64; 4] = [0.1, 0.2, 0.9, 1.0];
const RED: [f64; 4] = [0.9, 0.1, 0.0, 0.5];
const GREEN: [f64; 4] = [0.0, 0.8, 0.1, 0.25];

fn view() -> View {
    View::new(48, 48, 48.0)
}

/// Squares that face the camera, in the order of the wire: distance and colour.
fn squares(list: &[(f64, [f64; 4])]) -> Gltf {
    let mut gltf = Gltf::new(VTK);
    for &(distance, color) in list {
        let material = gltf.color(color);
        let mesh = gltf.mesh(&meshes::rectangle(DVec2::splat(0.3 * distance)), material);
        gltf.shape(
            mesh,
            &DAffine3::from_translation(DVec3::new(0.0, 0.0, -distance)),
        );
    }
    gltf.camera(&view());
    gltf
}

fn middle(gltf: &Gltf) -> Rgb {
    images::color(&view(), &gltf.bytes()).middle()
}

/// Colours laid over the first, in turn.
fn over(layers: &[[f64; 4]]) -> Rgb {
    let sum = layers.iter().fold([0.0; 3], |below, layer| {
        std::array::from_fn(|c| layer[c] * layer[3] + below[c] * (1.0 - layer[3]))
    });
    sum.map(|value| (value * 255.0).round() as u8)
}

fn background() -> [f64; 4] {
    let [r, g, b] = BACKGROUND.map(|byte| f64::from(byte) / 255.0);
    [r, g, b, 1.0]
}

fn half_over_opaque() {
    let found = middle(&squares(&[(2.0, BLUE), (1.0, RED)]));
    expect::close("over blue", found, over(&[BLUE, RED]), 1);
    let found = middle(&squares(&[(1.0, RED)]));
    expect::close("over the background", found, over(&[background(), RED]), 1);
}

fn wire_order_not_distance() {
    // Red is nearer, but green is drawn after it.
    let found = middle(&squares(&[(1.0, RED), (1.5, GREEN), (2.0, BLUE)]));
    expect::close("near first", found, over(&[BLUE, RED, GREEN]), 2);
    let found = middle(&squares(&[(1.5, GREEN), (1.0, RED), (2.0, BLUE)]));
    expect::close("far first", found, over(&[BLUE, GREEN, RED]), 2);
}

fn opaque_hides_transparent_behind_it() {
    let found = middle(&squares(&[(1.0, BLUE), (2.0, RED)]));
    expect::close("hidden", found, over(&[BLUE]), 1);
}

fn transparent_does_not_hide() {
    let found = middle(&squares(&[(1.0, RED), (2.0, BLUE)]));
    expect::close("opaque drawn later", found, over(&[BLUE, RED]), 1);
}

fn alpha_zero_is_nothing() {
    let nothing = [1.0, 1.0, 1.0, 0.0];
    let found = middle(&squares(&[(2.0, BLUE), (1.0, nothing)]));
    expect::close("alpha 0", found, over(&[BLUE]), 0);
}

fn depth_sees_the_transparent() {
    let scene = squares(&[(2.0, BLUE), (1.0, RED)]).bytes();
    let depth = images::depth(&view(), &scene).middle();
    assert!((depth - 1.0).abs() < 1e-6);
}

/// The left half of the texture is below the cutoff, the right half above it.
fn mask_cuts_out() {
    let mut gltf = Gltf::new(OTHER);
    gltf.camera(&view());
    let texels = decode::encode_png(
        2,
        1,
        png::ColorType::Rgba,
        &[255, 255, 255, 100, 255, 255, 255, 160],
    );
    let texture = gltf.texture(&texels, sampler(NEAREST, REPEAT));
    let color = json!({"baseColorTexture": {"index": texture},
        "metallicFactor": 0.0, "roughnessFactor": 0.5});
    let solid = gltf.material(json!({"pbrMetallicRoughness": color}));
    let masked = gltf.material(json!({
        "pbrMetallicRoughness": color, "alphaMode": "MASK", "alphaCutoff": 0.5}));
    for (x, material) in [(-0.25, solid), (0.25, masked)] {
        let mesh = gltf.mesh(&meshes::rectangle(DVec2::splat(0.2)), material);
        let matrix = DMat4::from_translation(DVec3::new(x, 0.0, -1.0)).to_cols_array();
        gltf.root(json!({"mesh": mesh, "matrix": matrix}));
    }
    let image = images::color(&view(), &gltf.bytes());
    let solid = image.at(16, 24);
    assert_ne!(solid, BACKGROUND);
    expect::close("above the cutoff", image.at(40, 24), solid, 4);
    expect::close("below the cutoff", image.at(31, 24), BACKGROUND, 0);
    expect::close("opaque ignores alpha", image.at(7, 24), solid, 4);
}

/// Rounding does not make holes where alpha is the same all over.
fn alpha_at_the_cutoff_is_solid() {
    let draw = |mode: &str, alpha: f64| {
        let color = json!({"baseColorFactor": [0.1, 0.2, 0.9, alpha], "metallicFactor": 0.0});
        let material =
            json!({"pbrMetallicRoughness": color, "alphaMode": mode, "alphaCutoff": alpha});
        let tilted = DMat4::from_translation(DVec3::new(0.03, 0.01, -1.0))
            * DMat4::from_rotation_y(0.9)
            * DMat4::from_rotation_x(0.4);
        let gltf = Gltf::one_square(OTHER, &view(), 0.8, tilted, |_| material);
        images::color(&view(), &gltf.bytes())
    };
    let solid = draw("OPAQUE", 1.0);
    assert_ne!(solid.middle(), BACKGROUND);
    for alpha in [0.3, 0.5, 1.0] {
        let name = format!("alpha {alpha} at the cutoff");
        expect::color(&name, &draw("MASK", alpha), &solid, 1, 0.0);
    }
}
