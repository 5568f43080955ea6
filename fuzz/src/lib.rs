//! What the fuzz targets share: small limits, and files around what a decoder is given.
//!
//! A target fails by a panic, by a result that must not be, after two seconds, or by memory beyond
//! what the limits let through; the last two are libFuzzer's to see (`make fuzz` says how much).

use gltf_render_server::scene::{
    self, Choice, Detail, Limits, Options, Scene, SceneError, Selection,
};
use serde_json::{Value, json};

/// Panics of the codecs' crates are caught and refused, and are no finding; all others are. To be
/// called first.
pub fn start() {
    scene::log_panics_of_codecs();
}

/// So small that what goes beyond is seen.
pub fn limits() -> Limits {
    Limits {
        json_objects: 20_000,
        nodes: 2_000,
        instances: 2_000,
        elements_drawn: 100_000,
        vertices: 50_000,
        indices: 150_000,
        morphed_vertices: 100_000,
        targets_resolved: 10_000,
        keyframe_numbers: 10_000,
        texture_side: 512,
        texture_pixels: 1 << 18,
        decoded_bytes: 4 << 20,
        encoded_bytes: 4 << 20,
        ..Limits::default()
    }
}

/// The ways in which a file is read.
pub fn ways() -> [Options; 3] {
    let within = |detail| Options {
        limits: limits(),
        ..Options::new(detail)
    };
    let posed = Options {
        selection: Selection {
            animation: None,
            time: Some(0.3),
            variant: Some(Choice::Index(0)),
        },
        ..within(Detail::Shading)
    };
    [within(Detail::Geometry), within(Detail::Shading), posed]
}

/// Reads a file in color.
pub fn load(file: &[u8]) -> Result<Scene, SceneError> {
    let [_, shading, _] = ways();
    let loaded = scene::load(file, &shading);
    if let Ok(scene) = &loaded {
        check(scene);
    }
    loaded
}

/// What the renderer relies on.
pub fn check(scene: &Scene) {
    for primitive in &scene.primitives {
        let count = primitive.positions.len();
        assert_eq!(primitive.indices.len() % primitive.topology.corners(), 0);
        assert!(
            primitive
                .indices
                .iter()
                .all(|&index| (index as usize) < count)
        );
        assert!(primitive.positions.iter().flatten().all(|x| x.is_finite()));
        assert!(primitive.material < scene.materials.len());
        if let Some(shading) = &primitive.shading {
            assert_eq!(shading.normals.len(), count);
            assert!(
                shading
                    .tex_coords
                    .iter()
                    .flatten()
                    .all(|set| set.len() == count)
            );
            assert!(shading.colors.iter().all(|colors| colors.len() == count));
        }
    }
    for instance in &scene.instances {
        assert!(instance.primitive < scene.primitives.len());
        assert!(instance.world_from_model.is_finite());
    }
}

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

/// A triangle, at the start of the BIN chunk, with an image after it.
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
    let mut json = json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
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
    json["extensionsUsed"] = extension.into_iter().collect();
    let mime_type = match image {
        [0xff, 0xd8, ..] => "image/jpeg",
        [b'R', b'I', ..] => "image/webp",
        [0xab, ..] => "image/ktx2",
        _ => "image/png",
    };
    json["images"][0]["mimeType"] = mime_type.into();
    glb(&json, &bin)
}
