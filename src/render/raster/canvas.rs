//! What is nearest at each pixel.

use super::faces::Face;
use super::plane::{Plane, Rays};
use crate::protocol::ImageSize;
use crate::render::view::SensorUniform;
use crate::simd::vectorised;

/// The mark of pixels where nothing is seen. As a label, white.
pub(super) const NOTHING: u32 = u32::MAX;

/// Nearness and mark of what is seen, row by row from the top.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    /// Pixels of a row.
    width: usize,
    nearness: Vec<f32>,
    /// Labels, as the bytes of RGBA, or what else tells surfaces apart.
    marks: Vec<u32>,
}

impl Canvas {
    /// Sets the size and forgets what was drawn.
    pub fn clear(&mut self, size: ImageSize, nothing: f32) {
        let pixels = size.width as usize * size.height as usize;
        self.width = size.width as usize;
        self.nearness.clear();
        self.nearness.resize(pixels, nothing);
        self.marks.clear();
        self.marks.resize(pixels, NOTHING);
    }

    pub fn pixels(&self) -> usize {
        self.marks.len()
    }

    /// What is seen at each pixel.
    pub fn marks(&self) -> &[u32] {
        &self.marks
    }

    /// Draws a triangle.
    #[inline]
    pub fn fill(&mut self, face: &Face<'_>, mark: u32) {
        // Many small triangles cover no pixel, and need none.
        let mut plane = None;
        face.triangle.each_row(|row, columns| {
            let plane = plane.get_or_insert_with(|| face.plane());
            let start = row.cast_unsigned() as usize * self.width;
            let from = start + columns.start.cast_unsigned() as usize;
            let to = start + columns.end.cast_unsigned() as usize;
            let nearness = &mut self.nearness[from..to];
            let marks = &mut self.marks[from..to];
            fill_row(nearness, marks, mark, plane.at(columns.start, row), plane);
        });
    }

    /// Metres along the optical axis; too far reads infinity, too close 0, and the ends of the range
    /// count as outside it, as in `RenderEngineVtk`.
    pub fn depth(&self, rays: Rays, SensorUniform { min, max, .. }: SensorUniform) -> Vec<f32> {
        let measured = self.nearness.iter().map(|&nearness| {
            let depth = rays.depth(nearness);
            let depth = if depth >= max { f32::INFINITY } else { depth };
            if depth <= min { 0.0 } else { depth }
        });
        vectorised(|| measured.collect())
    }

    /// RGB.
    pub fn label(&self) -> Vec<u8> {
        let mut packed = vec![0; self.marks.len() * 3];
        for (rgb, mark) in packed.as_chunks_mut().0.iter_mut().zip(&self.marks) {
            let [r, g, b, _] = mark.to_ne_bytes();
            *rgb = [r, g, b];
        }
        packed
    }
}

/// From this many pixels on, a row is worth the vector registers.
const MANY_PIXELS: usize = 8;

/// Draws the pixels of a row that begins with a nearness of `at`. The later of two at the same place
/// is seen, as in `RenderEngineVtk`.
#[inline]
fn fill_row(nearness: &mut [f32], seen: &mut [u32], mark: u32, at: f64, plane: &Plane) {
    if nearness.len() >= MANY_PIXELS {
        return vectorised(|| fill_long_row(nearness, seen, mark, at, plane));
    }
    for (i, (nearest, seen)) in (0..).zip(nearness.iter_mut().zip(seen)) {
        let here = plane.bound(at + f64::from(i) * plane.slope[0]);
        if here >= *nearest {
            *nearest = here;
            *seen = mark;
        }
    }
}

/// The same without a branch.
#[inline]
fn fill_long_row(nearness: &mut [f32], seen: &mut [u32], mark: u32, at: f64, plane: &Plane) {
    for (i, (nearest, seen)) in (0..).zip(nearness.iter_mut().zip(seen)) {
        let here = plane.bound(at + f64::from(i) * plane.slope[0]);
        let is_seen = here >= *nearest;
        *nearest = if is_seen { here } else { *nearest };
        *seen = if is_seen { mark } else { *seen };
    }
}
