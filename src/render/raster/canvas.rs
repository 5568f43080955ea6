//! What is nearest at each pixel: a visibility buffer.

use super::faces::Face;
use super::plane::{Plane, Rays};
use crate::protocol::ImageSize;
use crate::render::view::SensorUniform;
use crate::simd::vectorised;

/// A triangle that is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(u32);

impl Mark {
    /// Where no triangle is seen.
    const NOTHING: Self = Self(u32::MAX);
    /// Set if the color image does not have the side that is seen.
    const UNSHADED: u32 = 1 << 31;
    /// So many triangles can be told apart.
    pub const TRIANGLES: usize = (1 << 31) - 1;

    /// Of a triangle below [`Self::TRIANGLES`].
    #[inline]
    pub fn new(triangle: usize) -> Self {
        debug_assert!(triangle < Self::TRIANGLES, "{triangle}");
        u32::try_from(triangle).map_or(Self::NOTHING, Self)
    }

    /// The triangle, if there is one.
    pub fn triangle(self) -> Option<usize> {
        (self != Self::NOTHING).then_some((self.0 & !Self::UNSHADED) as usize)
    }

    /// The triangle, if there is one that the color image has.
    pub fn shaded_triangle(self) -> Option<usize> {
        (self.0 & Self::UNSHADED == 0).then_some(self.0 as usize)
    }
}

/// Nearness and mark of what is seen, row by row from the top.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    /// Pixels of a row.
    width: usize,
    nearness: Vec<f32>,
    marks: Vec<Mark>,
    /// What the color image may show where a side is seen that it does not have.
    behind_unshaded: Vec<Mark>,
}

impl Canvas {
    /// Sets the size and forgets what was drawn.
    pub fn clear(&mut self, size: ImageSize, rays: Rays) {
        let pixels = size.width as usize * size.height as usize;
        self.width = size.width as usize;
        self.nearness.clear();
        self.marks.clear();
        // A small image does not hold the memory of a large one.
        self.nearness.shrink_to(2 * pixels);
        self.marks.shrink_to(2 * pixels);
        self.nearness.resize(pixels, rays.nothing());
        self.marks.resize(pixels, Mark::NOTHING);
        self.behind_unshaded.clear();
    }

    /// What it takes in memory.
    pub fn bytes(&self) -> usize {
        self.nearness.capacity() * size_of::<f32>()
            + (self.marks.capacity() + self.behind_unshaded.capacity()) * size_of::<Mark>()
    }

    /// Sets for each triangle that the color image shows that it is seen, and maybe for some that
    /// are just behind what is.
    pub fn note_shaded(&self, seen: &mut [bool]) {
        for marks in [&self.marks, &self.behind_unshaded] {
            for run in marks.chunk_by(|a, b| a == b) {
                if let Some(triangle) = run[0].shaded_triangle() {
                    seen[triangle] = true;
                }
            }
        }
    }

    /// Draws a triangle. The later of two at the same place is seen, as in `RenderEngineVtk`.
    #[inline]
    pub fn fill(&mut self, face: &Face<'_>, mark: Mark) {
        self.each_row(face, |at, plane, nearness, marks| {
            fill_row(nearness, marks, mark, at, plane);
        });
    }

    /// Draws a triangle from the side that the color image does not have, after all that it has. Of
    /// two at the same place that of the greater mark is seen, as if all were drawn in their order.
    #[inline]
    pub fn fill_unshaded(&mut self, face: &Face<'_>, mark: Mark) {
        let mut behind = std::mem::take(&mut self.behind_unshaded);
        self.each_row(face, |at, plane, nearness, marks| {
            for (i, (nearest, seen)) in (0..).zip(nearness.iter_mut().zip(marks)) {
                let here = plane.bound(at + f64::from(i) * plane.slope[0]);
                let is_later = seen.triangle().is_none_or(|other| other <= mark.0 as usize);
                if here > *nearest || (is_later && here >= *nearest) {
                    // So there is at most one for each pixel.
                    if seen.shaded_triangle().is_some() {
                        behind.push(*seen);
                    }
                    *nearest = here;
                    *seen = Mark(mark.0 | Mark::UNSHADED);
                }
            }
        });
        self.behind_unshaded = behind;
    }

    /// Calls `fill` with each row of a triangle: its nearness at the first pixel, the plane, and
    /// what is drawn so far.
    #[inline]
    fn each_row(
        &mut self,
        face: &Face<'_>,
        mut fill: impl FnMut(f64, &Plane, &mut [f32], &mut [Mark]),
    ) {
        // Many small triangles cover no pixel, and need none.
        let mut plane = None;
        face.triangle.each_row(|row, columns| {
            let plane = plane.get_or_insert_with(|| face.plane());
            let start = row.cast_unsigned() as usize * self.width;
            let from = start + columns.start.cast_unsigned() as usize;
            let to = start + columns.end.cast_unsigned() as usize;
            let nearness = &mut self.nearness[from..to];
            let marks = &mut self.marks[from..to];
            fill(plane.at(columns.start, row), plane, nearness, marks);
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

    /// RGB, of each triangle what `label_of` says, and white where there is none.
    pub fn label(&self, mut label_of: impl FnMut(usize) -> [u8; 3]) -> Vec<u8> {
        let mut packed: Vec<[u8; 3]> = Vec::with_capacity(self.marks.len());
        for run in self.marks.chunk_by(|a, b| a == b) {
            let label = run[0].triangle().map_or([u8::MAX; 3], &mut label_of);
            packed.extend(std::iter::repeat_n(label, run.len()));
        }
        packed.into_flattened()
    }
}

/// From this many pixels on, a row is worth the vector registers.
const MANY_PIXELS: usize = 8;

/// Draws the pixels of a row that begins with a nearness of `at`.
#[inline]
fn fill_row(nearness: &mut [f32], seen: &mut [Mark], mark: Mark, at: f64, plane: &Plane) {
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
fn fill_long_row(nearness: &mut [f32], seen: &mut [Mark], mark: Mark, at: f64, plane: &Plane) {
    for (i, (nearest, seen)) in (0..).zip(nearness.iter_mut().zip(seen)) {
        let here = plane.bound(at + f64::from(i) * plane.slope[0]);
        let is_seen = here >= *nearest;
        *nearest = if is_seen { here } else { *nearest };
        *seen = if is_seen { mark } else { *seen };
    }
}
