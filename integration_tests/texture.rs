//! Textures: which way up, how sampled, how decoded.

use glam::{DAffine3, DVec2, DVec3};
use serde_json::{Value, json};

use crate::harness::decode::{self, Image, QUADRANTS, Rgb, quadrants};
use crate::harness::gltf::{
    CLAMP, Gltf, LINEAR, MERGER, MIRROR, NEAREST, OTHER, REPEAT, VTK, a_metre_ahead, data_uri,
    sampler,
};
use crate::harness::meshes::{self, Mesh};
use crate::harness::shading::{Surface, linear, pbr};
use crate::harness::view::View;
use crate::harness::{expect, images, trials};

trials![
    first_row_is_at_v_zero,
    factor_multiplies_texture,
    linear_filter_mixes,
    wrap_modes,
    image_types_are_sniffed,
    base_color_is_decoded_from_srgb,
    metallic_roughness_channels,
    occlusion_with_strength,
    emissive_texture,
    normal_map_leans,
    depth_and_label_ignore_broken_images,
];

fn view() -> View {
    View::new(64, 64, 64.0)
}

fn render(gltf: &Gltf) -> Image<Rgb> {
    images::color(&view(), &gltf.bytes())
}

/// A square that fills the image but for a rim of 8 pixels, textured as VTK writes it.
fn vtk_square(factor: [f64; 4], sampler: Value, mesh: &Mesh) -> Gltf {
    let mut gltf = Gltf::new(VTK);
    let texture = gltf.texture(&quadrants(), sampler);
    let material = gltf.color(factor);
    gltf.json["materials"][material]["pbrMetallicRoughness"]["baseColorTexture"] =
        json!({"index": texture, "texCoord": 0});
    let mesh = gltf.mesh(mesh, material);
    gltf.shape(
        mesh,
        &DAffine3::from_translation(DVec3::new(0.0, 0.0, -1.0)),
    );
    gltf.camera(&view());
    gltf
}

fn square() -> Mesh {
    meshes::rectangle(DVec2::splat(0.375))
}

fn first_row_is_at_v_zero() {
    let image = render(&vtk_square([1.0; 4], sampler(NEAREST, CLAMP), &square()));
    // Near the middle: with the nearest filter each quadrant is even up to its edge.
    for (index, (x, y)) in [(20, 20), (43, 20), (20, 43), (43, 43)]
        .into_iter()
        .enumerate()
    {
        expect::close("quadrant", image.at(x, y), QUADRANTS[index], 1);
    }
    for (index, (x, y)) in [(28, 28), (35, 28), (28, 35), (35, 35)]
        .into_iter()
        .enumerate()
    {
        expect::close("near the middle", image.at(x, y), QUADRANTS[index], 1);
    }
}

/// In VTK's Phong look the bytes of the texture are used as they are.
fn factor_multiplies_texture() {
    let image = render(&vtk_square(
        [0.5, 1.0, 0.2, 1.0],
        sampler(NEAREST, CLAMP),
        &square(),
    ));
    expect::close("factor", image.at(20, 20), [125, 20, 2], 1);
    expect::close("factor", image.at(43, 43), [115, 220, 1], 1);
}

fn linear_filter_mixes() {
    let image = render(&vtk_square([1.0; 4], sampler(LINEAR, CLAMP), &square()));
    let mix = |a: Rgb, b: Rgb| std::array::from_fn(|c| a[c].midpoint(b[c]));
    // Half a pixel right of the line between red and green, a pixel being 1/24 texel.
    expect::close(
        "between",
        image.at(32, 14),
        mix(QUADRANTS[0], QUADRANTS[1]),
        6,
    );
    expect::close("the corner is clamped", image.at(12, 12), QUADRANTS[0], 1);
}

/// The square shows u and v from -1 to 2: nine copies of the texture. VTK has one wrap for both
/// axes and cannot mirror, so this is tested by the rules of glTF.
fn wrap_modes() {
    let mut mesh = square();
    for uv in &mut mesh.tex_coords {
        *uv = uv.map(|t| t * 3.0 - 1.0);
    }
    // Texel columns that each sixth of the square shows.
    for (wrap, columns) in [
        (REPEAT, [0, 1, 0, 1, 0, 1]),
        (MIRROR, [1, 0, 0, 1, 1, 0]),
        (CLAMP, [0, 0, 0, 1, 1, 1]),
    ] {
        let mut gltf = vtk_square([1.0; 4], sampler(NEAREST, wrap), &mesh);
        gltf.json["asset"]["generator"] = OTHER.into();
        let image = render(&gltf);
        for (i, row) in columns.into_iter().enumerate() {
            for (j, column) in columns.into_iter().enumerate() {
                let at = |k: usize| u32::try_from(8 + 8 * k + 4).unwrap();
                let what = format!("wrap {wrap}, row {i}, column {j}");
                let [r, g, b] = QUADRANTS[2 * row + column].map(linear);
                let surface = Surface {
                    roughness: 1.0,
                    ..Surface::vtk_shape(r, g, b)
                };
                let expected = pbr(&surface, DVec3::Z, -view().ray(at(j), at(i)).1);
                expect::close(&what, image.at(at(j), at(i)), expected, 1);
            }
        }
    }
}

/// Drake's merger sends images as `application/octet-stream`.
fn image_types_are_sniffed() {
    let expected = render(&vtk_square([1.0; 4], sampler(NEAREST, CLAMP), &square()));
    for media_type in ["application/octet-stream", "image/png", "image/jpeg"] {
        let mut gltf = vtk_square([1.0; 4], sampler(NEAREST, CLAMP), &square());
        gltf.json["images"][0] = json!({"uri": data_uri(media_type, &quadrants())});
        assert_eq!(render(&gltf), expected, "{media_type}");
    }
}

/// A square of a merged glTF material, facing the camera.
fn merged(material: impl FnOnce(&mut Gltf) -> Value) -> Gltf {
    Gltf::one_square(MERGER, &view(), 0.375, a_metre_ahead(), material)
}

/// A texture of one colour.
fn even(gltf: &mut Gltf, color: Rgb) -> usize {
    let texel = decode::encode_png(1, 1, png::ColorType::Rgb, &color);
    gltf.texture(&texel, json!({}))
}

fn lit(surface: &Surface) -> Rgb {
    pbr(surface, DVec3::Z, -view().ray(32, 32).1)
}

fn base_color_is_decoded_from_srgb() {
    for color in [[188, 60, 120], [255, 128, 10]] {
        let gltf = merged(|gltf| {
            let texture = even(gltf, color);
            json!({"pbrMetallicRoughness": {"baseColorTexture": {"index": texture},
                "metallicFactor": 0.0, "roughnessFactor": 0.9}})
        });
        let [r, g, b] = color.map(linear);
        let surface = Surface {
            roughness: 0.9,
            ..Surface::vtk_shape(r, g, b)
        };
        expect::close("sRGB", render(&gltf).middle(), lit(&surface), 1);
    }
}

/// Green is roughness, blue is metallic, both linear and times the factors.
fn metallic_roughness_channels() {
    let gltf = merged(|gltf| {
        let texture = even(gltf, [255, 153, 204]);
        json!({"pbrMetallicRoughness": {"baseColorFactor": [0.9, 0.6, 0.3, 1.0],
            "metallicRoughnessTexture": {"index": texture},
            "metallicFactor": 0.5, "roughnessFactor": 0.8}})
    });
    let surface = Surface {
        metallic: 0.8 * 0.5,
        roughness: 0.6 * 0.8,
        ..Surface::vtk_shape(0.9, 0.6, 0.3)
    };
    expect::close(
        "metallic-roughness",
        render(&gltf).middle(),
        lit(&surface),
        1,
    );
}

fn occlusion_with_strength() {
    let mut gltf = merged(|gltf| {
        let texture = even(gltf, [102, 0, 255]);
        json!({"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.9},
            "occlusionTexture": {"index": texture, "strength": 0.5}})
    });
    gltf.json["asset"]["generator"] = OTHER.into();
    let surface = Surface {
        roughness: 0.9,
        occlusion: 1.0 + 0.5 * (0.4 - 1.0),
        ..Surface::vtk_shape(1.0, 1.0, 1.0)
    };
    expect::close("occlusion", render(&gltf).middle(), lit(&surface), 1);
}

fn emissive_texture() {
    let gltf = merged(|gltf| {
        let texture = even(gltf, [188, 60, 0]);
        json!({"pbrMetallicRoughness": {"baseColorFactor": [0.0, 0.0, 0.0, 1.0],
            "metallicFactor": 0.0, "roughnessFactor": 0.9},
            "emissiveTexture": {"index": texture}, "emissiveFactor": [0.5, 1.0, 1.0]})
    });
    let surface = Surface {
        roughness: 0.9,
        emissive: DVec3::new(0.5 * linear(188), linear(60), 0.0),
        ..Surface::vtk_shape(0.0, 0.0, 0.0)
    };
    expect::close("emissive", render(&gltf).middle(), lit(&surface), 1);
}

/// A normal map that leans toward +u; u runs along +x here.
fn normal_map_leans() {
    let gltf = merged(|gltf| {
        let texture = even(gltf, [204, 128, 230]);
        json!({"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.5},
            "normalTexture": {"index": texture}})
    });
    let surface = Surface::vtk_shape(1.0, 1.0, 1.0);
    let texel = DVec3::new(204.0, 128.0, 230.0) / 255.0 * 2.0 - DVec3::ONE;
    let leaning = pbr(&surface, texel, -view().ray(32, 32).1);
    expect::close("normal map", render(&gltf).middle(), leaning, 1);
}

/// Depth and labels have no use for images and do not read them.
fn depth_and_label_ignore_broken_images() {
    let mut gltf = vtk_square([1.0, 0.0, 0.0, 1.0], sampler(LINEAR, CLAMP), &square());
    gltf.json["images"][0] = json!({"uri": data_uri("image/png", b"no image")});
    let label = images::label(&view(), &gltf.bytes()).middle();
    assert_eq!(label, [255, 0, 0]);
    let depth = images::depth(&view(), &gltf.bytes()).middle();
    assert!((depth - 1.0).abs() < 1e-6);
}
