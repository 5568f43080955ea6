//! What a primitive is made of: its accessors, looked up and checked, not yet read.

use gltf::json::mesh::{Mode, Primitive, Semantic};
use gltf::json::validation::Checked;

use super::accessor::{Accessor, Component};
use super::arrays::Arrays;
use super::error::{invalid, unsupported};
use super::triangles::Topology;
use super::{Material, SceneError};

/// The accessors of a primitive. Equal ones make the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Attributes<'a> {
    pub positions: Accessor<'a>,
    pub indices: Option<Accessor<'a>>,
    pub topology: Topology,
    /// None if only geometry is asked for.
    pub shading: Option<ShadingSource<'a>>,
}

/// What the shading attributes are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ShadingSource<'a> {
    pub normals: Option<Accessor<'a>>,
    pub tangents: Option<Accessor<'a>>,
    pub tex_coords: [Option<Accessor<'a>>; 2],
    pub colors: Option<Accessor<'a>>,
}

/// What types an attribute may have.
#[derive(Clone, Copy)]
struct Rule {
    widths: &'static [usize],
    /// Unsigned bytes and shorts that stand for fractions.
    fractions: bool,
    words: &'static str,
}

const VEC3: Rule = Rule {
    widths: &[3],
    fractions: false,
    words: "a VEC3 of floats",
};
const VEC4: Rule = Rule {
    widths: &[4],
    fractions: false,
    words: "a VEC4 of floats",
};
const TEX_COORD: Rule = Rule {
    widths: &[2],
    fractions: true,
    words: "a VEC2 of floats or of normalized unsigned bytes or shorts",
};
const COLOR: Rule = Rule {
    widths: &[3, 4],
    fractions: true,
    words: "a VEC3 or VEC4 of floats or of normalized unsigned bytes or shorts",
};

impl<'a> Attributes<'a> {
    /// Looks up and checks what `primitive` names; none if it has no positions, which glTF allows.
    pub fn resolve(
        primitive: &Primitive,
        arrays: &mut Arrays<'a>,
        with_shading: bool,
    ) -> Result<Option<Self>, SceneError> {
        let topology = topology(primitive)?;
        let Some(positions) = attribute(primitive, arrays, &Semantic::Positions, VEC3)? else {
            return Ok(None);
        };
        let indices = indices(primitive, arrays)?;
        let mut shading = None;
        if with_shading {
            let mut get = |semantic, rule| attribute(primitive, arrays, &semantic, rule);
            let source = ShadingSource {
                normals: get(Semantic::Normals, VEC3)?,
                tangents: get(Semantic::Tangents, VEC4)?,
                tex_coords: [
                    get(Semantic::TexCoords(0), TEX_COORD)?,
                    get(Semantic::TexCoords(1), TEX_COORD)?,
                ],
                colors: get(Semantic::Colors(0), COLOR)?,
            };
            source.check_counts(positions.layout.count)?;
            shading = Some(source);
        }
        Ok(Some(Self {
            positions,
            indices,
            topology,
            shading,
        }))
    }

    /// How many vertices the triangles choose from.
    pub fn vertex_count(&self) -> usize {
        self.positions.layout.count
    }

    /// How many indices the triangles are made of.
    pub fn index_count(&self) -> usize {
        self.indices
            .map_or(self.vertex_count(), |indices| indices.layout.count)
    }

    /// Whether a texture of `material` needs a TEXCOORD that is not there.
    pub fn lacks_tex_coords_of(&self, material: &Material) -> bool {
        let Some(shading) = &self.shading else {
            return false;
        };
        material.textures().any(|texture| {
            shading
                .tex_coords
                .get(texture.tex_coord)
                .is_none_or(Option::is_none)
        })
    }
}

impl ShadingSource<'_> {
    fn check_counts(&self, vertices: usize) -> Result<(), SceneError> {
        let [first, second] = self.tex_coords;
        for accessor in [self.normals, self.tangents, first, second, self.colors]
            .iter()
            .flatten()
        {
            let count = accessor.layout.count;
            if count != vertices {
                return Err(invalid(format!(
                    "accessor {} has {count} elements, but that of POSITION has {vertices}.",
                    accessor.index
                )));
            }
        }
        Ok(())
    }
}

fn topology(primitive: &Primitive) -> Result<Topology, SceneError> {
    let kind = match primitive.mode {
        Checked::Valid(Mode::Triangles) => return Ok(Topology::List),
        Checked::Valid(Mode::TriangleStrip) => return Ok(Topology::Strip),
        Checked::Valid(Mode::TriangleFan) => return Ok(Topology::Fan),
        Checked::Valid(Mode::Points) => "points",
        Checked::Valid(Mode::Lines | Mode::LineLoop | Mode::LineStrip) => "lines",
        Checked::Invalid => return Err(invalid("mode is none of 0 to 6.")),
    };
    Err(unsupported(format!(
        "{kind} are not drawn, only triangles."
    )))
}

fn attribute<'a>(
    primitive: &Primitive,
    arrays: &mut Arrays<'a>,
    semantic: &Semantic,
    rule: Rule,
) -> Result<Option<Accessor<'a>>, SceneError> {
    let Some(index) = primitive.attributes.get(&Checked::Valid(semantic.clone())) else {
        return Ok(None);
    };
    let place = || semantic.to_string();
    let accessor = arrays
        .accessor(index.value())
        .map_err(|e| e.within(place()))?;
    let layout = &accessor.layout;
    let component_fits = match layout.component {
        Component::F32 => true,
        Component::U8 | Component::U16 => rule.fractions && layout.normalized,
        _ => false,
    };
    if !component_fits || !rule.widths.contains(&layout.width) {
        return Err(invalid(format!(
            "{}: accessor {} must be {}.",
            place(),
            accessor.index,
            rule.words
        )));
    }
    Ok(Some(accessor))
}

fn indices<'a>(
    primitive: &Primitive,
    arrays: &mut Arrays<'a>,
) -> Result<Option<Accessor<'a>>, SceneError> {
    let Some(index) = primitive.indices else {
        return Ok(None);
    };
    let accessor = arrays
        .accessor(index.value())
        .map_err(|e| e.within("indices"))?;
    let layout = &accessor.layout;
    let unsigned = matches!(
        layout.component,
        Component::U8 | Component::U16 | Component::U32
    );
    if layout.width != 1 || !unsigned || layout.normalized {
        return Err(invalid(format!(
            "indices: accessor {} must be a SCALAR of unsigned integers, not normalized.",
            accessor.index
        )));
    }
    Ok(Some(accessor))
}
