//! The text fields of the form, as they arrive, and what they add up to.
//!
//! The scene is not among them: it is large, and whoever receives it keeps it.

use std::f64::consts::PI;

use super::camera::{finite, not_negative};
use super::field::{MAX_VALUE_BYTES, TextField, duplicate, invalid, missing, quoted, too_long};
use super::{
    CameraRequest, ClippingRange, DepthFormat, DepthRange, ErrorCode, ImageLimits, ImageSize,
    ImageType, Intrinsics, Optics, PngCompression, Refusal, RenderRequest, SceneHash,
};
use crate::scene::{Choice, Look, Selection};

/// The greatest length (metres or pixels) in a form: its products still fit into 32-bit floats.
pub const MAX_LENGTH: f64 = 1e12;

/// The fields of the lens: a form has them, as Drake's client does, or none of them.
pub const LENS: [TextField; 6] = [
    TextField::FocalX,
    TextField::FocalY,
    TextField::FovX,
    TextField::FovY,
    TextField::CenterX,
    TextField::CenterY,
];

/// Checks a time in an animation, seconds from its beginning.
///
/// # Errors
/// If it is negative or not a finite number.
pub fn seconds(time: f64) -> Result<f64, Refusal> {
    finite("time", time)?;
    not_negative("time", time)?;
    Ok(time)
}

/// What the text fields ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// The image.
    pub request: RenderRequest,
    /// What the scene's bytes must hash to, if the client says so.
    pub scene_sha256: Option<SceneHash>,
}

/// The text fields that have arrived so far.
#[derive(Clone, Debug, Default)]
pub struct Form {
    values: [Option<String>; TextField::ALL.len()],
}

impl Form {
    /// Takes one field.
    ///
    /// # Errors
    /// If the field has been given before, is too long or is not UTF-8.
    pub fn add(&mut self, field: TextField, value: &[u8]) -> Result<(), Refusal> {
        let name = field.as_str();
        if value.len() > MAX_VALUE_BYTES {
            return Err(too_long(field));
        }
        let Ok(text) = std::str::from_utf8(value) else {
            return Err(invalid(format!("{name} is not UTF-8 text.")));
        };
        let Some(slot) = self.values.get_mut(field as usize) else {
            return Err(Refusal::new(ErrorCode::Internal, "A field has no place."));
        };
        if slot.is_some() {
            return Err(duplicate(name));
        }
        *slot = Some(text.trim_ascii().to_owned());
        Ok(())
    }

    /// What the fields ask for, of an image within `limits`; `depth_format` is used if they do not say.
    ///
    /// # Errors
    /// If a field is missing, cannot be read, is out of its range or contradicts another.
    pub fn finish(
        &self,
        depth_format: DepthFormat,
        limits: &ImageLimits,
    ) -> Result<Submission, Refusal> {
        let image_type = self.image_type()?;
        let camera = self.camera(limits)?;
        let request = RenderRequest {
            image_type,
            camera,
            selection: self.selection()?,
            depth_range: self.depth_range(image_type)?,
            depth_format: match self.optional(TextField::DepthFormat) {
                None => depth_format,
                Some(text) => text.parse().map_err(|()| {
                    invalid(format!(
                        "depth_format must be tiff or png16, not {}.",
                        quoted(text)
                    ))
                })?,
            },
            png_compression: PngCompression::default(),
        };
        let scene_sha256 = self.optional(TextField::SceneSha256);
        Ok(Submission {
            request,
            scene_sha256: scene_sha256.map(str::parse).transpose()?,
        })
    }

    /// The image type, as far as it is known: for the log of a request that is refused.
    #[must_use]
    pub fn image_type_so_far(&self) -> Option<ImageType> {
        self.value(TextField::ImageType)?.parse().ok()
    }

    fn image_type(&self) -> Result<ImageType, Refusal> {
        let text = self.required(TextField::ImageType)?;
        text.parse().map_err(|()| {
            invalid(format!(
                "image_type must be color, depth or label, not {}.",
                quoted(text)
            ))
        })
    }

    fn camera(&self, limits: &ImageLimits) -> Result<CameraRequest, Refusal> {
        let width = self.side(TextField::Width, |text| limits.too_wide(text))?;
        let height = self.side(TextField::Height, |text| limits.too_high(text))?;
        let size = limits.size(width, height)?;
        let is_given = LENS.iter().any(|&field| self.optional(field).is_some());
        Ok(CameraRequest {
            size,
            choice: self.choice(TextField::Camera),
            optics: if is_given {
                self.given_optics(size)?
            } else {
                self.optics_of_scene()?
            },
        })
    }

    /// What Drake's client sends.
    fn given_optics(&self, size: ImageSize) -> Result<Optics, Refusal> {
        let intrinsics = Intrinsics {
            focal_x: self.number(TextField::FocalX)?,
            focal_y: self.number(TextField::FocalY)?,
            center_x: self.number(TextField::CenterX)?,
            center_y: self.number(TextField::CenterY)?,
        };
        let clipping =
            ClippingRange::new(self.number(TextField::Near)?, self.number(TextField::Far)?)?;
        intrinsics.check(size)?;
        // The focal lengths say it better, and clients are known to send fields of view that do
        // not belong to them; so these are only checked to be angles.
        for field in [TextField::FovX, TextField::FovY] {
            if self.optional(field).is_some() {
                let angle = self.positive(field)?;
                if angle >= PI {
                    return Err(invalid(format!(
                        "{} must be less than pi radians, not {angle}.",
                        field.as_str()
                    )));
                }
            }
        }
        Ok(Optics::Given {
            intrinsics,
            clipping,
        })
    }

    fn optics_of_scene(&self) -> Result<Optics, Refusal> {
        let plane = |field| self.optional(field).map(|_| self.number(field)).transpose();
        let (near, far) = (plane(TextField::Near)?, plane(TextField::Far)?);
        // What is wrong whatever the scene's camera is.
        let any = ClippingRange {
            near: 0.0,
            far: f64::INFINITY,
        };
        any.with(near, far)?;
        Ok(Optics::OfScene { near, far })
    }

    fn selection(&self) -> Result<Selection, Refusal> {
        let time = self.optional(TextField::Time);
        let time = time.map(|_| self.number(TextField::Time)).transpose()?;
        Ok(Selection {
            animation: self.choice(TextField::Animation),
            time: time.map(seconds).transpose()?,
            variant: self.choice(TextField::Variant),
            look: self.look()?,
        })
    }

    fn look(&self) -> Result<Look, Refusal> {
        let Some(text) = self.optional(TextField::Look) else {
            return Ok(Look::default());
        };
        text.parse().map_err(|()| {
            invalid(format!(
                "look must be auto, drake or gltf, not {}.",
                quoted(text)
            ))
        })
    }

    /// An index or a name.
    fn choice(&self, field: TextField) -> Option<Choice> {
        self.optional(field).map(Choice::from)
    }

    /// A whole number of pixels.
    fn side(&self, field: TextField, too_large: impl Fn(&str) -> Refusal) -> Result<u32, Refusal> {
        let (name, text) = (field.as_str(), self.required(field)?);
        let digits = text.strip_prefix('+').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid(format!(
                "{name} must be a whole number of pixels greater than 0, not {}.",
                quoted(text)
            )));
        }
        // What is too long for u32 is a number all the same.
        digits.parse().map_err(|_| too_large(&quoted(text)))
    }

    fn depth_range(&self, image_type: ImageType) -> Result<Option<DepthRange>, Refusal> {
        if image_type == ImageType::Depth {
            let min = self.number(TextField::MinDepth)?;
            let max = self.number(TextField::MaxDepth)?;
            return DepthRange::new(min, max).map(Some);
        }
        for field in [TextField::MinDepth, TextField::MaxDepth] {
            if let Some(text) = self.optional(field) {
                return Err(invalid(format!(
                    "{} ({}) may only be given if image_type is depth, not {image_type}.",
                    field.as_str(),
                    quoted(text)
                )));
            }
        }
        Ok(None)
    }

    fn positive(&self, field: TextField) -> Result<f64, Refusal> {
        let number = self.number(field)?;
        if number > 0.0 {
            return Ok(number);
        }
        Err(invalid(format!(
            "{} must be greater than 0, not {number}.",
            field.as_str()
        )))
    }

    /// A finite number no greater than [`MAX_LENGTH`] either way.
    fn number(&self, field: TextField) -> Result<f64, Refusal> {
        let (name, text) = (field.as_str(), self.required(field)?);
        match text.parse::<f64>() {
            Ok(number) if !number.is_finite() => Err(invalid(format!(
                "{name} must be a finite number, not {}.",
                quoted(text)
            ))),
            Ok(number) if number.abs() > MAX_LENGTH => Err(invalid(format!(
                "{name} must be at most {MAX_LENGTH:e}, not {}.",
                quoted(text)
            ))),
            Ok(number) => Ok(number),
            Err(_) => Err(invalid(format!(
                "{name} must be a number, not {}.",
                quoted(text)
            ))),
        }
    }

    fn required(&self, field: TextField) -> Result<&str, Refusal> {
        self.value(field).ok_or_else(|| missing(field.as_str()))
    }

    /// The value of a field that may be left out: browsers send an empty one instead.
    fn optional(&self, field: TextField) -> Option<&str> {
        self.value(field).filter(|text| !text.is_empty())
    }

    fn value(&self, field: TextField) -> Option<&str> {
        self.values.get(field as usize)?.as_deref()
    }
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
