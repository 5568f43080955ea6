//! The same picture in every image format, as glTF and its extensions carry it.

use glam::{DAffine3, DVec2, DVec3};
use serde_json::{Value, json};

use crate::harness::decode::{self, Image, Rgb};
use crate::harness::gltf::{Gltf, NEAREST, OTHER, REPEAT, data_uri, sampler};
use crate::harness::multipart::Form;
use crate::harness::view::View;
use crate::harness::{client, expect, images, meshes, server, trials};

trials![
    lossless_formats_look_the_same,
    lossy_formats_lose_what_their_codecs_lose,
    subsampled_chroma_is_spread_as_by_other_decoders,
    decoded_as_by_other_decoders,
    media_types_do_not_matter,
    extensions_go_before_source,
    broken_files_are_refused,
];

fn file(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/textures/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

fn view() -> View {
    View::new(128, 96, 96.0)
}

/// The extension that a format needs.
fn extension(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.').unwrap().1 {
        "ktx2" => Some("KHR_texture_basisu"),
        "webp" => Some("EXT_texture_webp"),
        _ => None,
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').unwrap().1 {
        "ktx2" => "image/ktx2",
        "webp" => "image/webp",
        "jpg" => "image/jpeg",
        _ => "image/png",
    }
}

/// A square that fills the image, four pixels for each texel, in front of a dark one.
fn scene(name: &str, mode: &str) -> Gltf {
    let mut gltf = Gltf::new(OTHER);
    let texture = gltf.texture(&file(name), sampler(NEAREST, REPEAT));
    gltf.json["images"][0]["mimeType"] = media_type(name).into();
    if let Some(extension) = extension(name) {
        gltf.json["textures"][texture] =
            json!({"sampler": 0, "extensions": {extension: {"source": 0}}});
        gltf.json["extensionsRequired"] = json!([extension]);
    }
    let unlit = |color: Value, mode: &str| {
        json!({"pbrMetallicRoughness": color, "alphaMode": mode,
        "extensions": {"KHR_materials_unlit": {}}})
    };
    let behind = gltf.material(unlit(
        json!({"baseColorFactor": [0.0, 0.0, 0.2, 1.0]}),
        "OPAQUE",
    ));
    let front = gltf.material(unlit(json!({"baseColorTexture": {"index": texture}}), mode));
    for (material, distance) in [(behind, 2.0), (front, 1.0)] {
        let half = DVec2::new(2.0 / 3.0, 0.5) * distance;
        let mesh = gltf.mesh(&meshes::rectangle(half), material);
        let place = DAffine3::from_translation(DVec3::new(0.0, 0.0, -distance));
        gltf.shape(mesh, &place);
    }
    gltf.camera(&view());
    gltf
}

fn render(gltf: &Gltf) -> Image<Rgb> {
    images::color(&view(), &gltf.bytes())
}

fn rendered(name: &str, mode: &str) -> Image<Rgb> {
    render(&scene(name, mode))
}

fn lossless_formats_look_the_same() {
    let opaque = rendered("rgb8.png", "OPAQUE");
    // The middles of quarters, with the slope that they have there.
    for (x, y, color) in [
        (32, 24, [208, 46, 46]),
        (96, 24, [48, 176, 66]),
        (32, 72, [58, 66, 192]),
        (96, 72, [218, 196, 62]),
    ] {
        expect::close("PNG", opaque.at(x, y), color, 1);
    }
    for name in ["rgb16.png", "rgb8_interlaced.png", "lossless.webp"] {
        assert_eq!(rendered(name, "OPAQUE"), opaque, "{name}");
    }
    for mode in ["OPAQUE", "MASK", "BLEND"] {
        let expected = rendered("rgba8.png", mode);
        assert_eq!(expected == opaque, mode == "OPAQUE", "{mode}");
        for name in ["rgba16.png", "rgba8_interlaced.png", "alpha_lossless.webp"] {
            assert_eq!(rendered(name, mode), expected, "{name}, {mode}");
        }
    }
}

/// The bounds are what the files differ from the picture by, as other decoders have them, and a byte
/// more for the way through linear light. Where columns of different alpha meet, FXAA may take a
/// small loss for another edge: at 13 pixels of 12288.
fn lossy_formats_lose_what_their_codecs_lose() {
    let opaque = rendered("rgb8.png", "OPAQUE");
    for (name, loss) in [
        ("rgb.jpg", 9),
        ("progressive.jpg", 9),
        ("cmyk.jpg", 7),
        ("ycck.jpg", 9),
        ("etc1s.ktx2", 9),
        ("etc1s_mips.ktx2", 9),
        ("uastc.ktx2", 3),
        ("uastc_zstd.ktx2", 3),
        ("uastc_zstd_mips.ktx2", 3),
    ] {
        expect::color(name, &rendered(name, "OPAQUE"), &opaque, loss, 0.0);
    }
    for mode in ["OPAQUE", "MASK", "BLEND"] {
        let expected = rendered("rgba8.png", mode);
        for (name, loss) in [
            ("alpha_etc1s.ktx2", 9),
            ("alpha_uastc.ktx2", 3),
            ("alpha_uastc_zstd.ktx2", 3),
        ] {
            let what = format!("{name}_{mode}");
            expect::color(&what, &rendered(name, mode), &expected, loss, 0.002);
        }
    }
}

/// Chroma of half the resolution bleeds where quarters meet, and decoders differ a little in how.
fn subsampled_chroma_is_spread_as_by_other_decoders() {
    for (name, mode, tolerance) in [
        ("subsampled.jpg", "OPAQUE", 4),
        ("gray.jpg", "OPAQUE", 4),
        ("lossy.webp", "OPAQUE", 2),
        ("alpha_lossy.webp", "OPAQUE", 2),
        ("alpha_lossy.webp", "MASK", 2),
        ("alpha_lossy.webp", "BLEND", 2),
    ] {
        let expected = rendered(&format!("{name}.decoded.png"), mode);
        let what = format!("{name}_{mode}");
        expect::color(&what, &rendered(name, mode), &expected, tolerance, 0.0);
    }
}

/// Basis Universal decodes to the same bytes everywhere, also where sides are no multiples of 4.
fn decoded_as_by_other_decoders() {
    for kind in ["etc1s", "uastc", "uastc_zstd", "etc1s_odd", "uastc_odd"] {
        for mode in ["OPAQUE", "MASK", "BLEND"] {
            let name = format!("alpha_{kind}.ktx2");
            let expected = rendered(&format!("{name}.decoded.png"), mode);
            assert_eq!(rendered(&name, mode), expected, "{name}, {mode}");
        }
    }
}

/// Files are told apart by content: in a bufferView or a data URI, with a media type that is right,
/// wrong or absent.
fn media_types_do_not_matter() {
    for name in [
        "rgba8_interlaced.png",
        "cmyk.jpg",
        "alpha_lossy.webp",
        "alpha_etc1s.ktx2",
    ] {
        let mut gltf = scene(name, "MASK");
        let expected = render(&gltf);
        let right = media_type(name);
        let wrong = if right == "image/png" {
            "image/jpeg"
        } else {
            "image/png"
        };
        let uri = |kind: &str| data_uri(kind, &file(name));
        for image in [
            json!({"bufferView": 0, "mimeType": wrong}),
            json!({"bufferView": 0}),
            json!({"uri": uri(right), "mimeType": right}),
            json!({"uri": uri(right)}),
            json!({"uri": uri(wrong), "mimeType": right}),
            json!({"uri": uri("application/octet-stream")}),
        ] {
            gltf.json["images"][0] = image;
            assert_eq!(render(&gltf), expected, "{name}");
        }
    }
}

fn extensions_go_before_source() {
    for name in ["lossless.webp", "uastc.ktx2"] {
        let mut gltf = scene(name, "OPAQUE");
        let expected = render(&gltf);
        // For those who cannot read the other: one green texel.
        let green = decode::encode_png(1, 1, png::ColorType::Rgb, &[0, 255, 0]);
        let fallback = json!({"uri": data_uri("image/png", &green)});
        gltf.json["textures"][0]["source"] = gltf.push("images", fallback).into();
        gltf.json["extensionsUsed"] = gltf.json["extensionsRequired"].take();
        gltf.json["extensionsRequired"] = json!([]);
        assert_eq!(render(&gltf), expected, "{name}");
    }
}

fn broken_files_are_refused() {
    let short = "the KTX2 is broken: its mip level 0 reads past the end.";
    for (name, fault) in [
        ("alpha_lossy.webp", "the WebP is broken: "),
        ("etc1s.ktx2", short),
        ("uastc_zstd.ktx2", short),
    ] {
        let mut gltf = scene(name, "OPAQUE");
        let whole = file(name);
        let cut = data_uri("image/png", &whole[..whole.len() - 20]);
        gltf.json["images"][0] = json!({"uri": cut});
        let form = Form::drake("color", &view(), &gltf.bytes());
        let message = client::post(server::shared(), &form).refusal(422, "scene_invalid");
        let place = "baseColorTexture: texture 0: image 0: ";
        client::names(&message, &[&format!("{place}{fault}")]);
    }
}
