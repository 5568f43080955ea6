//! Who waits how long: deadlines, slow senders, clients that take turns, and the end of the server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::testing::*;

const SCENE: [(&str, &[u8]); 1] = [("scene", b"abc")];
const READY: &[u8] = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.refusal().0)
}

#[test]
fn a_worker_that_hangs_is_replaced_and_its_client_told() {
    let server = Server::start(|config| config.timeout = Some(Duration::from_millis(100)));
    let mut first = server.occupy();
    assert_eq!(code(&Answer::read(&mut first)), (504, "timeout".to_owned()));
    // Nobody has released it.
    server.until(|counters| counters.abandoned == 1 && counters.replaced == 1);
    assert_eq!(server.ask(READY).status, 200);
    assert_eq!(server.post(&form(&SCENE)).status, 200);
    assert_eq!(server.app.pool.counters().stuck, 1);
    server.release.send(()).unwrap();
    server.until(|counters| counters.stuck == 0);
}

#[test]
fn a_client_that_hangs_up_frees_its_place() {
    let server = Server::start(|config| config.queue = 1);
    let mut first = server.occupy();
    let second = server.send(&request("/render", &form(&SCENE)));
    server.until(|counters| counters.queued == 1);
    drop(second);
    server.until(|counters| counters.queued == 0 && counters.skipped == 1);
    let mut third = server.send(&request("/render", &form(&SCENE)));
    server.until(|counters| counters.queued == 1);
    server.release.send(()).unwrap();
    assert_eq!(Answer::read(&mut first).status, 200);
    assert_eq!(Answer::read(&mut third).status, 200);
    assert_eq!(server.app.store.bytes(), 0);
}

#[test]
fn clients_behind_a_proxy_take_turns() {
    let server = Server::start(|_| ());
    let mut first = server.occupy();
    let post = |client: &str, scene: &str| {
        let body = form(&[("scene", scene.as_bytes())]);
        let text = request("/render", &body);
        let head = b"POST /render HTTP/1.1\r\n";
        let named = format!("X-Forwarded-For: {client}\r\n");
        let rest = text.strip_prefix(head).unwrap();
        let before = server.app.pool.counters().queued;
        let stream = server.send(&[head.as_slice(), named.as_bytes(), rest].concat());
        server.until(|counters| counters.queued == before + 1);
        stream
    };
    let mut many: Vec<_> = (0..4).map(|_| post("192.0.2.1", "wait")).collect();
    let mut other = post("192.0.2.2", "other");
    // The other client's image is drawn second, though four were there before it.
    for _ in 0..2 {
        server.release.send(()).unwrap();
    }
    assert_eq!(Answer::read(&mut first).status, 200);
    assert_eq!(Answer::read(&mut other).text(), "other");
    assert!(server.app.pool.counters().queued >= 2);
    for _ in 0..3 {
        server.release.send(()).unwrap();
    }
    for stream in &mut many {
        assert_eq!(Answer::read(stream).status, 200);
    }
}

#[test]
fn slow_senders_are_cut_off() {
    let server = Server::start(|config| {
        // The clock behind this one goes in steps of half a second.
        config.header_timeout = Duration::from_millis(1500);
        config.body_timeout = Duration::from_millis(300);
    });
    let text = request("/render", &form(&SCENE));
    let begun = Instant::now();
    let mut head = server.send(&text[..20]);
    let mut stalls = server.send(&text[..text.len() - 20]);
    assert_eq!(
        code(&Answer::read(&mut stalls)),
        (408, "body_timeout".to_owned())
    );
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut head, &mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(server.post(&form(&SCENE)).status, 200);
}

/// One byte now and then is no way to hold a connection either.
#[test]
fn a_sender_of_single_bytes_is_cut_off() {
    let server = Server::start(|config| config.body_timeout = Duration::from_millis(500));
    let text = request("/render", &form(&[("scene", &[b'x'; 600])]));
    // Each byte of a scene arrives by itself, where a header is waited for as a whole.
    let (now, later) = text.split_at(text.len() - 500);
    let mut drips = server.send(now);
    let begun = Instant::now();
    for byte in later.chunks(1).take(300) {
        let is_answered = || {
            drips.set_nonblocking(true).unwrap();
            let answered = drips.peek(&mut [0]).is_ok();
            drips.set_nonblocking(false).unwrap();
            answered
        };
        if is_answered() || drips.write_all(byte).is_err() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    // Long before it stopped by itself, after three seconds.
    assert!(begun.elapsed() < Duration::from_millis(2900));
    let answer = Answer::read(&mut drips);
    assert_eq!(code(&answer), (408, "body_timeout".to_owned()));
}

#[test]
fn a_client_that_takes_nothing_of_its_answer_is_cut_off() {
    let server = Server::start(|config| config.body_timeout = Duration::from_secs(2));
    // More than the kernel keeps for a connection.
    let scene = vec![b'x'; 40_000_000];
    let body = form(&[("scene", &scene)]);
    let mut stalls = server.send(&request("/render", &body));
    server.until(|counters| counters.done == 1);
    thread::sleep(Duration::from_secs(6));
    let mut came = Vec::new();
    let cut = stalls.read_to_end(&mut came);
    assert!(cut.is_err() || came.len() < scene.len(), "{}", came.len());
    // One that takes its time gets all of it.
    let mut slow = server.send(&request("/render", &body));
    server.until(|counters| counters.done == 2);
    thread::sleep(Duration::from_millis(300));
    assert!(Answer::read(&mut slow).body == scene);
}

/// A client that the kernels on both sides keep little for, as on a network with small packets.
fn small_packets(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    socket.set_tcp_mss(536).unwrap();
    socket.connect(&address.into()).unwrap();
    let patience = Some(Duration::from_secs(20));
    socket.set_read_timeout(patience).unwrap();
    socket.into()
}

/// Takes up to so many bytes of an answer, a little every 20 ms. Says whether they came, and how many did.
fn sip(client: &mut TcpStream, bytes: usize, at_a_time: usize) -> (bool, usize) {
    let mut sipped = vec![0; at_a_time];
    let mut came = 0;
    while came < bytes {
        match client.read(&mut sipped) {
            Ok(0) | Err(_) => return (false, came),
            Ok(read) => came += read,
        }
        thread::sleep(Duration::from_millis(20));
    }
    (true, came)
}

#[test]
fn a_client_that_takes_too_little_of_its_answer_is_cut_off() {
    let patience = Duration::from_secs(2);
    let server = Server::start(|config| config.body_timeout = patience);
    let scene = vec![b'x'; 800_000];
    let body = request("/render", &form(&[("scene", &scene)]));
    let address = server.address;
    let ask = |at_a_time| {
        let mut client = small_packets(address);
        client.write_all(&body).unwrap();
        let begun = Instant::now();
        let head = Answer::read_head(&mut client);
        let length = scene.len().to_string();
        assert_eq!(head.header("content-length"), Some(&*length));
        let (is_whole, came) = sip(&mut client, scene.len(), at_a_time);
        (is_whole, came, begun.elapsed())
    };
    thread::scope(|scope| {
        // 10,000 bytes a second, never so few that the kernel has enough of it.
        let drips = scope.spawn(|| ask(200));
        server.until(|_| server.app.counts.leaving() >= scene.len());
        // One that takes its time, but keeps the pace, gets all of it.
        let (is_whole, came, took) = ask(4000);
        assert!(is_whole && took > 2 * patience, "{came} in {took:?}");
        let (is_whole, came, took) = drips.join().unwrap();
        assert!(!is_whole && took > patience, "{came} in {took:?}");
    });
    let counts = &server.app.counts;
    server.until(|_| counts.leaving() == 0);
    assert_eq!(counts.cut_offs(), 1);
}

#[test]
fn waiting_scenes_are_bounded_in_bytes() {
    let server = Server::start(|config| config.queue_bytes = 8);
    let mut first = server.occupy();
    let refused = server.post(&form(&[("scene", b"12345")]));
    assert_eq!(code(&refused), (503, "queue_full".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    let mut second = server.send(&request("/render", &form(&[("scene", b"1234")])));
    server.until(|counters| counters.queued == 1);
    server.release.send(()).unwrap();
    assert_eq!(Answer::read(&mut first).status, 200);
    assert_eq!(Answer::read(&mut second).text(), "1234");
}

#[test]
fn stopping_gives_up_after_its_grace() {
    let server = Server::start(|config| config.grace = Duration::from_millis(300));
    let mut health = server.send(READY);
    assert_eq!(Answer::read(&mut health).status, 200);
    let mut first = server.occupy();
    let release = server.release.clone();
    let app = std::sync::Arc::clone(&server.app);
    let begun = Instant::now();
    let stopping = thread::spawn(|| server.stop());
    // Until then it says that it is about to end to whoever is still connected.
    while !app.stopping.is_draining() {
        thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(
        code(&Answer::read(&mut first)),
        (503, "shutting_down".to_owned())
    );
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(stopping.join().unwrap(), Some(15));
    assert!(begun.elapsed() < Duration::from_secs(20));
    drop(release);
}

#[test]
fn a_server_that_ends_is_not_ready() {
    let server = Server::start(|_| ());
    assert_eq!(server.ask(READY).text(), "ok\n");
    server.app.stopping.drain();
    let answer = server.ask(READY);
    assert_eq!(code(&answer), (503, "shutting_down".to_owned()));
    let alive = server.ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!((alive.status, alive.text()), (200, "ok\n"));
}
