//! The pinhole camera of a request: image size, intrinsics, clipping and depth range.

use super::field::invalid;
use super::form::MAX_LENGTH;
use super::{ImageLimits, Refusal};

/// The size of an image in pixels; both sides are at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImageSize {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl ImageSize {
    /// Checks the size.
    ///
    /// # Errors
    /// If a side is 0, or a side or the whole is larger than the highest [`ImageLimits`].
    pub fn new(width: u32, height: u32) -> Result<Self, Refusal> {
        ImageLimits::default().size(width, height)
    }
}

/// The least focal length, pixels: what is shorter is nothing in 32-bit floats.
pub const LEAST_FOCAL: f64 = 1.0 / MAX_LENGTH;

/// The intrinsics of a pinhole camera, in pixels.
///
/// The camera frame is the one of computer vision: +X right, +Y down, +Z forward. A point (X, Y, Z)
/// of that frame falls on the image at (`focal_x`·X/Z + `center_x`, `focal_y`·Y/Z + `center_y`),
/// where the pixel in column i and row j covers [i, i+1) × [j, j+1), so that the ray of a pixel's
/// centre is ((i + 0.5 − `center_x`)/`focal_x`, (j + 0.5 − `center_y`)/`focal_y`, 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intrinsics {
    /// Focal length along x, > 0.
    pub focal_x: f64,
    /// Focal length along y, > 0.
    pub focal_y: f64,
    /// Column of the principal point.
    pub center_x: f64,
    /// Row of the principal point.
    pub center_y: f64,
}

impl Intrinsics {
    /// A centred camera with square pixels and the vertical field of view `fov_y` (radians).
    #[must_use]
    pub fn from_fov_y(size: ImageSize, fov_y: f64) -> Self {
        let focal = f64::from(size.height) / 2.0 / (fov_y / 2.0).tan();
        Self {
            focal_x: focal,
            focal_y: focal,
            center_x: f64::from(size.width) / 2.0,
            center_y: f64::from(size.height) / 2.0,
        }
    }

    /// Checks the intrinsics against the size of the image.
    ///
    /// # Errors
    /// If a focal length is not a number of [`LEAST_FOCAL`] or more, or the principal point is not in the image.
    pub fn check(&self, size: ImageSize) -> Result<(), Refusal> {
        for (name, focal) in [("focal_x", self.focal_x), ("focal_y", self.focal_y)] {
            if !focal.is_finite() || focal <= 0.0 {
                return Err(invalid(format!(
                    "{name} must be a number greater than 0, not {focal}."
                )));
            }
            if focal < LEAST_FOCAL {
                return Err(invalid(format!(
                    "{name} must be at least {LEAST_FOCAL:e}, not {focal:e}."
                )));
            }
        }
        for (name, center, side_name, side) in [
            ("center_x", self.center_x, "width", size.width),
            ("center_y", self.center_y, "height", size.height),
        ] {
            if !(0.0..=f64::from(side)).contains(&center) {
                return Err(invalid(format!(
                    "{name} must lie in the image, between 0 and {side_name} ({side}), not at \
                     {center}."
                )));
            }
        }
        Ok(())
    }
}

/// How a camera projects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lens {
    /// Toward one point: all that Drake's requests ask for.
    Pinhole(Intrinsics),
    /// In parallel, as glTF 2.0 has it (3.10.3.4): the image shows from `-x_mag` to `x_mag` and from
    /// `-y_mag` to `y_mag` metres around the optical axis, whatever its aspect ratio in pixels.
    Orthographic {
        /// Half the width of what is seen, metres, > 0.
        x_mag: f64,
        /// Half its height.
        y_mag: f64,
    },
}

/// The clipping planes in metres along the optical axis: 0 < near < far in a request; a file's
/// orthographic camera may have near = 0, its perspective one no far plane, which is infinity here.
/// What lies outside them is not drawn, in any image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClippingRange {
    /// Distance of the near plane.
    pub near: f64,
    /// Distance of the far plane.
    pub far: f64,
}

impl ClippingRange {
    /// Checks the range.
    ///
    /// # Errors
    /// If a distance is not a positive number or `near` is not below `far`.
    pub fn new(near: f64, far: f64) -> Result<Self, Refusal> {
        ordered("near", near, "far", far)?;
        positive("near", near)?;
        Ok(Self { near, far })
    }

    /// This range with the planes that are asked for in the place of its own.
    ///
    /// # Errors
    /// If a distance that is asked for is not a positive number, or near is not below far then.
    pub fn with(self, near: Option<f64>, far: Option<f64>) -> Result<Self, Refusal> {
        for (name, plane) in [("near", near), ("far", far)] {
            if let Some(plane) = plane {
                finite(name, plane)?;
                positive(name, plane)?;
            }
        }
        let (near, far) = (near.unwrap_or(self.near), far.unwrap_or(self.far));
        below("near", near, "far", far)?;
        Ok(Self { near, far })
    }
}

/// What a depth sensor can measure, in metres along the optical axis: 0 <= min < max. Nearer
/// surfaces read 0, farther ones infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepthRange {
    /// The least distance that is measured.
    pub min: f64,
    /// The greatest distance that is measured.
    pub max: f64,
}

impl DepthRange {
    /// Checks the range.
    ///
    /// # Errors
    /// If a distance is negative or not a number, or `min` is not below `max`.
    pub fn new(min: f64, max: f64) -> Result<Self, Refusal> {
        ordered("min_depth", min, "max_depth", max)?;
        not_negative("min_depth", min)?;
        Ok(Self { min, max })
    }

    /// This range with the ends that are asked for in the place of its own.
    ///
    /// # Errors
    /// If an end that is asked for is negative or not a finite number, or min is not below max then.
    pub fn with(self, min: Option<f64>, max: Option<f64>) -> Result<Self, Refusal> {
        for (name, end) in [("min_depth", min), ("max_depth", max)] {
            if let Some(end) = end {
                finite(name, end)?;
                not_negative(name, end)?;
            }
        }
        let (min, max) = (min.unwrap_or(self.min), max.unwrap_or(self.max));
        below("min_depth", min, "max_depth", max)?;
        Ok(Self { min, max })
    }
}

fn ordered(low_name: &str, low: f64, high_name: &str, high: f64) -> Result<(), Refusal> {
    finite(low_name, low)?;
    finite(high_name, high)?;
    below(low_name, low, high_name, high)
}

/// Refuses what is not a finite number.
pub(super) fn finite(name: &str, value: f64) -> Result<(), Refusal> {
    if value.is_finite() {
        return Ok(());
    }
    Err(invalid(format!(
        "{name} must be a finite number, not {value}."
    )))
}

fn positive(name: &str, value: f64) -> Result<(), Refusal> {
    if value > 0.0 {
        return Ok(());
    }
    Err(invalid(format!(
        "{name} must be greater than 0, not {value}."
    )))
}

/// Refuses what is below 0 or not a number.
pub(super) fn not_negative(name: &str, value: f64) -> Result<(), Refusal> {
    if value >= 0.0 {
        return Ok(());
    }
    Err(invalid(format!(
        "{name} must not be negative, not {value}."
    )))
}

fn below(low_name: &str, low: f64, high_name: &str, high: f64) -> Result<(), Refusal> {
    if low >= high {
        return Err(invalid(format!(
            "{low_name} ({low}) must be less than {high_name} ({high})."
        )));
    }
    Ok(())
}
