//! What operators see of the built binary: its log in both formats, names of requests, tokens.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::harness::client;
use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::server::{Server, program, run};
use crate::harness::trials;
use crate::harness::view::View;

trials![
    lines_of_the_log_are_objects,
    lines_of_the_log_name_their_request,
    the_log_has_the_level_of_rust_log,
    a_token_is_asked_for,
    a_file_of_tokens_that_cannot_be_used,
    a_file_of_tokens_that_changes,
    nothing_to_be_read_again,
];

fn form(used: &[&str]) -> Vec<u8> {
    let view = View::new(40, 30, 30.0);
    let mut gltf = Gltf::one_box(&view);
    gltf.json["extensionsUsed"] = used.into();
    Form::drake("label", &view, &gltf.bytes()).encode()
}

/// Posts with further headers; gives the head of the answer.
fn post(server: &Server, headers: &str, body: &[u8]) -> String {
    let head = format!(
        "POST /render HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: {}\r\n{headers}\r\n",
        body.len(),
        Form::content_type()
    );
    let answer = client::raw(server, &[head.as_bytes(), body].concat());
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    String::from_utf8(answer[..end].to_vec()).unwrap()
}

/// The lines of the log, which are all JSON but for the announcement.
fn lines(server: &Server) -> Vec<Value> {
    let log = server.log();
    let lines = log.lines().filter(|line| !line.starts_with("Running on "));
    // Mesa says this where there is no desktop.
    let lines = lines.filter(|line| !line.contains("XDG_RUNTIME_DIR"));
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

fn of_request<'l>(lines: &'l [Value], id: &str) -> Vec<&'l Value> {
    let is_of = |line: &&Value| line["request_id"] == id;
    lines.iter().filter(is_of).collect()
}

fn lines_of_the_log_are_objects() {
    let server = Server::on_free_port(&["--log-format", "json", "--workers", "1"]);
    let odd = "X-Request-Id: one\r\nX-Forwarded-For: 198.51.100.7\r\n";
    assert!(post(&server, odd, &form(&["ABC_\"\u{1b}\n"])).starts_with("HTTP/1.1 200"));
    let bad = post(&server, "X-Request-Id: two\r\n", b"nothing");
    assert!(bad.starts_with("HTTP/1.1 400"), "{bad}");
    client::get(&server, "/no%22where");
    server.stop();
    let lines = lines(&server);
    for line in &lines {
        for name in ["timestamp", "level", "target", "message"] {
            assert!(line[name].is_string(), "{name}: {line}");
        }
    }
    let [warning, access] = of_request(&lines, "one")[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(warning["level"], "WARN");
    assert_eq!(access["target"], "access");
    for (name, value) in [
        ("method", json!("POST")),
        ("path", json!("/render")),
        ("status", json!(200)),
        ("code", json!("ok")),
        ("image_type", json!("label")),
        ("width", json!(40)),
        ("height", json!(30)),
        ("client", json!("198.51.100.7")),
    ] {
        assert_eq!(access[name], value, "{name}: {access}");
    }
    let time = |name: &str| access[name].as_f64().expect(name);
    let stages = ["receive", "wait", "load", "draw", "encode"];
    let sum: f64 = stages.iter().map(|name| time(&format!("{name}_ms"))).sum();
    assert!(sum > 0.0 && sum <= time("total_ms") + 0.01, "{access}");

    let [refused] = of_request(&lines, "two")[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(refused["code"], "bad_form");
    assert_eq!(refused["status"], 400);
    for name in ["width", "draw_ms"] {
        assert!(refused.get(name).is_none(), "{refused}");
    }
    let nowhere = lines.iter().find(|line| line["path"] == "/no%22where");
    assert_eq!(nowhere.expect("a line")["code"], "not_found");
}

/// Also those that the thread of a worker writes.
fn lines_of_the_log_name_their_request() {
    let server = Server::on_free_port(&[]);
    let body = form(&["ABC_unknown"]);
    let head = post(&server, "X-Request-Id: first-1\r\n", &body);
    assert!(
        head.to_lowercase().contains("x-request-id: first-1"),
        "{head}"
    );
    post(&server, "", &body);
    server.stop();
    let log = server.log();
    let with = |text: &str| -> Vec<String> {
        let lines = log.lines().filter(|line| line.contains(text));
        let ids = lines.map(|line| line.split_once(" request_id=").expect(line).1.to_owned());
        ids.collect()
    };
    let (left_out, access) = (with("ABC_unknown"), with("POST /render label 40x30 200 ok"));
    assert_eq!(left_out, access, "{log}");
    assert_eq!(access[0], "first-1");
    assert_eq!(access[1].len(), 32);
    assert!(!log.lines().next().unwrap().contains("request_id"), "{log}");
}

fn the_log_has_the_level_of_rust_log() {
    for (format, level, is_there) in [
        ("text", "warn", false),
        ("json", "access=info", true),
        ("text", "", true),
    ] {
        let mut command = program();
        command.args(["--port", "0", "--workers", "1"]);
        command.env("RUST_LOG", level);
        command.env("GLTF_RENDER_SERVER_LOG_FORMAT", format);
        let server = Server::start(command);
        client::get(&server, "/");
        // A library calls this an error, whatever the level; it is none of the server.
        client::raw(&server, b"nothing\r\n\r\n");
        server.stop();
        let log = server.log();
        assert_eq!(log.contains("GET /"), is_there, "{log}");
        assert_eq!(log.contains("draws with"), level.is_empty(), "{log}");
    }
}

fn tokens(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn a_token_is_asked_for() {
    let file = tokens("# of this test\nabc-123\n");
    let path = file.path().to_str().unwrap();
    let server = Server::on_free_port(&["--token-file", path, "--workers", "1"]);
    let body = form(&[]);
    for (headers, status) in [
        ("", 401),
        ("Authorization: Bearer abc-12\r\n", 401),
        ("Authorization: Bearer abc-123\r\n", 200),
    ] {
        let head = post(&server, headers, &body);
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
        let asks = head.to_lowercase().contains("www-authenticate: bearer");
        assert_eq!(asks, status == 401, "{head}");
    }
    client::get(&server, "/").refusal(401, "unauthorized");
    client::get(&server, "/metrics").refusal(401, "unauthorized");
    assert_eq!(client::get(&server, "/healthz").status, 200);
    assert_eq!(client::get(&server, "/readyz").status, 200);
    server.stop();
    assert!(!server.log().contains("abc-12"), "a token in the log");
}

fn a_file_of_tokens_that_cannot_be_used() {
    let empty = tokens("# nothing\n");
    for path in ["/nonexistent", "", empty.path().to_str().unwrap()] {
        let mut command = program();
        command.args(["--port", "0"]);
        command.env("GLTF_RENDER_SERVER_TOKEN_FILE", path);
        let output = run(command, std::time::Duration::from_secs(30));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{path}: {said}");
        assert!(said.contains("--token-file"), "{said}");
    }
}

/// SIGHUP has it read again. With a fault in it, all stays as it was.
fn a_file_of_tokens_that_changes() {
    let file = tokens("old-1\n");
    let path = file.path().to_str().unwrap();
    let server = Server::on_free_port(&["--token-file", path, "--workers", "1"]);
    let body = form(&[]);
    let check = |expected: [(&str, u16); 2]| {
        for (token, status) in expected {
            let head = post(
                &server,
                &format!("Authorization: Bearer {token}\r\n"),
                &body,
            );
            assert!(
                head.starts_with(&format!("HTTP/1.1 {status}")),
                "{token}: {head}"
            );
        }
    };
    check([("old-1", 200), ("new-1", 401)]);
    std::fs::write(path, "new-1\nnew-2\n").unwrap();
    check([("old-1", 200), ("new-1", 401)]);
    server.signal("HUP");
    server.wait_for_log("The file of tokens was read again; it has 2.", 1);
    check([("old-1", 401), ("new-1", 200)]);
    for (number, fault) in ["", "old-1\nn ew"].into_iter().enumerate() {
        std::fs::write(path, fault).unwrap();
        server.signal("HUP");
        server.wait_for_log("those that it had stay", number + 1);
        check([("old-1", 401), ("new-1", 200)]);
    }
    std::fs::write(path, "old-1\n").unwrap();
    server.signal("HUP");
    server.wait_for_log("it has 1.", 1);
    check([("old-1", 200), ("new-1", 401)]);
    server.terminate();
    server.assert_end();
    let log = server.log();
    assert!(log.contains("ERROR") && !log.contains("new-1"), "{log}");
}

/// A reload of all instances does no harm to those without tokens.
fn nothing_to_be_read_again() {
    let server = Server::on_free_port(&["--workers", "1"]);
    server.signal("HUP");
    server.wait_for_log("no file of tokens", 1);
    assert!(post(&server, "", &form(&[])).starts_with("HTTP/1.1 200"));
    server.stop();
}
