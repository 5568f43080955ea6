//! A stream of meshopt. The first five bytes are its mode, its filter, the stride and, in two, how many
//! elements it has. They become positions, or indices of positions that are all zero.

use serde_json::json;

/// What is done with an input.
pub fn run(input: &[u8]) {
    let Some((&[mode, filter, stride, a, b], stream)) = input.split_first_chunk() else {
        return;
    };
    let mode = ["ATTRIBUTES", "TRIANGLES", "INDICES"][usize::from(mode % 3)];
    let filters = ["NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR"];
    let filter = filters[usize::from(filter) % filters.len()];
    let count = u16::from_le_bytes([a, b]);
    let component = match stride {
        2 => 5123,
        4 => 5125,
        _ => 5126,
    };
    let length = u32::from(stride) * u32::from(count);
    let is_attribute = mode == "ATTRIBUTES";
    let mut primitive = json!({"attributes": {"POSITION": 1}});
    let mut view = json!({"buffer": 1, "byteLength": length, "extensions":
        {"KHR_meshopt_compression": {"buffer": 0, "byteLength": stream.len(),
            "byteStride": stride, "count": count, "mode": mode, "filter": filter}}});
    let mut positions = json!({"componentType": 5126, "type": "VEC3", "count": 40_000});
    if is_attribute {
        view["byteStride"] = stride.into();
        positions["bufferView"] = 0.into();
        positions["count"] = count.into();
        // Elements of four and eight bytes are those of filters.
        if stride < 12 {
            let narrow = if stride < 8 { 5120 } else { 5122 };
            positions["componentType"] = narrow.into();
        }
    } else {
        primitive["indices"] = 0.into();
    }
    let json = json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "extensionsUsed": ["KHR_meshopt_compression", "KHR_mesh_quantization"],
        "extensionsRequired": ["KHR_meshopt_compression", "KHR_mesh_quantization"],
        "meshes": [{"primitives": [primitive]}],
        "accessors": [
            {"bufferView": 0, "componentType": component, "type": "SCALAR", "count": count},
            positions],
        "bufferViews": [view],
        "buffers": [{"byteLength": stream.len()}, {"byteLength": length, "extensions":
            {"KHR_meshopt_compression": {"fallback": true}}}],
    });
    super::load(&super::files::glb(&json, stream), super::MOST);
}
