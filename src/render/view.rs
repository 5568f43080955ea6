//! Where the camera is and how it projects.

use bytemuck::{Pod, Zeroable};
use glam::{DMat3, DMat4, DVec3};

use super::fixed::FRACTION;
use crate::protocol::{Camera, ClippingRange, DepthRange, ImageSize, Intrinsics, Lens};

/// A camera in the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Size, lens and clipping planes.
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

    /// Whether all rays run along the optical axis, and not through the eye.
    pub(super) fn is_parallel(&self) -> bool {
        matches!(self.camera.lens, Lens::Orthographic { .. })
    }

    /// The projection. Its z is reversed, 1 at the near plane and 0 at the far one, so that 32-bit
    /// floats resolve far surfaces as well as near ones.
    pub(super) fn clip_from_view(&self, guard: GuardBand) -> DMat4 {
        let clipping = self.camera.clipping;
        let projection = match &self.camera.lens {
            Lens::Pinhole(intrinsics) => perspective(self.camera.size, intrinsics, clipping),
            &Lens::Orthographic { x_mag, y_mag } => orthographic(x_mag, y_mag, clipping),
        };
        guard.shrink() * projection
    }
}

/// The first two rows and the last are those of Drake's projection matrix: clip.w is the depth in
/// metres.
fn perspective(size: ImageSize, lens: &Intrinsics, clipping: ClippingRange) -> DMat4 {
    let (w, h) = (f64::from(size.width), f64::from(size.height));
    let ClippingRange { near, far } = clipping;
    // The limits of the quotients where there is no far plane.
    let (scale, offset) = if far.is_infinite() {
        (0.0, near)
    } else {
        (near / (far - near), near * far / (far - near))
    };
    DMat4::from_cols_array_2d(&[
        [2.0 * lens.focal_x / w, 0.0, 0.0, 0.0],
        [0.0, 2.0 * lens.focal_y / h, 0.0, 0.0],
        [
            (w - 2.0 * lens.center_x) / w,
            -(h - 2.0 * lens.center_y) / h,
            scale,
            -1.0,
        ],
        [0.0, 0.0, offset, 0.0],
    ])
}

/// glTF 2.0, 3.10.3.4, but for the reversed z; clip.w is 1.
fn orthographic(x_mag: f64, y_mag: f64, clipping: ClippingRange) -> DMat4 {
    let ClippingRange { near, far } = clipping;
    DMat4::from_cols_array_2d(&[
        [1.0 / x_mag, 0.0, 0.0, 0.0],
        [0.0, 1.0 / y_mag, 0.0, 0.0],
        [0.0, 0.0, 1.0 / (far - near), 0.0],
        [0.0, 0.0, far / (far - near), 1.0],
    ])
}

/// How much larger than the image the clip volume is, along x and y: a power of two.
///
/// A triangle that reaches a little out of the image would be clipped at its border, and clipping
/// leaves slivers whose depth is rounded badly: 30 micrometres off were seen at one metre. With the
/// volume drawn larger, and the viewport larger by as much, such triangles stay whole and the
/// rasteriser drops what is outside. A power of two moves no vertex by a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GuardBand(u16);

impl GuardBand {
    /// 2 if the adapter's viewport allows it: as large as that of Mesa's OpenGL, and small enough to
    /// keep away the surfaces close to the camera, whose large 1/z costs the far ones digits.
    pub fn new(size: ImageSize, limits: &wgpu::Limits) -> Self {
        let fits = 2 * size.width.max(size.height) <= limits.max_texture_dimension_2d;
        Self(if fits { 2 } else { 1 })
    }

    /// A clip volume as large as the image.
    pub fn none() -> Self {
        Self(1)
    }

    /// What goes after the projection.
    fn shrink(self) -> DMat4 {
        let part = 1.0 / f64::from(self.0);
        DMat4::from_scale(DVec3::new(part, part, 1.0))
    }

    /// Sets the viewport of a pass over an image of this size.
    pub fn set(self, pass: &mut wgpu::RenderPass<'_>, size: ImageSize) {
        let [width, height] = [size.width, size.height].map(|side| narrow(f64::from(side)));
        let factor = f32::from(self.0);
        let before = (factor - 1.0) / 2.0;
        pass.set_viewport(
            -before * width,
            -before * height,
            factor * width,
            factor * height,
            0.0,
            1.0,
        );
    }
}

/// A view as an adapter draws it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight<'a> {
    pub view: &'a View,
    pub guard: GuardBand,
}

impl Sight<'_> {
    pub fn window(&self) -> Window {
        Window::new(self.view.camera.size, self.guard)
    }
}

/// Where clip space lies on the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    size: ImageSize,
    /// Pixels for one unit of normalized device coordinates.
    scale: [f32; 2],
    /// Where the optical axis of a centred lens meets the image, from its corner.
    middle: [f32; 2],
}

impl Window {
    fn new(size: ImageSize, guard: GuardBand) -> Self {
        let sides = [size.width, size.height].map(|side| narrow(f64::from(side)));
        let half = f32::from(guard.0) / 2.0;
        Self {
            size,
            scale: [half * sides[0], -half * sides[1]],
            middle: sides.map(|side| 0.5 * side),
        }
    }

    /// Columns and rows in fixed point.
    pub fn fixed_size(&self) -> [i32; 2] {
        [self.size.width, self.size.height].map(|side| side.cast_signed() << FRACTION)
    }

    /// The column and row of a vertex; the centre of the first pixel is at 0, 0. Not a number if the
    /// vertex is outside of the clip volume.
    #[inline]
    pub fn locate(&self, clip: &[[f32; 4]; 4], position: [f32; 3]) -> [f32; 2] {
        let [x, y, z] = position;
        let [cx, cy, cz, cw]: [f32; 4] =
            std::array::from_fn(|i| clip[0][i] * x + clip[1][i] * y + clip[2][i] * z + clip[3][i]);
        let inside = cz >= 0.0 && cz <= cw && cx.abs() <= cw && cy.abs() <= cw && cw > 0.0;
        self.place([cx, cy], if inside { cw } else { f32::NAN })
    }

    /// The same of clip coordinates, which are not looked at. Rounded where Mesa's software drivers
    /// round, with the product of the last step left whole.
    #[inline]
    pub fn place(&self, [x, y]: [f32; 2], w: f32) -> [f32; 2] {
        let inverse = 1.0 / w;
        let along = |ndc: f32, axis: usize| {
            let scaled = f64::from(ndc) * f64::from(self.scale[axis]);
            narrow(scaled + f64::from(self.middle[axis])) - 0.5
        };
        [along(x * inverse, 0), along(y * inverse, 1)]
    }

    /// Clip coordinates to columns and rows times w, as [`Self::place`] counts them.
    #[inline]
    pub fn spread(&self, [x, y]: [f64; 2], w: f64) -> [f64; 2] {
        let along = |c: f64, axis: usize| {
            c * f64::from(self.scale[axis]) + w * (f64::from(self.middle[axis]) - 0.5)
        };
        [along(x, 0), along(y, 1)]
    }
}

/// The twin of `Sensor` in `shaders/geometry.wgsl`: the range of the depth image, metres.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct SensorUniform {
    pub min: f32,
    pub max: f32,
    padding: [f32; 2],
}

impl SensorUniform {
    /// A depth image is not wanted if there is no range; any will do then.
    pub fn new(range: Option<DepthRange>) -> Self {
        let range = range.unwrap_or(DepthRange { min: 0.0, max: 1.0 });
        Self {
            min: narrow(range.min),
            max: narrow(range.max),
            padding: [0.0; 2],
        }
    }
}

/// To the GPU's precision.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
#[inline]
pub(super) fn narrow(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_as_the_intrinsics_say() {
        let camera = Camera {
            size: ImageSize {
                width: 600,
                height: 400,
            },
            lens: Lens::Pinhole(Intrinsics {
                focal_x: 520.0,
                focal_y: 410.0,
                center_x: 250.3,
                center_y: 231.8,
            }),
            clipping: ClippingRange {
                near: 0.5,
                far: 8.0,
            },
        };
        let view = View::new(camera, DMat4::IDENTITY);
        // Half a metre right, a quarter up, two metres ahead.
        let ndc = view
            .clip_from_view(GuardBand(1))
            .project_point3(DVec3::new(0.5, 0.25, -2.0));
        let (column, row) = (
            f64::midpoint(ndc.x, 1.0) * 600.0,
            f64::midpoint(1.0, -ndc.y) * 400.0,
        );
        assert!((column - (520.0 * 0.25 + 250.3)).abs() < 1e-9, "{column}");
        assert!((row - (231.8 - 410.0 * 0.125)).abs() < 1e-9, "{row}");
        for (depth, expected) in [(0.5, 1.0), (8.0, 0.0)] {
            let z = view
                .clip_from_view(GuardBand(1))
                .project_point3(-depth * DVec3::Z)
                .z;
            assert!((z - expected).abs() < 1e-12, "{depth}: {z}");
        }
    }

    fn seen(lens: Lens, clipping: ClippingRange, point: DVec3) -> DVec3 {
        let size = ImageSize {
            width: 600,
            height: 400,
        };
        let camera = Camera {
            size,
            lens,
            clipping,
        };
        let view = View::new(camera, DMat4::IDENTITY);
        view.clip_from_view(GuardBand(1)).project_point3(point)
    }

    #[test]
    fn without_a_far_plane_depth_goes_to_0() {
        let size = ImageSize {
            width: 600,
            height: 400,
        };
        let lens = Lens::Pinhole(Intrinsics::from_fov_y(size, 1.0));
        let clipping = ClippingRange {
            near: 0.5,
            far: f64::INFINITY,
        };
        for (depth, expected) in [(0.5, 1.0), (1.0, 0.5), (5e11, 1e-12)] {
            let z = seen(lens, clipping, -depth * DVec3::Z).z;
            assert!((z / expected - 1.0).abs() < 1e-12, "{depth}: {z}");
        }
    }

    #[test]
    fn parallel_rays_keep_sizes() {
        let lens = Lens::Orthographic {
            x_mag: 3.0,
            y_mag: 0.5,
        };
        let clipping = ClippingRange {
            near: 0.0,
            far: 8.0,
        };
        for (point, expected) in [
            (DVec3::new(3.0, 0.5, 0.0), DVec3::new(1.0, 1.0, 1.0)),
            (DVec3::new(-1.5, 0.25, -8.0), DVec3::new(-0.5, 0.5, 0.0)),
            (DVec3::new(0.0, -0.5, -2.0), DVec3::new(0.0, -1.0, 0.75)),
        ] {
            let found = seen(lens, clipping, point);
            assert!(found.distance(expected) < 1e-12, "{point}: {found}");
        }
    }
}
