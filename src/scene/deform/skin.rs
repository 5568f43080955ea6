//! Skins (glTF 2.0, 3.7.3): vertices that follow joints.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use glam::{DAffine3, DMat3, DMat4, DVec3, DVec4};
use gltf::json::Root;
use gltf::json::mesh::{Primitive, Semantic};
use gltf::json::validation::Checked;

use super::worlds::Worlds;
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::data::accessor::{Accessor, Component};
use crate::scene::data::arrays::Arrays;
use crate::scene::data::compressed::DracoPrimitive;
use crate::scene::digest::{Digest, Kind};
use crate::scene::error::{counted, invalid, lookup, unsupported};
use crate::scene::hierarchy::transform::fits;

/// Sets of four joints that a vertex may have.
const SETS: u32 = 2;

/// How far a last row may be from [0, 0, 0, 1], because exporters invert matrices in single
/// precision.
const ROUNDING: f64 = 1e-5;

/// A skin's joints as they stand.
#[derive(Debug)]
pub(in crate::scene) struct Pose {
    /// Index of the skin, for messages.
    skin: usize,
    /// Of the joints.
    content: Digest,
    /// From the frame in which the vertices are put to the scene's: at the first joint, so that
    /// single precision suffices for the vertices around; mirrored if that joint mirrors, so that
    /// the winding is understood.
    pub world_from_frame: DAffine3,
    /// From where the vertices are at rest to that frame, joint by joint.
    joints: Vec<DAffine3>,
}

impl PartialEq for Pose {
    fn eq(&self, other: &Self) -> bool {
        self.content == other.content
    }
}

impl Eq for Pose {}

impl Hash for Pose {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.content.hash(state);
    }
}

impl Pose {
    /// Poses a skin.
    pub fn new<'a>(
        root: &'a Root,
        skin: usize,
        worlds: &mut Worlds<'a>,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Self, SceneError> {
        let json = lookup(&root.skins, skin, "skin")?;
        let place = |e: SceneError| e.within(format_args!("skin {skin}"));
        let count = json.joints.len();
        let inverse_bind = match json.inverse_bind_matrices {
            Some(index) => inverse_bind(index.value(), count, arrays, budget)
                .map_err(|e| place(e.within("inverseBindMatrices")))?,
            None => vec![DAffine3::IDENTITY; count],
        };
        let mut joints = Vec::with_capacity(count);
        let mut origin = None;
        for (joint, inverse_bind) in json.joints.iter().zip(inverse_bind) {
            let world = worlds.get(joint.value()).map_err(place)?;
            origin.get_or_insert(world.translation);
            joints.push(world * inverse_bind);
        }
        let (Some(first), Some(origin)) = (joints.first(), origin) else {
            return Err(place(invalid("it has no joints.")));
        };
        let side = first.matrix3.determinant().signum();
        let world_from_frame = DAffine3 {
            matrix3: DMat3::from_diagonal(DVec3::new(side, 1.0, 1.0)),
            translation: origin,
        };
        let frame_from_world = world_from_frame.inverse();
        for (index, joint) in joints.iter_mut().enumerate() {
            *joint = frame_from_world * *joint;
            if !fits(&joint.to_cols_array()) {
                return Err(place(invalid(format!("joint {index} is not finite."))));
            }
        }
        let bits = |joint: &DAffine3| joint.to_cols_array().map(f64::to_bits);
        let bits: Vec<_> = joints.iter().map(bits).collect();
        Ok(Self {
            skin,
            content: Digest::of_recipe(Kind::Pose, &bits),
            world_from_frame,
            joints,
        })
    }
}

fn inverse_bind(
    index: usize,
    count: usize,
    arrays: &mut Arrays,
    budget: &mut Budget,
) -> Result<Vec<DAffine3>, SceneError> {
    // Such a fault names the accessor.
    let accessor = arrays.accessor(index)?;
    inverse_bind_of(accessor, count, arrays, budget)
        .map_err(|e| e.within(format_args!("accessor {index}")))
}

fn inverse_bind_of(
    mut accessor: Accessor,
    count: usize,
    arrays: &mut Arrays,
    budget: &mut Budget,
) -> Result<Vec<DAffine3>, SceneError> {
    let layout = &mut accessor.layout;
    if layout.width != 16 || layout.component != Component::F32 {
        return Err(invalid("it must be a MAT4 of floats."));
    }
    if layout.count < count {
        return Err(invalid(format!(
            "it has {} for {}.",
            counted(layout.count, "element"),
            counted(count, "joint")
        )));
    }
    // The others, of which there may be any number, belong to no joint.
    layout.count = count;
    let matrices = arrays.mat4(&accessor, budget)?;
    let affine = |(joint, matrix): (usize, &[f32; 16])| {
        let matrix = DMat4::from_cols_array(&matrix.map(f64::from));
        let last = matrix.row(3);
        if !last.abs_diff_eq(DVec4::W, ROUNDING) {
            let last = last.to_array();
            return Err(invalid(format!(
                "the last row of element {joint} is {last:?}, not [0, 0, 0, 1]."
            )));
        }
        Ok(DAffine3::from_mat4(matrix))
    };
    matrices.iter().enumerate().map(affine).collect()
}

/// What moves the vertices of a primitive. Equal ones move them equally.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct Skinning<'a> {
    pose: Arc<Pose>,
    /// JOINTS_n and WEIGHTS_n.
    sets: Vec<[Accessor<'a>; 2]>,
}

impl<'a> Skinning<'a> {
    /// Looks up and checks the joints and weights of a primitive.
    pub fn resolve(
        primitive: &Primitive,
        compression: Option<&DracoPrimitive>,
        pose: Arc<Pose>,
        vertices: usize,
        arrays: &mut Arrays<'a>,
    ) -> Result<Self, SceneError> {
        let mut resolve =
            |semantic: &Semantic| influence(primitive, compression, semantic, vertices, arrays);
        let mut sets = Vec::new();
        for set in 0..=SETS {
            let joints = resolve(&Semantic::Joints(set))?;
            let weights = resolve(&Semantic::Weights(set))?;
            match (joints, weights) {
                (Some(joints), Some(weights)) => sets.push([joints, weights]),
                (None, None) if set > 0 => break,
                _ => {
                    return Err(invalid(format!(
                        "its node has a skin, but JOINTS_{set} or WEIGHTS_{set} is missing."
                    )));
                }
            }
        }
        if sets.len() > SETS as usize {
            return Err(unsupported(format!(
                "JOINTS_{SETS}: more than {} joints for a vertex are not drawn.",
                4 * SETS
            )));
        }
        Ok(Self { pose, sets })
    }

    /// Reads the joints and weights.
    pub fn read(
        &self,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Influences, SceneError> {
        let mut sets = Vec::with_capacity(self.sets.len());
        for [joints, weights] in &self.sets {
            // The largest index is a number that a float holds.
            sets.push([arrays.vec4(joints, budget)?, arrays.vec4(weights, budget)?]);
        }
        Ok(Influences {
            pose: self.pose.clone(),
            sets,
        })
    }
}

fn influence<'a>(
    primitive: &Primitive,
    compression: Option<&DracoPrimitive>,
    semantic: &Semantic,
    vertices: usize,
    arrays: &mut Arrays<'a>,
) -> Result<Option<Accessor<'a>>, SceneError> {
    let name = semantic.to_string();
    let is_joint = matches!(semantic, Semantic::Joints(_));
    let key = Checked::Valid(semantic.clone());
    let Some(index) = primitive.attributes.get(&key) else {
        return Ok(None);
    };
    let index = index.value();
    let accessor = arrays.attribute(index, semantic, compression);
    let accessor = accessor.map_err(|e| e.within(&name))?;
    let layout = &accessor.layout;
    let fits = match layout.component {
        Component::U8 | Component::U16 => layout.normalized != is_joint,
        component => component == Component::F32 && !is_joint,
    };
    if layout.width != 4 || !fits {
        let words = if is_joint {
            "unsigned bytes or shorts, not normalized"
        } else {
            "floats or of normalized unsigned bytes or shorts"
        };
        return Err(invalid(format!(
            "{name}: accessor {index} must be a VEC4 of {words}."
        )));
    }
    if layout.count != vertices {
        return Err(invalid(format!(
            "{name}: accessor {index} has {}, but that of POSITION has {vertices}.",
            counted(layout.count, "element")
        )));
    }
    Ok(Some(accessor))
}

/// The joints of each vertex and how strongly it follows them.
#[derive(Debug)]
pub(in crate::scene) struct Influences {
    pose: Arc<Pose>,
    sets: Vec<[Arc<[[f32; 4]]>; 2]>,
}

impl Influences {
    /// Moves positions.
    pub fn positions(&self, given: &[[f32; 3]]) -> Result<Arc<[[f32; 3]]>, SceneError> {
        let moved = |(vertex, position): (usize, &[f32; 3])| {
            let point = self.matrix(vertex)?.transform_point3(wide(*position));
            let point = point.as_vec3();
            if point.is_finite() {
                Ok(point.to_array())
            } else {
                let text = format!("POSITION of vertex {vertex} is not finite when it is skinned.");
                Err(invalid(text))
            }
        };
        given.iter().enumerate().map(moved).collect()
    }

    /// Turns normals, by the cofactors of the matrix: what is perpendicular to a surface stays so.
    pub fn normals(&self, given: &[[f32; 3]]) -> Result<Arc<[[f32; 3]]>, SceneError> {
        let turned = |(vertex, normal): (usize, &[f32; 3])| {
            let DMat3 {
                x_axis: x,
                y_axis: y,
                z_axis: z,
            } = self.matrix(vertex)?.matrix3;
            let cofactors = DMat3::from_cols(y.cross(z), z.cross(x), x.cross(y));
            let normal = (cofactors * wide(*normal)).normalize_or_zero();
            Ok(normal.as_vec3().to_array())
        };
        given.iter().enumerate().map(turned).collect()
    }

    /// Turns tangents, which keep their sign.
    pub fn tangents(&self, given: &[[f32; 4]]) -> Result<Arc<[[f32; 4]]>, SceneError> {
        let turned = |(vertex, &[x, y, z, sign]): (usize, &[f32; 4])| {
            let matrix = self.matrix(vertex)?.matrix3;
            let tangent = (matrix * wide([x, y, z])).normalize_or_zero();
            Ok(tangent.as_vec3().extend(sign).to_array())
        };
        given.iter().enumerate().map(turned).collect()
    }

    /// The mean of the joints' matrices by their weights. A vertex whose weights are all 0 follows
    /// its first joint alone: glTF rules it out, and others that draw it do so.
    fn matrix(&self, vertex: usize) -> Result<DAffine3, SceneError> {
        let mut sum = DAffine3::ZERO;
        let mut total = 0.0;
        for (set, [joints, weights]) in self.sets.iter().enumerate() {
            for (joint, weight) in joints[vertex].iter().zip(weights[vertex]) {
                if weight < 0.0 {
                    return Err(invalid(format!(
                        "WEIGHTS_{set} of vertex {vertex} has {weight}, which is negative."
                    )));
                }
                if weight > 0.0 {
                    let joint = self.joint(set, vertex, *joint)?;
                    let weight = f64::from(weight);
                    sum.matrix3 += weight * joint.matrix3;
                    sum.translation += weight * joint.translation;
                    total += weight;
                }
            }
        }
        if total == 0.0 {
            return self.joint(0, vertex, self.sets[0][0][vertex][0]).copied();
        }
        sum.matrix3 *= 1.0 / total;
        sum.translation /= total;
        Ok(sum)
    }

    fn joint(&self, set: usize, vertex: usize, index: f32) -> Result<&DAffine3, SceneError> {
        let joints = &self.pose.joints;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it was an unsigned short"
        )]
        joints.get(index as usize).ok_or_else(|| {
            invalid(format!(
                "JOINTS_{set} of vertex {vertex} has {index}, but skin {} has {}.",
                self.pose.skin,
                counted(joints.len(), "joint")
            ))
        })
    }
}

fn wide(vector: [f32; 3]) -> DVec3 {
    DVec3::from(vector.map(f64::from))
}

#[cfg(test)]
#[path = "skin_tests.rs"]
mod tests;
