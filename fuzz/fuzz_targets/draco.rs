//! See `fuzz/src/targets/draco.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |input: &[u8]| {
    fuzzing::targets::draco::run(input);
});
