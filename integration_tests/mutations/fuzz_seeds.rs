//! What the targets in `fuzz/` begin with: `FUZZ_SEEDS=folder` has it written there, a folder a target.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::corpus::seeds::{self, Seed};
use super::forms::{self, Post};
use super::random::Random;

const ASSETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets");
/// How many forms.
const FORMS: usize = 40;
/// Larger files are not begun with, bytes: what is small is tried more often.
const LARGEST: usize = 20_000;

/// The inputs of one target.
struct Seeds(Vec<Vec<u8>>);

pub fn written() {
    let folder = std::env::var_os("FUZZ_SEEDS").map(PathBuf::from);
    for (target, Seeds(inputs)) in [
        ("form", posts()),
        ("gltf", gltf(&[])),
        ("data_uri", gltf(&[5])),
        ("image", images(&["png", "jpg", "webp"])),
        ("ktx2", images(&["ktx2"])),
        ("draco", draco()),
        ("meshopt", meshopt()),
    ] {
        let sizes: usize = inputs.iter().map(Vec::len).sum();
        assert!(inputs.len() > 5 && sizes > 1_000, "no seeds of {target}");
        let Some(folder) = &folder else { continue };
        let folder = folder.join(target);
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
fn gltf(start: &[u8]) -> Seeds {
    let files = seeds::all()
        .into_iter()
        .map(|seed: Seed| [start, &seed.bytes()].concat());
    small(files)
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

fn draco() -> Seeds {
    streams("draco", |of| {
        [short(&of["vertices"]), short(&of["triangles"])].concat()
    })
}

fn meshopt() -> Seeds {
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
