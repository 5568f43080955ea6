//! Stable error codes and the sentence that goes with them.

use serde::Serialize;

use crate::scene::Limit;

/// Why a request was refused or failed. The names are part of the contract: clients may match on
/// them, so a code is never renamed and never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The body is not the multipart form that the contract asks for.
    BadForm,
    /// A field that must be given is not there.
    MissingField,
    /// A field was given more than once.
    DuplicateField,
    /// A field of a name that the contract does not know.
    UnknownField,
    /// A field's value cannot be read or is out of its range.
    InvalidField,
    /// `scene_sha256` is not the SHA-256 of the scene's bytes.
    SceneHashMismatch,
    /// The body arrived too slowly.
    BodyTimeout,
    /// The body is larger than the server allows.
    BodyTooLarge,
    /// The value of a text field is longer than any that means something.
    FieldTooLong,
    /// The image asked for has more columns than the server allows.
    ImageTooWide,
    /// It has more rows.
    ImageTooHigh,
    /// It has more pixels.
    ImageTooLarge,
    /// The scene has more of something than the server allows. Each limit has its own code.
    SceneTooLarge(Limit),
    /// Scene and image need more memory of the GPU than the server allows.
    GpuMemoryTooSmall,
    /// Scene or image exceed what the graphics adapter can draw.
    AdapterTooSmall,
    /// The scene is neither glTF JSON nor GLB.
    SceneNotGltf,
    /// The scene breaks a rule of glTF 2.0.
    SceneInvalid,
    /// The scene needs a feature of glTF or an extension that this server does not draw.
    SceneUnsupported,
    /// The scene refers to a file or network address; only `data:` URIs and GLB chunks are read.
    SceneExternalUri,
    /// The scene has no camera and the request gives none.
    SceneWithoutCamera,
    /// The request brings no token that the server knows.
    Unauthorized,
    /// No such page.
    NotFound,
    /// The page exists, the method does not.
    MethodNotAllowed,
    /// The queue is full; try again after the time in `Retry-After`.
    QueueFull,
    /// The server is stopping and takes no new work.
    ShuttingDown,
    /// The request was not answered within the server's time limit.
    Timeout,
    /// The GPU ran out of memory or was lost.
    GpuFailure,
    /// The scene had to be kept in a temporary file and could not, such as on a full disk.
    StorageFailure,
    /// A fault of the server.
    Internal,
}

impl ErrorCode {
    /// The code as it stands in an answer.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadForm => "bad_form",
            Self::MissingField => "missing_field",
            Self::DuplicateField => "duplicate_field",
            Self::UnknownField => "unknown_field",
            Self::InvalidField => "invalid_field",
            Self::SceneHashMismatch => "scene_sha256_mismatch",
            Self::BodyTimeout => "body_timeout",
            Self::BodyTooLarge => "body_too_large",
            Self::FieldTooLong => "field_too_long",
            Self::ImageTooWide => "image_too_wide",
            Self::ImageTooHigh => "image_too_high",
            Self::ImageTooLarge => "image_too_large",
            Self::SceneTooLarge(limit) => limit.code(),
            Self::GpuMemoryTooSmall => "gpu_memory_too_small",
            Self::AdapterTooSmall => "adapter_too_small",
            Self::SceneNotGltf => "scene_not_gltf",
            Self::SceneInvalid => "scene_invalid",
            Self::SceneUnsupported => "scene_unsupported",
            Self::SceneExternalUri => "scene_external_uri",
            Self::SceneWithoutCamera => "scene_without_camera",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::QueueFull => "queue_full",
            Self::ShuttingDown => "shutting_down",
            Self::Timeout => "timeout",
            Self::GpuFailure => "gpu_failure",
            Self::StorageFailure => "storage_failure",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status that goes with the code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadForm
            | Self::MissingField
            | Self::DuplicateField
            | Self::UnknownField
            | Self::InvalidField
            | Self::SceneHashMismatch => 400,
            Self::Unauthorized => 401,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::BodyTimeout => 408,
            Self::BodyTooLarge
            | Self::FieldTooLong
            | Self::ImageTooWide
            | Self::ImageTooHigh
            | Self::ImageTooLarge
            | Self::SceneTooLarge(_)
            | Self::GpuMemoryTooSmall
            | Self::AdapterTooSmall => 413,
            Self::SceneNotGltf
            | Self::SceneInvalid
            | Self::SceneUnsupported
            | Self::SceneExternalUri
            | Self::SceneWithoutCamera => 422,
            Self::Internal => 500,
            Self::QueueFull | Self::ShuttingDown | Self::GpuFailure | Self::StorageFailure => 503,
            Self::Timeout => 504,
        }
    }
}

/// A request that gets no image: a stable code and one sentence for the person who reads it.
///
/// The sentence names the form field and its value, or the glTF object by its index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind of fault it is.
    pub code: ErrorCode,
    /// The sentence.
    pub message: String,
}

/// The longest message that is sent, in bytes: Drake's client shows the first 8191 bytes of an
/// answer to its user, and the JSON around the message and its escapes need room too.
const MAX_MESSAGE_BYTES: usize = 2000;

impl Refusal {
    /// A refusal; a message too long for the client to show is cut.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > MAX_MESSAGE_BYTES {
            let end = (0..=MAX_MESSAGE_BYTES)
                .rev()
                .find(|&i| message.is_char_boundary(i))
                .unwrap_or(0);
            message.truncate(end);
            message.push_str(" ...");
        }
        Self { code, message }
    }

    /// The JSON body of the answer to the request of this name.
    #[must_use]
    pub fn body<'a>(&'a self, request_id: Option<&'a str>) -> RefusalBody<'a> {
        RefusalBody {
            error: true,
            code: self.code.as_str(),
            message: &self.message,
            status: self.code.status(),
            request_id,
        }
    }
}

/// The JSON body of an answer without an image.
#[derive(Debug, Serialize)]
pub struct RefusalBody<'a> {
    /// Always true.
    pub error: bool,
    /// [`ErrorCode::as_str`].
    pub code: &'static str,
    /// The sentence.
    pub message: &'a str,
    /// The HTTP status, again.
    pub status: u16,
    /// What the server's log calls the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_at_a_character() {
        let refusal = Refusal::new(ErrorCode::InvalidField, "é".repeat(5000));
        assert!(refusal.message.len() <= MAX_MESSAGE_BYTES + 4);
        assert!(refusal.message.ends_with("é ..."));
    }
}
