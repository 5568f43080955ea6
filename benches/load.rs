//! From a scene's bytes to the scene. `geometry` is what depth and label need, `shading` what color
//! does; `pose` is the next frame of a sequence, `pose/known` the same with what a server has of it.
//! `cut` and `json` are parts of it, as far as they can be had alone: finding the `data:` URIs, and
//! parsing the JSON that is left without them. `arrive` is what a server does with them while the file
//! arrives, to find and to digest them. `base64` decodes them; `texture` is a scene that is little but a
//! texture.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gltf_render_server::scene::{ContentCache, Detail, Options, load, load_hashed};

mod common;
use common::arrive;

fn loading(criterion: &mut Criterion) {
    for (detail_name, detail) in [("geometry", Detail::Geometry), ("shading", Detail::Shading)] {
        let mut group = criterion.benchmark_group(format!("load/{detail_name}"));
        group.sample_size(20);
        let options = Options::new(detail);
        for (name, bytes) in common::scenes() {
            group.throughput(Throughput::Bytes(bytes.len() as u64));
            group.bench_function(name, |b| {
                b.iter(|| load(black_box(&bytes), &options).unwrap());
            });
        }
        group.finish();
    }
}

/// A sequence in which each frame only moves nodes: without a cache, and as the server loads it, which
/// has the contents of the first frame and has found those of the others while they arrived.
fn moving(criterion: &mut Criterion) {
    let frames: Vec<Vec<u8>> = (0..4).map(common::moving).collect();
    let mut options = Options::new(Detail::Shading);
    let mut next = frames.iter().cycle();
    criterion.bench_function("load/pose", |b| {
        b.iter(|| load(black_box(next.next().unwrap()), &options).unwrap());
    });
    options.cache = Some(Arc::new(ContentCache::new(256 << 20)));
    load(&frames[0], &options).unwrap();
    let arrived: Vec<_> = frames.iter().map(|frame| arrive(frame)).collect();
    let mut number = 0_u64;
    for (detail_name, detail) in [("geometry", Detail::Geometry), ("shading", Detail::Shading)] {
        options.detail = detail;
        let mut next = frames.iter().zip(&arrived).cycle();
        criterion.bench_function(&format!("load/pose/known/{detail_name}"), |b| {
            b.iter(|| {
                let (bytes, cuts) = next.next().unwrap();
                // Never the same file.
                number += 1;
                let mut sha256 = [0; 32];
                sha256[..8].copy_from_slice(&number.to_le_bytes());
                load_hashed(black_box(bytes), &sha256, Some(cuts), &options).unwrap()
            });
        });
    }
}

fn textures(criterion: &mut Criterion) {
    let options = Options::new(Detail::Shading);
    for (name, jpeg) in [("png", false), ("jpeg", true)] {
        let bytes = common::textured(jpeg);
        criterion.bench_function(&format!("load/texture/{name}"), |b| {
            b.iter(|| load(black_box(&bytes), &options).unwrap());
        });
    }
}

/// The least that cutting, parsing and decoding can cost.
fn parts(criterion: &mut Criterion) {
    for (name, bytes) in common::scenes() {
        if name == "sample" {
            continue; // A GLB has no `data:` URIs.
        }
        let mut group = criterion.benchmark_group(format!("load/parts/{name}"));
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function("cut", |b| b.iter(|| common::uris(black_box(&bytes))));
        group.bench_function("arrive", |b| b.iter(|| arrive(black_box(&bytes))));
        let found = common::uris(&bytes);
        group.bench_function("base64", |b| {
            b.iter(|| {
                let decode = |uri: &&[u8]| base64_simd::STANDARD.decode_to_vec(uri).unwrap().len();
                black_box(&found).iter().map(decode).sum::<usize>()
            });
        });
        let rest = common::without_uris(&bytes);
        group.bench_function("json", |b| {
            b.iter(|| serde_json::from_slice::<gltf::json::Root>(black_box(&rest)).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, loading, moving, textures, parts);
criterion_main!(benches);
