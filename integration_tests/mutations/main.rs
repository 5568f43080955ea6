//! Tens of thousands of broken forms and scenes on the whole way of the server, from a body to an
//! image, in this process: each is drawn or refused for what it is, soon and within its limits, and
//! sound ones are drawn as ever.
//!
//! What fuzzers do with their inputs is done here with those that they begin with, and with some that are
//! spoilt.
//!
//! `corpus` looks at what the loader says of each single fault; here faults come together, and in
//! the form as well. All is deterministic. A failure names the case, which `CASE=123` runs alone,
//! and leaves its body in `integration_tests/out/mutations/`.
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
    reason = "numbers are small, and equality is what is meant"
)]

#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "shared with the tests over HTTP, which use all of it"
)]
#[path = "../harness/mod.rs"]
mod harness;

#[allow(dead_code, reason = "the corpus uses all of it")]
mod corpus;

mod forms;
mod fuzz_seeds;
mod house;
mod limits;
mod memory;
mod random;
mod scenes;
#[path = "../../fuzz/src/targets/mod.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gltf_render_server::pipeline::EncodedImage;
use gltf_render_server::protocol::ErrorCode;
use gltf_render_server::scene::log_panics_of_codecs;

use self::forms::Post;
use self::harness::decode;
use self::harness::multipart::Form;
use self::harness::view::View;
use self::house::{House, Outcome};
use self::random::Random;
use self::scenes::Scenes;

/// How many broken posts.
const CASES: usize = 24_000;
/// So many lie between two looks at sound ones.
const BETWEEN: usize = 500;
/// How long one may take. Another process may have taken the time, so that it has a second try.
const SOON: Duration = Duration::from_secs(2);
/// When the test is given up.
const HANG: Duration = Duration::from_secs(60);
/// What is kept of scenes, bytes.
const CACHE: usize = 8 << 20;
/// The most memory that one may take, bytes: its decoded bytes and its body, as far as the limits of
/// `house` let them grow, and as much again for what is made of them.
const MOST: usize = 16 << 20;
/// The most memory of the process, with the driver's.
const MOST_RESIDENT: usize = 1 << 30;

/// What is posted in a case, and what is wrong with it.
fn case(scenes: &Scenes, number: usize) -> (String, Post) {
    let random = &mut Random::of(number);
    if number.is_multiple_of(3) {
        // Of small scenes, because those are not what is looked at.
        return forms::broken(random, &scenes.good().bytes());
    }
    let (name, scene) = scenes.broken(random);
    let form = forms::form(random, &scene);
    (name, Post::of(&form).in_pieces(random))
}

/// Checks that an image is one.
fn check_image(image: &EncodedImage, size: [u32; 2]) {
    let found = match image.content_type {
        "image/tiff" => {
            let metres = decode::metres(&image.bytes);
            [metres.width, metres.height]
        }
        // Of sixteen bits there is one channel.
        _ if image.bytes.get(24) == Some(&16) => {
            let millimetres = decode::millimetres(&image.bytes);
            [millimetres.width, millimetres.height]
        }
        _ => {
            let rgb = decode::rgb(&image.bytes);
            [rgb.width, rgb.height]
        }
    };
    assert_eq!(found, size);
}

/// What is counted.
#[derive(Debug, Default)]
struct Sums {
    drawn: usize,
    /// Refused for the form.
    forms: usize,
    /// Refused for the scene.
    scenes: usize,
    /// The most memory that one took, bytes.
    most: usize,
    /// The longest that one took.
    longest: Duration,
}

impl Sums {
    /// Posts one and checks what comes of it.
    fn post(&mut self, house: &mut House, post: &Post) {
        let (held, _) = (memory::held(), memory::most());
        let begun = Instant::now();
        let mut outcome = house.post(post);
        let mut took = begun.elapsed();
        if took > SOON {
            let again = Instant::now();
            outcome = house.post(post);
            took = again.elapsed();
        }
        let most = memory::most().saturating_sub(held);
        assert!(took <= SOON, "it takes {took:?}");
        assert!(most <= MOST, "it takes {most} bytes");
        self.most = self.most.max(most);
        self.longest = self.longest.max(took);
        match outcome {
            Outcome::Image(image, size) => {
                check_image(&image, size);
                self.drawn += 1;
            }
            Outcome::Refused(refusal) => {
                let status = refusal.code.status();
                assert!((400..500).contains(&status), "refused by {refusal:?}");
                assert!(!refusal.message.is_empty(), "refused without a word");
                let of_scene = status == 422 || matches!(refusal.code, ErrorCode::SceneTooLarge(_));
                *(if of_scene {
                    &mut self.scenes
                } else {
                    &mut self.forms
                }) += 1;
            }
        }
    }
}

/// Images of sound scenes, as bytes.
fn sound(house: &mut House, scenes: &Scenes) -> Vec<Vec<u8>> {
    let view = View::new(16, 12, 12.0);
    let posts = scenes.seeds().take(5).flat_map(|seed| {
        ["color", "depth", "label"].map(|of| Post::of(&Form::drake(of, &view, &seed.bytes())))
    });
    let images = posts.map(|post| match house.post(&post) {
        Outcome::Image(image, _) => image.bytes,
        Outcome::Refused(refusal) => panic!("a sound form is refused by {refusal:?}"),
    });
    images.collect()
}

fn every_case_is_drawn_or_refused() {
    let scenes = Scenes::new();
    let mut house = House::new(CACHE);
    let first = sound(&mut house, &scenes);
    assert_eq!(sound(&mut House::new(0), &scenes), first);
    let only: Option<usize> = std::env::var("CASE").ok().map(|case| case.parse().unwrap());
    let under_way = watched();
    let mut sums = Sums::default();
    for number in only.map_or(0..CASES, |case| case..case + 1) {
        let (name, post) = case(&scenes, number);
        *under_way.lock().unwrap() = Some((number, Instant::now()));
        if only.is_some() {
            leave(number, &name, &post);
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| sums.post(&mut house, &post))) {
            leave(number, &name, &post);
            resume_unwind(panic);
        }
        *under_way.lock().unwrap() = None;
        if number % BETWEEN == 0 {
            assert!(
                sound(&mut house, &scenes) == first,
                "other images after case {number}"
            );
        }
    }
    assert!(
        sound(&mut house, &scenes) == first,
        "other images in the end"
    );
    println!(
        "mutations: {sums:?}, {:?} bytes resident",
        memory::most_resident()
    );
    assert!(memory::most_resident().is_none_or(|bytes| bytes < MOST_RESIDENT));
    if only.is_none() {
        // Were nearly all refused, or at the first step, the rest would never see them.
        for count in [sums.drawn, sums.forms, sums.scenes] {
            assert!(count * 8 > CASES, "{sums:?}");
        }
    }
}

/// Leaves the body of a case to be looked at.
fn leave(number: usize, name: &str, post: &Post) {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/integration_tests/out/mutations"
    );
    fs::create_dir_all(folder).unwrap();
    fs::write(format!("{folder}/{number}"), &post.body).unwrap();
    eprintln!("case {number}, {name}; its body is in {folder}");
}

/// The case that is under way, and since when. One that never ends ends the test.
fn watched() -> Arc<Mutex<Option<(usize, Instant)>>> {
    let under_way: Arc<Mutex<Option<(usize, Instant)>>> = Arc::default();
    let watched = Arc::clone(&under_way);
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_millis(100));
            let slot = *watched.lock().unwrap();
            if let Some((number, since)) = slot
                && since.elapsed() > HANG
            {
                // A thread that hangs cannot be ended otherwise.
                eprintln!("mutations: case {number} hangs; CASE={number} leaves its body");
                std::process::exit(101);
            }
        }
    });
    under_way
}

fn main() {
    // A panic of a decoder is caught where it is called, and refuses the file; all others fail the test.
    log_panics_of_codecs();
    let mut arguments = libtest_mimic::Arguments::from_args();
    // Memory is counted for one at a time.
    arguments.test_threads = Some(1);
    let trials = [
        (
            "every_case_is_drawn_or_refused",
            every_case_is_drawn_or_refused as fn(),
        ),
        ("the_targets_of_fuzzers_take_their_seeds", fuzz_seeds::taken),
    ];
    let trials = trials.map(|(name, test)| {
        libtest_mimic::Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&arguments, trials.into()).exit();
}
