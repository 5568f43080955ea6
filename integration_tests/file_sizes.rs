//! PNG files are made fast, yet not much larger than usual.

use std::fs;
use std::path::Path;

use glam::DAffine3;

use crate::harness::gltf::{Gltf, VTK};
use crate::harness::multipart::Form;
use crate::harness::shading::BACKGROUND;
use crate::harness::view::View;
use crate::harness::{client, decode, images, meshes, server, trials};

trials![
    files_are_at_most_half_as_large_again_as_usual,
    surfaces_from_within_too,
];

/// Focal lengths in proportion to a usual one: from so short that there is much in the image to so long that one
/// surface fills it.
const ZOOMS: [f64; 5] = [0.5, 1.0, 3.0, 8.0, 20.0];

fn check(name: &str, view: &View, scene: &[u8]) {
    for image_type in ["color", "depth", "label"] {
        let form = Form::drake(image_type, view, scene).with("depth_format", "png16");
        let file = client::post(server::shared(), &form).image();
        let usual = decode::usual_png_size(&file);
        assert!(
            2 * file.len() <= 3 * usual,
            "{image_type} of {name} at a focal length of {}: {} bytes, usually {usual}",
            view.focal_x,
            file.len()
        );
    }
}

fn views() -> impl Iterator<Item = View> {
    ZOOMS
        .into_iter()
        .map(|zoom| View::new(320, 240, 300.0 * zoom))
}

fn files_are_at_most_half_as_large_again_as_usual() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("test_assets");
    for name in ["sample.glb", "drake_shapes.gltf", "drake_merged.gltf"] {
        let scene = fs::read(assets.join(name)).unwrap();
        for view in views() {
            check(name, &view, &scene);
        }
    }
}

/// Surfaces of which each row has the differences of its neighbours.
fn surfaces_from_within_too() {
    for view in views() {
        let mut gltf = Gltf::new(VTK);
        let material = gltf.color([0.8, 0.5, 0.3, 1.0]);
        let mesh = gltf.mesh(&meshes::sphere(1.0, 16), material);
        gltf.shape(mesh, &DAffine3::IDENTITY);
        gltf.camera(&view);
        let color = images::color(&view, &gltf.bytes());
        assert!(color.pixels.iter().all(|&pixel| pixel != BACKGROUND));
        check("a sphere from within", &view, &gltf.bytes());
    }
}
