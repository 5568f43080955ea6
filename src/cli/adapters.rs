//! The options of `adapters`.

use clap::Args;

/// The options of `adapters`.
#[derive(Args, Clone, Debug)]
pub struct AdaptersArgs {
    /// Say which would be used of those whose name contains this text [default: any name].
    #[arg(long, env = "GLTF_RENDER_SERVER_ADAPTER", value_name = "NAME")]
    pub adapter: Option<String>,
}
