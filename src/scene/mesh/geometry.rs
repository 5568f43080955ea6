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
    /// Of what the recipe has for depth and label images. What is done for the color image splits
    /// vertices, but moves none and leaves the triangles in their order.
    pub shape: Digest,
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

impl Recipe<'_> {
    /// The name of what it makes without the shading attributes.
    fn shape(&self) -> Digest {
        let Attributes {
            positions,
            indices,
            mode,
            shading: _,
        } = &self.attributes;
        Digest::of_recipe(Kind::Shape, &(positions, indices, mode, &self.deformation))
    }
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
        shape: recipe.shape(),
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
#[path = "geometry_tests.rs"]
mod tests;
