//! Pixels to files: PNG and TIFF as Drake's client reads them.

pub mod png;
pub mod rows;
pub mod tiff;

/// A file could not be written. Sizes are checked before, so this is a fault of the server.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// PNG.
    #[error("PNG: {0}")]
    Png(#[from] ::png::EncodingError),
    /// TIFF.
    #[error("TIFF: {0}")]
    Tiff(#[from] ::tiff::TiffError),
}
