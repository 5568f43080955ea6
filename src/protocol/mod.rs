//! The wire contract: what a render request may say and how a refusal reads.
//!
//! Nothing here knows of HTTP or of the GPU. The contract is Drake's *glTF Render Client-Server
//! API*: one `multipart/form-data` POST per image, answered by a PNG or TIFF.

pub mod camera;
pub mod error;
pub mod field;
pub mod form;
pub mod image_limits;
pub mod request;
pub mod scene_hash;

pub use camera::{ClippingRange, DepthRange, ImageSize, Intrinsics, Lens};
pub use error::{ErrorCode, Refusal};
pub use field::TextField;
pub use form::{Form, Submission, seconds};
pub use image_limits::ImageLimits;
pub use request::{
    Camera, CameraRequest, DepthFormat, ImageType, Optics, PngCompression, RenderRequest,
};
pub use scene_hash::SceneHash;
