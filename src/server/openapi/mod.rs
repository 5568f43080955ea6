//! The HTTP API for programs: `GET /openapi.json`, an OpenAPI 3.1 document of the server as it is configured.
//!
//! Fields, codes, limits and pages come from the tables that the server itself goes by, so that none is
//! missing and none too many; `form` and `answers` say of each what it means.

mod answers;
mod form;
#[cfg(test)]
mod tests;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use serde_json::{Map, Value, json};

use super::app::App;
use super::guard::OPEN;
use super::routes::{FORM, PAGES, Page};
use crate::config::ServeConfig;
use crate::protocol::ErrorCode;

/// Of the interface, not of the program, whose version the status page tells.
const VERSION: &str = "1";

/// `GET /openapi.json`.
pub async fn document(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(of(&app.config))
}

/// The document of a server that is configured so.
fn of(config: &ServeConfig) -> Value {
    let mut document = json!({
        "openapi": "3.1.1",
        "info": {
            "title": "gltf-render-server",
            "summary": "Renders glTF scenes to color, depth and label images.",
            "description": format!(
                "Drake's glTF Render Client-Server API, with additions: a scene and a pinhole camera are \
                 posted to `/{}`, and an image comes back. A path at which there is nothing is answered as \
                 `#/components/responses/NotFound` says, and a method that a path does not take as \
                 `#/components/responses/MethodNotAllowed` does. What only the status page asks for is not \
                 here, and may change. No answer is to be kept by caches.",
                config.endpoint
            ),
            "version": VERSION,
        },
        "externalDocs": {
            "description": "Drake's glTF Render Client-Server API",
            "url": "https://drake.mit.edu/doxygen_cxx/group__render__engine__gltf__client__server__api.html",
        },
        "paths": paths(config),
        "components": {
            "schemas": {
                "RenderForm": form::schema(config),
                "Refusal": answers::refusal_schema(),
            },
            "headers": answers::headers(),
            "parameters": { "RequestId": {
                "name": "X-Request-Id",
                "in": "header",
                "description":
                    "A name for the request, which the answer and the server's log have too, if it has 1 to \
                     128 letters, digits, `.`, `_` and `-`; any other is not heeded.",
                "schema": { "type": "string" },
            } },
            "responses": {
                "NotFound": answers::refusal(404, &[ErrorCode::NotFound], config),
                "MethodNotAllowed": answers::refusal(405, &[ErrorCode::MethodNotAllowed], config),
            },
        },
    });
    if config.tokens.is_some() {
        document["security"] = json!([{ "token": [] }]);
        document["components"]["securitySchemes"] =
            json!({ "token": { "type": "http", "scheme": "bearer" } });
    }
    document
}

fn paths(config: &ServeConfig) -> Map<String, Value> {
    let endpoint = format!("/{}", config.endpoint);
    let mut paths: Map<_, _> = (PAGES.iter())
        .map(|(path, page)| ((*path).to_owned(), reads(page, OPEN.contains(path), config)))
        .collect();
    let mut item = reads(&FORM, false, config);
    item["post"] = json!({
        "operationId": "render",
        "summary": "Renders one image of a scene",
        "requestBody": form::body(config),
        "responses": answers::of_endpoint(config),
    });
    paths.insert(endpoint, item);
    paths
}

/// What reads a page, which may be open to those without a token.
fn reads(page: &Page, is_open: bool, config: &ServeConfig) -> Value {
    let operation = |method: &str, has_body: bool| {
        let mut operation = json!({
            "operationId": format!("{method}_{}", page.name),
            "summary": page.summary,
            "responses": answers::of_page(page, is_open, has_body, config),
        });
        if is_open && config.tokens.is_some() {
            operation["security"] = json!([]);
        }
        operation
    };
    json!({
        "parameters": [{ "$ref": "#/components/parameters/RequestId" }],
        "get": operation("get", true),
        "head": operation("head", false),
    })
}
