//! The time of an answer over HTTP beside its floors and its stages, of requests that Drake's client
//! sent. Floors are what hashing, cutting, parsing, drawing and encoding the same request take in this
//! process, each alone. Stages are how long the server takes to receive such a body, which it then
//! refuses, and what loading, drawing and encoding it take in this process.
//!
//! Each request comes over a new connection, as those of Drake's client do. The meshes and textures are
//! always known; [`Body`] says what of the body is. This process has kept of the scenes before what the
//! server has. Only `hash`, `cut` and `parse` go through the whole file, where the server compares what
//! repeats an earlier one.
//!
//! The figures of a row are measured one after the other, within seconds; their medians, in milliseconds,
//! are printed as a table at the end.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use criterion::{BatchSize, Criterion, SamplingMode};
use gltf_render_server::pipeline::{detail_for, encode_image, view};
use gltf_render_server::protocol::{ImageType, RenderRequest};
use gltf_render_server::render::{AdapterSelection, Frame, Outputs, Renderer, View};
use gltf_render_server::scene::{ContentCache, Cuts, Options, Scene, load_hashed};
use sha2::{Digest as _, Sha256};

#[path = "../common/mod.rs"]
mod common;
// Here memory costs what it costs the server.
#[path = "../../src/memory.rs"]
mod memory;
mod server;
mod table;

use common::recorded::{Body, Posted, Sequence, scenes};
use server::Server;
use table::Row;

/// The scenes that are posted in all ways; the others only move.
const IN_ALL_WAYS: [&str; 2] = ["bin", "moving"];
/// The scene that gets another texture.
const TEXTURED: &str = "pbr_textures";

/// The server, and what its stages share with those of earlier requests in this process.
struct Rig {
    server: Server,
    renderer: Renderer,
    cache: Arc<ContentCache>,
}

impl Rig {
    fn start() -> Self {
        Self {
            server: Server::start(),
            renderer: Renderer::new(&AdapterSelection::default()).unwrap(),
            cache: Arc::new(ContentCache::new(512 << 20)),
        }
    }
}

/// A scene as it lies there before it is loaded.
struct Arrived<'s> {
    request: &'s RenderRequest,
    scene: Vec<u8>,
    sha256: [u8; 32],
    cuts: Cuts,
}

impl<'s> Arrived<'s> {
    fn new(posted: Posted<'s>) -> Self {
        Self {
            request: posted.request(),
            sha256: Sha256::digest(&posted.scene).into(),
            cuts: common::arrive(&posted.scene),
            scene: posted.scene,
        }
    }

    fn load(&self, cache: &Arc<ContentCache>) -> Scene {
        let options = Options {
            cache: Some(Arc::clone(cache)),
            ..Options::new(detail_for(self.request.image_type))
        };
        load_hashed(&self.scene, &self.sha256, Some(&self.cuts), &options).unwrap()
    }
}

/// What is drawn.
struct Loaded {
    scene: Scene,
    view: View,
    outputs: Outputs,
}

impl Loaded {
    fn new(arrived: &Arrived, cache: &Arc<ContentCache>) -> Self {
        let (scene, request) = (arrived.load(cache), arrived.request);
        Self {
            view: view(&request.camera, &scene).unwrap(),
            outputs: Outputs::only(request.image_type, request.depth_range),
            scene,
        }
    }

    fn draw(&self, renderer: &mut Renderer) -> Frame {
        let drawn = renderer.render(&self.scene, &self.view, &self.outputs);
        drawn.unwrap()
    }
}

/// Measures what the columns of a row show, in their order. The rig is started when it is first needed.
fn measure(criterion: &mut Criterion, row: &Row, sequence: &Sequence, rig: &mut Option<Rig>) {
    let mut group = criterion.benchmark_group(row.group());
    group.sampling_mode(SamplingMode::Flat);
    let next = || sequence.next(row.body);
    // What stays the same arrives once. After each pause a driver on the CPU may find its threads on one
    // core, so that images would take the longer, the longer it takes to make ready for them.
    let first = Arc::new(Arrived::new(next()));
    let arrived = || match row.body {
        Body::Again => Arc::clone(&first),
        Body::Moved | Body::New => Arc::new(Arrived::new(next())),
    };
    let scene = &first.scene;
    let rest = common::without_uris(scene);
    group.bench_function("hash", |b| {
        b.iter(|| Sha256::digest(black_box(scene)));
    });
    group.bench_function("cut", |b| {
        b.iter_with_large_drop(|| common::arrive(black_box(scene)));
    });
    group.bench_function("parse", |b| {
        b.iter_with_large_drop(|| {
            serde_json::from_slice::<gltf::json::Root>(black_box(&rest)).unwrap()
        });
    });
    group.bench_function("load", |b| {
        let cache = &rig.get_or_insert_with(Rig::start).cache;
        b.iter_batched_ref(
            arrived,
            |arrived| arrived.load(cache),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("draw", |b| {
        let Rig {
            renderer, cache, ..
        } = rig.get_or_insert_with(Rig::start);
        b.iter_batched_ref(
            || Loaded::new(&arrived(), cache),
            |loaded| loaded.draw(renderer),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("encode", |b| {
        let request = first.request;
        let rig = rig.get_or_insert_with(Rig::start);
        let frame = Loaded::new(&arrived(), &rig.cache).draw(&mut rig.renderer);
        b.iter_with_large_drop(|| {
            let frame = black_box(&frame);
            let (format, compression) = (request.depth_format, request.png_compression);
            encode_image(frame, request.image_type, format, compression).unwrap()
        });
    });
    group.bench_function("receive", |b| {
        let server = &mut rig.get_or_insert_with(Rig::start).server;
        b.iter_batched_ref(
            || next().with_wrong_hash(),
            |request| server.refuses(request),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("answer", |b| {
        let server = &mut rig.get_or_insert_with(Rig::start).server;
        b.iter_batched_ref(
            || next().with_hash(),
            |request| server.answers(request),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Measures images of a scene that stays the same, but for the size of a texture, and with the small one
/// in a file that is as large as with the large one.
fn measure_textures(criterion: &mut Criterion, folder: &Path) -> [Row; 3] {
    [(1, 0), (20, 0), (1, 19)].map(|(texture, beside)| {
        let row = Row {
            scene: match beside {
                0 => format!("{texture}_MB_texture"),
                beside => format!("{texture}_MB_texture_{beside}_MB_beside"),
            },
            body: Body::Again,
            image_type: ImageType::Color,
        };
        let recorded = Sequence::read(folder, row.image_type);
        let pictures = [texture, beside].map(|megabytes| match megabytes {
            0 => Vec::new(),
            megabytes => common::noise_png(megabytes),
        });
        let sequence = recorded.with_texture(&pictures[0], &pictures[1]);
        measure(criterion, &row, &sequence, &mut None);
        row
    })
}

fn main() {
    memory::keep_freed();
    let begun = SystemTime::now();
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(800))
        .nresamples(5000)
        .configure_from_args();
    let mut rows = Vec::new();
    for folder in scenes("Latency is not measured", "bench-latency") {
        let scene = folder.file_name().unwrap().to_str().unwrap();
        let bodies: &[Body] = if IN_ALL_WAYS.contains(&scene) {
            &Body::ALL
        } else {
            &[Body::Moved]
        };
        let sequences = ImageType::ALL.map(|image_type| Sequence::read(&folder, image_type));
        let mut rig = None;
        for &body in bodies {
            for (sequence, image_type) in sequences.iter().zip(ImageType::ALL) {
                let row = Row {
                    scene: scene.to_owned(),
                    body,
                    image_type,
                };
                measure(&mut criterion, &row, sequence, &mut rig);
                rows.push(row);
            }
        }
        if scene == TEXTURED {
            rows.extend(measure_textures(&mut criterion, &folder));
        }
    }
    criterion.final_summary();
    table::print(&rows, begun);
}
