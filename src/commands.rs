//! What the commands of the command line do.

use crate::config::ServeConfig;
use crate::server::{self, ServeError};

/// Serves until a signal comes.
///
/// # Errors
/// If it cannot render or cannot listen.
pub fn serve(config: ServeConfig) -> Result<(), ServeError> {
    server::run(config)
}

/// Placeholder until the lead's own lands.
///
/// # Errors
/// Always.
pub fn render(_args: &crate::cli::RenderArgs) -> Result<(), crate::render::RenderError> {
    Err(crate::render::RenderError::Refused("not there yet".into()))
}

/// Placeholder until the lead's own lands.
///
/// # Errors
/// Always.
pub fn adapters() -> Result<(), crate::render::RenderError> {
    Err(crate::render::RenderError::Refused("not there yet".into()))
}
