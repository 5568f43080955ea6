//! The time of an answer over HTTP beside the sum of its floors: what hashing, loading, drawing and
//! encoding the same request take in this process, with nothing in between.
//!
//! Requests and floors take turns, so that both see the same machine. Each request comes over a new
//! connection, as those of Drake's client do. `moving` posts another scene each time, whose meshes are
//! known and whose nodes have moved; `bin` posts one large scene again and again.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::print_stdout, reason = "its result")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gltf_render_server::pipeline::encode_image;
use gltf_render_server::protocol::{DepthFormat, DepthRange, ImageType, Lens, PngCompression};
use gltf_render_server::render::{AdapterSelection, Outputs, Renderer, View};
use gltf_render_server::scene::{ContentCache, Detail, Options, load_hashed};
use sha2::{Digest as _, Sha256};

mod common;

/// Answers that are measured of each kind.
const TURNS: usize = 25;
/// Answers before, which fill the caches.
const WARM_UP: usize = 3;
const RANGE: [f64; 2] = [0.1, 30.0];

/// The server, with one worker.
struct Server {
    child: Child,
    address: String,
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
        Self { child, address }
    }

    /// Posts a body and waits for the whole answer.
    fn post(&self, body: &[u8]) -> Duration {
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
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let took = start.elapsed();
        let text = || String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", text());
        took
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A form as Drake's client fills it in.
fn form(scene: &[u8], image_type: ImageType) -> Vec<u8> {
    let camera = common::camera();
    let Lens::Pinhole(lens) = &camera.lens else {
        unreachable!("the camera is a pinhole");
    };
    let mut sha256 = String::new();
    for byte in Sha256::digest(scene) {
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
struct Floors {
    renderer: Renderer,
    cache: Arc<ContentCache>,
}

impl Floors {
    /// Hash, load, draw (with upload and read back) and encode.
    fn measure(&mut self, bytes: &[u8], image_type: ImageType) -> [Duration; 4] {
        let mut times = [Duration::ZERO; 4];
        let mut stage = |index: usize, start: Instant| times[index] = start.elapsed();
        let start = Instant::now();
        let sha256 = Sha256::digest(bytes).into();
        stage(0, start);

        let detail = match image_type {
            ImageType::Color => Detail::Shading,
            ImageType::Depth | ImageType::Label => Detail::Geometry,
        };
        let options = Options {
            cache: Some(Arc::clone(&self.cache)),
            ..Options::new(detail)
        };
        let start = Instant::now();
        let scene = load_hashed(bytes, &sha256, None, &options).unwrap();
        stage(1, start);

        let view = View::new(common::camera(), scene.cameras[0].world_from_camera);
        let range = DepthRange::new(RANGE[0], RANGE[1]).unwrap();
        let outputs = Outputs::only(image_type, Some(range));
        let start = Instant::now();
        let frame = self.renderer.render(&scene, &view, &outputs).unwrap();
        stage(2, start);

        let start = Instant::now();
        let format = DepthFormat::default();
        encode_image(&frame, image_type, format, PngCompression::default()).unwrap();
        stage(3, start);
        times
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

fn compare(name: &str, image_type: ImageType, scenes: &[Vec<u8>]) {
    let server = Server::start();
    let mut floors = Floors {
        renderer: Renderer::new(&AdapterSelection::default()).unwrap(),
        cache: Arc::new(ContentCache::new(512 << 20)),
    };
    let (mut answers, mut stages) = (Vec::new(), [const { Vec::new() }; 4]);
    for (turn, scene) in scenes.iter().cycle().take(WARM_UP + TURNS).enumerate() {
        let body = form(scene, image_type);
        let answer = server.post(&body);
        let times = floors.measure(scene, image_type);
        if turn >= WARM_UP {
            answers.push(answer);
            for (stage, time) in stages.iter_mut().zip(times) {
                stage.push(time);
            }
        }
    }
    let stages = stages.map(median);
    let (answer, sum) = (median(answers), stages.iter().sum::<f64>());
    let [hash, load, draw, encode] = stages;
    println!(
        "| {name} | {image_type} | {hash:.2} | {load:.2} | {draw:.2} | {encode:.2} | {sum:.2} | \
         {answer:.2} | {:.2} |",
        answer / sum
    );
}

fn main() {
    // What `cargo bench` asks of a bench it only lists or tests.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    println!("| scene | image | hash | load | draw | encode | sum | answer | ratio |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let steps = u32::try_from(WARM_UP + TURNS).unwrap();
    let moving: Vec<_> = (0..steps).map(common::moving).collect();
    let bin = [common::bin()];
    for image_type in ImageType::ALL {
        compare("moving", image_type, &moving);
    }
    for image_type in ImageType::ALL {
        compare("bin", image_type, &bin);
    }
}
