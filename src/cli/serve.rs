//! The options of `serve`.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ValueEnum};

use super::limits::MEMORY;
use super::{SceneLimitArgs, ServeLimitArgs};
use crate::protocol::{DepthFormat, PngCompression};

const ADDRESS: &str = "Address and access";
const DRAWING: &str = "Drawing";
const QUEUE: &str = "Queue and time";
const LOG: &str = "Log";

/// The options of `serve`. Numbers are text here, so that all that is wrong with them can be
/// reported at once.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    /// Address or host name to listen on [default: 127.0.0.1].
    #[arg(long, env = "GLTF_RENDER_SERVER_HOST", help_heading = ADDRESS)]
    pub host: Option<String>,

    /// Port to listen on; 0 takes a free one [default: 8000].
    #[arg(long, env = "GLTF_RENDER_SERVER_PORT", help_heading = ADDRESS)]
    pub port: Option<String>,

    /// Address and port in one, instead of --host and --port.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_BIND",
        value_name = "HOST:PORT",
        help_heading = ADDRESS
    )]
    pub bind: Option<String>,

    /// Path to which clients post, which cannot be that of a page of the server's own [default: render].
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_ENDPOINT",
        value_name = "PATH",
        help_heading = ADDRESS
    )]
    pub endpoint: Option<String>,

    /// Only answer requests that have a token of this file [default: answer all].
    ///
    /// They have it in the header `Authorization: Bearer TOKEN`; /healthz and /readyz need none. The file
    /// has a token in each line; lines that begin with # are left out. SIGHUP has it read again; if it makes no
    /// sense then, the tokens stay as they were.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_TOKEN_FILE",
        value_name = "FILE",
        help_heading = ADDRESS
    )]
    pub token_file: Option<PathBuf>,

    /// Render threads, each with a device of its own [default: one per core, 2 to 16].
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_WORKERS",
        value_name = "N",
        help_heading = DRAWING
    )]
    pub workers: Option<String>,

    /// Use the best graphics adapter whose name contains this text [default: any name].
    ///
    /// If there are several of its kind, the workers share them. `gltf-render-server adapters` lists them.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_ADAPTER",
        value_name = "NAME",
        help_heading = DRAWING
    )]
    pub adapter: Option<String>,

    /// How depth images are encoded if the request does not say.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_DEPTH_FORMAT",
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = DRAWING
    )]
    pub depth_format: DepthFormat,

    /// How hard PNG files are compressed.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_PNG_COMPRESSION",
        value_enum,
        default_value_t,
        value_name = "HOW",
        help_heading = DRAWING
    )]
    pub png_compression: PngCompression,

    /// Requests that may wait for a worker; more are answered 503 [default: 1024].
    ///
    /// Clients, told apart by address, take turns, and an eighth of the places is for those of whom
    /// nothing waits.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_QUEUE",
        value_name = "N",
        help_heading = QUEUE
    )]
    pub queue: Option<String>,

    /// Bytes of scenes that arrive, wait or are drawn; more are answered 503 [default: 16GiB].
    ///
    /// What does not fit into 1 GiB of memory is in temporary files (`$TMPDIR`).
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_QUEUE_BYTES",
        value_name = "SIZE",
        help_heading = QUEUE
    )]
    pub queue_bytes: Option<String>,

    /// Give up a request after this time and answer 504 [default: never].
    ///
    /// Drake's client does not try again. A worker that is still at it two seconds later is replaced.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_TIMEOUT",
        value_name = "SECONDS",
        help_heading = QUEUE
    )]
    pub timeout: Option<String>,

    /// How long requests under way may take after SIGTERM or SIGINT [default: 60].
    ///
    /// Then they are answered 503.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_GRACE",
        value_name = "SECONDS",
        help_heading = QUEUE
    )]
    pub grace: Option<String>,

    /// How long a client may take to send the head of a connection's first request [default: 10].
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_HEADER_TIMEOUT",
        value_name = "SECONDS",
        help_heading = QUEUE
    )]
    pub header_timeout: Option<String>,

    /// How long a body may stop arriving [default: 60].
    ///
    /// It may take as long on the whole, with a second more for each 16 KiB. The same holds for the answer and a
    /// client that takes nothing of it, or too little.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_BODY_TIMEOUT",
        value_name = "SECONDS",
        help_heading = QUEUE
    )]
    pub body_timeout: Option<String>,

    /// Memory for what is kept of scenes for the next ones; 0 keeps nothing [default: 512MiB].
    ///
    /// An eighth as much again is kept of scenes as they arrived, without a GPU a sixteenth of what views
    /// show, and each worker may keep half as much again on its GPU.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_CACHE_SIZE",
        value_name = "SIZE",
        help_heading = MEMORY
    )]
    pub cache_size: Option<String>,

    /// How large images may be, and what is kept.
    #[command(flatten)]
    pub limits: ServeLimitArgs,

    /// How the lines of the log look.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_LOG_FORMAT",
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = LOG
    )]
    pub log_format: LogFormat,

    /// Tell clients more, and log more.
    ///
    /// Answers say what lies behind an error, and the status page shows the last images, the scenes that were
    /// posted for them, and the folder for temporary files. Images stay the same.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_DEBUG",
        value_parser = clap::builder::BoolishValueParser::new(),
        help_heading = LOG
    )]
    pub debug: bool,

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
