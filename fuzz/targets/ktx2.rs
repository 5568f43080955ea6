//! KTX2 with Basis Universal, as the texture of a triangle.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |image: &[u8]| {
    let _ = fuzzing::load(&fuzzing::textured(image, Some("KHR_texture_basisu")));
});
