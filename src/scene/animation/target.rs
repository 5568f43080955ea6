//! What the channels of an animation change.

use std::collections::BTreeMap;

use gltf::json::Root;

use super::json::ChannelTarget;
use super::pointer::{Member, parse};
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::data::accessor::{Accessor, Component};
use crate::scene::error::{invalid, lookup};
use crate::scene::file::document::{Document, quote};

/// A part of a node's transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Translation,
    Rotation,
    Scale,
}

/// Who has the weights of morph targets. Meshes come first, because a node without weights begins
/// with those of its mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Mesh(usize),
    Node(usize),
}

/// What a channel changes. All indices of the file have been looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A part of a node's transform.
    Transform(usize, Part),
    /// All weights of the morph targets, or one of them.
    Weights(Owner, Option<usize>),
    /// What only a pointer can name.
    Member(Member),
}

/// What a target becomes.
#[derive(Debug)]
pub(super) struct Sample {
    /// The channel, for messages.
    pub place: String,
    /// As many as the target needs.
    pub values: Vec<f64>,
}

/// All changes of an animation, in the order in which they are made.
pub(super) type Changes = BTreeMap<Target, Sample>;

/// What values a target takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Needs {
    /// Components of an element of the output.
    pub width: usize,
    /// Elements for each key; three times as many for splines.
    pub elements: usize,
    /// Whether they are quaternions.
    pub rotation: bool,
    /// Whether they are truth values.
    pub boolean: bool,
    /// Whether glTF allows integers that stand for fractions.
    pub fractions: bool,
}

impl Target {
    /// What the file says, looked up; none for what is ignored: a channel without a node (glTF
    /// 3.11), and, with a warning, a pointer to what is not drawn.
    pub fn resolve(
        json: &ChannelTarget,
        root: &Root,
        warn: impl FnOnce(String),
    ) -> Result<Option<Self>, SceneError> {
        let target = if json.is_pointer() {
            let Some(extension) = &json.extensions.pointer else {
                return Err(invalid("target: KHR_animation_pointer is missing."));
            };
            let target = parse(&extension.pointer)?;
            if target.is_none() {
                let pointer = quote(extension.pointer.as_bytes());
                warn(format!("what {pointer} points to cannot be animated here."));
            }
            target
        } else if let Some(node) = json.node {
            Some(match json.path.as_str() {
                "translation" => Self::Transform(node, Part::Translation),
                "rotation" => Self::Transform(node, Part::Rotation),
                "scale" => Self::Transform(node, Part::Scale),
                "weights" => Self::Weights(Owner::Node(node), None),
                other => {
                    let other = quote(other.as_bytes());
                    return Err(invalid(format!(
                        "target.path {other} is none of translation, rotation, scale, weights and \
                         pointer."
                    )));
                }
            })
        } else {
            None
        };
        if let Some(target) = &target {
            target.look_up(root)?;
        }
        Ok(target)
    }

    fn look_up(&self, root: &Root) -> Result<(), SceneError> {
        match self {
            Self::Transform(node, _) => {
                if lookup(&root.nodes, *node, "node")?.matrix.is_some() {
                    // A matrix may not be decomposable, and glTF rules it out (3.11).
                    return Err(invalid(format!(
                        "node {node} has a matrix; only translation, rotation and scale can be \
                         animated."
                    )));
                }
            }
            Self::Weights(owner, element) => {
                let count = morph_targets(*owner, root)?;
                if element.is_some_and(|element| element >= count) {
                    return Err(invalid(format!(
                        "the pointer names weight {}, but the number of morph targets is {count}.",
                        element.unwrap_or_default()
                    )));
                }
            }
            Self::Member(member) => member.look_up(root)?,
        }
        Ok(())
    }

    /// What values it takes.
    pub fn needs(&self, root: &Root) -> Result<Needs, SceneError> {
        let mut needs = Needs {
            width: 1,
            elements: 1,
            rotation: false,
            boolean: false,
            fractions: true,
        };
        match self {
            Self::Transform(_, Part::Rotation) => {
                needs.width = 4;
                needs.rotation = true;
            }
            Self::Transform(..) => {
                needs.width = 3;
                needs.fractions = false;
            }
            Self::Weights(owner, None) => needs.elements = morph_targets(*owner, root)?,
            Self::Weights(_, Some(_)) => {}
            Self::Member(member) => {
                needs.width = member.width;
                needs.boolean = member.boolean;
            }
        }
        Ok(needs)
    }

    /// Refuses what another channel changes, too, in whole or in part.
    pub fn check_alone(&self, others: &Changes) -> Result<(), SceneError> {
        if others.contains_key(self) {
            return Err(invalid(
                "another channel of the animation has the same target.",
            ));
        }
        let shares_weights = match *self {
            Self::Weights(owner, Some(_)) => others.contains_key(&Self::Weights(owner, None)),
            Self::Weights(owner, None) => {
                let element = |index| Self::Weights(owner, Some(index));
                let mut elements = others.range(element(0)..=element(usize::MAX));
                elements.next().is_some()
            }
            Self::Transform(..) | Self::Member(_) => false,
        };
        if shares_weights {
            return Err(invalid(
                "another channel of the animation has some of the same weights.",
            ));
        }
        Ok(())
    }
}

/// Gives a part of a node's transform its value.
pub(super) fn set_transform(document: &mut Document, node: usize, part: Part, values: &[f64]) {
    if let Some(transform) = document.transforms.get_mut(node) {
        match part {
            Part::Translation => transform.translation = values.try_into().ok(),
            Part::Rotation => transform.rotation = values.try_into().ok(),
            Part::Scale => transform.scale = values.try_into().ok(),
        }
    }
}

/// Gives all weights their values, or the one at `element`.
pub(super) fn set_weights(
    root: &mut Root,
    owner: Owner,
    element: Option<usize>,
    values: &[f64],
    budget: &mut Budget,
) -> Result<(), SceneError> {
    let weights = weights_mut(owner, root, budget)?;
    match (element, values) {
        (Some(element), [value]) => {
            if let Some(weight) = weights.get_mut(element) {
                *weight = narrow(*value);
            }
        }
        _ => {
            for (weight, value) in weights.iter_mut().zip(values) {
                *weight = narrow(*value);
            }
        }
    }
    Ok(())
}

impl Needs {
    /// Whether the elements of an accessor are of the type. A pointer's may be any integers
    /// (`KHR_animation_pointer`).
    pub fn check(&self, accessor: &Accessor, by_pointer: bool) -> Result<(), SceneError> {
        let layout = &accessor.layout;
        let kind = match self.width {
            1 => "SCALAR",
            2 => "VEC2",
            3 => "VEC3",
            _ => "VEC4",
        };
        let float = layout.component == Component::F32;
        let fraction = layout.normalized && layout.component != Component::U32;
        let (fits, words) = if self.boolean {
            let byte = layout.component == Component::U8 && !layout.normalized;
            (byte, "unsigned bytes")
        } else if by_pointer {
            (true, "numbers")
        } else if self.fractions {
            (float || fraction, "floats or normalized integers")
        } else {
            (float, "floats")
        };
        if layout.width != self.width || !fits {
            return Err(invalid(format!(
                "output: accessor {} must be a {kind} of {words}.",
                accessor.index
            )));
        }
        Ok(())
    }
}

/// How many morph targets a mesh has, or that of a node.
fn morph_targets(owner: Owner, root: &Root) -> Result<usize, SceneError> {
    let mesh = match owner {
        Owner::Mesh(mesh) => mesh,
        Owner::Node(node) => match lookup(&root.nodes, node, "node")?.mesh {
            Some(mesh) => mesh.value(),
            None => return Err(invalid(format!("node {node} has no mesh to morph."))),
        },
    };
    let primitive = lookup(&root.meshes, mesh, "mesh")?.primitives.first();
    let targets = primitive.and_then(|primitive| primitive.targets.as_ref());
    match targets.map_or(0, Vec::len) {
        0 => Err(invalid(format!("mesh {mesh} has no morph targets."))),
        count => Ok(count),
    }
}

/// The weights, one for each morph target; made of those at rest by the first channel that changes
/// them.
fn weights_mut<'r>(
    owner: Owner,
    root: &'r mut Root,
    budget: &mut Budget,
) -> Result<&'r mut [f32], SceneError> {
    let count = morph_targets(owner, root)?;
    let (own, of_mesh) = match owner {
        Owner::Mesh(mesh) => {
            let mesh = root.meshes.get_mut(mesh);
            (mesh.map(|mesh| &mut mesh.weights), None)
        }
        Owner::Node(node) => {
            let node = root.nodes.get_mut(node);
            let mesh = node.as_ref().and_then(|node| node.mesh);
            let mesh = mesh.and_then(|mesh| root.meshes.get(mesh.value()));
            (
                node.map(|node| &mut node.weights),
                mesh.and_then(|mesh| mesh.weights.as_ref()),
            )
        }
    };
    let Some(own) = own else {
        return Ok(&mut []);
    };
    if own.as_ref().is_none_or(|weights| weights.len() != count) {
        // A file can name many nodes of a mesh with many targets in few bytes.
        budget.keyframe_numbers(count)?;
        let at_rest = own.as_ref().or(of_mesh);
        let at_rest = at_rest.into_iter().flatten().copied();
        let padded = at_rest.chain(std::iter::repeat(0.0)).take(count);
        *own = Some(padded.collect());
    }
    Ok(own.as_deref_mut().unwrap_or_default())
}

#[expect(clippy::cast_possible_truncation, reason = "the document's precision")]
pub(super) fn narrow(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use serde_json::json;

    use super::*;
    use crate::scene::Limits;

    /// Two nodes that show a mesh with three morph targets.
    fn root() -> Root {
        serde_json::from_value(json!({
            "asset": {"version": "2.0"},
            "nodes": [{"mesh": 0}, {"mesh": 0, "weights": [0.5]}],
            "meshes": [{
                "primitives": [{"attributes": {}, "targets": [{}, {}, {}]}],
                "weights": [0.25, 0.25, 0.25]
            }]
        }))
        .unwrap()
    }

    #[test]
    fn weights_are_made_once_and_changed_in_place() {
        let mut root = root();
        let mut budget = Budget::new(&Limits::default());
        let mut set = |root: &mut Root, element, value| {
            set_weights(root, Owner::Node(0), Some(element), &[value], &mut budget).unwrap();
            root.nodes[0].weights.as_ref().unwrap().as_ptr()
        };
        let first = set(&mut root, 2, 1.0);
        assert_eq!(set(&mut root, 0, 0.75), first);
        assert_eq!(root.nodes[0].weights, Some(vec![0.75, 0.25, 1.0]));
        set_weights(&mut root, Owner::Node(1), Some(2), &[1.0], &mut budget).unwrap();
        assert_eq!(root.nodes[1].weights, Some(vec![0.5, 0.0, 1.0]));
        let (mesh, all) = (Owner::Mesh(0), [1.0, 2.0, 3.0]);
        set_weights(&mut root, mesh, None, &all, &mut budget).unwrap();
        assert_eq!(root.meshes[0].weights, Some(vec![1.0, 2.0, 3.0]));
    }

    #[test]
    fn weights_that_are_made_are_counted() {
        let limits = Limits {
            keyframe_numbers: 5,
            ..Limits::default()
        };
        let (mut root, mut budget) = (root(), Budget::new(&limits));
        let mut set = |node, element| {
            set_weights(
                &mut root,
                Owner::Node(node),
                Some(element),
                &[1.0],
                &mut budget,
            )
        };
        set(0, 0).unwrap();
        set(0, 1).unwrap();
        assert_eq!(
            set(1, 0).unwrap_err().to_string(),
            "scene: the scene has at least 6 numbers in keyframes; the limit is 5 (--max-keyframe-numbers)."
        );
    }
}
