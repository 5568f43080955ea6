//! See `fuzz/src/targets/meshopt.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |input: &[u8]| {
    fuzzing::targets::meshopt::run(input);
});
