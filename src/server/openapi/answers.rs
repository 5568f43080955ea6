//! What comes back: images, pages and refusals, with the headers that they have.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::config::ServeConfig;
use crate::protocol::ErrorCode;
use crate::request_id::RequestId;
use crate::server::routes::Page;

/// The headers of answers, which all but the first are not on all.
pub fn headers() -> Value {
    let text = |description: &str, is_required: bool| {
        json!({
            "description": description,
            "required": is_required,
            "schema": { "type": "string" },
        })
    };
    json!({
        "X-Request-Id": {
            "description":
                "What the server's log calls the request: the name that the request gave, or a new one.",
            "required": true,
            "schema": { "type": "string", "pattern": RequestId::PATTERN },
        },
        "X-Gltf-Ignored-Extensions": text(
            "The optional extensions of the scene that are not supported, each once, with commas between \
             them; `...` stands for what cannot be in the list.",
            false,
        ),
        "Retry-After": {
            "description": "After how many seconds to ask again.",
            "required": true,
            "schema": { "type": "string", "pattern": "^[0-9]+$" },
        },
        "WWW-Authenticate": text("That a bearer token is asked for.", true),
        "Allow": text("The methods that the path takes.", true),
    })
}

/// The body of all refusals.
pub fn refusal_schema() -> Value {
    let codes: Vec<_> = ErrorCode::all().map(ErrorCode::as_str).collect();
    json!({
        "description": "Why there is no image.",
        "type": "object",
        "properties": {
            "error": { "const": true },
            "code": { "description": "Stays the same.", "enum": codes },
            "message": {
                "description": "A sentence that names the field or the object of the scene.",
                "type": "string",
            },
            "status": { "description": "The HTTP status, again.", "type": "integer" },
            "request_id": {
                "description": "The header `X-Request-Id`, again.",
                "type": "string",
                "pattern": RequestId::PATTERN,
            },
        },
        "required": ["error", "code", "message", "status", "request_id"],
        "additionalProperties": false,
    })
}

/// The answers of the endpoint.
pub fn of_endpoint(config: &ServeConfig) -> Value {
    let codes = ErrorCode::all().filter(|code| match code {
        ErrorCode::NotFound | ErrorCode::MethodNotAllowed => false,
        ErrorCode::Unauthorized => config.tokens.is_some(),
        ErrorCode::Timeout => config.timeout.is_some(),
        _ => true,
    });
    let mut answers = refusals(codes, config);
    let image = json!({
        "description":
            "The image. Color: 8-bit RGB PNG, the background is (204, 229, 255). Depth: float32 TIFF, \
             metres along the optical axis, 0 is too close, infinity too far or nothing there; or 16-bit \
             PNG, millimetres, 65535 is too far. Label: 8-bit RGB PNG, each pixel has exactly the base \
             color of what it shows, or is white.",
        "headers": named(&["X-Request-Id", "X-Gltf-Ignored-Extensions"]),
        "content": { "image/png": {}, "image/tiff": {} },
    });
    answers.insert("200".to_owned(), image);
    answers.into()
}

/// The answers of what is only read; without their bodies for HEAD.
pub fn of_page(page: &Page, is_open: bool, has_body: bool, config: &ServeConfig) -> Value {
    let is_guarded = config.tokens.is_some() && !is_open;
    let token = is_guarded.then_some(ErrorCode::Unauthorized);
    let mut answers = refusals(page.refusals.iter().copied().chain(token), config);
    let content = match page.media_type {
        "application/json" => json!({ "schema": { "type": "object" } }),
        text if text.starts_with("text/") => json!({ "schema": { "type": "string" } }),
        _ => json!({}),
    };
    let ok = json!({
        "description": page.summary,
        "headers": named(&["X-Request-Id"]),
        "content": { page.media_type: content },
    });
    answers.insert("200".to_owned(), ok);
    if !has_body {
        for answer in answers.values_mut().filter_map(Value::as_object_mut) {
            answer.remove("content");
        }
    }
    answers.into()
}

/// The refusals with these codes, by status.
fn refusals(codes: impl Iterator<Item = ErrorCode>, config: &ServeConfig) -> Map<String, Value> {
    let mut by_status = BTreeMap::<u16, Vec<ErrorCode>>::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(code);
    }
    let refusals = by_status.into_iter();
    refusals
        .map(|(status, codes)| (status.to_string(), refusal(status, &codes, config)))
        .collect()
}

/// The refusals of one status.
pub fn refusal(status: u16, codes: &[ErrorCode], config: &ServeConfig) -> Value {
    let lines: Vec<_> = codes.iter().map(|&code| line(code, config)).collect();
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let mut headers = vec!["X-Request-Id"];
    headers.extend(match status {
        401 => Some("WWW-Authenticate"),
        405 => Some("Allow"),
        503 => Some("Retry-After"),
        _ => None,
    });
    json!({
        "description": lines.join("\n"),
        "headers": named(&headers),
        "content": { "application/json": { "schema": {
            "allOf": [
                { "$ref": "#/components/schemas/Refusal" },
                { "properties": { "code": { "enum": names }, "status": { "const": status } } },
            ],
        } } },
    })
}

/// What a code means, and what to do about it.
fn line(code: ErrorCode, config: &ServeConfig) -> String {
    let (name, meaning, remedy) = (code.as_str(), code.meaning(), code.remedy());
    let ErrorCode::SceneTooLarge(limit) = code else {
        return format!("* `{name}`: {meaning} {remedy}");
    };
    let (most, option) = (config.scene_limits.get(limit), limit.option());
    format!("* `{name}`: {meaning} At most {most} (`--{option}`).")
}

fn named(headers: &[&str]) -> Value {
    let headers = headers.iter().map(|&name| {
        let place = format!("#/components/headers/{name}");
        (name.to_owned(), json!({ "$ref": place }))
    });
    headers.collect::<Map<_, _>>().into()
}
