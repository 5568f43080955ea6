//! What the targets in `fuzz/` begin with: `FUZZ_SEEDS=folder` has it written there, a folder a target. And
//! each is run on it here, so that nobody who changes the program leaves the targets behind.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::corpus::seeds::{self, Seed};
use super::forms::{self, Post};
use super::random::Random;
use super::targets::{data_uri, draco, form, gltf, image, ktx2, meshopt};

const ASSETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets");
/// How many forms.
const FORMS: usize = 40;
/// Larger files are not begun with, bytes: what is small is tried more often.
const LARGEST: usize = 20_000;

/// How often each is spoilt.
const SPOILT: usize = 20;

/// The inputs of one target.
struct Seeds(Vec<Vec<u8>>);

/// The name of a target, what it does with an input, and its seeds.
type Target = (&'static str, fn(&[u8]), Seeds);

/// All targets.
fn all() -> [Target; 7] {
    [
        ("form", form::run, posts()),
        ("gltf", gltf::run, scenes(&[])),
        ("data_uri", data_uri::run, uris()),
        ("image", image::run, images(&["png", "jpg", "webp"])),
        ("ktx2", ktx2::run, images(&["ktx2"])),
        ("draco", draco::run, draco_streams()),
        ("meshopt", meshopt::run, meshopt_streams()),
    ]
}

/// Each target takes each of its seeds, as it is and spoilt.
pub fn taken() {
    let folder = std::env::var_os("FUZZ_SEEDS").map(PathBuf::from);
    for (name, run, Seeds(inputs)) in all() {
        let sizes: usize = inputs.iter().map(Vec::len).sum();
        assert!(inputs.len() > 5 && sizes > 1_000, "no seeds of {name}");
        for (number, input) in inputs.iter().enumerate() {
            run(input);
            for case in 0..SPOILT {
                let mut spoilt = input.clone();
                Random::of(SPOILT * number + case).spoil(&mut spoilt);
                run(&spoilt);
            }
        }
        let Some(folder) = folder.as_ref().map(|folder| folder.join(name)) else {
            continue;
        };
        fs::create_dir_all(&folder).unwrap();
        for (number, input) in inputs.iter().enumerate() {
            fs::write(folder.join(format!("seed{number:03}")), input).unwrap();
        }
    }
}

/// Requests: the first line is the header Content-Type, the rest the body.
fn posts() -> Seeds {
    let seeds = seeds::all();
    let scene = seeds[0].bytes();
    let sound = (0..6).map(|case| Post::of(&forms::form(&mut Random::of(case), &scene)));
    let broken = (0..FORMS).map(|case| forms::broken(&mut Random::of(case), b"{}").1);
    let input = |post: Post| {
        let head = post.content_type.unwrap_or_default();
        [head.as_slice(), b"\n", &post.body].concat()
    };
    small(sound.chain(broken).map(input))
}

/// Scenes after a few bytes.
fn scenes(start: &[u8]) -> Seeds {
    let files = seeds::all()
        .into_iter()
        .map(|seed: Seed| [start, &seed.bytes()].concat());
    small(files)
}

/// Scenes, and URIs of a buffer, after the length of the pieces in which they arrive.
fn uris() -> Seeds {
    let triangle = "AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAA";
    let uris = [
        format!("data:application/octet-stream;base64,{triangle}"),
        format!("DATA:;BASE64,{}==", &triangle[..46]),
        format!("data:;base64,%41{}", &triangle[1..]),
        format!("data:,{}", "%00%7f%C2a".repeat(9)),
        "data:;base64,\\u0041\\/+=".into(),
        "other.bin".into(),
    ];
    let uris = uris.map(|uri| [&[5], uri.as_bytes()].concat());
    Seeds([scenes(&[5]).0, uris.into()].concat())
}

/// The images with these endings.
fn images(endings: &[&str]) -> Seeds {
    let mut paths: Vec<_> = fs::read_dir(Path::new(ASSETS).join("textures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|e| endings.iter().any(|ending| e == *ending))
        })
        .collect();
    paths.sort();
    let files = paths.into_iter().map(|path| fs::read(path).unwrap());
    small(files)
}

fn small(inputs: impl Iterator<Item = Vec<u8>>) -> Seeds {
    Seeds(inputs.filter(|input| input.len() <= LARGEST).collect())
}

/// The streams of a codec of geometry, each after a head that is made of what is known of it.
fn streams(codec: &str, head: impl Fn(&Value) -> Vec<u8>) -> Seeds {
    let text = fs::read(Path::new(ASSETS).join("compressed/streams.json")).unwrap();
    let all: Value = serde_json::from_slice(&text).unwrap();
    let inputs = all[codec].as_array().unwrap().iter().map(|of| {
        let stream = base64_simd::STANDARD.decode_to_vec(of["stream"].as_str().unwrap());
        [head(of), stream.unwrap()].concat()
    });
    Seeds(inputs.collect())
}

/// Two bytes of a number.
fn short(number: &Value) -> [u8; 2] {
    u16::try_from(number.as_u64().unwrap())
        .unwrap()
        .to_le_bytes()
}

fn draco_streams() -> Seeds {
    streams("draco", |of| {
        [short(&of["vertices"]), short(&of["triangles"])].concat()
    })
}

fn meshopt_streams() -> Seeds {
    let place = |names: &[&str], name: &Value| {
        let found = names.iter().position(|known| name == known);
        found.unwrap_or_default() as u8
    };
    let filters = ["NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR"];
    streams("meshopt", |of| {
        let mode = place(&["ATTRIBUTES", "TRIANGLES", "INDICES"], &of["mode"]);
        let (filter, stride) = (place(&filters, &of["filter"]), short(&of["stride"])[0]);
        let [a, b] = short(&of["count"]);
        vec![mode, filter, stride, a, b]
    })
}
