//! The shapes of primitives: points, lines and triangles, and their vertices.

use std::collections::HashMap;
use std::sync::Arc;

use gltf::json::mesh::Semantic;

use super::attributes::{Attributes, ShadingSource, TexCoordSource};
use super::{normals, tangents, topology, vtk_normals};
use crate::scene::appearance::material::{Slot, TEXTURES};
use crate::scene::budget::Budget;
use crate::scene::cache::ContentCache;
use crate::scene::data::accessor::{Accessor, Component};
use crate::scene::data::arrays::Arrays;
use crate::scene::deform::{Deformation, Deformer};
use crate::scene::digest::{Digest, Kind};
use crate::scene::{NormalKind, SceneError, ShadingAttributes, TexCoords, Topology};

/// A primitive without its material.
#[derive(Clone, Debug)]
pub(in crate::scene) struct Geometry {
    /// Of its recipe.
    pub content: Digest,
    pub positions: Arc<[[f32; 3]]>,
    /// The least and the greatest coordinates.
    pub bounds: [[f32; 3]; 2],
    pub indices: Arc<[u32]>,
    pub shading: Option<ShadingAttributes>,
    /// Whether it has colors outside [0, 1] by so much that it shows.
    pub has_odd_colors: bool,
}

impl Geometry {
    /// What its arrays take in memory.
    pub fn bytes(&self) -> usize {
        let shading = self.shading.as_ref().map_or(0, |shading| {
            let ShadingAttributes {
                normals,
                normal_kind: _,
                tangents,
                tex_coords,
                colors,
            } = shading;
            // Equal texture coordinates are one array.
            let distinct = |index: &usize| {
                let same = |other: &Option<Arc<_>>| {
                    let both = other.as_ref().zip(tex_coords[*index].as_ref());
                    both.is_some_and(|(a, b)| Arc::ptr_eq(a, b))
                };
                !tex_coords[..*index].iter().any(same)
            };
            let tex_coords = (0..tex_coords.len()).filter(distinct);
            let of_tex_coords: usize = tex_coords
                .filter_map(|index| shading.tex_coords[index].as_deref().map(size_of_val))
                .sum();
            size_of_val(&**normals)
                + tangents.as_deref().map_or(0, size_of_val)
                + colors.as_deref().map_or(0, size_of_val)
                + of_tex_coords
        });
        size_of_val(&*self.positions) + size_of_val(&*self.indices) + shading
    }
}

/// What a geometry is made of. Equal recipes make equal geometries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct Recipe<'a> {
    /// What the file gives.
    pub attributes: Attributes<'a>,
    /// What moves the vertices.
    pub deformation: Deformation<'a>,
    /// How missing normals and tangents are made.
    pub completion: Completion,
    /// Whether the material has a normal texture.
    pub has_normal_texture: bool,
}

/// How normals and tangents are made where the file has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) enum Completion {
    /// As glTF demands (3.7.2.1): flat normals, `MikkTSpace` tangents.
    Gltf,
    /// As VTK does for a glTF mesh: flat normals, tangents of its own kind.
    Drake,
    /// As VTK has them for its own shapes: smooth normals, which it does not export.
    VtkShape,
}

/// The geometries made so far, each once.
#[derive(Debug)]
pub(in crate::scene) struct Geometries {
    known: HashMap<Digest, Geometry>,
    /// Those of other scenes.
    cache: Option<Arc<ContentCache>>,
}

impl Geometries {
    /// Nothing is made yet but what the cache has.
    pub fn new(cache: Option<Arc<ContentCache>>) -> Self {
        Self {
            known: HashMap::new(),
            cache,
        }
    }

    /// Makes a geometry, or finds it.
    pub fn get<'a>(
        &mut self,
        recipe: &Recipe<'a>,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Geometry, SceneError> {
        let attributes = &recipe.attributes;
        budget.vertices(attributes.vertex_count())?;
        let (mode, count) = (attributes.mode, attributes.index_count());
        budget.indices(mode.elements(count) * mode.topology().corners())?;
        let content = Digest::of_recipe(Kind::Geometry, recipe);
        if let Some(known) = self.known.get(&content) {
            // The renderer has the vertices of each primitive for itself, also the split ones.
            let split = known
                .positions
                .len()
                .saturating_sub(attributes.vertex_count());
            budget.vertices(split)?;
            return Ok(known.clone());
        }
        let geometry = self.find_or_make(recipe, content, arrays, budget)?;
        self.known.insert(content, geometry.clone());
        Ok(geometry)
    }

    fn find_or_make<'a>(
        &self,
        recipe: &Recipe<'a>,
        content: Digest,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Geometry, SceneError> {
        let Some(cache) = &self.cache else {
            return make(recipe, content, arrays, budget);
        };
        // What goes beyond a limit is made again, up to where it does, so that the refusal says so.
        if let Some(found) = cache.geometry(&content)
            && arrays.buffers.charges.replay(&found, budget)
        {
            return Ok(found.value.clone());
        }
        let begun = arrays.buffers.charges.watch(budget);
        let geometry = make(recipe, content, arrays, budget)?;
        let made = (arrays.buffers.charges).made(geometry.clone(), begun, budget);
        cache.keep_geometry(Arc::new(made));
        Ok(geometry)
    }
}

fn make<'a>(
    recipe: &Recipe<'a>,
    content: Digest,
    arrays: &mut Arrays<'a>,
    budget: &mut Budget,
) -> Result<Geometry, SceneError> {
    let attributes = &recipe.attributes;
    let deformer = Deformer::new(&recipe.deformation, arrays, budget)?;
    let positions = arrays.vec3(&attributes.positions, budget)?;
    let positions = deformer.positions(positions, arrays, budget)?;
    let indices = match &attributes.indices {
        Some(accessor) => read_indices(accessor, positions.len(), arrays, budget)?,
        None => (0..).take(positions.len()).collect(),
    };
    let mut geometry = Geometry {
        content,
        bounds: bounds(&positions),
        positions,
        indices: attributes.mode.list(indices),
        shading: None,
        has_odd_colors: false,
    };
    if let Some(source) = &attributes.shading {
        shade(&mut geometry, source, recipe, &deformer, arrays, budget)?;
    }
    Ok(geometry)
}

fn bounds(positions: &[[f32; 3]]) -> [[f32; 3]; 2] {
    let first = positions.first().copied().unwrap_or_default();
    positions.iter().fold([first; 2], |[low, high], position| {
        let pick = |a: [f32; 3], choose: fn(f32, f32) -> f32| {
            std::array::from_fn(|axis| choose(a[axis], position[axis]))
        };
        [pick(low, f32::min), pick(high, f32::max)]
    })
}

fn read_indices<'a>(
    accessor: &Accessor<'a>,
    vertices: usize,
    arrays: &mut Arrays<'a>,
    budget: &mut Budget,
) -> Result<Arc<[u32]>, SceneError> {
    let indices = arrays.indices(accessor, budget)?;
    let restart = match accessor.layout.component {
        Component::U8 => u32::from(u8::MAX),
        Component::U16 => u32::from(u16::MAX),
        _ => u32::MAX,
    };
    topology::check(&indices, vertices, restart)
        .map_err(|e| e.within(format_args!("indices: accessor {}", accessor.index)))?;
    Ok(indices)
}

/// Half the step from one 8-bit color to the next.
const STEP: f32 = 0.5 / 255.0;

/// Whether a color is outside [0, 1] by so much that it shows.
fn has_odd_colors(shading: &ShadingAttributes) -> bool {
    let mut numbers = shading
        .colors
        .iter()
        .flat_map(|colors| colors.as_flattened());
    numbers.any(|number| !(-STEP..=1.0 + STEP).contains(number))
}

/// Adds what the color image needs.
fn shade<'a>(
    geometry: &mut Geometry,
    source: &ShadingSource<'a>,
    recipe: &Recipe<'a>,
    deformer: &Deformer<'_, 'a>,
    arrays: &mut Arrays<'a>,
    budget: &mut Budget,
) -> Result<(), SceneError> {
    let tex_coords = read_tex_coords(&source.tex_coords, deformer, arrays, budget)?;
    let mut colors = None;
    if let Some(accessor) = &source.colors {
        let given = arrays.vec4(accessor, budget)?;
        colors = Some(deformer.others(&Semantic::Colors(0), given, arrays, budget)?);
    }
    let mut shading = ShadingAttributes {
        normals: Arc::default(),
        normal_kind: NormalKind::Given,
        tangents: None,
        tex_coords,
        colors,
    };
    let (positions, indices) = (&geometry.positions, &geometry.indices);
    let has_faces = recipe.attributes.mode.topology() == Topology::Triangles;
    match (&source.normals, recipe.completion) {
        (Some(accessor), _) => {
            let given = arrays.vec3(accessor, budget)?;
            let given = deformer.normals(given, arrays, budget)?;
            shading.normals = normals::unit(&given, positions, indices);
        }
        (None, _) if !has_faces => {
            shading.normal_kind = NormalKind::Missing;
            shading.normals = std::iter::repeat_n([0.0, 0.0, 1.0], positions.len()).collect();
        }
        (None, Completion::VtkShape) => {
            let seams = source.seams.as_ref();
            let seams = seams.map(|a| arrays.vec2(a, budget)).transpose()?;
            shading.normals = vtk_normals::make(positions, seams.as_deref(), indices);
        }
        (None, Completion::Gltf | Completion::Drake) => shading.normal_kind = NormalKind::Flat,
    }
    // Given tangents belong to given normals; glTF says to ignore them without (3.7.2.1).
    let given_tangents = source.tangents.filter(|_| source.normals.is_some());
    let tex_coords = shading.tex_coords[Slot::Normal as usize].as_deref();
    if recipe.has_normal_texture {
        if let Some(accessor) = &given_tangents {
            let given = arrays.vec4(accessor, budget)?;
            let given = deformer.tangents(given, arrays, budget)?;
            shading.tangents = Some(tangents::unit(&given, &shading.normals));
        } else if let (Some(source), Completion::Drake, true) = (
            &source.tex_coords[Slot::Normal as usize],
            recipe.completion,
            has_faces,
        ) {
            // VTK transforms texture coordinates when it draws, after it has made tangents.
            let given = given_tex_coords(source, deformer, arrays, budget)?;
            shading.tangents = Some(tangents::vtk(positions, &given, indices));
        }
    }
    let lacks_tangents = recipe.has_normal_texture
        && has_faces
        && tex_coords.is_some()
        && shading.tangents.is_none();
    if shading.normal_kind == NormalKind::Flat {
        split_vertices(geometry, &mut shading, budget)?;
        shading.normals = normals::flat(&geometry.positions);
    }
    if lacks_tangents {
        split_vertices(geometry, &mut shading, budget)?;
        shading.tangents = Some(tangents::mikktspace(&geometry.positions, &shading));
    }
    geometry.has_odd_colors = has_odd_colors(&shading);
    geometry.shading = Some(shading);
    Ok(())
}

/// What the textures read; equal sources give one array.
fn read_tex_coords<'a>(
    sources: &[Option<TexCoordSource<'a>>; TEXTURES],
    deformer: &Deformer<'_, 'a>,
    arrays: &mut Arrays<'a>,
    budget: &mut Budget,
) -> Result<TexCoords, SceneError> {
    let mut read: TexCoords = Default::default();
    for (index, source) in sources.iter().enumerate() {
        let Some(source) = source else { continue };
        read[index] = if let Some(same) = sources[..index]
            .iter()
            .position(|s| s.as_ref() == Some(source))
        {
            read[same].clone()
        } else {
            let given = given_tex_coords(source, deformer, arrays, budget)?;
            Some(source.transform.map_or(given.clone(), |transform| {
                given.iter().map(|uv| transform.apply(*uv)).collect()
            }))
        };
    }
    Ok(read)
}

/// Texture coordinates before they are transformed.
fn given_tex_coords<'a>(
    source: &TexCoordSource<'a>,
    deformer: &Deformer<'_, 'a>,
    arrays: &mut Arrays<'a>,
    budget: &mut Budget,
) -> Result<Arc<[[f32; 2]]>, SceneError> {
    let given = arrays.vec2(&source.accessor, budget)?;
    deformer.others(&Semantic::TexCoords(source.set), given, arrays, budget)
}

/// Gives each triangle vertices of its own, so that they can have normals or tangents of their own.
fn split_vertices(
    geometry: &mut Geometry,
    shading: &mut ShadingAttributes,
    budget: &mut Budget,
) -> Result<(), SceneError> {
    let indices = geometry.indices.clone();
    if indices.len() == geometry.positions.len() && indices.iter().copied().eq(0..) {
        return Ok(());
    }
    budget.vertices(indices.len())?;
    geometry.positions = pick(&geometry.positions, &indices);
    let given = shading.tex_coords.clone();
    for index in 0..given.len() {
        let Some(set) = &given[index] else { continue };
        let is_same = |other: &Option<Arc<_>>| other.as_ref().is_some_and(|o| Arc::ptr_eq(o, set));
        shading.tex_coords[index] = match given[..index].iter().position(is_same) {
            Some(before) => shading.tex_coords[before].clone(),
            None => Some(pick(set, &indices)),
        };
    }
    if let Some(colors) = &mut shading.colors {
        *colors = pick(colors, &indices);
    }
    if let Some(tangents) = &mut shading.tangents {
        *tangents = pick(tangents, &indices);
    }
    if !shading.normals.is_empty() {
        shading.normals = pick(&shading.normals, &indices);
    }
    geometry.indices = (0..).take(indices.len()).collect();
    Ok(())
}

/// `array` at `indices`, all of which are below its length.
fn pick<T: Copy>(array: &[T], indices: &[u32]) -> Arc<[T]> {
    indices.iter().map(|&index| array[index as usize]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;
    use crate::scene::testing::{PIXEL, add_attribute, load, load_detail, mesh, triangle};
    use crate::scene::{Detail, Limits, Primitive};

    /// Two triangles at a right angle along the y axis.
    fn fold() -> Value {
        let positions = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        mesh(&positions, &[0, 2, 1, 0, 1, 3])
    }

    #[test]
    fn colors_that_will_be_clamped_are_told() {
        let mut scene = triangle();
        add_attribute(&mut scene, "COLOR_0", "VEC3", &[1.000_01; 9]);
        assert!(load(&scene).unwrap().warnings.is_empty());
        let odd = add_attribute(&mut scene, "COLOR_0", "VEC3", &[-0.5; 9]);
        let said = ["mesh 0, primitive 0: COLOR_0 has numbers outside [0, 1], which are clamped."];
        assert_eq!(load(&scene).unwrap().warnings, said);
        let primitive = &mut scene["meshes"][0]["primitives"][0];
        primitive["targets"] = json!([{"COLOR_0": odd}]);
        scene["meshes"][0]["weights"] = json!([1]);
        assert!(load(&scene).unwrap().warnings.is_empty());
    }

    fn shading(primitive: &Primitive) -> &ShadingAttributes {
        primitive.shading.as_ref().unwrap()
    }

    #[test]
    fn geometry_alone_has_no_shading() {
        let mut scene = fold();
        add_attribute(&mut scene, "NORMAL", "VEC3", &[0.0]); // Broken, but not needed.
        let scene = load_detail(&scene, Detail::Geometry).unwrap();
        assert!(scene.primitives[0].shading.is_none());
        assert_eq!(*scene.primitives[0].indices, [0, 2, 1, 0, 1, 3]);
    }

    #[test]
    fn missing_normals_are_flat() {
        let mut scene = fold();
        add_attribute(
            &mut scene,
            "TEXCOORD_0",
            "VEC2",
            &[0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
        );
        scene["images"] = json!([{"uri": PIXEL}]);
        scene["textures"] = json!([{"source": 0}]);
        scene["materials"] = json!([
            {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
        ]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        let scene = load(&scene).unwrap();
        let primitive = &scene.primitives[0];
        let (z, x) = ([0.0, 0.0, 1.0], [1.0, 0.0, 0.0]);
        assert_eq!(shading(primitive).normal_kind, NormalKind::Flat);
        assert_eq!(*shading(primitive).normals, [z, z, z, x, x, x]);
        assert_eq!(*primitive.indices, [0, 1, 2, 3, 4, 5]);
        assert_eq!(primitive.positions[5], [0.0, 0.0, 1.0]);
        let tex_coords = shading(primitive).tex_coords[0].as_ref().unwrap();
        assert_eq!(tex_coords[1], [2.0, 2.0]);
    }

    #[test]
    fn given_normals_are_kept_and_vertices_shared() {
        let mut scene = fold();
        add_attribute(&mut scene, "NORMAL", "VEC3", &[0.0, 2.0, 0.0].repeat(4));
        let scene = load(&scene).unwrap();
        let primitive = &scene.primitives[0];
        assert_eq!(shading(primitive).normal_kind, NormalKind::Given);
        assert_eq!(*shading(primitive).normals, [[0.0, 1.0, 0.0]; 4]);
        assert_eq!(primitive.positions.len(), 4);
    }

    #[test]
    fn a_shape_of_vtk_is_smooth() {
        let mut scene = fold();
        scene["asset"]["generator"] = json!("VTK");
        scene["nodes"][0]["name"] = json!("Renderer Node");
        let scene = load(&scene).unwrap();
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let primitive = &scene.primitives[0];
        assert_eq!(primitive.positions.len(), 4);
        assert_eq!(shading(primitive).normals[0], [half, 0.0, half]);
    }

    #[test]
    fn equal_content_is_one_array_whatever_the_accessor() {
        let mut scene = triangle();
        let twin = triangle();
        let copy = |scene: &mut Value, name: &str, change: &dyn Fn(&mut Value)| {
            for object in twin[name].as_array().unwrap() {
                let mut object = object.clone();
                change(&mut object);
                scene[name].as_array_mut().unwrap().push(object);
            }
        };
        copy(&mut scene, "buffers", &|_| ());
        copy(&mut scene, "bufferViews", &|view| {
            view["buffer"] = json!(view["buffer"].as_u64().unwrap() + 2);
        });
        copy(&mut scene, "accessors", &|accessor| {
            accessor["bufferView"] = json!(accessor["bufferView"].as_u64().unwrap() + 2);
        });
        copy(&mut scene, "meshes", &|mesh| {
            mesh["primitives"][0]["attributes"]["POSITION"] = json!(2);
            mesh["primitives"][0]["indices"] = json!(3);
        });
        scene["nodes"] = json!([{"mesh": 0}, {"mesh": 1}]);
        scene["scenes"][0]["nodes"] = json!([0, 1]);
        for detail in [Detail::Geometry, Detail::Shading] {
            let scene = load_detail(&scene, detail).unwrap();
            let [first, second] = scene.primitives.as_slice() else {
                unreachable!("two meshes")
            };
            assert!(Arc::ptr_eq(&first.positions, &second.positions));
            assert!(Arc::ptr_eq(&first.indices, &second.indices));
        }
    }

    #[test]
    fn vertices_and_indices_are_limited() {
        let refusal = |limits: &Limits| {
            let bytes = serde_json::to_vec(&fold()).unwrap();
            let loaded = crate::scene::testing::load_within(&bytes, Detail::Shading, limits);
            loaded.unwrap_err().to_string()
        };
        // Four of the file, six after each triangle has its own.
        let limits = Limits {
            vertices: 9,
            ..Limits::default()
        };
        assert_eq!(
            refusal(&limits),
            "scene: mesh 0, primitive 0: the scene has at least 10 vertices; the limit is 9."
        );
        // Shown by a second mesh, they are on the GPU twice.
        let mut twice = fold();
        twice["meshes"] = json!([twice["meshes"][0], twice["meshes"][0]]);
        twice["nodes"] = json!([{"mesh": 0}, {"mesh": 1}]);
        twice["scenes"][0]["nodes"] = json!([0, 1]);
        let twice = serde_json::to_vec(&twice).unwrap();
        for (vertices, is_enough) in [(15, false), (16, true)] {
            let limits = Limits {
                vertices,
                ..Limits::default()
            };
            let loaded = crate::scene::testing::load_within(&twice, Detail::Shading, &limits);
            assert_eq!(loaded.is_ok(), is_enough, "{loaded:?}");
        }
        let limits = Limits {
            indices: 5,
            ..Limits::default()
        };
        assert_eq!(
            refusal(&limits),
            "scene: mesh 0, primitive 0: the scene has at least 6 indices; the limit is 5."
        );
    }
}
