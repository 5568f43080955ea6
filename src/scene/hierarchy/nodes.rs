//! The walk through the node hierarchy.

use std::collections::HashSet;
use std::fmt::{self, Display, Formatter};

use glam::DAffine3;
use gltf::json::{Index, Node};
use serde::Deserialize;

use super::rig::Rig;
use super::{camera, lights};
use crate::scene::budget::Budget;
use crate::scene::error::{invalid, lookup};
use crate::scene::file::document::Document;
use crate::scene::file::extensions::extension;
use crate::scene::warnings::Warnings;
use crate::scene::{CameraNode, FaultyCamera, LightNode, Origin, Producer, SceneError};

/// A node that shows a mesh.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) struct Shown {
    /// Index of the mesh.
    pub mesh: usize,
    /// Index of the node.
    pub node: usize,
    /// Index of the skin; with one, the vertices are where its joints are, and the node's transform
    /// is ignored.
    pub skin: Option<usize>,
    /// From the mesh's frame to the scene's.
    pub world_from_model: DAffine3,
    /// Where it came from.
    pub origin: Origin,
}

/// What the walk found, in its order.
#[derive(Debug, Default)]
pub(in crate::scene) struct Walk {
    /// Nodes with a mesh.
    pub shown: Vec<Shown>,
    /// Nodes with a camera.
    pub cameras: Vec<CameraNode>,
    /// Nodes with a camera that cannot be used.
    pub faulty_cameras: Vec<FaultyCamera>,
    /// Nodes with a light.
    pub lights: Vec<LightNode>,
    /// How all that were visited hang together.
    pub rig: Rig,
}

impl Walk {
    /// Notes the camera of a node. Should it be faulty, that counts only if somebody chooses it.
    fn camera(
        &mut self,
        document: &Document,
        json: &Node,
        (node, camera): (usize, usize),
        world: &DAffine3,
        warnings: &mut Warnings,
    ) {
        let cameras = &document.root.cameras;
        let name = cameras.get(camera).and_then(|json| json.name.clone());
        let names = [name, json.name.clone()];
        match camera::read(cameras, camera, world) {
            Ok((world_from_camera, projection)) => self.cameras.push(CameraNode {
                world_from_camera,
                projection,
                node,
                camera,
                names,
            }),
            Err(fault) => {
                let fault = fault.within(format_args!("node {node}"));
                let sentence = fault.clone().into_sentence();
                warnings.add(|| format!("a camera is left out: {sentence}"));
                self.faulty_cameras.push(FaultyCamera {
                    before: self.cameras.len(),
                    camera,
                    names,
                    fault,
                });
            }
        }
    }
}

/// What a node is reached from.
#[derive(Clone, Copy, Debug)]
enum Parent {
    Scene,
    Node(usize),
}

impl Display for Parent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scene => write!(f, "the scene"),
            Self::Node(node) => write!(f, "node {node}"),
        }
    }
}

/// A node still to be visited.
struct Step {
    node: usize,
    /// The node that it is below; none is the scene.
    parent: Option<usize>,
    depth: usize,
    inherited: Inherited,
}

/// What a node has from its parent.
#[derive(Clone, Copy)]
struct Inherited {
    /// From the parent's frame to the scene's.
    world: DAffine3,
    origin: Origin,
    visible: bool,
}

/// The name of the extension that hides nodes.
pub(in crate::scene) const VISIBILITY: &str = "KHR_node_visibility";

#[derive(Deserialize)]
struct Visibility {
    #[serde(default = "visible")]
    visible: bool,
}

fn visible() -> bool {
    true
}

/// Walks the scene that the file chooses, else its first, else all nodes that are nobody's child:
/// depth first, parents before children, siblings in the order of the file.
pub(in crate::scene) fn walk(
    document: &Document,
    budget: &mut Budget,
    warnings: &mut Warnings,
) -> Result<Walk, SceneError> {
    let nodes = &document.root.nodes;
    budget.nodes(nodes.len())?;
    let roots = roots(document)?;
    warn_of_parents(nodes, &roots, warnings);
    let mut walk = Walk::default();
    // The parent of each node found so far.
    let mut parents: Vec<Option<Parent>> = vec![None; nodes.len()];
    adopt(&roots, Parent::Scene, &mut parents)?;
    let step = |&node: &usize| Step {
        node,
        parent: None,
        depth: 1,
        inherited: Inherited {
            world: DAffine3::IDENTITY,
            origin: Origin::Gltf,
            visible: true,
        },
    };
    // A stack, so the last of them is visited first. It is no recursion, so it cannot overflow; and
    // each node comes onto it once.
    let mut stack: Vec<Step> = roots.iter().rev().map(step).collect();
    while let Some(step) = stack.pop() {
        let index = step.node;
        let place = format_args!("node {index}");
        let node = lookup(nodes, index, "node")?;
        budget.node_depth(step.depth).map_err(|e| e.within(place))?;
        let inherited = visit(document, node, &step, &mut walk, warnings);
        let inherited = inherited.map_err(|e| e.within(place))?;
        walk.rig.add(index, step.parent);
        let children: Vec<usize> = node.children.iter().flatten().map(Index::value).collect();
        adopt(&children, Parent::Node(index), &mut parents)?;
        stack.extend(children.iter().rev().map(|&child| Step {
            node: child,
            parent: Some(index),
            depth: step.depth + 1,
            inherited,
        }));
    }
    if document.root.scenes.is_empty()
        && let Some(unseen) = parents.iter().position(Option::is_none)
    {
        return Err(invalid(format!(
            "node {unseen} is in or below a cycle of nodes."
        )));
    }
    Ok(walk)
}

/// The nodes to start from.
fn roots(document: &Document) -> Result<Vec<usize>, SceneError> {
    let root = &document.root;
    let chosen = match root.scene {
        Some(scene) => Some(lookup(&root.scenes, scene.value(), "scene")?),
        None => root.scenes.first(),
    };
    if let Some(scene) = chosen {
        return Ok(scene.nodes.iter().map(Index::value).collect());
    }
    let mut is_child = vec![false; root.nodes.len()];
    for child in root
        .nodes
        .iter()
        .filter_map(|node| node.children.as_ref())
        .flatten()
    {
        if let Some(mark) = is_child.get_mut(child.value()) {
            *mark = true;
        }
    }
    let all = is_child.iter().enumerate();
    Ok(all
        .filter(|(_, is_child)| !**is_child)
        .map(|(node, _)| node)
        .collect())
}

/// Notes roots of the scene that are children of nodes, which glTF forbids.
fn warn_of_parents(nodes: &[Node], roots: &[usize], warnings: &mut Warnings) {
    let roots: HashSet<usize> = roots.iter().copied().collect();
    for (parent, node) in nodes.iter().enumerate() {
        let children = node.children.iter().flatten().map(Index::value);
        for child in children.filter(|child| roots.contains(child)) {
            warnings.add(|| {
                format!(
                    "node {child} is a root of the scene, so that node {parent}, whose child it is \
                     too, does not move it."
                )
            });
        }
    }
}

/// Notes the parent of nodes, which may not have one yet.
fn adopt(
    children: &[usize],
    parent: Parent,
    parents: &mut [Option<Parent>],
) -> Result<(), SceneError> {
    for &node in children {
        let known = *lookup(parents, node, "node").map_err(|e| e.within(parent))?;
        if let Some(known) = known {
            return Err(visited_twice(node, known, parent, parents));
        }
        if let Some(place) = parents.get_mut(node) {
            *place = Some(parent);
        }
    }
    Ok(())
}

/// Tells a cycle from a node with two parents.
fn visited_twice(
    node: usize,
    first: Parent,
    second: Parent,
    parents: &[Option<Parent>],
) -> SceneError {
    let mut ancestor = Some(second);
    while let Some(Parent::Node(index)) = ancestor {
        if index == node {
            return invalid(format!("node {node} is below itself."));
        }
        ancestor = parents.get(index).copied().flatten();
    }
    invalid(format!(
        "node {node} is twice in the hierarchy, below {first} and below {second}."
    ))
}

/// Notes what a node shows; gives what its children have from it.
fn visit(
    document: &Document,
    node: &Node,
    step: &Step,
    walk: &mut Walk,
    warnings: &mut Warnings,
) -> Result<Inherited, SceneError> {
    let from_drake = document.producer != Producer::Other;
    let origin = if from_drake && node.name.as_deref() == Some("Renderer Node") {
        Origin::VtkShape
    } else {
        step.inherited.origin
    };
    let transforms = &document.transforms;
    let world = transforms.world_from_node(&step.inherited.world, step.node)?;
    // Drake's client leaves a rotation beside the matrix that has it.
    let oddity = transforms.oddity(step.node);
    if let Some(oddity) = oddity.filter(|_| !from_drake) {
        warnings.add(|| format!("node {}: {oddity}", step.node));
    }
    let object = node
        .extensions
        .as_ref()
        .map(|extensions| &extensions.others);
    let visibility: Option<Visibility> = extension(object, VISIBILITY)?;
    let visible = step.inherited.visible && visibility.is_none_or(|object| object.visible);
    if let Some(mesh) = node.mesh.filter(|_| visible) {
        walk.shown.push(Shown {
            mesh: mesh.value(),
            node: step.node,
            skin: node.skin.map(|skin| skin.value()),
            world_from_model: world,
            origin,
        });
    }
    if let Some(index) = node.camera {
        walk.camera(document, node, (step.node, index.value()), &world, warnings);
    }
    if visible {
        match lights::of_node(&document.root, node, step.node, &world) {
            Ok(light) => walk.lights.extend(light),
            Err(fault) => warnings.add(|| {
                let fault = fault.into_sentence();
                format!("node {}: its light is left out: {fault}", step.node)
            }),
        }
    }
    Ok(Inherited {
        world,
        origin,
        visible,
    })
}

#[cfg(test)]
#[path = "nodes_tests.rs"]
mod tests;
