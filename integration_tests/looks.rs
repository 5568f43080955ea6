//! Where Drake's `RenderEngineVtk` and glTF differ: a file of Drake's client is drawn by the habits
//! of the one, any other file by the rules of the other.

use glam::DVec3;
use serde_json::{Value, json};

use crate::harness::decode::{self, Rgb};
use crate::harness::gltf::{Gltf, MERGER, OTHER, U8, VTK, a_metre_ahead};
use crate::harness::multipart::Form;
use crate::harness::server::{self, Server};
use crate::harness::shading::{BACKGROUND, Surface, pbr};
use crate::harness::view::View;
use crate::harness::{client, expect, images, trials};

trials![
    emission_without_a_texture,
    vertex_colors,
    occlusion_alone,
    alpha_mode,
    mirrored_node,
    roughness_of_shapes,
    a_look_can_be_chosen,
    a_chosen_look_is_that_of_all_images,
    looks_of_one_scene_take_turns,
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

/// The image of a scene in a look; without one the request does not say.
fn drawn(server: &Server, image_type: &str, scene: &[u8], look: Option<&str>) -> Vec<u8> {
    let form = Form::drake(image_type, &view(), scene);
    let form = look.map_or(form.clone(), |look| form.with("look", look));
    client::post(server, &form).image()
}

/// A square that shines and has a hole in the middle, and before it, to the left, one that is half
/// transparent and turns its back on the camera.
fn odd(generator: &str) -> Gltf {
    let mut gltf = square(generator, json!({"alphaMode": "MASK"}));
    let alphas = [255, 0, 0, 255].map(|alpha| [90, 160, 240, alpha]).concat();
    let texel = decode::encode_png(4, 1, png::ColorType::Rgba, &alphas);
    let texture = gltf.texture(&texel, json!({"magFilter": 9728, "minFilter": 9728}));
    gltf.json["materials"][0]["emissiveFactor"] = json!([0.2, 0.0, 0.3]);
    gltf.json["materials"][0]["pbrMetallicRoughness"] = json!({
        "baseColorFactor": [0.2, 0.6, 0.4, 1.0], "baseColorTexture": {"index": texture}});
    let half = json!({"pbrMetallicRoughness": {"baseColorFactor": [0.9, 0.4, 0.2, 0.5]}});
    let half = gltf.material(half);
    let mesh = gltf.json["meshes"][0].clone();
    let before = gltf.push("meshes", mesh);
    gltf.json["meshes"][before]["primitives"][0]["material"] = json!(half);
    let turned = [0.0, 1.0, 0.0, 0.0];
    gltf.root(json!({"mesh": before, "translation": [-0.3, 0, -0.9], "rotation": turned}));
    gltf
}

/// As if the file had been written by whom the look is named after.
fn a_look_can_be_chosen() {
    let bytes = |generator| odd(generator).bytes();
    let of = |generator, look| drawn(server::shared(), "color", &bytes(generator), look);
    let (vtk, merger, other) = (of(VTK, None), of(MERGER, None), of(OTHER, None));
    assert!(vtk != merger && merger != other && other != vtk);
    for (generator, look, expected) in [
        (VTK, "auto", &vtk),
        (VTK, "drake", &vtk),
        (VTK, "gltf", &other),
        (MERGER, "auto", &merger),
        (MERGER, "drake", &merger),
        (MERGER, "gltf", &other),
        (OTHER, "auto", &other),
        (OTHER, "drake", &merger),
        (OTHER, "gltf", &other),
        (OTHER, "", &other),
    ] {
        let image = of(generator, Some(look));
        assert!(image == *expected, "{generator} in the look {look:?}");
    }
    let wrong = Form::drake("color", &view(), &bytes(OTHER)).with("look", "vtk");
    let message = client::post(server::shared(), &wrong).refusal(400, "invalid_field");
    client::names(&message, &["look", "auto", "drake", "gltf", "vtk"]);
}

/// In that of Drake depth and label have no holes and both sides, in that of glTF what the color image has.
fn a_chosen_look_is_that_of_all_images() {
    let scene = odd(OTHER).bytes();
    let image = |kind, look| drawn(server::shared(), kind, &scene, Some(look));
    let label = |look| decode::rgb(&image("label", look));
    let depth = |look| decode::metres(&image("depth", look));
    // In the hole, and where the second square turns its back.
    let (hole, back) = ((28, 24), (12, 24));
    let (nothing, first, second) = ([255; 3], [51, 153, 102], [230, 102, 51]);
    for (look, in_hole, at_back) in [
        ("gltf", (nothing, f32::INFINITY), (first, 1.0)),
        ("drake", (first, 1.0), (second, 0.9)),
    ] {
        let (label, depth) = (label(look), depth(look));
        for ((x, y), (expected, distance)) in [(hole, in_hole), (back, at_back)] {
            assert_eq!(label.at(x, y), expected, "{look}");
            let measured = depth.at(x, y);
            let is_there = measured == distance || (measured - distance).abs() < 1e-6;
            assert!(is_there, "{look}: {measured}");
        }
    }
    // What has neither holes nor sides is the same in both.
    let plain = square(OTHER, json!({"pbrMetallicRoughness": gray_factors()})).bytes();
    for kind in ["depth", "label"] {
        let [gltf, drake] =
            ["gltf", "drake"].map(|look| drawn(server::shared(), kind, &plain, Some(look)));
        assert!(gltf == drake, "{kind}");
    }
}

/// What is kept of one look is in no image of another.
fn looks_of_one_scene_take_turns() {
    let mut moved = odd(OTHER);
    moved.json["nodes"][2]["matrix"][12] = json!(0.0625);
    let scenes = [odd(OTHER), odd(MERGER), odd(VTK), moved].map(|gltf| gltf.bytes());
    let requests: Vec<_> = ["color", "label", "depth"]
        .into_iter()
        .flat_map(|kind| scenes.iter().map(move |scene| (kind, scene)))
        .flat_map(|(kind, scene)| ["drake", "gltf", "auto"].map(|look| (kind, scene, look)))
        .collect();
    let without = Server::on_free_port(&["--workers", "1", "--cache-size", "0"]);
    let fresh: Vec<_> = (requests.iter())
        .map(|(kind, scene, look)| drawn(&without, kind, scene, Some(look)))
        .collect();
    without.stop();
    let with = Server::on_free_port(&["--workers", "1", "--cache-size", "64MiB"]);
    for round in 0..3 {
        for ((kind, scene, look), fresh) in requests.iter().zip(&fresh) {
            let again = drawn(&with, kind, scene, Some(look));
            assert!(again == *fresh, "{kind} in the look {look}, round {round}");
        }
    }
    with.stop();
}
