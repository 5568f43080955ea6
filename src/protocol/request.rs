//! A render request, typed and checked.

use std::fmt;
use std::str::FromStr;

use super::{ClippingRange, DepthRange, ImageSize, Intrinsics, Lens, TextField};
use crate::scene::{Choice, Look, Selection};

/// The kind of image that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageType {
    /// What a colour camera sees: 8-bit RGB PNG.
    Color,
    /// Distance along the optical axis: float32 TIFF in metres or 16-bit PNG in millimetres.
    Depth,
    /// The flat colour of each material: 8-bit RGB PNG.
    Label,
}

impl ImageType {
    /// All of them, in the order in which this program lists them.
    pub const ALL: [Self; 3] = [Self::Color, Self::Depth, Self::Label];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Color => "color",
            Self::Depth => "depth",
            Self::Label => "label",
        }
    }
}

impl fmt::Display for ImageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ImageType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|t| t.as_str() == text).ok_or(())
    }
}

/// How a depth image is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DepthFormat {
    /// One channel of 32-bit floats in metres; 0 is too close, infinity too far.
    #[default]
    Tiff,
    /// One channel of 16-bit integers in millimetres; 0 is too close, 65535 too far.
    Png16,
}

impl DepthFormat {
    /// All of them, in the order in which this program lists them.
    pub const ALL: [Self; 2] = [Self::Tiff, Self::Png16];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tiff => "tiff",
            Self::Png16 => "png16",
        }
    }
}

impl FromStr for DepthFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|f| f.as_str() == text).ok_or(())
    }
}

/// How hard PNG files are compressed. No request says so, since Drake's client could not: it is the
/// server that knows how far its clients are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PngCompression {
    /// For clients on the same machine or network.
    #[default]
    Fast,
    /// Files of color and labels a tenth to a fifth smaller, in several times the time.
    Small,
}

impl PngCompression {
    /// All of them, in the order in which this program lists them.
    pub const ALL: [Self; 2] = [Self::Fast, Self::Small];

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Small => "small",
        }
    }
}

/// A camera that is known but for its pose, which is that of a camera node in the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Size of the image.
    pub size: ImageSize,
    /// How it projects.
    pub lens: Lens,
    /// Clipping planes.
    pub clipping: ClippingRange,
}

/// The camera as a request gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraRequest {
    /// Size of the image.
    pub size: ImageSize,
    /// The glTF camera whose node gives the pose; with none, the first of the scene.
    pub choice: Option<Choice>,
    /// Lens and clipping planes.
    pub optics: Optics,
}

/// Where lens and clipping planes come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optics {
    /// From the request: always so for Drake's client.
    Given {
        /// Focal lengths and principal point.
        intrinsics: Intrinsics,
        /// Clipping planes.
        clipping: ClippingRange,
    },
    /// From the camera in the file, but for the planes that the request gives.
    OfScene {
        /// Near plane, metres.
        near: Option<f64>,
        /// Far plane, metres.
        far: Option<f64>,
    },
}

/// One image of one scene, as a client asks for it; the scene itself travels beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderRequest {
    /// Which image.
    pub image_type: ImageType,
    /// The camera.
    pub camera: CameraRequest,
    /// What is drawn where the file leaves a choice.
    pub selection: Selection,
    /// The sensor's range; there exactly if `image_type` is depth.
    pub depth_range: Option<DepthRange>,
    /// How a depth image is encoded.
    pub depth_format: DepthFormat,
    /// How hard a PNG file is compressed: the server's own setting.
    pub png_compression: PngCompression,
}

impl RenderRequest {
    /// The form's text fields that ask for this, but for the hash of the scene.
    #[must_use]
    pub fn fields(&self) -> Vec<(TextField, String)> {
        let CameraRequest {
            size,
            choice,
            optics,
        } = &self.camera;
        let mut fields = vec![
            (TextField::ImageType, self.image_type.to_string()),
            (TextField::Width, size.width.to_string()),
            (TextField::Height, size.height.to_string()),
        ];
        let mut add =
            |field, value: Option<String>| fields.extend(value.map(|value| (field, value)));
        let text = |number: f64| Some(number.to_string());
        let (near, far) = match *optics {
            Optics::Given {
                intrinsics,
                clipping,
            } => {
                add(TextField::FocalX, text(intrinsics.focal_x));
                add(TextField::FocalY, text(intrinsics.focal_y));
                add(TextField::CenterX, text(intrinsics.center_x));
                add(TextField::CenterY, text(intrinsics.center_y));
                (Some(clipping.near), Some(clipping.far))
            }
            Optics::OfScene { near, far } => (near, far),
        };
        add(TextField::Near, near.and_then(text));
        add(TextField::Far, far.and_then(text));
        add(TextField::Camera, choice.as_ref().map(Choice::to_string));
        if let Some(range) = self.depth_range {
            add(TextField::MinDepth, text(range.min));
            add(TextField::MaxDepth, text(range.max));
            add(
                TextField::DepthFormat,
                Some(self.depth_format.as_str().to_owned()),
            );
        }
        let Selection {
            animation,
            time,
            variant,
            look,
        } = &self.selection;
        add(
            TextField::Animation,
            animation.as_ref().map(Choice::to_string),
        );
        add(TextField::Time, time.and_then(text));
        add(TextField::Variant, variant.as_ref().map(Choice::to_string));
        let chosen = Some(look.as_str()).filter(|_| *look != Look::default());
        add(TextField::Look, chosen.map(str::to_owned));
        fields
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;
    use crate::protocol::{Form, ImageLimits};

    fn read(fields: &[(TextField, String)]) -> RenderRequest {
        let mut form = Form::default();
        for (field, value) in fields {
            form.add(*field, value.as_bytes()).unwrap();
        }
        let limits = ImageLimits::default();
        form.finish(DepthFormat::Tiff, &limits).unwrap().request
    }

    #[test]
    fn the_fields_of_a_request_ask_for_the_same() {
        let of = |texts: &[(TextField, &str)]| {
            let texts = texts.iter().map(|&(field, text)| (field, text.to_owned()));
            texts.collect::<Vec<_>>()
        };
        let size = [(TextField::Width, "640"), (TextField::Height, "7")];
        let plain = of(&[&[(TextField::ImageType, "color")], size.as_slice()].concat());
        let full = of(&[
            size.as_slice(),
            &[
                (TextField::ImageType, "depth"),
                (TextField::FocalX, "579.4112549695428"),
                (TextField::FocalY, "0.1"),
                (TextField::CenterX, "320.5"),
                (TextField::CenterY, "3.5"),
                (TextField::Near, "0.01"),
                (TextField::Far, "1e9"),
                (TextField::Camera, "a camera"),
                (TextField::MinDepth, "0.1"),
                (TextField::MaxDepth, "10"),
                (TextField::DepthFormat, "png16"),
                (TextField::Animation, "1"),
                (TextField::Time, "0.25"),
                (TextField::Variant, "red"),
                (TextField::Look, "gltf"),
            ],
        ]
        .concat());
        for fields in [plain, full] {
            let request = read(&fields);
            let told = request.fields();
            assert_eq!(told.len(), fields.len());
            assert_eq!(read(&told), request);
        }
    }
}
