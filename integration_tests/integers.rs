//! Attributes as normalized integers: the same images as of the fractions that they stand for.

use glam::DVec3;
use serde_json::json;

use crate::geometry::{cuboid, view as oblique};
use crate::harness::decode::{self, Rgb};
use crate::harness::gltf::{CLAMP, Gltf, NEAREST, OTHER, U8, U16, a_metre_ahead, sampler};
use crate::harness::shading::srgb;
use crate::harness::truth::Object;
use crate::harness::view::View;
use crate::harness::{expect, images, trials};
use crate::motion::{boxed, render, true_to};

trials![texture_coordinates, colors, weights];

/// A fifth of 255 (glTF 3.6.2.2).
const BYTE_FIFTH: u16 = 51;
/// A fifth of 65535.
const SHORT_FIFTH: u16 = 13107;

/// Vectors of fifths, in three forms: floats, bytes and shorts. Adds an accessor for the `form`th.
fn fifths<const N: usize>(gltf: &mut Gltf, form: usize, vectors: &[[u16; N]]) -> usize {
    let (numbers, count) = (vectors.as_flattened(), vectors.len());
    let kind = format!("VEC{N}");
    match form {
        0 => {
            let vectors: Vec<_> = vectors
                .iter()
                .map(|vector| vector.map(|fifths| f32::from(fifths) / 5.0))
                .collect();
            gltf.vectors(&vectors)
        }
        1 => {
            let byte = |&fifths: &u16| u8::try_from(fifths * BYTE_FIFTH).unwrap();
            let bytes: Vec<u8> = numbers.iter().map(byte).collect();
            gltf.normalized(&bytes, U8, &kind, count)
        }
        _ => {
            let bytes: Vec<u8> = numbers
                .iter()
                .flat_map(|fifths| (fifths * SHORT_FIFTH).to_le_bytes())
                .collect();
            gltf.normalized(&bytes, U16, &kind, count)
        }
    }
}

/// Asserts that three images, of the three forms, are the same bytes.
fn same<T: PartialEq>([floats, bytes, shorts]: &[T; 3]) {
    assert!(bytes == floats, "bytes are not as floats");
    assert!(shorts == floats, "shorts are not as floats");
}

fn square() -> Gltf {
    let view = View::new(64, 64, 64.0);
    let material = json!({"extensions": {"KHR_materials_unlit": {}}});
    Gltf::one_square(OTHER, &view, 0.375, a_metre_ahead(), |_| material)
}

/// Each corner chooses a place in a texture of five by five texels, all different; from 1/5 to 4/5
/// the square shows the nine in the middle, each on 16 by 16 pixels.
fn texture_coordinates() {
    let texel = |column: u8, row: u8| -> Rgb { [50 * column, 50 * row, 7] };
    let texels: Vec<_> = (0..5)
        .flat_map(|row| (0..5).map(move |column| texel(column, row)))
        .collect();
    let file = decode::encode_png(5, 5, png::ColorType::Rgb, texels.as_flattened());
    let view = View::new(64, 64, 64.0);
    let found = [0, 1, 2].map(|form| {
        let mut gltf = square();
        let texture = gltf.texture(&file, sampler(NEAREST, CLAMP));
        gltf.json["materials"][0]["pbrMetallicRoughness"] =
            json!({"baseColorTexture": {"index": texture}});
        let tex_coords = fifths(&mut gltf, form, &[[1, 4], [4, 4], [4, 1], [1, 1]]);
        gltf.set_attribute("TEXCOORD_0", tex_coords);
        let image = images::color(&view, &gltf.bytes());
        for row in 0..3 {
            for column in 0..3 {
                let shown = image.at(16 + 16 * u32::from(column), 16 + 16 * u32::from(row));
                let expected = texel(column + 1, row + 1);
                assert_eq!(shown, expected, "form {form}, row {row}, column {column}");
            }
        }
        image
    });
    same(&found);
}

/// With and without alpha; the corners differ from left to right.
fn colors() {
    let view = View::new(64, 64, 64.0);
    let (left, right) = ([1, 2, 3, 5], [3, 1, 5, 5]);
    let corners = [left, right, right, left];
    for width in [3, 4] {
        let found = [0, 1, 2].map(|form| {
            let mut gltf = square();
            let colors = if width == 4 {
                fifths(&mut gltf, form, &corners)
            } else {
                fifths(&mut gltf, form, &corners.map(|[r, g, b, _]| [r, g, b]))
            };
            gltf.set_attribute("COLOR_0", colors);
            let image = images::color(&view, &gltf.bytes());
            for x in [12, 30, 50] {
                let part = (f64::from(x) + 0.5 - 8.0) / 48.0;
                let [from, to] =
                    [left, right].map(|[r, g, b, _]| DVec3::from([r, g, b].map(f64::from)) / 5.0);
                let what = format!("VEC{width}, form {form}, column {x}");
                expect::close(&what, image.at(x, 32), srgb(from.lerp(to, part)), 1);
            }
            image
        });
        same(&found);
    }
}

/// The box follows three joints; the last one's weight is a float, so that the others count for no
/// more than they say.
fn weights() {
    let places = [
        DVec3::new(1.0, -2.0, 0.5),
        DVec3::new(-0.5, 0.75, 0.0),
        DVec3::new(0.25, 0.0, -0.5),
    ];
    let place = 0.2 * places[0] + 0.4 * places[1] + 0.4 * places[2];
    let object = Object::at(cuboid().shape, place.x, place.y, place.z, 5);
    let found = [0, 1, 2].map(|form| {
        let mut gltf = boxed();
        let weights = fifths(&mut gltf, form, &[[1, 2, 0, 0]; 24]);
        let more_weights = gltf.vectors(&[[0.4_f32, 0.0, 0.0, 0.0]; 24]);
        let joints = gltf.accessor(&[0, 1, 0, 0].repeat(24), U8, "VEC4", 24);
        let more_joints = gltf.accessor(&[2, 0, 0, 0].repeat(24), U8, "VEC4", 24);
        for (name, accessor) in [
            ("WEIGHTS_0", weights),
            ("WEIGHTS_1", more_weights),
            ("JOINTS_0", joints),
            ("JOINTS_1", more_joints),
        ] {
            gltf.set_attribute(name, accessor);
        }
        let joints = places.map(|place| gltf.root(json!({"translation": place.to_array()})));
        gltf.push("skins", json!({"joints": joints}));
        gltf.root(json!({"mesh": 0, "skin": 0}));
        gltf.camera(&oblique());
        true_to(&format!("form {form}"), &gltf, &[], &[object]);
        ["color", "depth", "label"].map(|image_type| render(image_type, &gltf, &[]))
    });
    same(&found);
}
