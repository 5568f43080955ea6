//! Where the camera is and how it projects.

use bytemuck::{Pod, Zeroable};
use glam::{DMat3, DMat4, DVec3};

use crate::protocol::{Camera, DepthRange};

/// A camera in the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Size, intrinsics and clipping planes.
    pub camera: Camera,
    /// From the scene's frame to the camera's, which is glTF's: looking along -Z, +X right, +Y up.
    pub view_from_world: DMat4,
}

impl View {
    /// A camera at the pose of a glTF camera node.
    #[must_use]
    pub fn new(camera: Camera, world_from_camera: DMat4) -> Self {
        Self {
            camera,
            view_from_world: world_from_camera.inverse(),
        }
    }

    /// A camera at `eye` that looks at `target`, with `up` up in the image.
    /// None if the three leave the direction or the upright open.
    #[must_use]
    pub fn look_at(camera: Camera, eye: DVec3, target: DVec3, up: DVec3) -> Option<Self> {
        let back = (eye - target).try_normalize()?;
        let right = up.cross(back).try_normalize()?;
        let rotation = DMat3::from_cols(right, back.cross(right), back);
        Some(Self::new(
            camera,
            DMat4::from_mat3_translation(rotation, eye),
        ))
    }
}

/// The twin of `View` in `shaders/common/view.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct ViewUniform {
    /// clip.x = `scale_x`·x + `shift_x`·z, and so for y: (`scale_x`, `shift_x`, `scale_y`, `shift_y`).
    lens: [f32; 4],
    /// clip.z = `depth[0]`·z + `depth[1]`: 1 at the near plane, 0 at the far one.
    depth: [f32; 2],
    /// The sensor's range, metres.
    sensor: [f32; 2],
}

impl ViewUniform {
    /// The first two rows are those of Drake's projection matrix; the third is reversed, so that
    /// 32-bit floats resolve far surfaces as well as near ones. clip.w is -z.
    pub fn new(camera: &Camera, sensor: Option<DepthRange>) -> Self {
        let (w, h) = (f64::from(camera.size.width), f64::from(camera.size.height));
        let lens = &camera.intrinsics;
        let (near, far) = (camera.clipping.near, camera.clipping.far);
        let sensor = sensor.unwrap_or(DepthRange { min: 0.0, max: far });
        Self {
            lens: [
                2.0 * lens.focal_x / w,
                (w - 2.0 * lens.center_x) / w,
                2.0 * lens.focal_y / h,
                -(h - 2.0 * lens.center_y) / h,
            ]
            .map(narrow),
            depth: [near / (far - near), near * far / (far - near)].map(narrow),
            sensor: [sensor.min, sensor.max].map(narrow),
        }
    }
}

/// To the GPU's precision.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
pub(super) fn narrow(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ClippingRange, ImageSize, Intrinsics};

    /// The pixel coordinates and the depth-buffer value of a point of the camera's frame.
    fn project(view: &ViewUniform, size: ImageSize, p: [f32; 3]) -> [f32; 3] {
        let w = -p[2];
        let x = (view.lens[0] * p[0] + view.lens[1] * p[2]) / w;
        let y = (view.lens[2] * p[1] + view.lens[3] * p[2]) / w;
        let z = (view.depth[0] * p[2] + view.depth[1]) / w;
        #[expect(clippy::cast_precision_loss, reason = "small sizes")]
        let (width, height) = (size.width as f32, size.height as f32);
        [
            f32::midpoint(x, 1.0) * width,
            f32::midpoint(1.0, -y) * height,
            z,
        ]
    }

    #[test]
    fn projects_as_the_intrinsics_say() {
        let size = ImageSize {
            width: 600,
            height: 400,
        };
        let camera = Camera {
            size,
            intrinsics: Intrinsics {
                focal_x: 520.0,
                focal_y: 410.0,
                center_x: 250.3,
                center_y: 231.8,
            },
            clipping: ClippingRange {
                near: 0.5,
                far: 8.0,
            },
        };
        let view = ViewUniform::new(&camera, None);
        // Half a metre right, a quarter up, two metres ahead.
        let [x, y, _] = project(&view, size, [0.5, 0.25, -2.0]);
        assert!((x - (520.0 * 0.25 + 250.3)).abs() < 1e-3, "{x}");
        assert!((y - (231.8 - 410.0 * 0.125)).abs() < 1e-3, "{y}");
        let [_, _, near] = project(&view, size, [0.0, 0.0, -0.5]);
        let [_, _, far] = project(&view, size, [0.0, 0.0, -8.0]);
        assert!(
            (near - 1.0).abs() < 1e-6 && far.abs() < 1e-6,
            "{near} {far}"
        );
    }
}
