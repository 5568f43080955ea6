//! The transforms of nodes in the scene's frame, wherever the nodes are: joints need not be part of
//! the scene that is drawn.

use glam::DAffine3;
use gltf::json::Index;

use crate::scene::SceneError;
use crate::scene::error::{invalid, lookup};
use crate::scene::file::document::Document;

/// The transforms found so far.
#[derive(Debug)]
pub(in crate::scene) struct Worlds<'a> {
    document: &'a Document<'a>,
    /// Of each node the first that names it as a child.
    parents: Vec<Option<usize>>,
    known: Vec<Option<DAffine3>>,
}

impl<'a> Worlds<'a> {
    /// Nothing is composed yet.
    pub fn new(document: &'a Document<'a>) -> Self {
        let nodes = &document.root.nodes;
        let mut parents = vec![None; nodes.len()];
        for (parent, node) in nodes.iter().enumerate() {
            for child in node.children.iter().flatten().map(Index::value) {
                if let Some(place @ None) = parents.get_mut(child) {
                    *place = Some(parent);
                }
            }
        }
        Self {
            document,
            parents,
            known: vec![None; nodes.len()],
        }
    }

    /// From a node's frame to the scene's.
    pub fn get(&mut self, node: usize) -> Result<DAffine3, SceneError> {
        lookup(&self.known, node, "node")?;
        // Up to the next that is known or has no parent, then down again.
        let mut chain = Vec::new();
        let mut next = Some(node);
        let mut world = DAffine3::IDENTITY;
        while let Some(index) = next {
            if let Some(known) = self.known.get(index).copied().flatten() {
                world = known;
                break;
            }
            if chain.len() == self.known.len() {
                return Err(invalid(format!(
                    "node {node} is in or below a cycle of nodes."
                )));
            }
            chain.push(index);
            next = self.parents.get(index).copied().flatten();
        }
        for index in chain.into_iter().rev() {
            let place = format_args!("node {index}");
            let transforms = &self.document.transforms;
            let found = transforms.world_from_node(&world, index);
            world = found.map_err(|e| e.within(place))?;
            self.known[index] = Some(world);
        }
        Ok(world)
    }
}
