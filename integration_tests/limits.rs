//! What the operator's limits refuse, and that the server goes on.

use std::thread;

use gltf_render_server::scene::Limit;
use serde_json::json;

use crate::geometry::view;
use crate::harness::client;
use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::server::{Server, program};
use crate::harness::trials;
use crate::harness::view::View;
use crate::motion::{add_target, boxed, moving};

trials![
    a_body_too_large,
    each_limit_of_scenes_has_its_option_and_code,
    limits_of_images,
    too_little_memory_on_the_gpu,
    a_full_queue,
    no_place_for_files,
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

/// A scene, and fields of its request.
type Case = (Vec<u8>, Vec<(&'static str, &'static str)>);

/// Scenes that use two of all that is counted, at least.
fn uses_all() -> Vec<Case> {
    let asset = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/");
        std::fs::read(format!("{folder}{name}")).unwrap()
    };
    let mut morphed = boxed();
    add_target(&mut morphed);
    morphed.json["meshes"][0]["weights"] = json!([0.5]);
    morphed.root(json!({"mesh": 0}));
    morphed.camera(&view());
    let moved = vec![("time", "1.5")];
    vec![
        (asset("sample.glb"), vec![]),
        (asset("compressed/box_draco.glb"), vec![]),
        (morphed.bytes(), vec![]),
        (moving().bytes(), moved),
    ]
}

/// What one of the scenes uses is refused where one less is allowed, with the words for who may raise it.
fn each_limit_of_scenes_has_its_option_and_code() {
    for limit in Limit::ALL {
        let option = format!("--{}", limit.option());
        let server = Server::on_free_port(&[&option, "1"]);
        let mut refused = 0;
        for (scene, fields) in uses_all() {
            let form = Form::drake("color", &view(), &scene);
            let form = fields
                .iter()
                .fold(form, |form, (name, value)| form.with(name, value));
            let reply = client::post(&server, &form);
            if reply.status == 413 {
                let message = reply.refusal(413, limit.code());
                client::names(&message, &[&format!("({option})")]);
                refused += 1;
            }
        }
        assert!(refused > 0, "{option}");
        server.stop();
    }
}

fn limits_of_images() {
    let limits = [
        "--max-width",
        "20",
        "--max-height",
        "16",
        "--max-pixels",
        "300",
    ];
    let server = Server::on_free_port(&limits);
    assert_eq!(client::post(&server, &form(20, 15)).status, 200);
    for (width, height, code, option) in [
        (21, 1, "image_too_wide", "--max-width"),
        (1, 17, "image_too_high", "--max-height"),
        (20, 16, "image_too_large", "--max-pixels"),
    ] {
        let message = client::post(&server, &form(width, height)).refusal(413, code);
        client::names(&message, &[option]);
    }
    server.stop();
}

/// An image that needs more than its worker's part is refused, and the next that does not is drawn.
fn too_little_memory_on_the_gpu() {
    let server = Server::on_free_port(&["--workers", "2", "--gpu-memory", "16MiB"]);
    let small = client::post(&server, &form(64, 64)).image();
    for _ in 0..3 {
        let refused = client::post(&server, &form(1600, 1200));
        let message = refused.refusal(413, "gpu_memory_too_small");
        client::names(&message, &["--gpu-memory", "8388608"]);
        assert_eq!(client::post(&server, &form(64, 64)).image(), small);
    }
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

/// Where a large scene cannot be kept in a file, that is no fault of the scene, and the next small one is drawn.
fn no_place_for_files() {
    let mut command = program();
    command.args(["--host", "127.0.0.1", "--port", "0", "--workers", "1"]);
    command.env("TMPDIR", "/nonexistent");
    let server = Server::start(command);
    let mut large = form(16, 16);
    large.parts.last_mut().unwrap().bytes.resize(70 << 20, b' ');
    let reply = client::post(&server, &large);
    reply.refusal(503, "storage_failure");
    assert_eq!(reply.retry_after, "1");
    assert_eq!(client::post(&server, &form(16, 16)).status, 200);
    // Its log has an error, and should.
    assert!(server.log().contains("temporary file"));
    server.terminate();
}
