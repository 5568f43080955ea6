//! The contract over HTTP, but for refusals.

use std::thread;

use crate::harness::client::{self, Reply};
use crate::harness::decode;
use crate::harness::gltf::{Gltf, VTK, label};
use crate::harness::multipart::Form;
use crate::harness::view::View;
use crate::harness::{images, server, trials};

trials![
    media_types,
    image_has_the_size_asked_for,
    same_request_same_bytes,
    eight_clients_at_once,
    any_order_of_fields,
    the_hash_is_optional,
    submit_is_ignored,
    ignored_extensions_are_named,
    pages_for_people,
    head_is_get_without_a_body,
    wrong_methods,
    unknown_pages,
    two_requests_on_one_connection,
    a_client_that_goes_away,
];

fn view() -> View {
    View::new(40, 30, 30.0)
}

fn scene() -> Vec<u8> {
    Gltf::one_box(&view()).bytes()
}

fn form(image_type: &str) -> Form {
    Form::drake(image_type, &view(), &scene())
}

fn post(form: &Form) -> Reply {
    client::post(server::shared(), form)
}

fn media_types() {
    for (image_type, expected) in [
        ("color", "image/png"),
        ("label", "image/png"),
        ("depth", "image/tiff"),
    ] {
        let reply = post(&form(image_type));
        assert_eq!((reply.status, reply.content_type.as_str()), (200, expected));
    }
    let reply = post(&form("depth").with("depth_format", "png16"));
    assert_eq!(
        (reply.status, reply.content_type.as_str()),
        (200, "image/png")
    );
    let tiff = post(&form("depth").with("depth_format", "tiff"));
    assert_eq!(tiff, post(&form("depth")));
}

fn image_has_the_size_asked_for() {
    for (width, height) in [(1, 1), (1, 37), (255, 3), (257, 129)] {
        let view = View::new(width, height, 20.0);
        let scene = scene();
        let (color, label) = (images::color(&view, &scene), images::label(&view, &scene));
        let depth = images::depth(&view, &scene);
        for size in [
            (color.width, color.height),
            (label.width, label.height),
            (depth.width, depth.height),
        ] {
            assert_eq!(size, (width, height));
        }
    }
}

fn same_request_same_bytes() {
    for image_type in ["color", "depth", "label"] {
        let first = post(&form(image_type)).image();
        for _ in 0..3 {
            assert!(post(&form(image_type)).image() == first, "{image_type}");
        }
    }
}

fn eight_clients_at_once() {
    let expected = ["color", "depth", "label"].map(|t| (t, post(&form(t)).image()));
    thread::scope(|scope| {
        for client in 0..8 {
            let expected = &expected;
            scope.spawn(move || {
                for round in 0..4 {
                    let (image_type, image) = &expected[(client + round) % 3];
                    assert!(post(&form(image_type)).image() == *image, "{image_type}");
                }
            });
        }
    });
}

fn any_order_of_fields() {
    let mut turned = form("depth");
    turned.parts.reverse();
    assert_eq!(post(&turned), post(&form("depth")));
}

fn the_hash_is_optional() {
    assert_eq!(
        post(&form("label").without("scene_sha256")),
        post(&form("label"))
    );
}

fn submit_is_ignored() {
    assert_eq!(post(&form("label").without("submit")), post(&form("label")));
    assert_eq!(
        post(&form("label").set("submit", "x")),
        post(&form("label"))
    );
}

/// What is optional and not supported is left out of the image, and said.
fn ignored_extensions_are_named() {
    let used = |names: &[&str]| {
        let mut gltf: serde_json::Value = serde_json::from_slice(&scene()).unwrap();
        gltf["extensionsUsed"] = names.into();
        let scene = serde_json::to_vec(&gltf).unwrap();
        let reply = post(&Form::drake("label", &view(), &scene));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.ignored_extensions
    };
    assert_eq!(
        used(&["VENDOR_odd", "VENDOR_even"]),
        "VENDOR_odd, VENDOR_even"
    );
    assert_eq!(used(&["VENDOR_odd", "a\r\nX-Y: z"]), "VENDOR_odd, ...");
    // Those that objects have, declared or not.
    let mut gltf: serde_json::Value = serde_json::from_slice(&scene()).unwrap();
    gltf["extensionsUsed"] = ["VENDOR_odd"].into();
    gltf["nodes"][0]["extensions"] = serde_json::json!({"VENDOR_node": {}, "VENDOR_odd": {}});
    gltf["bufferViews"][0]["extensions"] = serde_json::json!({"VENDOR_view": {}});
    let reply = post(&Form::drake(
        "label",
        &view(),
        &serde_json::to_vec(&gltf).unwrap(),
    ));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let ignored = "VENDOR_odd, VENDOR_view, VENDOR_node";
    assert_eq!(reply.ignored_extensions, ignored);
    assert_eq!(post(&form("label")).ignored_extensions, "");
}

fn pages_for_people() {
    for (path, words) in [
        ("/", ["gltf-render-server", "up for"]),
        ("/render", ["<form", "scene"]),
    ] {
        let reply = client::get(server::shared(), path);
        assert_eq!(reply.status, 200);
        assert!(
            reply.content_type.starts_with("text/html"),
            "{}",
            reply.content_type
        );
        for word in words {
            assert!(
                reply.text().to_lowercase().contains(word),
                "{path}: no {word}"
            );
        }
    }
}

fn head_is_get_without_a_body() {
    for path in ["/", "/render"] {
        let reply = client::method(server::shared(), "HEAD", path);
        assert_eq!((reply.status, reply.body.len()), (200, 0), "{path}");
        let page = client::get(server::shared(), path);
        assert_eq!(reply.content_type, page.content_type);
    }
}

fn wrong_methods() {
    for (method, path) in [("PUT", "/render"), ("DELETE", "/render"), ("POST", "/")] {
        let reply = client::method(server::shared(), method, path);
        reply.refusal(405, "method_not_allowed");
        let allowed = if path == "/" { "GET" } else { "POST" };
        assert!(reply.allow.contains(allowed), "Allow: {}", reply.allow);
    }
}

fn unknown_pages() {
    let message = client::get(server::shared(), "/rendr").refusal(404, "not_found");
    assert!(message.contains("/rendr"), "{message}");
    let body = form("color").encode();
    let reply = client::post_bytes(server::shared(), "/rendr", &Form::content_type(), &body);
    reply.refusal(404, "not_found");
}

/// A proxy keeps connections open, unlike Drake's client.
fn two_requests_on_one_connection() {
    let body = form("label").encode();
    let head = |connection| {
        format!(
            "POST /render HTTP/1.1\r\nHost: test\r\nAccept: */*\r\nConnection: {connection}\r\n\
             Content-Length: {}\r\nContent-Type: {}\r\n\r\n",
            body.len(),
            Form::content_type()
        )
    };
    let (one, two) = (head("keep-alive"), head("close"));
    let request = [one.as_bytes(), &body, two.as_bytes(), &body].concat();
    let answer = client::raw(server::shared(), &request);
    let image = post(&form("label")).image();
    let found = answer.windows(image.len()).filter(|bytes| *bytes == image);
    assert_eq!(found.count(), 2, "two whole images");
}

/// A client that breaks off in the middle costs the server nothing.
fn a_client_that_goes_away() {
    let body = form("color").encode();
    let head = format!(
        "POST /render HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\nContent-Type: {}\r\n\r\n",
        body.len(),
        Form::content_type()
    );
    for part in [0, 1, 100, body.len() / 2, body.len() - 1] {
        client::break_off(server::shared(), &[head.as_bytes(), &body[..part]].concat());
    }
    client::break_off(server::shared(), b"GET / HTTP/1.1\r\n");
    client::break_off(server::shared(), b"\x16\x03\x01 not http at all \r\n\r\n");
    let image = decode::rgb(&post(&form("label")).image());
    assert_eq!(image.middle(), label(7));
    let mut nothing = Gltf::new(VTK);
    nothing.camera(&view());
    let empty = images::label(&view(), &nothing.bytes());
    assert_eq!(empty.middle(), [255; 3]);
}
