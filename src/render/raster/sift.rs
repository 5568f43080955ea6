//! Which triangles of a color image are seen.

use std::ops::Range;

use super::Raster;
use super::canvas::NOTHING;
use super::faces::Faces;
use super::plane::Rays;
use crate::render::RenderError;
use crate::render::draw_list::{DrawList, SurfaceDraw};
use crate::render::look::Blending;
use crate::render::meshes::{index_range, push_indices};
use crate::render::view::{Sight, View};
use crate::scene::{Scene, Topology};

/// Where there are more pixels than this for each triangle, drawing triangles that are not seen costs
/// less than finding them.
const MANY_PIXELS: usize = 16;

impl Raster {
    /// Whether it is worth the time to sift what a view shows.
    pub fn is_worth_sifting(scene: &Scene, list: &DrawList, view: &View) -> bool {
        let counts = list.surfaces.iter().map(|drawn| &drawn.draw);
        let counts = counts.map(|draw| scene.primitives[draw.primitive].indices.len() / 3);
        let size = view.camera.size;
        counts.sum::<usize>() > size.width as usize * size.height as usize / MANY_PIXELS
    }

    /// Appends the indices of the triangles that are seen to `out`, and says where those of each
    /// instance are. Triangles of opaque surfaces are not seen if another is in front of them, or if
    /// they cover no pixel; of other triangles that alone counts.
    pub fn sift(
        &mut self,
        scene: &Scene,
        list: &DrawList,
        sight: &Sight,
        out: &mut Vec<u8>,
    ) -> Result<Vec<Range<u32>>, RenderError> {
        let seen = self.seen_triangles(scene, list, sight);
        let mut ranges = vec![0..0; list.instances.len()];
        let mut first_triangle = 0;
        for drawn in &list.surfaces {
            let indices = &scene.primitives[drawn.draw.primitive].indices;
            let range = &mut ranges[drawn.draw.instance as usize];
            if drawn.draw.topology != Topology::Triangles {
                if list.in_view[drawn.draw.instance as usize] {
                    *range = push_indices(out, indices)?;
                }
                continue;
            }
            let triangles = indices.as_chunks::<3>().0;
            let first = out.len() / size_of::<u32>();
            let of_surface = &seen[first_triangle..first_triangle + triangles.len()];
            for (corners, _) in triangles.iter().zip(of_surface).filter(|(_, seen)| **seen) {
                out.extend_from_slice(bytemuck::bytes_of(corners));
            }
            first_triangle += triangles.len();
            *range = index_range(first, out.len() / size_of::<u32>())?;
        }
        Ok(ranges)
    }

    /// For each triangle of the surfaces, in their order, whether it is seen.
    fn seen_triangles(&mut self, scene: &Scene, list: &DrawList, sight: &Sight) -> Vec<bool> {
        let rays = Rays::of(sight.view);
        self.canvas.clear(sight.view.camera.size, rays.nothing());
        let mut seen = Vec::new();
        for drawn in &list.surfaces {
            let SurfaceDraw { draw, surface } = drawn;
            if draw.topology != Topology::Triangles {
                continue;
            }
            let first = seen.len();
            let count = scene.primitives[draw.primitive].indices.len() / 3;
            seen.resize(first + count, false);
            let faces = Faces::new(scene, list, *draw, surface.kind.sides, sight);
            if hides_others(drawn) && u32::try_from(seen.len()).is_ok() {
                faces.each(&mut self.seen, |number, face| {
                    // Below the length of `seen`, which fits.
                    let mark = u32::try_from(first + number).unwrap_or(NOTHING);
                    self.canvas.fill(face, mark);
                });
            } else {
                faces.each(&mut self.seen, |number, face| {
                    seen[first + number] |= face.triangle.covers_any();
                });
            }
        }
        for &mark in self.canvas.marks() {
            if let Some(seen) = seen.get_mut(mark as usize) {
                *seen = true;
            }
        }
        self.give_back();
        seen
    }
}

/// Whether nothing shows through a surface.
fn hides_others(drawn: &SurfaceDraw) -> bool {
    let kind = drawn.surface.kind;
    kind.blending == Blending::Opaque && !kind.detail.can_cut()
}
