//! From pixels to the file that is sent.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gltf_render_server::encode;
use gltf_render_server::protocol::DepthRange;
use gltf_render_server::render::{AdapterSelection, Outputs, Renderer, View};
use gltf_render_server::scene::{Detail, Options, load};

mod common;

fn encoding(criterion: &mut Criterion) {
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    let scene = load(&common::sample(), &Options::new(Detail::Shading)).unwrap();
    let view = View::new(common::camera(), scene.cameras[0].world_from_camera);
    let outputs = Outputs {
        color: true,
        depth: Some(DepthRange::new(0.1, 30.0).unwrap()),
        label: true,
    };
    let frame = renderer.render(&scene, &view, &outputs).unwrap();
    let (size, color, label) = (frame.size, frame.color.unwrap(), frame.label.unwrap());
    let depth = frame.depth.unwrap();
    let mut group = criterion.benchmark_group("encode");
    group.bench_function("color_png", |b| {
        b.iter(|| encode::png::rgb(size, black_box(&color)).unwrap());
    });
    group.bench_function("label_png", |b| {
        b.iter(|| encode::png::rgb(size, black_box(&label)).unwrap());
    });
    group.bench_function("depth_tiff", |b| {
        b.iter(|| encode::tiff::depth(size, black_box(&depth)).unwrap());
    });
    group.bench_function("depth_png16", |b| {
        b.iter(|| encode::png::depth_millimetres(size, black_box(&depth)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, encoding);
criterion_main!(benches);
