//! The whole way from bytes to a scene.

use std::collections::HashMap;

use gltf::json::mesh::Primitive as Json;
use gltf::json::{Mesh, Root};

use super::arrays::Arrays;
use super::attributes::Attributes;
use super::budget::Budget;
use super::buffers::Buffers;
use super::document::Document;
use super::error::{lookup, unsupported};
use super::geometry::{Completion, Geometries, Recipe};
use super::materials::Materials;
use super::nodes::{Shown, walk};
use super::triangles::Topology;
use super::warnings::Warnings;
use super::{Detail, Instance, Limits, Origin, Primitive, Producer, Scene, SceneError};

/// Reads a glTF scene, JSON or GLB (told apart by content).
///
/// Only what is drawn is read and checked: what no node of the scene shows may be broken.
///
/// # Errors
/// If it is not glTF 2.0, breaks a rule that drawing depends on, needs something that is not drawn,
/// refers outside itself, or exceeds a limit.
pub fn load(bytes: &[u8], detail: Detail, limits: &Limits) -> Result<Scene, SceneError> {
    let mut warnings = Warnings::default();
    let document = Document::parse(bytes, &mut warnings)?;
    let budget = Budget::new(limits);
    let walk = walk(&document, &budget)?;
    let mut loader = Loader::new(&document, detail, budget, warnings);
    for shown in &walk.shown {
        loader.show(shown)?;
    }
    let mut scene = loader.finish();
    scene.cameras = walk.cameras;
    Ok(scene)
}

/// Collects what the nodes show.
struct Loader<'a> {
    document: &'a Document<'a>,
    detail: Detail,
    budget: Budget,
    warnings: Warnings,
    arrays: Arrays<'a>,
    geometries: Geometries<'a>,
    materials: Materials<'a>,
    primitives: Vec<Primitive>,
    /// The primitives of the meshes shown so far. Where normals are missing, they depend on origin.
    meshes: HashMap<(usize, Origin), Vec<usize>>,
    instances: Vec<Instance>,
}

impl<'a> Loader<'a> {
    fn new(document: &'a Document<'a>, detail: Detail, budget: Budget, warnings: Warnings) -> Self {
        let root = &document.root;
        Self {
            document,
            detail,
            budget,
            warnings,
            arrays: Arrays::new(root, Buffers::new(document)),
            geometries: Geometries::default(),
            materials: Materials::new(root, detail),
            primitives: Vec::new(),
            meshes: HashMap::new(),
            instances: Vec::new(),
        }
    }

    /// Adds the instances of a node's mesh, and its primitives if it is the first to show it.
    fn show(&mut self, shown: &Shown) -> Result<(), SceneError> {
        let json = lookup(&self.document.root.meshes, shown.mesh, "mesh")
            .map_err(|e| e.within(format_args!("node {}", shown.node)))?;
        check_morph_weights(&self.document.root, json, shown)
            .map_err(|e| e.within(format_args!("node {}", shown.node)))?;
        self.budget.instances(json.primitives.len())?;
        let key = (shown.mesh, shown.origin);
        let drawn = match self.meshes.get(&key) {
            Some(drawn) => drawn.clone(),
            None => self.read(json, shown)?,
        };
        self.instances
            .extend(drawn.iter().map(|&primitive| Instance {
                primitive,
                world_from_model: shown.world_from_model,
                origin: shown.origin,
                node: shown.node,
            }));
        self.meshes.insert(key, drawn);
        Ok(())
    }

    /// Reads the primitives of a mesh; gives the indices of those that have something to draw.
    fn read(&mut self, json: &Mesh, shown: &Shown) -> Result<Vec<usize>, SceneError> {
        let mut drawn = Vec::new();
        for (index, json) in json.primitives.iter().enumerate() {
            let place = format!("mesh {}, primitive {index}", shown.mesh);
            let read = self.primitive(json, shown.origin, &place);
            if let Some(primitive) = read.map_err(|e| e.within(&place))? {
                drawn.push(self.primitives.len());
                self.primitives.push(primitive);
            } else {
                self.warnings
                    .add(|| format!("{place}: it has no triangles."));
            }
        }
        Ok(drawn)
    }

    /// Reads a primitive; none if there is nothing to draw.
    fn primitive(
        &mut self,
        json: &Json,
        origin: Origin,
        place: &str,
    ) -> Result<Option<Primitive>, SceneError> {
        let with_shading = self.detail == Detail::Shading;
        let Some(attributes) = Attributes::resolve(json, &mut self.arrays, with_shading)? else {
            return Ok(None);
        };
        let triangles = attributes.topology.triangles(attributes.index_count());
        if triangles == 0 {
            return Ok(None);
        }
        if attributes.topology == Topology::List && attributes.index_count() != 3 * triangles {
            self.warnings
                .add(|| format!("{place}: its last triangle is incomplete."));
        }
        let named = json.material.map(|material| material.value());
        let (buffers, budget) = (&mut self.arrays.buffers, &mut self.budget);
        let (material, look) = self
            .materials
            .get(named, buffers, budget, &mut self.warnings)?;
        if attributes.lacks_tex_coords_of(look) {
            self.warnings.add(|| {
                format!("{place}: material {material} has textures whose TEXCOORD is missing.")
            });
        }
        let recipe = Recipe {
            attributes,
            completion: match (origin, self.document.producer) {
                (Origin::VtkShape, _) => Completion::VtkShape,
                (Origin::Gltf, Producer::Other) => Completion::Gltf,
                (Origin::Gltf, _) => Completion::Drake,
            },
            normal_texture_set: look.normal_texture.map(|texture| texture.tex_coord),
        };
        let geometry = self
            .geometries
            .get(&recipe, &mut self.arrays, &mut self.budget)?;
        Ok(Some(Primitive {
            positions: geometry.positions,
            indices: geometry.indices,
            material,
            shading: geometry.shading,
        }))
    }

    fn finish(self) -> Scene {
        let mut scene = Scene {
            producer: self.document.producer,
            primitives: self.primitives,
            instances: self.instances,
            warnings: self.warnings.into_sentences(),
            ..Scene::default()
        };
        self.materials.finish(&mut scene);
        scene
    }
}

/// Refuses a mesh whose shape at rest is not the one of its POSITION.
fn check_morph_weights(root: &Root, mesh: &Mesh, shown: &Shown) -> Result<(), SceneError> {
    let has_targets = |json: &Json| json.targets.as_ref().is_some_and(|list| !list.is_empty());
    let node = root
        .nodes
        .get(shown.node)
        .and_then(|node| node.weights.as_ref());
    let weights = node.or(mesh.weights.as_ref());
    let morphs = weights.into_iter().flatten().any(|weight| *weight != 0.0);
    if morphs && mesh.primitives.iter().any(has_targets) {
        return Err(unsupported(format!(
            "mesh {} is morphed by weights other than 0; morph targets are not drawn.",
            shown.mesh
        )));
    }
    Ok(())
}
