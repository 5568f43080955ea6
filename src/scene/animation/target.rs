//! What the channels of an animation change.

use gltf::json::Root;

use super::json::ChannelTarget;
use super::pointer::{Member, parse};
use crate::scene::SceneError;
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

/// Who has the weights of morph targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Node(usize),
    Mesh(usize),
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
                        "the pointer names weight {}, but there are {count} morph targets.",
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

    /// Gives it a value, whose numbers are as many as it needs.
    pub fn set(&self, values: &[f64], document: &mut Document) -> Result<(), SceneError> {
        let root = &mut document.root;
        match self {
            Self::Transform(node, part) => {
                if let Some(transform) = document.transforms.get_mut(*node) {
                    match part {
                        Part::Translation => transform.translation = values.try_into().ok(),
                        Part::Rotation => transform.rotation = values.try_into().ok(),
                        Part::Scale => transform.scale = values.try_into().ok(),
                    }
                }
            }
            Self::Weights(owner, element) => {
                let mut weights = weights_at_rest(*owner, root)?;
                match element.and_then(|element| weights.get_mut(element)) {
                    Some(weight) => *weight = narrow(values[0]),
                    None => weights = values.iter().copied().map(narrow).collect(),
                }
                match *owner {
                    Owner::Node(node) => root.nodes[node].weights = Some(weights),
                    Owner::Mesh(mesh) => root.meshes[mesh].weights = Some(weights),
                }
            }
            Self::Member(member) => member.set(values, root)?,
        }
        Ok(())
    }
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

/// The weights before the animation, one for each morph target.
fn weights_at_rest(owner: Owner, root: &Root) -> Result<Vec<f32>, SceneError> {
    let count = morph_targets(owner, root)?;
    let node = match owner {
        Owner::Node(node) => root.nodes.get(node),
        Owner::Mesh(_) => None,
    };
    let mesh = match owner {
        Owner::Node(_) => node.and_then(|node| node.mesh).map(|mesh| mesh.value()),
        Owner::Mesh(mesh) => Some(mesh),
    };
    let of_mesh = mesh.and_then(|mesh| root.meshes.get(mesh)?.weights.as_ref());
    let weights = node.and_then(|node| node.weights.as_ref()).or(of_mesh);
    let mut weights = weights.cloned().unwrap_or_default();
    weights.resize(count, 0.0);
    Ok(weights)
}

#[expect(clippy::cast_possible_truncation, reason = "the document's precision")]
pub(super) fn narrow(number: f64) -> f32 {
    number as f32
}
