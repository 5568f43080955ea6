//! PNG, JPEG and WebP, as the texture of a triangle.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |image: &[u8]| {
    let extension = image.starts_with(b"RIFF").then_some("EXT_texture_webp");
    let _ = fuzzing::load(&fuzzing::textured(image, extension));
});
