//! Files around what a decoder is given.

use serde_json::{Value, json};

/// A GLB file.
pub fn glb(json: &Value, bin: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, bytes, fill) in [
        (b"JSON", json.to_string().as_bytes(), b' '),
        (b"BIN\0", bin, 0),
    ] {
        let mut bytes = bytes.to_vec();
        bytes.resize(bytes.len().next_multiple_of(4), fill);
        body.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        body.extend(kind);
        body.extend(bytes);
    }
    let length = u32::try_from(12 + body.len()).unwrap_or(u32::MAX);
    [b"glTF\x02\0\0\0".as_slice(), &length.to_le_bytes(), &body].concat()
}

/// A triangle, at the start of the BIN chunk, with an image after it, to which its texture refers in
/// itself or in an extension.
pub fn textured(image: &[u8], extension: Option<&str>) -> Vec<u8> {
    let positions = [0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let tex_coords = [0.0_f32, 0.0, 1.0, 0.0, 0.0, 1.0];
    let numbers = positions.into_iter().chain(tex_coords);
    let mut bin: Vec<u8> = numbers.flat_map(f32::to_le_bytes).collect();
    let start = bin.len();
    bin.extend(image);
    let texture = match extension {
        None => json!({"source": 0}),
        Some(name) => json!({"extensions": {name: {"source": 0}}}),
    };
    let used: Vec<_> = extension.into_iter().collect();
    let json = json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "extensionsUsed": used,
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [texture], "images": [{"bufferView": 2}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3},
            {"bufferView": 1, "componentType": 5126, "type": "VEC2", "count": 3}],
        "bufferViews": [
            {"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 24},
            {"buffer": 0, "byteOffset": start, "byteLength": image.len()}],
        "buffers": [{"byteLength": bin.len()}],
    });
    glb(&json, &bin)
}

/// A triangle, in JSON, whose buffer has a URI; of the URI each byte is written as it is.
pub fn with_uri(uri: &[u8]) -> Vec<u8> {
    let json = json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36, "uri": "URI"}],
    })
    .to_string();
    let (before, after) = json.split_once("URI").unwrap_or_default();
    [before.as_bytes(), uri, after.as_bytes()].concat()
}
