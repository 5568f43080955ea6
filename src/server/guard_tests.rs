//! Who is let in, what answers tell, and what is counted and named; over real sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::time::Duration;

use base64_simd::STANDARD;
use sha2::{Digest as _, Sha256};

use super::testing::*;

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").into_bytes()
}

fn with_header(request: &[u8], header: &str) -> Vec<u8> {
    let text = b"Host: x\r\n";
    let at = request.windows(text.len()).position(|w| w == text).unwrap() + text.len();
    [&request[..at], header.as_bytes(), b"\r\n", &request[at..]].concat()
}

#[test]
fn whoever_knows_no_token_is_refused() {
    let server = Server::start(|config| config.tokens = tokens());
    let good = request("/render", &form(&[("scene", b"abc")]));
    for header in [
        "X-Other: secret-1",
        "Authorization: Bearer secret-3",
        "Authorization: Bearer secret-",
        "Authorization: Bearer secret-11",
        "Authorization: Bearer ",
        "Authorization: Basic secret-1",
        "Authorization: Bearer # two",
    ] {
        for request in [
            good.clone(),
            get("/render", ""),
            get("/", ""),
            get("/metrics", ""),
            get("/openapi.json", ""),
            get("/nothing", ""),
            get("/%68ealthz", ""),
            get("/healthz/x", ""),
        ] {
            let answer = server.ask(&with_header(&request, header));
            assert_eq!(
                (answer.status, answer.refusal().0.as_str()),
                (401, "unauthorized"),
                "{header}"
            );
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("bearer "), "{challenge}");
        }
    }
    assert_eq!(server.app.pool.counters().done, 0);
    for header in [
        "Authorization: Bearer secret-1",
        "authorization: bearer secret-2",
    ] {
        assert_eq!(server.ask(&with_header(&good, header)).text(), "abc");
        for path in ["/", "/metrics", "/openapi.json", "/render"] {
            let request = with_header(&get(path, ""), header);
            assert_eq!(server.ask(&request).status, 200, "{path}");
        }
    }
    for path in ["/healthz", "/readyz", "//readyz"] {
        assert_eq!(server.ask(&get(path, "")).status, 200, "{path}");
    }
}

/// It has not to send all of its body for that, nor is it cut off if it does.
#[test]
fn a_client_without_a_token_is_refused_before_its_body() {
    let server = Server::start(|config| config.tokens = tokens());
    let whole = request("/render", &form(&[("scene", &vec![b'x'; 20_000_000])]));
    let head_only = &whole[..200];
    for sent in [head_only, &whole] {
        assert_eq!(server.ask(sent).status, 401);
    }
    assert_eq!(server.app.store.bytes(), 0);
}

#[test]
fn all_answers_have_strict_headers() {
    let server = Server::start(|config| config.max_body = 10_000);
    let large = request("/render", &form(&[("scene", &vec![b'x'; 20_000])]));
    for request in [
        get("/", ""),
        get("/render", ""),
        get("/metrics", ""),
        get("/openapi.json", ""),
        get("/healthz", ""),
        get("/nothing", ""),
        request("/render", &form(&[("scene", b"abc")])),
        request("/render", &form(&[("scene", b"broken")])),
        large,
    ] {
        let answer = server.ask(&request);
        let line = String::from_utf8_lossy(&request[..20]).into_owned();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "deny"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{line}: {name}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none';"), "{line}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{line}: {policy}"
        );
        assert_eq!(answer.header("server"), None);
    }
}

/// The policy names the style and the script that the page has, and the page has nothing else that it
/// forbids.
#[test]
fn pages_keep_to_their_own_policy() {
    for debug in [false, true] {
        let server = Server::start(|config| config.debug = debug);
        for path in ["/", "/render"] {
            let answer = server.ask(&get(path, ""));
            let page = answer.text();
            let policy = answer.header("content-security-policy").unwrap();
            for part in ["style", "script"] {
                let (_, text) = page.split_once(&format!("<{part}>")).unwrap();
                let (text, rest) = text.split_once(&format!("</{part}>")).unwrap();
                assert!(!rest.contains(&format!("<{part}")), "another {part}");
                let is_style = part == "style";
                assert!(
                    !is_style || !text.contains("url("),
                    "a style loads something"
                );
                let hash = STANDARD.encode_to_string(Sha256::digest(text));
                // Headers are read in lower case here.
                let allowed = format!("{part}-src 'sha256-{}';", hash.to_lowercase());
                assert!(policy.contains(&allowed), "{policy}");
            }
            for forbidden in [" style=", "onclick", "=\"http", "=\"//", "@import"] {
                assert!(!page.contains(forbidden), "{forbidden}");
            }
        }
    }
}

/// What it runs on, and which version, is said on the status page alone; what it was sent, and where it keeps
/// that, to those who debug it.
#[test]
fn pages_tell_no_more_than_they_have_to() {
    for debug in [false, true] {
        let server = Server::start(|config| config.debug = debug);
        let answers = [
            server.ask(&get("/", "")),
            server.ask(&get("/render", "")),
            server.ask(&get("/nothing", "")),
            server.post(&form(&[("scene", b"broken")])),
            server.post(&form(&[("scene", b"panic")])),
        ];
        let mut texts = answers.iter().map(Answer::text);
        let version = env!("CARGO_PKG_VERSION");
        let of_status = ["&lt;fake&gt;", version, "Backend"];
        let status = texts.next().unwrap();
        for detail in of_status {
            assert!(status.contains(detail), "{detail}");
        }
        let folder = std::env::temp_dir().display().to_string();
        for detail in [folder.as_str(), "Debugging", "The last images"] {
            assert_eq!(status.contains(detail), debug, "{detail}");
        }
        for text in texts {
            assert!(
                !of_status.iter().any(|detail| text.contains(detail)),
                "{text}"
            );
            let is_panic = text.contains("a fault of the renderer");
            assert!(!is_panic || debug, "{text}");
        }
    }
}

#[test]
fn answers_name_their_request() {
    let server = Server::start(|_| ());
    let post = request("/render", &form(&[("scene", b"abc")]));
    for name in ["a", "A-1_b.c", &"x".repeat(128)] {
        let answer = server.ask(&with_header(&post, &format!("X-Request-Id: {name}")));
        assert_eq!(answer.status, 200);
        let given = name.to_lowercase();
        assert_eq!(answer.header("x-request-id"), Some(given.as_str()));
    }
    let mut made = Vec::new();
    for header in [
        "X-Other: a",
        "X-Request-Id: a b",
        "X-Request-Id: \"",
        "X-Request-Id:",
    ] {
        let answer = server.ask(&with_header(&post, header));
        made.push(answer.header("x-request-id").unwrap().to_owned());
    }
    made.push({
        let long = format!("X-Request-Id: {}", "x".repeat(129));
        let answer = server.ask(&with_header(&post, &long));
        answer.header("x-request-id").unwrap().to_owned()
    });
    assert!(made.iter().all(|id| id.len() == 32), "{made:?}");
    made.dedup();
    assert_eq!(made.len(), 5);
}

#[test]
fn refusals_name_their_request_too() {
    let server = Server::start(|config| config.tokens = tokens());
    let token = "Authorization: Bearer secret-1\r\nX-Request-Id: r-7";
    let bad = with_header(&request("/render", &form(&[("scene", b"broken")])), token);
    for (request, status) in [
        (bad, 422),
        (with_header(&get("/nothing", ""), token), 404),
        (get("/", "X-Request-Id: r-7\r\n"), 401),
    ] {
        let answer = server.ask(&request);
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("x-request-id"), Some("r-7"));
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["request_id"], "r-7");
    }
}

/// The value of a sample.
fn metric(server: &Server, sample: &str) -> Option<f64> {
    let answer = server.ask(&get("/metrics", ""));
    let name = format!("gltf_render_server_{sample} ");
    let line = answer.text().lines().find(|line| line.starts_with(&name))?;
    Some(line[name.len()..].parse().unwrap())
}

#[test]
fn metrics_count_what_has_happened() {
    let server = Server::start(|_| ());
    // There is no rate of what was not there before.
    for sample in [
        "requests_total{image_type=\"depth\",status=\"200\"}",
        "requests_total{image_type=\"unknown\",status=\"503\"}",
        "errors_total{code=\"queue_full\"}",
        "errors_total{code=\"too_many_nodes\"}",
    ] {
        assert_eq!(metric(&server, sample), Some(0.0), "{sample}");
    }
    assert_eq!(metric(&server, "requests_in_flight"), Some(0.0));
    let first = server.occupy();
    assert_eq!(metric(&server, "requests_in_flight"), Some(1.0));
    std::thread::sleep(Duration::from_millis(20));
    server.release.send(()).unwrap();
    let mut first = first;
    assert_eq!(Answer::read(&mut first).status, 200);
    assert_eq!(metric(&server, "requests_in_flight"), Some(0.0));
    for scene in ["broken", "panic", "broken"] {
        server.post(&form(&[("scene", scene.as_bytes())]));
    }
    server.ask(&get("/nothing", ""));
    for (code, count) in [
        ("scene_invalid", 2.0),
        ("renderer_failure", 1.0),
        ("not_found", 1.0),
    ] {
        let sample = format!("errors_total{{code=\"{code}\"}}");
        assert_eq!(metric(&server, &sample), Some(count), "{code}");
    }
    let color = "image_type=\"color\"";
    for (labels, count) in [
        (format!("count{{{color}}}"), 4.0),
        (format!("bucket{{{color},le=\"+Inf\"}}"), 4.0),
        ("count{image_type=\"depth\"}".to_owned(), 0.0),
    ] {
        let sample = format!("request_duration_seconds_{labels}");
        assert_eq!(metric(&server, &sample), Some(count), "{sample}");
    }
    let took = metric(&server, &format!("request_duration_seconds_sum{{{color}}}"));
    assert!((0.02..10.0).contains(&took.unwrap()), "{took:?}");
    // What panicked has no times of its own, and what was refused was not drawn.
    for (stage, count) in [
        ("receive", 4.0),
        ("wait", 3.0),
        ("draw", 1.0),
        ("encode", 1.0),
    ] {
        let sample = format!("stage_duration_seconds_count{{stage=\"{stage}\"}}");
        assert_eq!(metric(&server, &sample), Some(count), "{stage}");
    }
    for name in ["gpu_memory_bytes", "device_losses_total"] {
        assert_eq!(metric(&server, name), Some(0.0), "{name}");
    }
    let limit = metric(&server, "gpu_memory_limit_bytes").unwrap();
    assert_eq!(limit.to_string(), server.app.config.gpu_memory.to_string());
}

#[test]
fn a_client_that_goes_away_is_under_way_no_more() {
    let server = Server::start(|_| ());
    drop(server.occupy());
    let patience = std::time::Instant::now() + Duration::from_secs(10);
    while metric(&server, "requests_in_flight") != Some(0.0) {
        assert!(std::time::Instant::now() < patience);
        std::thread::sleep(Duration::from_millis(5));
    }
    server.release.send(()).unwrap();
}

#[test]
fn what_was_not_let_in_is_counted() {
    let server = Server::start(|config| config.tokens = tokens());
    server.post(&form(&[("scene", b"abc")]));
    assert_eq!(server.app.counts.list(), [("unknown", 401, 1)]);
    let mut refusals = server.app.counts.refusals();
    refusals.retain(|_, count| *count > 0);
    assert_eq!(
        refusals.into_iter().collect::<Vec<_>>(),
        [("unauthorized", 1)]
    );
}
