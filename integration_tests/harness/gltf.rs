//! glTF scenes made in code.

use glam::{DAffine3, DMat4, DVec2, DVec3};
use serde_json::{Value, json};

use super::decode::Rgb;
use super::meshes::{self, Mesh};
use super::truth::{Object, Shape};
use super::view::View;

/// `asset.generator` of Drake's client for a scene without glTF meshes.
pub const VTK: &str = "VTK";
/// `asset.generator` of Drake's client for a scene with at least one glTF mesh.
pub const MERGER: &str = "Drake glTF merger";

/// Any other author: the rules of glTF itself.
pub const OTHER: &str = "a test";

/// glTF's names of component types.
pub const U8: u32 = 5121;
/// UNSIGNED_SHORT.
pub const U16: u32 = 5123;
/// UNSIGNED_INT.
pub const U32: u32 = 5125;
/// FLOAT.
pub const F32: u32 = 5126;

/// glTF's names of filters.
pub const NEAREST: u32 = 9728;
/// LINEAR.
pub const LINEAR: u32 = 9729;

/// glTF's names of wraps.
pub const CLAMP: u32 = 33071;
/// MIRRORED_REPEAT.
pub const MIRROR: u32 = 33648;
/// REPEAT.
pub const REPEAT: u32 = 10497;

/// A scene being built, laid out as Drake's client does: shapes below a "Renderer Node", each
/// array with a buffer of its own, no normals.
#[derive(Clone)]
pub struct Gltf {
    /// The document.
    pub json: Value,
}

impl Gltf {
    /// An empty scene.
    pub fn new(generator: &str) -> Self {
        let json = json!({
            "asset": {"version": "2.0", "generator": generator},
            "nodes": [{"name": "Renderer Node", "children": []}],
            "scene": 0,
            "scenes": [{"name": "Layer 0", "nodes": [0]}],
        });
        Self { json }
    }

    /// The scene that a view shows of objects: each with the label of its id.
    pub fn labelled(view: &View, objects: &[Object]) -> Self {
        let mut gltf = Self::new(VTK);
        for object in objects {
            let material = gltf.color(label_factor(label(object.id)));
            let mesh = gltf.mesh(&Mesh::from(object.shape), material);
            gltf.shape(mesh, &object.pose);
        }
        gltf.camera(view);
        gltf
    }

    /// One box, a metre wide, with the label 7, two metres before a camera at the origin.
    pub fn one_box(view: &View) -> Self {
        let cuboid = Shape::Cuboid(DVec3::splat(0.5));
        Self::labelled(view, &[Object::at(cuboid, 0.0, 0.0, -2.0, 7)])
    }

    /// A camera (node 1) and a square (node 2, a root), which faces +z in the frame of its node.
    /// `half` is half its side; `material` may add textures to the scene.
    pub fn one_square(
        generator: &str,
        view: &View,
        half: f64,
        pose: DMat4,
        material: impl FnOnce(&mut Self) -> Value,
    ) -> Self {
        let mut gltf = Self::new(generator);
        gltf.camera(view);
        let material = material(&mut gltf);
        let material = gltf.material(material);
        let mesh = gltf.mesh(&meshes::rectangle(DVec2::splat(half)), material);
        gltf.root(json!({"mesh": mesh, "matrix": pose.to_cols_array()}));
        gltf
    }

    /// The first primitive of the first mesh.
    pub fn first_primitive(&mut self) -> &mut Value {
        &mut self.json["meshes"][0]["primitives"][0]
    }

    /// Sets an attribute of the first primitive.
    pub fn set_attribute(&mut self, name: &str, accessor: usize) {
        self.first_primitive()["attributes"][name] = accessor.into();
    }

    /// Takes the camera away that [`Self::camera`] added.
    pub fn remove_camera(&mut self) {
        let document = self.json.as_object_mut().unwrap();
        document.remove("cameras").unwrap();
        for node in document["nodes"].as_array_mut().unwrap() {
            node.as_object_mut().unwrap().remove("camera");
        }
    }

    /// Appends to one of the document's arrays; returns the index.
    pub fn push(&mut self, array: &str, value: Value) -> usize {
        if self.json[array].is_null() {
            self.json[array] = json!([]);
        }
        let array = self.json[array].as_array_mut().unwrap();
        array.push(value);
        array.len() - 1
    }

    /// A bufferView on a buffer of its own.
    pub fn view(&mut self, bytes: &[u8]) -> usize {
        let uri = data_uri("application/octet-stream", bytes);
        let buffer = json!({"byteLength": bytes.len(), "uri": uri});
        let buffer = self.push("buffers", buffer);
        let view = json!({"buffer": buffer, "byteLength": bytes.len()});
        self.push("bufferViews", view)
    }

    /// An accessor on all of a new bufferView.
    pub fn accessor(&mut self, bytes: &[u8], component: u32, kind: &str, count: usize) -> usize {
        let view = self.view(bytes);
        let mut accessor = json!({"bufferView": view, "componentType": component});
        accessor["type"] = kind.into();
        accessor["count"] = count.into();
        self.push("accessors", accessor)
    }

    /// The same, of integers that stand for fractions.
    pub fn normalized(&mut self, bytes: &[u8], component: u32, kind: &str, count: usize) -> usize {
        let accessor = self.accessor(bytes, component, kind, count);
        self.json["accessors"][accessor]["normalized"] = true.into();
        accessor
    }

    /// An accessor of floats.
    pub fn scalars(&mut self, numbers: &[f32]) -> usize {
        let bytes: Vec<u8> = numbers.iter().flat_map(|f| f.to_le_bytes()).collect();
        self.accessor(&bytes, F32, "SCALAR", numbers.len())
    }

    /// An accessor of vectors of floats.
    pub fn vectors<const N: usize>(&mut self, vectors: &[[f32; N]]) -> usize {
        let bytes: Vec<u8> = vectors
            .as_flattened()
            .iter()
            .flat_map(|f| f.to_le_bytes())
            .collect();
        let accessor = self.accessor(&bytes, F32, &format!("VEC{N}"), vectors.len());
        if N == 3 {
            let bound = |pick: fn(f32, f32) -> f32| -> Vec<f32> {
                (0..N)
                    .map(|i| vectors.iter().map(|v| v[i]).reduce(pick).unwrap())
                    .collect()
            };
            self.json["accessors"][accessor]["min"] = bound(f32::min).into();
            self.json["accessors"][accessor]["max"] = bound(f32::max).into();
        }
        accessor
    }

    /// An accessor of 32-bit indices.
    pub fn indices(&mut self, indices: &[u32]) -> usize {
        let bytes: Vec<u8> = indices.iter().flat_map(|i| i.to_le_bytes()).collect();
        self.accessor(&bytes, U32, "SCALAR", indices.len())
    }

    /// A primitive.
    pub fn primitive(&mut self, mesh: &Mesh, material: usize) -> Value {
        let mut attributes = json!({"POSITION": self.vectors(&mesh.positions)});
        if !mesh.tex_coords.is_empty() {
            attributes["TEXCOORD_0"] = self.vectors(&mesh.tex_coords).into();
        }
        let indices = self.indices(&mesh.indices);
        json!({"attributes": attributes, "indices": indices, "material": material, "mode": 4})
    }

    /// A mesh of one primitive.
    pub fn mesh(&mut self, mesh: &Mesh, material: usize) -> usize {
        let primitive = self.primitive(mesh, material);
        self.push("meshes", json!({"primitives": [primitive]}))
    }

    /// A material of one colour, as VTK writes it.
    pub fn color(&mut self, factor: [f64; 4]) -> usize {
        self.material(json!({"pbrMetallicRoughness": {
            "baseColorFactor": factor, "metallicFactor": 0.0, "roughnessFactor": 1.0}}))
    }

    /// A material.
    pub fn material(&mut self, material: Value) -> usize {
        self.push("materials", material)
    }

    /// A texture of a PNG, with a sampler; returns the index of the texture.
    pub fn texture(&mut self, png: &[u8], sampler: Value) -> usize {
        let image = json!({"bufferView": self.view(png), "mimeType": "image/png"});
        let image = self.push("images", image);
        let sampler = self.push("samplers", sampler);
        self.push("textures", json!({"source": image, "sampler": sampler}))
    }

    /// A node of a mesh below the "Renderer Node".
    pub fn shape(&mut self, mesh: usize, pose: &DAffine3) -> usize {
        let matrix = DMat4::from(*pose).to_cols_array();
        self.below_renderer(json!({"mesh": mesh, "matrix": matrix}))
    }

    /// A node below the "Renderer Node".
    pub fn below_renderer(&mut self, node: Value) -> usize {
        let node = self.push("nodes", node);
        let children = self.json["nodes"][0]["children"].as_array_mut().unwrap();
        children.push(node.into());
        node
    }

    /// A further root node of the scene, where Drake's client puts glTF meshes.
    pub fn root(&mut self, node: Value) -> usize {
        let node = self.push("nodes", node);
        let roots = self.json["scenes"][0]["nodes"].as_array_mut().unwrap();
        roots.push(node.into());
        node
    }

    /// The camera node.
    pub fn camera(&mut self, view: &View) {
        let field_of_view = 2.0 * (f64::from(view.height) / 2.0 / view.focal_y).atan();
        let lens = if let Some(half) = view.parallel {
            let lens =
                json!({"xmag": half.x, "ymag": half.y, "znear": view.near, "zfar": view.far});
            json!({"type": "orthographic", "orthographic": lens})
        } else {
            let lens = json!({"yfov": field_of_view, "znear": view.near, "zfar": view.far});
            json!({"type": "perspective", "perspective": lens})
        };
        let camera = self.push("cameras", lens);
        let matrix = view.world_from_camera.to_cols_array();
        let node = json!({"name": "Camera Node", "camera": camera, "matrix": matrix});
        self.below_renderer(node);
    }

    /// The scene as JSON.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.json).unwrap()
    }

    /// The scene as GLB, all buffers joined in the binary chunk.
    pub fn glb(&self) -> Vec<u8> {
        let mut json = self.json.clone();
        let (mut binary, mut starts) = (Vec::new(), Vec::new());
        for buffer in json["buffers"].as_array().unwrap() {
            let uri = buffer["uri"].as_str().unwrap();
            let (_, text) = uri.split_once(',').unwrap();
            starts.push(binary.len());
            binary.extend(base64_simd::STANDARD.decode_to_vec(text).unwrap());
            binary.resize(binary.len().next_multiple_of(4), 0);
        }
        for view in json["bufferViews"].as_array_mut().unwrap() {
            let buffer = usize::try_from(view["buffer"].as_u64().unwrap()).unwrap();
            view["byteOffset"] = starts[buffer].into();
            view["buffer"] = 0.into();
        }
        json["buffers"] = json!([{"byteLength": binary.len()}]);
        let mut text = serde_json::to_vec(&json).unwrap();
        text.resize(text.len().next_multiple_of(4), b' ');
        let length = 12 + 8 + text.len() + 8 + binary.len();
        let mut glb = b"glTF".to_vec();
        for number in [2, length, text.len(), 0x4E4F_534A] {
            glb.extend(u32::try_from(number).unwrap().to_le_bytes());
        }
        glb.extend(text);
        for number in [binary.len(), 0x004E_4942] {
            glb.extend(u32::try_from(number).unwrap().to_le_bytes());
        }
        glb.extend(binary);
        glb
    }
}

/// A metre before a camera at the origin.
pub fn a_metre_ahead() -> DMat4 {
    DMat4::from_translation(DVec3::NEG_Z)
}

/// A sampler of one filter and one wrap.
pub fn sampler(filter: u32, wrap: u32) -> Value {
    json!({"magFilter": filter, "minFilter": filter, "wrapS": wrap, "wrapT": wrap})
}

/// A `data:` URI.
pub fn data_uri(media_type: &str, bytes: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(bytes);
    format!("data:{media_type};base64,{text}")
}

/// The colour of a label, in Drake's encoding.
pub fn label(id: u16) -> Rgb {
    let [low, high] = id.to_le_bytes();
    [low, high, 0]
}

/// The base colour factor that stands for a label's colour.
pub fn label_factor(label: Rgb) -> [f64; 4] {
    let [r, g, b] = label.map(|byte| f64::from(byte) / 255.0);
    [r, g, b, 1.0]
}
