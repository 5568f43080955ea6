//! Drawn instances as shaders see them.

use bytemuck::{Pod, Zeroable};
use glam::{DAffine3, DMat3, DMat4, DVec3};

use super::look::MaterialRecord;
use super::unit_cube::UnitCube;
use super::view::{GuardBand, View, narrow};

/// The twin of `Instance` in `shaders/common/instance.wgsl`. One drawn primitive: its maps into view
/// and clip space, its label and its material.
///
/// The maps are composed in double precision and only then narrowed, so that a camera far from the
/// origin sees no jitter. That of clip space could be had from view space in the shader; but with
/// one product, summed column by column, a vertex lands where it lands in `RenderEngineVtk`, bit for
/// bit, and so does every edge.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct InstanceRecord {
    /// The columns of the map from vertex positions to clip space.
    clip_from_vertex: [[f32; 4]; 4],
    /// The rows of the map from vertex positions to view space.
    view_from_vertex: [[f32; 4]; 3],
    /// The rows of the map of normals to view space, each as wide as four numbers in the shader.
    normal0: [f32; 3],
    label: [u8; 4],
    normal1: [f32; 3],
    padding1: u32,
    normal2: [f32; 3],
    padding2: u32,
    /// Zeros if it is not in the color image.
    pub material: MaterialRecord,
}

impl InstanceRecord {
    /// An instance of a primitive of this base color; `cube` is where its positions were taken.
    pub fn new(
        view: &View,
        guard: GuardBand,
        world_from_model: &DAffine3,
        cube: Option<&UnitCube>,
        base_color: [f32; 4],
    ) -> Self {
        let view_from_model = view.view_from_world * DMat4::from(*world_from_model);
        let normal = normal_map(&DMat3::from_mat4(view_from_model));
        let view_from_vertex = cube.map_or(view_from_model, |cube| {
            view_from_model * DMat4::from(cube.model_from_unit())
        });
        let clip_from_vertex = view.clip_from_view(guard) * view_from_vertex;
        let row = |i: usize| view_from_vertex.row(i).to_array().map(narrow);
        let normal_row = |i: usize| normal.row(i).to_array().map(narrow);
        Self {
            clip_from_vertex: clip_from_vertex.to_cols_array_2d().map(|c| c.map(narrow)),
            view_from_vertex: [row(0), row(1), row(2)],
            normal0: normal_row(0),
            label: label_bytes(base_color),
            normal1: normal_row(1),
            padding1: 0,
            normal2: normal_row(2),
            padding2: 0,
            material: MaterialRecord::zeroed(),
        }
    }

    /// The columns of the map from vertex positions to clip space.
    pub fn clip_from_vertex(&self) -> &[[f32; 4]; 4] {
        &self.clip_from_vertex
    }

    /// Where a vertex is along the view's z, which points backwards, metres.
    pub fn view_z(&self, position: [f32; 3]) -> f64 {
        let [x, y, z, one] = self.view_from_vertex[2].map(f64::from);
        let position = position.map(f64::from);
        x * position[0] + y * position[1] + z * position[2] + one
    }

    /// The number of columns and rows in [`Self::place`].
    pub const PLACE: usize = 5;

    /// The bits of all that decides where its vertices are seen: the columns of the map to clip
    /// space and the row of the one to the view's z.
    pub fn place(&self) -> [[u32; 4]; Self::PLACE] {
        let [a, b, c, d] = self.clip_from_vertex;
        [a, b, c, d, self.view_from_vertex[2]].map(|row| row.map(f32::to_bits))
    }

    /// RGBA.
    pub fn label(&self) -> [u8; 4] {
        self.label
    }
}

/// The map of normals that goes with the map of points `linear`: its matrix of cofactors, which is
/// the inverse transpose times the determinant. It needs no division, so flat scales have one too.
/// The sign of the determinant is taken out; the length does not matter.
fn normal_map(linear: &DMat3) -> DMat3 {
    let (x, y, z) = (linear.x_axis, linear.y_axis, linear.z_axis);
    let cofactors = DMat3::from_cols(y.cross(z), z.cross(x), x.cross(y));
    let sign = if x.dot(y.cross(z)) < 0.0 { -1.0 } else { 1.0 };
    let longest = [cofactors.x_axis, cofactors.y_axis, cofactors.z_axis]
        .into_iter()
        .map(DVec3::length)
        .fold(f64::MIN_POSITIVE, f64::max);
    cofactors * (sign / longest)
}

/// The label of a material: the bytes that its base color rounds to.
fn label_bytes(base_color: [f32; 4]) -> [u8; 4] {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range of a byte"
    )]
    let byte = |x: f32| (x.clamp(0.0, 1.0) * 255.0).round() as u8;
    let [r, g, b, _] = base_color.map(byte);
    [r, g, b, 255]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_the_bytes_of_the_base_color() {
        for i in 0..=255_u8 {
            let f = f32::from(i) / 255.0;
            assert_eq!(label_bytes([f, 1.0, 0.0, 0.3]), [i, 255, 0, 255]);
        }
    }

    #[test]
    fn normals_stay_perpendicular_under_uneven_and_mirroring_scale() {
        let linear = DMat3::from_cols(
            DVec3::new(2.0, 0.3, 0.0),
            DVec3::new(0.0, -0.5, 0.1),
            DVec3::new(0.4, 0.0, 3.0),
        );
        let (a, b) = (DVec3::new(1.0, 2.0, 0.5), DVec3::new(-0.3, 0.7, 1.0));
        let n = normal_map(&linear) * a.cross(b);
        assert!(n.dot(linear * a).abs() < 1e-12 && n.dot(linear * b).abs() < 1e-12);
        let outward = DVec3::Z;
        assert!((normal_map(&DMat3::from_diagonal(DVec3::new(-1.0, 1.0, 1.0))) * outward).z > 0.0);
    }
}
