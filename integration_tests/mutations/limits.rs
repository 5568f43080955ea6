//! How large a scene may be here.

use gltf_render_server::scene::Limits;

/// So small that what goes beyond is seen, and that what is within takes no time.
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
        texture_side: 256,
        texture_pixels: 1 << 18,
        decoded_bytes: 4 << 20,
        encoded_bytes: 4 << 20,
        ..Limits::default()
    }
}
