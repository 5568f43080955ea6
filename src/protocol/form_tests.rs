//! Each way in which the form can be wrong, and what is said about it.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use super::*;

/// What Drake's client sends for a depth image.
const DEPTH: [(&str, &str); 14] = [
    ("center_x", "319.500000"),
    ("center_y", "239.500000"),
    ("far", "6.100000"),
    ("focal_x", "415.692194"),
    ("focal_y", "415.692194"),
    ("fov_x", "1.312107"),
    ("fov_y", "1.047198"),
    ("height", "480"),
    ("image_type", "depth"),
    ("max_depth", "4.500000"),
    ("min_depth", "0.700000"),
    ("near", "0.400000"),
    ("submit", "Render"),
    ("width", "640"),
];

/// The depth form with some fields changed (`Some`) or left out (`None`).
fn finish(changes: &[(&str, Option<&str>)]) -> Result<Submission, Refusal> {
    let mut fields: Vec<(&str, &str)> = DEPTH.to_vec();
    for &(name, value) in changes {
        fields.retain(|&(n, _)| n != name);
        fields.extend(value.map(|value| (name, value)));
    }
    let mut form = Form::default();
    for (name, value) in fields {
        form.add(TextField::named(name)?, value.as_bytes())?;
    }
    form.finish(DepthFormat::Tiff, &ImageLimits::default())
}

fn refused(changes: &[(&str, Option<&str>)]) -> (ErrorCode, String) {
    let refusal = finish(changes).unwrap_err();
    (refusal.code, refusal.message)
}

const NO_DEPTH: [(&str, Option<&str>); 2] = [("min_depth", None), ("max_depth", None)];

#[test]
fn reads_what_drake_sends() {
    let submission = finish(&[]).unwrap();
    assert_eq!(submission.scene_sha256, None);
    let request = submission.request;
    assert_eq!(request.image_type, ImageType::Depth);
    assert_eq!(
        request.camera,
        CameraRequest {
            size: ImageSize {
                width: 640,
                height: 480
            },
            choice: None,
            optics: Optics::Given {
                intrinsics: Intrinsics {
                    focal_x: 415.692_194,
                    focal_y: 415.692_194,
                    center_x: 319.5,
                    center_y: 239.5,
                },
                clipping: ClippingRange {
                    near: 0.4,
                    far: 6.1
                },
            },
        }
    );
    assert_eq!(request.selection, Selection::default());
    assert_eq!(request.depth_range, Some(DepthRange { min: 0.7, max: 4.5 }));
    assert_eq!(request.depth_format, DepthFormat::Tiff);
}

#[test]
fn color_and_label_have_no_depth_range() {
    for (name, image_type) in [("color", ImageType::Color), ("label", ImageType::Label)] {
        let mut changes = NO_DEPTH.to_vec();
        changes.push(("image_type", Some(name)));
        let request = finish(&changes).unwrap().request;
        assert_eq!(
            (request.image_type, request.depth_range),
            (image_type, None)
        );
    }
}

#[test]
fn fields_of_view_may_be_left_out_or_disagree() {
    let plain = finish(&[("fov_x", None), ("fov_y", None)]).unwrap();
    assert_eq!(finish(&[("fov_x", Some("0.1"))]).unwrap(), plain);
}

#[test]
fn depth_format_comes_from_the_form_or_the_default() {
    let mut form = Form::default();
    for (name, value) in DEPTH {
        form.add(TextField::named(name).unwrap(), value.as_bytes())
            .unwrap();
    }
    let format = |form: &Form| {
        form.finish(DepthFormat::Png16, &ImageLimits::default())
            .unwrap()
            .request
            .depth_format
    };
    assert_eq!(format(&form), DepthFormat::Png16);
    form.add(TextField::DepthFormat, b"tiff").unwrap();
    assert_eq!(format(&form), DepthFormat::Tiff);
}

const NO_LENS: [(&str, Option<&str>); 6] = [
    ("focal_x", None),
    ("focal_y", None),
    ("fov_x", None),
    ("fov_y", None),
    ("center_x", None),
    ("center_y", None),
];

#[test]
fn without_any_field_of_the_lens_the_scene_decides() {
    let optics = |changes: &[(&str, Option<&str>)]| {
        let changes = [&NO_LENS, changes].concat();
        finish(&changes).map(|submission| submission.request.camera.optics)
    };
    let of_scene = |near, far| Optics::OfScene { near, far };
    assert_eq!(optics(&[]).unwrap(), of_scene(Some(0.4), Some(6.1)));
    let no_planes = [("near", None), ("far", Some(""))];
    assert_eq!(optics(&no_planes).unwrap(), of_scene(None, None));
    // As a browser sends them.
    let empty = NO_LENS.map(|(name, _)| (name, Some("")));
    assert_eq!(optics(&empty).unwrap(), of_scene(Some(0.4), Some(6.1)));
    for (changes, message) in [
        (("near", "0"), "near must be greater than 0, not 0."),
        (("far", "-1"), "far must be greater than 0, not -1."),
        (("far", "inf"), "far must be a finite number, not \"inf\"."),
        (("near", "9"), "near (9) must be less than far (6.1)."),
    ] {
        let refusal = optics(&[(changes.0, Some(changes.1))]).unwrap_err();
        let found = (refusal.code, refusal.message.as_str());
        assert_eq!(found, (ErrorCode::InvalidField, message));
    }
}

#[test]
fn a_part_of_the_lens_is_not_enough() {
    for (name, _) in NO_LENS {
        let rest: Vec<_> = NO_LENS.into_iter().filter(|(n, _)| *n != name).collect();
        let (code, message) = refused(&rest);
        assert_eq!(code, ErrorCode::MissingField, "{name}");
        let lacks = if name == "focal_x" {
            "focal_y"
        } else {
            "focal_x"
        };
        assert_eq!(message, format!("The form lacks the field {lacks}."));
    }
}

#[test]
fn reads_what_is_chosen_in_the_file() {
    let changes = [
        ("time", Some("1.5")),
        ("animation", Some("walk")),
        ("variant", Some("2")),
        ("look", Some("drake")),
        ("camera", Some("left eye")),
    ];
    let request = finish(&changes).unwrap().request;
    let name = |text: &str| Some(Choice::Name(text.to_owned()));
    assert_eq!(
        request.selection,
        Selection {
            animation: name("walk"),
            time: Some(1.5),
            variant: Some(Choice::Index(2)),
            look: Look::Drake,
        }
    );
    assert_eq!(request.camera.choice, name("left eye"));
    let empty = changes.map(|(name, _)| (name, Some("")));
    assert_eq!(finish(&empty).unwrap(), finish(&[]).unwrap());
    for (time, message) in [
        ("-0.5", "time must not be negative, not -0.5."),
        ("nan", "time must be a finite number, not \"nan\"."),
        ("soon", "time must be a number, not \"soon\"."),
    ] {
        let expected = (ErrorCode::InvalidField, message.to_owned());
        assert_eq!(refused(&[("time", Some(time))]), expected);
    }
    for look in Look::ALL {
        let request = finish(&[("look", Some(look.as_str()))]).unwrap().request;
        assert_eq!(request.selection.look, look);
    }
    let expected = "look must be auto, drake or gltf, not \"Drake\".";
    assert_eq!(
        refused(&[("look", Some("Drake"))]),
        (ErrorCode::InvalidField, expected.to_owned())
    );
}

#[test]
fn reads_the_hash() {
    let hash = "ab".repeat(32);
    let submission = finish(&[("scene_sha256", Some(&hash))]).unwrap();
    assert_eq!(submission.scene_sha256, Some(SceneHash([0xab; 32])));
    assert_eq!(
        refused(&[("scene_sha256", Some("abc"))]).0,
        ErrorCode::InvalidField
    );
}

#[test]
fn every_field_but_four_is_required() {
    for (name, _) in DEPTH {
        if ["fov_x", "fov_y", "submit"].contains(&name) {
            finish(&[(name, None)]).unwrap();
        } else {
            let expected = format!("The form lacks the field {name}.");
            assert_eq!(
                refused(&[(name, None)]),
                (ErrorCode::MissingField, expected)
            );
        }
    }
}

#[test]
fn an_unknown_field_is_named_and_cut() {
    let (code, message) = refused(&[("focal_z", Some("1"))]);
    assert_eq!(code, ErrorCode::UnknownField);
    assert_eq!(message, "The form has no field named \"focal_z\".");
    let (_, message) = refused(&[(&"\n".repeat(9000), Some("1"))]);
    assert!(message.len() < 200 && !message.contains('\n'), "{message}");
}

#[test]
fn a_second_value_is_refused() {
    let mut form = Form::default();
    form.add(TextField::Near, b"1").unwrap();
    let refusal = form.add(TextField::Near, b"1").unwrap_err();
    assert_eq!(refusal.code, ErrorCode::DuplicateField);
    assert_eq!(refusal.message, "The form has more than one field near.");
}

#[test]
fn a_value_must_be_short_text() {
    let mut form = Form::default();
    let refusal = form.add(TextField::Near, b"\xff").unwrap_err();
    assert_eq!(refusal.code, ErrorCode::InvalidField);
    let refusal = form
        .add(TextField::Near, &[b'1'; MAX_VALUE_BYTES + 1])
        .unwrap_err();
    assert_eq!(refusal.code, ErrorCode::FieldTooLong);
    form.add(TextField::Near, &[b'1'; MAX_VALUE_BYTES]).unwrap();
}

#[test]
fn numbers_are_finite_and_in_range() {
    let numbers = [
        "center_x", "center_y", "far", "focal_x", "focal_y", "fov_x", "fov_y",
    ];
    for name in numbers
        .into_iter()
        .chain(["max_depth", "min_depth", "near"])
    {
        for value in ["", "x", "1 2", "1,5", "nan", "inf", "-inf", "-1", "1e13"] {
            if name.starts_with("fov") && value.is_empty() {
                continue;
            }
            let (code, message) = refused(&[(name, Some(value))]);
            assert_eq!(code, ErrorCode::InvalidField, "{name}={value}: {message}");
            let value = value.trim_start_matches("1e13");
            assert!(
                message.contains(name) && message.contains(value),
                "{message}"
            );
        }
    }
    for (name, value) in [
        ("focal_x", "0"),
        ("focal_y", "0.0"),
        ("near", "0"),
        ("fov_x", "3.2"),
    ] {
        assert_eq!(refused(&[(name, Some(value))]).0, ErrorCode::InvalidField);
    }
}

#[test]
fn the_size_is_whole_positive_and_limited() {
    for (name, too_large) in [
        ("width", ErrorCode::ImageTooWide),
        ("height", ErrorCode::ImageTooHigh),
    ] {
        for value in ["0", "-1", "640.0", "", "x", "nan"] {
            let (code, message) = refused(&[(name, Some(value))]);
            assert_eq!(code, ErrorCode::InvalidField, "{name}={value}");
            assert!(
                message.contains(name) && message.contains(value),
                "{message}"
            );
        }
        for value in ["8193", "4294967296", "99999999999999999999999"] {
            let (code, message) = refused(&[(name, Some(value))]);
            assert_eq!(code, too_large, "{name}={value}: {message}");
            assert!(
                message.contains(name) && message.contains(value),
                "{message}"
            );
        }
    }
    finish(&[("width", Some("8192")), ("height", Some("8192"))]).unwrap();
}

#[test]
fn the_center_lies_in_the_image() {
    for (name, edge, outside) in [("center_x", "640", "640.1"), ("center_y", "480", "480.1")] {
        finish(&[(name, Some(edge))]).unwrap();
        finish(&[(name, Some("0"))]).unwrap();
        let (code, message) = refused(&[(name, Some(outside))]);
        assert_eq!(code, ErrorCode::InvalidField);
        assert!(message.contains(outside), "{message}");
    }
}

#[test]
fn ranges_are_ordered() {
    let (code, message) = refused(&[("near", Some("6.1"))]);
    assert_eq!(code, ErrorCode::InvalidField);
    assert_eq!(message, "near (6.1) must be less than far (6.1).");
    let (code, message) = refused(&[("min_depth", Some("5"))]);
    assert_eq!(code, ErrorCode::InvalidField);
    assert_eq!(message, "min_depth (5) must be less than max_depth (4.5).");
    finish(&[("min_depth", Some("0"))]).unwrap();
}

#[test]
fn a_depth_range_belongs_to_a_depth_image() {
    let (code, message) = refused(&[("image_type", Some("color")), ("min_depth", None)]);
    assert_eq!(code, ErrorCode::InvalidField);
    assert!(message.contains("max_depth (\"4.500000\")"), "{message}");
}

#[test]
fn choices_are_spelled_exactly() {
    for (name, value) in [
        ("image_type", "Depth"),
        ("image_type", ""),
        ("depth_format", "png"),
    ] {
        let (code, message) = refused(&[(name, Some(value))]);
        assert_eq!(code, ErrorCode::InvalidField);
        assert!(
            message.contains(name) && message.contains(value),
            "{message}"
        );
    }
}

#[test]
fn optional_fields_may_be_empty() {
    let mut changes = vec![("image_type", Some("label"))];
    for name in [
        "min_depth",
        "max_depth",
        "depth_format",
        "scene_sha256",
        "fov_x",
        "fov_y",
    ] {
        changes.push((name, Some("")));
    }
    let submission = finish(&changes).unwrap();
    assert_eq!(submission.request.depth_range, None);
    assert_eq!(submission.request.depth_format, DepthFormat::Tiff);
    assert_eq!(submission.scene_sha256, None);
}
