//! Images a second from an adapter, and where their time goes: for each kind of image at two sizes, each image
//! of a view that is new. `make bench-adapter` prints both as tables; the columns are explained in
//! `benches/README.md`.
//!
//! The adapter draws color, and, unless it is the CPU, depth and labels. Times on it are those of its own
//! timestamps.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use glam::{DMat4, DVec3};
use gltf_render_server::pipeline::encode_image;
use gltf_render_server::protocol::{
    Camera, DepthFormat, DepthRange, ImageSize, ImageType, PngCompression,
};
use gltf_render_server::render::{AdapterSelection, Keeping, Outputs, Renderer, Timing, View};
use gltf_render_server::scene::{Detail, Options, Scene, load};

mod common;

const SIZES: [(u32, u32); 2] = [(640, 480), (1920, 1080)];
/// Where the time of an image goes.
const PARTS: [&str; 9] = [
    "draw",
    "elsewhere",
    "record",
    "wait",
    "geometry",
    "color",
    "copy",
    "read",
    "encode",
];
const IMAGE_TYPES: [ImageType; 3] = [ImageType::Color, ImageType::Depth, ImageType::Label];

/// Measures what an adapter draws. What `cargo bench` says to all benchmarks is passed over.
#[derive(Parser)]
#[command(ignore_errors = true)]
struct Args {
    /// Only rows in whose name this is: `adapter/moving/color/640x480`.
    filter: Option<String>,
    /// Draw with the best adapter whose name contains this.
    #[arg(long)]
    adapter: Option<String>,
    /// How long to draw for each figure.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// What cargo says to a benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is drawn again and again.
struct Subject<'s> {
    scene: &'s Scene,
    view: View,
    image_type: ImageType,
    outputs: Outputs,
    /// How many images there were.
    step: AtomicU32,
}

impl Subject<'_> {
    /// Draws and encodes the image of a view a micrometre from the one before. Says how long each took.
    fn image(&self, renderer: &mut Renderer) -> [Duration; 2] {
        let metres = 1e-6 * f64::from(self.step.fetch_add(1, Relaxed));
        let mut view = self.view;
        view.view_from_world =
            DMat4::from_translation(DVec3::new(0.0, 0.0, metres)) * view.view_from_world;
        let start = Instant::now();
        let frame = renderer.render(self.scene, &view, &self.outputs).unwrap();
        let drawn = start.elapsed();
        let start = Instant::now();
        let (format, compression) = (DepthFormat::default(), PngCompression::default());
        encode_image(&frame, self.image_type, format, compression).unwrap();
        [drawn, start.elapsed()]
    }

    /// Images a second of so many renderers at once, each in a thread of its own.
    fn rate(&self, renderers: &mut [Renderer], time: Duration) -> f64 {
        for renderer in renderers.iter_mut() {
            self.image(renderer);
        }
        let before = self.step.load(Relaxed);
        let start = Instant::now();
        thread::scope(|scope| {
            for renderer in renderers {
                scope.spawn(|| {
                    while start.elapsed() < time {
                        self.image(renderer);
                    }
                });
            }
        });
        let images = self.step.load(Relaxed) - before;
        f64::from(images) / start.elapsed().as_secs_f64()
    }

    /// Where the time of one image goes, milliseconds, in the order of [`PARTS`].
    fn parts(&self, renderer: &mut Renderer, timing: &Timing, time: Duration) -> Vec<String> {
        self.image(renderer);
        timing.take();
        let (start, mut images) = (Instant::now(), 0);
        let mut sum = [Duration::ZERO; 2];
        while start.elapsed() < time {
            let [drawn, encoded] = self.image(renderer);
            sum = [sum[0] + drawn, sum[1] + encoded];
            images += 1;
        }
        let times = timing.take();
        let cell = |time: Duration| format!("{:.2}", 1e3 * time.as_secs_f64() / f64::from(images));
        let [geometry, color, copy] = match times.on_adapter {
            Some(on) => [on.geometry, on.color, on.copy].map(cell),
            None => [(); 3].map(|()| "-".to_owned()),
        };
        let elsewhere = sum[0].saturating_sub(times.record + times.wait + times.read);
        vec![
            cell(sum[0]),
            cell(elsewhere),
            cell(times.record),
            cell(times.wait),
            geometry,
            color,
            copy,
            cell(times.read),
            cell(sum[1]),
        ]
    }
}

/// 1, 2, 4 and so on, up to the number of cores.
fn counts() -> Vec<usize> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let powers = (0..).map(|power| 1 << power);
    powers.take_while(|&count| count <= cores).collect()
}

fn camera((width, height): (u32, u32)) -> Camera {
    common::camera(ImageSize::new(width, height).unwrap())
}

/// A row of both tables.
struct Row<'s> {
    scene: &'static str,
    size: (u32, u32),
    subject: Subject<'s>,
}

impl<'s> Row<'s> {
    /// All that there are of a scene.
    fn of(scene: &'static str, loaded: &'s Scene) -> impl Iterator<Item = Self> {
        SIZES.into_iter().flat_map(move |size| {
            IMAGE_TYPES.map(|image_type| Self {
                scene,
                size,
                subject: Subject {
                    scene: loaded,
                    view: View::new(camera(size), loaded.cameras[0].world_from_camera),
                    image_type,
                    outputs: Outputs::only(image_type, DepthRange::new(0.1, 30.0).ok()),
                    step: AtomicU32::new(0),
                },
            })
        })
    }

    /// What it begins with.
    fn cells(&self) -> [String; 3] {
        let (width, height) = self.size;
        let image_type = self.subject.image_type.to_string();
        [
            self.scene.to_owned(),
            image_type,
            format!("{width}x{height}"),
        ]
    }
}

fn main() {
    let args = Args::parse();
    let scenes = common::scenes().map(|(name, bytes)| {
        let scene = load(&bytes, &Options::new(Detail::Shading)).unwrap();
        (name, scene)
    });
    let all = scenes.iter().flat_map(|(name, scene)| Row::of(name, scene));
    let wanted = args.filter.as_deref().unwrap_or_default();
    let rows: Vec<_> = all
        .filter(|row| format!("adapter/{}", row.cells().join("/")).contains(wanted))
        .collect();
    if rows.is_empty() {
        return;
    }

    let renderer = |turn, keeping: &Keeping| {
        let name = args.adapter.clone();
        Renderer::keeping(keeping, &AdapterSelection { name, turn }).unwrap()
    };
    let timing = Arc::<Timing>::default();
    let mut timed = renderer(
        0,
        &Keeping {
            timing: Some(timing.clone()),
            ..Keeping::default()
        },
    );
    println!("{}", timed.adapter());
    let counts = counts();
    let most = counts.last().copied().unwrap_or(1);
    let together = Keeping::default();
    let mut renderers: Vec<_> = (0..most).map(|turn| renderer(turn, &together)).collect();

    let time = Duration::from_secs_f64(args.seconds);
    let (mut rates, mut parts) = (Vec::new(), Vec::new());
    for row in rows {
        let subject = &row.subject;
        let cells = subject.parts(&mut timed, &timing, time);
        parts.push([&row.cells()[..], &cells].concat());
        let cells = counts.iter().map(|&count| {
            let rate = subject.rate(&mut renderers[..count], time);
            format!("{rate:.0}")
        });
        rates.push(row.cells().into_iter().chain(cells).collect());
    }
    let counts = counts.iter().map(ToString::to_string).collect();
    println!("\nImages a second, drawn and encoded, by so many renderers at once:\n");
    print(counts, &rates);
    println!("\nMilliseconds an image, by one renderer:\n");
    print(PARTS.map(str::to_owned).to_vec(), &parts);
}

/// Prints rows that begin with what is drawn.
fn print(columns: Vec<String>, rows: &[Vec<String>]) {
    let of_rows = ["scene", "image", "size"].map(str::to_owned).to_vec();
    let head = [of_rows, columns].concat();
    let line = vec!["---".to_owned(); head.len()];
    for row in [head, line].iter().chain(rows) {
        println!("| {} |", row.join(" | "));
    }
}
