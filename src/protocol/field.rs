//! The fields of the form by name, and what is said of one that is missing or cannot be read.

use super::{ErrorCode, Refusal};

/// The name of the form's part that holds the glTF file.
pub const SCENE_FIELD: &str = "scene";

/// The longest value of a text field, bytes. The longest the contract needs has 64.
pub const MAX_VALUE_BYTES: usize = 256;

/// A text field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    /// Index or name of an animation; an addition to Drake's contract.
    Animation,
    /// Index or name of a camera in the file; an addition to Drake's contract.
    Camera,
    /// Column of the principal point, pixels.
    CenterX,
    /// Row of the principal point, pixels.
    CenterY,
    /// `tiff` or `png16`; an addition to Drake's contract.
    DepthFormat,
    /// Far clipping plane, metres.
    Far,
    /// Focal length along x, pixels.
    FocalX,
    /// Focal length along y, pixels.
    FocalY,
    /// Horizontal field of view, radians; redundant.
    FovX,
    /// Vertical field of view, radians; redundant.
    FovY,
    /// Rows.
    Height,
    /// `color`, `depth` or `label`.
    ImageType,
    /// `auto`, `drake` or `gltf`; an addition to Drake's contract.
    Look,
    /// End of the depth sensor's range, metres.
    MaxDepth,
    /// Begin of the depth sensor's range, metres.
    MinDepth,
    /// Near clipping plane, metres.
    Near,
    /// SHA-256 of the scene's bytes.
    SceneSha256,
    /// A browser's button; ignored.
    Submit,
    /// Seconds into the animation; an addition to Drake's contract.
    Time,
    /// Index or name of a variant of the materials; an addition to Drake's contract.
    Variant,
    /// Columns.
    Width,
}

impl TextField {
    /// All of them, in alphabetical order, which is that of Drake's client.
    pub const ALL: [Self; 21] = [
        Self::Animation,
        Self::Camera,
        Self::CenterX,
        Self::CenterY,
        Self::DepthFormat,
        Self::Far,
        Self::FocalX,
        Self::FocalY,
        Self::FovX,
        Self::FovY,
        Self::Height,
        Self::ImageType,
        Self::Look,
        Self::MaxDepth,
        Self::MinDepth,
        Self::Near,
        Self::SceneSha256,
        Self::Submit,
        Self::Time,
        Self::Variant,
        Self::Width,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Animation => "animation",
            Self::Camera => "camera",
            Self::CenterX => "center_x",
            Self::CenterY => "center_y",
            Self::DepthFormat => "depth_format",
            Self::Far => "far",
            Self::FocalX => "focal_x",
            Self::FocalY => "focal_y",
            Self::FovX => "fov_x",
            Self::FovY => "fov_y",
            Self::Height => "height",
            Self::ImageType => "image_type",
            Self::Look => "look",
            Self::MaxDepth => "max_depth",
            Self::MinDepth => "min_depth",
            Self::Near => "near",
            Self::SceneSha256 => "scene_sha256",
            Self::Submit => "submit",
            Self::Time => "time",
            Self::Variant => "variant",
            Self::Width => "width",
        }
    }

    /// The field of that name.
    ///
    /// # Errors
    /// If the contract knows no such field.
    pub fn named(name: &str) -> Result<Self, Refusal> {
        let found = Self::ALL.into_iter().find(|f| f.as_str() == name);
        found.ok_or_else(|| {
            Refusal::new(
                ErrorCode::UnknownField,
                format!("The form has no field named {}.", quoted(name)),
            )
        })
    }
}

/// The refusal of a form without the field `name`.
#[must_use]
pub fn missing(name: &str) -> Refusal {
    Refusal::new(
        ErrorCode::MissingField,
        format!("The form lacks the field {name}."),
    )
}

/// The refusal of a form whose field `name` is empty and may not be.
#[must_use]
pub fn empty(name: &str) -> Refusal {
    Refusal::new(
        ErrorCode::MissingField,
        format!("The form's field {name} is empty."),
    )
}

/// The refusal of a form with two fields `name`.
#[must_use]
pub fn duplicate(name: &str) -> Refusal {
    Refusal::new(
        ErrorCode::DuplicateField,
        format!("The form has more than one field {name}."),
    )
}

/// The refusal of a value longer than [`MAX_VALUE_BYTES`].
#[must_use]
pub fn too_long(field: TextField) -> Refusal {
    Refusal::new(
        ErrorCode::FieldTooLong,
        format!(
            "The value of {} is longer than {MAX_VALUE_BYTES} bytes.",
            field.as_str()
        ),
    )
}

/// A client's text as it may stand in a message: in quotes, escaped and not too long.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    let cut: String = text.chars().take(SHOWN).collect();
    let dots = if cut.len() < text.len() { "..." } else { "" };
    format!("{cut:?}{dots}")
}

pub(super) fn invalid(message: String) -> Refusal {
    Refusal::new(ErrorCode::InvalidField, message)
}
