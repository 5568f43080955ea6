//! A scene for tests.
#![allow(clippy::unwrap_used, reason = "tests")]

use glam::DAffine3;

use crate::scene::{
    Digest, Instance, Material, NormalKind, Origin, Primitive, Scene, ShadingAttributes, Topology,
};

/// Triangles of all sizes, some of them behind the camera in part or whole.
pub fn triangles() -> Scene {
    let mut state = 5_u32;
    let mut random = |reach: f32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let part = f32::from(u16::try_from(state >> 16).unwrap()) / 65_536.0;
        reach * (2.0 * part - 1.0)
    };
    let mut scene = Scene::default();
    for i in 0..240_u8 {
        let middle = [random(3.0), random(2.0), random(4.0) - 3.0];
        let size = 2.0_f32.powf(random(5.0) - 3.0);
        let positions: Vec<[f32; 3]> = (0..60).map(|_| middle.map(|x| x + random(size))).collect();
        let bounds = [f32::min, f32::max].map(|most| {
            [0, 1, 2].map(|axis| positions.iter().map(|p| p[axis]).reduce(most).unwrap())
        });
        scene.primitives.push(Primitive {
            content: Digest::of_bytes(bytemuck::cast_slice(&positions)),
            shape: Digest::of_bytes(bytemuck::cast_slice(&positions)),
            topology: Topology::Triangles,
            bounds,
            indices: (0..60).collect(),
            material: usize::from(i),
            shading: Some(ShadingAttributes {
                normals: positions.iter().map(|_| [0.0, 0.6, 0.8]).collect(),
                normal_kind: NormalKind::Given,
                tangents: None,
                tex_coords: Default::default(),
                colors: None,
            }),
            positions: positions.into(),
        });
        scene.materials.push(Material {
            base_color: [f32::from(i) / 255.0, 0.5, 0.2, 1.0],
            ..Material::default()
        });
        scene.instances.push(Instance {
            primitive: usize::from(i),
            world_from_model: DAffine3::IDENTITY,
            origin: Origin::Gltf,
            node: 0,
        });
    }
    scene
}
