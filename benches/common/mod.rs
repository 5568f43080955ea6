//! The scenes and the camera that the benchmarks share.
#![allow(dead_code, reason = "each benchmark uses its part")]
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::cast_precision_loss, reason = "the grid is small")]

use gltf_render_server::protocol::{Camera, ClippingRange, ImageSize, Intrinsics, Lens};
use serde_json::json;

/// A small scene with textures, metal and glass, as GLB.
pub fn sample() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/sample.glb");
    std::fs::read(path).unwrap()
}

/// A hilly ground of 320 thousand triangles as Drake's client would send it: 8 MB of JSON, no
/// normals.
pub fn large() -> Vec<u8> {
    const SIDE: u32 = 400;
    let (mut positions, mut indices) = (Vec::new(), Vec::new());
    for row in 0..=SIDE {
        for column in 0..=SIDE {
            let [x, y] = [column, row].map(|n| n as f32 / SIDE as f32 * 2.0 - 1.0);
            let height = 0.1 * (9.0 * x).sin() * (7.0 * y).cos();
            positions.extend([x, y, height].map(f32::to_le_bytes).as_flattened());
            if row < SIDE && column < SIDE {
                let a = row * (SIDE + 1) + column;
                let b = a + SIDE + 1;
                let corners = [a, a + 1, b + 1, a, b + 1, b];
                indices.extend(corners.map(u32::to_le_bytes).as_flattened());
            }
        }
    }
    let buffer = |bytes: &[u8]| {
        let text = base64_simd::STANDARD.encode_to_string(bytes);
        let uri = format!("data:application/octet-stream;base64,{text}");
        json!({"byteLength": bytes.len(), "uri": uri})
    };
    let scene = json!({
        "asset": {"generator": "VTK", "version": "2.0"},
        "buffers": [buffer(&positions), buffer(&indices)],
        "bufferViews": [{"buffer": 0, "byteLength": positions.len()},
            {"buffer": 1, "byteLength": indices.len()}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "type": "VEC3",
                "count": positions.len() / 12, "min": [-1, -1, -0.1], "max": [1, 1, 0.1]},
            {"bufferView": 1, "componentType": 5125, "type": "SCALAR",
                "count": indices.len() / 4}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [0.8, 0.5, 0.2, 1.0],
            "metallicFactor": 0.0, "roughnessFactor": 1.0}}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "cameras": [{"type": "perspective",
            "perspective": {"yfov": 0.62, "znear": 0.1, "zfar": 30.0}}],
        "nodes": [{"mesh": 0}, {"camera": 0, "translation": [0, 0, 3.5]},
            {"name": "Renderer Node", "children": [0, 1]}],
        "scene": 0,
        "scenes": [{"nodes": [2]}],
    });
    serde_json::to_vec(&scene).unwrap()
}

/// Both scenes with their names.
pub fn scenes() -> [(&'static str, Vec<u8>); 2] {
    [("sample", sample()), ("large", large())]
}

/// A camera of 640 by 480 pixels.
pub fn camera() -> Camera {
    let size = ImageSize::new(640, 480).unwrap();
    Camera {
        size,
        lens: Lens::Pinhole(Intrinsics::from_fov_y(size, 0.62)),
        clipping: ClippingRange::new(0.1, 30.0).unwrap(),
    }
}
