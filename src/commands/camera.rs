//! Where the camera of `render` stands, and what lens it has.

use glam::{DQuat, DVec3};

use super::framing::{BoundingSphere, upright};
use crate::cli::{Orbit, RenderArgs};
use crate::pipeline;
use crate::protocol::{Camera, ClippingRange, ErrorCode, ImageSize, Intrinsics, Lens, Refusal};
use crate::render::View;
use crate::scene::{CameraNode, Choice, Projection, Scene};

/// The vertical field of view where neither the arguments nor the scene give one.
const DEFAULT_FOV_Y: f64 = std::f64::consts::FRAC_PI_4;
/// From where a scene is seen that has no camera: in front (glTF's models face +Z), to the right and
/// above.
const DEFAULT_ORBIT: Orbit = Orbit {
    azimuth: 30.0,
    elevation: 20.0,
    distance: None,
};

/// The camera of the arguments; what they leave open is that of the scene's camera, and what that
/// leaves open is chosen so that all of the scene is seen.
pub(super) struct CameraPlan<'a> {
    args: &'a RenderArgs,
    size: ImageSize,
    /// The scene's camera.
    node: Option<&'a CameraNode>,
    sphere: BoundingSphere,
}

impl<'a> CameraPlan<'a> {
    /// The camera of the arguments in a scene.
    ///
    /// # Errors
    /// If they choose a camera of the scene that cannot be used.
    pub fn new(args: &'a RenderArgs, size: ImageSize, scene: &'a Scene) -> Result<Self, Refusal> {
        let choice = args.camera.as_deref().map(Choice::from);
        Ok(Self {
            args,
            size,
            node: pipeline::camera_node(scene, choice.as_ref())?,
            sphere: BoundingSphere::of(scene),
        })
    }

    /// What it sees. A camera that is placed around the scene has gone `turn` degrees further.
    ///
    /// # Errors
    /// If the numbers make no camera.
    pub fn view(&self, turn: f64) -> Result<View, Refusal> {
        if let Some((eye, target)) = self.args.eye.zip(self.args.target) {
            return self.looking(self.lens()?, eye.into(), target.into(), self.up());
        }
        let is_around = self.args.turntable.is_some() || self.node.is_none();
        match (self.args.orbit, self.node) {
            (Some(orbit), _) => self.around(orbit, turn),
            (None, Some(node)) if !is_around => self.at(node),
            (None, _) => self.around(DEFAULT_ORBIT, turn),
        }
    }

    /// At the pose of the scene's camera.
    fn at(&self, node: &CameraNode) -> Result<View, Refusal> {
        let lens = self.lens()?;
        let is_own = match (node.projection, lens) {
            (Projection::Perspective { .. }, _) => true,
            (Projection::Orthographic { .. }, lens) => !matches!(lens, Lens::Pinhole(_)),
        };
        let eye = node.world_from_camera.w_axis.truncate();
        // Those of an orthographic camera may begin at 0.
        let clipping = if is_own {
            pipeline::clipping(node)
        } else {
            self.sphere.clipping(eye)
        };
        let camera = self.camera(lens, clipping)?;
        Ok(View::new(camera, node.world_from_camera))
    }

    /// On the way around the middle of the scene.
    fn around(&self, orbit: Orbit, turn: f64) -> Result<View, Refusal> {
        let lens = self.lens()?;
        let distance = match (orbit.distance, lens) {
            (Some(distance), _) => distance,
            (None, Lens::Pinhole(intrinsics)) => self.sphere.distance(self.size, &intrinsics),
            // Its image is the same from everywhere; outside nothing is cut away.
            (None, Lens::Orthographic { .. }) => 2.0 * self.sphere.radius,
        };
        let axis = self.up().try_normalize().ok_or_else(|| {
            let message = "up must not be 0,0,0.";
            Refusal::new(ErrorCode::InvalidField, message)
        })?;
        let turned = DQuat::from_rotation_arc(DVec3::Y, axis);
        let directions = upright(orbit.azimuth + turn, orbit.elevation);
        let [back, up] = directions.map(|direction| turned * direction);
        let middle = self.sphere.center;
        self.looking(lens, middle + distance * back, middle, up)
    }

    fn up(&self) -> DVec3 {
        self.args.up.map_or(DVec3::Y, DVec3::from)
    }

    fn looking(&self, lens: Lens, eye: DVec3, target: DVec3, up: DVec3) -> Result<View, Refusal> {
        let camera = self.camera(lens, self.sphere.clipping(eye))?;
        View::look_at(camera, eye, target, up).ok_or_else(|| {
            let message = "eye and target must differ, and up must not run along the view.";
            Refusal::new(ErrorCode::InvalidField, message)
        })
    }

    fn camera(&self, lens: Lens, clipping: ClippingRange) -> Result<Camera, Refusal> {
        Ok(Camera {
            size: self.size,
            lens,
            clipping: clipping.with(self.args.near, self.args.far)?,
        })
    }

    /// The lens of the scene's camera, as far as the arguments do not replace it.
    fn lens(&self) -> Result<Lens, Refusal> {
        let args = self.args;
        let Some(node) = self.node else {
            return self.pinhole(DEFAULT_FOV_Y);
        };
        let is_replaced = args.fov_y.is_some() || args.focal_y.is_some();
        match node.projection {
            Projection::Perspective { fov_y, .. } => self.pinhole(fov_y),
            // One of the two is given, so this counts for nothing.
            Projection::Orthographic { .. } if is_replaced => self.pinhole(DEFAULT_FOV_Y),
            Projection::Orthographic { .. } if args.center_x.or(args.center_y).is_some() => {
                Err(Refusal::new(
                    ErrorCode::InvalidField,
                    "center_x and center_y are of no use to the scene's camera, which is \
                     orthographic; give fov_y or focal_y for a perspective camera in its place.",
                ))
            }
            Projection::Orthographic { .. } => pipeline::lens(node, self.size),
        }
    }

    /// The lens of the arguments; it has the field of view `fov_y` (radians) unless they say.
    fn pinhole(&self, fov_y: f64) -> Result<Lens, Refusal> {
        let args = self.args;
        let fov_y = args.fov_y.map_or(fov_y, f64::to_radians);
        let mut intrinsics = Intrinsics::from_fov_y(self.size, fov_y);
        if let Some(focal_y) = args.focal_y {
            intrinsics.focal_y = focal_y;
            intrinsics.focal_x = args.focal_x.unwrap_or(focal_y);
        }
        intrinsics.center_x = args.center_x.unwrap_or(intrinsics.center_x);
        intrinsics.center_y = args.center_y.unwrap_or(intrinsics.center_y);
        intrinsics.check(self.size)?;
        Ok(Lens::Pinhole(intrinsics))
    }
}
