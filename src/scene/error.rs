//! Why a scene is refused.

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
    /// More of something than [`super::Limits`] allows.
    #[error("scene: {0}")]
    TooLarge(String),
}
