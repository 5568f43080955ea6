//! Label images: the bytes of each material's colour and nothing else.

use glam::{DAffine3, DQuat, DVec2, DVec3, Vec3Swizzles};
use serde_json::json;

use crate::harness::decode::{self, Image, Rgb};
use crate::harness::gltf::{Gltf, MERGER, U8, VTK, label, label_factor};
use crate::harness::truth::{Object, Shape, Truth};
use crate::harness::view::View;
use crate::harness::{expect, images, meshes, trials};

trials![
    six_axes,
    off_centre_and_anisotropic,
    spheres_behind_each_other,
    every_byte_comes_back,
    only_the_base_colour_counts,
    many_labels,
];

const WHITE: Rgb = [255; 3];

fn render(view: &View, scene: &Gltf) -> Image<Rgb> {
    images::label(view, &scene.bytes())
}

fn check(name: &str, view: &View, objects: &[Object]) -> Truth {
    let truth = Truth::cast(view, objects);
    let image = render(view, &Gltf::labelled(view, objects));
    expect::true_labels(name, &image, &truth);
    truth
}

/// A cube of six differently labelled faces with three knobs, so that no turn or reflection of it
/// looks the same.
fn dice() -> Vec<Object> {
    let mut objects = Vec::new();
    for (index, normal) in axes().into_iter().enumerate() {
        let turn = DQuat::from_rotation_arc(DVec3::Z, normal);
        objects.push(Object {
            shape: Shape::Rectangle(DVec2::splat(0.5)),
            pose: DAffine3::from_rotation_translation(turn, normal * 0.5),
            id: u16::try_from(index).unwrap() + 1,
        });
    }
    let knob = Shape::Cuboid(DVec3::splat(0.1));
    objects.push(Object::at(knob, 0.6, 0.3, 0.2, 700));
    objects.push(Object::at(knob, 0.1, 0.6, -0.3, 701));
    objects.push(Object::at(knob, -0.3, 0.2, 0.6, 702));
    objects
}

fn axes() -> [DVec3; 6] {
    let (x, y, z) = (DVec3::X, DVec3::Y, DVec3::Z);
    [x, -x, y, -y, z, -z]
}

fn six_axes() {
    for (index, axis) in axes().into_iter().enumerate() {
        let up = axis.zxy();
        let view = View::new(72, 64, 70.0).looking(axis * 2.0 + up * 0.2, DVec3::ZERO, up);
        let truth = check(&format!("label axis {axis}"), &view, &dice());
        let face = u16::try_from(index).unwrap() + 1;
        assert!(
            truth.count(Some(face)) > 800,
            "the face looks at the camera"
        );
    }
}

fn off_centre_and_anisotropic() {
    let view = View {
        center_x: 20.75,
        center_y: 50.5,
        focal_y: 55.0,
        ..View::new(72, 64, 80.0)
    };
    let view = view.looking(DVec3::new(1.2, -1.5, 1.1), DVec3::ZERO, DVec3::Z);
    check("label off centre", &view, &dice());
}

fn spheres_behind_each_other() {
    let spheres = [
        Object::at(Shape::Sphere(0.4), -0.2, 0.0, -2.0, 1),
        Object::at(Shape::Sphere(0.4), 0.1, 0.2, -2.3, 2),
        Object::at(Shape::Sphere(0.4), 0.4, -0.2, -1.9, 300),
    ];
    let truth = check("label spheres", &View::new(80, 64, 60.0), &spheres);
    for id in [1, 2, 300] {
        assert!(truth.count(Some(id)) > 100);
    }
}

/// 256 tiles, and in each channel every value once.
fn every_byte_comes_back() {
    let view = View::new(64, 64, 64.0);
    let mut gltf = Gltf::new(VTK);
    let tile = meshes::rectangle(DVec2::splat(1.0 / 32.0));
    let template = gltf.color([1.0; 4]);
    let template = gltf.primitive(&tile, template);
    let color = |value: u8| [value, 255 - value, value.wrapping_mul(7).wrapping_add(100)];
    for value in 0..=255_u8 {
        let mut primitive = template.clone();
        primitive["material"] = gltf.color(label_factor(color(value))).into();
        let mesh = gltf.push("meshes", json!({"primitives": [primitive]}));
        let (column, row) = (f64::from(value % 16), f64::from(value / 16));
        let place = DVec3::new((column - 7.5) / 16.0, (7.5 - row) / 16.0, -1.0);
        gltf.shape(mesh, &DAffine3::from_translation(place));
    }
    gltf.camera(&view);
    let image = render(&view, &gltf);
    for (x, y) in (0..64).flat_map(|y| (0..64).map(move |x| (x, y))) {
        let value = u8::try_from(y / 4 * 16 + x / 4).unwrap();
        assert_eq!(image.at(x, y), color(value), "({x}, {y})");
    }
}

/// Light, textures, vertex colours, emission, transparency and facing are all nothing to a label.
fn only_the_base_colour_counts() {
    let mut gltf = Gltf::new(MERGER);
    let texel = decode::encode_png(1, 1, png::ColorType::Rgba, &[9, 99, 199, 0]);
    let texture = gltf.texture(&texel, json!({}));
    let material = gltf.material(json!({
        "pbrMetallicRoughness": {
            "baseColorFactor": [7.0 / 255.0, 2.0 / 255.0, 0.0, 0.1],
            "baseColorTexture": {"index": texture}},
        "emissiveFactor": [1.0, 0.5, 0.0],
        "alphaMode": "BLEND"}));
    let masked = gltf.material(json!({
        "pbrMetallicRoughness": {"baseColorFactor": [8.0 / 255.0, 2.0 / 255.0, 0.0, 0.1]},
        "alphaMode": "MASK", "alphaCutoff": 0.9}));
    let tile = meshes::rectangle(DVec2::splat(0.5));
    for (x, material) in [(-0.5, material), (0.5, masked)] {
        let mut primitive = gltf.primitive(&tile, material);
        let red = [255, 0, 0, 40].repeat(4);
        let colors = gltf.accessor(&red, U8, "VEC4", 4);
        gltf.json["accessors"][colors]["normalized"] = true.into();
        primitive["attributes"]["COLOR_0"] = colors.into();
        let mesh = gltf.push("meshes", json!({"primitives": [primitive]}));
        // Turned away from the camera.
        gltf.root(json!({"mesh": mesh, "translation": [x, 0, -2], "rotation": [1, 0, 0, 0]}));
    }
    let view = View::new(64, 48, 32.0);
    gltf.camera(&view);
    let image = render(&view, &gltf);
    assert_eq!(image.at(24, 24), [7, 2, 0]);
    assert_eq!(image.at(40, 24), [8, 2, 0]);
    assert_eq!(image.at(2, 2), WHITE);
    let known = [[7, 2, 0], [8, 2, 0], WHITE];
    assert!(image.pixels.iter().all(|pixel| known.contains(pixel)));
}

/// A label beyond a byte, and no colour between two labels.
fn many_labels() {
    let view = View::new(96, 96, 90.0).looking(DVec3::new(3.0, 4.0, 5.0), DVec3::ZERO, DVec3::Z);
    let mut objects = Vec::new();
    for i in 0..5_u16 {
        for j in 0..5_u16 {
            let (x, y) = (f64::from(i) - 2.0, f64::from(j) - 2.0);
            let shape = Shape::Cuboid(DVec3::new(0.3, 0.2, 0.1 + 0.1 * f64::from(i)));
            objects.push(Object::at(shape, x, y, 0.0, 1000 * i + 37 * j + 1));
        }
    }
    let image = render(&view, &Gltf::labelled(&view, &objects));
    expect::true_labels("label many", &image, &Truth::cast(&view, &objects));
    let known = |pixel: &Rgb| *pixel == WHITE || objects.iter().any(|o| label(o.id) == *pixel);
    assert!(image.pixels.iter().all(known));
}
