//! The search for `data:` URIs in a file, JSON or GLB, that arrives in pieces, and their base64: what was
//! found in the pieces is what is found in the whole, and the file is read as without it. The input is
//! such a file, and such a URI in a file.

use gltf_render_server::scene::{self, Cutter};
use sha2::{Digest as _, Sha256};

/// What is done with an input.
pub fn run(input: &[u8]) {
    // The first byte says how long pieces are.
    let Some((&length, input)) = input.split_first() else {
        return;
    };
    let step = usize::from(length).max(1);
    for file in [input, &super::files::with_uri(input)] {
        super::within(super::MOST, || read_in_pieces(file, step));
    }
}

fn read_in_pieces(file: &[u8], step: usize) {
    let (mut whole, mut pieces) = (Cutter::new(), Cutter::new());
    whole.feed(file);
    file.chunks(step).for_each(|piece| pieces.feed(piece));
    let (whole, pieces) = (whole.finish(), pieces.finish());
    assert_eq!(whole, pieces);
    let [_, options, _] = super::ways();
    let sha256 = Sha256::digest(file).into();
    let found = scene::load_hashed(file, &sha256, pieces.as_ref(), &options);
    let alone = scene::load(file, &options);
    super::check(&alone);
    assert_eq!(super::summary::of(&found), super::summary::of(&alone));
}
