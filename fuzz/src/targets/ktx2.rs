//! KTX2 with Basis Universal or plain channels, as the texture of a triangle.

/// Zstandard may want a window of 8 MiB.
const MOST: usize = super::MOST + (8 << 20);

/// What is done with an input.
pub fn run(image: &[u8]) {
    let file = super::files::textured(image, Some("KHR_texture_basisu"));
    super::load(&file, MOST);
}
