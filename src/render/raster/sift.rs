//! Which triangles of a color image are seen.

use std::ops::Range;
use std::sync::Arc;

use super::canvas::Mark;
use super::faces::Faces;
use super::plane::Rays;
use super::{Raster, triangles};
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
        let counts = list
            .surfaces
            .iter()
            .map(|drawn| triangles(scene, drawn.draw));
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
        if Self::can_draw(scene, list) && shades_all_that_is_drawn(list) {
            let counts = list
                .surfaces
                .iter()
                .map(|drawn| triangles(scene, drawn.draw));
            let mut seen = vec![false; counts.sum()];
            let canvas = self.visible(scene, list, sight);
            canvas.note_shaded(&mut seen);
            self.scratch.take_back(canvas);
            return seen;
        }
        let mut canvas = self.scratch.canvas.take().unwrap_or_default();
        canvas.clear(sight.view.camera.size, Rays::of(sight.view));
        let mut seen = Vec::new();
        for drawn in &list.surfaces {
            let SurfaceDraw { draw, surface } = drawn;
            if draw.topology != Topology::Triangles {
                continue;
            }
            let first = seen.len();
            seen.resize(first + triangles(scene, *draw), false);
            let faces = Faces::new(scene, list, *draw, surface.kind.sides, sight);
            if hides_others(drawn) && seen.len() <= Mark::TRIANGLES {
                faces.each(&mut self.scratch.seen, |number, face| {
                    canvas.fill(face, Mark::new(first + number));
                });
            } else {
                faces.each(&mut self.scratch.seen, |number, face| {
                    seen[first + number] |= face.triangle.covers_any();
                });
            }
        }
        canvas.note_shaded(&mut seen);
        self.scratch.take_back(Arc::new(canvas));
        self.give_back();
        seen
    }
}

/// Whether the color pass draws all that the geometry pass draws, in the same order, and nothing
/// shows through any of it.
fn shades_all_that_is_drawn(list: &DrawList) -> bool {
    let mut pairs = list.surfaces.iter().zip(&list.geometry);
    list.surfaces.len() == list.geometry.len()
        && pairs.all(|(drawn, geometry)| {
            drawn.draw.instance == geometry.draw.instance
                && drawn.surface.kind.sides.others() == geometry.cover.shaded_sides.others()
                && hides_others(drawn)
        })
}

/// Whether nothing shows through a surface.
fn hides_others(SurfaceDraw { surface, .. }: &SurfaceDraw) -> bool {
    surface.kind.blending == Blending::Opaque && !surface.has_holes
}
