//! Stable error codes and the sentence that goes with them.
//!
//! All there is to know of a code stands in one table: what it means, its name, its status, and what can be
//! done about it.

use serde::Serialize;

use crate::scene::Limit;

macro_rules! error_codes {
    ($(
        $(#[doc = $meaning:literal])+
        $name:ident, $code:literal, $status:literal, $remedy:literal;
    )+) => {
        /// Why a request was refused or failed. The names are part of the contract: clients may match on
        /// them, so a code is never renamed and never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[doc = $meaning])+ $name,)+
            /// The scene has more of something than the server allows. Each limit has its own code.
            SceneTooLarge(Limit),
        }

        impl ErrorCode {
            /// All but those of the limits of scenes.
            const OTHERS: [Self; [$($code),+].len()] = [$(Self::$name),+];

            /// The code as it stands in an answer.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                    Self::SceneTooLarge(limit) => limit.code(),
                }
            }

            /// The HTTP status that goes with the code.
            #[must_use]
            pub fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)+
                    Self::SceneTooLarge(_) => 413,
                }
            }

            /// What has happened, as a sentence; of a limit, what it counts.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($meaning),+).trim_ascii(),)+
                    Self::SceneTooLarge(limit) => limit.help(),
                }
            }

            /// What a client or an operator can do about it, as a sentence.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self {
                    $(Self::$name => $remedy,)+
                    Self::SceneTooLarge(_) => "Make the scene smaller, or raise the limit.",
                }
            }
        }
    };
}

error_codes! {
    /// The body is not the multipart form that the contract asks for.
    BadForm, "bad_form", 400,
    "Post `multipart/form-data` with a boundary, each part with a name, and all of the body.";

    /// A field that must be given is not there, or is empty.
    MissingField, "missing_field", 400,
    "Give the field that the message names.";

    /// A field was given more than once.
    DuplicateField, "duplicate_field", 400,
    "Give it once.";

    /// A field of a name that the contract does not know.
    UnknownField, "unknown_field", 400,
    "Leave it out, or correct its name.";

    /// A field's value cannot be read, is out of its range, contradicts another, or names what the
    /// scene does not have.
    InvalidField, "invalid_field", 400,
    "Correct the field that the message names.";

    /// `scene_sha256` is not the SHA-256 of the scene's bytes.
    SceneHashMismatch, "scene_sha256_mismatch", 400,
    "Send the scene again: it was damaged on its way, or the hash is that of another file.";

    /// The server wants a bearer token, and the request brings none that it knows.
    Unauthorized, "unauthorized", 401,
    "Send `Authorization: Bearer TOKEN` with a token of the server's `--token-file`.";

    /// There is nothing at the path.
    NotFound, "not_found", 404,
    "Post scenes to the path that the message names.";

    /// What is at the path does not take the method.
    MethodNotAllowed, "method_not_allowed", 405,
    "Use a method of the header `Allow`.";

    /// The body arrived too slowly.
    BodyTimeout, "body_timeout", 408,
    "Send it again, faster, or raise `--body-timeout`.";

    /// The body is larger than the server allows.
    BodyTooLarge, "body_too_large", 413,
    "Make the scene smaller, or raise `--max-body`.";

    /// The value of a text field is longer than any that means something.
    FieldTooLong, "field_too_long", 413,
    "Shorten it to at most 256 bytes.";

    /// The image asked for has more columns than the server allows.
    ImageTooWide, "image_too_wide", 413,
    "Ask for a smaller image, or raise `--max-width` (8192 at most).";

    /// The image asked for has more rows than the server allows.
    ImageTooHigh, "image_too_high", 413,
    "Ask for a smaller image, or raise `--max-height` (8192 at most).";

    /// The image asked for has more pixels than the server allows.
    ImageTooLarge, "image_too_large", 413,
    "Ask for a smaller image, or raise `--max-pixels` (67108864 at most).";

    /// Scene and image need more memory of the GPU than the server allows.
    GpuMemoryTooSmall, "gpu_memory_too_small", 413,
    "Make the scene or the image smaller, or raise `--gpu-memory`.";

    /// Scene or image exceed what the graphics adapter can draw.
    AdapterTooSmall, "adapter_too_small", 413,
    "Make what the message names smaller, or use another adapter.";

    /// The scene is neither glTF JSON nor GLB.
    SceneNotGltf, "scene_not_gltf", 422,
    "Send a glTF 2.0 file.";

    /// The scene breaks a rule of glTF 2.0.
    SceneInvalid, "scene_invalid", 422,
    "Correct the object that the message names.";

    /// The scene needs a feature of glTF or an extension that this server does not draw.
    SceneUnsupported, "scene_unsupported", 422,
    "Export the scene without it.";

    /// The scene refers to a file or network address; only `data:` URIs and GLB chunks are read.
    SceneExternalUri, "scene_external_uri", 422,
    "Embed it in the file.";

    /// No node of the scene has a camera, and the image is taken from one.
    SceneWithoutCamera, "scene_without_camera", 422,
    "Add a node with a camera at the pose of the image.";

    /// A fault of the server.
    Internal, "internal", 500,
    "Report it: the server's log has more under the `request_id`.";

    /// As many requests wait as may, or scenes of as many bytes.
    QueueFull, "queue_full", 503,
    "Ask again after the time in `Retry-After`.";

    /// The server is stopping and takes no new work.
    ShuttingDown, "shutting_down", 503,
    "Ask another process, or this one once it has started again.";

    /// The GPU ran out of memory or was lost.
    GpuFailure, "gpu_failure", 503,
    "Ask again; if it stays so, the server's log has the cause.";

    /// The renderer failed at the request, and so did one that was made anew for it.
    RendererFailure, "renderer_failure", 503,
    "Ask again; if it stays so, report it with the scene: the server's log has the cause under the `request_id`.";

    /// The scene had to be kept in a temporary file and could not, such as on a full disk.
    StorageFailure, "storage_failure", 503,
    "Ask again; the operator has to make room in `$TMPDIR`.";

    /// The request was not answered within the server's time limit.
    Timeout, "timeout", 504,
    "Ask for less, or raise `--timeout`.";
}

impl ErrorCode {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let of_limits = Limit::ALL.into_iter().map(Self::SceneTooLarge);
        Self::OTHERS.into_iter().chain(of_limits)
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
