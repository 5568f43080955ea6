//! The configuration of the server: arguments as resolved and checked.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::cli::ServeArgs;
use crate::protocol::{DepthFormat, PngCompression};

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
        let mut faults = Vec::new();
        let (host, port) = address(args, &mut faults);
        let workers = parsed("--workers", args.workers.as_deref(), &mut faults, |text| {
            text.parse().map_err(|_| "a whole number greater than 0")
        });
        let endpoint = parsed("--endpoint", args.endpoint.as_deref(), &mut faults, path);
        let timeout = parsed("--timeout", args.timeout.as_deref(), &mut faults, |text| {
            let seconds = text.parse().ok().filter(|&seconds| seconds > 0.0);
            let timeout = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            timeout.ok_or("a number of seconds greater than 0")
        });
        let queue = parsed("--queue", args.queue.as_deref(), &mut faults, |text| {
            text.parse().map_err(|_| "a whole number")
        });
        let max_body = parsed(
            "--max-body",
            args.max_body.as_deref(),
            &mut faults,
            |text| bytes(text).ok_or("a size such as 1048576, 64MiB or 1GiB"),
        );
        let cache_size = parsed(
            "--cache-size",
            args.cache_size.as_deref(),
            &mut faults,
            |text| match text {
                "0" => Ok(0),
                text => bytes(text).ok_or("0 or a size such as 64MiB or 1GiB"),
            },
        );
        if !faults.is_empty() {
            return Err(ConfigError(faults));
        }
        Ok(Self {
            host,
            port,
            workers: workers.unwrap_or_else(default_workers),
            endpoint: endpoint.unwrap_or_else(|| "render".to_owned()),
            debug: args.debug,
            timeout,
            queue: queue.unwrap_or(1024),
            max_body: max_body.unwrap_or(512 << 20),
            cache_size: cache_size.unwrap_or(512 << 20),
            depth_format: args.depth_format,
            png_compression: args.png_compression,
            adapter: args.adapter.clone().filter(|name| !name.is_empty()),
        })
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

/// Host and port, from `--bind` or from `--host` and `--port`.
fn address(args: &ServeArgs, faults: &mut Vec<String>) -> (String, u16) {
    let number = |text: &str| text.parse().map_err(|_| "a number from 0 to 65535");
    if let Some(bind) = args.bind.as_deref() {
        let split = |text: &str| {
            let (host, port) = text.rsplit_once(':').ok_or(())?;
            Ok((bare_host(host).ok_or(())?, port.parse().map_err(drop)?))
        };
        let bound = parsed("--bind", Some(bind), faults, |text| {
            split(text).map_err(|()| "HOST:PORT, with an IPv6 address in brackets")
        });
        return bound.unwrap_or_default();
    }
    let host = parsed("--host", args.host.as_deref(), faults, |text| {
        bare_host(text)
            .or_else(|| {
                text.parse::<std::net::Ipv6Addr>()
                    .ok()
                    .map(|_| text.to_owned())
            })
            .ok_or("an address or a host name")
    });
    let port = parsed("--port", args.port.as_deref(), faults, number);
    (
        host.unwrap_or_else(|| "127.0.0.1".to_owned()),
        port.unwrap_or(8000),
    )
}

/// A host without the brackets of an IPv6 address, which needs them where a port follows.
fn bare_host(text: &str) -> Option<String> {
    if let Some(inner) = text.strip_prefix('[') {
        let inner = inner.strip_suffix(']')?;
        return inner
            .parse::<std::net::Ipv6Addr>()
            .ok()
            .map(|_| inner.to_owned());
    }
    let plain = !text.is_empty() && !text.contains([':', '/', '[', ']', ' ']);
    plain.then(|| text.to_owned())
}

/// A path without slashes at its ends, of characters that need no escape in a URL.
fn path(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "a path of letters, digits, '-', '_', '.', '~' and '/'";
    let path = text.trim_matches('/');
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_.~/".contains(c);
    let segment = |s: &str| !s.is_empty() && s != "." && s != "..";
    if path.chars().all(safe) && path.split('/').all(segment) {
        return Ok(path.to_owned());
    }
    Err(EXPECTED)
}

/// A size in bytes, with or without a unit.
fn bytes(text: &str) -> Option<usize> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let unit: usize = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" | "k" => 1 << 10,
        "mib" | "m" => 1 << 20,
        "gib" | "g" => 1 << 30,
        _ => return None,
    };
    number
        .parse::<usize>()
        .ok()?
        .checked_mul(unit)
        .filter(|&n| n > 0)
}

/// Reads an argument if it is given; notes the fault if it cannot be read.
fn parsed<T>(
    name: &str,
    text: Option<&str>,
    faults: &mut Vec<String>,
    read: impl FnOnce(&str) -> Result<T, &'static str>,
) -> Option<T> {
    let text = text?;
    read(text.trim())
        .map_err(|expected| faults.push(format!("{name} must be {expected}, not {text:?}.")))
        .ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;

    fn address_of(bind: &str) -> Option<(String, u16)> {
        let args = ServeArgs {
            bind: Some(bind.to_owned()),
            ..ServeArgs::default()
        };
        ServeConfig::resolve(&args).ok().map(|c| (c.host, c.port))
    }

    #[test]
    fn defaults_are_those_of_the_help() {
        let config = ServeConfig::resolve(&ServeArgs::default()).unwrap();
        assert_eq!((config.host.as_str(), config.port), ("127.0.0.1", 8000));
        assert_eq!(config.endpoint, "render");
        assert_eq!((config.queue, config.max_body), (1024, 536_870_912));
        assert_eq!(config.timeout, None);
        assert!((2..=16).contains(&config.workers.get()));
    }

    #[test]
    fn bind_is_taken_apart() {
        assert_eq!(address_of("0.0.0.0:80"), Some(("0.0.0.0".into(), 80)));
        assert_eq!(address_of("[::1]:0"), Some(("::1".into(), 0)));
        for bad in [
            "80",
            ":80",
            "::1:80",
            "a:b",
            "a:70000",
            "http://a:80",
            "[a]:1",
            "[::1:1",
        ] {
            assert_eq!(address_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_endpoint_loses_its_slashes() {
        assert_eq!(path("//api/render/").as_deref(), Ok("api/render"));
        for bad in ["", "/", "a//b", "../a", "a b", "{a}", "a?b"] {
            assert!(path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("123"), Some(123));
        assert_eq!(bytes("64MiB"), Some(64 << 20));
        assert_eq!(bytes("2 gib"), Some(2 << 30));
        for bad in ["", "0", "MiB", "-1", "1TB", "99999999999GiB", "1é"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
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
            max_body: Some("big".to_owned()),
            cache_size: Some("-1".to_owned()),
            ..ServeArgs::default()
        };
        let faults = ServeConfig::resolve(&args).unwrap_err().0;
        let names = [
            "--host",
            "--port",
            "--workers",
            "--endpoint",
            "--timeout",
            "--queue",
            "--max-body",
            "--cache-size",
        ];
        assert_eq!(faults.len(), names.len(), "{faults:?}");
        for (fault, name) in faults.iter().zip(names) {
            assert!(fault.starts_with(name), "{fault}");
        }
        for timeout in ["nan", "inf", "1e300"] {
            let args = ServeArgs {
                timeout: Some(timeout.to_owned()),
                ..ServeArgs::default()
            };
            assert!(ServeConfig::resolve(&args).is_err(), "{timeout}");
        }
    }
}
