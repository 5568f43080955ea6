//! The options of `check`.

use std::path::PathBuf;

use clap::Args;

use super::SceneLimitArgs;
use crate::scene::Look;

/// The options of `check`.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// The scenes: .gltf or .glb files; what they refer to is read from their folders.
    #[arg(required = true, value_name = "SCENE")]
    pub scenes: Vec<PathBuf>,

    /// By whose rules they would be drawn.
    #[arg(long, value_enum, default_value_t, value_name = "LOOK")]
    pub look: Look,

    /// Print a JSON object for each scene, in a line of its own, for machines.
    #[arg(long)]
    pub json: bool,

    /// Show no progress bar, which only a terminal has.
    #[arg(short, long)]
    pub quiet: bool,

    /// How large they may be.
    #[command(flatten)]
    pub limits: SceneLimitArgs,
}
