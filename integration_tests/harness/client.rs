//! A client that speaks as Drake's does: one connection per request.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::multipart::Form;
use super::server::Server;
use super::view::View;

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The header Content-Type, or nothing.
    pub content_type: String,
    /// The header Allow, or nothing.
    pub allow: String,
    /// The header Retry-After, or nothing.
    pub retry_after: String,
    /// The header X-Gltf-Ignored-Extensions, or nothing.
    pub ignored_extensions: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Checks that this is an image and returns its bytes.
    pub fn image(self) -> Vec<u8> {
        assert_eq!(self.status, 200, "{}", self.text());
        self.body
    }

    /// Checks that this is a refusal of `status` and `code` in the form of the contract, short
    /// enough for Drake's client to show; returns the message.
    pub fn refusal(&self, status: u16, code: &str) -> String {
        let text = self.text();
        assert!(self.body.len() < 8192, "an error of {} bytes", text.len());
        let body: Value = serde_json::from_str(&text)
            .unwrap_or_else(|_| panic!("status {}, not JSON: {text}", self.status));
        let found = (self.status, body["code"].as_str().unwrap_or(""));
        assert_eq!(found, (status, code), "{text}");
        assert!(self.content_type.starts_with("application/json"));
        assert_eq!(body["error"], true, "{text}");
        assert_eq!(body["status"], status, "{text}");
        let message = body["message"].as_str().unwrap_or("");
        assert!(message.len() > 10, "hardly a sentence: {text}");
        message.to_owned()
    }
}

/// Checks that a message has all of `words`.
pub fn names(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_idle_connections(0)
        .timeout_global(Some(Duration::from_secs(100)))
        .build()
        .into()
}

fn reply(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Reply {
    let mut answer = answer.expect("an answer");
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value.map_or_else(String::new, |v| v.to_str().unwrap().to_owned())
    };
    Reply {
        status: answer.status().as_u16(),
        content_type: header("content-type"),
        allow: header("allow"),
        retry_after: header("retry-after"),
        ignored_extensions: header("x-gltf-ignored-extensions"),
        body: answer
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_vec()
            .expect("a whole body"),
    }
}

/// GET.
pub fn get(server: &Server, path: &str) -> Reply {
    reply(agent().get(format!("{}{path}", server.url)).call())
}

/// A request without a body and with any method.
pub fn method(server: &Server, method: &str, path: &str) -> Reply {
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", server.url))
        .body(())
        .unwrap();
    reply(agent().run(request))
}

/// POST of a body.
pub fn post_bytes(server: &Server, path: &str, content_type: &str, body: &[u8]) -> Reply {
    let request = agent().post(format!("{}{path}", server.url));
    reply(request.content_type(content_type).send(body))
}

/// POST of a form to `/render`.
pub fn post(server: &Server, form: &Form) -> Reply {
    post_bytes(server, "/render", &Form::content_type(), &form.encode())
}

/// The bytes of one image of a scene.
pub fn render(server: &Server, image_type: &str, view: &View, scene: &[u8]) -> Vec<u8> {
    post(server, &Form::drake(image_type, view, scene)).image()
}

/// Sends raw bytes and returns all that comes back until the server closes the connection.
pub fn raw(server: &Server, request: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    let mut stream = send(server, request);
    stream.read_to_end(&mut answer).unwrap();
    answer
}

/// Sends raw bytes and is gone.
pub fn break_off(server: &Server, request: &[u8]) {
    let mut stream = send(server, request);
    stream.shutdown(Shutdown::Write).unwrap();
    // The server may say that it understood nothing, or reset the connection.
    let _ = stream.read_to_end(&mut Vec::new());
}

fn send(server: &Server, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream.write_all(request).unwrap();
    stream
}
