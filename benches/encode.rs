//! From pixels to the file that is sent: as the server does it, and PNG in the other ways that it
//! might. The sizes of the files are printed first.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gltf_render_server::encode::{png as encode, rows::PixelRows, tiff};
use gltf_render_server::protocol::{DepthRange, ImageSize, PngCompression};
use gltf_render_server::render::{AdapterSelection, Outputs, Renderer, View};
use gltf_render_server::scene::{Detail, Options, load};
use png::DeflateCompression::{FdeflateUltraFast, Level};
use png::Filter;

mod common;

/// Settings of the crate that the server's own can be compared with; the last are the crate's own.
const SETTINGS: [(&str, png::DeflateCompression, Filter); 6] = [
    ("fastest_up", FdeflateUltraFast, Filter::Up),
    ("fastest_paeth", FdeflateUltraFast, Filter::Paeth),
    ("fastest_adaptive", FdeflateUltraFast, Filter::Adaptive),
    ("level_2_up", Level(2), Filter::Up),
    ("level_6_up", Level(6), Filter::Up),
    ("level_6_adaptive", Level(6), Filter::Adaptive),
];

fn rgb_files(criterion: &mut Criterion, scene: &str, size: ImageSize, images: [(&str, &[u8]); 2]) {
    for ((name, rgb), content) in images
        .into_iter()
        .zip([encode::Content::Color, encode::Content::Label])
    {
        let mut group = criterion.benchmark_group(format!("encode/{scene}/{name}_png"));
        let mut measure = |setting: &str, file: &dyn Fn() -> Vec<u8>| {
            println!(
                "encode/{scene}/{name}_png/{setting}: {} bytes",
                file().len()
            );
            group.bench_function(setting, |b| b.iter(file));
        };
        for compression in PngCompression::ALL {
            measure(compression.as_str(), &|| {
                encode::rgb(size, black_box(rgb), content, compression).unwrap()
            });
        }
        for (setting, deflate, filter) in SETTINGS {
            let format = (png::ColorType::Rgb, png::BitDepth::Eight);
            let how = Some((deflate, filter));
            measure(setting, &|| {
                common::png_file([size.width, size.height], format, black_box(rgb), how)
            });
        }
        group.finish();
    }
}

fn encoding(criterion: &mut Criterion) {
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    for (scene_name, bytes) in common::scenes() {
        let scene = load(&bytes, &Options::new(Detail::Shading)).unwrap();
        let view = View::new(
            common::camera(common::size()),
            scene.cameras[0].world_from_camera,
        );
        let outputs = Outputs {
            color: true,
            depth: Some(DepthRange::new(0.1, 30.0).unwrap()),
            label: true,
        };
        let frame = renderer.render(&scene, &view, &outputs).unwrap();
        let (size, color, label) = (frame.size, frame.color.unwrap(), frame.label.unwrap());
        let depth = frame.depth.unwrap();
        rgb_files(
            criterion,
            scene_name,
            size,
            [("color", &color), ("label", &label)],
        );
        let mut group = criterion.benchmark_group(format!("encode/{scene_name}"));
        group.bench_function("depth_tiff", |b| {
            b.iter(|| tiff::depth(size, black_box(&depth)).unwrap());
        });
        for compression in PngCompression::ALL {
            group.bench_function(format!("depth_png16/{}", compression.as_str()), |b| {
                b.iter(|| encode::depth_millimetres(size, black_box(&depth), compression).unwrap());
            });
        }
        group.finish();
    }
}

/// What lies between a buffer that was read back and the encoders.
fn packing(criterion: &mut Criterion) {
    let size = common::size();
    let stride = size.width as usize * 4 + 256;
    let bytes = vec![7; stride * size.height as usize];
    let rows = PixelRows::new(size, &bytes, stride).unwrap();
    let mut group = criterion.benchmark_group("encode/rows");
    group.bench_function("rgb", |b| b.iter(|| black_box(rows).rgb()));
    group.bench_function("padded_floats", |b| {
        b.iter(|| black_box(rows).floats().into_owned());
    });
    group.finish();
}

criterion_group!(benches, encoding, packing);
criterion_main!(benches);
