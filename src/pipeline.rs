//! Request in, image out: the only place that knows the whole way.

mod camera;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::encode::png::Content;
use crate::encode::{self, EncodeError};
use crate::protocol::{
    DepthFormat, ErrorCode, ImageType, PngCompression, Refusal, RenderRequest, SceneHash,
};
use crate::render::{Outputs, RenderError, Renderer};
use crate::scene::{self, ContentCache, Cuts, Detail, Limits, Options, Scene, SceneError};

pub use camera::{camera_node, clipping, lens, required_camera_node, view};

/// An image as it is sent.
#[derive(Clone, Debug)]
pub struct EncodedImage {
    /// `image/png` or `image/tiff`.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// The optional extensions of the scene that are not supported and were ignored; the first few.
    pub ignored_extensions: Vec<String>,
    /// How many others there are.
    pub more_ignored_extensions: usize,
    /// What took how long.
    pub timings: StageTimings,
}

/// How long the stages took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTimings {
    /// From the scene's bytes to the scene.
    pub load: Duration,
    /// Upload, draw and read back.
    pub draw: Duration,
    /// From pixels to the file.
    pub encode: Duration,
}

/// A scene as it was posted.
#[derive(Clone, Copy, Debug)]
pub struct PostedScene<'b> {
    /// The file.
    pub bytes: &'b [u8],
    /// Of these bytes.
    pub sha256: SceneHash,
    /// What was found in them, if they were searched.
    pub cuts: Option<&'b Cuts>,
}

/// How scenes are loaded, whatever is asked for.
#[derive(Clone, Debug, Default)]
pub struct Loading {
    /// How large they may be.
    pub limits: Limits,
    /// What is kept of them for the next ones, if anything is.
    pub cache: Option<Arc<ContentCache>>,
}

impl Loading {
    fn options(&self, request: &RenderRequest) -> Options {
        Options {
            limits: self.limits,
            selection: request.selection.clone(),
            cache: self.cache.clone(),
            ..Options::new(detail_for(request.image_type))
        }
    }

    /// Whether a scene with this hash was posted lately for such an image.
    #[must_use]
    pub fn knows(&self, request: &RenderRequest, sha256: SceneHash) -> bool {
        let knows =
            |cache: &Arc<ContentCache>| cache.knows_scene(&sha256.0, &self.options(request));
        self.cache.as_ref().is_some_and(knows)
    }
}

/// Renders one image of a scene as a client asks for it, unless between two stages it is no longer
/// wanted.
///
/// # Errors
/// What is wrong with the scene, or what failed.
pub fn render_request(
    renderer: &mut Renderer,
    request: &RenderRequest,
    posted: PostedScene<'_>,
    loading: &Loading,
    is_wanted: &dyn Fn() -> bool,
) -> Result<EncodedImage, Refusal> {
    let check_wanted = || {
        let refusal = || Refusal::new(ErrorCode::Timeout, "Nobody waits for the image any more.");
        is_wanted().then_some(()).ok_or_else(refusal)
    };
    let started = Instant::now();
    let options = loading.options(request);
    let scene = scene::load_hashed(posted.bytes, &posted.sha256.0, posted.cuts, &options)?;
    if let Some(cache) = &loading.cache {
        log::debug!("{:?}", cache.counts());
    }
    log_omissions(&scene);
    let view = camera::view(&request.camera, &scene)?;
    let loaded = Instant::now();
    check_wanted()?;

    let outputs = Outputs::only(request.image_type, request.depth_range);
    let frame = renderer.render(&scene, &view, &outputs)?;
    let drawn = Instant::now();
    check_wanted()?;

    let (content_type, bytes) = encode_image(
        &frame,
        request.image_type,
        request.depth_format,
        request.png_compression,
    )?;
    Ok(EncodedImage {
        content_type,
        bytes,
        ignored_extensions: scene.ignored_extensions,
        more_ignored_extensions: scene.more_ignored_extensions,
        timings: StageTimings {
            load: loaded - started,
            draw: drawn - loaded,
            encode: drawn.elapsed(),
        },
    })
}

/// One image of a frame as a file, with its MIME type.
///
/// # Errors
/// If the frame does not have that image.
pub fn encode_image(
    frame: &crate::render::Frame,
    image_type: ImageType,
    depth_format: DepthFormat,
    png_compression: PngCompression,
) -> Result<(&'static str, Vec<u8>), Refusal> {
    let missing = || Refusal::new(ErrorCode::Internal, format!("No {image_type} was drawn."));
    let (rgb, content) = match image_type {
        ImageType::Color => (&frame.color, Content::Color),
        ImageType::Label => (&frame.label, Content::Label),
        ImageType::Depth => {
            let depth = frame.depth.as_deref().ok_or_else(missing)?;
            return Ok(match depth_format {
                DepthFormat::Tiff => ("image/tiff", encode::tiff::depth(frame.size, depth)?),
                DepthFormat::Png16 => (
                    "image/png",
                    encode::png::depth_millimetres(frame.size, depth, png_compression)?,
                ),
            });
        }
    };
    let rgb = rgb.as_deref().ok_or_else(missing)?;
    let file = encode::png::rgb(frame.size, rgb, content, png_compression)?;
    Ok(("image/png", file))
}

/// Says in the log what of the file is not drawn.
pub fn log_omissions(scene: &Scene) {
    for sentence in scene.omissions() {
        log::warn!("scene: {sentence}");
    }
}

/// How much of a scene an image of this type needs.
#[must_use]
pub fn detail_for(image_type: ImageType) -> Detail {
    match image_type {
        ImageType::Color => Detail::Shading,
        ImageType::Depth | ImageType::Label => Detail::Geometry,
    }
}

impl From<SceneError> for Refusal {
    fn from(error: SceneError) -> Self {
        let code = match error {
            SceneError::NotGltf(_) => ErrorCode::SceneNotGltf,
            SceneError::Invalid(_) => ErrorCode::SceneInvalid,
            SceneError::Unsupported(_) => ErrorCode::SceneUnsupported,
            SceneError::ExternalUri(_) => ErrorCode::SceneExternalUri,
            SceneError::TooLarge(limit, _) => ErrorCode::SceneTooLarge(limit),
        };
        Self::new(code, error.to_string())
    }
}

impl From<RenderError> for Refusal {
    /// The client is told what is its own fault; what the driver says is for the log.
    fn from(error: RenderError) -> Self {
        let (code, message) = match error {
            RenderError::TooLarge { .. } => {
                return Self::new(ErrorCode::AdapterTooSmall, error.to_string());
            }
            RenderError::MemoryLimit { .. } => {
                return Self::new(ErrorCode::GpuMemoryTooSmall, error.to_string());
            }
            RenderError::OutOfMemory => (ErrorCode::GpuFailure, "The GPU is out of memory."),
            RenderError::DeviceLost(_) => (ErrorCode::GpuFailure, "The GPU was lost."),
            RenderError::NoAdapter
            | RenderError::NoSuchAdapter { .. }
            | RenderError::Device { .. } => (ErrorCode::GpuFailure, "The GPU cannot be opened."),
            RenderError::Refused(_) => (ErrorCode::Internal, "The GPU refused a command."),
        };
        log::error!("{error}");
        Self::new(code, message)
    }
}

impl From<EncodeError> for Refusal {
    fn from(error: EncodeError) -> Self {
        log::error!("{error}");
        Self::new(ErrorCode::Internal, "The image could not be encoded.")
    }
}
