//! Small scenes for tests, written as JSON that a test then changes.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Detail, Limits, Options, Scene, SceneError, Selection};

/// A PNG of one gray pixel.
pub(super) const PIXEL: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVA\
    AAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

/// A data URI.
pub(super) fn base64(bytes: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(bytes);
    format!("data:application/octet-stream;base64,{text}")
}

/// Numbers as the file has them.
pub(super) fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// Adds a buffer and a bufferView of it; gives the latter's index.
pub(super) fn add_view(scene: &mut Value, bytes: &[u8]) -> usize {
    let buffers = scene["buffers"].as_array_mut().unwrap();
    buffers.push(json!({"byteLength": bytes.len(), "uri": base64(bytes)}));
    let buffer = buffers.len() - 1;
    let views = scene["bufferViews"].as_array_mut().unwrap();
    views.push(json!({"buffer": buffer, "byteLength": bytes.len()}));
    views.len() - 1
}

/// Adds an accessor with a buffer of its own; gives its index.
pub(super) fn add_accessor(
    scene: &mut Value,
    bytes: &[u8],
    component: u32,
    kind: &str,
    count: usize,
) -> usize {
    let view = add_view(scene, bytes);
    let accessors = scene["accessors"].as_array_mut().unwrap();
    accessors.push(json!({
        "bufferView": view, "componentType": component, "type": kind, "count": count,
        "normalized": matches!(component, 5121 | 5123) && kind != "SCALAR",
    }));
    accessors.len() - 1
}

/// Adds an accessor of floats and makes it an attribute of the first primitive.
pub(super) fn add_attribute(scene: &mut Value, name: &str, kind: &str, numbers: &[f32]) -> usize {
    let width = match kind {
        "VEC2" => 2,
        "VEC3" => 3,
        _ => 4,
    };
    let count = numbers.len() / width;
    let index = add_accessor(scene, &floats(numbers), 5126, kind, count);
    scene["meshes"][0]["primitives"][0]["attributes"][name] = json!(index);
    index
}

/// One node, mesh 0, with one primitive of the given positions and, if there are any, u32 indices.
pub(super) fn mesh(positions: &[f32], indices: &[u32]) -> Value {
    let mut scene = json!({
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {}}]}],
        "accessors": [], "bufferViews": [], "buffers": []
    });
    add_attribute(&mut scene, "POSITION", "VEC3", positions);
    if !indices.is_empty() {
        let bytes: Vec<u8> = indices
            .iter()
            .flat_map(|index| index.to_le_bytes())
            .collect();
        let index = add_accessor(&mut scene, &bytes, 5125, "SCALAR", indices.len());
        scene["meshes"][0]["primitives"][0]["indices"] = json!(index);
    }
    scene
}

/// A triangle in the plane z = 0 that faces +z.
pub(super) fn triangle() -> Value {
    mesh(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0], &[0, 1, 2])
}

/// Loads a scene; a refusal is its sentence.
pub(super) fn load_detail(scene: &Value, detail: Detail) -> Result<Scene, String> {
    let bytes = serde_json::to_vec(scene).unwrap();
    super::load(&bytes, &Options::new(detail)).map_err(|error| error.to_string())
}

/// Loads all of a scene.
pub(super) fn load(scene: &Value) -> Result<Scene, String> {
    load_detail(scene, Detail::Shading)
}

/// Loads all of a scene as selected.
pub(super) fn load_selected(scene: &Value, selection: Selection) -> Result<Scene, String> {
    let options = Options {
        selection,
        ..Options::new(Detail::Shading)
    };
    let bytes = serde_json::to_vec(scene).unwrap();
    super::load(&bytes, &options).map_err(|error| error.to_string())
}

/// Loads all of a scene as it is at a time of its first animation.
pub(super) fn load_at(scene: &Value, time: f64) -> Result<Scene, String> {
    let selection = Selection {
        time: Some(time),
        ..Selection::default()
    };
    load_selected(scene, selection)
}

/// Gives the scene an animation, or its animation a channel, with keys at 0 s, 1 s and so on;
/// `kind` and `component` are the type of the output. Gives the channel's index.
pub(super) fn add_channel(
    scene: &mut Value,
    target: &Value,
    keys: usize,
    (kind, component): (&str, u32),
    output: &[u8],
) -> usize {
    let width = match kind {
        "SCALAR" => 1,
        "VEC2" => 2,
        "VEC3" => 3,
        _ => 4,
    };
    let size = match component {
        5120 | 5121 => 1,
        5122 | 5123 => 2,
        _ => 4,
    };
    let times: Vec<f32> = (0_u8..).map(f32::from).take(keys).collect();
    let input = add_accessor(scene, &floats(&times), 5126, "SCALAR", keys);
    let output = add_accessor(scene, output, component, kind, output.len() / width / size);
    if scene["animations"].is_null() {
        scene["animations"] = json!([{"channels": [], "samplers": []}]);
    }
    let animation = &mut scene["animations"][0];
    let channels = animation["channels"].as_array_mut().unwrap();
    let index = channels.len();
    channels.push(json!({"sampler": index, "target": target}));
    let samplers = animation["samplers"].as_array_mut().unwrap();
    samplers.push(json!({"input": input, "output": output}));
    index
}

/// The target of a pointer.
pub(super) fn pointer(pointer: &str) -> Value {
    json!({"path": "pointer", "extensions": {"KHR_animation_pointer": {"pointer": pointer}}})
}

/// The computing time that this thread has had, however busy the machine is; none where the system
/// does not tell.
fn computing_time() -> Option<Duration> {
    let figures = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = figures.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Does work in a time that has room for a slow machine, but not for work that grows with the square
/// of a large scene. Scenes are loaded by the thread that asks for it alone, so its time is all.
pub(super) fn soon<T>(work: impl FnOnce() -> T) -> T {
    const SOON: Duration = Duration::from_secs(5);
    let (begun, before) = (Instant::now(), computing_time());
    let made = work();
    let elapsed = match (before, computing_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => begun.elapsed(),
    };
    assert!(elapsed < SOON, "{elapsed:?}");
    made
}

/// The sentence with which a scene is refused.
pub(super) fn refusal(scene: &Value) -> String {
    load(scene).unwrap_err()
}

/// Loads the bytes of a scene within limits.
pub(super) fn load_within(
    bytes: &[u8],
    detail: Detail,
    limits: &Limits,
) -> Result<Scene, SceneError> {
    let options = Options {
        limits: *limits,
        ..Options::new(detail)
    };
    super::load(bytes, &options)
}
