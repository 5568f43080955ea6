//! What the commands of the command line do.

mod adapters;
mod camera;
mod check;
mod compare;
mod contact_sheet;
mod documents;
mod fault;
mod folder;
mod folder_files;
mod framing;
mod progress;
mod render;
mod scene_file;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::config::{ConfigError, ServeConfig};
use crate::protocol::Refusal;
use crate::render::RenderError;
use crate::server::{self, ServeError};

pub use adapters::adapters;
pub use check::check;
pub use compare::{CompareError, compare};
pub use documents::{completions, man};
pub use folder::folder;
pub use render::render;

/// A file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct FileError {
    /// Which one.
    pub path: PathBuf,
    /// Why.
    pub cause: io::Error,
}

impl FileError {
    /// That of the file at `path`.
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |cause| Self { path, cause }
    }
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The scene or the camera is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An argument makes no sense.
    #[error(transparent)]
    Usage(#[from] ConfigError),
    /// It cannot draw.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Standard output is closed.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// It cannot serve.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Two files cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
}

impl CommandError {
    /// An error of the file at `path`.
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let error = FileError::at(path);
        |cause| Self::File(error(cause))
    }

    /// Whether the arguments make no sense. Files that cannot be compared are such arguments: they are
    /// to be told apart from those that differ.
    #[must_use]
    pub fn is_bad_usage(&self) -> bool {
        matches!(self, Self::Usage(_) | Self::Compare(_))
    }

    /// Whether there is nothing to draw with.
    #[must_use]
    pub fn is_no_adapter(&self) -> bool {
        matches!(
            self,
            Self::Render(RenderError::NoAdapter)
                | Self::Serve(ServeError::Render(RenderError::NoAdapter))
        )
    }
}

/// Serves until a signal comes.
///
/// # Errors
/// If it cannot render or cannot listen.
pub fn serve(config: ServeConfig) -> Result<(), CommandError> {
    Ok(server::run(config, announce)?)
}

/// Says that the server is ready. Test suites wait for this line.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "Running on http://{address}")?;
    stdout.flush()
}
