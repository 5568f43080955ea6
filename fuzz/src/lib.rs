//! What the fuzz targets share; what each does is in `targets`.

#![deny(unsafe_code)]

#[path = "../../integration_tests/mutations/limits.rs"]
mod limits;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../integration_tests/mutations/memory.rs"]
mod memory;
pub mod targets;

use gltf_render_server::scene;

/// Panics of the codecs' crates are caught and refused, and are no finding; all others are. To be
/// called first.
pub fn start() {
    scene::log_panics_of_codecs();
}
