//! What the operator's limits refuse, and that the server goes on.

use std::thread;

use crate::harness::client;
use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::server::Server;
use crate::harness::trials;
use crate::harness::view::View;

trials![
    a_body_too_large,
    a_full_queue,
    a_request_that_takes_too_long
];

fn form(width: u32, height: u32) -> Form {
    let view = View::new(width, height, 400.0);
    Form::drake("color", &view, &Gltf::one_box(&view).bytes())
}

/// Refused whether the length is announced or found out while receiving.
fn a_body_too_large() {
    let server = Server::on_free_port(&["--max-body", "16KiB"]);
    assert_eq!(client::post(&server, &form(16, 16)).status, 200);
    let mut large = form(16, 16);
    large.parts.last_mut().unwrap().bytes.resize(17 << 10, b' ');
    let message = client::post(&server, &large).refusal(413, "body_too_large");
    assert!(message.contains("16384"), "{message}");
    let body = large.encode();
    let head = format!(
        "POST /render HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\nContent-Type: {}\r\n\r\n{:x}\r\n",
        Form::content_type(),
        body.len()
    );
    let chunked = [head.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    let answer = String::from_utf8(client::raw(&server, &chunked)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(client::post(&server, &form(16, 16)).status, 200);
    server.stop();
}

/// One is drawn, one waits, the others are told at once to come back.
fn a_full_queue() {
    let server = Server::on_free_port(&["--workers", "1", "--queue", "1"]);
    let large = form(1600, 1200);
    let replies: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| client::post(&server, &large)))
            .collect();
        clients.into_iter().map(|c| c.join().unwrap()).collect()
    });
    let (served, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|r| r.status == 200);
    assert!(
        !served.is_empty() && !refused.is_empty(),
        "{} served",
        served.len()
    );
    for reply in refused {
        reply.refusal(503, "queue_full");
        let seconds: u32 = reply.retry_after.parse().expect("Retry-After in seconds");
        assert!((1..=60).contains(&seconds));
    }
    assert_eq!(client::post(&server, &form(16, 16)).status, 200);
    server.stop();
}

fn a_request_that_takes_too_long() {
    let server = Server::on_free_port(&["--timeout", "0.001"]);
    for _ in 0..3 {
        client::post(&server, &form(2000, 2000)).refusal(504, "timeout");
    }
    assert_eq!(client::get(&server, "/").status, 200);
    server.stop();
}
