//! What glTF's extensions do to materials: unlit, emissive strength, texture transforms; and
//! textures that each read coordinates of their own.

use std::f64::consts::FRAC_PI_2;

use glam::DVec3;
use serde_json::{Value, json};

use crate::harness::decode::{self, Image, QUADRANTS, Rgb, quadrants};
use crate::harness::gltf::{CLAMP, Gltf, NEAREST, OTHER, REPEAT, a_metre_ahead, sampler};
use crate::harness::shading::{Surface, linear, pbr};
use crate::harness::view::View;
use crate::harness::{expect, images, trials};

trials![
    unlit_shows_the_texture_as_it_is,
    unlit_factor_is_linear,
    emissive_strength,
    every_texture_reads_its_own_coordinates,
    every_texture_has_its_own_transform,
    a_transform_turns_scales_and_moves,
    a_transform_may_choose_the_set,
];

/// One texel for each texture of a material, in the order of [`all_textures`].
const TEXELS: [Rgb; 5] = [
    [188, 60, 120],
    [255, 153, 51],
    [204, 128, 230],
    [102, 0, 0],
    [30, 0, 60],
];

fn view() -> View {
    View::new(64, 64, 64.0)
}

fn render(gltf: &Gltf) -> Image<Rgb> {
    images::color(&view(), &gltf.bytes())
}

/// A square of a material that fills the image but for a rim of 8 pixels.
fn square(material: impl FnOnce(&mut Gltf) -> Value) -> Gltf {
    Gltf::one_square(OTHER, &view(), 0.375, a_metre_ahead(), material)
}

/// A texture of one row.
fn row(gltf: &mut Gltf, texels: &[Rgb]) -> usize {
    let width = u32::try_from(texels.len()).unwrap();
    let file = decode::encode_png(width, 1, png::ColorType::Rgb, texels.as_flattened());
    gltf.texture(&file, sampler(NEAREST, CLAMP))
}

fn unlit_shows_the_texture_as_it_is() {
    let texels = [[0, 1, 2], [10, 60, 128], [200, 254, 255]];
    let gltf = square(|gltf| {
        let texture = row(gltf, &texels);
        json!({"extensions": {"KHR_materials_unlit": {}},
            "pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}})
    });
    let image = render(&gltf);
    for (x, texel) in [(12, texels[0]), (31, texels[1]), (52, texels[2])] {
        assert_eq!(image.at(x, 32), texel, "column {x}");
    }
}

/// Linear 0.5 is 188 in sRGB; emission counts for nothing.
fn unlit_factor_is_linear() {
    let gltf = square(|_| {
        json!({"extensions": {"KHR_materials_unlit": {}}, "emissiveFactor": [1, 1, 1],
            "pbrMetallicRoughness": {"baseColorFactor": [0.5, 0.0, 1.0, 1.0]}})
    });
    assert_eq!(render(&gltf).middle(), [188, 0, 255]);
}

fn emissive_strength() {
    let gltf = square(|_| {
        json!({"extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 4}},
            "emissiveFactor": [0.1, 0.05, 0.0],
            "pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 1], "metallicFactor": 0,
                "roughnessFactor": 0.9}})
    });
    let surface = Surface {
        roughness: 0.9,
        emissive: DVec3::new(0.4, 0.2, 0.0),
        ..Surface::vtk_shape(0.0, 0.0, 0.0)
    };
    let expected = pbr(&surface, DVec3::Z, -view().ray(32, 32).1);
    expect::close("emissive strength", render(&gltf).middle(), expected, 1);
}

/// A material with all five textures, each made by `texture` of its index and texel.
fn all_textures(gltf: &mut Gltf, mut texture: impl FnMut(&mut Gltf, usize, Rgb) -> Value) -> Value {
    let mut textures = (0..).zip(TEXELS).map(|(i, texel)| texture(gltf, i, texel));
    let mut next = || textures.next().unwrap();
    json!({
        "pbrMetallicRoughness": {
            "baseColorTexture": next(), "metallicRoughnessTexture": next(),
        },
        "normalTexture": next(), "occlusionTexture": next(), "emissiveTexture": next(),
        "emissiveFactor": [1, 1, 1],
    })
}

/// What a pixel of the square shows whose textures have these texels all over.
fn even_at(x: u32, y: u32) -> Rgb {
    let [base, metallic_roughness, normal, occlusion, emissive] = TEXELS;
    let fraction = |byte: u8| f64::from(byte) / 255.0;
    let surface = Surface {
        albedo: DVec3::from(base.map(linear)),
        metallic: fraction(metallic_roughness[2]),
        roughness: fraction(metallic_roughness[1]),
        occlusion: fraction(occlusion[0]),
        emissive: DVec3::from(emissive.map(linear)),
    };
    let normal = DVec3::from(normal.map(fraction)) * 2.0 - DVec3::ONE;
    pbr(&surface, normal, -view().ray(x, y).1)
}

/// Five texels, all but one wrong.
fn only(gltf: &mut Gltf, place: usize, texel: Rgb) -> usize {
    let mut texels = [[255, 255, 0]; 5];
    texels[place] = texel;
    row(gltf, &texels)
}

/// Set n points at texel n.
fn every_texture_reads_its_own_coordinates() {
    let expected = even_at(32, 32);
    // In other orders, so that no set is read by luck.
    for shift in 0..5 {
        let mut gltf = square(|gltf| {
            all_textures(gltf, |gltf, i, texel| {
                let set = (i + shift) % 5;
                json!({"index": only(gltf, set, texel), "texCoord": set})
            })
        });
        for (set, u) in (0..).zip([0.1, 0.3, 0.5, 0.7, 0.9]) {
            let accessor = gltf.vectors(&[[u, 0.5]; 4]);
            gltf.set_attribute(&format!("TEXCOORD_{set}"), accessor);
        }
        // Coordinates that are the same everywhere leave no tangent to the normal texture.
        let tangents = gltf.vectors(&[[1.0, 0.0, 0.0, 1.0]; 4]);
        let normals = gltf.vectors(&[[0.0_f32, 0.0, 1.0]; 4]);
        gltf.set_attribute("TANGENT", tangents);
        gltf.set_attribute("NORMAL", normals);
        expect::close("own coordinates", render(&gltf).middle(), expected, 1);
    }
}

/// The square's coordinates shrunk into texel n by a scale and an offset.
fn every_texture_has_its_own_transform() {
    let gltf = square(|gltf| {
        all_textures(gltf, |gltf, i, texel| {
            let offset = f64::from(u32::try_from(i).unwrap()) / 5.0;
            let transform = json!({"offset": [offset, 0.0], "scale": [0.2, 1.0]});
            json!({"index": only(gltf, i, texel),
                "extensions": {"KHR_texture_transform": transform}})
        })
    });
    let image = render(&gltf);
    for (x, y) in [(10, 10), (32, 32), (53, 40)] {
        let expected = even_at(x, y);
        expect::close("own transform", image.at(x, y), expected, 1);
    }
}

/// A quarter turn takes u to -v and v to u; half the size and half an image on, the left half of the
/// square, from the top, sees the top of the texture's right column. Checked by hand, at all corners.
fn a_transform_turns_scales_and_moves() {
    let [red, green, blue, yellow] = QUADRANTS;
    let render_with = |transform: Value| {
        let gltf = square(|gltf| {
            let texture = gltf.texture(&quadrants(), sampler(NEAREST, REPEAT));
            json!({"extensions": {"KHR_materials_unlit": {}}, "pbrMetallicRoughness": {
                "baseColorTexture": {"index": texture,
                    "extensions": {"KHR_texture_transform": transform}}}})
        });
        let image = render(&gltf);
        [(16, 16), (48, 16), (16, 48), (48, 48)].map(|(x, y)| image.at(x, y))
    };
    assert_eq!(render_with(json!({})), QUADRANTS);
    // (u, v) becomes (v, -u): the upper left (0.2, 0.2) reads (0.2, 0.8), blue; the upper right
    // (0.8, 0.2) reads (0.2, 0.2), red: the image is turned clockwise.
    assert_eq!(
        render_with(json!({"rotation": FRAC_PI_2})),
        [blue, red, yellow, green]
    );
    // Half the size: all of the square sees one quadrant; moved half an image, another.
    assert_eq!(render_with(json!({"scale": [0.5, 0.5]})), [red; 4]);
    assert_eq!(
        render_with(json!({"scale": [0.5, 0.5], "offset": [0.5, 0.0]})),
        [green; 4]
    );
    // The scale is done first: of (0.5 u, v) turned, v is -0.5 u, in the lower half.
    assert_eq!(
        render_with(json!({"scale": [0.5, 1.0], "rotation": FRAC_PI_2})),
        [blue, blue, yellow, yellow]
    );
}

fn a_transform_may_choose_the_set() {
    let mut gltf = square(|gltf| {
        let texture = row(gltf, &[[1, 2, 3], [200, 100, 50]]);
        json!({"extensions": {"KHR_materials_unlit": {}}, "pbrMetallicRoughness": {
            "baseColorTexture": {"index": texture, "texCoord": 0,
                "extensions": {"KHR_texture_transform": {"texCoord": 3}}}}})
    });
    let accessor = gltf.vectors(&[[0.75_f32, 0.5]; 4]);
    gltf.set_attribute("TEXCOORD_3", accessor);
    assert_eq!(render(&gltf).at(12, 12), [200, 100, 50]);
}
