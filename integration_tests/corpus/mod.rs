//! Thousands of broken and odd files: each is drawn or refused in one sentence, and nothing else
//! ever happens.
//!
//! `seeds` are small scenes that use every feature there is, `mutation` says what can be wrong with
//! one, `json` and `binary` do it, `verdict` says what may come of it. All is deterministic. A
//! failure names the mutation and leaves its file in `integration_tests/out/corpus/`.

mod binary;
mod json;
mod mutation;
mod seeds;
mod verdict;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use glam::DVec3;
use gltf_render_server::protocol::{
    Camera, ClippingRange, DepthRange, ImageSize, Intrinsics, Lens,
};
use gltf_render_server::render::{AdapterSelection, Outputs, RenderError, Renderer, View};
use gltf_render_server::scene::{self, Choice, Detail, Limit, Options, Scene, Selection};
use serde_json::Value;

use self::mutation::Mutation;
use self::seeds::Seed;
use crate::harness::multipart::Form;
use crate::harness::{client, decode, server, trials};

trials![
    the_seeds_are_drawn,
    every_mutation_is_drawn_or_refused,
    a_sample_is_drawn_by_one_renderer,
    a_sample_is_served,
];

/// The least number of mutations.
const LEAST: usize = 5_000;
/// The most mutations of a seed that is made here; of one with more, every so many are taken, and all
/// that must not be drawn.
const MOST_OF_MADE: usize = 2_500;
/// The most of a committed scene.
const MOST_OF_COMMITTED: usize = 600;
/// How long one file may take to read; a hang is caught, slowness not.
const LIMIT: Duration = Duration::from_secs(30);
/// How many are drawn.
const DRAWN: usize = 300;
/// How many are posted.
const SERVED: usize = 300;

/// A file that is not as it should be.
struct Case<'a> {
    seed: &'a Seed,
    mutation: &'a Mutation,
}

impl Case<'_> {
    /// Seed and mutation.
    fn name(&self) -> String {
        format!("{}: {}", self.seed.name, self.mutation)
    }

    /// Leaves the file to be looked at, and fails.
    fn fail(&self, why: &str) -> ! {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/integration_tests/out/corpus");
        fs::create_dir_all(folder).unwrap();
        let mut hash = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(&self.name(), &mut hash);
        let number = std::hash::Hasher::finish(&hash);
        let path = PathBuf::from(folder).join(format!("{number:016x}.gltf"));
        fs::write(&path, self.mutation.apply(self.seed)).unwrap();
        panic!("{}: {why}; see {}", self.name(), path.display());
    }
}

/// All seeds with their mutations.
struct Corpus(Vec<(Seed, Vec<Mutation>)>);

impl Corpus {
    fn new() -> Self {
        let plan = |seed: Seed| {
            let all = mutation::all(&seed);
            let most = if seed.is_committed {
                MOST_OF_COMMITTED
            } else {
                MOST_OF_MADE
            };
            let count = all.len().min(most);
            let spread: BTreeSet<_> = (0..count).map(|i| i * all.len() / count).collect();
            // Those that must be refused are few, and none is left out.
            let kept = all
                .into_iter()
                .enumerate()
                .filter(|(i, mutation)| spread.contains(i) || mutation.may_be_drawn().is_err());
            let mutations = kept.map(|(_, mutation)| mutation).collect();
            (seed, mutations)
        };
        Self(seeds::all().into_iter().map(plan).collect())
    }

    fn cases(&self) -> Vec<Case<'_>> {
        let cases = self.0.iter().flat_map(|(seed, mutations)| {
            (mutations.iter()).map(move |mutation| Case { seed, mutation })
        });
        cases.collect()
    }

    /// About `count` cases, spread over all.
    fn sample(&self, count: usize) -> Vec<Case<'_>> {
        let cases = self.cases();
        // A step that shares no factor with the regular numbers of mutations per value.
        let step = (cases.len() / count).max(1) | 1;
        cases.into_iter().step_by(step).collect()
    }
}

/// The ways in which a file is read.
fn ways(seed: &Seed) -> Vec<Options> {
    let mut ways = vec![
        Options::new(Detail::Geometry),
        Options::new(Detail::Shading),
    ];
    let first = |list: &Value| list.is_array().then_some(Choice::Index(0));
    let selection = Selection {
        animation: first(&seed.json["animations"]),
        time: seed.json["animations"].is_array().then_some(0.3),
        variant: first(&seed.json["extensions"]["KHR_materials_variants"]["variants"]),
        ..Selection::default()
    };
    if selection != Selection::default() {
        ways.push(Options {
            selection,
            ..Options::new(Detail::Shading)
        });
    }
    ways
}

/// Unbroken they are drawn, in all ways.
fn the_seeds_are_drawn() {
    for seed in seeds::all() {
        for options in ways(&seed) {
            let scene = scene::load(&seed.bytes(), &options);
            let scene = scene.unwrap_or_else(|error| panic!("{}: {error}", seed.name));
            assert!(!scene.instances.is_empty(), "{} is empty", seed.name);
        }
    }
}

fn every_mutation_is_drawn_or_refused() {
    let corpus = Corpus::new();
    let cases = corpus.cases();
    assert!(cases.len() >= LEAST, "only {} mutations", cases.len());
    let cut: BTreeSet<_> = (cases.iter())
        .filter_map(|case| case.mutation.cut_index())
        .collect();
    let missing: Vec<_> = (json::INDICES.iter())
        .filter(|name| !cut.contains(*name))
        .collect();
    assert!(missing.is_empty(), "none beyond 32 bits of {missing:?}");
    let next = AtomicUsize::new(0);
    // What each thread reads, and since when.
    let under_way: [Mutex<Option<(String, Instant)>>; 2] = Default::default();
    let drawn = AtomicUsize::new(0);
    thread::scope(|scope| {
        let readers: Vec<_> = (under_way.iter())
            .map(|slot| {
                let (cases, next, drawn) = (&cases, &next, &drawn);
                scope.spawn(move || {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        *slot.lock().unwrap() = Some((case.name(), Instant::now()));
                        drawn.fetch_add(usize::from(read(case)), Ordering::Relaxed);
                    }
                    *slot.lock().unwrap() = None;
                })
            })
            .collect();
        while !readers.iter().all(thread::ScopedJoinHandle::is_finished) {
            for (slot, reader) in under_way.iter().zip(&readers) {
                // A reader that failed leaves its last file in the slot; its panic is passed on.
                if let Ok(slot) = slot.lock()
                    && let Some((name, since)) = &*slot
                    && since.elapsed() > LIMIT
                    && !reader.is_finished()
                {
                    // A thread that hangs cannot be ended otherwise.
                    eprintln!("corpus: {name}: not read after {LIMIT:?}");
                    std::process::exit(101);
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        for reader in readers {
            if let Err(panic) = reader.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    // Were nearly all refused, the rest of the program would never see them.
    let drawn = drawn.into_inner();
    println!("corpus: {} files, {drawn} of them drawn", cases.len());
    assert!(drawn * 10 > cases.len() && drawn < cases.len());
}

/// Reads a file in all ways; whether it would be drawn in color.
fn read(case: &Case) -> bool {
    let bytes = case.mutation.apply(case.seed);
    let mut is_drawn = false;
    for options in ways(case.seed) {
        let loaded = catch_unwind(AssertUnwindSafe(|| scene::load(&bytes, &options)));
        match loaded {
            Err(_) => case.fail("a panic"),
            Ok(Ok(scene)) => {
                is_drawn |= options.detail == Detail::Shading;
                if let Err(why) = verdict::drawn(&scene).and(case.mutation.may_be_drawn()) {
                    case.fail(&why);
                }
            }
            Ok(Err(error)) => {
                if let Err(why) = verdict::refused(&error.to_string(), case.mutation.is_in_list()) {
                    case.fail(&why);
                }
            }
        }
    }
    is_drawn
}

/// A camera that sees the seeds from the front.
fn view() -> View {
    let size = ImageSize {
        width: 16,
        height: 12,
    };
    let camera = Camera {
        size,
        lens: Lens::Pinhole(Intrinsics::from_fov_y(size, 0.8)),
        clipping: ClippingRange {
            near: 0.01,
            far: 100.0,
        },
    };
    View::look_at(camera, DVec3::new(0.5, 0.7, 4.0), DVec3::ZERO, DVec3::Y).unwrap()
}

fn a_sample_is_drawn_by_one_renderer() {
    let outputs = Outputs {
        color: true,
        depth: Some(DepthRange {
            min: 0.0,
            max: f64::INFINITY,
        }),
        label: true,
    };
    let corpus = Corpus::new();
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    let load = |bytes: &[u8]| scene::load(bytes, &Options::new(Detail::Shading));
    let (good, _) = &corpus.0[0];
    let good: Scene = load(&good.bytes()).unwrap();
    let before = renderer.render(&good, &view(), &outputs).unwrap();
    let is_seen = |depth: &Vec<f32>| depth.iter().filter(|d| d.is_finite()).count() > 20;
    assert!(before.depth.as_ref().is_some_and(is_seen));
    let mut drawn = 0;
    for case in corpus.sample(3 * DRAWN) {
        let Ok(scene) = load(&case.mutation.apply(case.seed)) else {
            continue;
        };
        match renderer.render(&scene, &view(), &outputs) {
            Ok(_) => drawn += 1,
            Err(RenderError::TooLarge { .. }) => {}
            Err(error) => case.fail(&error.to_string()),
        }
        if drawn == DRAWN {
            break;
        }
    }
    assert!(drawn * 2 > DRAWN, "only {drawn} drawn");
    assert_eq!(renderer.render(&good, &view(), &outputs).unwrap(), before);
}

fn a_sample_is_served() {
    let corpus = Corpus::new();
    let camera = crate::harness::view::View::new(16, 12, 12.0);
    let server = server::shared();
    let post = |bytes: &[u8]| client::post(server, &Form::drake("color", &camera, bytes));
    for case in corpus.sample(SERVED) {
        let reply = post(&case.mutation.apply(case.seed));
        let codes = match reply.status {
            200 => {
                let image = decode::rgb(&reply.body);
                assert_eq!((image.width, image.height), (16, 12), "{}", case.name());
                continue;
            }
            413 => Limit::ALL.map(Limit::code).to_vec(),
            422 => vec![
                "scene_not_gltf",
                "scene_invalid",
                "scene_unsupported",
                "scene_external_uri",
                "scene_without_camera",
            ],
            status => case.fail(&format!("status {status}, {}", reply.text())),
        };
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        let code_sent = body["code"].as_str().unwrap_or_default();
        if !codes.contains(&code_sent) {
            case.fail(&reply.text());
        }
        let message = reply.refusal(reply.status, code_sent);
        if let Err(why) = verdict::refused(&message, case.mutation.is_in_list()) {
            case.fail(&why);
        }
    }
    for (seed, _) in &corpus.0 {
        let reply = post(&seed.bytes());
        let has_camera = seed.json["cameras"].is_array();
        let expected = if has_camera { 200 } else { 422 };
        assert_eq!(reply.status, expected, "{}: {}", seed.name, reply.text());
    }
}
