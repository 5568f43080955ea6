//! Forms that are not as the contract has them: each is refused by name, and the next good request
//! is unharmed.

use crate::harness::client;
use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::view::View;
use crate::harness::{server, trials};

trials![
    missing_fields,
    duplicate_fields,
    unknown_fields,
    values_that_cannot_be,
    values_that_disagree,
    choices_in_the_file,
    images_too_large,
    wrong_hash,
    depth_range_of_other_images,
    bodies_that_are_no_form,
    truncated_forms,
    long_values_make_short_errors,
];

fn good() -> Form {
    let view = View::new(40, 30, 30.0);
    Form::drake("depth", &view, &Gltf::one_box(&view).bytes())
}

/// Checks a refusal, that its message has all of `words`, and that the next request is served.
fn refused(form: &Form, status: u16, code: &str, words: &[&str]) {
    let message = client::post(server::shared(), form).refusal(status, code);
    client::names(&message, words);
    assert_eq!(
        client::post(server::shared(), &good()).status,
        200,
        "after: {message}"
    );
}

fn missing_fields() {
    for name in [
        "scene",
        "image_type",
        "width",
        "height",
        "near",
        "far",
        "focal_x",
        "focal_y",
        "center_x",
        "center_y",
        "min_depth",
        "max_depth",
    ] {
        refused(&good().without(name), 400, "missing_field", &[name]);
    }
    // What a browser sends if no file was chosen.
    refused(&good().set("scene", ""), 400, "missing_field", &["scene"]);
}

fn duplicate_fields() {
    for (name, value) in [
        ("near", "0.010000"),
        ("image_type", "depth"),
        ("submit", "Render"),
    ] {
        refused(&good().with(name, value), 400, "duplicate_field", &[name]);
    }
    let mut form = good();
    form.parts.push(form.parts.last().unwrap().clone());
    refused(&form, 400, "duplicate_field", &["scene"]);
}

fn unknown_fields() {
    refused(
        &good().with("colour", "red"),
        400,
        "unknown_field",
        &["colour"],
    );
    refused(&good().with("Near", "1"), 400, "unknown_field", &["Near"]);
    refused(&good().with("", "1"), 400, "unknown_field", &[]);
}

fn values_that_cannot_be() {
    for (name, value) in [
        ("width", "0"),
        ("width", "-4"),
        ("height", "12.5"),
        ("height", "many"),
        ("width", ""),
        ("near", "nan"),
        ("near", "0.000000"),
        ("near", "-1.0"),
        ("far", "inf"),
        ("far", "1e999"),
        ("focal_x", "0"),
        ("focal_y", "-100.0"),
        ("focal_y", "1e-320"),
        ("focal_x", "NaN"),
        ("focal_y", "1,5"),
        ("center_x", "infinity"),
        ("center_y", "half"),
        ("min_depth", "-0.1"),
        ("min_depth", "nan"),
        ("max_depth", "inf"),
        ("image_type", "colour"),
        ("image_type", ""),
        ("fov_x", "wide"),
        ("fov_y", "nan"),
        ("scene_sha256", "123"),
    ] {
        let form = good().set(name, value);
        // Numbers are said as they were read.
        let said = value.trim_end_matches(".000000").trim_end_matches(".0");
        refused(&form, 400, "invalid_field", &[name, said]);
    }
    refused(
        &good().with("depth_format", "png8"),
        400,
        "invalid_field",
        &["depth_format", "png8"],
    );
}

fn values_that_disagree() {
    refused(
        &good().set("near", "100.000000"),
        400,
        "invalid_field",
        &["near", "far"],
    );
    refused(
        &good().set("far", "0.005"),
        400,
        "invalid_field",
        &["near", "far", "0.005"],
    );
    let form = good().set("min_depth", "3").set("max_depth", "2");
    refused(&form, 400, "invalid_field", &["min_depth", "max_depth"]);
    refused(
        &good().set("min_depth", "100.0"),
        400,
        "invalid_field",
        &["min_depth", "max_depth"],
    );
}

fn choices_in_the_file() {
    for (name, value) in [
        ("time", "-1"),
        ("time", "nan"),
        ("time", "inf"),
        ("time", "late"),
        ("camera", "1"),
        ("camera", "left eye"),
    ] {
        let form = good().with(name, value);
        refused(&form, 400, "invalid_field", &[name, value]);
    }
    let twice = good().with("time", "1").with("time", "1");
    refused(&twice, 400, "duplicate_field", &["time"]);
    let long = good().with("variant", &"x".repeat(257));
    refused(&long, 413, "field_too_long", &["variant"]);
}

fn images_too_large() {
    for (width, height, code, word) in [
        ("4294967295", "4294967295", "image_too_wide", "4294967295"),
        ("1000000", "1", "image_too_wide", "1000000"),
        ("20000", "20000", "image_too_wide", "20000"),
        ("1", "8193", "image_too_high", "8193"),
        ("1", "99999999999999999999", "image_too_high", "height"),
    ] {
        let form = good().set("width", width).set("height", height);
        refused(&form, 413, code, &[word]);
    }
}

fn wrong_hash() {
    let zero = "0".repeat(64);
    refused(
        &good().set("scene_sha256", &zero),
        400,
        "scene_sha256_mismatch",
        &["scene_sha256"],
    );
}

/// Drake sends a range with depth alone; elsewhere it means nothing.
fn depth_range_of_other_images() {
    let form = good().set("image_type", "label");
    refused(&form, 400, "invalid_field", &["_depth", "label"]);
}

fn bodies_that_are_no_form() {
    let body = good().encode();
    for (content_type, body) in [
        ("application/json", &b"{}"[..]),
        ("application/x-www-form-urlencoded", b"near=1"),
        ("multipart/form-data", &body),
        ("multipart/mixed; boundary=x", &body),
        ("multipart/form-data; boundary=other", &body),
        ("", &body),
    ] {
        let reply = client::post_bytes(server::shared(), "/render", content_type, body);
        reply.refusal(400, "bad_form");
    }
    let empty = client::post_bytes(server::shared(), "/render", &Form::content_type(), b"");
    empty.refusal(400, "bad_form");
    assert_eq!(client::post(server::shared(), &good()).status, 200);
}

/// Bodies that end in the middle of a part, of its head, and of the last boundary.
fn truncated_forms() {
    let body = good().encode();
    for cut in [3, 40, 500, 5000] {
        let part = &body[..body.len() - cut.min(body.len() - 10)];
        let reply = client::post_bytes(server::shared(), "/render", &Form::content_type(), part);
        reply.refusal(400, "bad_form");
    }
    let reply = client::post_bytes(
        server::shared(),
        "/render",
        &Form::content_type(),
        &body[..90],
    );
    reply.refusal(400, "bad_form");
    assert_eq!(client::post(server::shared(), &good()).status, 200);
}

fn long_values_make_short_errors() {
    let long = "9".repeat(100_000);
    refused(&good().set("near", &long), 413, "field_too_long", &["near"]);
    let name = "x".repeat(50_000);
    refused(&good().with(&name, "1"), 400, "unknown_field", &["xxx"]);
}
