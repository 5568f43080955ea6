//! What is wrong with a form.

use super::{Row, good, view};
use crate::harness::multipart::{Form, Part};

fn form() -> Form {
    Form::drake("depth", &view(), &good().bytes())
}

/// The rows of the table.
pub(super) fn rows() -> Vec<Row> {
    let set = |name, field, value: &str, status, code| {
        Row::form(name, form().set(field, value), status, code)
    };
    let mut rows = vec![
        set("`width` 0", "width", "0", 400, "invalid_field"),
        set("`width` -1", "width", "-1", 400, "invalid_field"),
        set("`width` 1e9", "width", "1e9", 400, "invalid_field"),
        set("`width` 10⁹", "width", "1000000000", 413, "image_too_wide"),
        set(
            "`height` 2⁶⁴",
            "height",
            "18446744073709551616",
            413,
            "image_too_high",
        ),
        set(
            "`focal_x` negative",
            "focal_x",
            "-100",
            400,
            "invalid_field",
        ),
        set(
            "`focal_y` not a number",
            "focal_y",
            "nan",
            400,
            "invalid_field",
        ),
        set("`focal_x` 1e999", "focal_x", "1e999", 400, "invalid_field"),
        set(
            "`focal_x` of 1e-320",
            "focal_x",
            "1e-320",
            400,
            "invalid_field",
        ),
        set("`near` beyond `far`", "near", "200", 400, "invalid_field"),
        set(
            "`near` equal to `far`",
            "near",
            "100.000000",
            400,
            "invalid_field",
        ),
        set("`far` infinite", "far", "inf", 400, "invalid_field"),
        set(
            "`center_x` beside the image",
            "center_x",
            "33",
            400,
            "invalid_field",
        ),
        set(
            "`center_y` before it",
            "center_y",
            "-0.5",
            400,
            "invalid_field",
        ),
        set(
            "`min_depth` beyond `max_depth`",
            "min_depth",
            "300",
            400,
            "invalid_field",
        ),
        set(
            "`image_type` with a path",
            "image_type",
            "../../etc/passwd",
            400,
            "invalid_field",
        ),
        set(
            "`fov_y` of more than a half turn",
            "fov_y",
            "4",
            400,
            "invalid_field",
        ),
        set(
            "a hash of another scene",
            "scene_sha256",
            &"0".repeat(64),
            400,
            "scene_sha256_mismatch",
        ),
        set(
            "a hash that is none",
            "scene_sha256",
            &"z".repeat(64),
            400,
            "invalid_field",
        ),
        set(
            "a number of 100,000 digits",
            "near",
            &"9".repeat(100_000),
            413,
            "field_too_long",
        ),
        Row::form(
            "a field twice",
            form().with("near", "1"),
            400,
            "duplicate_field",
        ),
        Row::form(
            "a field of no such name",
            form().with("__proto__", "1"),
            400,
            "unknown_field",
        ),
        Row::form(
            "a name of 50,000 letters",
            form().with(&"x".repeat(50_000), "1"),
            400,
            "unknown_field",
        ),
        Row::form("no `width`", form().without("width"), 400, "missing_field"),
        Row::form("no scene", form().without("scene"), 400, "missing_field"),
        Row::form(
            "an empty scene",
            form().set("scene", ""),
            400,
            "missing_field",
        ),
        Row::form(
            "time before the beginning",
            form().with("time", "-1"),
            400,
            "invalid_field",
        ),
    ];
    let mut bytes = form();
    let near = bytes
        .parts
        .iter_mut()
        .find(|part| part.name == "near")
        .unwrap();
    near.bytes = vec![0xFF, 0xFE, 0];
    rows.push(Row::form(
        "a value that is not UTF-8",
        bytes,
        400,
        "invalid_field",
    ));
    let mut twice = form();
    let scene = twice.parts.last().unwrap().clone();
    twice.parts.push(scene);
    rows.push(Row::form("two scenes", twice, 400, "duplicate_field"));
    let mut many = form();
    let part = Part {
        name: "submit".to_owned(),
        file: None,
        bytes: Vec::new(),
    };
    many.parts.splice(0..0, vec![part; 100_000]);
    rows.push(Row::form(
        "a field 100,000 times",
        many,
        400,
        "duplicate_field",
    ));
    let mut evil = form();
    evil.parts.last_mut().unwrap().file =
        Some(("../../../../etc/cron.d/x".into(), "text/plain".into()));
    evil = evil.set("near", "0");
    rows.push(Row::form(
        "a file's name with a path, and `near` 0",
        evil,
        400,
        "invalid_field",
    ));
    rows
}
