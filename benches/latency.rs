//! The time of an answer over HTTP beside its floors and its stages. Floors are what hashing, cutting,
//! parsing, drawing and encoding the same request take in this process, each alone. Stages are how long
//! the server takes to receive such a body, which it then refuses, and what loading, drawing and encoding
//! it take in this process. All in milliseconds.
//!
//! Requests, stages and refusals take turns, so that all see the same machine. Each request comes over a
//! new connection, as those of Drake's client do. The meshes and textures are always known; the body is
//! the same `again`, or that of a scene whose nodes have `moved`, or `new` from its first bytes on, with
//! other nodes too. This process has kept of the scenes before what the server has. Only `hash`, `cut` and
//! `parse` go through the whole file, where the server compares what repeats an earlier one.
//!
//! An argument such as `"moving again"` is a part of the names of the rows that are wanted.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::print_stdout, reason = "its result")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gltf_render_server::pipeline::{detail_for, encode_image};
use gltf_render_server::protocol::{DepthFormat, DepthRange, ImageType, Lens, PngCompression};
use gltf_render_server::render::{AdapterSelection, Outputs, Renderer, View};
use gltf_render_server::scene::{ContentCache, Options, load_hashed};
use memchr::memmem;
use sha2::{Digest as _, Sha256};

mod common;
// Here memory costs what it costs the server.
#[path = "../src/memory.rs"]
mod memory;

/// Answers that are measured of each kind.
const TURNS: usize = 25;
/// Answers before, which fill the caches: also that of the files that arrived, which until then takes memory
/// that nobody has touched for each new one.
const WARM_UP: usize = 30;
const RANGE: [f64; 2] = [0.1, 30.0];

/// A scene at a step of its motion.
type Scene = fn(u32) -> Vec<u8>;
const SCENES: [(&str, Scene); 2] = [("moving", common::moving), ("bin", common::bin)];

/// How a body is like the one of the step before.
type Body = fn(Scene, u32) -> Vec<u8>;
const BODIES: [(&str, Body); 3] = [
    ("again", |scene, _| scene(0)),
    ("moved", |scene, step| scene(step)),
    ("new", |scene, step| common::numbered(scene(step), step)),
];

/// The server, with one worker.
struct Server {
    child: Child,
    address: String,
    /// The last answer: fresh memory for each would cost the client as much as a stage.
    answer: Vec<u8>,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gltf-render-server"))
            .args(["--port", "0", "--workers", "1"])
            .env("NODEVICE_SELECT", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .map(Result::unwrap)
            .find_map(|line| Some(line.split_once("http://")?.1.to_owned()))
            .unwrap();
        let address = address.trim_end_matches('/').to_owned();
        Self {
            child,
            address,
            answer: Vec::new(),
        }
    }

    /// Has a scene drawn.
    fn answer(&mut self, scene: &[u8], image_type: ImageType) -> Duration {
        let took = self.post(&form(scene, image_type, &Sha256::digest(scene)));
        let is_image = self.answer.starts_with(b"HTTP/1.1 200");
        assert!(is_image, "{}", String::from_utf8_lossy(&self.answer));
        took
    }

    /// Has a scene received and no more: that its hash is wrong shows when all of it is there.
    fn receive(&mut self, scene: &[u8], image_type: ImageType) -> Duration {
        let took = self.post(&form(scene, image_type, &[0; 32]));
        let is_refused = memmem::find(&self.answer, b"scene_sha256_mismatch").is_some();
        assert!(is_refused, "{}", String::from_utf8_lossy(&self.answer));
        took
    }

    /// Posts a body and waits for the whole answer.
    fn post(&mut self, body: &[u8]) -> Duration {
        self.answer.clear();
        let start = Instant::now();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        let head = format!(
            "POST /render HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        stream.read_to_end(&mut self.answer).unwrap();
        start.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A form as Drake's client fills it in.
fn form(scene: &[u8], image_type: ImageType, hash: &[u8]) -> Vec<u8> {
    let camera = common::camera();
    let Lens::Pinhole(lens) = &camera.lens else {
        unreachable!("the camera is a pinhole");
    };
    let mut sha256 = String::new();
    for byte in hash {
        write!(sha256, "{byte:02x}").unwrap();
    }
    let mut fields = vec![
        ("scene_sha256", sha256),
        ("image_type", image_type.to_string()),
        ("width", camera.size.width.to_string()),
        ("height", camera.size.height.to_string()),
        ("near", camera.clipping.near.to_string()),
        ("far", camera.clipping.far.to_string()),
        ("focal_x", lens.focal_x.to_string()),
        ("focal_y", lens.focal_y.to_string()),
        ("center_x", lens.center_x.to_string()),
        ("center_y", lens.center_y.to_string()),
    ];
    if image_type == ImageType::Depth {
        fields.push(("min_depth", RANGE[0].to_string()));
        fields.push(("max_depth", RANGE[1].to_string()));
    }
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = "--b\r\nContent-Disposition: form-data; name=";
        write!(body, "{part}\"{name}\"\r\n\r\n{value}\r\n").unwrap();
    }
    body.extend(
        b"--b\r\nContent-Disposition: form-data; name=\"scene\"; filename=\"scene.gltf\"\r\n\r\n",
    );
    body.extend_from_slice(scene);
    body.extend(b"\r\n--b--\r\n");
    body
}

/// The stages of a request, one after the other, in this process.
struct Stages {
    renderer: Renderer,
    cache: Arc<ContentCache>,
}

impl Stages {
    /// Hash, cut, parse, load, draw (with upload and read back) and encode.
    fn measure(&mut self, bytes: &[u8], image_type: ImageType) -> [Duration; 6] {
        let [mut hash, mut cut, mut parse, mut load, mut draw, mut encode] = [Duration::ZERO; 6];
        let options = Options {
            cache: Some(Arc::clone(&self.cache)),
            ..Options::new(detail_for(image_type))
        };
        let sha256 = timed(&mut hash, || Sha256::digest(bytes).into());
        let cuts = timed(&mut cut, || common::arrive(bytes));
        let rest = common::without_uris(bytes);
        timed(&mut parse, || {
            serde_json::from_slice::<gltf::json::Root>(&rest).unwrap()
        });
        let scene = timed(&mut load, || {
            load_hashed(bytes, &sha256, Some(&cuts), &options).unwrap()
        });
        let view = View::new(common::camera(), scene.cameras[0].world_from_camera);
        let range = DepthRange::new(RANGE[0], RANGE[1]).unwrap();
        let outputs = Outputs::only(image_type, Some(range));
        let frame = timed(&mut draw, || {
            self.renderer.render(&scene, &view, &outputs).unwrap()
        });
        timed(&mut encode, || {
            let format = DepthFormat::default();
            encode_image(&frame, image_type, format, PngCompression::default()).unwrap()
        });
        [hash, cut, parse, load, draw, encode]
    }
}

fn timed<T>(time: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *time = start.elapsed();
    result
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// The cells of a row.
fn compare(image_type: ImageType, scene: impl Fn(u32) -> Vec<u8>) -> String {
    let mut server = Server::start();
    let mut stages = Stages {
        renderer: Renderer::new(&AdapterSelection::default()).unwrap(),
        cache: Arc::new(ContentCache::new(512 << 20)),
    };
    let mut all = [const { Vec::new() }; 8];
    let mut steps = 0..;
    for turn in 0..WARM_UP + TURNS {
        let mut next = || scene(steps.next().unwrap());
        let (drawn, refused) = (next(), next());
        let answer = server.answer(&drawn, image_type);
        let [hash, cut, parse, load, draw, encode] = stages.measure(&drawn, image_type);
        let receive = server.receive(&refused, image_type);
        if turn >= WARM_UP {
            let times = [hash, cut, parse, load, draw, encode, receive, answer];
            all.iter_mut()
                .zip(times)
                .for_each(|(all, time)| all.push(time));
        }
    }
    let [hash, cut, parse, load, draw, encode, receive, answer] = all.map(median);
    let image = draw + encode;
    format!(
        "{hash:.2} | {cut:.2} | {parse:.2} | {draw:.2} | {encode:.2} | {receive:.2} | {load:.2} | \
         {answer:.2} | {:.2} | {:.2}",
        answer / (hash + cut + parse + image),
        answer / (receive + load + image)
    )
}

fn main() {
    // What `cargo bench` asks of a bench it only lists or tests.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    let wanted = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    memory::keep_freed();
    println!(
        "| scene | body | image | hash | cut | parse | draw | encode | receive | load | answer | \
         to floors | to stages |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (name, scene) in SCENES {
        for (like, body) in BODIES {
            for image_type in ImageType::ALL {
                let row = format!("{name} {like} {image_type}");
                if wanted.as_ref().is_some_and(|wanted| !row.contains(wanted)) {
                    continue;
                }
                let cells = compare(image_type, |step| body(scene, step));
                println!("| {name} | {like} | {image_type} | {cells} |");
            }
        }
    }
}
