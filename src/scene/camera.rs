//! Cameras of the file: lens and pose.

use glam::{DAffine3, DMat4};
use gltf::json::Camera;
use gltf::json::camera::Type;
use gltf::json::validation::Checked;

use super::error::invalid;
use super::{Projection, SceneError};

/// A camera's pose: the node's without its scale, which glTF says to ignore (3.10).
///
/// The viewing direction (-Z) is kept exactly, then the direction that is up in the image.
pub(super) fn pose(world: &DAffine3) -> Result<DMat4, SceneError> {
    let back = world.matrix3.z_axis.try_normalize();
    let pose = back.and_then(|z| {
        let y = (world.matrix3.y_axis - z * z.dot(world.matrix3.y_axis)).try_normalize()?;
        Some(DMat4::from_cols(
            y.cross(z).extend(0.0),
            y.extend(0.0),
            z.extend(0.0),
            world.translation.extend(1.0),
        ))
    });
    pose.ok_or_else(|| invalid("the node's transform gives its camera no direction."))
}

/// A camera's lens, checked.
pub(super) fn projection(camera: &Camera) -> Result<Projection, SceneError> {
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
