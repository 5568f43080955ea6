//! Where clients post.

use super::reader::Reader;
use crate::cli::ServeArgs;

/// What the server itself has, by the first part of its path. Clients cannot post there.
const TAKEN: [&str; 7] = [
    "events",
    "healthz",
    "metrics",
    "openapi.json",
    "readyz",
    "renders",
    "sample.glb",
];

/// The path of the arguments, or the one that Drake's client posts to.
pub fn endpoint(args: &ServeArgs, reader: &mut Reader) -> String {
    let name = "--endpoint";
    let path = reader.parsed(name, args.endpoint.as_deref(), path);
    let path = path.unwrap_or_else(|| "render".to_owned());
    let first = path.split('/').next().unwrap_or_default();
    if TAKEN.contains(&first) {
        let taken = TAKEN.join(", ");
        (reader.faults).push(format!(
            "{name} must not be {path:?}: the server has pages of its own at {taken}, and below."
        ));
    }
    path
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

    use super::*;

    fn resolved(text: &str) -> Result<String, Vec<String>> {
        let args = ServeArgs {
            endpoint: Some(text.to_owned()),
            ..ServeArgs::default()
        };
        let mut reader = Reader::default();
        let endpoint = endpoint(&args, &mut reader);
        reader.done(endpoint).map_err(|error| error.0)
    }

    #[test]
    fn the_endpoint_loses_its_slashes() {
        assert_eq!(resolved("//api/render/").as_deref(), Ok("api/render"));
        for bad in ["", "/", "a//b", "../a", "a b", "{a}", "a?b"] {
            assert!(resolved(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_pages_of_the_server_cannot_be_the_endpoint() {
        for taken in ["events", "/sample.glb/", "healthz", "renders/1/image"] {
            let faults = resolved(taken).unwrap_err();
            let [fault] = &*faults else {
                panic!("{faults:?}");
            };
            assert!(fault.starts_with("--endpoint must not be"), "{fault}");
            assert!(fault.contains(taken.trim_matches('/')), "{fault}");
            assert!(fault.contains("events, healthz, metrics"), "{fault}");
        }
        for free in ["event", "api/events", "Healthz"] {
            assert_eq!(resolved(free).as_deref(), Ok(free));
        }
    }
}
