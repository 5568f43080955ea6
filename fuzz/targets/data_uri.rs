//! The search for `data:` URIs in a file, JSON or GLB, that arrives in pieces, and base64: what was
//! found in the pieces is what is found in the whole.
#![no_main]

use gltf_render_server::scene::{self, Cutter, Scene, SceneError};
use sha2::{Digest as _, Sha256};

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |input: &[u8]| {
    // The first byte says how long pieces are.
    let Some((&length, file)) = input.split_first() else {
        return;
    };
    let (mut whole, mut pieces) = (Cutter::new(), Cutter::new());
    whole.feed(file);
    let step = usize::from(length).max(1);
    file.chunks(step).for_each(|piece| pieces.feed(piece));
    let (whole, pieces) = (whole.finish(), pieces.finish());
    assert_eq!(whole, pieces);
    let [_, options, _] = fuzzing::ways();
    let sha256 = Sha256::digest(file).into();
    let found = scene::load_hashed(file, &sha256, pieces.as_ref(), &options);
    let alone = scene::load(file, &options);
    assert_eq!(summary(&found), summary(&alone));
});

/// What of two readings must be equal: all arrays, by their digests, and where they are; or the refusal.
fn summary(loaded: &Result<Scene, SceneError>) -> Result<String, String> {
    let scene = loaded.as_ref().map_err(ToString::to_string)?;
    fuzzing::check(scene);
    let contents: Vec<_> = scene
        .primitives
        .iter()
        .map(|p| (p.content, p.shape))
        .collect();
    Ok(format!(
        "{contents:?} {:?} {:?}",
        scene.instances, scene.materials
    ))
}
