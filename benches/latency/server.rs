//! The built server, as its client sees it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use memchr::memmem;

/// The server, with one worker.
pub struct Server {
    child: Child,
    address: String,
    /// The last answer: fresh memory for each would cost the client as much as a stage.
    answer: Vec<u8>,
}

impl Server {
    /// Starts it, and waits until it listens.
    pub fn start() -> Self {
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

    /// Has an image drawn.
    pub fn answers(&mut self, request: &[u8]) {
        let head = self.post(request);
        let is_image = head.starts_with("HTTP/1.1 200");
        assert!(is_image, "{head}{}", String::from_utf8_lossy(&self.answer));
    }

    /// Has a scene received and no more, because its hash is wrong.
    pub fn refuses(&mut self, request: &[u8]) {
        let head = self.post(request);
        let is_refused = memmem::find(&self.answer, b"scene_sha256_mismatch").is_some();
        assert!(
            is_refused,
            "{head}{}",
            String::from_utf8_lossy(&self.answer)
        );
    }

    /// Posts a request over a connection of its own and waits for the whole answer. Returns its head.
    fn post(&mut self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(request).unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        let length = headers
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .find_map(|(_, value)| value.parse().ok())
            .unwrap();
        self.answer.clear();
        reader.take(length).read_to_end(&mut self.answer).unwrap();
        head
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
