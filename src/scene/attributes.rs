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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use crate::scene::testing::{add_accessor, add_attribute, load, mesh, refusal, triangle};

    const PLACE: &str = "scene: mesh 0, primitive 0: ";

    fn with_mode(mode: u32) -> Value {
        let mut scene = mesh(&[0.0; 12], &[]);
        scene["meshes"][0]["primitives"][0]["mode"] = json!(mode);
        scene
    }

    #[test]
    fn modes() {
        let indices = |mode| {
            load(&with_mode(mode)).unwrap().primitives[0]
                .indices
                .to_vec()
        };
        assert_eq!(indices(4), [0, 1, 2]);
        // Flat triangles have vertices of their own.
        assert_eq!(indices(5), [0, 1, 2, 3, 4, 5]);
        assert_eq!(indices(6), [0, 1, 2, 3, 4, 5]);
        for (mode, message) in [
            (0, "points are not drawn, only triangles."),
            (1, "lines are not drawn, only triangles."),
            (2, "lines are not drawn, only triangles."),
            (3, "lines are not drawn, only triangles."),
            (7, "mode is none of 0 to 6."),
        ] {
            assert_eq!(refusal(&with_mode(mode)), format!("{PLACE}{message}"));
        }
        assert_eq!(
            load(&with_mode(4)).unwrap().warnings,
            ["mesh 0, primitive 0: its last triangle is incomplete."]
        );
    }

    #[test]
    fn types_are_checked() {
        let fractions = "floats or of normalized unsigned bytes or shorts";
        for (name, kind, component, words) in [
            ("POSITION", "VEC2", 5126, "a VEC3 of floats"),
            ("POSITION", "VEC3", 5123, "a VEC3 of floats"),
            ("NORMAL", "VEC4", 5126, "a VEC3 of floats"),
            ("TANGENT", "VEC3", 5126, "a VEC4 of floats"),
            (
                "TEXCOORD_0",
                "VEC3",
                5126,
                &format!("a VEC2 of {fractions}"),
            ),
            (
                "TEXCOORD_1",
                "VEC2",
                5120,
                &format!("a VEC2 of {fractions}"),
            ),
            (
                "COLOR_0",
                "VEC2",
                5126,
                &format!("a VEC3 or VEC4 of {fractions}"),
            ),
        ] {
            let mut scene = triangle();
            let index = add_accessor(&mut scene, &[0; 48], component, kind, 3);
            scene["meshes"][0]["primitives"][0]["attributes"][name] = json!(index);
            assert_eq!(
                refusal(&scene),
                format!("{PLACE}{name}: accessor 2 must be {words}.")
            );
        }
        let mut scene = triangle();
        let index = add_accessor(&mut scene, &[0; 6], 5121, "VEC2", 3);
        scene["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = json!(index);
        load(&scene).unwrap();
        scene["accessors"][index]["normalized"] = json!(false);
        assert_eq!(
            refusal(&scene),
            format!("{PLACE}TEXCOORD_0: accessor 2 must be a VEC2 of {fractions}.")
        );
    }

    #[test]
    fn indices_are_unsigned_and_in_range() {
        let place = format!("{PLACE}indices: accessor 1");
        for (field, value) in [
            ("componentType", json!(5126)),
            ("type", json!("VEC2")),
            ("normalized", json!(true)),
        ] {
            let mut scene = triangle();
            scene["accessors"][1]["count"] = json!(1);
            scene["accessors"][1][field] = value;
            assert_eq!(
                refusal(&scene),
                format!("{place} must be a SCALAR of unsigned integers, not normalized.")
            );
        }
        assert_eq!(
            refusal(&mesh(&[0.0; 9], &[0, 1, 3])),
            format!("{place}: element 2 is 3, but the primitive has 3 vertices.")
        );
        assert_eq!(
            refusal(&mesh(&[0.0; 9], &[0, u32::MAX, 2])),
            format!("{place}: element 1 is 4294967295, which glTF reserves for primitive restart.")
        );
    }

    #[test]
    fn all_attributes_have_one_count() {
        let mut scene = triangle();
        add_attribute(&mut scene, "NORMAL", "VEC3", &[0.0; 12]);
        assert_eq!(
            refusal(&scene),
            format!("{PLACE}accessor 2 has 4 elements, but that of POSITION has 3.")
        );
    }

    #[test]
    fn what_has_no_triangles_is_passed_over() {
        let mut scene = triangle();
        scene["accessors"][1]["count"] = json!(2);
        for _ in 0..2 {
            let loaded = load(&scene).unwrap();
            assert!(loaded.primitives.is_empty() && loaded.instances.is_empty());
            assert_eq!(
                loaded.warnings,
                ["mesh 0, primitive 0: it has no triangles."]
            );
            scene["meshes"][0]["primitives"][0]["attributes"] = json!({"COLOR_0": 0});
        }
    }
}
