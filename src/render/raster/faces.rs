//! The triangles of a mesh as they fall on the image.

use std::borrow::Cow;

use super::clip;
use super::plane::{Corner, Plane, Rays};
use super::triangle::Triangle;
use crate::render::draw_list::{Draw, DrawList};
use crate::render::fixed::{OUTSIDE, snap_all};
use crate::render::look::Sides;
use crate::render::meshes::vertex_positions;
use crate::render::vertex::InstanceVertex;
use crate::render::view::{Sight, Window};
use crate::scene::Scene;

/// The triangles of one drawn primitive.
pub(super) struct Faces<'a> {
    instance: &'a InstanceVertex,
    positions: Cow<'a, [[f32; 3]]>,
    indices: &'a [[u32; 3]],
    sides: Sides,
    window: Window,
    rays: Rays,
}

/// A triangle, or what clipping left of it.
pub(super) struct Face<'a> {
    pub triangle: Triangle,
    corners: [[f32; 3]; 3],
    of: &'a Faces<'a>,
    is_clipped: bool,
}

impl<'a> Faces<'a> {
    pub fn new(
        scene: &'a Scene,
        list: &'a DrawList,
        draw: Draw,
        sides: Sides,
        sight: &Sight,
    ) -> Self {
        let primitive = &scene.primitives[draw.primitive];
        let is_in_view = list.in_view[draw.instance as usize];
        Self {
            instance: &list.instances[draw.instance as usize],
            positions: if is_in_view {
                vertex_positions(primitive)
            } else {
                Cow::default()
            },
            indices: if is_in_view {
                primitive.indices.as_chunks().0
            } else {
                &[]
            },
            sides,
            window: sight.window(),
            rays: Rays::of(sight.view),
        }
    }

    /// Calls `found` with each triangle that comes near a pixel and its number, in their order; with
    /// each piece of those that are clipped. `seen` is memory to work with.
    #[inline]
    pub fn each(&self, seen: &mut Vec<[i32; 2]>, mut found: impl FnMut(usize, &Face<'_>)) {
        let clip = self.instance.clip_from_vertex();
        snap_all(&self.window, clip, &self.positions, seen);
        for (number, &[a, b, c]) in self.indices.iter().enumerate() {
            let [a, b, c] = [a as usize, b as usize, c as usize];
            let places = [seen[a], seen[b], seen[c]];
            let corners = || [self.positions[a], self.positions[b], self.positions[c]];
            if places.contains(&OUTSIDE) {
                self.each_piece(corners(), |piece| found(number, piece));
            } else if let Some(triangle) = Triangle::new(places, self.sides, &self.window) {
                found(
                    number,
                    &Face {
                        triangle,
                        corners: corners(),
                        of: self,
                        is_clipped: false,
                    },
                );
            }
        }
    }

    fn each_piece(&self, corners: [[f32; 3]; 3], mut found: impl FnMut(&Face<'_>)) {
        let clip = self.instance.clip_from_vertex();
        let part = clip::inside(corners.map(|p| clip::position(clip, p)));
        let places = part.iter().map(|&p| clip::snap(&self.window, p));
        let places: Vec<_> = places.collect();
        for fan in places.windows(2).skip(1) {
            let places = [places[0], fan[0], fan[1]];
            if let Some(triangle) = Triangle::new(places, self.sides, &self.window) {
                found(&Face {
                    triangle,
                    corners,
                    of: self,
                    is_clipped: true,
                });
            }
        }
    }

    #[inline]
    fn corner(&self, position: [f32; 3]) -> Corner {
        let [x, y, _, w] = clip::position(self.instance.clip_from_vertex(), position);
        Corner {
            at: self.window.spread([x, y], w),
            w,
            value: if self.rays.are_parallel {
                self.instance.view_z(position)
            } else {
                1.0
            },
        }
    }
}

impl Face<'_> {
    /// How near it is. Of a piece it is the plane of the whole triangle, so that clipping rounds
    /// nothing.
    pub fn plane(&self) -> Plane {
        let [a, b, c] = self.corners;
        let plane = Plane::new([self.of.corner(a), self.of.corner(b), self.of.corner(c)]);
        if self.is_clipped {
            plane.between(self.of.rays.farthest, self.of.rays.nearest)
        } else {
            plane
        }
    }
}
