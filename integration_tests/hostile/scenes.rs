//! What is wrong with a file, and with its nodes.

use serde_json::{Value, json};

use super::{Row, good};
use crate::harness::gltf::data_uri;

/// The good scene with one value changed.
fn changed(pointer: &str, value: Value) -> Vec<u8> {
    let mut gltf = good();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = gltf.json.pointer_mut(parent).unwrap();
    match parent.as_array_mut() {
        Some(array) => array[key.parse::<usize>().unwrap()] = value,
        None => parent[key] = value,
    }
    gltf.bytes()
}

/// The good scene with a matrix as text, because JSON has no such numbers.
fn matrix(number: &str) -> Vec<u8> {
    let text = format!("[{number},0,0,0,0,1,0,0,0,0,1,0,0,0,0,1]");
    let scene = changed("/nodes/1/matrix", json!("@"));
    String::from_utf8(scene)
        .unwrap()
        .replacen("\"@\"", &text, 1)
        .into_bytes()
}

/// Nodes below each other.
fn levels(count: usize) -> Vec<u8> {
    let mut gltf = good();
    let first = gltf.json["nodes"].as_array().unwrap().len();
    for node in first..first + count - 1 {
        gltf.push("nodes", json!({"children": [node + 1]}));
    }
    gltf.root(json!({}));
    gltf.json["scenes"][0]["nodes"]
        .as_array_mut()
        .unwrap()
        .push(first.into());
    gltf.bytes()
}

/// A GLB with one word of four bytes changed.
fn glb(offset: usize, word: u32) -> Vec<u8> {
    let mut glb = good().glb();
    glb[offset..offset + 4].copy_from_slice(&word.to_le_bytes());
    glb
}

/// Instances of the box as `EXT_mesh_gpu_instancing` has them, with an accessor of so many.
fn instances(count: u64) -> Vec<u8> {
    let mut gltf = good();
    let accessor = json!({"componentType": 5126, "type": "VEC3", "count": count});
    let accessor = gltf.push("accessors", accessor);
    gltf.json["nodes"][1]["extensions"] =
        json!({"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": accessor}}});
    gltf.json["extensionsUsed"] = json!(["EXT_mesh_gpu_instancing"]);
    gltf.bytes()
}

/// So many more objects in a list, which nobody names.
fn many(list: &str, count: usize) -> Vec<u8> {
    let mut gltf = good();
    let list = gltf.json[list].as_array_mut().unwrap();
    list.extend(std::iter::repeat_n(json!({}), count));
    gltf.bytes()
}

/// The rows of the table.
pub(super) fn rows() -> Vec<Row> {
    let set = |name, pointer, value, status, code| {
        Row::scene(name, &changed(pointer, value), status, code)
    };
    let glb_end = u32::try_from(good().glb().len()).unwrap();
    let uri = |name, uri: &str| {
        set(
            name,
            "/buffers/0/uri",
            json!(uri),
            422,
            "scene_external_uri",
        )
    };
    let mut long = good();
    long.json["nodes"][1]["name"] = json!("x".repeat(10 << 20));
    long.json["asset"]["version"] = json!("9".repeat(10 << 20));
    let deep = format!(
        "{{\"asset\":{{\"version\":\"2.0\"}},\"extras\":{}",
        "[".repeat(100_000)
    );
    let deep_objects = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let twice = String::from_utf8(good().bytes())
        .unwrap()
        .replacen('{', "{\"nodes\":[],", 1);
    let objects = format!(
        "{{\"asset\":{{\"version\":\"2.0\"}},\"extras\":[{}{{}}]}}",
        "{},".repeat(5_000_000)
    );
    vec![
        Row::scene("text", b"a scene, please", 422, "scene_not_gltf"),
        Row::scene(
            "JSON that ends",
            b"{\"asset\": {\"version\": \"2.0\"}, \"nodes\": [",
            422,
            "scene_not_gltf",
        ),
        Row::scene(
            "JSON that is not UTF-8",
            b"{\"asset\": {\"version\": \"2.0\", \"generator\": \"\xFF\"}}",
            422,
            "scene_invalid",
        ),
        Row::scene(
            "100,000 open brackets",
            deep.as_bytes(),
            422,
            "scene_not_gltf",
        ),
        Row::scene(
            "100,000 objects in each other",
            deep_objects.as_bytes(),
            422,
            "scene_not_gltf",
        ),
        Row::scene(
            "5,000,001 objects",
            objects.as_bytes(),
            413,
            "too_many_json_objects",
        ),
        Row::scene("a key twice", twice.as_bytes(), 422, "scene_invalid"),
        Row::scene(
            "a string of 10 MiB for a number",
            &long.bytes(),
            422,
            "scene_unsupported",
        ),
        set(
            "glTF 1.0",
            "/asset/version",
            json!("1.0"),
            422,
            "scene_unsupported",
        ),
        set(
            "a required extension of no such name",
            "/extensionsRequired",
            json!(["X_evil"]),
            422,
            "scene_unsupported",
        ),
        uri("a path for a buffer", "/etc/passwd"),
        uri("a path up from it", "../../../../etc/passwd"),
        uri("a file:// address", "file:///etc/passwd"),
        uri(
            "an address in the network",
            "http://169.254.169.254/latest/meta-data/",
        ),
        set(
            "a buffer that is not base64",
            "/buffers/0/uri",
            json!("data:application/octet-stream;base64,@@@@"),
            422,
            "scene_invalid",
        ),
        set(
            "a buffer that is shorter than it says",
            "/buffers/0/uri",
            json!(data_uri("application/octet-stream", &[0; 8])),
            422,
            "scene_invalid",
        ),
        Row::scene("a GLB cut off", &good().glb()[..40], 422, "scene_not_gltf"),
        Row::scene(
            "a GLB that says it is 4 GiB",
            &glb(8, u32::MAX),
            422,
            "scene_not_gltf",
        ),
        Row::scene(
            "a GLB whose first chunk says so",
            &glb(12, u32::MAX),
            422,
            "scene_not_gltf",
        ),
        Row::scene(
            "a GLB whose first chunk is the whole file",
            &glb(12, glb_end),
            422,
            "scene_not_gltf",
        ),
        Row::scene(
            "a GLB whose first chunk is empty",
            &glb(12, 0),
            422,
            "scene_not_gltf",
        ),
        Row::scene(
            "a GLB of version 2³²-1",
            &glb(4, u32::MAX),
            422,
            "scene_unsupported",
        ),
        set(
            "a node that is its own child",
            "/nodes/1/children",
            json!([1]),
            422,
            "scene_invalid",
        ),
        set(
            "nodes in a circle",
            "/nodes/1/children",
            json!([0]),
            422,
            "scene_invalid",
        ),
        set(
            "a child that is not there",
            "/nodes/0/children",
            json!([1, 2, 4_294_967_295_u32]),
            422,
            "scene_invalid",
        ),
        set(
            "a mesh of index -1",
            "/nodes/1/mesh",
            json!(-1),
            422,
            "scene_invalid",
        ),
        set(
            "a mesh of index 2³² + 0",
            "/nodes/1/mesh",
            json!(1_u64 << 32),
            422,
            "scene_invalid",
        ),
        Row::scene(
            "100,000 levels of nodes",
            &levels(100_000),
            413,
            "nodes_too_deep",
        ),
        Row::scene(
            "1,000,001 nodes",
            &many("nodes", 1_000_001),
            413,
            "too_many_nodes",
        ),
        Row::scene(
            "100,001 materials",
            &many("materials", 100_001),
            413,
            "too_many_materials",
        ),
        Row::scene("a matrix of 1e999", &matrix("1e999"), 422, "scene_invalid"),
        Row::scene("a matrix of NaN", &matrix("NaN"), 422, "scene_not_gltf"),
        Row::scene("a matrix of null", &matrix("null"), 422, "scene_invalid"),
        Row::scene("a matrix of 1e300", &matrix("1e300"), 422, "scene_invalid"),
        Row::scene(
            "4 billion instances",
            &instances(4_000_000_000),
            413,
            "too_many_instances",
        ),
        Row::scene(
            "2⁶⁴ - 1 instances",
            &instances(u64::MAX),
            422,
            "scene_invalid",
        ),
        set("no camera", "/cameras", json!([]), 422, "scene_invalid"),
    ]
}
