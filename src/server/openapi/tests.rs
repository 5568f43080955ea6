//! The document against the server that it is of.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::cli::ServeArgs;
use crate::protocol::TextField;
use crate::protocol::field::SCENE_FIELD;
use crate::scene::Limit;
use crate::server::testing::{Server, tokens};

/// What the server says of itself.
fn document(server: &Server) -> Value {
    let answer = server.ask(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    serde_json::from_slice(&answer.body).unwrap()
}

fn config() -> ServeConfig {
    ServeConfig::resolve(&ServeArgs::default()).unwrap()
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// The methods that a path of the document takes.
fn methods(item: &Value) -> BTreeSet<String> {
    let keys = keys(item).into_iter().filter(|key| *key != "parameters");
    keys.map(str::to_uppercase).collect()
}

#[test]
fn each_path_takes_its_methods_and_no_others() {
    let server = Server::start(|config| config.endpoint = "a/b".to_owned());
    let document = document(&server);
    let paths = document["paths"].as_object().unwrap();
    let mut expected: BTreeSet<_> = PAGES.iter().map(|(path, _)| *path).collect();
    expected.insert("/a/b");
    assert_eq!(keys(&document["paths"]), expected);
    for (path, item) in paths {
        let methods = methods(item);
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
        ] {
            let request =
                format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let answer = server.ask_head(request.as_bytes());
            assert_eq!(
                answer.status == 405,
                !methods.contains(method),
                "{method} {path}"
            );
            if answer.status == 405 {
                let allowed: Vec<_> = methods.iter().cloned().collect();
                let allowed = allowed.join(", ").to_lowercase();
                assert_eq!(answer.header("allow"), Some(allowed.as_str()), "{path}");
            }
        }
    }
    let other = server.ask(b"GET /other HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(other.refusal().0, "not_found");
}

#[test]
fn the_form_has_the_fields_of_the_protocol() {
    let config = config();
    let form = &of(&config)["components"]["schemas"]["RenderForm"];
    let mut expected: BTreeSet<_> = TextField::ALL.map(TextField::as_str).into();
    expected.insert(SCENE_FIELD);
    assert_eq!(keys(&form["properties"]), expected);
    for (name, field) in form["properties"].as_object().unwrap() {
        assert!(field["description"].as_str().unwrap().len() > 10, "{name}");
    }
}

#[test]
fn each_code_stands_at_its_status() {
    let mut config = config();
    let written = |config: &ServeConfig| {
        let document = of(config);
        let mut found = BTreeSet::new();
        let of_render = &document["paths"]["/render"]["post"]["responses"];
        let of_others = &document["components"]["responses"];
        let all = [of_render, of_others].map(|answers| answers.as_object().unwrap().values());
        for answer in all.into_iter().flatten() {
            let content =
                &answer["content"]["application/json"]["schema"]["allOf"][1]["properties"];
            let Some(codes) = content["code"]["enum"].as_array() else {
                continue;
            };
            for code in codes {
                let code = code.as_str().unwrap().to_owned();
                let text = answer["description"].as_str().unwrap();
                assert!(text.contains(&format!("* `{code}`: ")), "{code}: {text}");
                found.insert((code, content["status"]["const"].as_u64().unwrap()));
            }
        }
        found
    };
    let all: BTreeSet<_> = ErrorCode::all()
        .map(|code| (code.as_str().to_owned(), u64::from(code.status())))
        .collect();
    assert!(all.len() > 28 + Limit::ALL.len() - 1, "{}", all.len());
    let without = |names: &[&str]| {
        let mut all = all.clone();
        all.retain(|(code, _)| !names.contains(&code.as_str()));
        all
    };
    assert_eq!(written(&config), without(&["timeout", "unauthorized"]));
    config.timeout = Some(Duration::from_secs(1));
    assert_eq!(written(&config), without(&["unauthorized"]));
    config.tokens = tokens();
    assert_eq!(written(&config), all);
}

#[test]
fn limits_are_those_of_the_server() {
    let mut config = config();
    config.image_limits.width = 100;
    config.max_body = 12_345;
    config.scene_limits.set(Limit::Nodes, 77);
    let document = of(&config);
    let form = &document["components"]["schemas"]["RenderForm"]["properties"];
    assert_eq!(form["width"]["maximum"], 100);
    assert_eq!(form["height"]["maximum"], 8192);
    let post = &document["paths"]["/render"]["post"];
    let body = post["requestBody"]["description"].as_str().unwrap();
    assert!(body.contains("12345 bytes"), "{body}");
    let limits = post["responses"]["413"]["description"].as_str().unwrap();
    assert!(limits.contains("At most 77 (`--max-nodes`)."), "{limits}");
}
