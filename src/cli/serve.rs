//! The options of `serve`.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ValueEnum};

use super::{SceneLimitArgs, ServeLimitArgs};
use crate::protocol::{DepthFormat, PngCompression};

/// The options of `serve`. Numbers are text here, so that all that is wrong with them can be
/// reported at once.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    /// Address or host name to listen on [default: 127.0.0.1].
    #[arg(long, env = "GLTF_RENDER_SERVER_HOST")]
    pub host: Option<String>,

    /// Port to listen on; 0 takes a free one [default: 8000].
    #[arg(long, env = "GLTF_RENDER_SERVER_PORT")]
    pub port: Option<String>,

    /// Address and port in one, instead of --host and --port.
    #[arg(long, env = "GLTF_RENDER_SERVER_BIND", value_name = "HOST:PORT")]
    pub bind: Option<String>,

    /// Render threads, each with a device of its own [default: one per core, 2 to 16].
    #[arg(long, env = "GLTF_RENDER_SERVER_WORKERS", value_name = "N")]
    pub workers: Option<String>,

    /// Path to which clients post [default: render].
    #[arg(long, env = "GLTF_RENDER_SERVER_ENDPOINT", value_name = "PATH")]
    pub endpoint: Option<String>,

    /// Say in answers what lies behind an error, and log more. Images stay the same.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_DEBUG",
        value_parser = clap::builder::BoolishValueParser::new()
    )]
    pub debug: bool,

    /// Give up a request after this time and answer 504. A worker that is still at it two seconds later
    /// is replaced [default: never].
    #[arg(long, env = "GLTF_RENDER_SERVER_TIMEOUT", value_name = "SECONDS")]
    pub timeout: Option<String>,

    /// Requests that may wait for a worker; more are answered 503. Clients, told apart by address, take
    /// turns, and an eighth of the places is for those of whom nothing waits [default: 1024].
    #[arg(long, env = "GLTF_RENDER_SERVER_QUEUE", value_name = "N")]
    pub queue: Option<String>,

    /// Scenes of requests that arrive, wait or are drawn, in memory and in temporary files together; more
    /// are answered 503 [default: 16GiB].
    #[arg(long, env = "GLTF_RENDER_SERVER_QUEUE_BYTES", value_name = "SIZE")]
    pub queue_bytes: Option<String>,

    /// After SIGTERM or SIGINT, how long requests under way may take until they are answered 503
    /// [default: 60].
    #[arg(long, env = "GLTF_RENDER_SERVER_GRACE", value_name = "SECONDS")]
    pub grace: Option<String>,

    /// How long a client may take to send the head of a request [default: 10].
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_HEADER_TIMEOUT",
        value_name = "SECONDS"
    )]
    pub header_timeout: Option<String>,

    /// How long a body may stop arriving, and how long it may take on the whole, with a second more for
    /// each 16 KiB; also how long a client may take nothing of its answer [default: 60].
    #[arg(long, env = "GLTF_RENDER_SERVER_BODY_TIMEOUT", value_name = "SECONDS")]
    pub body_timeout: Option<String>,

    /// Largest request body: bytes, or with the unit KiB, MiB or GiB [default: 512MiB].
    #[arg(long, env = "GLTF_RENDER_SERVER_MAX_BODY", value_name = "SIZE")]
    pub max_body: Option<String>,

    /// Memory for what is kept of scenes for the next ones: bytes, or with the unit KiB, MiB or GiB;
    /// 0 for none. An eighth as much again is kept of scenes as they arrived, without a GPU a sixteenth
    /// of what views show, and each worker may keep half as much again on its GPU [default: 512MiB].
    #[arg(long, env = "GLTF_RENDER_SERVER_CACHE_SIZE", value_name = "SIZE")]
    pub cache_size: Option<String>,

    /// How depth images are encoded if the request does not say.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_DEPTH_FORMAT",
        value_enum,
        default_value_t
    )]
    pub depth_format: DepthFormat,

    /// How hard PNG files are compressed.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_PNG_COMPRESSION",
        value_enum,
        default_value_t
    )]
    pub png_compression: PngCompression,

    /// Use the best graphics adapter whose name contains this text; if there are several of its kind,
    /// the workers share them [default: any name].
    #[arg(long, env = "GLTF_RENDER_SERVER_ADAPTER", value_name = "NAME")]
    pub adapter: Option<String>,

    /// Only answer requests with the header `Authorization: Bearer TOKEN`, but for /healthz and /readyz.
    /// The file has a token in each line; lines that begin with # are left out. SIGHUP has it read again
    /// [default: answer all].
    #[arg(long, env = "GLTF_RENDER_SERVER_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// How the lines of the log look.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_LOG_FORMAT",
        value_enum,
        default_value_t
    )]
    pub log_format: LogFormat,

    /// How large images may be, and what is kept.
    #[command(flatten)]
    pub limits: ServeLimitArgs,

    /// How large scenes may be.
    #[command(flatten)]
    pub scene_limits: SceneLimitArgs,
}

/// How the lines of the log look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// An object in each line, for machines
    Json,
}

impl ServeArgs {
    /// Leaves either `bind`, or `host` and `port`: an argument outranks the variables of the other,
    /// such as the one that the Dockerfile sets. clap's own conflicts would count variables too.
    pub(super) fn settle_address(&mut self, matches: &ArgMatches) -> Result<(), &'static str> {
        let given = |name, source| matches.value_source(name) == Some(source);
        let argument = |name| given(name, ValueSource::CommandLine);
        let variable = |name| given(name, ValueSource::EnvVariable);
        match (argument("bind"), argument("host") || argument("port")) {
            (true, true) => Err("--bind cannot be used with --host or --port"),
            (true, false) => {
                (self.host, self.port) = (None, None);
                Ok(())
            }
            (false, true) => {
                self.bind = None;
                Ok(())
            }
            (false, false) if variable("bind") && (variable("host") || variable("port")) => Err(
                "GLTF_RENDER_SERVER_BIND cannot be used with GLTF_RENDER_SERVER_HOST or \
                 GLTF_RENDER_SERVER_PORT",
            ),
            (false, false) => Ok(()),
        }
    }
}
