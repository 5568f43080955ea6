//! Missing tangents, which glTF (3.7.2.1) has `MikkTSpace` make: what a normal map shows by them.

use glam::{DMat3, DMat4, DVec3};
use serde_json::json;

use crate::harness::decode::{self, Image, Rgb};
use crate::harness::gltf::{Gltf, MERGER, OTHER};
use crate::harness::meshes::Mesh;
use crate::harness::shading::{Surface, pbr};
use crate::harness::view::View;
use crate::harness::{expect, images, trials};

trials![
    a_mirrored_half_leans_the_other_way,
    directions_of_texture_are_mixed_by_angle,
    to_vtk_no_texture_is_mirrored,
];

/// Width of each of two tiles, and half their height, metres.
const SIZE: f64 = 0.35;
/// A normal that leans to the right in the texture, and less up.
const TEXEL: Rgb = [230, 166, 204];

fn view() -> View {
    View::new(64, 64, 64.0)
}

/// The tiles' pose: before the camera, leaning back, so that it tells right from left and up from
/// down.
fn pose() -> DMat4 {
    DMat4::from_translation(DVec3::NEG_Z) * DMat4::from_rotation_x(-0.5)
}

/// Two tiles in the plane z = 0 that share the edge at x = 0. The left one shows the texture once,
/// u to the right; the texture coordinates on the right edge are `right`, plus 1 in v below.
fn tiles(right: [f32; 2]) -> Mesh {
    let size = SIZE as f32;
    let mut mesh = Mesh::default();
    for (y, v) in [(size, 0.0), (-size, 1.0)] {
        for (x, uv) in [(-size, [0.0, 0.0]), (0.0, [1.0, 0.0]), (size, right)] {
            mesh.positions.push([x, y, 0.0]);
            mesh.tex_coords.push([uv[0], uv[1] + v]);
        }
    }
    mesh.indices = vec![0, 3, 4, 0, 4, 1, 1, 4, 5, 1, 5, 2];
    mesh
}

fn scene(generator: &str, mesh: &Mesh) -> Gltf {
    let mut gltf = Gltf::new(generator);
    gltf.camera(&view());
    let texel = decode::encode_png(1, 1, png::ColorType::Rgb, &TEXEL);
    let texture = gltf.texture(&texel, json!({}));
    let material = gltf.material(json!({
        "pbrMetallicRoughness": {"baseColorFactor": [0.8, 0.5, 0.3, 1.0], "metallicFactor": 0.0,
            "roughnessFactor": 0.5},
        "normalTexture": {"index": texture}}));
    let mesh = gltf.mesh(mesh, material);
    gltf.root(json!({"mesh": mesh, "matrix": pose().to_cols_array()}));
    gltf
}

fn render(gltf: &Gltf) -> Image<Rgb> {
    images::color(&view(), &gltf.bytes())
}

/// Holds the color image to what the tiles show if the texture's u runs along `tangent` (at an x),
/// and up in it along the cross product of +z and that, times the sign.
fn leans(name: &str, image: &Image<Rgb>, tangent: impl Fn(f64) -> (DVec3, f64)) {
    let [x, y, z] = TEXEL.map(|byte| f64::from(byte) / 255.0 * 2.0 - 1.0);
    let surface = Surface::vtk_shape(0.8, 0.5, 0.3);
    let model_from_world = pose().inverse();
    let mut compared = 0;
    for row in 0..image.height {
        for column in 0..image.width {
            let (eye, ray) = view().ray(column, row);
            let start = model_from_world.transform_point3(eye);
            let along = model_from_world.transform_vector3(ray);
            let place = start - along * (start.z / along.z);
            // Where tiles end or meet, pixels are smoothed.
            let is_inside = |across: f64| across > 0.05 && across < SIZE - 0.05;
            if !is_inside(place.x.abs()) || place.y.abs() > SIZE - 0.05 {
                continue;
            }
            let (tangent, sign) = tangent(place.x);
            let tangent = tangent.normalize();
            let normal = x * tangent + y * sign * DVec3::Z.cross(tangent) + z * DVec3::Z;
            let normal = DMat3::from_mat4(pose()) * normal;
            let what = format!("{name} at ({column}, {row})");
            let expected = pbr(&surface, normal, -ray);
            expect::close(&what, image.at(column, row), expected, 1);
            compared += 1;
        }
    }
    assert!(compared > 500, "{name}: only {compared} pixels");
}

/// Adds normals to a scene of this many vertices, and perhaps tangents.
fn with(mut gltf: Gltf, vertices: usize, tangents: Option<&[[f32; 4]]>) -> Gltf {
    let normals = gltf.vectors(&vec![[0.0_f32, 0.0, 1.0]; vertices]);
    gltf.set_attribute("NORMAL", normals);
    if let Some(tangents) = tangents {
        let tangents = gltf.vectors(tangents);
        gltf.set_attribute("TANGENT", tangents);
    }
    gltf
}

/// The right tile shows the texture mirrored: u to the left, but up is up. So the shared vertices
/// have one tangent for each side.
fn a_mirrored_half_leans_the_other_way() {
    let mesh = tiles([0.0, 0.0]);
    let bare = scene(OTHER, &mesh);
    let image = render(&bare);
    leans("mirrored", &image, |x| {
        (DVec3::X * -x.signum(), -x.signum())
    });
    assert_eq!(render(&with(bare, 6, None)), image, "with normals");
    // A file that stores these tangents has vertices for each tile.
    let vertices = mesh.indices.iter().map(|&vertex| vertex as usize);
    let apart = Mesh {
        positions: vertices.clone().map(|v| mesh.positions[v]).collect(),
        tex_coords: vertices.map(|v| mesh.tex_coords[v]).collect(),
        indices: (0..12).collect(),
    };
    let sides = [[1.0, 0.0, 0.0, 1.0], [-1.0, 0.0, 0.0, -1.0]];
    let tangents = sides.map(|side| [side; 6]).concat();
    let whole = with(scene(OTHER, &apart), 12, Some(&tangents));
    assert_eq!(render(&whole), image, "with tangents");
}

/// On the right tile the texture is sheared and four times as wide. Where the tiles meet, each has
/// a right angle, so both directions of u count the same, however long the texture is.
fn directions_of_texture_are_mixed_by_angle() {
    // From the shared edge u runs along (0.6, 0.8): to the right edge it rises by 4/3 of the
    // width, which is 2/3 of the height.
    let mesh = tiles([1.25, 2.0 / 3.0]);
    let (left, right) = (DVec3::X, DVec3::new(0.6, 0.8, 0.0));
    let middle = (left + right).normalize();
    let tangents = [left, middle, right, left, middle, right];
    let tangents = tangents.map(|tangent| tangent.as_vec3().extend(1.0).to_array());
    let bare = || scene(OTHER, &mesh);
    let images = [
        bare(),
        with(bare(), 6, None),
        with(bare(), 6, Some(&tangents)),
    ]
    .map(|gltf| render(&gltf));
    for (name, image) in ["bare", "with normals", "with tangents"]
        .iter()
        .zip(&images)
    {
        leans(name, image, |x| {
            let end = if x < 0.0 { left } else { right };
            (middle.lerp(end, x.abs() / SIZE), 1.0)
        });
    }
    expect::color("made and stored tangents", &images[0], &images[2], 1, 0.0);
}

/// In files of Drake's client the sign is 1 always, so what is mirrored leans down for up.
fn to_vtk_no_texture_is_mirrored() {
    let mut mesh = tiles([2.0, 0.0]);
    for [u, _] in &mut mesh.tex_coords {
        *u = -*u;
    }
    leans("glTF", &render(&scene(OTHER, &mesh)), |_| (-DVec3::X, -1.0));
    leans("Drake", &render(&scene(MERGER, &mesh)), |_| {
        (-DVec3::X, 1.0)
    });
}
