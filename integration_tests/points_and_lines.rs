//! Points and lines: which pixels they cover, how deep, in which color.

use glam::{DVec2, DVec3};
use serde_json::json;

use crate::harness::decode::{self, Rgb};
use crate::harness::gltf::{Gltf, MERGER, OTHER, VTK, label, label_factor};
use crate::harness::multipart::Form;
use crate::harness::shading::{Surface, bytes, pbr, srgb};
use crate::harness::view::View;
use crate::harness::{client, expect, images, server, trials};

trials![
    points_land_on_their_pixels,
    points_seen_in_parallel,
    lines_cover_their_pixels,
    oblique_lines_have_no_gaps,
    strips_and_loops,
    indices_choose,
    depth_along_a_line,
    near_plane_cuts_lines,
    lines_reach_out_of_the_image,
    nearer_ones_hide,
    not_lit_without_normals,
    lit_with_normals,
    vertex_colors,
];

const POINTS: u32 = 0;
const LINES: u32 = 1;
const LINE_LOOP: u32 = 2;
const LINE_STRIP: u32 = 3;

fn view() -> View {
    View {
        near: 0.5,
        ..View::new(48, 40, 40.0)
    }
}

/// The position that the camera at the origin sees at a place in the image.
fn at(column: f64, row: f64, depth: f64) -> DVec3 {
    let view = view();
    let x = (column - view.center_x) / view.focal_x;
    let y = -(row - view.center_y) / view.focal_y;
    DVec3::new(x, y, -1.0) * depth
}

/// A primitive of one mode.
#[derive(Clone, Default)]
struct Drawn {
    mode: u32,
    positions: Vec<DVec3>,
    indices: Option<Vec<u32>>,
    normal: Option<[f32; 3]>,
    color: Option<[f32; 4]>,
}

impl Drawn {
    fn new(mode: u32, positions: &[DVec3]) -> Self {
        Self {
            mode,
            positions: positions.to_vec(),
            ..Self::default()
        }
    }

    fn add_to(&self, gltf: &mut Gltf, material: usize) {
        let positions: Vec<_> = self.positions.iter().map(|p| p.as_vec3().into()).collect();
        let count = positions.len();
        let mut attributes = json!({"POSITION": gltf.vectors::<3>(&positions)});
        if let Some(normal) = self.normal {
            attributes["NORMAL"] = gltf.vectors(&vec![normal; count]).into();
        }
        if let Some(color) = self.color {
            attributes["COLOR_0"] = gltf.vectors(&vec![color; count]).into();
        }
        let mut primitive =
            json!({"attributes": attributes, "mode": self.mode, "material": material});
        if let Some(indices) = &self.indices {
            primitive["indices"] = gltf.indices(indices).into();
        }
        let mesh = gltf.push("meshes", json!({"primitives": [primitive]}));
        gltf.root(json!({"mesh": mesh}));
    }
}

/// A scene of primitives with the labels 1, 2 and so on.
fn scene(view: &View, drawn: &[Drawn]) -> Vec<u8> {
    let mut gltf = Gltf::new(OTHER);
    gltf.camera(view);
    for (drawn, id) in drawn.iter().zip(1..) {
        let material = gltf.color(label_factor(label(id)));
        drawn.add_to(&mut gltf, material);
    }
    gltf.bytes()
}

/// The pixels (column, row) that a label image shows in the label `id`; no other label is there.
fn covered(drawn: &Drawn) -> Vec<(u32, u32)> {
    let scene = scene(&view(), std::slice::from_ref(drawn));
    let image = images::label(&view(), &scene);
    let others = image.places(|shown| shown != label(1) && shown != [255; 3]);
    assert_eq!(others, [], "of another label");
    let shown = image.places(|shown| shown == label(1));
    // What has a label has a depth.
    let depth = images::depth(&view(), &scene);
    assert_eq!(depth.places(f32::is_finite), shown);
    shown
}

fn points_land_on_their_pixels() {
    let places = [(0.5, 0.5), (47.4, 39.6), (20.1, 7.9), (31.9, 25.1)];
    let positions = places.map(|(x, y)| at(x, y, 1.0 + x));
    let points = Drawn::new(POINTS, &positions);
    assert_eq!(covered(&points), [(0, 0), (20, 7), (31, 25), (47, 39)]);
    let scene = scene(&view(), &[points]);
    let depth = images::depth(&view(), &scene);
    for (x, y) in places {
        let found = f64::from(depth.at(x as u32, y as u32));
        assert!((found - 1.0 - x).abs() < 1e-5 * x, "{found} at ({x}, {y})");
    }
}

fn points_seen_in_parallel() {
    let view = View {
        parallel: Some(DVec2::new(24.0, 20.0)),
        ..view()
    };
    // A metre for each pixel.
    let points = Drawn::new(
        POINTS,
        &[DVec3::new(-13.8, 4.3, -2.0), DVec3::new(6.2, -7.7, -90.0)],
    );
    let scene = scene(&view, &[points]);
    let image = |image_type| {
        client::post(server::shared(), &Form::of_scene(image_type, &view, &scene)).image()
    };
    let (labels, depth) = (
        decode::rgb(&image("label")),
        decode::metres(&image("depth")),
    );
    let shown = labels.pixels.iter().filter(|&&pixel| pixel == label(1));
    assert_eq!(shown.count(), 2);
    for (x, y, metres) in [(10, 15, 2.0), (30, 27, 90.0)] {
        assert_eq!(labels.at(x, y), label(1));
        assert!((depth.at(x, y) - metres).abs() < 1e-5 * metres);
    }
}

/// From one border of a pixel to another, through the middles of the pixels between.
fn lines_cover_their_pixels() {
    let across = Drawn::new(LINES, &[at(10.0, 20.5, 1.0), at(30.0, 20.5, 1.0)]);
    assert_eq!(
        covered(&across),
        (10..30).map(|x| (x, 20)).collect::<Vec<_>>()
    );
    let down = Drawn::new(LINES, &[at(7.5, 3.0, 2.0), at(7.5, 33.0, 2.0)]);
    assert_eq!(covered(&down), (3..33).map(|y| (7, y)).collect::<Vec<_>>());
    // One for each pair; the one left over makes none.
    let corners = [(2.0, 5.5), (6.0, 5.5), (2.0, 9.5), (6.0, 9.5), (40.0, 30.0)];
    let two = Drawn::new(LINES, &corners.map(|(x, y)| at(x, y, 1.0)));
    let expected: Vec<_> = [5, 9]
        .iter()
        .flat_map(|&y| (2..6).map(move |x| (x, y)))
        .collect();
    assert_eq!(covered(&two), expected);
}

/// Each step along the longer way has a pixel, near the line; and all pixels touch.
fn oblique_lines_have_no_gaps() {
    let (from, length) = (DVec2::new(24.0, 20.0), 17.0);
    for degrees in (3..360_i32).step_by(19) {
        let direction = DVec2::from_angle(f64::from(degrees).to_radians());
        let to = from + length * direction;
        let line = Drawn::new(LINES, &[at(from.x, from.y, 1.0), at(to.x, to.y, 1.0)]);
        let pixels = covered(&line);
        let axis = usize::from(direction.y.abs() > direction.x.abs());
        let mut steps: Vec<u32> = pixels.iter().map(|&(x, y)| [x, y][axis]).collect();
        steps.sort_unstable();
        steps.dedup();
        let span = length * direction.abs().max_element();
        assert!(
            (steps.len() as f64 - span).abs() <= 1.0,
            "{degrees} degrees: {} steps of {span}",
            steps.len()
        );
        let connected = steps.windows(2).all(|pair| pair[1] == pair[0] + 1);
        assert!(connected, "{degrees} degrees: {pixels:?}");
        for &(x, y) in &pixels {
            let middle = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let beside = (middle - from).perp_dot(direction).abs();
            assert!(
                beside <= 0.75,
                "{degrees} degrees: ({x}, {y}) is {beside} off"
            );
            let touches = |&&(a, b): &&(u32, u32)| {
                (a, b) != (x, y) && a.abs_diff(x) <= 1 && b.abs_diff(y) <= 1
            };
            assert!(
                pixels.iter().find(touches).is_some(),
                "{degrees}: ({x}, {y}) is alone"
            );
        }
    }
}

/// The corners of a rectangle through the middles of pixels.
fn corners() -> [DVec3; 4] {
    [(10.5, 8.5), (30.5, 8.5), (30.5, 28.5), (10.5, 28.5)].map(|(x, y)| at(x, y, 1.0))
}

/// A strip leaves the last side open, which a loop closes.
fn strips_and_loops() {
    for (mode, closed) in [(LINE_STRIP, false), (LINE_LOOP, true)] {
        let pixels = covered(&Drawn::new(mode, &corners()));
        let has = |x, y| pixels.contains(&(x, y));
        for step in 1..20 {
            assert!(
                has(10 + step, 8) && has(30, 8 + step) && has(10 + step, 28),
                "{step}"
            );
            assert_eq!(has(10, 8 + step), closed, "{step}");
        }
        let inside = |&&(x, y): &&(u32, u32)| (11..30).contains(&x) && (9..28).contains(&y);
        assert_eq!(pixels.iter().find(inside), None);
        let sides = if closed { 80 } else { 60 };
        assert!(pixels.len().abs_diff(sides) <= 1, "{} pixels", pixels.len());
    }
}

/// The same from indices as without, and not what they leave out.
fn indices_choose() {
    let [a, b, c, d] = corners();
    let far = at(1.0, 1.0, 1.0);
    for mode in [POINTS, LINES, LINE_LOOP, LINE_STRIP] {
        let indexed = Drawn {
            indices: Some(vec![4, 2, 0, 3]),
            ..Drawn::new(mode, &[c, far, b, d, a])
        };
        let plain = Drawn::new(mode, &[a, b, c, d]);
        let pixels = covered(&plain);
        // Four points; two sides of 20 pixels at the least.
        let least = if mode == POINTS { 4 } else { 39 };
        assert!(
            pixels.len() >= least,
            "mode {mode}: {} pixels",
            pixels.len()
        );
        assert_eq!(covered(&indexed), pixels, "mode {mode}");
        let [indexed, plain] = [indexed, plain].map(|drawn| scene(&view(), &[drawn]));
        for image_type in ["color", "depth", "label"] {
            let [indexed, plain] = [&indexed, &plain]
                .map(|scene| client::render(server::shared(), image_type, &view(), scene));
            assert!(indexed == plain, "mode {mode}: {image_type}");
        }
    }
}

/// The inverse of the depth runs straight across the image.
fn depth_along_a_line() {
    let line = Drawn::new(LINES, &[at(4.0, 20.5, 1.0), at(44.0, 20.5, 5.0)]);
    let scene = scene(&view(), &[line]);
    let image = images::depth(&view(), &scene);
    for x in 4..44 {
        let part = (f64::from(x) + 0.5 - 4.0) / 40.0;
        let expected = 1.0 / (1.0 + part * (0.2 - 1.0));
        let found = f64::from(image.at(x, 20));
        assert!(
            (found / expected - 1.0).abs() < 1e-4,
            "{found}, not {expected} at {x}"
        );
    }
}

/// A line toward the camera and past it is seen up to the near plane.
fn near_plane_cuts_lines() {
    // Beside the axis by 0.2 m: at 2 m it is 4 pixels from the middle, at the near plane 16.
    let [from, to] = [2.0, -1.0].map(|depth| DVec3::new(0.2, -0.5 / 40.0 * 2.0, -depth));
    // It runs down too; only the columns count.
    let pixels = covered(&Drawn::new(LINES, &[from, to]));
    let mut columns: Vec<u32> = pixels.iter().map(|&(x, _)| x).collect();
    columns.sort_unstable();
    columns.dedup();
    assert_eq!(columns, (28..40).collect::<Vec<_>>());
}

fn lines_reach_out_of_the_image() {
    let across = Drawn::new(LINES, &[at(-5e3, 20.5, 1.0), at(9e3, 20.5, 1.0)]);
    assert_eq!(
        covered(&across),
        (0..48).map(|x| (x, 20)).collect::<Vec<_>>()
    );
    let diagonal = Drawn::new(LINES, &[at(-400.0, -400.2, 1.0), at(400.0, 399.8, 1.0)]);
    let pixels = covered(&diagonal);
    assert!((0..40).all(|i| pixels.contains(&(i, i))), "{pixels:?}");
    let outside = Drawn::new(LINES, &[at(-40.0, 20.5, 1.0), at(-1.0, 20.5, 1.0)]);
    assert_eq!(covered(&outside), []);
    let outside = Drawn::new(POINTS, &[at(-0.6, 20.5, 1.0), at(20.5, 40.6, 1.0)]);
    assert_eq!(covered(&outside), []);
}

fn nearer_ones_hide() {
    let far = Drawn::new(LINES, &[at(10.0, 20.5, 3.0), at(30.0, 20.5, 3.0)]);
    let near = Drawn::new(LINES, &[at(20.5, 10.0, 2.0), at(20.5, 30.0, 2.0)]);
    let nearest = Drawn::new(POINTS, &[at(20.5, 12.5, 1.0), at(12.5, 20.5, 4.0)]);
    let scene = scene(&view(), &[nearest, near, far]);
    let image = images::label(&view(), &scene);
    for (x, y, id) in [
        (20, 12, 1),
        (20, 20, 2),
        (20, 11, 2),
        (12, 20, 3),
        (29, 20, 3),
    ] {
        assert_eq!(image.at(x, y), label(id), "({x}, {y})");
    }
}

/// Lines and points that fill a square, so that smoothing leaves its middle alone.
fn filled() -> [Drawn; 2] {
    let rows = (10..30).map(|row| f64::from(row) + 0.5);
    let lines: Vec<_> = rows
        .clone()
        .flat_map(|y| [at(14.0, y, 1.0), at(34.0, y, 1.0)])
        .collect();
    let points: Vec<_> = rows
        .flat_map(|y| (14..34).map(move |x| at(f64::from(x) + 0.5, y, 1.0)))
        .collect();
    [Drawn::new(LINES, &lines), Drawn::new(POINTS, &points)]
}

/// The color in the middle of what `filled` fills.
fn middle(generator: &str, drawn: &Drawn) -> Rgb {
    let mut gltf = Gltf::new(generator);
    gltf.camera(&view());
    let material = gltf.material(json!({
        "emissiveFactor": [0.1, 0.0, 0.05],
        "pbrMetallicRoughness": {
            "baseColorFactor": [0.2, 0.6, 0.4, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.8}}));
    drawn.add_to(&mut gltf, material);
    images::color(&view(), &gltf.bytes()).at(24, 20)
}

const BASE: DVec3 = DVec3::new(0.2, 0.6, 0.4);
const EMISSIVE: DVec3 = DVec3::new(0.1, 0.0, 0.05);

/// glTF sums base color and emission; VTK leaves out the emission, and shows the color as it is.
fn not_lit_without_normals() {
    for drawn in filled() {
        expect::close("glTF", middle(OTHER, &drawn), srgb(BASE + EMISSIVE), 1);
        expect::close("Drake", middle(MERGER, &drawn), bytes(BASE), 1);
        expect::close("Drake, Phong", middle(VTK, &drawn), bytes(BASE), 1);
    }
}

fn lit_with_normals() {
    let surface = Surface {
        roughness: 0.8,
        emissive: EMISSIVE,
        ..Surface::vtk_shape(BASE.x, BASE.y, BASE.z)
    };
    for normal in [[0.0, 0.0, 1.0], [0.6, 0.0, 0.8]] {
        let n = DVec3::from(normal.map(f64::from));
        let to_eye = -at(24.5, 20.5, 1.0);
        for drawn in filled() {
            let drawn = Drawn {
                normal: Some(normal),
                ..drawn
            };
            expect::close("glTF", middle(OTHER, &drawn), pbr(&surface, n, to_eye), 1);
            let dark = Surface {
                emissive: DVec3::ZERO,
                ..surface
            };
            expect::close("Drake", middle(MERGER, &drawn), pbr(&dark, n, to_eye), 1);
        }
    }
}

fn vertex_colors() {
    for drawn in filled() {
        let drawn = Drawn {
            color: Some([0.5, 0.25, 1.0, 1.0]),
            ..drawn
        };
        let expected = BASE * DVec3::new(0.5, 0.25, 1.0) + EMISSIVE;
        expect::close("COLOR_0", middle(OTHER, &drawn), srgb(expected), 1);
    }
}
