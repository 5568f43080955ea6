//! See `fuzz/src/targets/gltf.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |input: &[u8]| {
    fuzzing::targets::gltf::run(input);
});
