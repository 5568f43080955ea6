//! From a scene to pixels in memory, for each kind of image and for all of them at once. `new_view` is
//! a view of which only the meshes and textures are known, `same_view` the one before once more: where
//! the adapter is the CPU, the renderer has kept what it shows.
//!
//! `color/uploaded` is a new view too, drawn by a renderer that keeps no mesh and no texture: what it
//! takes longer than `color/new_view` is the upload. `readback` is the color image of a scene in which
//! nothing is: it is cleared, copied out, mapped and smoothed.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use criterion::{Criterion, criterion_group, criterion_main};
use glam::{DMat4, DVec3};
use gltf_render_server::protocol::DepthRange;
use gltf_render_server::render::{AdapterSelection, Keeping, Outputs, Renderer, View};
use gltf_render_server::scene::{Detail, Options, load};

mod common;

const COLOR: Outputs = Outputs {
    color: true,
    depth: None,
    label: false,
};

/// Views that each lie a micrometre from the one before.
fn views(mut view: View) -> impl FnMut() -> View {
    let step = DMat4::from_translation(DVec3::new(0.0, 0.0, 1e-6));
    move || {
        view.view_from_world = step * view.view_from_world;
        view
    }
}

fn draw(criterion: &mut Criterion) {
    let selection = AdapterSelection::default();
    let mut renderer = Renderer::new(&selection).unwrap();
    let nothing = Keeping {
        bytes: 0,
        ..Keeping::default()
    };
    let mut forgetful = Renderer::keeping(&nothing, &selection).unwrap();
    let depth = DepthRange::new(0.1, 30.0).ok();
    let kinds = [
        ("color", COLOR),
        (
            "depth",
            Outputs {
                depth,
                ..Outputs::default()
            },
        ),
        (
            "label",
            Outputs {
                label: true,
                ..Outputs::default()
            },
        ),
        (
            "all",
            Outputs {
                color: true,
                depth,
                label: true,
            },
        ),
    ];
    for (scene_name, bytes) in common::scenes() {
        let scene = load(&bytes, &Options::new(Detail::Shading)).unwrap();
        let view = View::new(
            common::camera(common::size()),
            scene.cameras[0].world_from_camera,
        );
        // One sequence for all, so that none begins with what another has drawn.
        let mut next_view = views(view);
        let mut group = criterion.benchmark_group(format!("draw/{scene_name}"));
        group.sample_size(20);
        for (name, outputs) in kinds {
            group.bench_function(format!("{name}/new_view"), |b| {
                b.iter(|| renderer.render(&scene, &next_view(), &outputs).unwrap());
            });
            group.bench_function(format!("{name}/same_view"), |b| {
                b.iter(|| renderer.render(&scene, &view, &outputs).unwrap());
            });
        }
        group.bench_function("color/uploaded", |b| {
            b.iter(|| forgetful.render(&scene, &next_view(), &COLOR).unwrap());
        });
        group.finish();
    }
}

fn readback(criterion: &mut Criterion) {
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    let empty = br#"{"asset": {"version": "2.0"}}"#;
    let scene = load(empty, &Options::new(Detail::Shading)).unwrap();
    let view = View::new(common::camera(common::size()), DMat4::IDENTITY);
    criterion.bench_function("draw/readback", |b| {
        b.iter(|| renderer.render(&scene, &view, &COLOR).unwrap());
    });
}

criterion_group!(benches, draw, readback);
criterion_main!(benches);
