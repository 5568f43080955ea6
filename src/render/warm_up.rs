//! One small draw with every pipeline, so that drivers compile before the first request.
//!
//! Software drivers translate a shader at its first draw, not when its pipeline is made; that takes
//! tenths of a second each, which no client should wait for.

use std::sync::Arc;

use bytemuck::Zeroable;
use glam::{DAffine3, DMat4};

use super::draw_list::{Draw, DrawList, GeometryDraw, SurfaceDraw};
use super::look::{Cover, Habits, Mask, MaterialUniform, Surface};
use super::pipelines::{geometry_kinds, surface_kinds};
use super::vertex::InstanceVertex;
use super::view::GuardBand;
use super::{Outputs, View};
use crate::protocol::{Camera, ClippingRange, DepthRange, ImageSize, Intrinsics, Lens};
use crate::scene::{
    Digest, Material, NormalKind, Primitive, Scene, ShadingAttributes, Slot, TEXTURES, Topology,
};

/// A scene of three vertices, drawn as points, lines and triangles of every kind.
pub(super) fn scene(limits: &wgpu::Limits) -> (Scene, DrawList) {
    let scene = Scene {
        primitives: vec![Primitive {
            content: Digest::default(),
            shape: Digest::default(),
            positions: Arc::new([[-1.0, -1.0, -2.0], [1.0, -1.0, -2.0], [0.0, 1.0, -2.0]]),
            topology: Topology::Triangles,
            bounds: [[-1.0, -1.0, -2.0], [1.0, 1.0, -2.0]],
            indices: Arc::new([0, 1, 2]),
            material: 0,
            shading: Some(ShadingAttributes {
                normals: Arc::new([[0.0, 0.0, 1.0]; 3]),
                normal_kind: NormalKind::Given,
                tangents: None,
                tex_coords: Default::default(),
                colors: None,
            }),
        }],
        materials: vec![Material::default()],
        ..Scene::default()
    };
    let draw = |topology| Draw {
        topology,
        primitive: 0,
        instance: 0,
    };
    let surfaces = surface_kinds().map(|kind| SurfaceDraw {
        draw: draw(kind.topology),
        surface: Surface {
            kind,
            material: MaterialUniform::zeroed(),
            textures: [None; TEXTURES],
            streams: Slot::ALL,
            habits: Habits::default(),
            has_holes: true,
        },
    });
    // Those that draw both images; `outputs` makes the others of them.
    let both = geometry_kinds().filter(|kind| kind.depth && kind.label);
    let geometry = both.map(|kind| GeometryDraw {
        draw: draw(kind.topology),
        cover: Cover {
            sides: kind.sides,
            shaded_sides: kind.sides,
            mask: kind.masked.then_some(Mask {
                texture: None,
                alpha: 1.0,
                cutoff: 0.5,
            }),
        },
    });
    let list = DrawList {
        instances: vec![InstanceVertex::new(
            &view(),
            GuardBand::new(view().camera.size, limits),
            &DAffine3::IDENTITY,
            None,
            [1.0; 4],
        )],
        in_view: vec![true],
        geometry: geometry.collect(),
        surfaces: surfaces.collect(),
    };
    (scene, list)
}

/// The view that sees it.
pub(super) fn view() -> View {
    let size = ImageSize {
        width: 16,
        height: 16,
    };
    let camera = Camera {
        size,
        lens: Lens::Pinhole(Intrinsics::from_fov_y(size, 1.0)),
        clipping: ClippingRange {
            near: 0.1,
            far: 10.0,
        },
    };
    View::new(camera, DMat4::IDENTITY)
}

/// The outputs that use every pipeline between them.
pub(super) fn outputs() -> [Outputs; 3] {
    let depth = Some(DepthRange {
        min: 0.1,
        max: 10.0,
    });
    let all = Outputs {
        color: true,
        depth,
        label: true,
    };
    [
        all,
        Outputs {
            depth,
            ..Outputs::default()
        },
        Outputs {
            label: true,
            ..Outputs::default()
        },
    ]
}
