//! What covers depth and label images: in a file of Drake's client everything, both sides, holes or
//! not, as in `RenderEngineVtk`; in any other file what the color image shows.

use glam::{DMat4, DVec3};
use serde_json::{Value, json};

use crate::harness::decode::{self, Rgb};
use crate::harness::gltf::{Gltf, MERGER, NEAREST, OTHER, REPEAT, U8, VTK, a_metre_ahead, sampler};
use crate::harness::view::View;
use crate::harness::{images, trials};

trials![
    holes_of_a_texture,
    holes_of_vertex_colors,
    holes_of_the_factor,
    blended_surfaces_cover,
    back_sides,
];

const WHITE: Rgb = [255; 3];

fn view() -> View {
    View::new(48, 48, 48.0)
}

/// A square of 0.4 m at one metre: columns and rows 14 to 33.
fn square(generator: &str, material: impl FnOnce(&mut Gltf) -> Value, matrix: DMat4) -> Gltf {
    Gltf::one_square(generator, &view(), 0.2, a_metre_ahead() * matrix, material)
}

/// Whether something covers a pixel; depth and label must agree.
fn covers(gltf: &Gltf, x: u32, y: u32) -> bool {
    let scene = gltf.bytes();
    let depth = images::depth(&view(), &scene).at(x, y);
    let label = images::label(&view(), &scene).at(x, y);
    let is_covered = depth.is_finite();
    assert_eq!(is_covered, label != WHITE, "depth {depth}, label {label:?}");
    if is_covered {
        assert!((depth - 1.0).abs() < 1e-6, "depth {depth}");
    }
    is_covered
}

fn black(alpha: f64) -> Value {
    json!({"baseColorFactor": [0.0, 0.0, 0.0, alpha]})
}

fn masked(gltf: &mut Gltf) -> Value {
    let texels = decode::encode_png(2, 1, png::ColorType::GrayscaleAlpha, &[9, 100, 9, 160]);
    let texture = gltf.texture(&texels, sampler(NEAREST, REPEAT));
    let mut factors = black(1.0);
    factors["baseColorTexture"] = json!({"index": texture});
    json!({"pbrMetallicRoughness": factors, "alphaMode": "MASK", "alphaCutoff": 0.5})
}

/// The left half has alpha 100 / 255, the right half 160 / 255.
fn holes_of_a_texture() {
    let gltf = square(OTHER, masked, DMat4::IDENTITY);
    assert!(!covers(&gltf, 16, 24) && !covers(&gltf, 23, 24));
    assert!(covers(&gltf, 24, 24) && covers(&gltf, 31, 24));
    let opaque = |gltf: &mut Gltf| {
        let mut material = masked(gltf);
        material["alphaMode"] = json!("OPAQUE");
        material
    };
    assert!(covers(&square(OTHER, opaque, DMat4::IDENTITY), 16, 24));
    for generator in [VTK, MERGER] {
        let gltf = square(generator, masked, DMat4::IDENTITY);
        assert!(covers(&gltf, 16, 24), "{generator}");
    }
}

/// Alpha runs from 0 at the left edge to 1 at the right one.
fn holes_of_vertex_colors() {
    let material = |_: &mut Gltf| json!({"pbrMetallicRoughness": black(1.0), "alphaMode": "MASK", "alphaCutoff": 0.75});
    let mut gltf = square(OTHER, material, DMat4::IDENTITY);
    let (left, right) = ([255, 255, 255, 0], [255, 255, 255, 255]);
    let colors = [left, right, right, left];
    let accessor = gltf.normalized(colors.as_flattened(), U8, "VEC4", 4);
    gltf.set_attribute("COLOR_0", accessor);
    // Three quarters of 19.2 pixels from 14.4.
    assert!(!covers(&gltf, 26, 24) && !covers(&gltf, 27, 24));
    assert!(covers(&gltf, 29, 24) && covers(&gltf, 30, 24));
}

fn holes_of_the_factor() {
    for (alpha, expected) in [(0.3, false), (0.6, true)] {
        let material =
            |_: &mut Gltf| json!({"pbrMetallicRoughness": black(alpha), "alphaMode": "MASK"});
        let gltf = square(OTHER, material, DMat4::IDENTITY);
        assert_eq!(covers(&gltf, 24, 24), expected, "alpha {alpha}");
    }
}

fn blended_surfaces_cover() {
    let material =
        |_: &mut Gltf| json!({"pbrMetallicRoughness": black(0.01), "alphaMode": "BLEND"});
    assert!(covers(&square(OTHER, material, DMat4::IDENTITY), 24, 24));
}

/// Turned away, and mirrored, which turns the winding round and the front stays the front.
fn back_sides() {
    let away = DMat4::from_rotation_y(std::f64::consts::PI);
    let mirror = DMat4::from_scale(DVec3::new(-1.0, 1.0, 1.0));
    for (generator, double_sided, matrix, expected) in [
        (OTHER, false, DMat4::IDENTITY, true),
        (OTHER, false, away, false),
        (OTHER, true, away, true),
        (OTHER, false, mirror, true),
        (OTHER, false, away * mirror, false),
        (OTHER, true, away * mirror, true),
        (MERGER, false, away, true),
        (VTK, false, away, true),
    ] {
        let material =
            |_: &mut Gltf| json!({"pbrMetallicRoughness": black(1.0), "doubleSided": double_sided});
        let gltf = square(generator, material, matrix);
        assert_eq!(
            covers(&gltf, 24, 24),
            expected,
            "{generator}, double-sided {double_sided}, {matrix}"
        );
    }
}
