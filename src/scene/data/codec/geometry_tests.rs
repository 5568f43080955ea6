//! Streams of the reference encoders decode as by the reference decoders; hostile ones are refused.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{draco, meshopt};
use crate::scene::data::accessor::Component;

const STREAMS: &str = include_str!("../../../../test_assets/compressed/streams.json");
const PLENTY: draco::Limits = draco::Limits {
    triangles: 10_000,
    bytes: 1_000_000,
};

fn streams(codec: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(STREAMS).unwrap();
    all[codec].as_array().unwrap().clone()
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    base64_simd::STANDARD.decode_to_vec(text).unwrap()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
}

fn coding(of: &Value) -> meshopt::Coding {
    let mode = serde_json::from_value(of["mode"].clone()).unwrap();
    let filter = of.get("filter").cloned();
    let filter = filter.map_or(meshopt::Filter::None, |f| {
        serde_json::from_value(f).unwrap()
    });
    meshopt::Coding::new(mode, filter, number(&of["stride"]), number(&of["count"])).unwrap()
}

/// Changes of a stream: cut short, made longer, single bytes and runs of them replaced.
fn changed(stream: &[u8], count: usize, mut try_one: impl FnMut(&[u8])) {
    for length in (0..stream.len()).step_by(1 + stream.len() / count) {
        try_one(&stream[..length]);
    }
    try_one(&[stream, &[0; 9]].concat());
    let mut seed = 1_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    for _ in 0..count {
        let mut other = stream.to_vec();
        // Headers are short, and most is decided there.
        let reach = if random(2) == 0 { 64 } else { other.len() };
        for _ in 0..=random(3) {
            let place = random(reach.min(other.len()));
            other[place] = [0, 1, 0x7f, 0x80, 0xff, random(256).to_le_bytes()[0]][random(6)];
        }
        try_one(&other);
    }
}

fn component(code: &Value) -> Component {
    match code.as_u64().unwrap() {
        5120 => Component::I8,
        5121 => Component::U8,
        5122 => Component::I16,
        5123 => Component::U16,
        5125 => Component::U32,
        _ => Component::F32,
    }
}

#[test]
fn draco_streams_decode_as_by_the_reference() {
    for of in streams("draco") {
        let name = &of["name"];
        let mesh = draco::decode(&bytes(&of["stream"]), PLENTY).unwrap();
        mesh.check_counts(number(&of["vertices"]), number(&of["triangles"]))
            .unwrap();
        assert_eq!(
            sha256(&mesh.indices),
            of["indices"].as_str().unwrap(),
            "{name}"
        );
        for of in of["attributes"].as_array().unwrap() {
            let id = u32::try_from(number(&of["id"])).unwrap();
            let (component, width) = (component(&of["component"]), number(&of["width"]));
            let index = mesh.attribute(id, component, width).unwrap();
            let found = sha256(&mesh.attributes[index].bytes);
            assert_eq!(
                found,
                of["sha256"].as_str().unwrap(),
                "{name}, {}",
                of["name"]
            );
        }
    }
}

#[test]
fn meshopt_streams_decode_as_by_the_reference() {
    for of in streams("meshopt") {
        let name = &of["name"];
        let found = coding(&of).decode(&bytes(&of["stream"])).unwrap();
        let Some(expected) = of.get("decoded").map(bytes) else {
            assert_eq!(sha256(&found), of["sha256"].as_str().unwrap(), "{name}");
            continue;
        };
        assert_eq!(found.len(), expected.len(), "{name}");
        // The specification leaves the last bit of an integer open.
        let stride = number(&of["stride"]);
        let apart = if of["filter"] == "EXPONENTIAL" {
            i32::from(found != expected)
        } else if stride == 4 {
            let pairs = found.iter().zip(&expected);
            pairs
                .map(|(a, b)| i32::from(a.wrapping_sub(*b).cast_signed()).abs())
                .max()
                .unwrap()
        } else {
            let shorts = |bytes: &[u8]| {
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| u16::from_le_bytes(*b))
                    .collect::<Vec<_>>()
            };
            let (found, expected) = (shorts(&found), shorts(&expected));
            let pairs = found.iter().zip(&expected);
            pairs
                .map(|(a, b)| i32::from(a.wrapping_sub(*b).cast_signed()).abs())
                .max()
                .unwrap()
        };
        let most = i32::from(of["filter"] != "EXPONENTIAL");
        assert!(apart <= most, "{name}: apart by {apart}");
    }
}

#[test]
fn changed_meshopt_streams_give_no_more_than_was_asked() {
    let mut refused = 0;
    for of in streams("meshopt") {
        let coding = coding(&of);
        changed(&bytes(&of["stream"]), 500, |stream| {
            match coding.decode(stream) {
                Ok(decoded) => assert_eq!(Some(decoded.len()), coding.decoded_size()),
                Err(_) => refused += 1,
            }
        });
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn changed_draco_streams_give_no_more_than_was_asked() {
    let mut refused = 0;
    for of in streams("draco") {
        changed(&bytes(&of["stream"]), 500, |stream| {
            match draco::decode(stream, PLENTY) {
                Ok(mesh) => {
                    let size: usize = mesh.attributes.iter().map(|a| a.bytes.len()).sum();
                    assert!(mesh.indices.len() <= 12 * PLENTY.triangles && size <= PLENTY.bytes);
                }
                Err(refusal) => {
                    let sentence = refusal.to_string();
                    assert!(!sentence.contains('\n'), "{sentence:?}");
                    refused += 1;
                }
            }
        });
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn a_stream_too_short_for_its_elements_takes_no_memory() {
    for (mode, header) in [
        ("ATTRIBUTES", 0xa0),
        ("ATTRIBUTES", 0xa1),
        ("TRIANGLES", 0xe1),
        ("INDICES", 0xd1),
    ] {
        let stream = [&[header][..], &[0; 600]].concat();
        let mode = serde_json::from_value(mode.into()).unwrap();
        let coding =
            meshopt::Coding::new(mode, meshopt::Filter::None, 4, 3_000_000_000_000).unwrap();
        assert_eq!(
            coding.decode(&stream).unwrap_err().to_string(),
            "scene: the compressed data is not of the length that its elements need."
        );
    }
}

#[test]
fn strides_and_counts_have_rules() {
    for (mode, filter, stride, count, message) in [
        (
            "ATTRIBUTES",
            "NONE",
            6,
            1,
            "byteStride 6 is not from 4 to 256 and divisible by 4.",
        ),
        (
            "ATTRIBUTES",
            "NONE",
            0,
            1,
            "byteStride 0 is not from 4 to 256 and divisible by 4.",
        ),
        (
            "ATTRIBUTES",
            "NONE",
            260,
            1,
            "byteStride 260 is not from 4 to 256 and divisible by 4.",
        ),
        ("TRIANGLES", "NONE", 1, 3, "byteStride 1 is not 2 or 4."),
        ("TRIANGLES", "NONE", 2, 4, "count 4 is not divisible by 3."),
        ("INDICES", "COLOR", 4, 4, "indices have no filter."),
        (
            "ATTRIBUTES",
            "OCTAHEDRAL",
            12,
            4,
            "byteStride 12 is not one of the filter Octahedral.",
        ),
        (
            "ATTRIBUTES",
            "QUATERNION",
            4,
            4,
            "byteStride 4 is not one of the filter Quaternion.",
        ),
    ] {
        let mode = serde_json::from_value(mode.into()).unwrap();
        let filter = serde_json::from_value(filter.into()).unwrap();
        let refused = meshopt::Coding::new(mode, filter, stride, count).unwrap_err();
        assert_eq!(refused.to_string(), format!("scene: {message}"));
    }
}

/// A header, then metadata nested so deep.
fn nested(depth: usize) -> Vec<u8> {
    let mut stream = b"DRACO\x02\x02\x01\x01\x00\x80\x00".to_vec();
    for _ in 0..depth {
        // No entries, one metadata of the name "n".
        stream.extend(b"\x00\x01\x01n");
    }
    stream.extend([0; 100]);
    stream
}

#[test]
fn draco_headers_are_checked() {
    for (stream, message) in [
        (
            &b"DRACO\x02\x01\x01"[..],
            "the Draco data is of version 2.1; only 2.2 is read.",
        ),
        (
            b"DRACO\x02\x03\x00",
            "the Draco data is a point cloud, not a mesh.",
        ),
        (
            b"DRACO\x02\x02",
            "the Draco data does not begin with a header of Draco.",
        ),
        (
            b"draco\x02\x02\x01\x01",
            "the Draco data does not begin with a header of Draco.",
        ),
    ] {
        let refused = draco::decode(stream, PLENTY).unwrap_err();
        assert_eq!(refused.to_string(), format!("scene: {message}"));
    }
    // Metadata is read by recursion, which is as deep as it may be at 1000.
    for (depth, is_read) in [(10, true), (999, true), (1002, false), (100_000, false)] {
        let mesh = draco::decode(&nested(depth), PLENTY);
        assert_eq!(mesh.is_ok(), is_read, "{depth}: {mesh:?}");
    }
}

#[test]
fn draco_meshes_are_limited() {
    let stream = bytes(&streams("draco")[0]["stream"]);
    for (triangles, bytes) in [(95, 1_000_000), (10_000, 4_000)] {
        let refused = draco::decode(&stream, draco::Limits { triangles, bytes }).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "scene: the Draco data holds more than the accessors read or the scene may have."
        );
    }
}
