//! Where Drake's `RenderEngineVtk` and glTF differ: a file of Drake's client is drawn by the habits
//! of the one, any other file by the rules of the other.

use glam::DVec3;
use serde_json::{Value, json};

use crate::harness::decode::{self, Rgb};
use crate::harness::gltf::{Gltf, MERGER, OTHER, U8, a_metre_ahead};
use crate::harness::shading::{BACKGROUND, Surface, pbr};
use crate::harness::view::View;
use crate::harness::{expect, images, trials};

trials![
    emission_without_a_texture,
    vertex_colors,
    occlusion_alone,
    alpha_mode,
    mirrored_node,
    roughness_of_shapes,
];

fn view() -> View {
    View::new(48, 48, 48.0)
}

/// A square that faces the camera at one metre.
fn square(generator: &str, material: Value) -> Gltf {
    Gltf::one_square(generator, &view(), 0.3, a_metre_ahead(), |_| material)
}

fn middle(gltf: &Gltf) -> Rgb {
    images::color(&view(), &gltf.bytes()).middle()
}

fn lit(surface: &Surface) -> Rgb {
    pbr(surface, DVec3::Z, -view().ray(24, 24).1)
}

fn gray() -> Surface {
    Surface {
        roughness: 0.8,
        ..Surface::vtk_shape(0.2, 0.2, 0.2)
    }
}

fn gray_factors() -> Value {
    json!({"baseColorFactor": [0.2, 0.2, 0.2, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.8})
}

/// VTK adds an emissive texture times the factor, and nothing without a texture.
fn emission_without_a_texture() {
    let material =
        json!({"pbrMetallicRoughness": gray_factors(), "emissiveFactor": [0.3, 0.0, 0.05]});
    let shining = Surface {
        emissive: DVec3::new(0.3, 0.0, 0.05),
        ..gray()
    };
    expect::close(
        "glTF",
        middle(&square(OTHER, material.clone())),
        lit(&shining),
        1,
    );
    expect::close("Drake", middle(&square(MERGER, material)), lit(&gray()), 1);
}

/// COLOR_0, as bytes and as floats, is linear. It multiplies the base colour; in VTK it replaces it.
fn vertex_colors() {
    let material = json!({"pbrMetallicRoughness": {"baseColorFactor": [0.8, 0.3, 1.0, 1.0],
        "metallicFactor": 0.0, "roughnessFactor": 0.8}});
    for (generator, albedo) in [
        (OTHER, [0.8 * 0.4, 0.3 * 0.8, 1.0 * 0.2]),
        (MERGER, [0.4, 0.8, 0.2]),
    ] {
        for as_bytes in [true, false] {
            let mut gltf = square(generator, material.clone());
            let colors = if as_bytes {
                gltf.normalized(&[102, 204, 51, 255].repeat(4), U8, "VEC4", 4)
            } else {
                gltf.vectors(&[[0.4, 0.8, 0.2]; 4])
            };
            gltf.set_attribute("COLOR_0", colors);
            let expected = Surface {
                albedo: DVec3::from(albedo),
                ..gray()
            };
            expect::close(generator, middle(&gltf), lit(&expected), 1);
        }
    }
}

/// VTK reads occlusion along with metallic and roughness, and not without them.
fn occlusion_alone() {
    let occluded = |generator| {
        let mut gltf = square(generator, json!({"pbrMetallicRoughness": gray_factors()}));
        let texel = decode::encode_png(1, 1, png::ColorType::Rgb, &[102, 255, 255]);
        let texture = gltf.texture(&texel, json!({}));
        gltf.json["materials"][0]["occlusionTexture"] = json!({"index": texture});
        gltf
    };
    let dark = Surface {
        occlusion: 0.4,
        ..gray()
    };
    expect::close("glTF", middle(&occluded(OTHER)), lit(&dark), 1);
    expect::close("Drake", middle(&occluded(MERGER)), lit(&gray()), 1);
}

/// In glTF `alphaMode` decides whether alpha counts; in VTK alpha alone does.
fn alpha_mode() {
    let half = |mode: &str| {
        let mut factors = gray_factors();
        factors["baseColorFactor"][3] = json!(0.5);
        json!({"pbrMetallicRoughness": factors, "alphaMode": mode})
    };
    let (solid, back) = (lit(&gray()), BACKGROUND);
    let mixed = std::array::from_fn(|c| solid[c].midpoint(back[c]));
    expect::close(
        "glTF, opaque",
        middle(&square(OTHER, half("OPAQUE"))),
        solid,
        1,
    );
    expect::close(
        "glTF, blend",
        middle(&square(OTHER, half("BLEND"))),
        mixed,
        1,
    );
    expect::close(
        "Drake, opaque",
        middle(&square(MERGER, half("OPAQUE"))),
        mixed,
        1,
    );
    expect::close(
        "Drake, blend",
        middle(&square(MERGER, half("BLEND"))),
        mixed,
        1,
    );
}

/// A mirroring node turns the winding round in glTF, so the front stays the front; not in VTK.
fn mirrored_node() {
    let mirrored = |generator| {
        let mut gltf = square(generator, json!({"pbrMetallicRoughness": gray_factors()}));
        gltf.json["nodes"][2] = json!({"mesh": 0, "scale": [-1, 1, 1], "translation": [0, 0, -1]});
        gltf
    };
    expect::close("glTF", middle(&mirrored(OTHER)), lit(&gray()), 1);
    assert_eq!(middle(&mirrored(MERGER)), BACKGROUND);
}

/// A roughness of 1 is what VTK writes for want of one; only below Drake's own node it means 0.5.
fn roughness_of_shapes() {
    let factors = json!({"baseColorFactor": [0.2, 0.2, 0.2, 1.0], "metallicFactor": 0.0,
        "roughnessFactor": 1.0});
    let rough = Surface {
        roughness: 1.0,
        ..gray()
    };
    let material = json!({"pbrMetallicRoughness": factors});
    expect::close(
        "merged",
        middle(&square(MERGER, material.clone())),
        lit(&rough),
        1,
    );
    let mut shape = square(MERGER, material);
    shape.json["scenes"][0]["nodes"] = json!([0]);
    shape.json["nodes"][0]["children"] = json!([1, 2]);
    let expected = lit(&Surface::vtk_shape(0.2, 0.2, 0.2));
    expect::close("shape", middle(&shape), expected, 1);
}
