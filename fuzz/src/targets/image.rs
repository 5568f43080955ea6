//! PNG, JPEG and WebP, as the texture of a triangle.

/// A PNG may have a color profile of 16 MiB, which is inflated to a buffer that grows by doubling.
const MOST: usize = super::MOST + (48 << 20);

/// What is done with an input.
pub fn run(image: &[u8]) {
    let extension = image.starts_with(b"RIFF").then_some("EXT_texture_webp");
    super::load(&super::files::textured(image, extension), MOST);
}
