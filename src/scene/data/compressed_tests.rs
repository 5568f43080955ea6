//! Compressed files hold what the plain one holds; broken ones are refused by their place.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use crate::scene::testing::{add_accessor, base64, load, load_within, refusal, triangle};
use crate::scene::{Detail, Limits, Options, Scene};

const PLAIN: &[u8] = include_bytes!("../../../test_assets/compressed/box.glb");
const QUANTIZED: &[u8] = include_bytes!("../../../test_assets/compressed/box_quantized.glb");
const MESHOPT_EXT: &[u8] = include_bytes!("../../../test_assets/compressed/box_meshopt_ext.glb");
const MESHOPT_KHR: &[u8] = include_bytes!("../../../test_assets/compressed/box_meshopt_khr.glb");
const DRACO: &[u8] = include_bytes!("../../../test_assets/compressed/box_draco.glb");
const SEQUENTIAL: &[u8] =
    include_bytes!("../../../test_assets/compressed/box_draco_sequential.glb");
const PLACE: &str = "scene: mesh 0, primitive 0: ";

/// The document of a GLB file, with its BIN chunk as a data URI.
fn opened(file: &[u8]) -> Value {
    let (json, bin) = crate::scene::file::glb::split(file).unwrap();
    let mut scene: Value = serde_json::from_slice(json).unwrap();
    scene["buffers"][0]["uri"] = base64(bin.unwrap()).into();
    scene
}

/// The triangles with all that their corners have, in an order that does not hang on the file's.
fn triangles(scene: &Scene, scale: f32) -> Vec<[[u32; 12]; 3]> {
    let primitive = &scene.primitives[0];
    let shading = primitive.shading.as_ref().unwrap();
    let tex_coords = shading.tex_coords[0].as_ref().unwrap();
    let colors = shading.colors.as_ref().unwrap();
    let corner = |&index: &u32| {
        let index = index as usize;
        let position = primitive.positions[index].map(|x| x * scale);
        let numbers = [
            &position[..],
            &shading.normals[index],
            &tex_coords[index],
            &colors[index],
        ];
        let numbers = numbers.concat();
        std::array::from_fn(|i| (numbers[i] + 0.0).to_bits())
    };
    let (indices, _) = primitive.indices.as_chunks::<3>();
    let mut triangles: Vec<[[u32; 12]; 3]> = indices
        .iter()
        .map(|triangle| {
            let corners = triangle.each_ref().map(corner);
            let rotated = |by| {
                let mut corners = corners;
                corners.rotate_left(by);
                corners
            };
            (0..3).map(rotated).min().unwrap()
        })
        .collect();
    triangles.sort_unstable();
    triangles
}

#[test]
fn compressed_boxes_have_the_numbers_of_the_plain_one() {
    let read = |file| crate::scene::load(file, &Options::new(Detail::Shading)).unwrap();
    let plain = triangles(&read(PLAIN), 1.0);
    assert_eq!(plain.len(), 12);
    for (name, file, scale) in [
        ("quantized", QUANTIZED, 1.0 / 64.0),
        ("EXT_meshopt", MESHOPT_EXT, 1.0 / 64.0),
        ("KHR_meshopt", MESHOPT_KHR, 1.0 / 64.0),
        ("edgebreaker", DRACO, 1.0),
        ("sequential", SEQUENTIAL, 1.0),
    ] {
        assert!(triangles(&read(file), scale) == plain, "{name}");
    }
}

#[test]
fn broken_draco_primitives_are_refused() {
    let extension = "/meshes/0/primitives/0/extensions/KHR_draco_mesh_compression";
    let data = "KHR_draco_mesh_compression: the Draco data";
    for (pointer, value, message) in [
        (
            "/meshes/0/primitives/0/mode",
            json!(5),
            "KHR_draco_mesh_compression: only triangles are decoded (mode 4), neither strips nor \
             points."
                .into(),
        ),
        (
            &format!("{extension}/bufferView"),
            json!(9),
            "KHR_draco_mesh_compression: refers to bufferView 9, but the file has 2 of \
             them."
                .into(),
        ),
        (
            &format!("{extension}/attributes/POSITION"),
            json!(9),
            format!("accessor 1: {data} has no attribute 9 of a type of glTF."),
        ),
        (
            &format!("{extension}/attributes/POSITION"),
            json!(2),
            "accessor 1: KHR_draco_mesh_compression: attribute 2 of the Draco data has 2 \
             components of type F32, but the accessor has 3 of F32."
                .into(),
        ),
        (
            "/accessors/1/count",
            json!(23),
            "accessor 3 has 24 elements, but that of POSITION has 23.".into(),
        ),
        (
            "/accessors/0/count",
            json!(39),
            format!(
                "accessor 1: {data} has 24 vertices and 12 triangles, but the accessors have 24 \
                 and 13."
            ),
        ),
        (
            "/accessors/0/count",
            json!(33),
            format!("accessor 1: {data} holds more than the accessors read or the scene may have."),
        ),
        (
            "/accessors/0/componentType",
            json!(5126),
            "indices: accessor 0 must be a SCALAR of unsigned integers, not normalized.".into(),
        ),
        (
            "/accessors/1/sparse",
            json!({"count": 1, "indices": {"bufferView": 0, "componentType": 5121},
                   "values": {"bufferView": 0}}),
            "POSITION: accessor 1: it is compressed and sparse.".into(),
        ),
    ] {
        let mut scene = opened(DRACO);
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        scene.pointer_mut(parent).unwrap()[key] = value;
        assert_eq!(refusal(&scene), format!("{PLACE}{message}"));
    }
}

#[test]
fn broken_meshopt_views_are_refused() {
    let extension = |key| format!("/bufferViews/1/extensions/KHR_meshopt_compression/{key}");
    let place = "POSITION: accessor 1: bufferView 1: ";
    for (key, value, message) in [
        (
            "count",
            json!(23),
            format!(
                "{place}KHR_meshopt_compression: its count 23 times its byteStride 8 is not the bufferView's \
                 192 bytes."
            ),
        ),
        (
            "buffer",
            json!(1),
            format!("{place}buffer 1 has neither a uri nor the BIN chunk of a GLB file."),
        ),
        (
            "mode",
            json!("POINTS"),
            format!(
                "{place}KHR_meshopt_compression: unknown variant `POINTS`, expected one of \
                 `ATTRIBUTES`, `TRIANGLES`, `INDICES`."
            ),
        ),
        (
            "byteLength",
            json!(20),
            "accessor 1: bufferView 1: the compressed data is not of the length that its elements \
             need."
                .into(),
        ),
    ] {
        let mut scene = opened(MESHOPT_KHR);
        *scene.pointer_mut(&extension(key)).unwrap() = value;
        assert_eq!(refusal(&scene), format!("{PLACE}{message}"));
    }
}

#[test]
fn shared_data_is_decoded_once_and_counted() {
    let mut scene = opened(DRACO);
    let primitive = scene["meshes"][0]["primitives"][0].clone();
    let primitives = scene["meshes"][0]["primitives"].as_array_mut().unwrap();
    primitives.extend(vec![primitive; 9]);
    let bytes = serde_json::to_vec(&scene).unwrap();
    let uri = scene["buffers"][0]["byteLength"].as_u64().unwrap();
    // 12 triangles of 12 bytes, 24 vertices of 36.
    let decoded = usize::try_from(uri).unwrap() + 2 + 12 * 12 + 24 * 36;
    let load = |decoded_bytes| {
        let limits = Limits {
            decoded_bytes,
            ..Limits::default()
        };
        load_within(&bytes, Detail::Geometry, &limits)
    };
    assert_eq!(load(decoded).unwrap().primitives.len(), 10);
    load(decoded - 10).unwrap_err();
}

#[test]
fn bytes_count_as_often_as_they_are_decoded() {
    for (name, file) in [("Draco", DRACO), ("meshopt", MESHOPT_EXT)] {
        let bytes = serde_json::to_vec(&opened(file)).unwrap();
        let limits = Limits {
            encoded_bytes: 1,
            ..Limits::default()
        };
        let refused = load_within(&bytes, Detail::Geometry, &limits).unwrap_err();
        let refused = refused.to_string();
        let end =
            "bytes of images and compressed geometry to decode; the limit is 1 (--max-encoded).";
        assert!(refused.ends_with(end), "{name}: {refused}");
    }
}

#[test]
fn joints_and_weights_are_decoded() {
    let streams = include_str!("../../../test_assets/compressed/streams.json");
    let streams: Value = serde_json::from_str(streams).unwrap();
    let of = &streams["draco"][0];
    let id = |name: &str| {
        let attributes = of["attributes"].as_array().unwrap();
        attributes.iter().find(|a| a["name"] == name).unwrap()["id"].clone()
    };
    let stream = of["stream"].as_str().unwrap();
    let length = base64_simd::STANDARD.decode_to_vec(stream).unwrap().len();
    let (count, corners) = (&of["vertices"], 3 * of["triangles"].as_u64().unwrap());
    let scene = json!({
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "skin": 0}],
        "skins": [{"joints": [0, 0]}],
        "meshes": [{"primitives": [{
            "indices": 0,
            "attributes": {"POSITION": 1, "JOINTS_0": 2, "WEIGHTS_0": 3},
            "extensions": {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {
                "POSITION": id("POSITION"), "JOINTS_0": id("JOINTS_0"),
                "WEIGHTS_0": id("WEIGHTS_0"),
            }}},
        }]}],
        "accessors": [
            {"componentType": 5123, "type": "SCALAR", "count": corners},
            {"componentType": 5126, "type": "VEC3", "count": count},
            {"componentType": 5123, "type": "VEC4", "count": count},
            {"componentType": 5126, "type": "VEC4", "count": count},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": length}],
        "buffers": [{"byteLength": length, "uri": format!("data:;base64,{stream}")}],
    });
    let message = refusal(&scene);
    assert!(
        message.contains("JOINTS_0 of vertex") && message.ends_with("but skin 0 has 2 joints."),
        "{message}"
    );
}

#[test]
fn changed_files_are_read_or_refused() {
    let mut seed = 1_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    let mut refused = 0;
    for file in [DRACO, SEQUENTIAL, MESHOPT_EXT, MESHOPT_KHR, QUANTIZED] {
        for _ in 0..400 {
            let mut other = file.to_vec();
            for _ in 0..=random(3) {
                let place = 20 + random(other.len() - 20);
                other[place] = [b'0', b'9', 0x7f, 0xff, random(256).to_le_bytes()[0]][random(5)];
            }
            refused +=
                usize::from(crate::scene::load(&other, &Options::new(Detail::Shading)).is_err());
        }
    }
    assert!(refused > 100, "{refused}");
}

/// The triangle with an attribute of integers, in a file that may use quantization.
fn quantized(name: &str, component: u32, normalized: bool, bytes: &[u8], used: bool) -> Value {
    let mut scene = triangle();
    let index = add_accessor(&mut scene, bytes, component, "VEC3", 3);
    scene["accessors"][index]["normalized"] = normalized.into();
    scene["meshes"][0]["primitives"][0]["attributes"][name] = index.into();
    if used {
        scene["extensionsUsed"] = json!(["KHR_mesh_quantization"]);
        scene["extensionsRequired"] = json!(["KHR_mesh_quantization"]);
    }
    scene
}

#[test]
fn positions_may_be_any_bytes_and_shorts() {
    let bytes = [0x80, 0x81, 0, 1, 0x7f, 0xff, 0, 0, 0];
    let shorts = [
        0, 0x80, 1, 0x80, 0, 0, 1, 0, 0xff, 0x7f, 0xff, 0xff, 0, 0, 0, 0, 0, 0,
    ];
    for (component, normalized, expected) in [
        (5120, false, [[-128.0, -127.0, 0.0], [1.0, 127.0, -1.0]]),
        (
            5120,
            true,
            [[-1.0, -1.0, 0.0], [1.0 / 127.0, 1.0, -1.0 / 127.0]],
        ),
        (5121, false, [[128.0, 129.0, 0.0], [1.0, 127.0, 255.0]]),
        (
            5121,
            true,
            [
                [128.0 / 255.0, 129.0 / 255.0, 0.0],
                [1.0 / 255.0, 127.0 / 255.0, 1.0],
            ],
        ),
        (
            5122,
            false,
            [[-32768.0, -32767.0, 0.0], [1.0, 32767.0, -1.0]],
        ),
        (
            5122,
            true,
            [[-1.0, -1.0, 0.0], [1.0 / 32767.0, 1.0, -1.0 / 32767.0]],
        ),
        (
            5123,
            false,
            [[32768.0, 32769.0, 0.0], [1.0, 32767.0, 65535.0]],
        ),
        (
            5123,
            true,
            [
                [32768.0 / 65535.0, 32769.0 / 65535.0, 0.0],
                [1.0 / 65535.0, 32767.0 / 65535.0, 1.0],
            ],
        ),
    ] {
        let bytes = if component < 5122 {
            &bytes[..]
        } else {
            &shorts
        };
        let scene = quantized("POSITION", component, normalized, bytes, true);
        let read = load(&scene).unwrap().primitives[0].positions.clone();
        assert_eq!(&read[..2], expected, "{component}, {normalized}");
        let scene = quantized("POSITION", component, normalized, bytes, false);
        assert_eq!(
            refusal(&scene),
            format!("{PLACE}POSITION: accessor 2 must be a VEC3 of floats.")
        );
    }
}

#[test]
fn normals_may_be_signed_fractions_only() {
    for (component, normalized) in [
        (5120, true),
        (5122, true),
        (5120, false),
        (5121, true),
        (5122, false),
        (5123, true),
        (5125, true),
    ] {
        let scene = quantized("NORMAL", component, normalized, &[0x7f; 36], true);
        let allowed = normalized && matches!(component, 5120 | 5122);
        match load(&scene) {
            Ok(_) => assert!(allowed, "{component}, {normalized}"),
            Err(message) => {
                assert!(!allowed, "{message}");
                assert_eq!(
                    message,
                    format!("{PLACE}NORMAL: accessor 2 must be a VEC3 of floats.")
                );
            }
        }
    }
}
