//! See `fuzz/src/targets/image.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |input: &[u8]| {
    fuzzing::targets::image::run(input);
});
