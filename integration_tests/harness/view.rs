//! A camera: what a request says and where it stands.

use glam::dcamera::rh::view::look_at_mat4;
use glam::{DMat4, DVec2, DVec3};

/// A camera with its pose, mostly a pinhole; lengths in metres, image measures in pixels.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Focal length along x.
    pub focal_x: f64,
    /// Focal length along y.
    pub focal_y: f64,
    /// Column of the principal point.
    pub center_x: f64,
    /// Row of the principal point.
    pub center_y: f64,
    /// Near clipping plane.
    pub near: f64,
    /// Far clipping plane.
    pub far: f64,
    /// The least depth that is measured.
    pub min_depth: f64,
    /// The greatest depth that is measured.
    pub max_depth: f64,
    /// Of an orthographic camera, half of what it sees, metres; focal lengths and principal point
    /// count for nothing then.
    pub parallel: Option<DVec2>,
    /// From the camera's frame (looking along -Z, +Y up) to the world's.
    pub world_from_camera: DMat4,
}

impl View {
    /// A centred camera at the origin with square pixels that sees everything from a centimetre
    /// to a hundred metres.
    pub fn new(width: u32, height: u32, focal: f64) -> Self {
        Self {
            width,
            height,
            focal_x: focal,
            focal_y: focal,
            center_x: f64::from(width) / 2.0,
            center_y: f64::from(height) / 2.0,
            near: 0.01,
            far: 100.0,
            min_depth: 0.01,
            max_depth: 100.0,
            parallel: None,
            world_from_camera: DMat4::IDENTITY,
        }
    }

    /// The same camera at `eye`, looking at `target`.
    pub fn looking(self, eye: DVec3, target: DVec3, up: DVec3) -> Self {
        Self {
            world_from_camera: look_at_mat4(eye, target, up).inverse(),
            ..self
        }
    }

    /// The ray through the centre of a pixel, in the world: where it starts and how it goes while
    /// the depth along the optical axis grows by 1.
    pub fn ray(&self, x: u32, y: u32) -> (DVec3, DVec3) {
        if let Some(half) = self.parallel {
            let (w, h) = (f64::from(self.width), f64::from(self.height));
            let across = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5) / DVec2::new(w, h);
            let start = half * (across * 2.0 - 1.0) * DVec2::new(1.0, -1.0);
            return (
                self.world_from_camera.transform_point3(start.extend(0.0)),
                self.world_from_camera.transform_vector3(-DVec3::Z),
            );
        }
        let direction = DVec3::new(
            (f64::from(x) + 0.5 - self.center_x) / self.focal_x,
            -(f64::from(y) + 0.5 - self.center_y) / self.focal_y,
            -1.0,
        );
        (
            self.world_from_camera.transform_point3(DVec3::ZERO),
            self.world_from_camera.transform_vector3(direction),
        )
    }

    /// What a depth image shows for a surface at `depth`; infinity where there is none.
    pub fn measured(&self, depth: f64) -> f64 {
        if depth >= self.max_depth {
            f64::INFINITY
        } else if depth <= self.min_depth {
            0.0
        } else {
            depth
        }
    }
}
