//! Samplers by the rules of glTF: each wrap on each axis, each filter, by a twin of them in code.

use glam::{DAffine3, DVec2, DVec3};
use serde_json::{Value, json};

use crate::harness::decode::{self, Image, QUADRANTS, Rgb, quadrants};
use crate::harness::gltf::{CLAMP, Gltf, LINEAR, MIRROR, NEAREST, OTHER, REPEAT};
use crate::harness::shading::{linear, srgb};
use crate::harness::view::View;
use crate::harness::{expect, images, meshes, trials};

trials![
    each_wrap_on_each_axis,
    magnification,
    minification_without_levels,
    minification_with_the_nearest_level,
    minification_between_levels,
];

/// Pixels on a side of the image, and texels on a side of the stripes.
const SIDE: u32 = 64;

/// A square that fills the image, in the colors of its texture. `tex_coord` maps those of the
/// square, which run from 0 at the top left to 1 at the bottom right.
fn render(png: &[u8], sampler: Value, tex_coord: impl Fn([f64; 2]) -> [f64; 2]) -> Image<Rgb> {
    let view = View::new(SIDE, SIDE, f64::from(SIDE));
    let mut mesh = meshes::rectangle(DVec2::splat(0.5));
    for uv in &mut mesh.tex_coords {
        *uv = tex_coord(uv.map(f64::from)).map(|t| t as f32);
    }
    let mut gltf = Gltf::new(OTHER);
    let texture = gltf.texture(png, sampler);
    let material = gltf.material(json!({
        "pbrMetallicRoughness": {"baseColorTexture": {"index": texture}},
        "extensions": {"KHR_materials_unlit": {}}}));
    gltf.json["extensionsUsed"] = json!(["KHR_materials_unlit"]);
    let mesh = gltf.mesh(&mesh, material);
    gltf.shape(mesh, &DAffine3::from_translation(-DVec3::Z));
    gltf.camera(&view);
    images::color(&view, &gltf.bytes())
}

/// The square shows u and v from -1 to 2: nine copies of two by two texels.
fn each_wrap_on_each_axis() {
    // The texels that each sixth of the square shows along an axis.
    const WRAPS: [(u32, [usize; 6]); 3] = [
        (REPEAT, [0, 1, 0, 1, 0, 1]),
        (MIRROR, [1, 0, 0, 1, 1, 0]),
        (CLAMP, [0, 0, 0, 1, 1, 1]),
    ];
    let png = quadrants();
    for (wrap_s, columns) in WRAPS {
        for (wrap_t, rows) in WRAPS {
            let sampler = json!({"magFilter": NEAREST, "minFilter": NEAREST,
                "wrapS": wrap_s, "wrapT": wrap_t});
            let image = render(&png, sampler, |uv| uv.map(|t| 3.0 * t - 1.0));
            for (i, row) in rows.into_iter().enumerate() {
                for (j, column) in columns.into_iter().enumerate() {
                    let middle = |k: usize| (2 * k as u32 + 1) * SIDE / 12;
                    let what = format!("wrapS {wrap_s}, wrapT {wrap_t}, row {i}, column {j}");
                    let found = image.at(middle(j), middle(i));
                    expect::close(&what, found, QUADRANTS[2 * row + column], 1);
                }
            }
        }
    }
}

/// Stripes of one texel in red, of two in green and of four in blue, so that mip level 0 has all of
/// them, level 1 has no red ones, level 2 only blue ones and level 3 none: linear light, by row.
fn stripes(level: usize) -> Vec<[f64; 3]> {
    let mut rows: Vec<[f64; 3]> = (0..SIDE)
        .map(|row| [1, 2, 4].map(|width| linear(byte(row / width))))
        .collect();
    for _ in 0..level {
        let mean = |pair: &[[f64; 3]]| std::array::from_fn(|c| pair[0][c].midpoint(pair[1][c]));
        rows = rows.chunks_exact(2).map(mean).collect();
    }
    rows
}

fn byte(stripe: u32) -> u8 {
    if stripe.is_multiple_of(2) { 60 } else { 200 }
}

/// A mip level at a height, in texels of level 0 from the top.
fn sample(level: usize, height: f64, filter: u32) -> [f64; 3] {
    let rows = stripes(level);
    let height = height / f64::from(1_u32 << level);
    if filter == NEAREST {
        return rows[height as usize];
    }
    let (above, part) = ((height - 0.5) as usize, (height - 0.5).fract());
    std::array::from_fn(|c| rows[above][c] * (1.0 - part) + rows[above + 1][c] * part)
}

/// Texels of level 0 above the image, and pixels for each of them downwards.
const FIRST: f64 = 14.0;
const MAGNIFIED: f64 = 16.0;

/// Holds the middle column to a function of the height, in texels of level 0. A pixel is `2^detail`
/// texels wide, which decides the mip level: the stripes, being magnified along the other axis, show
/// what the level holds. Left out are pixels beside an edge, which FXAA may touch.
fn hold(
    what: &str,
    filters: (u32, u32),
    detail: f64,
    tolerance: u8,
    expected: impl Fn(f64) -> [f64; 3],
) {
    let texels: Vec<Rgb> = (0..SIDE * SIDE)
        .map(|i| [1, 2, 4].map(|width| byte(i / SIDE / width)))
        .collect();
    let png = decode::encode_png(SIDE, SIDE, png::ColorType::Rgb, texels.as_flattened());
    let sampler = json!({"magFilter": filters.0, "minFilter": filters.1});
    let side = f64::from(SIDE);
    let image = render(&png, sampler, |[u, v]| {
        [u * detail.exp2(), (FIRST + v * side / MAGNIFIED) / side]
    });
    let expected = |y: u32| srgb(expected(FIRST + (f64::from(y) + 0.5) / MAGNIFIED).into());
    let mut held = 0;
    for y in 2..SIDE - 2 {
        let even = |other: u32| (0..3).all(|c| expected(y)[c].abs_diff(expected(other)[c]) < 30);
        if (y - 2..=y + 2).all(even) {
            let what = format!("{what}, {filters:?}, row {y}");
            expect::close(&what, image.at(SIDE / 2, y), expected(y), tolerance);
            held += 1;
        }
    }
    assert!(held > 12, "{what}: only {held} rows");
}

const MIN_FILTERS: [u32; 6] = [NEAREST, LINEAR, 9984, 9985, 9986, 9987];

/// Whatever the filter for minification.
fn magnification() {
    for min in MIN_FILTERS {
        for mag in [NEAREST, LINEAR] {
            hold("magnified", (mag, min), -4.0, 2, |at| sample(0, at, mag));
        }
    }
}

/// Whatever the filter for magnification.
fn minification_without_levels() {
    for mag in [NEAREST, LINEAR] {
        for min in [NEAREST, LINEAR] {
            hold("minified", (mag, min), 2.25, 2, |at| sample(0, at, min));
        }
    }
}

fn minification_with_the_nearest_level() {
    for mag in [NEAREST, LINEAR] {
        for (min, filter) in [(9984, NEAREST), (9985, LINEAR)] {
            for (detail, level) in [(0.75, 1), (1.25, 1), (1.75, 2), (2.25, 2), (2.75, 3)] {
                let what = format!("minified by 2^{detail}");
                hold(&what, (mag, min), detail, 2, |at| sample(level, at, filter));
            }
        }
    }
}

/// Half way between two levels, where all drivers agree on the weights.
fn minification_between_levels() {
    for mag in [NEAREST, LINEAR] {
        for (min, filter) in [(9986, NEAREST), (9987, LINEAR)] {
            for level in [1, 2] {
                let what = format!("minified to level {level}.5");
                hold(&what, (mag, min), level as f64 + 0.5, 5, |at| {
                    let [upper, lower] = [level, level + 1].map(|l| sample(l, at, filter));
                    std::array::from_fn(|c| upper[c].midpoint(lower[c]))
                });
            }
        }
    }
}
