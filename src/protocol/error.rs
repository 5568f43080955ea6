//! Stable error codes and the sentence that goes with them.

use serde::Serialize;

use crate::scene::Limit;

macro_rules! error_codes {
    ($($(#[doc = $why:literal])+ $name:ident: $status:literal, $code:literal;)+) => {
        /// Why a request was refused or failed. The names are part of the contract: clients may match on
        /// them, so a code is never renamed and never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[doc = $why])+ $name,)+
            /// The scene has more of something than the server allows. Each limit has its own code.
            SceneTooLarge(Limit),
        }

        impl ErrorCode {
            /// All of them.
            pub fn all() -> impl Iterator<Item = Self> {
                let of_limits = Limit::ALL.into_iter().map(Self::SceneTooLarge);
                [$(Self::$name),+].into_iter().chain(of_limits)
            }

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
        }
    };
}

error_codes! {
    /// The body is not the multipart form that the contract asks for.
    BadForm: 400, "bad_form";

    /// A field that must be given is not there.
    MissingField: 400, "missing_field";

    /// A field was given more than once.
    DuplicateField: 400, "duplicate_field";

    /// A field of a name that the contract does not know.
    UnknownField: 400, "unknown_field";

    /// A field's value cannot be read or is out of its range.
    InvalidField: 400, "invalid_field";

    /// `scene_sha256` is not the SHA-256 of the scene's bytes.
    SceneHashMismatch: 400, "scene_sha256_mismatch";

    /// The body arrived too slowly.
    BodyTimeout: 408, "body_timeout";

    /// The body is larger than the server allows.
    BodyTooLarge: 413, "body_too_large";

    /// The value of a text field is longer than any that means something.
    FieldTooLong: 413, "field_too_long";

    /// The image asked for has more columns than the server allows.
    ImageTooWide: 413, "image_too_wide";

    /// It has more rows.
    ImageTooHigh: 413, "image_too_high";

    /// It has more pixels.
    ImageTooLarge: 413, "image_too_large";

    /// Scene and image need more memory of the GPU than the server allows.
    GpuMemoryTooSmall: 413, "gpu_memory_too_small";

    /// Scene or image exceed what the graphics adapter can draw.
    AdapterTooSmall: 413, "adapter_too_small";

    /// The scene is neither glTF JSON nor GLB.
    SceneNotGltf: 422, "scene_not_gltf";

    /// The scene breaks a rule of glTF 2.0.
    SceneInvalid: 422, "scene_invalid";

    /// The scene needs a feature of glTF or an extension that this server does not draw.
    SceneUnsupported: 422, "scene_unsupported";

    /// The scene refers to a file or network address; only `data:` URIs and GLB chunks are read.
    SceneExternalUri: 422, "scene_external_uri";

    /// The scene has no camera and the request gives none.
    SceneWithoutCamera: 422, "scene_without_camera";

    /// The request brings no token that the server knows.
    Unauthorized: 401, "unauthorized";

    /// No such page.
    NotFound: 404, "not_found";

    /// The page exists, the method does not.
    MethodNotAllowed: 405, "method_not_allowed";

    /// The queue is full; try again after the time in `Retry-After`.
    QueueFull: 503, "queue_full";

    /// The server is stopping and takes no new work.
    ShuttingDown: 503, "shutting_down";

    /// The request was not answered within the server's time limit.
    Timeout: 504, "timeout";

    /// The GPU ran out of memory or was lost.
    GpuFailure: 503, "gpu_failure";

    /// The scene had to be kept in a temporary file and could not, such as on a full disk.
    StorageFailure: 503, "storage_failure";

    /// A fault of the server.
    Internal: 500, "internal";
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
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_code_is_one_word_of_its_own() {
        let codes: Vec<_> = ErrorCode::all().map(ErrorCode::as_str).collect();
        let different: BTreeSet<_> = codes.iter().collect();
        assert_eq!(different.len(), codes.len(), "{codes:?}");
        for code in codes {
            let is_plain = |b: u8| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit();
            assert!(code.bytes().all(is_plain), "{code}");
        }
    }

    #[test]
    fn a_long_message_is_cut_at_a_character() {
        let refusal = Refusal::new(ErrorCode::InvalidField, "é".repeat(5000));
        assert!(refusal.message.len() <= MAX_MESSAGE_BYTES + 4);
        assert!(refusal.message.ends_with("é ..."));
    }
}
