//! What a primitive is made of: its accessors, looked up and checked, not yet read.

use gltf::json::mesh::{Mode as JsonMode, Primitive, Semantic};
use gltf::json::validation::Checked;

use super::attribute_rules::{COLOR, NORMAL, POSITION, Rule, TANGENT, TEX_COORD};
use super::topology::Mode;
use crate::scene::appearance::material::TEXTURES;
use crate::scene::data::accessor::{Accessor, Component};
use crate::scene::data::arrays::Arrays;
use crate::scene::data::compressed::DracoPrimitive;
use crate::scene::error::{counted, invalid};
use crate::scene::{Material, SceneError, TextureTransform};

/// The accessors of a primitive. Equal ones make the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct Attributes<'a> {
    pub positions: Accessor<'a>,
    pub indices: Option<Accessor<'a>>,
    pub mode: Mode,
    /// None if only geometry is asked for.
    pub shading: Option<ShadingSource<'a>>,
}

/// What the shading attributes are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct ShadingSource<'a> {
    pub normals: Option<Accessor<'a>>,
    pub tangents: Option<Accessor<'a>>,
    /// For each texture of the material what it reads, if that is there.
    pub tex_coords: [Option<TexCoordSource<'a>>; TEXTURES],
    pub colors: Option<Accessor<'a>>,
    /// TEXCOORD_0 of a shape of VTK's, whose seams it tells.
    pub seams: Option<Accessor<'a>>,
}

/// Texture coordinates and what is done to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct TexCoordSource<'a> {
    /// Of TEXCOORD_n.
    pub set: u32,
    pub accessor: Accessor<'a>,
    pub transform: Option<TextureTransform>,
}

impl<'a> Attributes<'a> {
    /// Looks up and checks what `primitive` names; none if it has no positions, which glTF allows.
    /// With a material all that its color image needs; `has_seams` if it is a shape of VTK's.
    pub fn resolve(
        primitive: &Primitive,
        compression: Option<&DracoPrimitive>,
        arrays: &mut Arrays<'a>,
        material: Option<&Material>,
        has_seams: bool,
    ) -> Result<Option<Self>, SceneError> {
        let mode = mode(primitive)?;
        let mut named = Named {
            primitive,
            compression,
            arrays,
        };
        let Some(positions) = named.attribute(&Semantic::Positions, POSITION)? else {
            return Ok(None);
        };
        let indices = named.indices()?;
        let shading = material
            .map(|material| {
                let source = ShadingSource::resolve(&mut named, material, has_seams)?;
                source.check_counts(positions.layout.count)?;
                Ok(source)
            })
            .transpose()?;
        Ok(Some(Self {
            positions,
            indices,
            mode,
            shading,
        }))
    }

    /// How many vertices the indices choose from.
    pub fn vertex_count(&self) -> usize {
        self.positions.layout.count
    }

    /// How many indices its points, lines or triangles are made of.
    pub fn index_count(&self) -> usize {
        self.indices
            .map_or(self.vertex_count(), |indices| indices.layout.count)
    }

    /// Whether a texture of `material` needs a TEXCOORD that is not there.
    pub fn lacks_tex_coords_of(&self, material: &Material) -> bool {
        self.shading.as_ref().is_some_and(|shading| {
            let mut both = material.textures.iter().zip(&shading.tex_coords);
            both.any(|(texture, source)| texture.is_some() && source.is_none())
        })
    }
}

impl<'a> ShadingSource<'a> {
    fn resolve(
        named: &mut Named<'_, 'a>,
        material: &Material,
        has_seams: bool,
    ) -> Result<Self, SceneError> {
        // Only the sets in use: a file may have any number of them.
        let mut set = |set: u32| named.attribute(&Semantic::TexCoords(set), TEX_COORD);
        let mut tex_coords = [None; TEXTURES];
        for (source, texture) in tex_coords.iter_mut().zip(&material.textures) {
            if let Some(texture) = texture
                && let Some(accessor) = set(texture.tex_coord)?
            {
                *source = Some(TexCoordSource {
                    set: texture.tex_coord,
                    accessor,
                    transform: texture.transform,
                });
            }
        }
        let seams = if has_seams { set(0)? } else { None };
        Ok(Self {
            normals: named.attribute(&Semantic::Normals, NORMAL)?,
            tangents: named.attribute(&Semantic::Tangents, TANGENT)?,
            tex_coords,
            colors: named.attribute(&Semantic::Colors(0), COLOR)?,
            seams,
        })
    }

    fn check_counts(&self, vertices: usize) -> Result<(), SceneError> {
        let tex_coords = self.tex_coords.iter().flatten();
        let others = [self.normals, self.tangents, self.colors, self.seams];
        for accessor in tex_coords
            .map(|source| source.accessor)
            .chain(others.into_iter().flatten())
        {
            let count = accessor.layout.count;
            if count != vertices {
                return Err(invalid(format!(
                    "accessor {} has {}, but that of POSITION has {vertices}.",
                    accessor.index,
                    counted(count, "element")
                )));
            }
        }
        Ok(())
    }
}

fn mode(primitive: &Primitive) -> Result<Mode, SceneError> {
    match primitive.mode {
        Checked::Valid(JsonMode::Points) => Ok(Mode::Points),
        Checked::Valid(JsonMode::Lines) => Ok(Mode::Lines),
        Checked::Valid(JsonMode::LineLoop) => Ok(Mode::LineLoop),
        Checked::Valid(JsonMode::LineStrip) => Ok(Mode::LineStrip),
        Checked::Valid(JsonMode::Triangles) => Ok(Mode::Triangles),
        Checked::Valid(JsonMode::TriangleStrip) => Ok(Mode::TriangleStrip),
        Checked::Valid(JsonMode::TriangleFan) => Ok(Mode::TriangleFan),
        Checked::Invalid => Err(invalid("mode is none of 0 to 6.")),
    }
}

/// The accessors that a primitive names, whose elements may be compressed.
struct Named<'p, 'a> {
    primitive: &'p Primitive,
    compression: Option<&'p DracoPrimitive>,
    arrays: &'p mut Arrays<'a>,
}

impl<'a> Named<'_, 'a> {
    fn attribute(
        &mut self,
        semantic: &Semantic,
        rule: Rule,
    ) -> Result<Option<Accessor<'a>>, SceneError> {
        let name = Checked::Valid(semantic.clone());
        let Some(index) = self.primitive.attributes.get(&name) else {
            return Ok(None);
        };
        let place = || semantic.to_string();
        let accessor = (self.arrays).attribute(index.value(), semantic, self.compression);
        let accessor = accessor.map_err(|e| e.within(place()))?;
        if !rule.allows(&accessor.layout, self.arrays.quantized) {
            return Err(invalid(format!(
                "{}: accessor {} must be {}.",
                place(),
                accessor.index,
                rule.words
            )));
        }
        Ok(Some(accessor))
    }

    fn indices(&mut self) -> Result<Option<Accessor<'a>>, SceneError> {
        let Some(index) = self.primitive.indices else {
            return Ok(None);
        };
        let accessor = match self.compression {
            Some(compression) => {
                (self.arrays).compressed_accessor(index.value(), compression.indices())
            }
            None => self.arrays.accessor(index.value()),
        };
        let accessor = accessor.map_err(|e| e.within("indices"))?;
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
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use crate::scene::testing::{
        PIXEL, add_accessor, add_attribute, load, mesh, refusal, triangle,
    };

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
        assert_eq!(indices(0), [0, 1, 2, 3]);
        assert_eq!(indices(1), [0, 1, 2, 3]);
        assert_eq!(indices(2), [0, 1, 1, 2, 2, 3, 3, 0]);
        assert_eq!(indices(3), [0, 1, 1, 2, 2, 3]);
        assert_eq!(
            refusal(&with_mode(7)),
            format!("{PLACE}mode is none of 0 to 6.")
        );
        assert_eq!(
            load(&with_mode(4)).unwrap().warnings,
            ["mesh 0, primitive 0: its last indices make no whole triangle or line."]
        );
    }

    /// The triangle with a material that uses TEXCOORD_0 and TEXCOORD_1.
    fn textured() -> Value {
        let mut scene = triangle();
        scene["images"] = json!([{"uri": PIXEL}]);
        scene["textures"] = json!([{"source": 0}]);
        scene["materials"] = json!([{
            "emissiveTexture": {"index": 0}, "occlusionTexture": {"index": 0, "texCoord": 1}
        }]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        scene
    }

    #[test]
    fn texture_coordinates_that_nothing_uses_may_be_broken() {
        let mut scene = textured();
        scene["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_2"] = json!(99);
        load(&scene).unwrap();
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
            let mut scene = textured();
            let index = add_accessor(&mut scene, &[0; 48], component, kind, 3);
            scene["meshes"][0]["primitives"][0]["attributes"][name] = json!(index);
            assert_eq!(
                refusal(&scene),
                format!("{PLACE}{name}: accessor 2 must be {words}.")
            );
        }
        let mut scene = textured();
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
    fn what_draws_nothing_is_passed_over() {
        let mut scene = triangle();
        scene["accessors"][1]["count"] = json!(2);
        for _ in 0..2 {
            let loaded = load(&scene).unwrap();
            assert!(loaded.primitives.is_empty() && loaded.instances.is_empty());
            assert_eq!(
                loaded.warnings,
                ["mesh 0, primitive 0: it has nothing to draw."]
            );
            scene["meshes"][0]["primitives"][0]["attributes"] = json!({"COLOR_0": 0});
        }
    }
}
