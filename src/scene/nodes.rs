//! The walk through the node hierarchy.

use std::fmt::{self, Display, Formatter};

use glam::DAffine3;
use gltf::json::{Index, Node};

use super::budget::{Budget, check};
use super::camera;
use super::document::Document;
use super::error::{invalid, lookup};
use super::{CameraNode, Origin, Producer, SceneError};

/// A node that shows a mesh.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// Index of the mesh.
    pub mesh: usize,
    /// Index of the node.
    pub node: usize,
    /// From the mesh's frame to the scene's.
    pub world_from_model: DAffine3,
    /// Where it came from.
    pub origin: Origin,
}

/// What the walk found, in its order.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Nodes with a mesh.
    pub shown: Vec<Shown>,
    /// Nodes with a camera.
    pub cameras: Vec<CameraNode>,
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
    parent: Parent,
    depth: usize,
    world_from_parent: DAffine3,
    origin: Origin,
}

/// Walks the scene that the file chooses, else its first, else all nodes that are nobody's child:
/// depth first, parents before children, siblings in the order of the file.
pub(super) fn walk(document: &Document, budget: &Budget) -> Result<Walk, SceneError> {
    let nodes = &document.root.nodes;
    check(nodes.len(), budget.limits().nodes, "nodes")?;
    let roots = roots(document)?;
    let mut walk = Walk::default();
    // The parent of each node visited so far.
    let mut parents: Vec<Option<Parent>> = vec![None; nodes.len()];
    let step = |&node: &usize| Step {
        node,
        parent: Parent::Scene,
        depth: 1,
        world_from_parent: DAffine3::IDENTITY,
        origin: Origin::Gltf,
    };
    // A stack, so the last of them is visited first. It is no recursion, so it cannot overflow.
    let mut stack: Vec<Step> = roots.iter().rev().map(step).collect();
    while let Some(step) = stack.pop() {
        let index = step.node;
        let node = lookup(nodes, index, "node").map_err(|e| e.within(step.parent))?;
        if let Some(known) = parents.get(index).copied().flatten() {
            return Err(visited_twice(index, known, step.parent, &parents));
        }
        if let Some(parent) = parents.get_mut(index) {
            *parent = Some(step.parent);
        }
        check(step.depth, budget.limits().node_depth, "levels of nodes")
            .map_err(|e| e.within(format_args!("node {index}")))?;
        let children = visit(document, node, &step, &mut walk)
            .map_err(|e| e.within(format_args!("node {index}")))?;
        stack.extend(children);
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

/// Notes what a node shows; its children are the next steps.
fn visit(
    document: &Document,
    node: &Node,
    step: &Step,
    walk: &mut Walk,
) -> Result<Vec<Step>, SceneError> {
    let from_drake = document.producer != Producer::Other;
    let origin = if from_drake && node.name.as_deref() == Some("Renderer Node") {
        Origin::VtkShape
    } else {
        step.origin
    };
    let world = step.world_from_parent * document.transforms.parent_from_node(step.node)?;
    if !world.is_finite() {
        return Err(invalid("its transform in the scene is not finite."));
    }
    if let Some(mesh) = node.mesh {
        if node.skin.is_some() {
            return Err(SceneError::Unsupported("skins are not drawn.".into()));
        }
        walk.shown.push(Shown {
            mesh: mesh.value(),
            node: step.node,
            world_from_model: world,
            origin,
        });
    }
    if let Some(index) = node.camera {
        let json = lookup(&document.root.cameras, index.value(), "camera")?;
        let place = || format!("camera {}", index.value());
        walk.cameras.push(CameraNode {
            world_from_camera: camera::pose(&world)?,
            projection: camera::projection(json).map_err(|e| e.within(place()))?,
            node: step.node,
        });
    }
    let children = node.children.iter().flatten().rev().map(|child| Step {
        node: child.value(),
        parent: Parent::Node(step.node),
        depth: step.depth + 1,
        world_from_parent: world,
        origin,
    });
    Ok(children.collect())
}
