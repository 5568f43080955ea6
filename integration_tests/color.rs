//! Color images against Drake's light, computed per pixel.

use glam::{DAffine3, DVec2, DVec3};
use serde_json::{Value, json};

use crate::harness::decode::{Image, Rgb};
use crate::harness::gltf::{Gltf, MERGER, VTK};
use crate::harness::meshes;
use crate::harness::shading::{BACKGROUND, Surface, bytes, pbr, phong};
use crate::harness::view::View;
use crate::harness::{expect, images, trials};

trials![
    background,
    phong_tilts,
    phong_back_face,
    phong_sphere_is_smooth,
    phong_box_is_flat,
    pbr_of_vtk_shapes,
    pbr_of_gltf_materials,
    pbr_off_the_axis,
    normals_of_the_file_are_used,
    merged_single_sided_is_culled,
    edges_are_smoothed,
];

const TILTS: [f64; 5] = [0.0, 0.3, -0.7, 1.1, 1.35];

fn view() -> View {
    View::new(64, 48, 48.0)
}

fn render(gltf: &Gltf) -> Image<Rgb> {
    images::color(&view(), &gltf.bytes())
}

/// Puts the origin two metres before the camera, turned about the x axis.
fn tilted(tilt: f64) -> DAffine3 {
    DAffine3::from_translation(DVec3::new(0.0, 0.0, -2.0)) * DAffine3::from_rotation_x(tilt)
}

fn normal(tilt: f64) -> DVec3 {
    DVec3::new(0.0, -tilt.sin(), tilt.cos())
}

/// One tilted square of a VTK shape's material.
fn vtk_square(generator: &str, factor: [f64; 4], tilt: f64) -> Gltf {
    let mut gltf = Gltf::new(generator);
    let material = gltf.color(factor);
    let mesh = gltf.mesh(&meshes::rectangle(DVec2::splat(0.6)), material);
    gltf.shape(mesh, &tilted(tilt));
    gltf.camera(&view());
    gltf
}

/// One tilted square of a glTF material, where Drake's client puts merged glTF meshes.
fn gltf_square(material: Value, tilt: f64) -> Gltf {
    Gltf::one_square(MERGER, &view(), 0.6, tilted(tilt).into(), |_| material)
}

/// What an eye sees from the middle of the image: the ray of the pixel (32, 24).
fn to_eye() -> DVec3 {
    -view().ray(32, 24).1
}

fn background() {
    let mut gltf = Gltf::new(VTK);
    gltf.camera(&view());
    let image = render(&gltf);
    assert!(image.pixels.iter().all(|&pixel| pixel == BACKGROUND));
}

fn phong_tilts() {
    for factor in [[0.9, 0.5, 0.2, 1.0], [1.0; 4], [0.1, 0.0, 0.6, 1.0]] {
        for tilt in TILTS {
            let found = render(&vtk_square(VTK, factor, tilt)).middle();
            let expected = phong(DVec3::from_slice(&factor), normal(tilt));
            expect::close(&format!("{factor:?} at {tilt}"), found, expected, 1);
        }
    }
}

/// VTK culls nothing that it sends and lights both sides.
fn phong_back_face() {
    let tilt = std::f64::consts::PI - 0.5;
    let found = render(&vtk_square(VTK, [0.9, 0.5, 0.2, 1.0], tilt)).middle();
    expect::close(
        "back",
        found,
        phong(DVec3::new(0.9, 0.5, 0.2), normal(0.5)),
        1,
    );
}

/// Without normals on the wire a round mesh is lit as the sphere that it stands for.
fn phong_sphere_is_smooth() {
    let mut gltf = Gltf::new(VTK);
    let material = gltf.color([1.0; 4]);
    let mesh = gltf.mesh(&meshes::sphere(0.5, 8), material);
    gltf.shape(mesh, &tilted(0.3));
    gltf.camera(&view());
    let image = render(&gltf);
    for x in (24..40).step_by(3) {
        let (_, ray) = view().ray(x, 24);
        // Where the ray meets the sphere of radius 0.5 around (0, 0, -2).
        let b = ray.z * -2.0;
        let a = ray.length_squared();
        let t = (b - (b * b - a * 3.75).sqrt()) / a;
        let normal = (ray * t + DVec3::new(0.0, 0.0, 2.0)).normalize();
        expect::close(
            &format!("column {x}"),
            image.at(x, 24),
            phong(DVec3::ONE, normal),
            4,
        );
    }
}

/// Faces that share positions at a right angle stay flat.
fn phong_box_is_flat() {
    let mut gltf = Gltf::new(VTK);
    let material = gltf.color([1.0; 4]);
    let mesh = gltf.mesh(&meshes::cuboid(DVec3::splat(0.4)), material);
    gltf.shape(mesh, &tilted(0.6));
    gltf.camera(&view());
    let image = render(&gltf);
    expect::close(
        "top",
        image.at(32, 16),
        phong(DVec3::ONE, DVec3::new(0.0, 0.6_f64.cos(), 0.6_f64.sin())),
        1,
    );
    expect::close("front", image.at(32, 28), phong(DVec3::ONE, normal(0.6)), 1);
}

/// Shapes beside a glTF mesh get VTK's roughness of 0.5, whatever the wire says.
fn pbr_of_vtk_shapes() {
    for tilt in TILTS {
        let found = render(&vtk_square(MERGER, [0.9, 0.5, 0.2, 1.0], tilt)).middle();
        let expected = pbr(&Surface::vtk_shape(0.9, 0.5, 0.2), normal(tilt), to_eye());
        expect::close(&format!("at {tilt}"), found, expected, 1);
    }
}

fn pbr_of_gltf_materials() {
    for (metallic, roughness) in [(0.0, 1.0), (1.0, 0.4), (0.5, 0.7), (0.0, 0.2)] {
        for tilt in TILTS {
            let material = json!({"pbrMetallicRoughness": {
                "baseColorFactor": [0.8, 0.3, 0.1, 1.0],
                "metallicFactor": metallic, "roughnessFactor": roughness}});
            let found = render(&gltf_square(material, tilt)).middle();
            let surface = Surface {
                metallic,
                roughness,
                ..Surface::vtk_shape(0.8, 0.3, 0.1)
            };
            let expected = pbr(&surface, normal(tilt), to_eye());
            let what = format!("metallic {metallic}, roughness {roughness} at {tilt}");
            expect::close(&what, found, expected, 1);
        }
    }
}

/// The light is the same everywhere, the eye's direction is not.
fn pbr_off_the_axis() {
    let material = json!({"pbrMetallicRoughness": {
        "baseColorFactor": [0.8, 0.3, 0.1, 1.0], "metallicFactor": 0.6, "roughnessFactor": 0.35}});
    let image = render(&gltf_square(material, -0.4));
    let surface = Surface {
        metallic: 0.6,
        roughness: 0.35,
        ..Surface::vtk_shape(0.8, 0.3, 0.1)
    };
    for (x, y) in [(22, 24), (42, 24), (32, 15), (32, 33), (25, 30)] {
        let expected = pbr(&surface, normal(-0.4), -view().ray(x, y).1);
        expect::close(&format!("({x}, {y})"), image.at(x, y), expected, 1);
    }
}

/// A square whose normals all lean to one side is lit as if it leaned.
fn normals_of_the_file_are_used() {
    let material = json!({"pbrMetallicRoughness": {
        "baseColorFactor": [0.9, 0.5, 0.2, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.5}});
    let mut gltf = gltf_square(material, 0.0);
    let lean = normal(0.7).as_vec3().to_array();
    let normals = gltf.vectors(&[lean; 4]);
    gltf.set_attribute("NORMAL", normals);
    let expected = pbr(&Surface::vtk_shape(0.9, 0.5, 0.2), normal(0.7), to_eye());
    expect::close("normals", render(&gltf).middle(), expected, 1);
}

/// A merged glTF material is culled from behind in color alone, unless it is double-sided.
fn merged_single_sided_is_culled() {
    let tilt = std::f64::consts::PI - 0.3;
    let color = json!({"baseColorFactor": [0.9, 0.5, 0.2, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.5});
    let single = gltf_square(json!({"pbrMetallicRoughness": color}), tilt);
    assert_eq!(render(&single).middle(), BACKGROUND);
    let depth = images::depth(&view(), &single.bytes()).middle();
    assert!((depth - 2.0).abs() < 0.05);
    let label = images::label(&view(), &single.bytes()).middle();
    assert_eq!(label, bytes(DVec3::new(0.9, 0.5, 0.2)));
    let double = gltf_square(
        json!({"pbrMetallicRoughness": color, "doubleSided": true}),
        tilt,
    );
    let expected = pbr(&Surface::vtk_shape(0.9, 0.5, 0.2), normal(0.3), to_eye());
    expect::close("double-sided", render(&double).middle(), expected, 1);
}

/// A slanted edge has colours in between; the middle of a face has not.
fn edges_are_smoothed() {
    let mut gltf = Gltf::new(VTK);
    let material = gltf.color([0.0, 0.0, 0.0, 1.0]);
    let mesh = gltf.mesh(&meshes::rectangle(DVec2::splat(0.5)), material);
    gltf.shape(mesh, &(tilted(0.0) * DAffine3::from_rotation_z(0.2)));
    gltf.camera(&view());
    let image = render(&gltf);
    let between = |&&pixel: &&Rgb| pixel != [0; 3] && pixel != BACKGROUND;
    let count = image.pixels.iter().filter(between).count();
    assert!((20..300).contains(&count), "{count} pixels in between");
}
