//! `KHR_lights_punctual`: the lights of the file.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

use glam::{DAffine3, DMat4};
use gltf::json::{Node, Root};
use serde::Deserialize;
use serde_json::Value;

use super::camera;
use crate::scene::error::{invalid, lookup};
use crate::scene::file::document::quote;
use crate::scene::file::extensions::{extension, read_value};
use crate::scene::{LightKind, LightNode, SceneError};

/// The extension's name.
pub(in crate::scene) const NAME: &str = "KHR_lights_punctual";

/// The light that a node names.
#[derive(Deserialize)]
struct Reference {
    light: usize,
}

/// A light as the file gives it.
#[derive(Deserialize)]
struct Light {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default = "white")]
    color: [f64; 3],
    #[serde(default = "one")]
    intensity: f64,
    range: Option<f64>,
    spot: Option<Spot>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spot {
    #[serde(default)]
    inner_cone_angle: f64,
    #[serde(default = "eighth")]
    outer_cone_angle: f64,
}

fn white() -> [f64; 3] {
    [1.0; 3]
}

fn one() -> f64 {
    1.0
}

fn eighth() -> f64 {
    FRAC_PI_4
}

/// The lights that nodes may name, as JSON.
pub(in crate::scene) fn list(root: &Root) -> &[Value] {
    let extensions = root.extensions.as_ref();
    extensions
        .and_then(|extensions| extensions.others.get(NAME)?.get("lights")?.as_array())
        .map_or(&[], Vec::as_slice)
}

/// The same, to be changed.
pub(in crate::scene) fn list_mut(root: &mut Root) -> &mut [Value] {
    let extensions = root.extensions.as_mut();
    extensions
        .and_then(|extensions| {
            let lights = extensions.others.get_mut(NAME)?.get_mut("lights")?;
            lights.as_array_mut()
        })
        .map_or(&mut [], Vec::as_mut_slice)
}

/// The light of node `index`, if it has one.
///
/// # Errors
/// If the file breaks a rule of the extension.
pub(in crate::scene) fn of_node(
    root: &Root,
    node: &Node,
    index: usize,
    world: &DAffine3,
) -> Result<Option<LightNode>, SceneError> {
    let object = node
        .extensions
        .as_ref()
        .map(|extensions| &extensions.others);
    let Some(Reference { light }) = extension(object, NAME)? else {
        return Ok(None);
    };
    let json = lookup(list(root), light, "light")?;
    read_value(json, NAME)
        .and_then(|light: Light| light.place(world, index))
        .map(Some)
        .map_err(|e| e.within(format_args!("light {light}")))
}

/// A light's pose: that of a camera at the node; that of a point light is not turned. None if the
/// node's frame has no such directions.
pub(in crate::scene) fn pose(kind: LightKind, world: &DAffine3) -> Option<DMat4> {
    match kind {
        LightKind::Point => Some(DMat4::from_translation(world.translation)),
        LightKind::Directional | LightKind::Spot { .. } => camera::pose(world),
    }
}

impl Light {
    fn place(&self, world: &DAffine3, node: usize) -> Result<LightNode, SceneError> {
        if self.color.iter().any(|x| *x < 0.0) {
            return Err(invalid(format!("color {:?} is negative.", self.color)));
        }
        if self.intensity < 0.0 {
            return Err(invalid(format!(
                "intensity {} is negative.",
                self.intensity
            )));
        }
        if self.range.is_some_and(|range| range <= 0.0) {
            return Err(invalid("range is not a positive number."));
        }
        let kind = match (self.kind.as_str(), &self.spot) {
            ("directional", _) => LightKind::Directional,
            ("point", _) => LightKind::Point,
            ("spot", Some(spot)) => spot.kind()?,
            ("spot", None) => return Err(invalid("it is a spot, but the object spot is missing.")),
            (other, _) => {
                let other = quote(other.as_bytes());
                return Err(invalid(format!(
                    "type {other} is none of directional, point and spot."
                )));
            }
        };
        let world_from_light = pose(kind, world)
            .ok_or_else(|| invalid("the node's transform gives its light no direction."))?;
        Ok(LightNode {
            world_from_light,
            kind,
            color: self.color,
            intensity: self.intensity,
            range: self.range.filter(|_| kind != LightKind::Directional),
            node,
        })
    }
}

impl Spot {
    fn kind(&self) -> Result<LightKind, SceneError> {
        let (inner, outer) = (self.inner_cone_angle, self.outer_cone_angle);
        if !(0.0 <= inner && inner < outer && outer <= FRAC_PI_2) {
            return Err(invalid(format!(
                "spot: innerConeAngle {inner} and outerConeAngle {outer} are not 0 <= inner < \
                 outer <= pi / 2."
            )));
        }
        Ok(LightKind::Spot {
            inner_cone_angle: inner,
            outer_cone_angle: outer,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use glam::DVec3;
    use serde_json::json;

    use super::*;
    use crate::scene::testing::{load, triangle};

    fn lit(light: &Value) -> Value {
        let mut scene = triangle();
        scene["nodes"][0]["scale"] = json!([2, 2, 2]);
        scene["nodes"][0]["translation"] = json!([1, 2, 3]);
        scene["nodes"][0]["extensions"] = json!({NAME: {"light": 0}});
        scene["extensions"] = json!({NAME: {"lights": [light]}});
        scene["extensionsRequired"] = json!([NAME]);
        scene
    }

    #[test]
    fn defaults_are_those_of_the_extension() {
        let light = |json| load(&lit(&json)).unwrap().lights[0];
        let pose = DMat4::from_translation(DVec3::new(1.0, 2.0, 3.0));
        let expected = LightNode {
            world_from_light: pose,
            kind: LightKind::Directional,
            color: [1.0; 3],
            intensity: 1.0,
            range: None,
            node: 0,
        };
        assert_eq!(light(json!({"type": "directional", "range": 3})), expected);
        let point = LightNode {
            kind: LightKind::Point,
            range: Some(3.0),
            ..expected
        };
        assert_eq!(light(json!({"type": "point", "range": 3})), point);
        let spot = LightNode {
            kind: LightKind::Spot {
                inner_cone_angle: 0.0,
                outer_cone_angle: FRAC_PI_4,
            },
            ..expected
        };
        assert_eq!(light(json!({"type": "spot", "spot": {}})), spot);
    }

    /// Why the light of a scene, which is drawn all the same, is left out.
    fn left_out(scene: &Value) -> String {
        let loaded = load(scene).unwrap();
        assert_eq!((loaded.instances.len(), loaded.lights.len()), (1, 0));
        let reason = loaded.warnings[0].strip_prefix("node 0: its light is left out: ");
        reason.unwrap().to_owned()
    }

    #[test]
    fn a_point_light_needs_no_direction() {
        let mut scene = lit(&json!({"type": "point"}));
        scene["nodes"][0]["scale"] = json!([1, 1, 0]);
        assert_eq!(load(&scene).unwrap().lights.len(), 1);
        scene["extensions"][NAME]["lights"][0]["type"] = json!("directional");
        assert_eq!(
            left_out(&scene),
            "light 0: the node's transform gives its light no direction."
        );
    }

    #[test]
    fn impossible_lights_are_left_out() {
        for (light, message) in [
            (
                json!({"type": "sun"}),
                "type \"sun\" is none of directional, point and spot.",
            ),
            (
                json!({"type": "spot"}),
                "it is a spot, but the object spot is missing.",
            ),
            (
                json!({"type": "point", "color": [1, -1, 0]}),
                "color [1.0, -1.0, 0.0] is negative.",
            ),
            (
                json!({"type": "point", "intensity": -2}),
                "intensity -2 is negative.",
            ),
            (
                json!({"type": "point", "range": 0}),
                "range is not a positive number.",
            ),
            (
                json!({"type": "spot", "spot": {"innerConeAngle": 1, "outerConeAngle": 1}}),
                "spot: innerConeAngle 1 and outerConeAngle 1 are not 0 <= inner < outer <= pi / 2.",
            ),
            (
                json!({"intensity": 1}),
                "KHR_lights_punctual: missing field `type`.",
            ),
        ] {
            assert_eq!(left_out(&lit(&light)), format!("light 0: {message}"));
        }
        let mut scene = lit(&json!({"type": "point"}));
        scene["nodes"][0]["extensions"][NAME]["light"] = json!(2);
        assert_eq!(
            left_out(&scene),
            "refers to light 2, but the file has 1 of them."
        );
    }
}
