//! The shapes of primitives: triangles and their vertices.

use std::collections::HashMap;
use std::sync::Arc;

use super::accessor::{Accessor, Component};
use super::arrays::Arrays;
use super::attributes::{Attributes, ShadingSource};
use super::budget::Budget;
use super::{SceneError, ShadingAttributes, normals, tangents, triangles, vtk_normals};

/// A primitive without its material.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    pub positions: Arc<[[f32; 3]]>,
    pub indices: Arc<[u32]>,
    pub shading: Option<ShadingAttributes>,
}

/// What a geometry is made of. Equal recipes make equal geometries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Recipe<'a> {
    /// What the file gives.
    pub attributes: Attributes<'a>,
    /// How missing normals and tangents are made.
    pub completion: Completion,
    /// The set of texture coordinates of the normal texture, if the material has one.
    pub normal_texture_set: Option<usize>,
}

/// How normals and tangents are made where the file has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Completion {
    /// As glTF demands (3.7.2.1): flat normals, `MikkTSpace` tangents.
    Gltf,
    /// As VTK does for a glTF mesh: flat normals, tangents of its own kind.
    Drake,
    /// As VTK has them for its own shapes: smooth normals, which it does not export.
    VtkShape,
}

/// The geometries made so far, each once.
#[derive(Debug, Default)]
pub(super) struct Geometries<'a> {
    known: HashMap<Recipe<'a>, Geometry>,
}

impl<'a> Geometries<'a> {
    /// Makes a geometry, or finds it.
    pub fn get(
        &mut self,
        recipe: &Recipe<'a>,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Geometry, SceneError> {
        let attributes = &recipe.attributes;
        budget.vertices(attributes.vertex_count())?;
        budget.indices(3 * attributes.topology.triangles(attributes.index_count()))?;
        if let Some(known) = self.known.get(recipe) {
            return Ok(known.clone());
        }
        let geometry = make(recipe, arrays, budget)?;
        self.known.insert(*recipe, geometry.clone());
        Ok(geometry)
    }
}

fn make<'a>(
    recipe: &Recipe<'a>,
    arrays: &mut Arrays<'a>,
    budget: &mut Budget,
) -> Result<Geometry, SceneError> {
    let attributes = &recipe.attributes;
    let positions = arrays.vec3(&attributes.positions, budget)?;
    let indices = match &attributes.indices {
        Some(accessor) => read_indices(accessor, positions.len(), arrays, budget)?,
        None => (0..).take(positions.len()).collect(),
    };
    let mut geometry = Geometry {
        positions,
        indices: attributes.topology.list(indices),
        shading: None,
    };
    if let Some(source) = &attributes.shading {
        shade(&mut geometry, source, recipe, arrays, budget)?;
    }
    Ok(geometry)
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
    triangles::check(&indices, vertices, restart)
        .map_err(|e| e.within(format_args!("indices: accessor {}", accessor.index)))?;
    Ok(indices)
}

/// Adds what the color image needs.
fn shade<'a>(
    geometry: &mut Geometry,
    source: &ShadingSource<'a>,
    recipe: &Recipe<'a>,
    arrays: &mut Arrays<'a>,
    budget: &mut Budget,
) -> Result<(), SceneError> {
    let mut tex_coords = [None, None];
    for (read, accessor) in tex_coords.iter_mut().zip(&source.tex_coords) {
        *read = accessor
            .as_ref()
            .map(|a| arrays.vec2(a, budget))
            .transpose()?;
    }
    let colors = source
        .colors
        .as_ref()
        .map(|a| arrays.vec4(a, budget))
        .transpose()?;
    let mut shading = ShadingAttributes {
        normals: Arc::default(),
        flat: false,
        tangents: None,
        tex_coords,
        colors,
    };
    let (positions, indices) = (&geometry.positions, &geometry.indices);
    // Given tangents belong to given normals; glTF says to ignore them without (3.7.2.1).
    let given_tangents = source.tangents.filter(|_| source.normals.is_some());
    let normal_texture = (recipe.normal_texture_set)
        .and_then(|set| Some((set, shading.tex_coords.get(set)?.clone())));
    match (&source.normals, recipe.completion) {
        (Some(accessor), _) => {
            let given = arrays.vec3(accessor, budget)?;
            shading.normals = normals::unit(&given, positions, indices);
        }
        (None, Completion::VtkShape) => {
            let tex_coords = shading.tex_coords[0].as_deref();
            shading.normals = vtk_normals::make(positions, tex_coords, indices);
        }
        (None, Completion::Gltf | Completion::Drake) => shading.flat = true,
    }
    if let (Some(_), Some(accessor)) = (&normal_texture, &given_tangents) {
        let given = arrays.vec4(accessor, budget)?;
        shading.tangents = Some(tangents::unit(&given, &shading.normals));
    } else if let (Some((_, Some(tex_coords))), Completion::Drake) =
        (&normal_texture, recipe.completion)
    {
        shading.tangents = Some(tangents::vtk(positions, tex_coords, indices));
    }
    if shading.flat {
        split_vertices(geometry, &mut shading, budget)?;
        shading.normals = normals::flat(&geometry.positions);
    }
    if let (Some((set, Some(_))), None) = (&normal_texture, &shading.tangents) {
        split_vertices(geometry, &mut shading, budget)?;
        shading.tangents = Some(tangents::mikktspace(&geometry.positions, &shading, *set));
    }
    geometry.shading = Some(shading);
    Ok(())
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
    for set in shading.tex_coords.iter_mut().flatten() {
        *set = pick(set, &indices);
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
