//! Small scenes that use every feature, sound as they are.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::binary::glb;
use crate::harness::decode::encode_png;
use crate::harness::gltf::{F32, Gltf, MERGER, OTHER, U8, U16};

/// A sound file.
pub struct Seed {
    /// For messages.
    pub name: String,
    /// The document.
    pub json: Value,
    /// The BIN chunk, if the file is GLB.
    pub bin: Option<Vec<u8>>,
    /// Whether it is one of `test_assets`.
    pub is_committed: bool,
}

impl Seed {
    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let text = serde_json::to_vec(&self.json).unwrap();
        file(&text, self.bin.as_deref())
    }

    /// A seed of a file.
    fn parse(name: &str, file: &[u8]) -> Self {
        let name = name.to_owned();
        if !file.starts_with(b"glTF") {
            let json = serde_json::from_slice(file).unwrap();
            return Self {
                name,
                json,
                bin: None,
                is_committed: false,
            };
        }
        let length = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let end = 20 + length(12);
        let json = serde_json::from_slice(&file[20..end]).unwrap();
        let bin = (end < file.len()).then(|| file[end + 8..end + 8 + length(end)].to_vec());
        Self {
            name,
            json,
            bin,
            is_committed: false,
        }
    }
}

/// A file of JSON text: GLB if there is a BIN chunk.
pub fn file(text: &[u8], bin: Option<&[u8]>) -> Vec<u8> {
    match bin {
        Some(bin) => glb(&[(b"JSON", text), (b"BIN\0", bin)]),
        None => text.to_vec(),
    }
}

/// All seeds: those made here, and every scene in `test_assets`.
pub fn all() -> Vec<Seed> {
    let drake = drake();
    let mut all = vec![
        Seed::parse("drake", &drake.bytes()),
        Seed::parse("drake.glb", &drake.glb()),
        Seed::parse("posed", &posed().bytes()),
        Seed::parse("extended", &extended().bytes()),
        Seed::parse("formats", &formats().bytes()),
    ];
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets"));
    let committed = all.len();
    walk(folder, &mut all);
    assert!(all.len() > committed, "no scenes in {}", folder.display());
    all
}

fn walk(folder: &Path, seeds: &mut Vec<Seed>) {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let extension = path.extension().unwrap_or_default();
        if path.is_dir() {
            walk(&path, seeds);
        } else if extension == "gltf" || extension == "glb" {
            let name = path.file_name().unwrap().to_string_lossy();
            seeds.push(Seed {
                is_committed: true,
                ..Seed::parse(&name, &fs::read(&path).unwrap())
            });
        }
    }
}

/// Four corners and the indices of two triangles.
const CORNERS: [[f32; 3]; 4] = [
    [-1.0, -1.0, 0.0],
    [1.0, -1.0, 0.0],
    [-1.0, 1.0, 0.0],
    [1.0, 1.0, 0.25],
];
const INDICES: [u32; 6] = [0, 1, 2, 2, 1, 3];
const TEX_COORDS: [[f32; 2]; 4] = [[0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [1.0, 0.0]];

/// A scene with a quadrangle as mesh 0, material 0, and a camera; node 0 shows the mesh.
fn quadrangle(generator: &str) -> Gltf {
    let mut gltf = Gltf::new(generator);
    let position = gltf.vectors(&CORNERS);
    let normal = gltf.vectors(&[[0.0, 0.0, 1.0]; 4]);
    let tex_coord = gltf.vectors(&TEX_COORDS);
    let indices = gltf.indices(&INDICES);
    let material = gltf.material(json!({"pbrMetallicRoughness": {"metallicFactor": 0.5}}));
    gltf.push(
        "meshes",
        json!({"name": "quadrangle", "primitives": [{
            "attributes": {"POSITION": position, "NORMAL": normal, "TEXCOORD_0": tex_coord},
            "indices": indices, "material": material, "mode": 4,
        }]}),
    );
    gltf.json["nodes"][0]["mesh"] = 0.into();
    let lens = json!({"yfov": 0.8, "znear": 0.01, "zfar": 100.0, "aspectRatio": 1.5});
    gltf.push(
        "cameras",
        json!({"type": "perspective", "perspective": lens}),
    );
    gltf.below_renderer(json!({"camera": 0, "translation": [0.0, 0.0, 4.0]}));
    gltf
}

fn bytes(words: impl IntoIterator<Item = u16>) -> Vec<u8> {
    words.into_iter().flat_map(u16::to_le_bytes).collect()
}

/// Sparse and interleaved accessors, all attributes, textures in all slots, both kinds of cameras,
/// two scenes, transforms of both kinds.
fn drake() -> Gltf {
    let mut gltf = quadrangle(MERGER);
    let color = gltf.normalized(&[255, 128, 0, 255].repeat(4), U8, "VEC4", 4);
    let second = gltf.normalized(&bytes([0, 65535].repeat(4)), U16, "VEC2", 4);
    let tangent = gltf.vectors(&[[1.0, 0.0, 0.0, 1.0]; 4]);
    gltf.set_attribute("COLOR_0", color);
    gltf.set_attribute("TEXCOORD_1", second);
    gltf.set_attribute("TANGENT", tangent);

    let places = gltf.view(&bytes([3]));
    let values = gltf.view(&[0, 0, 0x80, 0x3f].repeat(3));
    gltf.json["accessors"][0]["sparse"] = json!({"count": 1,
        "indices": {"bufferView": places, "componentType": U16, "byteOffset": 0},
        "values": {"bufferView": values, "byteOffset": 0}});
    // No bufferView: zeros, but for the sparse ones.
    let zeros = gltf.push(
        "accessors",
        json!({"componentType": F32, "type": "VEC3", "count": 4, "sparse": {"count": 1,
            "indices": {"bufferView": places, "componentType": U16},
            "values": {"bufferView": values}}}),
    );
    let both: Vec<[f32; 5]> = (CORNERS.iter().zip(&TEX_COORDS))
        .map(|(p, t)| [p[0], p[1], p[2], t[0], t[1]])
        .collect();
    let interleaved: Vec<u8> = (both.as_flattened().iter())
        .flat_map(|f| f.to_le_bytes())
        .collect();
    let view = gltf.view(&interleaved);
    gltf.json["bufferViews"][view]["byteStride"] = 20.into();
    gltf.json["bufferViews"][view]["target"] = 34962.into();
    let accessor = |offset: u32, kind: &str| {
        json!({"bufferView": view, "byteOffset": offset,
        "componentType": F32, "type": kind, "count": 4})
    };
    let position = gltf.push("accessors", accessor(0, "VEC3"));
    let tex_coord = gltf.push("accessors", accessor(12, "VEC2"));

    let pixels = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
    let png = encode_png(2, 2, png::ColorType::Rgb, pixels.as_flattened());
    let texture = gltf.texture(
        &png,
        json!({"magFilter": 9728, "minFilter": 9987,
        "wrapS": 33071, "wrapT": 33648}),
    );
    gltf.push(
        "images",
        json!({"uri": super::binary::encode(&png), "name": "by URI"}),
    );
    gltf.push("textures", json!({"source": 1}));
    gltf.json["materials"][0] = json!({"name": "all", "doubleSided": true,
        "alphaMode": "MASK", "alphaCutoff": 0.4, "emissiveFactor": [0.1, 0.2, 0.3],
        "pbrMetallicRoughness": {"baseColorFactor": [1.0, 0.5, 0.25, 0.75],
            "metallicFactor": 0.1, "roughnessFactor": 0.9,
            "baseColorTexture": {"index": texture, "texCoord": 1},
            "metallicRoughnessTexture": {"index": 1}},
        "normalTexture": {"index": 1, "scale": 0.5},
        "occlusionTexture": {"index": 1, "strength": 0.5},
        "emissiveTexture": {"index": texture}});
    let blend = gltf.material(json!({"alphaMode": "BLEND"}));
    gltf.push(
        "meshes",
        json!({"primitives": [
            {"attributes": {"POSITION": position, "TEXCOORD_0": tex_coord}, "mode": 5,
                "material": blend},
            {"attributes": {"POSITION": position}, "mode": 6},
            {"attributes": {"POSITION": zeros}},
        ]}),
    );
    gltf.push(
        "cameras",
        json!({"type": "orthographic", "orthographic":
        {"xmag": 2.0, "ymag": 1.5, "znear": 0.0, "zfar": 10.0}}),
    );
    let matrix = [
        0.5, 0.0, 0.0, 0.0, 0.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.5, 1.0,
    ];
    let child = gltf.push("nodes", json!({"mesh": 1, "matrix": matrix}));
    gltf.root(json!({"name": "TRS", "children": [child], "mesh": 0,
        "translation": [0.5, 0.0, 0.0], "rotation": [0.0, 0.6, 0.0, 0.8],
        "scale": [1.0, -2.0, 0.5], "extras": {"any": [1, 2]}}));
    gltf.root(json!({"camera": 1}));
    gltf.push("scenes", json!({"name": "empty"}));
    gltf.json["extensionsUsed"] = json!(["X_unknown"]);
    gltf.json["extensions"] = json!({"X_unknown": {"list": [1]}});
    gltf.json["asset"]["minVersion"] = "2.0".into();
    gltf
}

/// A skin, morph targets, and animations of every path and interpolation.
fn posed() -> Gltf {
    let mut gltf = quadrangle(OTHER);
    let joints = gltf.accessor(&[0, 1, 0, 0].repeat(4), U8, "VEC4", 4);
    let weights = gltf.vectors(&[[0.75, 0.25, 0.0, 0.0]; 4]);
    let offsets = gltf.vectors(&[[0.0, 0.0, 0.5]; 4]);
    let identity = glam::Mat4::IDENTITY.to_cols_array().map(f32::to_le_bytes);
    let inverse = gltf.accessor(&identity.as_flattened().repeat(2), F32, "MAT4", 2);
    gltf.set_attribute("JOINTS_0", joints);
    gltf.set_attribute("WEIGHTS_0", weights);
    gltf.first_primitive()["targets"] =
        json!([{"POSITION": offsets, "NORMAL": offsets}, {"POSITION": offsets}]);
    gltf.json["meshes"][0]["weights"] = json!([0.0, 0.0]);
    let tip = gltf.push("nodes", json!({"translation": [0.0, 1.0, 0.0]}));
    let base = gltf.root(json!({"children": [tip]}));
    gltf.push(
        "skins",
        json!({"joints": [base, tip], "skeleton": base,
        "inverseBindMatrices": inverse, "name": "arm"}),
    );
    gltf.root(json!({"mesh": 0, "skin": 0, "weights": [0.0, 0.0]}));

    let mut samplers = Vec::new();
    let mut channels = Vec::new();
    let times = gltf.scalars(&[0.0, 1.0]);
    gltf.json["accessors"][times]["min"] = json!([0.0]);
    gltf.json["accessors"][times]["max"] = json!([1.0]);
    let turned = [0.0, 0.6, 0.0, 0.8];
    let outputs = [
        (
            "translation",
            gltf.vectors(&[[0.0; 3], [0.0, 0.5, 0.0]]),
            "LINEAR",
        ),
        (
            "rotation",
            gltf.vectors(&[[0.0, 0.0, 0.0, 1.0], turned]),
            "LINEAR",
        ),
        ("scale", gltf.vectors(&[[1.0; 3]; 6]), "CUBICSPLINE"),
        ("weights", gltf.scalars(&[0.0, 1.0, 0.5, 0.5]), "STEP"),
    ];
    for (index, (path, output, interpolation)) in outputs.into_iter().enumerate() {
        let node = if path == "weights" { 0 } else { tip };
        samplers.push(json!({"input": times, "output": output, "interpolation": interpolation}));
        channels.push(json!({"sampler": index, "target": {"node": node, "path": path}}));
    }
    let animation = json!({"name": "all", "samplers": samplers, "channels": channels});
    gltf.push("animations", animation);
    gltf
}

/// What extensions there are that need no codec; all optional.
fn extended() -> Gltf {
    let mut gltf = quadrangle(OTHER);
    gltf.json["extensionsUsed"] = json!([
        "KHR_mesh_quantization",
        "KHR_texture_transform",
        "KHR_materials_unlit",
        "KHR_materials_variants",
        "KHR_lights_punctual",
        "KHR_node_visibility",
        "EXT_mesh_gpu_instancing",
        "KHR_animation_pointer"
    ]);
    let shifted = gltf.vectors(&[[0.0; 3], [1.0, 0.0, 0.0]]);
    let turned = gltf.vectors(&[[0.0, 0.0, 0.0, 1.0], [0.0, 0.6, 0.0, 0.8]]);
    let scaled = gltf.vectors(&[[1.0; 3], [0.5; 3]]);
    let png = encode_png(1, 1, png::ColorType::Rgb, &[9, 99, 199]);
    let texture = gltf.texture(&png, json!({}));
    gltf.json["materials"][0]["extensions"] = json!({"KHR_materials_unlit": {}});
    gltf.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = json!({
        "index": texture, "extensions": {"KHR_texture_transform": {"offset": [0.5, 0.25],
            "rotation": 1.5, "scale": [2.0, -1.0], "texCoord": 0}}});
    let other = gltf.material(json!({"emissiveFactor": [1.0, 0.0, 0.0]}));
    gltf.first_primitive()["extensions"] = json!({"KHR_materials_variants": {
        "mappings": [{"material": other, "variants": [0]}, {"material": 0, "variants": [1]}]}});
    gltf.json["extensions"] = json!({
        "KHR_materials_variants": {"variants": [{"name": "red"}, {"name": "plain"}]},
        "KHR_lights_punctual": {"lights": [
            {"type": "spot", "color": [1.0, 0.9, 0.8], "intensity": 3.0, "range": 9.0,
                "spot": {"innerConeAngle": 0.1, "outerConeAngle": 0.5}, "name": "lamp"},
            {"type": "directional"}, {"type": "point"}]}});
    gltf.root(
        json!({"mesh": 0, "translation": [0.0, 0.5, -1.0], "extensions": {
        "EXT_mesh_gpu_instancing": {"attributes":
            {"TRANSLATION": shifted, "ROTATION": turned, "SCALE": scaled}},
        "KHR_node_visibility": {"visible": true}}}),
    );
    gltf.root(json!({"extensions": {"KHR_lights_punctual": {"light": 0}}}));
    gltf.root(json!({"mesh": 0, "extensions": {"KHR_node_visibility": {"visible": false}}}));
    gltf
}

/// Textures of every format but PNG, each in a slot of its own.
fn formats() -> Gltf {
    let mut gltf = quadrangle(OTHER);
    gltf.json["extensionsUsed"] = json!(["KHR_texture_basisu", "EXT_texture_webp"]);
    let mut add = |file: &str, extension: Option<&str>| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/textures/");
        let bytes = fs::read(format!("{folder}{file}")).unwrap();
        let image = gltf.push("images", json!({"uri": super::binary::encode(&bytes)}));
        let texture = match extension {
            Some(name) => json!({"extensions": {name: {"source": image}}}),
            None => json!({"source": image}),
        };
        json!({"index": gltf.push("textures", texture)})
    };
    let basisu = Some("KHR_texture_basisu");
    let base_color = add("alpha_etc1s_mips.ktx2", basisu);
    let normal = add("alpha_uastc_zstd.ktx2", basisu);
    let occlusion = add("alpha_uastc_odd.ktx2", basisu);
    let emissive = add("alpha_lossy.webp", Some("EXT_texture_webp"));
    let metallic_roughness = add("gray.jpg", None);
    gltf.json["materials"][0] = json!({"normalTexture": normal, "occlusionTexture": occlusion,
        "emissiveTexture": emissive, "pbrMetallicRoughness": {"baseColorTexture": base_color,
            "metallicRoughnessTexture": metallic_roughness}});
    gltf
}
