//! Vertex buffers: their layouts here, their twins in the shaders' vertex entry points.

use glam::DVec3;
use wgpu::{VertexAttribute, VertexBufferLayout, VertexFormat, VertexStepMode, vertex_attr_array};

use super::look::{Habits, Model, Surface};
use super::unit_cube::UnitCube;
use super::view::narrow;
use crate::scene::ShadingAttributes;

/// Positions, in a buffer of their own: all that depth and label read.
pub(super) const POSITION: VertexBufferLayout<'static> = VertexBufferLayout {
    array_stride: 12,
    step_mode: VertexStepMode::Vertex,
    attributes: &[VertexAttribute {
        format: VertexFormat::Float32x3,
        offset: 0,
        shader_location: 0,
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
        const PLAIN: [VertexAttribute; 1] = vertex_attr_array![1 => Float32x3];
        const TEXTURED: [VertexAttribute; 2] = vertex_attr_array![1 => Float32x3, 2 => Float32x2];
        const FULL: [VertexAttribute; 4] =
            vertex_attr_array![1 => Float32x3, 2 => Float32x4, 3 => Float32x4, 4 => Float32x4];
        const WIDE: [VertexAttribute; 6] = vertex_attr_array![
            1 => Float32x3, 2 => Float32x4, 5 => Float32x4, 3 => Float32x4, 4 => Float32x4,
            6 => Float32x2,
        ];
        let (array_stride, attributes): (u64, &[VertexAttribute]) = match self {
            Self::Plain => (12, &PLAIN),
            Self::Textured => (20, &TEXTURED),
            Self::Full => (60, &FULL),
            Self::Wide => (84, &WIDE),
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
                    out.extend_from_slice(bytemuck::bytes_of(&[rest.tangent(i), rest.color(i)]));
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
