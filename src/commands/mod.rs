//! What the commands of the command line do.

mod check;
mod contact_sheet;
mod folder;
mod folder_files;
mod framing;
mod render;
mod scene_file;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::config::{ConfigError, ServeConfig};
use crate::protocol::Refusal;
use crate::render::{RenderError, list_adapters};
use crate::server::{self, ServeError};

pub use check::check;
pub use folder::folder;
pub use render::render;

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A file cannot be read or written.
    #[error("{path}: {cause}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
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
}

impl CommandError {
    /// An error of the file at `path`.
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |cause| Self::File { path, cause }
    }

    /// Whether the arguments make no sense.
    #[must_use]
    pub fn is_bad_usage(&self) -> bool {
        matches!(self, Self::Usage(_))
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

/// Lists the adapters, first those that would be used.
///
/// # Errors
/// If there is none, or standard output is closed.
pub fn adapters() -> Result<(), CommandError> {
    let adapters = list_adapters();
    if adapters.is_empty() {
        return Err(RenderError::NoAdapter.into());
    }
    let mut stdout = io::stdout().lock();
    for (adapter, is_used) in adapters {
        let mark = if is_used { "used     " } else { "available" };
        writeln!(stdout, "{mark}  {adapter}")?;
    }
    Ok(())
}
