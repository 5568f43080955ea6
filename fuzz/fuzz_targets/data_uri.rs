//! See `fuzz/src/targets/data_uri.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |input: &[u8]| {
    fuzzing::targets::data_uri::run(input);
});
