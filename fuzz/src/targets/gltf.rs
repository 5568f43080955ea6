//! A whole file, JSON or GLB, read in all ways; with what is kept of the files before it, and of itself,
//! it is the same scene or refused for the same reason.

use std::sync::{Arc, LazyLock};

use gltf_render_server::scene::{self, ContentCache, Cutter, Options};
use sha2::{Digest as _, Sha256};

/// What a server keeps of scenes, bytes.
const KEPT: usize = 2 << 20;

static CACHE: LazyLock<Arc<ContentCache>> = LazyLock::new(|| Arc::new(ContentCache::new(KEPT)));

/// What is done with an input.
pub fn run(file: &[u8]) {
    let sha256 = Sha256::digest(file).into();
    let mut cutter = Cutter::new();
    cutter.feed(file);
    let cuts = cutter.finish();
    for options in super::ways() {
        let alone = super::within(super::MOST, || scene::load(file, &options));
        super::check(&alone);
        let alone = super::summary::of(&alone);
        let keeping = Options {
            cache: Some(Arc::clone(&CACHE)),
            ..options
        };
        for _ in 0..2 {
            let kept = super::within(super::MOST + KEPT, || {
                scene::load_hashed(file, &sha256, cuts.as_ref(), &keeping)
            });
            assert_eq!(super::summary::of(&kept), alone);
        }
    }
}
