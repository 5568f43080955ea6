//! A stream of Draco, as a mesh with as many vertices and triangles as the first four bytes say.

use serde_json::json;

/// What is done with an input.
pub fn run(input: &[u8]) {
    let Some((&[a, b, c, d], stream)) = input.split_first_chunk() else {
        return;
    };
    let (vertices, triangles) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    let json = json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "extensionsUsed": ["KHR_draco_mesh_compression"],
        "extensionsRequired": ["KHR_draco_mesh_compression"],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 1, "NORMAL": 2}, "indices": 0,
            "extensions": {"KHR_draco_mesh_compression":
                {"bufferView": 0, "attributes": {"POSITION": 0, "NORMAL": 1}}}}]}],
        "accessors": [
            {"componentType": 5125, "type": "SCALAR", "count": 3 * u32::from(triangles)},
            {"componentType": 5126, "type": "VEC3", "count": vertices},
            {"componentType": 5126, "type": "VEC3", "count": vertices}],
        "bufferViews": [{"buffer": 0, "byteLength": stream.len()}],
        "buffers": [{"byteLength": stream.len()}],
    });
    super::load(&super::files::glb(&json, stream), super::MOST);
}
