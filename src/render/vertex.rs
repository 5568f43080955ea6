//! Vertex buffers: their layouts here, their twins in the shaders' vertex entry points.

use bytemuck::{Pod, Zeroable};
use glam::{DAffine3, DMat3, DMat4, DVec3};
use wgpu::{VertexAttribute, VertexBufferLayout, VertexFormat, VertexStepMode, vertex_attr_array};

use super::look::{Habits, Model, Surface};
use super::unit_cube::UnitCube;
use super::view::{GuardBand, View, narrow};
use crate::scene::ShadingAttributes;

/// One drawn primitive: its maps into view and clip space, and its label.
///
/// The maps are composed in double precision and only then narrowed, so that a camera far from the
/// origin sees no jitter. That of clip space could be had from view space in the shader; but with
/// one product, summed column by column, a vertex lands where it lands in `RenderEngineVtk`, bit for
/// bit, and so does every edge.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct InstanceVertex {
    /// The columns of the map from vertex positions to clip space.
    clip_from_vertex: [[f32; 4]; 4],
    /// The rows of the map from vertex positions to view space.
    view_from_vertex: [[f32; 4]; 3],
    /// The rows of the map of normals to view space.
    normal: [[f32; 3]; 3],
    label: [u8; 4],
}

impl InstanceVertex {
    const ATTRIBUTES: [VertexAttribute; 11] = vertex_attr_array![
        0 => Float32x4, 1 => Float32x4, 2 => Float32x4, 3 => Float32x4,
        4 => Float32x4, 5 => Float32x4, 6 => Float32x4,
        7 => Float32x3, 8 => Float32x3, 9 => Float32x3,
        10 => Unorm8x4,
    ];

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
            normal: [normal_row(0), normal_row(1), normal_row(2)],
            label: label_bytes(base_color),
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

    pub fn layout() -> VertexBufferLayout<'static> {
        VertexBufferLayout {
            array_stride: size_of::<Self>() as u64,
            step_mode: VertexStepMode::Instance,
            attributes: &Self::ATTRIBUTES,
        }
    }

    /// Without the label, which the color pass does not read.
    pub fn layout_of_surfaces() -> VertexBufferLayout<'static> {
        VertexBufferLayout {
            attributes: &Self::ATTRIBUTES[..10],
            ..Self::layout()
        }
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

/// Positions, in a buffer of their own: all that depth and label read.
pub(super) const POSITION: VertexBufferLayout<'static> = VertexBufferLayout {
    array_stride: 12,
    step_mode: VertexStepMode::Vertex,
    attributes: &[VertexAttribute {
        format: VertexFormat::Float32x3,
        offset: 0,
        shader_location: 11,
    }],
};

/// How much a vertex brings to the color pass beside its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum VertexDetail {
    /// A normal.
    Plain,
    /// A normal and one texture coordinate.
    Textured,
    /// Normal, two texture coordinates, tangent and color.
    Full,
    /// The same with texture coordinates for every texture.
    Wide,
}

impl VertexDetail {
    pub const ALL: [Self; 4] = [Self::Plain, Self::Textured, Self::Full, Self::Wide];
    /// How many streams of texture coordinates `Full` has.
    pub const FULL_STREAMS: usize = 2;

    pub fn layout(self) -> VertexBufferLayout<'static> {
        const PLAIN: [VertexAttribute; 1] = vertex_attr_array![12 => Float32x3];
        const TEXTURED: [VertexAttribute; 2] = vertex_attr_array![12 => Float32x3, 13 => Float32x2];
        const FULL: [VertexAttribute; 4] =
            vertex_attr_array![12 => Float32x3, 13 => Float32x4, 14 => Float32x4, 15 => Float32x4];
        // Of 16 locations, which is what every adapter has, this takes the last.
        const WIDE: [VertexAttribute; 5] = vertex_attr_array![
            12 => Float32x3, 13 => Float32x4, 10 => Float32x4, 14 => Float32x4, 15 => Uint32x4
        ];
        let (array_stride, attributes): (u64, &[VertexAttribute]) = match self {
            Self::Plain => (12, &PLAIN),
            Self::Textured => (20, &TEXTURED),
            Self::Full => (60, &FULL),
            Self::Wide => (76, &WIDE),
        };
        VertexBufferLayout {
            array_stride,
            step_mode: VertexStepMode::Vertex,
            attributes,
        }
    }

    /// The least that points and lines bring; see `pipelines::surface_kinds`.
    pub fn least_beside_triangles(model: Model) -> Self {
        match model {
            Model::Phong => Self::Textured,
            Model::Pbr => Self::Full,
        }
    }

    /// Whether surfaces of this detail read textures.
    pub fn has_textures(self) -> bool {
        self != Self::Plain
    }

    /// Whether only its pipelines can cut holes.
    pub fn can_cut(self) -> bool {
        matches!(self, Self::Full | Self::Wide)
    }

    /// Appends the shading vertices of a surface, whose positions were taken to `cube`; attributes
    /// that its primitive lacks read 0, colors 1.
    pub fn append(
        self,
        shading: &ShadingAttributes,
        surface: &Surface,
        cube: Option<&UnitCube>,
        out: &mut Vec<u8>,
    ) {
        let uvs = |stream: usize| TexCoordsOf {
            given: shading.tex_coords[surface.streams[stream] as usize].as_deref(),
        };
        // Each detail has a loop of its own, because vertices are most of what is copied.
        match self {
            Self::Plain => out.extend_from_slice(bytemuck::cast_slice(&shading.normals)),
            Self::Textured => {
                let uv = uvs(0);
                for (i, normal) in shading.normals.iter().enumerate() {
                    out.extend_from_slice(bytemuck::bytes_of(normal));
                    out.extend_from_slice(bytemuck::bytes_of(&uv.at(i)));
                }
            }
            Self::Full => {
                let [first, second] = [uvs(0), uvs(1)];
                let rest = Rest::new(shading, surface, cube);
                for (i, normal) in shading.normals.iter().enumerate() {
                    out.extend_from_slice(bytemuck::bytes_of(normal));
                    out.extend_from_slice(bytemuck::bytes_of(&[first.at(i), second.at(i)]));
                    out.extend_from_slice(bytemuck::bytes_of(&[rest.tangent(i), rest.color(i)]));
                }
            }
            Self::Wide => {
                let [first, second, third, fourth, fifth] = std::array::from_fn(uvs);
                let rest = Rest::new(shading, surface, cube);
                for (i, normal) in shading.normals.iter().enumerate() {
                    let uvs = [first.at(i), second.at(i), third.at(i), fourth.at(i)];
                    out.extend_from_slice(bytemuck::bytes_of(normal));
                    out.extend_from_slice(bytemuck::bytes_of(&uvs));
                    out.extend_from_slice(bytemuck::bytes_of(&rest.tangent(i)));
                    out.extend_from_slice(bytemuck::bytes_of(&packed(rest.color(i))));
                    out.extend_from_slice(bytemuck::bytes_of(&fifth.at(i)));
                }
            }
        }
    }
}

/// One stream of texture coordinates; all are 0 where none are given.
#[derive(Clone, Copy)]
struct TexCoordsOf<'a> {
    given: Option<&'a [[f32; 2]]>,
}

impl TexCoordsOf<'_> {
    fn at(self, vertex: usize) -> [f32; 2] {
        self.given.map_or([0.0; 2], |uvs| uvs[vertex])
    }
}

/// Tangents and colors.
struct Rest<'a> {
    tangents: Option<&'a [[f32; 4]]>,
    colors: Option<&'a [[f32; 4]]>,
    habits: Habits,
    cube: Option<&'a UnitCube>,
}

impl<'a> Rest<'a> {
    fn new(shading: &'a ShadingAttributes, surface: &Surface, cube: Option<&'a UnitCube>) -> Self {
        let habits = surface.habits;
        Self {
            tangents: shading.tangents.as_deref(),
            colors: shading.colors.as_deref(),
            habits,
            // Tangents that go by the map of normals do not pass through the unit cube.
            cube: cube.filter(|_| !habits.tangents_as_normals),
        }
    }

    fn tangent(&self, vertex: usize) -> [f32; 4] {
        let given = self.tangents.map(|tangents| tangents[vertex]);
        let mut tangent = given.unwrap_or([1.0, 0.0, 0.0, 1.0]);
        if let Some(cube) = self.cube {
            let [x, y, z, _] = tangent.map(f64::from);
            let direction = cube.apply_to_direction(DVec3::new(x, y, z));
            tangent[..3].copy_from_slice(&direction.to_array().map(narrow));
        }
        if self.habits.ignores_handedness {
            tangent[3] = 1.0;
        }
        tangent
    }

    fn color(&self, vertex: usize) -> [f32; 4] {
        let mut color = self.colors.map_or([1.0; 4], |colors| colors[vertex]);
        if self.habits.ignores_color_alpha {
            color[3] = 1.0;
        }
        color
    }
}

/// A color in half the room, as WGSL's `unpack2x16unorm` reads it.
fn packed(color: [f32; 4]) -> [u32; 2] {
    let [r, g, b, a] = color.map(|x| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the range of 16 bits"
        )]
        let word = (x.clamp(0.0, 1.0) * 65535.0).round() as u32;
        word
    });
    [g << 16 | r, a << 16 | b]
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
