//! `render`: one scene to image files, the same way as a request but for HTTP.

use std::fs;
use std::path::Path;

use glam::DVec3;

use super::framing::BoundingSphere;
use super::{CommandError, scene_file};
use crate::cli::RenderArgs;
use crate::config;
use crate::pipeline;
use crate::protocol::{
    self, Camera, ClippingRange, DepthFormat, DepthRange, ErrorCode, ImageSize, ImageType,
    Intrinsics, Lens, PngCompression, Refusal,
};
use crate::render::{AdapterSelection, Frame, Outputs, Renderer, View};
use crate::scene::{CameraNode, Choice, Detail, Options, Projection, Scene, Selection};

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
    let scene = scene_file::load(&args.scene, options(args, detail)?)?;
    pipeline::log_omissions(&scene);
    let size = ImageSize::new(args.width.unwrap_or(WIDTH), args.height.unwrap_or(HEIGHT))?;
    let view = view(args, size, &scene)?;
    let seen = view.camera.clipping;
    let depth_range = DepthRange {
        min: seen.near,
        max: seen.far,
    };
    let depth_range = depth_range.with(args.min_depth, args.max_depth)?;
    let outputs = Outputs {
        color: args.color.is_some(),
        depth: args.depth.is_some().then_some(depth_range),
        label: args.label.is_some(),
    };
    let mut renderer = Renderer::new(&AdapterSelection {
        name: args.adapter.clone(),
        turn: 0,
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

/// How the arguments want a scene to be read.
pub(super) fn options(args: &RenderArgs, detail: Detail) -> Result<Options, CommandError> {
    let choice = |text: &Option<String>| text.as_deref().map(Choice::from);
    Ok(Options {
        limits: config::scene_limits(&args.limits)?,
        selection: Selection {
            animation: choice(&args.animation),
            time: args.time.map(protocol::seconds).transpose()?,
            variant: choice(&args.variant),
        },
        ..Options::new(detail)
    })
}

fn write(
    frame: &Frame,
    image_type: ImageType,
    depth_format: DepthFormat,
    path: &Path,
) -> Result<(), CommandError> {
    let (_, bytes) =
        pipeline::encode_image(frame, image_type, depth_format, PngCompression::default())?;
    fs::write(path, bytes).map_err(CommandError::file(path))
}

/// The camera of the arguments; what they leave open is that of the scene's camera, and what that
/// leaves open is chosen so that all of the scene is seen.
pub(super) fn view(args: &RenderArgs, size: ImageSize, scene: &Scene) -> Result<View, Refusal> {
    let choice = args.camera.as_deref().map(Choice::from);
    let node = pipeline::camera_node(scene, choice.as_ref())?;
    let sphere = BoundingSphere::of(scene);
    let camera = |lens, clipping: ClippingRange| -> Result<Camera, Refusal> {
        Ok(Camera {
            size,
            lens,
            clipping: clipping.with(args.near, args.far)?,
        })
    };
    let posed = |eye: DVec3, target: DVec3, lens| {
        let up = DVec3::from(args.up.unwrap_or([0.0, 1.0, 0.0]));
        let camera = camera(lens, sphere.clipping(eye))?;
        View::look_at(camera, eye, target, up).ok_or_else(|| {
            let message = "eye and target must differ, and up must not run along the view.";
            Refusal::new(ErrorCode::InvalidField, message)
        })
    };
    let pose = args.eye.zip(args.target);
    match (pose.map(|(e, t)| (e.into(), t.into())), node) {
        (Some((eye, target)), None) => {
            let intrinsics = pinhole(args, size, DEFAULT_FOV_Y)?;
            posed(eye, target, Lens::Pinhole(intrinsics))
        }
        (Some((eye, target)), Some(node)) => posed(eye, target, lens(args, size, node)?),
        (None, Some(node)) => {
            let lens = lens(args, size, node)?;
            let is_own = match (node.projection, lens) {
                (Projection::Perspective { .. }, _) => true,
                (Projection::Orthographic { .. }, lens) => !matches!(lens, Lens::Pinhole(_)),
            };
            let eye = node.world_from_camera.w_axis.truncate();
            // Those of an orthographic camera may begin at 0.
            let clipping = if is_own {
                pipeline::clipping(node)
            } else {
                sphere.clipping(eye)
            };
            Ok(View::new(camera(lens, clipping)?, node.world_from_camera))
        }
        (None, None) => {
            let intrinsics = pinhole(args, size, DEFAULT_FOV_Y)?;
            let eye = sphere.eye(size, &intrinsics);
            posed(eye, sphere.center, Lens::Pinhole(intrinsics))
        }
    }
}

/// The lens of the scene's camera, as far as the arguments do not replace it.
fn lens(args: &RenderArgs, size: ImageSize, node: &CameraNode) -> Result<Lens, Refusal> {
    let replaced = args.fov_y.is_some() || args.focal_y.is_some();
    let fov_y = match node.projection {
        Projection::Perspective { fov_y, .. } => fov_y,
        // One of the two is given, so this counts for nothing.
        Projection::Orthographic { .. } if replaced => DEFAULT_FOV_Y,
        Projection::Orthographic { .. } if args.center_x.or(args.center_y).is_some() => {
            return Err(Refusal::new(
                ErrorCode::InvalidField,
                "center_x and center_y are of no use to the scene's camera, which is orthographic; \
                 give fov_y or focal_y for a perspective camera in its place.",
            ));
        }
        Projection::Orthographic { .. } => return pipeline::lens(node, size),
    };
    pinhole(args, size, fov_y).map(Lens::Pinhole)
}

/// The intrinsics of the arguments; they have the field of view `fov_y` (radians) unless they say.
fn pinhole(args: &RenderArgs, size: ImageSize, fov_y: f64) -> Result<Intrinsics, Refusal> {
    let fov_y = args.fov_y.map_or(fov_y, f64::to_radians);
    let mut intrinsics = Intrinsics::from_fov_y(size, fov_y);
    if let Some(focal_y) = args.focal_y {
        intrinsics.focal_y = focal_y;
        intrinsics.focal_x = args.focal_x.unwrap_or(focal_y);
    }
    intrinsics.center_x = args.center_x.unwrap_or(intrinsics.center_x);
    intrinsics.center_y = args.center_y.unwrap_or(intrinsics.center_y);
    intrinsics.check(size)?;
    Ok(intrinsics)
}
