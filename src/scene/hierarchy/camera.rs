//! Cameras of the file: lens and pose.

use glam::{DAffine3, DMat4};
use gltf::json::Camera;
use gltf::json::camera::Type;
use gltf::json::validation::Checked;

use crate::scene::error::{invalid, lookup};
use crate::scene::{Projection, SceneError};

/// A camera's pose: the node's without its scale, which glTF says to ignore (3.10).
///
/// The viewing direction (-Z) is kept exactly, then the direction that is up in the image. None if
/// the node's frame has no such directions. Lights have poses in the same way.
pub(in crate::scene) fn pose(world: &DAffine3) -> Option<DMat4> {
    let z = world.matrix3.z_axis.try_normalize()?;
    let y = (world.matrix3.y_axis - z * z.dot(world.matrix3.y_axis)).try_normalize()?;
    Some(DMat4::from_cols(
        y.cross(z).extend(0.0),
        y.extend(0.0),
        z.extend(0.0),
        world.translation.extend(1.0),
    ))
}

/// The pose and the lens of camera `index` at a node.
pub(in crate::scene) fn read(
    cameras: &[Camera],
    index: usize,
    world: &DAffine3,
) -> Result<(DMat4, Projection), SceneError> {
    let json = lookup(cameras, index, "camera")?;
    let pose = pose(world)
        .ok_or_else(|| invalid("the node's transform gives its camera no direction."))?;
    let projection = projection(json).map_err(|e| e.within(format_args!("camera {index}")))?;
    Ok((pose, projection))
}

/// A camera's lens, checked.
fn projection(camera: &Camera) -> Result<Projection, SceneError> {
    match (&camera.type_, &camera.perspective, &camera.orthographic) {
        (Checked::Valid(Type::Perspective), Some(lens), _) => {
            let fov_y = positive("yfov", lens.yfov)?;
            let near = positive("znear", lens.znear)?;
            let far = lens.zfar.map(f64::from);
            if fov_y >= std::f64::consts::PI {
                return Err(invalid(format!("yfov {fov_y} is not less than pi.")));
            }
            if far.is_some_and(|far| far.is_nan() || far <= near) {
                return Err(invalid("zfar is not greater than znear."));
            }
            Ok(Projection::Perspective { fov_y, near, far })
        }
        (Checked::Valid(Type::Orthographic), _, Some(lens)) => {
            let (near, far) = (f64::from(lens.znear), f64::from(lens.zfar));
            if !(0.0 <= near && near < far && far.is_finite()) {
                return Err(invalid(format!(
                    "znear {near} and zfar {far} are not 0 <= znear < zfar."
                )));
            }
            Ok(Projection::Orthographic {
                x_mag: positive("xmag", lens.xmag)?,
                y_mag: positive("ymag", lens.ymag)?,
                near,
                far,
            })
        }
        _ => Err(invalid(
            "type is neither perspective nor orthographic, or the object of that name is missing.",
        )),
    }
}

fn positive(name: &str, value: f32) -> Result<f64, SceneError> {
    if value.is_finite() && value > 0.0 {
        Ok(f64::from(value))
    } else {
        Err(invalid(format!("{name} {value} is not a positive number.")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use glam::{DMat3, DVec3};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn scale_and_shear_and_mirror_are_taken_out() {
        let matrix3 = DMat3::from_cols(
            DVec3::new(-3.0, 0.0, 0.0),
            DVec3::new(0.0, 2.0, 1.0),
            DVec3::new(0.0, 0.0, 5.0),
        );
        let world = DAffine3 {
            matrix3,
            translation: DVec3::new(1.0, 2.0, 3.0),
        };
        let expected = DMat4::from_translation(world.translation);
        assert!(pose(&world).unwrap().abs_diff_eq(expected, 1e-12));
    }

    #[test]
    fn a_flat_node_has_no_camera() {
        let flat = DAffine3::from_scale(DVec3::new(1.0, 1.0, 0.0));
        assert_eq!(pose(&flat), None);
    }

    fn lens(json: Value) -> Result<Projection, String> {
        projection(&serde_json::from_value(json).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn lenses() {
        let json = json!({"type": "perspective", "perspective": {"yfov": 0.5, "znear": 0.25}});
        assert_eq!(
            lens(json).unwrap(),
            Projection::Perspective {
                fov_y: 0.5,
                near: 0.25,
                far: None
            }
        );
        let json = json!({
            "type": "orthographic",
            "orthographic": {"xmag": 2, "ymag": 1, "znear": 0, "zfar": 9}
        });
        assert_eq!(
            lens(json).unwrap(),
            Projection::Orthographic {
                x_mag: 2.0,
                y_mag: 1.0,
                near: 0.0,
                far: 9.0
            }
        );
    }

    #[test]
    fn impossible_lenses_are_refused() {
        let perspective = |lens: Value| json!({"type": "perspective", "perspective": lens});
        let orthographic = |lens: Value| json!({"type": "orthographic", "orthographic": lens});
        for (json, message) in [
            (
                perspective(json!({"yfov": 0, "znear": 1})),
                "yfov 0 is not a positive number.",
            ),
            (
                perspective(json!({"yfov": 4, "znear": 1})),
                "yfov 4 is not less than pi.",
            ),
            (
                perspective(json!({"yfov": 1, "znear": -1})),
                "znear -1 is not a positive number.",
            ),
            (
                perspective(json!({"yfov": 1, "znear": 1, "zfar": 1})),
                "zfar is not greater than znear.",
            ),
            (
                orthographic(json!({"xmag": 0, "ymag": 1, "znear": 0, "zfar": 9})),
                "xmag 0 is not a positive number.",
            ),
            (
                orthographic(json!({"xmag": 1, "ymag": 1, "znear": 2, "zfar": 1})),
                "znear 2 and zfar 1 are not 0 <= znear < zfar.",
            ),
            (
                json!({"type": "perspective"}),
                "type is neither perspective nor orthographic, or the object of that name is \
                 missing.",
            ),
        ] {
            assert_eq!(lens(json).unwrap_err(), format!("scene: {message}"));
        }
    }
}
