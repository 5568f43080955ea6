//! From a scene's bytes to the scene: what depth and label need, and what color needs.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gltf_render_server::scene::{Detail, Options, load};

mod common;

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

criterion_group!(benches, loading);
criterion_main!(benches);
