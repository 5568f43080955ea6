//! What the benchmarks share: scenes, a camera, requests that were recorded, PNG as the crate makes it.
#![allow(dead_code, reason = "each benchmark uses its part")]
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::cast_precision_loss, reason = "the grid is small")]

use gltf_render_server::protocol::{Camera, ClippingRange, ImageSize, Intrinsics, Lens};
use gltf_render_server::scene::{Cuts, Cutter};
use memchr::{memchr, memmem};
use serde_json::{Value, json};

pub mod recorded;

/// A small scene with textures, metal and glass, as GLB.
pub fn sample() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/sample.glb");
    std::fs::read(path).unwrap()
}

/// The scene of one large mesh: a hilly ground of 320 thousand triangles as Drake's client would send it: 8 MB of JSON, no
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
    let mut scene = Writer::default();
    scene.mesh(&positions, &indices, [0.8, 0.5, 0.2, 1.0]);
    scene.finish()
}

/// What a moving sequence is made of, frame after frame: 15 meshes of up to 2600 vertices with
/// texture coordinates, one of them with a texture of 256 by 256 pixels; 2 MB of JSON. `step` moves
/// the nodes and nothing else.
pub fn moving(step: u32) -> Vec<u8> {
    let mut scene = Writer::default();
    let texture = scene.texture();
    for index in 0..15 {
        let (positions, tex_coords, indices) = ball(16 + 4 * (index % 11));
        let shade = f64::from(index) / 20.0;
        let mesh = scene.mesh(&positions, &indices, [0.9, 0.2 + shade, 0.4, 1.0]);
        scene.tex_coords(mesh, &tex_coords, (index == 0).then_some(texture));
        let turn = f64::from(index) / 15.0 * std::f64::consts::TAU + 0.1 * f64::from(step);
        scene.place(
            mesh,
            [turn.cos(), 0.7 * turn.sin(), 0.2 * (3.0 * turn).sin()],
        );
    }
    scene.finish()
}

/// A PNG file as the crate writes it: with these settings, or else with those that it has by default.
pub fn png_file(
    [width, height]: [u32; 2],
    (color, depth): (png::ColorType, png::BitDepth),
    data: &[u8],
    how: Option<(png::DeflateCompression, png::Filter)>,
) -> Vec<u8> {
    let mut file = Vec::with_capacity(data.len() / 2);
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some((deflate, filter)) = how {
        encoder.set_deflate_compression(deflate);
        encoder.set_filter(filter);
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    file
}

/// What is found in a file that arrives.
pub fn arrive(bytes: &[u8]) -> Cuts {
    let mut cutter = Cutter::new();
    bytes.chunks(32 << 10).for_each(|chunk| cutter.feed(chunk));
    cutter.finish().unwrap()
}

/// The base64 of each `data:` URI, found as fast as a search can.
pub fn uris(bytes: &[u8]) -> Vec<&[u8]> {
    let starts = memmem::find_iter(bytes, b";base64,").map(|at| &bytes[at + 8..]);
    starts
        .map(|rest| &rest[..memchr(b'"', rest).unwrap()])
        .collect()
}

/// The JSON that is left when the base64 is taken out.
pub fn without_uris(bytes: &[u8]) -> Vec<u8> {
    let (mut rest, mut from) = (Vec::new(), 0);
    for uri in uris(bytes) {
        let start = uri.as_ptr().addr() - bytes.as_ptr().addr();
        rest.extend_from_slice(&bytes[from..start]);
        from = start + uri.len();
    }
    rest.extend_from_slice(&bytes[from..]);
    rest
}

/// Positions, texture coordinates and indices of a ball of radius 0.15 with so many sides.
fn ball(sides: u32) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let (mut positions, mut tex_coords, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..=sides {
        for column in 0..=sides {
            let [u, v] = [column, row].map(|n| n as f32 / sides as f32);
            let (around, down) = (u * std::f32::consts::TAU, v * std::f32::consts::PI);
            let [x, y] = [around.cos() * down.sin(), around.sin() * down.sin()];
            positions.extend(
                [x, y, down.cos()]
                    .map(|n| (0.15 * n).to_le_bytes())
                    .as_flattened(),
            );
            tex_coords.extend([u, v].map(f32::to_le_bytes).as_flattened());
            if row < sides && column < sides {
                let a = row * (sides + 1) + column;
                let b = a + sides + 1;
                indices.extend(
                    [a, b, b + 1, a, b + 1, a + 1]
                        .map(u32::to_le_bytes)
                        .as_flattened(),
                );
            }
        }
    }
    (positions, tex_coords, indices)
}

/// A scene as Drake's client writes it: a buffer with a `data:` URI for each array of numbers, and no
/// normals.
#[derive(Default)]
struct Writer {
    buffers: Vec<Value>,
    views: Vec<Value>,
    accessors: Vec<Value>,
    materials: Vec<Value>,
    meshes: Vec<Value>,
    nodes: Vec<Value>,
    images: Vec<Value>,
}

impl Writer {
    fn view(&mut self, bytes: &[u8]) -> usize {
        let text = base64_simd::STANDARD.encode_to_string(bytes);
        let uri = format!("data:application/octet-stream;base64,{text}");
        (self.buffers).push(json!({"byteLength": bytes.len(), "uri": uri}));
        let buffer = self.views.len();
        (self.views).push(json!({"buffer": buffer, "byteLength": bytes.len()}));
        buffer
    }

    fn accessor(&mut self, bytes: &[u8], kind: &str, component: u32, count: usize) -> usize {
        let view = self.view(bytes);
        (self.accessors).push(json!({"bufferView": view, "componentType": component,
            "type": kind, "count": count, "min": [-2, -2, -2], "max": [2, 2, 2]}));
        let written = self.accessors.last_mut().unwrap();
        if kind != "VEC3" {
            written
                .as_object_mut()
                .unwrap()
                .retain(|key, _| key != "min" && key != "max");
        }
        self.accessors.len() - 1
    }

    /// A mesh with a material of its own; a node shows it at the origin.
    fn mesh(&mut self, positions: &[u8], indices: &[u8], color: [f64; 4]) -> usize {
        let position = self.accessor(positions, "VEC3", 5126, positions.len() / 12);
        let index = self.accessor(indices, "SCALAR", 5125, indices.len() / 4);
        let mesh = self.meshes.len();
        self.materials
            .push(json!({"pbrMetallicRoughness": {"baseColorFactor": color,
            "metallicFactor": 0.0, "roughnessFactor": 1.0}}));
        self.meshes
            .push(json!({"primitives": [{"attributes": {"POSITION": position},
            "indices": index, "material": mesh}]}));
        self.nodes.push(json!({"mesh": mesh}));
        mesh
    }

    /// Gives a mesh texture coordinates and perhaps a texture.
    fn tex_coords(&mut self, mesh: usize, tex_coords: &[u8], texture: Option<usize>) {
        let accessor = self.accessor(tex_coords, "VEC2", 5126, tex_coords.len() / 8);
        self.meshes[mesh]["primitives"][0]["attributes"]["TEXCOORD_0"] = accessor.into();
        if let Some(texture) = texture {
            let material = &mut self.materials[mesh]["pbrMetallicRoughness"];
            material["baseColorTexture"] = json!({"index": texture});
        }
    }

    fn place(&mut self, mesh: usize, translation: [f64; 3]) {
        self.nodes[mesh]["translation"] = json!(translation);
    }

    fn texture(&mut self) -> usize {
        let view = self.view(&picture_png());
        (self.images).push(json!({"bufferView": view, "mimeType": "image/png"}));
        self.images.len() - 1
    }

    fn finish(mut self) -> Vec<u8> {
        let count = self.nodes.len();
        self.nodes
            .push(json!({"camera": 0, "translation": [0, 0, 3.5]}));
        let children: Vec<usize> = (0..=count).collect();
        (self.nodes).push(json!({"name": "Renderer Node", "children": children}));
        let mut scene = json!({
            "asset": {"generator": "VTK", "version": "2.0"},
            "buffers": self.buffers,
            "bufferViews": self.views,
            "accessors": self.accessors,
            "materials": self.materials,
            "meshes": self.meshes,
            "cameras": [{"type": "perspective",
                "perspective": {"yfov": 0.62, "znear": 0.1, "zfar": 30.0}}],
            "nodes": self.nodes,
            "scene": 0,
            "scenes": [{"nodes": [count + 1]}],
        });
        if !self.images.is_empty() {
            let sources = (0..self.images.len()).map(|source| json!({"source": source}));
            scene["textures"] = sources.collect();
            scene["images"] = self.images.into();
        }
        serde_json::to_vec(&scene).unwrap()
    }
}

/// Squares and a gradient, 256 by 256 pixels.
fn picture() -> (u32, Vec<u8>) {
    const SIDE: u32 = 256;
    let pixel = |i: u32| {
        let (x, y) = (i % SIDE, i / SIDE);
        [x, y, (x / 16 + y / 16) % 2 * 200].map(|n| n.to_le_bytes()[0])
    };
    (SIDE, (0..SIDE * SIDE).flat_map(pixel).collect())
}

/// That as PNG.
pub fn picture_png() -> Vec<u8> {
    encoded(image::ImageFormat::Png)
}

fn encoded(format: image::ImageFormat) -> Vec<u8> {
    let (side, rgb) = picture();
    let mut file = std::io::Cursor::new(Vec::new());
    image::write_buffer_with_format(
        &mut file,
        &rgb,
        side,
        side,
        image::ExtendedColorType::Rgb8,
        format,
    )
    .unwrap();
    file.into_inner()
}

/// A picture of so many megabytes, which no encoder makes smaller, as PNG.
pub fn noise_png(megabytes: u32) -> Vec<u8> {
    let side = (megabytes * 1_000_000 / 3).isqrt();
    let mut state = 1_u32;
    let noise = (0..3 * side * side).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let rgb: Vec<u8> = noise.collect();
    let mut file = std::io::Cursor::new(Vec::new());
    let color = image::ExtendedColorType::Rgb8;
    image::write_buffer_with_format(&mut file, &rgb, side, side, color, image::ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

/// A triangle with a texture as JPEG or PNG: to load it is to decode that.
pub fn textured(jpeg: bool) -> Vec<u8> {
    let format = if jpeg {
        image::ImageFormat::Jpeg
    } else {
        image::ImageFormat::Png
    };
    let corners = [[0.0_f32, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let positions: Vec<u8> = corners
        .as_flattened()
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    let indices: Vec<u8> = (0_u32..3).flat_map(u32::to_le_bytes).collect();
    let mut scene = Writer::default();
    let view = scene.view(&encoded(format));
    let mime = if jpeg { "image/jpeg" } else { "image/png" };
    scene
        .images
        .push(json!({"bufferView": view, "mimeType": mime}));
    let mesh = scene.mesh(&positions, &indices, [1.0; 4]);
    scene.tex_coords(mesh, &[0; 24], Some(0));
    scene.finish()
}

/// All scenes with their names.
pub fn scenes() -> [(&'static str, Vec<u8>); 3] {
    [
        ("sample", sample()),
        ("moving", moving(0)),
        ("large", large()),
    ]
}

/// The size of most images.
pub fn size() -> ImageSize {
    ImageSize::new(640, 480).unwrap()
}

/// A camera of so many pixels.
pub fn camera(size: ImageSize) -> Camera {
    Camera {
        size,
        lens: Lens::Pinhole(Intrinsics::from_fov_y(size, 0.62)),
        clipping: ClippingRange::new(0.1, 30.0).unwrap(),
    }
}
