//! The wire contract: what a render request may say and how a refusal reads.
//!
//! Nothing here knows of HTTP or of the GPU. The contract is Drake's *glTF Render Client-Server
//! API*: one `multipart/form-data` POST per image, answered by a PNG or TIFF.

pub mod camera;
pub mod error;
pub mod request;

pub use camera::{ClippingRange, DepthRange, ImageSize, Intrinsics};
pub use error::{ErrorCode, Refusal};
pub use request::{Camera, DepthFormat, ImageType, RenderRequest};
