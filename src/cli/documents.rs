//! The options of `completions` and `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// The options of `completions`.
#[derive(Args, Clone, Copy, Debug)]
pub struct CompletionsArgs {
    /// Whose completions.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// The options of `man`.
#[derive(Args, Clone, Debug)]
pub struct ManArgs {
    /// Write the pages of the program and of each command into this folder, which is made if it is not
    /// there, and print none.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}
