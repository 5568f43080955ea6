//! Depth images against ray casting.

use glam::{DAffine3, DVec2, DVec3};

use crate::harness::decode::{self, Image};
use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::truth::{Object, Shape, Truth};
use crate::harness::view::View;
use crate::harness::{client, expect, images, server, trials};

trials![
    sphere_centred,
    sphere_off_centre,
    sphere_anisotropic,
    tilted_planes,
    plane_in_the_corners,
    near_plane_cuts_open,
    far_plane_hides,
    clipping_hides_whole_objects,
    sensor_range,
    sensor_range_to_the_edge,
    millimetres,
    millimetres_end_at_65_metres,
    a_kilometre_from_the_origin,
];

/// Relative error that is allowed of a surface's depth.
const TOLERANCE: f64 = 1e-5;

fn render(view: &View, objects: &[Object]) -> Image<f32> {
    let scene = Gltf::labelled(view, objects).bytes();
    images::depth(view, &scene)
}

/// Holds the image to the truth, two pixels away from silhouettes; at least `least` pixels.
fn check(name: &str, view: &View, objects: &[Object], least: usize) {
    let truth = Truth::cast(view, objects);
    let image = render(view, objects);
    let compared = expect::true_depth(name, &image, &truth, view, TOLERANCE, 2);
    assert!(compared >= least, "only {compared} pixels were compared");
}

fn sphere(view: &View, name: &str) {
    check(
        name,
        view,
        &[Object::at(Shape::Sphere(0.5), 0.1, -0.05, -2.5, 1)],
        1500,
    );
}

fn sphere_centred() {
    sphere(&View::new(96, 80, 150.0), "depth sphere centred");
}

fn sphere_off_centre() {
    let view = View {
        center_x: 31.25,
        center_y: 55.5,
        ..View::new(96, 80, 150.0)
    };
    sphere(&view, "depth sphere off centre");
}

fn sphere_anisotropic() {
    let view = View {
        focal_y: 110.0,
        center_x: 50.125,
        ..View::new(96, 80, 170.0)
    };
    sphere(&view, "depth sphere anisotropic");
}

fn tilted_planes() {
    for (name, pose) in [
        ("x", DAffine3::from_rotation_x(1.2)),
        ("y", DAffine3::from_rotation_y(-1.3)),
        (
            "xz",
            DAffine3::from_rotation_x(0.8) * DAffine3::from_rotation_z(0.5),
        ),
    ] {
        let plane = Object {
            pose: DAffine3::from_translation(DVec3::new(0.0, 0.0, -5.0)) * pose,
            ..Object::at(Shape::Rectangle(DVec2::splat(3.0)), 0.0, 0.0, 0.0, 1)
        };
        check(
            &format!("depth tilted {name}"),
            &View::new(80, 60, 60.0),
            &[plane],
            800,
        );
    }
}

/// Depth is along the optical axis, not along the ray.
fn plane_in_the_corners() {
    let wall = Object::at(Shape::Rectangle(DVec2::splat(20.0)), 0.0, 0.0, -3.0, 1);
    let image = render(&View::new(64, 64, 20.0), &[wall]);
    for (x, y) in [(0, 0), (63, 0), (0, 63), (63, 63), (32, 32)] {
        assert!((image.at(x, y) - 3.0).abs() < 3e-6, "{}", image.at(x, y));
    }
}

fn room() -> [Object; 3] {
    [
        Object::at(Shape::Cuboid(DVec3::splat(0.5)), -0.4, 0.0, -2.0, 1),
        Object::at(Shape::Cuboid(DVec3::new(0.3, 0.6, 0.3)), 0.6, 0.1, -3.0, 2),
        Object::at(Shape::Rectangle(DVec2::splat(8.0)), 0.0, 0.0, -6.0, 3),
    ]
}

/// What is nearer than the near plane vanishes, and the inside of a box shows.
fn near_plane_cuts_open() {
    let view = View {
        near: 1.9,
        ..View::new(80, 60, 60.0)
    };
    check("depth near", &view, &room(), 3000);
    let depth = render(&view, &room()).at(28, 30);
    assert!(
        (depth - 2.5).abs() < 1e-4,
        "the back of the box, not {depth}"
    );
}

fn far_plane_hides() {
    let view = View {
        far: 5.0,
        ..View::new(80, 60, 60.0)
    };
    check("depth far", &view, &room(), 500);
    assert_eq!(render(&view, &room()).at(1, 1), f32::INFINITY);
}

fn clipping_hides_whole_objects() {
    let view = View {
        near: 2.6,
        far: 3.5,
        ..View::new(80, 60, 60.0)
    };
    check("depth near and far", &view, &room(), 100);
}

/// Nearer than the sensor sees is 0, farther is infinity; unlike clipping, it hides what is behind.
fn sensor_range() {
    let view = View {
        min_depth: 2.0,
        max_depth: 5.5,
        ..View::new(80, 60, 60.0)
    };
    check("depth range", &view, &room(), 50);
    let image = render(&view, &room());
    assert_eq!(image.at(28, 30), 0.0);
    assert_eq!(image.at(1, 1), f32::INFINITY);
}

/// Six decimals come over the wire, so a range may end one micrometre beside a surface.
fn sensor_range_to_the_edge() {
    let wall = [Object::at(
        Shape::Rectangle(DVec2::splat(9.0)),
        0.0,
        0.0,
        -2.0,
        1,
    )];
    let measured = |min_depth, max_depth| {
        let view = View {
            min_depth,
            max_depth,
            ..View::new(16, 16, 16.0)
        };
        render(&view, &wall).middle()
    };
    assert!((measured(1.999_99, 2.000_01) - 2.0).abs() < 1e-6);
    assert_eq!(measured(2.000_01, 9.0), 0.0);
    assert_eq!(measured(0.0, 1.999_99), f32::INFINITY);
    // As in Drake, a surface exactly at the end of the range is outside it.
    assert_eq!(measured(0.5, 2.0), f32::INFINITY);
    assert_eq!(measured(2.0, 9.0), 0.0);
}

fn millimetres() {
    let view = View {
        min_depth: 1.6,
        max_depth: 5.5,
        ..View::new(80, 60, 60.0)
    };
    let ramp = Object {
        pose: DAffine3::from_translation(DVec3::new(0.0, -0.5, -3.0))
            * DAffine3::from_rotation_x(-1.1),
        ..Object::at(Shape::Rectangle(DVec2::new(0.6, 2.0)), 0.0, 0.0, 0.0, 4)
    };
    let objects = [&room()[..], &[ramp]].concat();
    let truth = Truth::cast(&view, &objects);
    let scene = Gltf::labelled(&view, &objects).bytes();
    let form = Form::drake("depth", &view, &scene).with("depth_format", "png16");
    let image = decode::millimetres(&client::post(server::shared(), &form).image());
    let mut seen = [0; 3];
    for (x, y) in (0..60).flat_map(|y| (0..80).map(move |x| (x, y))) {
        if !truth.interior(x, y, 2) {
            continue;
        }
        let depth = truth.at(x, y).map_or(f64::INFINITY, |hit| hit.depth);
        let found = image.at(x, y);
        let (class, right) = match view.measured(depth) {
            0.0 => (0, found == 0),
            f64::INFINITY => (1, found == u16::MAX),
            depth => (2, (f64::from(found) - depth * 1000.0).abs() < 0.55),
        };
        assert!(right, "({x}, {y}): {found} mm for {depth} m");
        seen[class] += 1;
    }
    assert!(seen.iter().all(|&count| count > 50), "{seen:?}");
}

/// 65534 mm is the last depth that can be written.
fn millimetres_end_at_65_metres() {
    for (depth, expected) in [
        (65.534, 65534),
        (65.5352, u16::MAX),
        (80.0, u16::MAX),
        (0.0212, 21),
    ] {
        let view = View {
            max_depth: 200.0,
            far: 300.0,
            ..View::new(16, 16, 16.0)
        };
        let wall = Object::at(Shape::Rectangle(DVec2::splat(90.0)), 0.0, 0.0, -depth, 1);
        let scene = Gltf::labelled(&view, &[wall]).bytes();
        let form = Form::drake("depth", &view, &scene).with("depth_format", "png16");
        let image = decode::millimetres(&client::post(server::shared(), &form).image());
        assert_eq!(image.middle(), expected, "{depth} m");
    }
}

/// Both the object and the camera are far from the origin; their difference is what counts.
fn a_kilometre_from_the_origin() {
    let place = DVec3::new(700.0, -500.0, 600.0);
    let view = View::new(80, 60, 80.0).looking(place + DVec3::new(2.0, 1.5, 1.0), place, DVec3::Z);
    let box_there = Object {
        pose: DAffine3::from_translation(place) * DAffine3::from_rotation_z(0.4),
        ..Object::at(Shape::Cuboid(DVec3::new(0.5, 0.4, 0.3)), 0.0, 0.0, 0.0, 1)
    };
    check("depth kilometre", &view, &[box_there], 400);
}
