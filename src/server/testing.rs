//! A server with a fake renderer over real sockets, and a client that says what it is told.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::app::{self, App, Render, RenderWorker};
use super::*;
use crate::cli::ServeArgs;
use crate::config::Tokens;
use crate::pipeline::{EncodedImage, Loading, PostedScene, StageTimings};
use crate::protocol::{ErrorCode, Refusal, RenderRequest, SceneHash};

/// Answers with the scene's own bytes. A scene `panic` panics, `panic once` with the first worker only, `broken` is refused, and `wait`
/// says that it has begun and then waits to be released.
struct Echo {
    begun: Sender<()>,
    release: Arc<Mutex<Receiver<()>>>,
    is_first: bool,
}

impl Render for Echo {
    fn render(
        &mut self,
        _request: &RenderRequest,
        scene: PostedScene<'_>,
        _loading: &Loading,
        _is_wanted: &dyn Fn() -> bool,
    ) -> Result<EncodedImage, Refusal> {
        let scene = scene.bytes;
        match scene {
            b"panic" => panic!("a fault of the renderer"),
            b"panic once" if self.is_first => panic!("a fault of the renderer"),
            b"broken" => return Err(Refusal::new(ErrorCode::SceneInvalid, "scene: broken.")),
            b"wait" => {
                self.begun.send(()).unwrap();
                // If nobody releases it any more, the test is over.
                let _ = self.release.lock().unwrap().recv();
            }
            _ => {}
        }
        Ok(EncodedImage {
            content_type: "image/png",
            bytes: scene.to_vec(),
            ignored_extensions: Vec::new(),
            more_ignored_extensions: 0,
            timings: StageTimings::default(),
        })
    }
}

/// A running server with one worker.
pub(super) struct Server {
    pub app: Arc<App>,
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<i32>>,
    thread: JoinHandle<Option<i32>>,
    pub begun: Receiver<()>,
    pub release: Sender<()>,
}

impl Server {
    pub fn start(change: impl FnOnce(&mut ServeConfig)) -> Self {
        let mut config = ServeConfig::resolve(&ServeArgs::default()).unwrap();
        change(&mut config);
        let (begun, has_begun) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let released = Arc::new(Mutex::new(released));
        let is_first = AtomicBool::new(true);
        let pool = Pool::start(NonZeroUsize::MIN, config.queue, move |_| {
            let echo = Echo {
                begun: begun.clone(),
                release: Arc::clone(&released),
                is_first: is_first.swap(false, Relaxed),
            };
            io::Result::Ok(Box::new(echo) as RenderWorker)
        });
        let patience = config.body_timeout;
        let adapter = AdapterSummary {
            name: "<fake>".to_owned(),
            driver: "none".to_owned(),
            backend: "none".to_owned(),
            kind: "CPU".to_owned(),
            bus: String::new(),
        };
        let keeping = app::keeping(&config);
        let app = App::new(config, pool.unwrap(), adapter, keeping);
        let listener = listen::on("127.0.0.1", 0, patience).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&app);
        let thread = thread::spawn(move || {
            let system = actix_web::rt::System::new();
            system
                .block_on(serve(&served, listener, stopped, |_| Ok(())))
                .unwrap()
        });
        Self {
            app,
            address,
            stop: Some(stop),
            thread,
            begun: has_begun,
            release,
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    pub fn send(&self, request: &[u8]) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        stream
    }

    pub fn ask(&self, request: &[u8]) -> Answer {
        Answer::read(&mut self.send(request))
    }

    /// The same, but for the body of the answer, which may not have one.
    pub fn ask_head(&self, request: &[u8]) -> Answer {
        Answer::read_head(&mut self.send(request))
    }

    pub fn post(&self, body: &[u8]) -> Answer {
        self.ask(&request("/render", body))
    }

    /// Posts a scene that keeps the worker busy until it is released.
    pub fn occupy(&self) -> TcpStream {
        let stream = self.send(&request("/render", &form(&[("scene", b"wait")])));
        self.begun.recv_timeout(Duration::from_secs(10)).unwrap();
        stream
    }

    /// Waits until the pool's counters are as wanted.
    pub fn until(&self, wanted: impl Fn(crate::pool::Counters) -> bool) {
        let patience = Instant::now() + Duration::from_secs(10);
        while !wanted(self.app.pool.counters()) {
            assert!(Instant::now() < patience, "{:?}", self.app.pool.counters());
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn stop(mut self) -> Option<i32> {
        self.stop.take().unwrap().send(15).unwrap();
        self.thread.join().unwrap()
    }
}

pub(super) struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads one answer that says its length.
    pub fn read(stream: &mut TcpStream) -> Self {
        let mut answer = Self::read_head(stream);
        let length = answer.header("content-length").unwrap().parse().unwrap();
        answer.body.resize(length, 0);
        stream.read_exact(&mut answer.body).unwrap();
        answer
    }

    /// Reads all of it up to its body.
    pub fn read_head(stream: &mut TcpStream) -> Self {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        Self {
            status: head[9..12].parse().unwrap(),
            head,
            body: Vec::new(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .head
            .lines()
            .find(|line| line.starts_with(&format!("{name}:")));
        line.map(|line| line[name.len() + 1..].trim())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Checks that this is a refusal; returns its code and message.
    pub fn refusal(&self) -> (String, String) {
        assert_eq!(self.header("content-type"), Some("application/json"));
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(json["error"], true);
        assert_eq!(json["status"], self.status);
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        (text("code"), text("message"))
    }
}

/// Two tokens, `secret-1` and `secret-2`.
pub(super) fn tokens() -> Option<Tokens> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"# two\nsecret-1\nsecret-2\n").unwrap();
    let args = ServeArgs {
        token_file: Some(file.path().to_owned()),
        ..ServeArgs::default()
    };
    ServeConfig::resolve(&args).unwrap().tokens
}

pub(super) const COLOR: [(&str, &[u8]); 9] = [
    ("center_x", b"320"),
    ("center_y", b"240"),
    ("far", b"10"),
    ("focal_x", b"500"),
    ("focal_y", b"500"),
    ("height", b"480"),
    ("image_type", b"color"),
    ("near", b"0.1"),
    ("width", b"640"),
];

pub(super) fn part(name: &str, value: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    [head.as_bytes(), value, b"\r\n"].concat()
}

/// The body of a form with just these fields.
pub(super) fn fields(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body: Vec<u8> = fields
        .iter()
        .flat_map(|(name, value)| part(name, value))
        .collect();
    body.extend_from_slice(b"--b--\r\n");
    body
}

/// The body of a good form with these fields added at its end.
pub(super) fn form(last: &[(&str, &[u8])]) -> Vec<u8> {
    fields(&[&COLOR, last].concat())
}

pub(super) fn request(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    SceneHash(Sha256::digest(bytes).into()).to_string()
}
