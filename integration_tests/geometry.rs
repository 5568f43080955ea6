//! The many ways in which glTF may say the same geometry: all give the same images.

use glam::{DAffine3, DVec2, DVec3};
use serde_json::{Value, json};

use crate::harness::decode;
use crate::harness::gltf::{
    F32, Gltf, OTHER, U8, U16, U32, VTK, a_metre_ahead, label, label_factor,
};
use crate::harness::meshes::Mesh;
use crate::harness::truth::{Object, Shape, Truth};
use crate::harness::view::View;
use crate::harness::{client, expect, images, server, trials};

trials![
    glb_equals_json,
    what_nobody_knows_is_ignored,
    index_types,
    no_indices,
    strips_and_fans,
    strips_and_fans_without_indices,
    interleaved_equals_planar,
    offsets_into_one_buffer,
    sparse_positions,
    sparse_without_a_base,
    without_a_view_all_are_zero,
    without_positions_nothing_is_drawn,
];

/// Where the tests look from.
pub fn view() -> View {
    View::new(72, 56, 60.0).looking(DVec3::new(1.5, 1.1, 1.3), DVec3::ZERO, DVec3::Z)
}

/// What they look at.
pub fn cuboid() -> Object {
    Object::at(Shape::Cuboid(DVec3::new(0.5, 0.4, 0.3)), 0.0, 0.0, 0.0, 5)
}

/// The scene with `cuboid`, its primitive changed by `change`.
fn scene(change: impl FnOnce(&mut Gltf, &Mesh, &mut Value)) -> Gltf {
    let mesh = Mesh::from(cuboid().shape);
    let mut gltf = Gltf::new(VTK);
    let material = gltf.color(label_factor(label(5)));
    let mut primitive = gltf.primitive(&mesh, material);
    change(&mut gltf, &mesh, &mut primitive);
    let mesh = gltf.push("meshes", json!({"primitives": [primitive]}));
    gltf.shape(mesh, &DAffine3::IDENTITY);
    gltf.camera(&view());
    gltf
}

/// The scene with `cuboid`, in its plainest form.
pub fn plain() -> Gltf {
    scene(|_, _, _| {})
}

const TYPES: [&str; 3] = ["color", "depth", "label"];

fn files(scene: &[u8]) -> [Vec<u8>; 3] {
    TYPES.map(|image_type| client::render(server::shared(), image_type, &view(), scene))
}

/// All three images are the same bytes as those of the plain scene.
fn same(name: &str, gltf: &Gltf) {
    let (found, expected) = (files(&gltf.bytes()), files(&plain().bytes()));
    let flat = decode::rgb(&expected[2]);
    assert_eq!(flat.middle(), label(5), "the plain scene shows the box");
    for (index, image_type) in TYPES.into_iter().enumerate() {
        assert!(
            found[index] == expected[index],
            "{name}: {image_type} differs"
        );
    }
}

/// Depth and labels agree with ray casting.
pub fn true_to(name: &str, gltf: &Gltf, view: &View, objects: &[Object]) {
    let labels = images::label(view, &gltf.bytes());
    let depth = images::depth(view, &gltf.bytes());
    let truth = Truth::cast(view, objects);
    expect::truth(name, (&labels, &depth), &truth, view, 100);
}

fn glb_equals_json() {
    assert_eq!(files(&plain().glb()), files(&plain().bytes()));
}

/// Members, `extras`, and a third chunk.
fn what_nobody_knows_is_ignored() {
    let mut gltf = plain();
    gltf.json["unknown"] = json!({"mesh": 77});
    for list in ["meshes", "nodes", "accessors", "materials"] {
        gltf.json[list][0]["unknown"] = json!([1, "two"]);
        gltf.json[list][0]["extras"] = json!({"mesh": -1, "nodes": {}});
    }
    same("members", &gltf);
    let mut glb = gltf.glb();
    glb.extend(8_u32.to_le_bytes());
    glb.extend(b"MOREsomewhat");
    let length = u32::try_from(glb.len()).unwrap();
    glb[8..12].copy_from_slice(&length.to_le_bytes());
    assert_eq!(files(&glb), files(&plain().bytes()));
}

fn index_types() {
    for (component, size) in [(U8, 1), (U16, 2), (U32, 4)] {
        let gltf = scene(|gltf, mesh, primitive| {
            let bytes: Vec<u8> = mesh
                .indices
                .iter()
                .flat_map(|i| i.to_le_bytes()[..size].to_vec())
                .collect();
            let indices = gltf.accessor(&bytes, component, "SCALAR", mesh.indices.len());
            primitive["indices"] = indices.into();
        });
        same(&format!("indices of {size} bytes"), &gltf);
    }
}

/// Each triangle has vertices of its own, in the same order.
fn no_indices() {
    let gltf = scene(|gltf, mesh, primitive| {
        let corners: Vec<_> = mesh
            .indices
            .iter()
            .map(|&i| mesh.positions[i as usize])
            .collect();
        let positions = gltf.vectors(&corners);
        primitive["attributes"] = json!({"POSITION": positions});
        primitive.as_object_mut().unwrap().remove("indices");
    });
    true_to("no indices", &gltf, &view(), &[cuboid()]);
}

/// A rectangle as a strip with turning winding and as a fan around its first corner.
fn strips_and_fans() {
    let tile = Shape::Rectangle(DVec2::new(0.7, 0.4));
    for (name, mode, indices) in [("strip", 5, [0, 1, 3, 2]), ("fan", 6, [0, 1, 2, 3])] {
        let mut gltf = Gltf::new(VTK);
        let material = gltf.color(label_factor(label(5)));
        let mut primitive = gltf.primitive(&Mesh::from(tile), material);
        primitive["mode"] = mode.into();
        primitive["indices"] = gltf.indices(&indices).into();
        let mesh = gltf.push("meshes", json!({"primitives": [primitive]}));
        gltf.shape(mesh, &DAffine3::IDENTITY);
        gltf.camera(&view());
        true_to(name, &gltf, &view(), &[Object::at(tile, 0.0, 0.0, 0.0, 5)]);
        // Both triangles face the same way: the light is even.
        let color = images::color(&view(), &gltf.bytes());
        assert_eq!(color.at(30, 28), color.at(42, 28), "{name}");
    }
}

/// A bent strip and a cone, whose triangles all face up: from the vertices as they come, from
/// indices into another order, and as the triangles that glTF (3.7.2.1) makes of them.
fn strips_and_fans_without_indices() {
    let strip = [(-0.5, 0.0), (0.0, 0.2), (0.5, -0.2)]
        .map(|(y, z)| [DVec3::new(-0.4, y, z), DVec3::new(0.4, y, z)])
        .concat();
    let rim = (0..5).map(|i| DVec2::from_angle(f64::from(i)).extend(-0.1) * 0.5);
    let fan = std::iter::once(DVec3::Z * 0.3).chain(rim).collect();
    for (mode, corners, triangles) in [
        (5, strip, [[0, 1, 2], [1, 3, 2], [2, 3, 4], [3, 5, 4]]),
        (6, fan, [[1, 2, 0], [2, 3, 0], [3, 4, 0], [4, 5, 0]]),
    ] {
        let scene = |mode: u32, order: &[usize], indices: Option<&[u32]>| {
            let mut gltf = Gltf::new(OTHER);
            let material = gltf.color(label_factor(label(5)));
            let positions: Vec<_> = order
                .iter()
                .map(|&i| corners[i].as_vec3().to_array())
                .collect();
            let positions = gltf.vectors(&positions);
            let mut primitive = json!({"attributes": {"POSITION": positions}, "mode": mode,
                "material": material});
            if let Some(indices) = indices {
                primitive["indices"] = gltf.indices(indices).into();
            }
            let mesh = gltf.push("meshes", json!({"primitives": [primitive]}));
            gltf.root(json!({"mesh": mesh}));
            gltf.camera(&view());
            files(&gltf.bytes())
        };
        let plain = scene(mode, &[0, 1, 2, 3, 4, 5], None);
        let shown = decode::rgb(&plain[2]).places(|pixel| pixel == label(5));
        assert!(shown.len() > 200, "mode {mode}: {} pixels", shown.len());
        let indexed = scene(mode, &[4, 2, 0, 5, 1, 3], Some(&[2, 4, 1, 5, 0, 3]));
        assert!(indexed == plain, "mode {mode}: indexed");
        let listed = scene(4, triangles.as_flattened(), None);
        assert!(listed == plain, "mode {mode}: triangles");
    }
}

fn interleaved_equals_planar() {
    let gltf = scene(|gltf, mesh, primitive| {
        let mut bytes = Vec::new();
        for (position, tex_coord) in mesh.positions.iter().zip(&mesh.tex_coords) {
            bytes.extend(
                position
                    .iter()
                    .chain(tex_coord)
                    .flat_map(|f| f.to_le_bytes()),
            );
            bytes.extend([0xFF; 4]);
        }
        let view = gltf.view(&bytes);
        gltf.json["bufferViews"][view]["byteStride"] = 24.into();
        let count = mesh.positions.len();
        for (name, kind, offset) in [("POSITION", "VEC3", 0), ("TEXCOORD_0", "VEC2", 12)] {
            let old = primitive["attributes"][name].as_u64().unwrap() as usize;
            let mut accessor = gltf.json["accessors"][old].clone();
            accessor["bufferView"] = view.into();
            accessor["byteOffset"] = offset.into();
            assert_eq!(accessor["count"], count);
            assert_eq!(accessor["type"], kind);
            primitive["attributes"][name] = gltf.push("accessors", accessor).into();
        }
    });
    same("interleaved", &gltf);
}

/// Positions and indices in one buffer, at offsets of the view and of the accessor.
fn offsets_into_one_buffer() {
    let gltf = scene(|gltf, mesh, primitive| {
        let mut bytes = vec![0xFF; 20];
        bytes.extend(
            mesh.positions
                .as_flattened()
                .iter()
                .flat_map(|f| f.to_le_bytes()),
        );
        let start = bytes.len();
        bytes.extend(mesh.indices.iter().flat_map(|i| i.to_le_bytes()));
        let view = gltf.view(&bytes);
        gltf.json["bufferViews"][view]["byteOffset"] = 8.into();
        gltf.json["bufferViews"][view]["byteLength"] = (bytes.len() - 8).into();
        for (accessor, offset) in [
            (primitive["attributes"]["POSITION"].clone(), 12),
            (primitive["indices"].clone(), start - 8),
        ] {
            let accessor = &mut gltf.json["accessors"][accessor.as_u64().unwrap() as usize];
            accessor["bufferView"] = view.into();
            accessor["byteOffset"] = offset.into();
        }
    });
    same("offsets", &gltf);
}

/// The base is wrong by a metre where the sparse part puts it right, and right where that says
/// nothing: every other vertex, so that each triangle has some of both.
fn sparse_positions() {
    let gltf = scene(|gltf, mesh, primitive| {
        let mut base = mesh.positions.clone();
        for position in base.iter_mut().step_by(2) {
            position[1] += 1.0;
        }
        let positions = gltf.vectors(&base);
        let replaced: Vec<_> = (0..base.len()).step_by(2).collect();
        sparse(gltf, mesh, positions, &replaced);
        primitive["attributes"]["POSITION"] = positions.into();
    });
    same("sparse", &gltf);
}

/// An accessor without a bufferView is zeros where the sparse part says nothing: the corner nearest
/// to the camera is at the origin, and the sparse part leaves it out.
fn sparse_without_a_base() {
    let Shape::Cuboid(half) = cuboid().shape else {
        unreachable!()
    };
    let mut mesh = Mesh::from(cuboid().shape);
    let half = half.as_vec3().to_array();
    for position in &mut mesh.positions {
        *position = std::array::from_fn(|axis| position[axis] - half[axis]);
    }
    let others: Vec<_> = (0..mesh.positions.len())
        .filter(|&vertex| mesh.positions[vertex] != [0.0; 3])
        .collect();
    assert_eq!(others.len(), 21, "three of the faces have that corner");
    let gltf = scene(|gltf, _, primitive| {
        let count = mesh.positions.len();
        let least = half.map(|axis| -2.0 * axis);
        let accessor = json!({"componentType": F32, "type": "VEC3", "count": count,
            "min": least, "max": [0.0, 0.0, 0.0]});
        let positions = gltf.push("accessors", accessor);
        sparse(gltf, &mesh, positions, &others);
        primitive["attributes"]["POSITION"] = positions.into();
    });
    let [x, y, z] = half.map(|axis| -f64::from(axis));
    let object = Object::at(cuboid().shape, x, y, z, 5);
    true_to("sparse without a base", &gltf, &view(), &[object]);
}

/// Has an accessor's `replaced` elements be the positions of the mesh.
fn sparse(gltf: &mut Gltf, mesh: &Mesh, accessor: usize, replaced: &[usize]) {
    let indices: Vec<u8> = (replaced.iter())
        .flat_map(|&vertex| u16::try_from(vertex).unwrap().to_le_bytes())
        .collect();
    let values: Vec<u8> = (replaced.iter())
        .flat_map(|&vertex| mesh.positions[vertex])
        .flat_map(f32::to_le_bytes)
        .collect();
    let (indices, values) = (gltf.view(&indices), gltf.view(&values));
    gltf.json["accessors"][accessor]["sparse"] = json!({
        "count": replaced.len(),
        "indices": {"bufferView": indices, "componentType": U16},
        "values": {"bufferView": values}});
}

/// Colors without a bufferView, and without a sparse part, are black.
fn without_a_view_all_are_zero() {
    let material = json!({"extensions": {"KHR_materials_unlit": {}}});
    let pose = view().world_from_camera * a_metre_ahead();
    let mut gltf = Gltf::one_square(OTHER, &view(), 0.3, pose, |_| material);
    let shown = |gltf: &Gltf| images::color(&view(), &gltf.bytes()).middle();
    assert_eq!(shown(&gltf), [255; 3]);
    let colors = json!({"componentType": F32, "type": "VEC3", "count": 4});
    let colors = gltf.push("accessors", colors);
    gltf.set_attribute("COLOR_0", colors);
    assert_eq!(shown(&gltf), [0; 3]);
}

/// glTF 3.7.2.1: such a primitive is skipped, the others are drawn.
fn without_positions_nothing_is_drawn() {
    let mut gltf = plain();
    let mut primitive = gltf.first_primitive().clone();
    primitive["attributes"]
        .as_object_mut()
        .unwrap()
        .remove("POSITION");
    let primitives = gltf.json["meshes"][0]["primitives"].as_array_mut().unwrap();
    primitives.insert(0, primitive);
    same("without positions", &gltf);
}
