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
mod visibility;

use std::sync::Arc;

use super::draw_list::{Draw, DrawList, GeometryDraw};
use super::view::{SensorUniform, Sight};
use super::{Frame, Outputs};
use crate::scene::{Scene, Topology};
use canvas::{Canvas, Mark};
use plane::Rays;

pub use visibility::VisibilityCache;

/// Draws what needs no shading.
#[derive(Debug)]
pub(super) struct Raster {
    known: Arc<VisibilityCache>,
    scratch: Scratch,
}

/// Memory to work with.
#[derive(Debug, Default)]
struct Scratch {
    /// A canvas that nobody looks at.
    canvas: Option<Canvas>,
    /// Where the vertices of the mesh at hand fall.
    seen: Vec<[i32; 2]>,
}

/// Memory for more vertices than this, of eight bytes each, is not kept.
const KEPT_VERTICES: usize = 1 << 20;
/// Canvases that take more than this, bytes, are not kept to draw on them again.
const KEPT_CANVAS: usize = 64 << 20;

impl Scratch {
    /// Takes back a canvas, if nobody else has it.
    fn take_back(&mut self, canvas: Arc<Canvas>) {
        let unused = Arc::into_inner(canvas).filter(|canvas| canvas.bytes() <= KEPT_CANVAS);
        self.canvas = unused.or(self.canvas.take());
    }
}

impl Raster {
    /// Finds what is `known`, and adds to it.
    pub fn new(known: Arc<VisibilityCache>) -> Self {
        Self {
            known,
            scratch: Scratch::default(),
        }
    }

    /// Whether these draws can be drawn here: triangles without holes.
    pub fn can_draw(scene: &Scene, list: &DrawList) -> bool {
        let counts = list
            .geometry
            .iter()
            .map(|drawn| triangles(scene, drawn.draw));
        let count: usize = counts.sum();
        (list.geometry).iter().all(|GeometryDraw { draw, cover }| {
            draw.topology == Topology::Triangles && cover.mask.is_none()
        }) && count < Mark::TRIANGLES
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
        let canvas = self.visible(scene, list, sight);
        frame.depth = outputs.depth.map(|range| {
            let range = SensorUniform::new(Some(range));
            canvas.depth(Rays::of(sight.view), range)
        });
        frame.label = outputs.label.then(|| label(scene, list, &canvas));
        self.scratch.take_back(canvas);
    }

    /// What depth and label images show.
    fn visible(&mut self, scene: &Scene, list: &DrawList, sight: &Sight) -> Arc<Canvas> {
        let canvas = self.known.get(scene, list, sight, &mut self.scratch);
        self.give_back();
        canvas
    }

    /// Keeps no more memory than usual meshes need.
    fn give_back(&mut self) {
        if self.scratch.seen.capacity() > KEPT_VERTICES {
            self.scratch.seen = Vec::new();
        }
    }
}

/// How many triangles a draw has.
fn triangles(scene: &Scene, draw: Draw) -> usize {
    scene.primitives[draw.primitive].indices.len() / 3
}

/// The label image of a canvas of the geometry pass.
fn label(scene: &Scene, list: &DrawList, canvas: &Canvas) -> Vec<u8> {
    let mut ends = Vec::with_capacity(list.geometry.len());
    for GeometryDraw { draw, .. } in &list.geometry {
        let count = triangles(scene, *draw);
        ends.push(ends.last().map_or(count, |end| end + count));
    }
    canvas.label(|triangle| {
        let drawn = ends.partition_point(|&end| end <= triangle);
        let instance = list.geometry[drawn].draw.instance;
        let [r, g, b, _] = list.instances[instance as usize].label();
        [r, g, b]
    })
}
