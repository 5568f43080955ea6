//! The server over real sockets, with a fake renderer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::testing::*;

#[test]
fn a_good_request_gets_its_image() {
    let server = Server::start(|_| ());
    let hash = hex_sha256(b"scene's bytes");
    let hash = ("scene_sha256", hash.as_bytes());
    let scene = ("scene", b"scene's bytes".as_slice());
    for path in ["/render", "//render", "/render/"] {
        for body in [form(&[hash, scene]), form(&[scene, hash])] {
            let answer = server.ask(&request(path, &body));
            assert_eq!(
                (answer.status, answer.text()),
                (200, "scene's bytes"),
                "{path}"
            );
            assert_eq!(answer.header("content-type"), Some("image/png"));
        }
    }
    assert_eq!(server.app.counts.list(), [("color", 200, 6)]);
}

#[test]
fn the_scene_may_come_first_and_hold_anything() {
    let server = Server::start(|_| ());
    let scene: Vec<u8> = b"\r\n-b--b \r\r\n--\0\xff"
        .iter()
        .copied()
        .cycle()
        .take(300_000)
        .collect();
    let mut all = vec![("scene", scene.as_slice())];
    all.extend(COLOR);
    let answer = server.post(&fields(&all));
    assert_eq!(answer.status, 200);
    assert!(answer.body == scene);
}

#[test]
fn a_known_scene_that_was_damaged_on_its_way_is_refused() {
    for cache_size in [0, 1 << 30] {
        let server = Server::start(|config| config.cache_size = cache_size);
        let scene: Vec<u8> = (0..400_000_u32).flat_map(u32::to_le_bytes).collect();
        let hash = hex_sha256(&scene);
        let hash = ("scene_sha256", hash.as_bytes());
        let good = form(&[hash, ("scene", &scene)]);
        let check_good = || {
            let answer = server.post(&good);
            assert_eq!(answer.status, 200);
            assert!(answer.body == scene);
        };
        check_good();
        for at in [0, 70_000, 800_000, 1_599_999] {
            let mut damaged = scene.clone();
            damaged[at] ^= 1;
            // The second time it is known itself.
            for _ in 0..2 {
                let answer = server.post(&form(&[hash, ("scene", &damaged)]));
                assert_eq!(answer.status, 400);
                let (code, message) = answer.refusal();
                assert_eq!(code, "scene_sha256_mismatch");
                assert!(message.contains(&hex_sha256(&damaged)), "{message}");
            }
            check_good();
            let answer = server.post(&form(&[("scene", &damaged)]));
            assert!(answer.body == damaged);
        }
        let cut = &scene[..1_000_000];
        let answer = server.post(&form(&[hash, ("scene", cut)]));
        assert_eq!(answer.refusal().0, "scene_sha256_mismatch");
        check_good();
    }
}

#[test]
fn a_connection_is_kept_for_the_next_request() {
    let server = Server::start(|_| ());
    let mut stream = server.connect();
    let good = request("/render", &form(&[("scene", b"abc")]));
    let bad = request("/render", &form(&[("scene", b"broken")]));
    for (request, status) in [(&good, 200), (&bad, 422), (&good, 200)] {
        stream.write_all(request).unwrap();
        assert_eq!(Answer::read(&mut stream).status, status);
    }
}

#[test]
fn bad_forms_are_refused_and_the_next_good_one_is_not() {
    let server = Server::start(|_| ());
    let good = form(&[("scene", b"abc")]);
    let scene: (&str, &[u8]) = ("scene", b"abc");
    let cases = [
        (form(&[]), "missing_field", "scene"),
        (form(&[("scene", b"")]), "missing_field", "scene"),
        (form(&[scene, scene]), "duplicate_field", "scene"),
        (form(&[("far", b"1"), scene]), "duplicate_field", "far"),
        (form(&[("x", b"1"), scene]), "unknown_field", "\"x\""),
        (form(&[("fov_x", b"4"), scene]), "invalid_field", "fov_x"),
        (
            form(&[("fov_x", &[b'1'; 300]), scene]),
            "field_too_long",
            "fov_x",
        ),
        (
            form(&[("scene_sha256", &[b'0'; 64]), scene]),
            "scene_sha256_mismatch",
            "000",
        ),
        (fields(&[scene]), "missing_field", "image_type"),
        (good[..good.len() - 20].to_vec(), "bad_form", "boundary"),
        (good[..good.len() - 5].to_vec(), "bad_form", "boundary"),
        (b"nothing of that kind".to_vec(), "bad_form", "boundary"),
        (vec![], "bad_form", "boundary"),
        (
            b"--b\r\nContent-Type: text/plain\r\n\r\nabc\r\n--b--\r\n".to_vec(),
            "bad_form",
            "Content-Disposition",
        ),
    ];
    for (body, code, named) in cases {
        let answer = server.post(&body);
        let (found, message) = answer.refusal();
        let body = String::from_utf8_lossy(&body);
        assert_eq!(found, code, "{message}: {body}");
        assert!(message.contains(named), "{message}");
        assert_eq!(
            answer.status,
            if code == "field_too_long" { 413 } else { 400 }
        );
        assert_eq!(server.post(&good).status, 200);
    }
}

#[test]
fn other_content_types_are_refused() {
    let server = Server::start(|_| ());
    for line in [
        "Content-Type: text/plain",
        "Content-Type: multipart/form-data",
        "X-Y: z",
    ] {
        let head =
            format!("POST /render HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n{line}\r\n\r\nabc");
        let answer = server.ask(head.as_bytes());
        assert_eq!(
            (answer.status, answer.refusal().0),
            (400, "bad_form".to_owned()),
            "{line}"
        );
    }
}

#[test]
fn an_early_refusal_reaches_a_client_that_sends_everything_first() {
    let server = Server::start(|_| ());
    let big = vec![b'x'; 20_000_000];
    let early = form(&[("focal_z", b"1"), ("scene", &big)]);
    let checked = form(&[("fov_x", b"4"), ("scene", &big)]);
    for body in [early, checked] {
        let answer = server.post(&body);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.header("connection"), Some("close"));
    }
}

#[test]
fn a_large_body_is_refused_announced_or_not() {
    let server = Server::start(|config| config.max_body = 100_000);
    let body = form(&[("scene", &vec![b'x'; 200_000])]);
    let announced = server.post(&body);
    let mut chunked = b"POST /render HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\
        Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        .to_vec();
    for chunk in body.chunks(30_000) {
        chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    for answer in [announced, server.ask(&chunked)] {
        assert_eq!(answer.status, 413);
        assert_eq!(
            answer.refusal().1,
            "The body is larger than 100000 bytes (--max-body)."
        );
    }
    assert_eq!(server.post(&form(&[("scene", b"abc")])).status, 200);
}

/// It is refused as soon as it is too large, and not when it ends.
#[test]
fn a_body_without_an_end_is_refused_when_it_is_too_large() {
    let server = Server::start(|config| config.max_body = 100_000);
    let head = b"POST /render HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\
        Content-Type: multipart/form-data; boundary=b\r\n\r\n";
    let start = form(&[("scene", &vec![b'x'; 150_000])]);
    // All but the end of the form.
    let start = &start[..start.len() - 10];
    let size = format!("{:x}\r\n", start.len());
    let answer = server.ask(&[head, size.as_bytes(), start, b"\r\n"].concat());
    assert_eq!(answer.status, 413);
    assert_eq!(answer.refusal().0, "body_too_large");
}

#[test]
fn a_panic_costs_one_request_and_hides_its_cause() {
    for (debug, shown) in [(false, false), (true, true)] {
        let server = Server::start(|config| config.debug = debug);
        let answer = server.post(&form(&[("scene", b"panic")]));
        let (code, message) = answer.refusal();
        assert_eq!((answer.status, code.as_str()), (503, "renderer_failure"));
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(
            message.contains("a fault of the renderer"),
            shown,
            "{message}"
        );
        assert_eq!(server.post(&form(&[("scene", b"abc")])).status, 200);
    }
}

#[test]
fn a_panic_that_does_not_come_again_costs_nothing() {
    let server = Server::start(|_| ());
    let answer = server.post(&form(&[("scene", b"panic once")]));
    assert_eq!((answer.status, answer.text()), (200, "panic once"));
    assert_eq!(server.app.pool.counters().panics, 1);
}

#[test]
fn a_full_queue_answers_503_at_once() {
    let server = Server::start(|config| config.queue = 1);
    let mut first = server.occupy();
    let mut second = server.send(&request("/render", &form(&[("scene", b"second")])));
    server.until(|counters| counters.queued == 1);
    let third = server.post(&form(&[("scene", b"third")]));
    assert_eq!(
        (third.status, third.refusal().0.as_str()),
        (503, "queue_full")
    );
    assert_eq!(third.header("retry-after"), Some("1"));
    server.release.send(()).unwrap();
    assert_eq!(Answer::read(&mut first).status, 200);
    assert_eq!(Answer::read(&mut second).text(), "second");
}

#[test]
fn a_request_that_takes_too_long_answers_504() {
    let server = Server::start(|config| config.timeout = Some(Duration::from_millis(100)));
    let mut first = server.occupy();
    let second = server.post(&form(&[("scene", b"second")]));
    assert_eq!(
        (second.status, second.refusal().0.as_str()),
        (504, "timeout")
    );
    assert_eq!(Answer::read(&mut first).status, 504);
    server.release.send(()).unwrap();
    server.until(|counters| counters.skipped == 1 && counters.done == 1);
}

#[test]
fn a_limit_beyond_the_end_of_the_clock_is_none() {
    let server = Server::start(|config| config.timeout = Some(Duration::MAX));
    assert_eq!(server.post(&form(&[("scene", b"{}")])).status, 200);
    server.stop();
}

#[test]
fn what_a_client_no_longer_waits_for_is_not_rendered() {
    let server = Server::start(|_| ());
    let mut first = server.occupy();
    let second = server.send(&request("/render", &form(&[("scene", b"second")])));
    server.until(|counters| counters.queued == 1);
    second.shutdown(Shutdown::Both).unwrap();
    drop(second);
    // The server reads the end of the connection some time after this.
    thread::sleep(Duration::from_millis(200));
    server.release.send(()).unwrap();
    assert_eq!(Answer::read(&mut first).status, 200);
    server.until(|counters| counters.skipped == 1);
}

#[test]
fn stopping_finishes_what_runs_and_what_waits() {
    let server = Server::start(|_| ());
    let mut first = server.occupy();
    let mut second = server.send(&request("/render", &form(&[("scene", b"second")])));
    server.until(|counters| counters.queued == 1);
    let idle = server.connect();
    let (address, release) = (server.address, server.release.clone());
    let stopping = thread::spawn(|| server.stop());
    let patience = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < patience, "it still listens");
        thread::sleep(Duration::from_millis(5));
    }
    release.send(()).unwrap();
    assert_eq!(Answer::read(&mut first).status, 200);
    assert_eq!(Answer::read(&mut second).text(), "second");
    drop(idle);
    assert_eq!(stopping.join().unwrap(), Some(15));
}

#[test]
fn pages_are_there_and_escape_what_they_show() {
    let server = Server::start(|config| {
        config.endpoint = "a/b".to_owned();
        config.debug = true;
    });
    let status = server.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(status.status, 200);
    assert!(status.text().contains("&lt;fake&gt;") && status.text().contains("/a/b"));
    let form = server.ask(b"GET /a/b HTTP/1.1\r\nHost: x\r\n\r\n");
    for page in [&status, &form] {
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert!(!page.text().contains("{{"), "{}", page.text());
    }
    for (_, name) in form
        .text()
        .match_indices("name=\"")
        .map(|(at, m)| (at, &form.text()[at + m.len()..]))
    {
        let name = name.split('"').next().unwrap();
        let known = ["viewport", "scene"].contains(&name);
        assert!(
            known || crate::protocol::TextField::named(name).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn other_methods_and_paths_are_refused() {
    let server = Server::start(|_| ());
    for (line, status, allow) in [
        ("PUT /render", 405, Some("get, head, post")),
        ("DELETE /", 405, Some("get, head")),
        ("POST /", 405, Some("get, head")),
        ("GET /nothing", 404, None),
        ("POST /render/x", 404, None),
    ] {
        let answer = server.ask(format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
        assert_eq!(
            (answer.status, answer.header("allow")),
            (status, allow),
            "{line}"
        );
        answer.refusal();
    }
}

#[test]
fn head_answers_like_get_without_a_body() {
    let server = Server::start(|_| ());
    for path in ["/", "/render"] {
        let mut stream = server.send(
            format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
        );
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
}
