//! What a client could send to do harm: each is refused within a second, with the status and code of a table,
//! and leaves nothing behind. `docs/hostile.md` is that table.
//!
//! `http` has what is wrong before there is a form, `forms` what is wrong with a form, `scenes`, `geometry` and
//! `images` what is wrong with what it holds.

#![allow(clippy::too_many_lines, reason = "tables are long")]

mod forms;
mod geometry;
mod http;
mod images;
mod scenes;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::server::{Server, program};
use crate::harness::trials;
use crate::harness::view::View;
use crate::harness::{client, page};

trials![nothing_hostile_does_any_harm, the_document_is_the_table,];

/// One thing that a client could send.
struct Row {
    /// What it is.
    name: &'static str,
    /// What is sent.
    sent: Sent,
    /// The status of the answer.
    status: u16,
    /// The code in its body, or nothing if it has none.
    code: &'static str,
}

/// What is sent.
enum Sent {
    /// A form.
    Form(Form),
    /// A body that is said to be of a type.
    Body(String, Vec<u8>),
    /// All bytes of a request.
    Raw(Vec<u8>),
}

impl Row {
    fn form(name: &'static str, form: Form, status: u16, code: &'static str) -> Self {
        let sent = Sent::Form(form);
        Self {
            name,
            sent,
            status,
            code,
        }
    }

    /// A color image of a scene.
    fn scene(name: &'static str, scene: &[u8], status: u16, code: &'static str) -> Self {
        let form = Form::drake("color", &view(), scene);
        Self::form(name, form, status, code)
    }
}

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(1);
/// How long whoever sends half a request may wait until the server has had enough.
const PATIENCE: &str = "0.6";
/// How much more memory the server may have held at its peak than one that has drawn a box, kB. It is twice what
/// was measured; a single bomb that goes off takes more.
const PEAK: u64 = 224 << 10;
/// How much more it may hold when all have been there again, kB; some hundred were measured.
const LEFT: u64 = 4 << 10;
/// Has the server's allocator give back at once what is freed. By default it keeps that at hand for ten seconds, for
/// each worker, and what was at hand when is chance.
const GIVE_BACK: [&str; 2] = ["_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0"];

fn view() -> View {
    View::new(32, 24, 24.0)
}

/// What is drawn.
fn good() -> Gltf {
    Gltf::one_box(&view())
}

/// All of them, by what is wrong.
fn table() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("HTTP", http::rows()),
        ("Forms", forms::rows()),
        ("Files and nodes", scenes::rows()),
        ("Geometry", geometry::rows()),
        ("Images", images::rows()),
    ]
}

/// What only looks as if it would do harm: it is drawn.
fn harmless() -> Vec<Row> {
    images::harmless()
}

/// Sends it; gives the status, the code and the message of the answer.
fn answer(server: &Server, sent: &Sent) -> (u16, String, String) {
    let answer = match sent {
        Sent::Form(form) => post(server, &Form::content_type(), &form.encode()),
        Sent::Body(content_type, body) => post(server, content_type, body),
        Sent::Raw(request) => exchange(server, request),
    };
    let text = String::from_utf8_lossy(&answer);
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok());
    let (_, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (status.unwrap_or(0), word("code"), word("message"))
}

fn post(server: &Server, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /render HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    exchange(server, &[head.as_bytes(), body].concat())
}

/// Sends a request, or as much of it as the server takes, and reads the answer meanwhile.
fn exchange(server: &Server, request: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(10 * LIMIT)).unwrap();
    let mut answer = Vec::new();
    std::thread::scope(|scope| {
        // A server that has refused need not take the rest.
        scope.spawn(|| (&stream).write_all(request));
        let mut piece = [0; 4096];
        while !is_whole(&answer)
            && let Ok(length) = (&stream).read(&mut piece)
            && length > 0
        {
            answer.extend(&piece[..length]);
        }
        let _ = stream.shutdown(Shutdown::Both);
    });
    answer
}

/// Whether an answer is as long as its head says.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(0, |(_, length)| length.parse().unwrap());
    answer.len() >= head.len() + 4 + length
}

fn nothing_hostile_does_any_harm() {
    let mut rows: Vec<Row> = table().into_iter().flat_map(|(_, rows)| rows).collect();
    assert!(rows.len() >= 60, "only {}", rows.len());
    assert!(rows.iter().all(|row| (400..500).contains(&row.status)));
    rows.extend(harmless());
    let mut command = program();
    command.args(["--host", "127.0.0.1", "--port", "0", "--workers", "2"]);
    command.args(["--header-timeout", PATIENCE, "--body-timeout", PATIENCE]);
    command.env(GIVE_BACK[0], GIVE_BACK[1]);
    let server = Server::start(command);
    let render = || {
        ["color", "depth", "label"]
            .map(|image_type| client::render(&server, image_type, &view(), &good().bytes()))
    };
    let before = render();
    let (files, peak) = (server.open_files(), server.memory("VmHWM"));
    let send_all = || {
        let faults: Vec<_> = (rows.iter())
            .filter_map(|row| fault(&server, row))
            .chain((render() != before).then(|| "the next images are others".to_owned()))
            .collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        server.memory("RssAnon")
    };
    let [first, second] = [(); 2].map(|()| send_all());
    let (peak, left) = (server.memory("VmHWM") - peak, second.saturating_sub(first));
    println!(
        "hostile: {} requests, {peak} kB at the peak, {left} kB left",
        rows.len()
    );
    assert!(peak < PEAK, "{peak} kB more at the peak");
    assert!(left < LEFT, "{left} kB more the second time");
    // Connections that were cut off are closed a little later.
    let end = Instant::now() + Duration::from_secs(10);
    while server.open_files() > files && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(server.open_files() <= files, "files were left open");
    server.stop();
}

/// What is wrong with the answer.
fn fault(server: &Server, row: &Row) -> Option<String> {
    let begun = Instant::now();
    let (status, code, message) = answer(server, &row.sent);
    let took = begun.elapsed();
    let is_expected = (status, code.as_str()) == (row.status, row.code);
    (!is_expected || took > LIMIT)
        .then(|| format!("{}: {status} {code} after {took:?}: {message}", row.name))
}

/// `UPDATE_REFERENCES=1` writes it.
fn the_document_is_the_table() {
    let mut text = String::from(
        "# What is refused\n\nWhat a client could send to do harm, and what it is answered. \
         `integration_tests/hostile` sends each of\nthem to the built server and checks the answer, that it comes \
         within a second, that memory and open files stay\nwhere they were, and that the next image is the same \
         to the last byte.\nWhat breaks the rules of HTTP itself has no code: there is no request yet that could be \
         answered. This page is made\nfrom the table of that test.\n",
    );
    for (heading, rows) in table() {
        write!(text, "\n## {heading}\n\n").unwrap();
        write_rows(&mut text, &rows);
    }
    text += "\n## Not refused\n\nWhat only looks as if it would do harm is drawn, under the same conditions.\n\n";
    write_rows(&mut text, &harmless());
    page::assert_is("docs/hostile.md", &text);
}

fn write_rows(text: &mut String, rows: &[Row]) {
    *text += "| what is sent | status | code |\n|---|---|---|\n";
    for row in rows {
        let code = match row.code {
            "" => String::new(),
            code => format!("`{code}`"),
        };
        writeln!(text, "| {} | {} | {code} |", row.name, row.status).unwrap();
    }
}
