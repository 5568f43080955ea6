//! The deformations of all that is shown, with what they share looked up once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use glam::DAffine3;
use gltf::json::mesh::Primitive;

use super::Deformation;
use super::morph::{KnownWeights, Morph, Targets, Weights};
use super::skin::{Pose, Skinning};
use super::worlds::Worlds;
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::data::arrays::Arrays;
use crate::scene::data::compressed::DracoPrimitive;
use crate::scene::file::document::Document;
use crate::scene::hierarchy::nodes::Shown;

/// What the deformations found so far are made of.
#[derive(Debug)]
pub(in crate::scene) struct Deformations<'a> {
    document: &'a Document<'a>,
    weights: KnownWeights,
    /// Read when the first mesh is morphed.
    targets: Option<Targets>,
    /// The skins posed so far.
    poses: HashMap<usize, Arc<Pose>>,
    /// Read when the first skin is posed.
    worlds: Option<Worlds<'a>>,
}

/// How a node deforms the mesh that it shows.
#[derive(Clone, Debug)]
pub(in crate::scene) struct Shape {
    weights: Weights,
    pose: Option<Arc<Pose>>,
}

impl Shape {
    /// Equal weights of morph targets have equal ones.
    pub fn weights_id(&self) -> usize {
        self.weights.id
    }

    /// With a skin, from the frame in which it puts the vertices to the scene's.
    pub fn world_from_frame(&self) -> Option<DAffine3> {
        self.pose.as_ref().map(|pose| pose.world_from_frame)
    }
}

/// A primitive as the file has it.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) struct AtRest<'p> {
    pub json: &'p Primitive,
    /// Indices of its mesh, and in that of itself.
    pub place: (usize, usize),
    pub compression: Option<&'p DracoPrimitive>,
    pub vertices: usize,
}

impl<'a> Deformations<'a> {
    /// Nothing is looked up yet.
    pub fn new(document: &'a Document<'a>) -> Self {
        Self {
            document,
            weights: KnownWeights::default(),
            targets: None,
            poses: HashMap::new(),
            worlds: None,
        }
    }

    /// How a node deforms its mesh.
    pub fn shape(
        &mut self,
        shown: &Shown,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Shape, SceneError> {
        let place = |e: SceneError| e.within(format_args!("node {}", shown.node));
        let weights = self.weights.get(self.document, shown);
        let weights = weights.map_err(place)?;
        if !weights.values.is_empty() && self.targets.is_none() {
            self.targets = Some(self.document.read()?);
        }
        let pose = shown.skin.map(|skin| self.pose(skin, arrays, budget));
        let pose = pose.transpose().map_err(place)?;
        Ok(Shape { weights, pose })
    }

    /// Poses a skin, or finds it.
    fn pose(
        &mut self,
        skin: usize,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Arc<Pose>, SceneError> {
        let entry = match self.poses.entry(skin) {
            Entry::Occupied(known) => return Ok(known.get().clone()),
            Entry::Vacant(entry) => entry,
        };
        let document = self.document;
        let worlds = self.worlds.get_or_insert_with(|| Worlds::new(document));
        let pose = Pose::new(&document.root, skin, worlds, arrays, budget)?;
        Ok(entry.insert(Arc::new(pose)).clone())
    }

    /// What moves the vertices of a primitive.
    pub fn get(
        &self,
        primitive: AtRest,
        shape: &Shape,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Deformation<'a>, SceneError> {
        let AtRest {
            json,
            place,
            compression,
            vertices,
        } = primitive;
        let mut deformation = Deformation::default();
        if let Some(targets) = &self.targets {
            let weights = &shape.weights.values;
            deformation.morph = Morph::resolve(targets, place, weights, vertices, arrays, budget)?;
        }
        if let Some(pose) = shape.pose.clone() {
            let skinning = Skinning::resolve(json, compression, pose, vertices, arrays)?;
            deformation.skinning = Some(skinning);
        }
        Ok(deformation)
    }
}
