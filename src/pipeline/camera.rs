//! The camera of an image: a lens from the request or from the file, at a pose from the file.

use crate::protocol::field::quoted;
use crate::protocol::form::MAX_LENGTH;
use crate::protocol::{
    Camera, CameraRequest, ClippingRange, ErrorCode, ImageSize, Intrinsics, Lens, Optics, Refusal,
};
use crate::render::View;
use crate::scene::{CameraNode, Choice, Projection, Scene};

/// The view that a request asks for.
///
/// # Errors
/// If the scene does not have that camera, or it cannot be used.
pub fn view(request: &CameraRequest, scene: &Scene) -> Result<View, Refusal> {
    let node = required_camera_node(scene, request.choice.as_ref())?;
    let size = request.size;
    let (lens, clipping) = match request.optics {
        Optics::Given {
            intrinsics,
            clipping,
        } => (Lens::Pinhole(intrinsics), clipping),
        Optics::OfScene { near, far } => (lens(node, size)?, clipping(node).with(near, far)?),
    };
    let camera = Camera {
        size,
        lens,
        clipping,
    };
    Ok(View::new(camera, node.world_from_camera))
}

/// The camera of the scene that is chosen, or its first.
///
/// # Errors
/// If there is none, or it cannot be used.
pub fn required_camera_node<'s>(
    scene: &'s Scene,
    choice: Option<&Choice>,
) -> Result<&'s CameraNode, Refusal> {
    camera_node(scene, choice)?.ok_or_else(|| {
        Refusal::new(
            ErrorCode::SceneWithoutCamera,
            "scene: no node of the scene has a camera; the image is taken from the first one.",
        )
    })
}

/// The camera of the scene that is chosen, or its first; none if it has none.
///
/// # Errors
/// If one is chosen that the scene does not have, or that cannot be used.
pub fn camera_node<'s>(
    scene: &'s Scene,
    choice: Option<&Choice>,
) -> Result<Option<&'s CameraNode>, Refusal> {
    let node = scene.camera(choice)?;
    let said = match (node, choice) {
        (Some(_), _) | (None, None) => return Ok(node),
        (None, Some(Choice::Index(index))) => {
            format!("camera: no node of the scene has the glTF camera {index}.")
        }
        (None, Some(Choice::Name(name))) => format!(
            "camera: no node of the scene has a camera named {}, or has that name and a camera.",
            quoted(name)
        ),
    };
    Err(Refusal::new(ErrorCode::InvalidField, said))
}

/// The lens of a camera in the file. Pixels of perspective cameras are square and the principal
/// point is in the middle: glTF leaves `aspectRatio` to the image (3.10.3.2).
///
/// # Errors
/// If it is too narrow for the numbers of a GPU.
pub fn lens(node: &CameraNode, size: ImageSize) -> Result<Lens, Refusal> {
    let (lens, narrowest) = match node.projection {
        Projection::Perspective { fov_y, .. } => {
            let intrinsics = Intrinsics::from_fov_y(size, fov_y);
            (Lens::Pinhole(intrinsics), 1.0 / intrinsics.focal_y)
        }
        Projection::Orthographic { x_mag, y_mag, .. } => {
            (Lens::Orthographic { x_mag, y_mag }, x_mag.min(y_mag))
        }
    };
    if narrowest < 1.0 / MAX_LENGTH {
        let camera = node.camera;
        let message = format!("scene: camera {camera}: its lens is too narrow to draw with.");
        return Err(Refusal::new(ErrorCode::SceneUnsupported, message));
    }
    Ok(lens)
}

/// The clipping planes of a camera in the file. Without `zfar` there is no far plane, as glTF has it
/// (3.10.3.3): the depth buffer is reversed, so that it costs no precision.
#[must_use]
pub fn clipping(node: &CameraNode) -> ClippingRange {
    match node.projection {
        Projection::Perspective { near, far, .. } => ClippingRange {
            near,
            far: far.unwrap_or(f64::INFINITY),
        },
        Projection::Orthographic { near, far, .. } => ClippingRange { near, far },
    }
}
