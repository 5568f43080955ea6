//! The status page while it is watched, and what it keeps for those who debug.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::testing::{Server, form};

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes()
}

/// Follows the events; has read the head of the answer.
fn follow(server: &Server) -> BufReader<TcpStream> {
    let mut events = BufReader::new(server.send(&get("/events")));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(events.read_line(&mut head).unwrap(), 0, "{head}");
    }
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let head = head.to_lowercase();
    assert!(
        head.contains("content-type: text/event-stream\r\n"),
        "{head}"
    );
    assert!(head.contains("x-accel-buffering: no\r\n"), "{head}");
    events
}

/// Reads up to the end of an event.
fn event(events: &mut BufReader<TcpStream>) -> String {
    let mut event = String::new();
    while !event.ends_with("\n\n") {
        assert_ne!(events.read_line(&mut event).unwrap(), 0, "{event}");
    }
    event
}

#[test]
fn whoever_watches_is_told_what_changes() {
    let server = Server::start(|_| ());
    let mut events = follow(&server);
    let first = event(&mut events);
    assert!(first.contains("event: status\n"), "{first}");
    assert!(first.contains("none yet"), "{first}");
    assert_eq!(server.post(&form(&[("scene", b"abc")])).status, 200);
    assert_eq!(server.post(&form(&[("scene", b"broken")])).status, 422);
    let patience = Instant::now() + Duration::from_secs(15);
    loop {
        let next = event(&mut events);
        if next.contains("<dt>Requests, last minute</dt><dd>2</dd>") {
            assert!(next.contains("<dt>Errors, last minute</dt><dd>1</dd>"));
            assert!(next.contains("<td>color</td><td>422</td><td>1</td>"));
            break;
        }
        assert!(Instant::now() < patience, "{next}");
    }
}

#[test]
fn watchers_do_not_hold_up_the_end() {
    let server = Server::start(|_| ());
    let events = follow(&server);
    let begun = Instant::now();
    assert_eq!(server.stop(), Some(15));
    assert!(begun.elapsed() < Duration::from_secs(10));
    // Whatever was sent, it has an end.
    assert!(events.lines().count() < 1000);
}

#[test]
fn only_so_many_watch() {
    let server = Server::start(|_| ());
    let mut watchers: Vec<_> = (0..32).map(|_| follow(&server)).collect();
    let refused = server.ask(&get("/events"));
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(refused.refusal().0, "queue_full");
    watchers.pop();
    // That one is gone is seen when something is sent.
    let patience = Instant::now() + Duration::from_secs(15);
    while server.app.live.watchers() == 32 {
        assert!(Instant::now() < patience);
        thread::sleep(Duration::from_millis(20));
    }
    follow(&server);
}

#[test]
fn the_last_images_are_for_those_who_debug() {
    for debug in [false, true] {
        let server = Server::start(|config| config.debug = debug);
        assert_eq!(server.post(&form(&[("scene", b"<scene>")])).status, 200);
        let image = server.ask(&get("/renders/0/image"));
        let scene = server.ask(&get("/renders/0/scene"));
        let thumbnail = server.ask(&get("/renders/0/thumbnail"));
        if debug {
            assert_eq!((image.status, image.text()), (200, "<scene>"));
            assert_eq!(image.header("content-type"), Some("image/png"));
            assert_eq!((scene.status, scene.text()), (200, "<scene>"));
            assert_eq!(scene.header("content-type"), Some("model/gltf+json"));
            // It is no image, whatever the renderer says.
            assert_eq!(thumbnail.status, 500);
            let page = server.ask(&get("/"));
            for part in [
                "<b>color</b> 640 × 480",
                "/renders/0/scene",
                "-F focal_x=500",
            ] {
                assert!(page.text().contains(part), "{}", page.text());
            }
        } else {
            for answer in [image, scene, thumbnail] {
                assert_eq!(answer.status, 404);
                assert_eq!(answer.refusal().0, "not_found");
            }
        }
        for path in ["/renders/1/image", "/renders/1/scene", "/renders/x/image"] {
            assert_eq!(server.ask(&get(path)).status, 404, "{path}");
        }
    }
}
