//! Why a scene is refused.

use std::fmt::Display;

use super::Limit;

/// A fault of a scene. Each message is one sentence that names the glTF object by its index, such
/// as `mesh 3, primitive 1: accessor 7 reads past the end of bufferView 2 (...)`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SceneError {
    /// Neither glTF JSON nor GLB.
    #[error("scene: {0}")]
    NotGltf(String),
    /// A rule of glTF 2.0 is broken.
    #[error("scene: {0}")]
    Invalid(String),
    /// A feature or required extension that is not drawn.
    #[error("scene: {0}")]
    Unsupported(String),
    /// A reference to something outside the file.
    #[error("scene: {0}")]
    ExternalUri(String),
    /// More of something than a limit allows.
    #[error("scene: {1}")]
    TooLarge(Limit, String),
}

impl SceneError {
    /// The sentence alone, for a warning.
    pub(super) fn into_sentence(self) -> String {
        match self {
            Self::NotGltf(text)
            | Self::Invalid(text)
            | Self::Unsupported(text)
            | Self::ExternalUri(text)
            | Self::TooLarge(_, text) => text,
        }
    }

    /// The same fault, with the object it is in put before it.
    pub(super) fn within(self, place: impl Display) -> Self {
        match self {
            Self::NotGltf(text) => Self::NotGltf(format!("{place}: {text}")),
            Self::Invalid(text) => Self::Invalid(format!("{place}: {text}")),
            Self::Unsupported(text) => Self::Unsupported(format!("{place}: {text}")),
            Self::ExternalUri(text) => Self::ExternalUri(format!("{place}: {text}")),
            Self::TooLarge(limit, text) => Self::TooLarge(limit, format!("{place}: {text}")),
        }
    }
}

/// A broken rule of glTF.
pub(super) fn invalid(text: impl Into<String>) -> SceneError {
    SceneError::Invalid(text.into())
}

/// A feature that is not drawn.
pub(super) fn unsupported(text: impl Into<String>) -> SceneError {
    SceneError::Unsupported(text.into())
}

/// So many of what `noun` names, such as "1 weight" and "2 weights".
pub(super) fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// What another crate says, which may be of several lines, as part of a sentence.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Looks up `list[index]`, where `list` is the top-level array `name` of the file.
pub(super) fn lookup<'a, T>(list: &'a [T], index: usize, name: &str) -> Result<&'a T, SceneError> {
    list.get(index).ok_or_else(|| {
        invalid(format!(
            "refers to {name} {index}, but the file has {} of them.",
            list.len()
        ))
    })
}
