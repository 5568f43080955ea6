//! From a scene to pixels in memory: upload, draw and read back, for each kind of image and for all
//! of them at once.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use criterion::{Criterion, criterion_group, criterion_main};
use gltf_render_server::protocol::DepthRange;
use gltf_render_server::render::{AdapterSelection, Outputs, Renderer, View};
use gltf_render_server::scene::{Detail, Options, load};

mod common;

fn draw(criterion: &mut Criterion) {
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    let range = DepthRange::new(0.1, 30.0).unwrap();
    let kinds = [
        ("color", (true, false, false)),
        ("depth", (false, true, false)),
        ("label", (false, false, true)),
        ("all", (true, true, true)),
    ];
    for (scene_name, bytes) in common::scenes() {
        let scene = load(&bytes, &Options::new(Detail::Shading)).unwrap();
        let view = View::new(common::camera(), scene.cameras[0].world_from_camera);
        let mut group = criterion.benchmark_group(format!("draw/{scene_name}"));
        group.sample_size(20);
        for (name, (color, depth, label)) in kinds {
            let outputs = Outputs {
                color,
                depth: depth.then_some(range),
                label,
            };
            group.bench_function(name, |b| {
                b.iter(|| renderer.render(&scene, &view, &outputs).unwrap());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, draw);
criterion_main!(benches);
