//! The SHA-256 of a scene's bytes, which every request needs.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sha2::{Digest as _, Sha256};

mod common;

fn hash(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hash");
    for (name, bytes) in common::scenes() {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| Sha256::digest(black_box(&bytes))));
    }
    group.finish();
}

criterion_group!(benches, hash);
criterion_main!(benches);
