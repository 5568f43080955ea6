//! Triangles on the CPU, where the adapter is one anyhow.
//!
//! Depth and label images need no shading: what is nearest at a pixel is all there is to know. A
//! software driver runs its whole pipeline for that (fetches, shaders, tiles, threads, copies), which
//! takes several times as long as the work itself, so these images are drawn here. And of a color
//! image the triangles that are not seen are found here, so that the driver is spared them. Pixels
//! are covered by the driver's rules (positions to 1/256 of a pixel, top and left edges are in, of
//! surfaces at the same place the later one is seen), and depth is had in double precision.

mod canvas;
mod clip;
mod faces;
mod plane;
mod sift;
mod triangle;

use super::draw_list::{DrawList, GeometryDraw};
use super::view::{SensorUniform, Sight};
use super::{Frame, Outputs};
use crate::scene::{Scene, Topology};
use canvas::Canvas;
use faces::Faces;
use plane::Rays;

/// Draws what needs no shading. Its memory is kept between frames.
#[derive(Debug, Default)]
pub(super) struct Raster {
    canvas: Canvas,
    /// Where the vertices of the mesh at hand fall.
    seen: Vec<[i32; 2]>,
}

/// Canvases of more pixels than this, of eight bytes each, are not kept.
const KEPT_PIXELS: usize = 1 << 23;

impl Raster {
    /// Whether these draws can be drawn here: triangles without holes.
    pub fn can_draw(list: &DrawList) -> bool {
        (list.geometry).iter().all(|GeometryDraw { draw, cover }| {
            draw.topology == Topology::Triangles && cover.mask.is_none()
        })
    }

    /// Draws the depth and label images that are wanted into a frame.
    pub fn draw(
        &mut self,
        scene: &Scene,
        list: &DrawList,
        sight: &Sight,
        outputs: &Outputs,
        frame: &mut Frame,
    ) {
        let rays = Rays::of(sight.view);
        self.canvas.clear(frame.size, rays.nothing());
        for GeometryDraw { draw, cover } in &list.geometry {
            let label = u32::from_ne_bytes(list.instances[draw.instance as usize].label());
            let faces = Faces::new(scene, list, *draw, cover.sides, sight);
            faces.each(&mut self.seen, |_, face| self.canvas.fill(face, label));
        }
        frame.depth = outputs.depth.map(|range| {
            let range = SensorUniform::new(Some(range));
            self.canvas.depth(rays, range)
        });
        frame.label = outputs.label.then(|| self.canvas.label());
        self.give_back();
    }

    /// Keeps no more memory than usual images need.
    fn give_back(&mut self) {
        if self.canvas.pixels() > KEPT_PIXELS {
            *self = Self::default();
        }
    }
}
