//! What is drawn, in which order: data only.

use glam::DVec3;

use super::look::{self, Blending, Cover, Surface};
use super::unit_cube::UnitCube;
use super::vertex::InstanceVertex;
use super::view::{GuardBand, View};
use crate::scene::{Primitive, Scene, Topology};

/// One draw of one primitive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    /// What its indices make.
    pub topology: Topology,
    /// Index into the scene's primitives.
    pub primitive: usize,
    /// Index into [`DrawList::instances`].
    pub instance: u32,
}

/// A draw of the geometry pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct GeometryDraw {
    pub draw: Draw,
    pub cover: Cover,
}

/// A draw of the color pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct SurfaceDraw {
    pub draw: Draw,
    pub surface: Surface,
}

/// The draws of a scene seen from one place.
#[derive(Debug, Default)]
pub(super) struct DrawList {
    /// One for each instance of the scene, in its order.
    pub instances: Vec<InstanceVertex>,
    /// For depth and label: all there is, in the scene's order.
    pub geometry: Vec<GeometryDraw>,
    /// For color: cutouts, then opaque surfaces, then translucent ones, each in the scene's order,
    /// which is the order that `RenderEngineVtk` blends in. It draws what was registered last
    /// first, which is not on the wire; but what has holes is mostly put into a world after the
    /// ground and the walls, so it is taken to come before them.
    pub surfaces: Vec<SurfaceDraw>,
}

impl DrawList {
    /// Lists the draws; those of the color pass only if `shading`.
    pub fn new(scene: &Scene, view: &View, guard: GuardBand, shading: bool) -> Self {
        let mut list = Self::default();
        let (mut opaque, mut translucent) = (Vec::new(), Vec::new());
        for (instance, index) in scene.instances.iter().zip(0_u32..) {
            let primitive = &scene.primitives[instance.primitive];
            let base_color = scene.materials[primitive.material].base_color;
            let cube = unit_cube(primitive);
            list.instances.push(InstanceVertex::new(
                view,
                guard,
                &instance.world_from_model,
                cube.as_ref(),
                base_color,
            ));
            if primitive.indices.is_empty() {
                continue;
            }
            let draw = Draw {
                topology: primitive.topology,
                primitive: instance.primitive,
                instance: index,
            };
            let cover = look::cover(scene, instance);
            list.geometry.push(GeometryDraw { draw, cover });
            if shading && let Some(mut surface) = look::surface(scene, instance) {
                if view.is_parallel() {
                    surface.material.see_from_afar();
                }
                let to = match surface.kind.blending {
                    Blending::Cutout => &mut list.surfaces,
                    Blending::Opaque => &mut opaque,
                    Blending::Translucent => &mut translucent,
                };
                to.push(SurfaceDraw { draw, surface });
            }
        }
        list.surfaces.append(&mut opaque);
        list.surfaces.append(&mut translucent);
        list
    }
}

/// The map of a primitive's positions to the unit cube, if they need it.
pub(super) fn unit_cube(primitive: &Primitive) -> Option<UnitCube> {
    let [low, high] = primitive.bounds.map(|p| DVec3::from(p.map(f64::from)));
    UnitCube::of(low, high)
}
