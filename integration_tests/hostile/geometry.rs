//! What is wrong with accessors, and with what is made of them.

use serde_json::{Value, json};

use super::{Row, good};
use crate::harness::gltf::{Gltf, U8, U16};

const HUGE: u64 = 4_000_000_000;

fn asset(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/compressed/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// A committed GLB with its JSON changed; the numbers of its bytes stay true.
fn changed_asset(name: &str, change: impl Fn(&mut Value)) -> Vec<u8> {
    let glb = asset(name);
    let word = |at: usize| u32::from_le_bytes(glb[at..at + 4].try_into().unwrap()) as usize;
    let (json, rest) = glb[20..].split_at(word(12));
    let mut json: Value = serde_json::from_slice(json).unwrap();
    change(&mut json);
    let mut text = serde_json::to_vec(&json).unwrap();
    text.resize(text.len().next_multiple_of(4), b' ');
    let length = u32::try_from(20 + text.len() + rest.len()).unwrap();
    let chunk = u32::try_from(text.len()).unwrap();
    [
        &b"glTF\x02\0\0\0"[..],
        &length.to_le_bytes(),
        &chunk.to_le_bytes(),
        b"JSON",
        &text,
        rest,
    ]
    .concat()
}

/// The good scene with the first accessor changed.
fn accessor(key: &str, value: Value) -> Vec<u8> {
    let mut gltf = good();
    gltf.json["accessors"][0][key] = value;
    gltf.bytes()
}

/// An accessor without bytes, of which all elements are 0.
fn zero(kind: &str, count: u64) -> Value {
    json!({"componentType": 5126, "type": kind, "count": count, "min": [0, 0, 0], "max": [0, 0, 0]})
}

/// The good scene with all positions from an accessor without bytes.
fn zeros(accessor: Value) -> Vec<u8> {
    let mut gltf = good();
    let accessor = gltf.push("accessors", accessor);
    gltf.first_primitive()["attributes"] = json!({"POSITION": accessor});
    gltf.bytes()
}

fn sparse(count: u64, indices: &[u8]) -> Vec<u8> {
    let mut gltf = good();
    let indices = gltf.view(indices);
    let values = gltf.view(&[0; 24]);
    gltf.json["accessors"][0]["sparse"] = json!({"count": count,
        "indices": {"bufferView": indices, "componentType": U8},
        "values": {"bufferView": values}});
    gltf.bytes()
}

/// The box with a skin of so many joints, and weights that name the joint `named`.
fn skinned(joints: &Value, named: u8) -> Vec<u8> {
    let mut gltf = good();
    let vertices = gltf.json["accessors"][0]["count"].as_u64().unwrap() as usize;
    let of_joints = gltf.accessor(&[named, 0, 0, 0].repeat(vertices), U8, "VEC4", vertices);
    let weights = gltf.vectors(&vec![[1.0, 0.0, 0.0, 0.0]; vertices]);
    gltf.set_attribute("JOINTS_0", of_joints);
    gltf.set_attribute("WEIGHTS_0", weights);
    let skin = gltf.push("skins", json!({"joints": joints}));
    gltf.json["nodes"][1]["skin"] = skin.into();
    gltf.bytes()
}

/// The box, moved by an animation with such keyframes, which is played.
fn animated(input: Value, output: Value, interpolation: &str) -> Gltf {
    let mut gltf = good();
    let input = gltf.push("accessors", input);
    let output = gltf.push("accessors", output);
    gltf.json["nodes"][1]
        .as_object_mut()
        .unwrap()
        .remove("matrix");
    gltf.push(
        "animations",
        json!({
        "samplers": [{"input": input, "output": output, "interpolation": interpolation}],
        "channels": [{"sampler": 0, "target": {"node": 1, "path": "translation"}}]}),
    );
    gltf
}

fn played(name: &'static str, gltf: &Gltf, status: u16, code: &'static str) -> Row {
    use crate::harness::multipart::Form;
    let form = Form::drake("color", &super::view(), &gltf.bytes()).with("time", "0.5");
    Row::form(name, form, status, code)
}

/// The box with a bufferView that meshopt compresses, of so many elements.
fn meshopt(count: u64, stride: u64, mode: &str) -> Vec<u8> {
    let mut gltf = good();
    gltf.json["bufferViews"][0]["extensions"] = json!({"EXT_meshopt_compression": {
        "buffer": 0, "byteOffset": 0, "byteLength": 200, "byteStride": stride, "count": count, "mode": mode}});
    gltf.json["bufferViews"][0]["byteLength"] = json!(count.saturating_mul(stride));
    gltf.json["extensionsUsed"] = json!(["EXT_meshopt_compression"]);
    gltf.json["extensionsRequired"] = json!(["EXT_meshopt_compression"]);
    gltf.bytes()
}

/// A mesh of so many vertices without bytes, and as many in each morph target.
fn morphed(vertices: u64, targets: usize) -> Vec<u8> {
    let mut gltf = good();
    let zeros = gltf.push("accessors", zero("VEC3", vertices));
    gltf.first_primitive()["attributes"] = json!({"POSITION": zeros});
    gltf.first_primitive()["targets"] = vec![json!({"POSITION": zeros}); targets].into();
    gltf.json["meshes"][0]["weights"] = vec![1; targets].into();
    gltf.bytes()
}

/// The rows of the table.
pub(super) fn rows() -> Vec<Row> {
    let wrong = |name, scene: &[u8]| Row::scene(name, scene, 422, "scene_invalid");
    let mut index = good();
    let indices = index.indices(&[0, 1, u32::MAX]);
    index.first_primitive()["indices"] = indices.into();
    let mut nan = good();
    let positions = nan.vectors(&[[f32::NAN; 3]; 24]);
    nan.json["accessors"][positions]["min"] = json!([0, 0, 0]);
    nan.json["accessors"][positions]["max"] = json!([0, 0, 0]);
    nan.set_attribute("POSITION", positions);
    let mut many = good();
    let accessor_16 = many.push(
        "accessors",
        json!({"componentType": U16, "type": "SCALAR", "count": HUGE}),
    );
    many.first_primitive()["indices"] = accessor_16.into();
    let draco = |name, accessor: usize, count: u64, status, code| {
        let scene = changed_asset("box_draco.glb", |json| {
            json["accessors"][accessor]["count"] = json!(count);
        });
        Row::scene(name, &scene, status, code)
    };
    vec![
        wrong(
            "an accessor of 4 billion elements",
            &accessor("count", json!(HUGE)),
        ),
        wrong(
            "an accessor at the end of the numbers",
            &accessor("byteOffset", json!(u64::MAX)),
        ),
        wrong(
            "an accessor whose end goes around",
            &accessor("byteOffset", json!(u64::MAX - 11)),
        ),
        wrong(
            "an accessor with a negative count",
            &accessor("count", json!(-1)),
        ),
        wrong(
            "an accessor of another type",
            &accessor("type", json!("MAT4")),
        ),
        wrong(
            "an accessor of a type of 10⁶ letters",
            &accessor("type", json!("V".repeat(1_000_000))),
        ),
        Row::scene(
            "4 billion vertices without bytes",
            &zeros(zero("VEC3", HUGE)),
            413,
            "too_many_vertices",
        ),
        Row::scene(
            "2⁶⁴ - 1 vertices without bytes",
            &zeros(zero("VEC3", u64::MAX)),
            422,
            "scene_invalid",
        ),
        Row::scene(
            "4 billion indices without bytes",
            &many.bytes(),
            413,
            "too_many_indices",
        ),
        wrong("an index of 2³² - 1", &index.bytes()),
        wrong("positions that are no numbers", &nan.bytes()),
        wrong(
            "a sparse accessor with an index past the end",
            &sparse(2, &[0, 200]),
        ),
        wrong(
            "a sparse accessor with indices that fall",
            &sparse(2, &[3, 1]),
        ),
        wrong(
            "a sparse accessor of more than there are",
            &sparse(HUGE, &[0, 1]),
        ),
        wrong("a skin without joints", &skinned(&json!([]), 0)),
        wrong(
            "a skin with a joint that is no node",
            &skinned(&json!([77]), 0),
        ),
        wrong(
            "a vertex with a joint that the skin lacks",
            &skinned(&json!([1]), 255),
        ),
        Row::scene(
            "101 morph targets of a million vertices without bytes",
            &morphed(1_000_000, 101),
            413,
            "too_many_morphed_vertices",
        ),
        Row::scene(
            "meshopt: 600 million elements",
            &meshopt(600_000_000, 4, "ATTRIBUTES"),
            413,
            "too_many_decoded_bytes",
        ),
        Row::scene(
            "meshopt: 2⁶³ bytes",
            &meshopt(1 << 61, 4, "ATTRIBUTES"),
            413,
            "too_many_decoded_bytes",
        ),
        wrong(
            "meshopt: a product beyond 64 bits",
            &meshopt(1 << 62, 256, "ATTRIBUTES"),
        ),
        wrong(
            "meshopt: bytes of another codec",
            &meshopt(24, 12, "ATTRIBUTES"),
        ),
        wrong("meshopt: triangles of bytes", &meshopt(36, 1, "TRIANGLES")),
        draco("Draco: 4 billion indices", 0, HUGE, 413, "too_many_indices"),
        draco(
            "Draco: 4 billion positions, but 24 normals",
            1,
            HUGE,
            422,
            "scene_invalid",
        ),
        draco(
            "Draco: a stream of more triangles than the accessors read",
            0,
            3,
            413,
            "too_many_decoded_bytes",
        ),
    ]
    .into_iter()
    .chain([
        played(
            "an animation of 4 billion keyframes",
            &animated(zero("SCALAR", HUGE), zero("VEC3", HUGE), "LINEAR"),
            413,
            "too_many_keyframe_numbers",
        ),
        played(
            "an animation of 2⁶³ keyframes in cubic splines",
            &animated(
                zero("SCALAR", 1 << 63),
                zero("VEC3", u64::MAX),
                "CUBICSPLINE",
            ),
            422,
            "scene_invalid",
        ),
        played(
            "an animation that stands still at 0",
            &animated(zero("SCALAR", 3), zero("VEC3", 3), "LINEAR"),
            422,
            "scene_invalid",
        ),
    ])
    .collect()
}
