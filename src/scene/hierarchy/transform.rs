//! The transforms of nodes, in double precision.
//!
//! The `gltf` crate reads them in single precision, which moves a vertex by up to half a tenth of a
//! micrometre per metre: enough to shift an edge to the next position that a rasteriser can tell
//! apart. Drake's client writes all digits, so all are read.

use glam::{DAffine3, DMat3, DMat4, DQuat, DVec3};
use serde::Deserialize;

use crate::scene::SceneError;
use crate::scene::error::invalid;

/// How much the length of a rotation may differ from 1 because its numbers were rounded, be it to
/// bytes.
const ROUNDED: f64 = 0.01;

/// The transforms of all nodes, in their order in the file.
#[derive(Debug, Default, Deserialize)]
pub(in crate::scene) struct Transforms {
    #[serde(default)]
    nodes: Vec<Transform>,
}

/// The transform of one node, or of one instance, as the file gives it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(in crate::scene) struct Transform {
    /// Column by column.
    pub matrix: Option<[f64; 16]>,
    /// Metres.
    pub translation: Option<[f64; 3]>,
    /// A quaternion, its real part last; not necessarily of length 1.
    pub rotation: Option<[f64; 4]>,
    /// Along the axes.
    pub scale: Option<[f64; 3]>,
}

impl Transforms {
    /// The map from a node's frame to its parent's; the identity for a node that is not there.
    ///
    /// # Errors
    /// If a number is not finite, a rotation is zero, or a matrix is not affine.
    pub fn parent_from_node(&self, node: usize) -> Result<DAffine3, SceneError> {
        self.nodes
            .get(node)
            .map_or(Ok(DAffine3::IDENTITY), Transform::resolve)
    }

    /// The map from a node's frame to the scene's, by that from its parent's.
    ///
    /// # Errors
    /// Those of [`Self::parent_from_node`], or if a number of the product is not finite.
    pub fn world_from_node(
        &self,
        world_from_parent: &DAffine3,
        node: usize,
    ) -> Result<DAffine3, SceneError> {
        let world = *world_from_parent * self.parent_from_node(node)?;
        if !fits(&world.to_cols_array()) {
            return Err(invalid("its transform in the scene is not finite."));
        }
        Ok(world)
    }

    /// What is odd about a node's transform; see [`Transform::oddity`].
    pub fn oddity(&self, node: usize) -> Option<&'static str> {
        self.nodes.get(node).and_then(Transform::oddity)
    }

    /// The transform of a node, to be changed.
    pub fn get_mut(&mut self, node: usize) -> Option<&mut Transform> {
        self.nodes.get_mut(node)
    }
}

impl From<Vec<Transform>> for Transforms {
    fn from(nodes: Vec<Transform>) -> Self {
        Self { nodes }
    }
}

impl Transform {
    /// What breaks a rule of glTF about it though it can be drawn, as the end of a sentence.
    pub fn oddity(&self) -> Option<&'static str> {
        if self.matrix.is_some() {
            let others = Self {
                matrix: None,
                ..*self
            };
            let is_identity = |map: DAffine3| map.abs_diff_eq(DAffine3::IDENTITY, f64::EPSILON);
            return (!others.resolve().is_ok_and(is_identity)).then_some(
                "it has a matrix, so that its translation, rotation and scale are ignored.",
            );
        }
        let length = DQuat::from_array(self.rotation?).length();
        ((length - 1.0).abs() > ROUNDED)
            .then_some("its rotation is no unit quaternion and was made one.")
    }

    /// The map that it stands for.
    ///
    /// `matrix` wins over the other properties: Drake's client leaves a `rotation` in place beside
    /// the `matrix` that already contains it.
    ///
    /// # Errors
    /// If a number is not finite, a rotation is zero, or a matrix is not affine.
    pub fn resolve(&self) -> Result<DAffine3, SceneError> {
        if let Some(matrix) = self.matrix {
            return affine(&DMat4::from_cols_array(&matrix));
        }
        let translation = self.translation.map_or(DVec3::ZERO, DVec3::from);
        let scale = self.scale.map_or(DVec3::ONE, DVec3::from);
        let rotation = self
            .rotation
            .map_or(DQuat::IDENTITY, |q| DQuat::from_array(q).normalize());
        for (fault, is_good) in [
            ("translation is not finite.", fits(&translation.to_array())),
            ("rotation is not finite, or zero.", rotation.is_finite()),
            ("scale is not finite.", fits(&scale.to_array())),
        ] {
            if !is_good {
                return Err(invalid(fault));
            }
        }
        Ok(DAffine3 {
            matrix3: DMat3::from_quat(rotation) * DMat3::from_diagonal(scale),
            translation,
        })
    }
}

fn affine(matrix: &DMat4) -> Result<DAffine3, SceneError> {
    let row = matrix.row(3).to_array();
    #[expect(clippy::float_cmp, reason = "glTF demands exactly these numbers")]
    if row != [0.0, 0.0, 0.0, 1.0] {
        return Err(invalid(format!(
            "the last row of matrix is {row:?}; only affine transforms, [0, 0, 0, 1], are drawn."
        )));
    }
    if !fits(&matrix.to_cols_array()) {
        return Err(invalid("matrix is not finite."));
    }
    Ok(DAffine3::from_mat4(*matrix))
}

/// Whether the numbers are finite, also in the GPU's single precision.
pub(in crate::scene) fn fits(numbers: &[f64]) -> bool {
    numbers.iter().all(|x| x.abs() <= f64::from(f32::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn read(json: &str) -> Result<DAffine3, SceneError> {
        let transforms: Transforms = serde_json::from_str(json).unwrap();
        transforms.parent_from_node(0)
    }

    #[test]
    fn keeps_every_digit_and_prefers_the_matrix() {
        let json = r#"{"nodes":[{"rotation":[0,0.389,0,0.921],
            "matrix":[1,0,0,0, 0,1,0,0, 0,0,1,0, 0.1,0.3181980515339464,3,1]}]}"#;
        let map = read(json).unwrap();
        assert_eq!(
            map.translation,
            DVec3::new(0.1, 0.318_198_051_533_946_4, 3.0)
        );
        assert_eq!(map.matrix3, DMat3::IDENTITY);
    }

    #[test]
    fn broken_rules_are_told_where_they_matter() {
        let matrix = "\"matrix\":[2,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1]";
        for (json, word) in [
            (format!("{{{matrix}}}"), None),
            (
                format!(
                    "{{{matrix}, \"translation\":[0,0,0], \"rotation\":[0,0,0,1], \"scale\":[1,1,1]}}"
                ),
                None,
            ),
            (
                format!("{{{matrix}, \"translation\":[0,1,0]}}"),
                Some("matrix"),
            ),
            (
                format!("{{{matrix}, \"rotation\":[1,0,0,0]}}"),
                Some("matrix"),
            ),
            (format!("{{{matrix}, \"scale\":[1,1,2]}}"), Some("matrix")),
            ("{\"rotation\":[0,0.389,0,0.921]}".into(), None),
            ("{\"rotation\":[1,1,1,1]}".into(), Some("unit quaternion")),
            ("{\"translation\":[1,2,3], \"scale\":[2,2,2]}".into(), None),
        ] {
            let transform: Transform = serde_json::from_str(&json).unwrap();
            let said = transform.oddity();
            assert_eq!(said.is_some(), word.is_some(), "{json}");
            assert!(
                said.unwrap_or_default().contains(word.unwrap_or_default()),
                "{json}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_affine_or_not_finite() {
        for (json, part) in [
            (
                r#"{"nodes":[{"matrix":[1,0,0,0.5, 0,1,0,0, 0,0,1,0, 0,0,0,1]}]}"#,
                "last row",
            ),
            (r#"{"nodes":[{"rotation":[0,0,0,0]}]}"#, "rotation"),
        ] {
            let message = read(json).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
