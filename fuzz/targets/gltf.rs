//! A whole file, JSON or GLB, read in all ways.
#![no_main]

use gltf_render_server::scene;

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |file: &[u8]| {
    for options in fuzzing::ways() {
        if let Ok(scene) = scene::load(file, &options) {
            fuzzing::check(&scene);
        }
    }
});
