//! The built binary, driven over HTTP and from the command line.
//!
//! One server serves all tests; at the end it is stopped by SIGTERM and must have died cleanly.
//! `cargo test --test integration depth::` runs a part; comparisons that fail leave pictures and
//! `index.html` in `integration_tests/out/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::many_single_char_names,
    reason = "images are small, and exact equality is what is tested"
)]

mod assets;
mod burst;
mod caches;
mod cameras;
mod cases;
mod choices;
mod color;
mod command_line;
mod compare;
mod compressed;
mod configuration;
mod corpus;
mod cover;
mod deformed;
mod depth;
mod documents;
mod faults;
mod features;
mod file_sizes;
mod folders;
mod geometry;
mod harness;
mod help;
mod hostile;
mod integers;
mod keyframes;
mod label;
mod limits;
mod looks;
mod materials;
mod motion;
mod nodes;
mod observability;
mod points_and_lines;
mod process;
mod protocol;
mod refused_fields;
mod refused_scenes;
mod sampler;
mod self_check;
mod status_page;
mod tangents;
mod texture;
mod texture_formats;
mod transparency;
mod turntable;

/// All tests.
fn trials() -> Vec<libtest_mimic::Trial> {
    let mut trials = Vec::new();
    for module in [
        self_check::trials,
        assets::trials,
        depth::trials,
        cover::trials,
        cameras::trials,
        label::trials,
        geometry::trials,
        integers::trials,
        compressed::trials,
        nodes::trials,
        motion::trials,
        keyframes::trials,
        deformed::trials,
        choices::trials,
        color::trials,
        looks::trials,
        materials::trials,
        texture::trials,
        tangents::trials,
        texture_formats::trials,
        sampler::trials,
        transparency::trials,
        caches::trials,
        cases::trials,
        file_sizes::trials,
        protocol::trials,
        refused_fields::trials,
        refused_scenes::trials,
        points_and_lines::trials,
        process::trials,
        observability::trials,
        status_page::trials,
        limits::trials,
        faults::trials,
        command_line::trials,
        turntable::trials,
        compare::trials,
        help::trials,
        features::trials,
        documents::trials,
        configuration::trials,
        folders::trials,
        corpus::trials,
    ] {
        trials.extend(module());
    }
    trials
}

fn main() {
    let mut arguments = libtest_mimic::Arguments::from_args();
    // The renderer uses all cores for one image already.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    if !arguments.list {
        harness::report::clear();
    }
    let mut conclusion = libtest_mimic::run(&arguments, trials());
    if !conclusion.has_failed() {
        // What measures time has the machine for itself.
        arguments.test_threads = Some(1);
        let timed = hostile::trials().into_iter().chain(burst::trials());
        conclusion = libtest_mimic::run(&arguments, timed.collect());
    }
    harness::report::write_page();
    harness::server::stop_shared();
    conclusion.exit();
}
