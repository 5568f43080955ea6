//! The configuration of the server: arguments as resolved and checked.

mod address;
mod endpoint;
mod limits;
mod reader;
mod tokens;

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::cli::{LogFormat, ServeArgs};
use crate::protocol::{DepthFormat, ImageLimits, PngCompression};
use crate::scene::Limits;
use reader::Reader;

pub use limits::scene_limits;
pub use tokens::Tokens;

/// How the server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeConfig {
    /// Address or host name to listen on, without the brackets of an IPv6 address.
    pub host: String,
    /// Port to listen on; 0 for a free one.
    pub port: u16,
    /// Render threads.
    pub workers: NonZeroUsize,
    /// Path to which clients post, without slashes at its ends.
    pub endpoint: String,
    /// Whether answers say what lies behind an error.
    pub debug: bool,
    /// When a request is given up.
    pub timeout: Option<Duration>,
    /// Requests that may wait for a worker.
    pub queue: usize,
    /// Scenes of the requests under way, bytes.
    pub queue_bytes: usize,
    /// After a signal to stop, how long requests under way may take.
    pub grace: Duration,
    /// How long a client may take to send the head of a request.
    pub header_timeout: Duration,
    /// How long a body may stop arriving, and how long it may take beside what its length allows; how long
    /// an answer may not be taken.
    pub body_timeout: Duration,
    /// Largest request body, bytes.
    pub max_body: usize,
    /// Memory for what is kept of scenes for the next ones, bytes.
    pub cache_size: usize,
    /// How depth images are encoded if the request does not say.
    pub depth_format: DepthFormat,
    /// How hard PNG files are compressed.
    pub png_compression: PngCompression,
    /// Part of the name of the graphics adapter to use.
    pub adapter: Option<String>,
    /// What clients have to know; nothing if all are answered.
    pub tokens: Option<Tokens>,
    /// How the lines of the log look.
    pub log_format: LogFormat,
    /// How large an image may be asked for.
    pub image_limits: ImageLimits,
    /// How large a scene may be.
    pub scene_limits: Limits,
    /// Scenes that are kept as they arrived, and as many as they were loaded.
    pub cache_scenes: usize,
    /// What all workers together may hold on their devices, bytes.
    pub gpu_memory: usize,
}

/// All that is wrong with the arguments, a line for each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl ServeConfig {
    /// Resolves and checks the arguments of `serve`.
    ///
    /// # Errors
    /// If at least one of them makes no sense; all that do not are named.
    pub fn resolve(args: &ServeArgs) -> Result<Self, ConfigError> {
        let mut reader = Reader::default();
        let (host, port) = address::address(args, &mut reader);
        let workers = reader.count("--workers", args.workers.as_ref());
        let endpoint = endpoint::endpoint(args, &mut reader);
        let workers = workers.unwrap_or_else(default_workers);
        let image_limits = limits::image_limits(&args.limits, &mut reader);
        let scene_limits = limits::read_scene_limits(&args.scene_limits, &mut reader);
        let timeout = reader.seconds("--timeout", args.timeout.as_ref());
        let mut seconds = |name, text: &Option<String>, default| {
            let given = reader.seconds(name, text.as_ref());
            given.unwrap_or(Duration::from_secs(default))
        };
        let config = Self {
            host,
            port,
            workers,
            endpoint,
            debug: args.debug,
            timeout,
            grace: seconds("--grace", &args.grace, 60),
            header_timeout: seconds("--header-timeout", &args.header_timeout, 10),
            body_timeout: seconds("--body-timeout", &args.body_timeout, 60),
            queue: reader.number("--queue", args.queue.as_ref(), 1024),
            queue_bytes: reader.size("--queue-bytes", args.queue_bytes.as_ref(), 16 << 30),
            max_body: reader.size("--max-body", args.limits.max_body.as_ref(), 512 << 20),
            cache_size: reader.size_or_none("--cache-size", args.cache_size.as_ref(), 512 << 20),
            depth_format: args.depth_format,
            png_compression: args.png_compression,
            adapter: args.adapter.clone().filter(|name| !name.is_empty()),
            tokens: tokens::tokens(args.token_file.as_deref(), &mut reader),
            log_format: args.log_format,
            image_limits,
            scene_limits,
            cache_scenes: limits::cache_scenes(&args.limits, &mut reader),
            gpu_memory: limits::gpu_memory(&args.limits, workers, &mut reader),
        };
        if config.queue_bytes < config.max_body {
            (reader.faults).push("--queue-bytes must not be less than --max-body.".to_owned());
        }
        reader.done(config)
    }
}

/// One worker per core, because a software adapter draws on its worker's core; no more than 16,
/// because a hardware adapter has to hold a device for each; and no fewer than 2, so that one
/// image is drawn while another is decoded.
fn default_workers() -> NonZeroUsize {
    const LEAST: NonZeroUsize = NonZeroUsize::new(2).unwrap();
    const MOST: NonZeroUsize = NonZeroUsize::new(16).unwrap();
    available_parallelism().map_or(LEAST, |cores| cores.clamp(LEAST, MOST))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;
    use crate::cli::{self, ServeLimitArgs};

    fn max_body(text: &str) -> ServeLimitArgs {
        ServeLimitArgs {
            max_body: Some(text.to_owned()),
            ..ServeLimitArgs::default()
        }
    }

    /// Who gives each option the default of its help gets what nobody gives any option gets.
    #[test]
    fn defaults_are_those_of_the_help() {
        let serve = cli::definition();
        let serve = serve.find_subcommand("serve").unwrap();
        let mut line = vec!["gltf-render-server".to_owned(), "serve".to_owned()];
        let mut in_words = Vec::new();
        for option in serve.get_arguments() {
            let name = option.get_long().unwrap();
            // What follows a comma is about the number.
            let default = cli::default_of(option).and_then(|it| {
                let (first, _) = it.split_once(',').unwrap_or((it.as_str(), ""));
                (!first.contains(' ')).then(|| first.to_owned())
            });
            match default.filter(|default| default != "never") {
                Some(default) => line.push(format!("--{name}={default}")),
                None => in_words.push(name),
            }
        }
        let expected = [
            "bind",
            "token-file",
            "workers",
            "adapter",
            "timeout",
            "gpu-memory",
            "debug",
        ];
        assert_eq!(in_words, expected);
        let resolved = |line: &[String]| {
            let cli = cli::Cli::parse_from_arguments(line).unwrap();
            let Some(cli::Command::Serve(args)) = cli.command else {
                unreachable!("serve");
            };
            ServeConfig::resolve(&args).unwrap()
        };
        let config = resolved(&line[..2]);
        assert_eq!(config, resolved(&line));
        assert_eq!((config.timeout, config.debug), (None, false));
        assert_eq!((config.tokens, config.adapter), (None, None));
        assert!((2..=16).contains(&config.workers.get()));
        assert_eq!(config.gpu_memory, config.workers.get() * (4 << 30));
    }

    #[test]
    fn the_cache_may_have_no_memory() {
        let of = |text: Option<&str>| {
            let args = ServeArgs {
                cache_size: text.map(str::to_owned),
                ..ServeArgs::default()
            };
            ServeConfig::resolve(&args).unwrap().cache_size
        };
        assert_eq!(of(None), 512 << 20);
        assert_eq!(of(Some("0")), 0);
        assert_eq!(of(Some("3KiB")), 3 << 10);
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let args = ServeArgs {
            host: Some("http://x".to_owned()),
            port: Some("x".to_owned()),
            workers: Some("0".to_owned()),
            endpoint: Some(" ".to_owned()),
            timeout: Some("-1".to_owned()),
            queue: Some("many".to_owned()),
            limits: max_body("big"),
            queue_bytes: Some("0".to_owned()),
            grace: Some("long".to_owned()),
            header_timeout: Some("0".to_owned()),
            body_timeout: Some("inf".to_owned()),
            cache_size: Some("-1".to_owned()),
            token_file: Some("/nowhere".into()),
            ..ServeArgs::default()
        };
        let faults = ServeConfig::resolve(&args).unwrap_err().0;
        let names = [
            "--host",
            "--port",
            "--workers",
            "--endpoint",
            "--timeout",
            "--grace",
            "--header-timeout",
            "--body-timeout",
            "--queue",
            "--queue-bytes",
            "--max-body",
            "--cache-size",
            "--token-file",
        ];
        assert_eq!(faults.len(), names.len(), "{faults:?}");
        for (fault, name) in faults.iter().zip(names) {
            assert!(fault.starts_with(name), "{fault}");
        }
    }

    #[test]
    fn the_queue_has_room_for_the_largest_body() {
        let of = |queue_bytes: &str| {
            ServeConfig::resolve(&ServeArgs {
                queue_bytes: Some(queue_bytes.to_owned()),
                limits: max_body("2KiB"),
                ..ServeArgs::default()
            })
        };
        assert!(of("2KiB").is_ok());
        assert!(of("1KiB").unwrap_err().0[0].starts_with("--queue-bytes"));
    }
}
