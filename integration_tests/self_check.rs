//! The harness itself: its truths against values known from elsewhere.

use glam::{DVec2, DVec3};

use crate::harness::meshes;
use crate::harness::multipart::{Form, sha256_hex};
use crate::harness::shading::{Surface, pbr, phong};
use crate::harness::trials;
use crate::harness::truth::{Object, Shape, Truth};
use crate::harness::view::View;

trials![
    rays_pass_through_pixel_centres,
    rays_of_an_orthographic_camera_are_parallel,
    a_cast_gives_depth_along_the_axis,
    clipping_shows_what_is_behind,
    a_sphere_is_closed_and_round,
    lights_agree_with_measured_pixels,
    a_form_is_written_as_drake_does,
    the_hash_is_sha256,
];

fn rays_pass_through_pixel_centres() {
    let view = View {
        center_x: 10.0,
        focal_x: 50.0,
        ..View::new(64, 48, 100.0)
    };
    let (origin, direction) = view.ray(12, 23);
    assert_eq!(origin, DVec3::ZERO);
    assert!(direction.distance(DVec3::new(0.05, 0.005, -1.0)) < 1e-15);
    let turned = view.looking(DVec3::X, DVec3::ZERO, DVec3::Z);
    let (origin, direction) = turned.ray(12, 23);
    assert!(origin.distance(DVec3::X) < 1e-12);
    // Looking along -x with z up, the image's right is +y.
    assert!(direction.distance(DVec3::new(-1.0, 0.05, 0.005)) < 1e-12);
}

fn rays_of_an_orthographic_camera_are_parallel() {
    let view = View {
        parallel: Some(DVec2::new(3.0, 2.0)),
        ..View::new(6, 8, 1.0)
    };
    // A metre for each column, half of one for each row, from the upper left.
    for ((x, y), start) in [
        ((0, 0), (-2.5, 1.75)),
        ((5, 7), (2.5, -1.75)),
        ((3, 3), (0.5, 0.25)),
    ] {
        let (origin, direction) = view.ray(x, y);
        assert_eq!(direction, -DVec3::Z);
        assert!(origin.distance(DVec3::new(start.0, start.1, 0.0)) < 1e-15);
    }
    let turned = view.looking(DVec3::X, DVec3::ZERO, DVec3::Z);
    let (origin, direction) = turned.ray(5, 7);
    assert!(origin.distance(DVec3::new(1.0, 2.5, -1.75)) < 1e-12);
    assert!(direction.distance(-DVec3::X) < 1e-12);
}

fn a_cast_gives_depth_along_the_axis() {
    let view = View::new(65, 65, 40.0);
    let objects = [
        Object::at(Shape::Sphere(1.0), 0.0, 0.0, -3.0, 1),
        Object::at(Shape::Cuboid(DVec3::new(4.0, 4.0, 0.5)), 0.0, 0.0, -5.5, 2),
    ];
    let truth = Truth::cast(&view, &objects);
    let depth = |x, y| truth.at(x, y).unwrap().depth;
    assert!((depth(32, 32) - 2.0).abs() < 1e-12);
    assert_eq!(truth.id(32, 32), Some(1));
    // A plane facing the camera has the same depth everywhere, in the corner too.
    assert!((depth(1, 1) - 5.0).abs() < 1e-12);
    assert!(truth.interior(1, 1, 2) && truth.interior(32, 32, 2));
    assert!(!(0..65).all(|x| truth.interior(x, 32, 2)));
}

fn clipping_shows_what_is_behind() {
    let view = View {
        near: 2.5,
        far: 4.5,
        ..View::new(33, 33, 40.0)
    };
    let ball = Object::at(Shape::Sphere(1.0), 0.0, 0.0, -3.0, 1);
    let wall = Object::at(Shape::Rectangle(DVec2::splat(9.0)), 0.0, 0.0, -5.0, 2);
    let truth = Truth::cast(&view, &[ball, wall]);
    // The front of the ball is cut away: its inside shows; the wall is too far.
    assert!((truth.at(16, 16).unwrap().depth - 4.0).abs() < 1e-12);
    assert_eq!(truth.at(0, 0), None);
}

fn a_sphere_is_closed_and_round() {
    let mesh = meshes::sphere(2.0, 16);
    assert_eq!(mesh.indices.len(), 3 * 20 * 16 * 16);
    // Euler: V - E + F = 2, with E = 1.5 F.
    assert_eq!(mesh.positions.len(), 2 + mesh.indices.len() / 6);
    for triangle in mesh.indices.as_chunks::<3>().0 {
        let [a, b, c] = triangle.map(|i| DVec3::from(mesh.positions[i as usize].map(f64::from)));
        let middle = (a + b + c) / 3.0;
        assert!((middle.length() - 2.0).abs() < 2.0 * 0.2 / 256.0);
        assert!((b - a).cross(c - a).dot(middle) > 0.0, "faces outward");
    }
}

/// Pixels of Drake's `RenderEngineVtk` for the colour (0.9, 0.5, 0.2).
fn lights_agree_with_measured_pixels() {
    let normal = |tilt: f64| DVec3::new(0.0, tilt.sin(), tilt.cos());
    let diffuse = DVec3::new(0.9, 0.5, 0.2);
    assert_eq!(phong(diffuse, normal(0.7)), [176, 98, 39]);
    assert_eq!(phong(diffuse, -normal(0.7)), [176, 98, 39]);
    for (tilt, expected) in [
        (0.0, [151, 121, 91]),
        (0.3, [141, 110, 75]),
        (0.7, [126, 97, 64]),
        (1.1, [99, 76, 50]),
    ] {
        let surface = Surface::vtk_shape(0.9, 0.5, 0.2);
        assert_eq!(pbr(&surface, normal(tilt), DVec3::Z), expected);
    }
}

fn a_form_is_written_as_drake_does() {
    let form = Form::drake("depth", &View::new(64, 48, 100.0), b"{}");
    let names: Vec<_> = form.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(
        names.join(" "),
        "center_x center_y far focal_x focal_y fov_x fov_y height image_type max_depth min_depth \
         near scene_sha256 submit width scene"
    );
    let body = String::from_utf8(form.encode()).unwrap();
    assert!(body.contains("\r\nContent-Disposition: form-data; name=\"near\"\r\n\r\n0.010000\r\n"));
    assert!(body.contains("; filename=\"0000000000000000001-test.gltf\"\r\nContent-Type: model/"));
}

fn the_hash_is_sha256() {
    assert_eq!(
        sha256_hex(b"abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}
