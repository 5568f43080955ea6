//! See `fuzz/src/targets/ktx2.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |input: &[u8]| {
    fuzzing::targets::ktx2::run(input);
});
