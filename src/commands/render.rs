//! `render`: one scene to image files, the same way as a request but for HTTP.

use std::fs;
use std::path::Path;

use glam::DVec3;

use super::framing::BoundingSphere;
use super::{CommandError, scene_file};
use crate::cli::RenderArgs;
use crate::pipeline;
use crate::protocol::{
    Camera, ClippingRange, DepthFormat, DepthRange, ErrorCode, ImageSize, ImageType, Intrinsics,
    Refusal,
};
use crate::render::{AdapterSelection, Frame, Outputs, Renderer, View};
use crate::scene::{CameraNode, Detail, Options, Projection, Scene};

/// Columns of the images where the arguments give none.
const WIDTH: u32 = 640;
/// Rows of the images where the arguments give none.
const HEIGHT: u32 = 480;
/// The vertical field of view where neither the arguments nor the scene give one.
const DEFAULT_FOV_Y: f64 = std::f64::consts::FRAC_PI_4;

/// Renders the images asked for, all from one submission, and writes them.
///
/// # Errors
/// If a file cannot be read or written, the scene or the camera is refused, or the GPU fails.
pub fn render(args: &RenderArgs) -> Result<(), CommandError> {
    let detail = if args.color.is_some() {
        Detail::Shading
    } else {
        Detail::Geometry
    };
    let scene = scene_file::load(&args.scene, Options::new(detail))?;
    pipeline::log_omissions(&scene);
    let size = ImageSize::new(args.width.unwrap_or(WIDTH), args.height.unwrap_or(HEIGHT))?;
    let view = view(args, size, &scene)?;
    let depth_range = DepthRange::new(
        args.min_depth.unwrap_or(view.camera.clipping.near),
        args.max_depth.unwrap_or(view.camera.clipping.far),
    )?;
    let outputs = Outputs {
        color: args.color.is_some(),
        depth: args.depth.is_some().then_some(depth_range),
        label: args.label.is_some(),
    };
    let mut renderer = Renderer::new(&AdapterSelection {
        name: args.adapter.clone(),
    })?;
    let frame = renderer.render(&scene, &view, &outputs)?;
    for (image_type, path) in [
        (ImageType::Color, &args.color),
        (ImageType::Depth, &args.depth),
        (ImageType::Label, &args.label),
    ] {
        if let Some(path) = path {
            write(&frame, image_type, args.depth_format, path)?;
        }
    }
    Ok(())
}

fn write(
    frame: &Frame,
    image_type: ImageType,
    depth_format: DepthFormat,
    path: &Path,
) -> Result<(), CommandError> {
    let (_, bytes) = pipeline::encode_image(frame, image_type, depth_format)?;
    fs::write(path, bytes).map_err(CommandError::file(path))
}

/// The camera of the arguments; what they leave open is that of the scene's first camera, and what
/// that leaves open is chosen so that all of the scene is seen.
pub(super) fn view(args: &RenderArgs, size: ImageSize, scene: &Scene) -> Result<View, Refusal> {
    let node = scene.cameras.first();
    let intrinsics = intrinsics(args, size, node)?;
    let sphere = BoundingSphere::of(scene);
    let posed = |eye: DVec3, target: DVec3, clipping| {
        let up = DVec3::from(args.up.unwrap_or([0.0, 1.0, 0.0]));
        let camera = Camera {
            size,
            intrinsics,
            clipping,
        };
        View::look_at(camera, eye, target, up).ok_or_else(|| {
            let message = "eye and target must differ, and up must not run along the view.";
            Refusal::new(ErrorCode::InvalidField, message)
        })
    };
    let clipping = |eye: DVec3, file: Option<(f64, Option<f64>)>| {
        let around = sphere.clipping(eye);
        let (near, far) = file.unwrap_or((around.near, None));
        ClippingRange::new(
            args.near.unwrap_or(near),
            args.far.or(far).unwrap_or(around.far.max(2.0 * near)),
        )
    };
    if let (Some(eye), Some(target)) = (args.eye, args.target) {
        let eye = DVec3::from(eye);
        return posed(eye, DVec3::from(target), clipping(eye, None)?);
    }
    if let Some(node) = node {
        let camera = Camera {
            size,
            intrinsics,
            clipping: clipping(node.world_from_camera.w_axis.truncate(), planes(node))?,
        };
        return Ok(View::new(camera, node.world_from_camera));
    }
    let eye = sphere.eye(size, &intrinsics);
    posed(eye, sphere.center, clipping(eye, None)?)
}

fn planes(node: &CameraNode) -> Option<(f64, Option<f64>)> {
    match node.projection {
        Projection::Perspective { near, far, .. } => Some((near, far)),
        Projection::Orthographic { .. } => None,
    }
}

fn intrinsics(
    args: &RenderArgs,
    size: ImageSize,
    node: Option<&CameraNode>,
) -> Result<Intrinsics, Refusal> {
    let from_file = match node.map(|node| (node.node, node.projection)) {
        Some((_, Projection::Perspective { fov_y, .. })) => Some(fov_y),
        Some((node, Projection::Orthographic { .. }))
            if args.fov_y.is_none() && args.focal_y.is_none() =>
        {
            return Err(Refusal::new(
                ErrorCode::SceneUnsupported,
                format!(
                    "scene: node {node}: its camera is orthographic, which is not drawn; give \
                     fov-y or focal-y for a perspective camera in its place."
                ),
            ));
        }
        _ => None,
    };
    let fov_y = args.fov_y.map(f64::to_radians).or(from_file);
    let mut intrinsics = Intrinsics::from_fov_y(size, fov_y.unwrap_or(DEFAULT_FOV_Y));
    if let Some(focal_y) = args.focal_y {
        intrinsics.focal_y = focal_y;
        intrinsics.focal_x = args.focal_x.unwrap_or(focal_y);
    }
    intrinsics.center_x = args.center_x.unwrap_or(intrinsics.center_x);
    intrinsics.center_y = args.center_y.unwrap_or(intrinsics.center_y);
    intrinsics.check(size)?;
    Ok(intrinsics)
}
