//! Scenes that cannot be drawn: each refusal names the glTF object, and nothing else is disturbed.

use gltf_render_server::scene::Limit;
use serde_json::{Value, json};

use crate::harness::gltf::{Gltf, U8, data_uri, label};
use crate::harness::multipart::Form;
use crate::harness::view::View;
use crate::harness::{client, images, server, trials};

trials![
    not_gltf,
    external_uris,
    broken_data_uris,
    hierarchies,
    accessors,
    numbers_that_are_none,
    references,
    counts,
    broken_images,
    glb_containers,
    required_extensions,
    no_camera,
];

fn view() -> View {
    View::new(32, 24, 24.0)
}

fn good() -> Gltf {
    Gltf::one_box(&view())
}

/// Posts a scene that must be refused.
fn refused(what: &str, scene: &[u8], code: &str, words: &[&str]) {
    let is_limit = Limit::ALL.iter().any(|limit| limit.code() == code);
    let status = if is_limit { 413 } else { 422 };
    let post = |scene: &[u8]| client::post(server::shared(), &Form::drake("color", &view(), scene));
    let reply = post(scene);
    assert_ne!(reply.status, 200, "{what} was drawn");
    client::names(&reply.refusal(status, code), words);
    assert_eq!(post(&good().bytes()).status, 200, "after {what}");
}

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

fn not_gltf() {
    for (what, scene) in [
        ("text", &b"a scene, please"[..]),
        (
            "half a JSON",
            b"{\"asset\": {\"version\": \"2.0\"}, \"nodes\": [",
        ),
        ("an array", b"[]"),
        ("bytes", &[0xFF, 0, 0xFE, 7]),
        ("deep", "[".repeat(100_000).as_bytes()),
    ] {
        refused(what, scene, "scene_not_gltf", &["scene"]);
    }
    let old = changed("/asset/version", json!("1.0"));
    refused("glTF 1.0", &old, "scene_unsupported", &["1.0"]);
}

fn external_uris() {
    for uri in [
        "box.bin",
        "../../../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:9/box.bin",
    ] {
        let scene = changed("/buffers/0/uri", json!(uri));
        refused(uri, &scene, "scene_external_uri", &["buffer 0", uri]);
    }
    let mut gltf = good();
    gltf.texture(&[], json!({}));
    gltf.json["images"][0] = json!({"uri": "wood.png"});
    gltf.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = json!({"index": 0});
    refused(
        "wood.png",
        &gltf.bytes(),
        "scene_external_uri",
        &["image 0", "wood.png"],
    );
}

fn broken_data_uris() {
    for (what, uri) in [
        ("no base64", "data:application/octet-stream;base64,@@@@"),
        ("no comma", "data:application/octet-stream;base64"),
        ("cut", "data:application/octet-stream;base64,AAAAA"),
    ] {
        let scene = changed("/buffers/0/uri", json!(uri));
        refused(what, &scene, "scene_invalid", &["buffer 0"]);
    }
    let short = changed(
        "/buffers/0/uri",
        json!(data_uri("application/octet-stream", &[0; 8])),
    );
    refused("short", &short, "scene_invalid", &["buffer 0"]);
}

fn hierarchies() {
    // Node 0 is the root with node 1, the box, below it.
    let scene = changed("/nodes/1/children", json!([0]));
    refused("a cycle", &scene, "scene_invalid", &["node"]);
    let scene = changed("/nodes/1/children", json!([1]));
    refused("its own child", &scene, "scene_invalid", &["node 1"]);
    let scene = changed("/nodes/0/children", json!([1, 2, 77]));
    refused("no such child", &scene, "scene_invalid", &["77"]);
    let mut gltf = good();
    let mut children = json!([]);
    for _ in 0..20_000 {
        children = json!([gltf.push("nodes", json!({"children": children}))]);
    }
    gltf.root(json!({"children": children}));
    refused("20 000 levels", &gltf.bytes(), "nodes_too_deep", &["node"]);
}

fn accessors() {
    for (what, pointer, value, word) in [
        (
            "past the end",
            "/accessors/0/byteOffset",
            json!(12),
            "accessor 0",
        ),
        (
            "far past the end",
            "/accessors/0/byteOffset",
            json!(u64::MAX / 2),
            "accessor 0",
        ),
        ("too many", "/accessors/0/count", json!(25), "accessor 0"),
        (
            "wrong type",
            "/accessors/0/type",
            json!("VEC2"),
            "accessor 0",
        ),
        (
            "wrong component",
            "/accessors/0/componentType",
            json!(5124),
            "accessor 0",
        ),
        (
            "long view",
            "/bufferViews/0/byteLength",
            json!(100_000),
            "bufferView 0",
        ),
        (
            "moved view",
            "/bufferViews/0/byteOffset",
            json!(16),
            "bufferView 0",
        ),
        (
            "short stride",
            "/bufferViews/0/byteStride",
            json!(4),
            "bufferView 0",
        ),
        (
            "float indices",
            "/accessors/2/componentType",
            json!(5126),
            "accessor 2",
        ),
    ] {
        refused(what, &changed(pointer, value), "scene_invalid", &[word]);
    }
    let mut gltf = good();
    let indices = gltf.accessor(&[0, 1, 24], U8, "SCALAR", 3);
    gltf.first_primitive()["indices"] = indices.into();
    refused(
        "index 24 of 24",
        &gltf.bytes(),
        "scene_invalid",
        &["mesh 0", "24"],
    );
}

fn numbers_that_are_none() {
    let mut gltf = good();
    let mut corners = [[0.0; 3]; 24];
    corners[5][1] = f32::NAN;
    let positions = gltf.vectors(&corners);
    // NaN has no place in JSON; the bounds are of no use to the server.
    gltf.json["accessors"][positions]["min"] = json!([0, 0, 0]);
    gltf.json["accessors"][positions]["max"] = json!([0, 0, 0]);
    gltf.set_attribute("POSITION", positions);
    refused("NaN", &gltf.bytes(), "scene_invalid", &["mesh 0"]);
    let mut matrix = json!([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    matrix[12] = json!(1e300);
    let scene = changed("/nodes/1/matrix", matrix);
    refused("1e300", &scene, "scene_invalid", &["node 1"]);
}

fn references() {
    for (what, pointer, value) in [
        ("mesh", "/nodes/1/mesh", json!(9)),
        ("material", "/meshes/0/primitives/0/material", json!(9)),
        (
            "accessor",
            "/meshes/0/primitives/0/attributes/POSITION",
            json!(9),
        ),
        ("indices", "/meshes/0/primitives/0/indices", json!(9)),
        ("view", "/accessors/0/bufferView", json!(9)),
        ("buffer", "/bufferViews/0/buffer", json!(9)),
        ("scene", "/scene", json!(9)),
        ("negative", "/nodes/1/mesh", json!(-1)),
        ("root", "/scenes/0/nodes/0", json!(9)),
    ] {
        let word = if what == "negative" { "-1" } else { "9" };
        refused(what, &changed(pointer, value), "scene_invalid", &[word]);
    }
}

/// Counts that would need more memory than there is.
fn counts() {
    let huge = json!(4_000_000_000_u64);
    refused(
        "count",
        &changed("/accessors/0/count", huge.clone()),
        "scene_invalid",
        &["accessor 0"],
    );
    let mut gltf = good();
    let accessor = json!({"componentType": 5126, "type": "VEC3", "count": huge,
        "min": [0, 0, 0], "max": [0, 0, 0]});
    let accessor = gltf.push("accessors", accessor);
    gltf.first_primitive()["attributes"] = json!({"POSITION": accessor});
    refused(
        "zeros",
        &gltf.bytes(),
        "too_many_vertices",
        &["mesh 0", "4000000000"],
    );
}

fn broken_images() {
    for (what, bytes, code) in [
        ("nothing", &b""[..], "scene_unsupported"),
        ("text", b"no image", "scene_unsupported"),
        ("cut PNG", b"\x89PNG\r\n\x1a\n\0\0", "scene_invalid"),
    ] {
        let mut gltf = good();
        gltf.texture(&[0], json!({}));
        gltf.json["images"][0] = json!({"uri": data_uri("image/png", bytes)});
        gltf.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = json!({"index": 0});
        refused(what, &gltf.bytes(), code, &["image 0"]);
    }
}

fn glb_containers() {
    let glb = good().glb();
    for cut in [4, 12, 19, 40, glb.len() / 2, glb.len() - 4] {
        refused(
            &format!("cut at {cut}"),
            &glb[..cut],
            "scene_not_gltf",
            &["GLB"],
        );
    }
    let mut version = glb.clone();
    version[4] = 1;
    let mut long = glb;
    long[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    refused("GLB 1", &version, "scene_unsupported", &["GLB"]);
    refused("a long chunk", &long, "scene_not_gltf", &["GLB"]);
}

fn required_extensions() {
    let mut gltf = good();
    gltf.json["extensionsRequired"] = json!(["EXT_no_such_thing", "EXT_nothing"]);
    gltf.json["extensionsUsed"] = gltf.json["extensionsRequired"].clone();
    refused(
        "extension",
        &gltf.bytes(),
        "scene_unsupported",
        &["EXT_no_such_thing"],
    );
    // What is used but not required is no reason to refuse.
    gltf.json
        .as_object_mut()
        .unwrap()
        .remove("extensionsRequired");
    let drawn = images::label(&view(), &gltf.bytes());
    assert_eq!(drawn.middle(), label(7));
}

fn no_camera() {
    let mut gltf = good();
    gltf.remove_camera();
    refused(
        "no camera",
        &gltf.bytes(),
        "scene_without_camera",
        &["camera"],
    );
}
