//! What is drawn, in which order: data only.

use glam::{DMat4, DVec3, DVec4};

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
    /// Whether each of them may be in the image. Those that cannot are listed all the same, so that the
    /// meshes of a scene are the same wherever the camera looks.
    pub in_view: Vec<bool>,
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
        let frustum = Frustum::new(view);
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
            let world_from_model = DMat4::from(instance.world_from_model);
            let bounds = primitive.bounds;
            list.in_view
                .push(frustum.may_show(bounds, &world_from_model));
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

/// What the camera sees.
struct Frustum {
    clip_from_world: DMat4,
    /// How far beyond the border something may still show, in clip coordinates where w is 1.
    beyond: [f64; 2],
}

/// Vertices are rounded on their way, here and on the GPU, by much less than this part of w.
const ROUNDING: f64 = 1e-5;
/// How far points and lines reach beyond where they are, and more, pixels.
const REACH: f64 = 2.0;

impl Frustum {
    fn new(view: &View) -> Self {
        let size = view.camera.size;
        Self {
            clip_from_world: view.clip_from_view(GuardBand::none()) * view.view_from_world,
            // Clip space is two wide.
            beyond: [size.width, size.height].map(|side| ROUNDING + 2.0 * REACH / f64::from(side)),
        }
    }

    /// Whether a box of the model's frame may be in the image: unless all of its corners are beyond
    /// one of the planes. Of what is no number, that is not known.
    fn may_show(&self, [low, high]: [[f32; 3]; 2], world_from_model: &DMat4) -> bool {
        let clip_from_model = self.clip_from_world * *world_from_model;
        let [low, high] = [low, high].map(|p| p.map(f64::from));
        let corners: [DVec4; 8] = std::array::from_fn(|corner| {
            let side = |axis: usize| {
                if corner >> axis & 1 == 0 {
                    low[axis]
                } else {
                    high[axis]
                }
            };
            clip_from_model * DVec4::new(side(0), side(1), side(2), 1.0)
        });
        let [beyond_x, beyond_y] = self.beyond;
        let all = |is_beyond: &dyn Fn(DVec4) -> bool| corners.iter().all(|&p| is_beyond(p));
        !(all(&|p| p.x > p.w + beyond_x * p.w.abs())
            || all(&|p| -p.x > p.w + beyond_x * p.w.abs())
            || all(&|p| p.y > p.w + beyond_y * p.w.abs())
            || all(&|p| -p.y > p.w + beyond_y * p.w.abs())
            || all(&|p| p.z > p.w + ROUNDING * p.w.abs())
            || all(&|p| p.z < -ROUNDING * p.w.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Camera, ClippingRange, ImageSize, Intrinsics, Lens};

    /// 90 degrees wide and high, from 0.1 to 10 metres.
    fn frustum(lens: impl Fn(ImageSize) -> Lens) -> Frustum {
        let size = ImageSize {
            width: 200,
            height: 200,
        };
        let clipping = ClippingRange {
            near: 0.1,
            far: 10.0,
        };
        let lens = lens(size);
        Frustum::new(&View::new(
            Camera {
                size,
                lens,
                clipping,
            },
            DMat4::IDENTITY,
        ))
    }

    fn shows_cube(frustum: &Frustum, [x, y, z]: [f64; 3], half: f32) -> bool {
        let at = DMat4::from_translation(DVec3::new(x, y, z));
        frustum.may_show([[-half; 3], [half; 3]], &at)
    }

    #[test]
    fn what_is_beside_the_view_is_known_not_to_show() {
        let pinhole = frustum(|size| {
            Lens::Pinhole(Intrinsics::from_fov_y(size, std::f64::consts::FRAC_PI_2))
        });
        for (center, half, expected) in [
            ([0.0, 0.0, -5.0], 1.0, true),
            // At the border, and a little beyond it.
            ([5.9, 0.0, -5.0], 1.0, true),
            ([7.3, 0.0, -5.0], 1.0, false),
            ([-7.3, 0.0, -5.0], 1.0, false),
            ([0.0, 7.3, -5.0], 1.0, false),
            ([0.0, -7.3, -5.0], 1.0, false),
            // Behind the camera, and beyond the far plane.
            ([0.0, 0.0, 1.0], 0.8, false),
            ([0.0, 0.0, -12.0], 1.0, false),
            ([0.0, 0.0, -10.5], 1.0, true),
            // Around the camera.
            ([0.0, 0.0, 0.0], 20.0, true),
            ([0.0, 0.0, f64::NAN], 1.0, true),
        ] {
            assert_eq!(shows_cube(&pinhole, center, half), expected, "{center:?}");
        }
    }

    #[test]
    fn parallel_rays_see_a_box() {
        let lens = |_| Lens::Orthographic {
            x_mag: 2.0,
            y_mag: 2.0,
        };
        let orthographic = frustum(lens);
        for (center, expected) in [
            ([2.9, 0.0, -9.0], true),
            ([3.2, 0.0, -0.2], false),
            ([0.0, -3.2, -5.0], false),
            ([0.0, 0.0, 1.2], false),
        ] {
            assert_eq!(shows_cube(&orthographic, center, 1.0), expected);
        }
    }

    #[test]
    fn a_mark_at_the_border_still_reaches_into_the_image() {
        let pinhole = frustum(|size| {
            Lens::Pinhole(Intrinsics::from_fov_y(size, std::f64::consts::FRAC_PI_2))
        });
        // A point, one pixel beyond the border: a pixel is a hundredth of the depth wide.
        assert!(shows_cube(&pinhole, [5.05, 0.0, -5.0], 0.0));
        assert!(!shows_cube(&pinhole, [5.25, 0.0, -5.0], 0.0));
    }
}
