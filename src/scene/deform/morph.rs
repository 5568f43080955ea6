//! Morph targets (glTF 2.0, 3.7.2.2): weighted differences that are added to the vertices.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use gltf::json::mesh::{Primitive, Semantic};
use gltf::json::validation::Checked;
use gltf::json::{Index, Mesh, accessor};
use serde::Deserialize;

use crate::scene::budget::Budget;
use crate::scene::data::accessor::Accessor;
use crate::scene::data::arrays::Arrays;
use crate::scene::error::{counted, invalid, lookup};
use crate::scene::file::document::Document;
use crate::scene::hierarchy::nodes::Shown;
use crate::scene::mesh::attribute_rules;
use crate::scene::{Producer, SceneError};

/// The morph targets of all primitives, of which the `gltf` crate keeps three attributes only.
#[derive(Debug, Default, Deserialize)]
pub(in crate::scene) struct Targets {
    meshes: Option<Vec<MeshTargets>>,
}

#[derive(Debug, Deserialize)]
struct MeshTargets {
    primitives: Option<Vec<PrimitiveTargets>>,
}

#[derive(Debug, Deserialize)]
struct PrimitiveTargets {
    targets: Option<Vec<Target>>,
}

type Target = BTreeMap<Checked<Semantic>, Index<accessor::Accessor>>;

impl Targets {
    /// The targets of a primitive.
    fn of(&self, mesh: usize, primitive: usize) -> &[Target] {
        let mesh = self.meshes.as_ref().and_then(|meshes| meshes.get(mesh));
        mesh.and_then(|mesh| mesh.primitives.as_ref()?.get(primitive)?.targets.as_deref())
            .unwrap_or_default()
    }
}

/// Weights of morph targets, up to the last that is not 0. None for a shape at rest.
#[derive(Clone, Debug)]
pub(in crate::scene) struct Weights {
    /// Equal weights have equal ones.
    pub id: usize,
    /// The weights.
    pub values: Arc<[f32]>,
}

/// The weights looked up so far: those of a mesh once for all nodes that show it with them.
#[derive(Debug, Default)]
pub(in crate::scene) struct KnownWeights {
    /// By their bits.
    distinct: HashMap<Vec<u32>, Weights>,
    of_meshes: HashMap<usize, Weights>,
    /// How many morph targets meshes have.
    targets: HashMap<usize, usize>,
}

impl KnownWeights {
    /// The weights with which a node shows its mesh: its own, else the mesh's. None for a shape at
    /// rest: if they are all 0, or the mesh has no targets.
    pub fn get(&mut self, document: &Document, shown: &Shown) -> Result<Weights, SceneError> {
        let root = &document.root;
        let node = lookup(&root.nodes, shown.node, "node")?;
        if node.weights.is_none()
            && let Some(known) = self.of_meshes.get(&shown.mesh)
        {
            return Ok(known.clone());
        }
        let mesh = lookup(&root.meshes, shown.mesh, "mesh")?;
        // VTK does not count them, so there are files that Drake draws though they break the rule.
        let is_strict = document.producer == Producer::Other;
        let targets = match self.targets.entry(shown.mesh) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(entry) => *entry.insert(count_targets(mesh, shown.mesh, is_strict)?),
        };
        let weights = node.weights.as_ref().or(mesh.weights.as_ref());
        if is_strict && weights.is_some_and(|weights| weights.len() != targets) {
            let count = counted(weights.map_or(0, Vec::len), "weight");
            let (mesh, targets) = (shown.mesh, counted(targets, "morph target"));
            return Err(invalid(match node.weights {
                Some(_) => format!("it has {count}, but mesh {mesh} has {targets}."),
                None => format!("mesh {mesh}: it has {count}, but {targets}."),
            }));
        }
        let weights = weights.filter(|_| targets > 0);
        let values = used(weights.map_or(&[][..], Vec::as_slice));
        let values = values.map_err(|fault| match node.weights {
            Some(_) => fault,
            None => fault.within(format_args!("mesh {}", shown.mesh)),
        })?;
        let id = self.distinct.len();
        let bits = values.iter().map(|weight| weight.to_bits()).collect();
        let weights = self.distinct.entry(bits).or_insert_with(|| Weights {
            id,
            values: values.into(),
        });
        if node.weights.is_none() {
            self.of_meshes.insert(shown.mesh, weights.clone());
        }
        Ok(weights.clone())
    }
}

/// How many morph targets the primitives of a mesh have: equally many, if it is strict (3.7.2.2).
fn count_targets(mesh: &Mesh, index: usize, is_strict: bool) -> Result<usize, SceneError> {
    let count = |json: &Primitive| json.targets.as_ref().map_or(0, Vec::len);
    let first = mesh.primitives.first().map_or(0, count);
    let other = mesh.primitives.iter().position(|json| count(json) != first);
    match other {
        Some(other) if is_strict => Err(invalid(format!(
            "mesh {index}: primitive 0 has {}, but primitive {other} has {}.",
            counted(first, "morph target"),
            count(&mesh.primitives[other])
        ))),
        _ => Ok(mesh.primitives.iter().map(count).max().unwrap_or(first)),
    }
}

/// The weights up to the last that is not 0, checked.
fn used(weights: &[f32]) -> Result<&[f32], SceneError> {
    if let Some(bad) = weights.iter().position(|weight| !weight.is_finite()) {
        return Err(invalid(format!("weight {bad} is not finite.")));
    }
    let last = weights.iter().rposition(|weight| *weight != 0.0);
    Ok(last.map_or(&[], |last| &weights[..=last]))
}

/// What is added to a primitive. Equal ones add the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::scene) struct Morph<'a> {
    deltas: Vec<Delta<'a>>,
}

/// What one target adds to one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Delta<'a> {
    semantic: Semantic,
    accessor: Accessor<'a>,
    /// The bits of the weight, which is not 0.
    weight: u32,
}

impl<'a> Morph<'a> {
    /// Looks up and checks the targets of a primitive whose weights are not 0.
    pub fn resolve(
        targets: &Targets,
        (mesh, primitive): (usize, usize),
        weights: &[f32],
        vertices: usize,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Self, SceneError> {
        let targets = targets.of(mesh, primitive);
        let mut deltas = Vec::new();
        if targets.is_empty() {
            return Ok(Self { deltas });
        }
        budget.targets_resolved(weights.len())?;
        for (index, weight) in weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
            let Some(target) = targets.get(index) else {
                return Err(invalid(format!(
                    "weight {index} is {weight}, but the primitive has {}.",
                    counted(targets.len(), "morph target")
                )));
            };
            budget.targets_resolved(target.len())?;
            for (semantic, accessor) in target {
                let Checked::Valid(semantic) = semantic else {
                    continue;
                };
                let place = format!("target {index}: {}", semantic.to_string());
                let accessor = delta(semantic, accessor.value(), vertices, arrays);
                if let Some(accessor) = accessor.map_err(|e| e.within(place))? {
                    deltas.push(Delta {
                        semantic: semantic.clone(),
                        accessor,
                        weight: weight.to_bits(),
                    });
                }
            }
        }
        Ok(Self { deltas })
    }

    /// Adds to an attribute what its targets say. Tangents keep their sign; colors are kept within
    /// 0 and 1.
    pub fn add<const N: usize>(
        &self,
        semantic: &Semantic,
        base: Arc<[[f32; N]]>,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Arc<[[f32; N]]>, SceneError> {
        let deltas = || {
            let deltas = self.deltas.iter();
            deltas.filter(|delta| delta.semantic == *semantic)
        };
        budget.morphed_vertices(base.len().saturating_mul(deltas().count()))?;
        let mut sums: Vec<[f64; N]> = Vec::new();
        for Delta {
            accessor, weight, ..
        } in deltas()
        {
            if sums.is_empty() {
                sums = base.iter().map(|element| element.map(f64::from)).collect();
            }
            let weight = f64::from(f32::from_bits(*weight));
            match accessor.layout.width {
                2 => add(&mut sums, weight, &arrays.vec2(accessor, budget)?),
                3 => add(&mut sums, weight, &arrays.vec3(accessor, budget)?),
                _ => add(&mut sums, weight, &arrays.vec4(accessor, budget)?),
            }
        }
        if sums.is_empty() {
            return Ok(base);
        }
        let is_color = matches!(semantic, Semantic::Colors(_));
        #[expect(clippy::cast_possible_truncation, reason = "to the GPU's precision")]
        let narrow = |x: f64| if is_color { x.clamp(0.0, 1.0) } else { x } as f32;
        let morphed: Arc<[[f32; N]]> = sums.iter().map(|sum| sum.map(narrow)).collect();
        let is_finite = |element: &[f32; N]| element.iter().all(|x| x.is_finite());
        match morphed.iter().position(|element| !is_finite(element)) {
            None => Ok(morphed),
            Some(vertex) => Err(invalid(format!(
                "{} of vertex {vertex} is not finite when it is morphed.",
                semantic.to_string()
            ))),
        }
    }
}

/// The accessor of a target's attribute; none if that is not drawn.
fn delta<'a>(
    semantic: &Semantic,
    index: usize,
    vertices: usize,
    arrays: &mut Arrays<'a>,
) -> Result<Option<Accessor<'a>>, SceneError> {
    let Some(rule) = attribute_rules::of_target(semantic) else {
        return Ok(None);
    };
    let accessor = arrays.accessor(index)?;
    let layout = &accessor.layout;
    if !rule.allows(layout, arrays.quantized) {
        return Err(invalid(format!("accessor {index} must be {}.", rule.words)));
    }
    if layout.count != vertices {
        return Err(invalid(format!(
            "accessor {index} has {}, but that of POSITION has {vertices}.",
            counted(layout.count, "element")
        )));
    }
    Ok(Some(accessor))
}

/// Adds weighted differences, to as many numbers of each element as both have.
fn add<const N: usize, const M: usize>(sums: &mut [[f64; N]], weight: f64, deltas: &[[f32; M]]) {
    for (sum, delta) in sums.iter_mut().zip(deltas) {
        for (number, difference) in sum.iter_mut().zip(delta) {
            *number += weight * f64::from(*difference);
        }
    }
}

#[cfg(test)]
#[path = "morph_tests.rs"]
mod tests;
