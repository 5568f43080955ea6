//! Which path and method leads where.

use std::future::ready;

use actix_web::guard::{Any, Get, Head};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route};

use super::{answer, health, live, metrics, openapi, pages, render};
use crate::protocol::field::quoted;
use crate::protocol::{ErrorCode, Refusal};

/// What is only read, with GET or HEAD.
pub struct Page {
    /// What programs call it.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// Its media type, without parameters.
    pub media_type: &'static str,
    /// Why it may be refused, beside a missing token.
    pub refusals: &'static [ErrorCode],
    answer: fn(Route) -> Route,
}

/// Where scenes are posted.
pub const FORM: Page = Page {
    name: "form",
    summary: "A form that renders, for people",
    media_type: "text/html",
    refusals: &[],
    answer: |route| route.to(pages::form),
};

/// All others, by their paths, none of which can be the endpoint's.
pub const PAGES: [(&str, Page); 6] = [
    (
        "/",
        Page {
            name: "status",
            summary: "What the server does, for people",
            media_type: "text/html",
            refusals: &[],
            answer: |route| route.to(pages::status),
        },
    ),
    (
        "/sample.glb",
        Page {
            name: "sample",
            summary: "A scene to try it with",
            media_type: "model/gltf-binary",
            refusals: &[],
            answer: |route| route.to(pages::sample),
        },
    ),
    (
        "/metrics",
        Page {
            name: "metrics",
            summary: "What the server does, for Prometheus",
            media_type: "text/plain",
            refusals: &[],
            answer: |route| route.to(metrics::metrics),
        },
    ),
    (
        "/healthz",
        Page {
            name: "health",
            summary: "Whether the server lives",
            media_type: "text/plain",
            refusals: &[],
            answer: |route| route.to(health::alive),
        },
    ),
    (
        "/readyz",
        Page {
            name: "readiness",
            summary: "Whether the server should be sent requests",
            media_type: "text/plain",
            refusals: &[ErrorCode::ShuttingDown, ErrorCode::GpuFailure],
            answer: |route| route.to(health::ready),
        },
    ),
    (
        "/openapi.json",
        Page {
            name: "document",
            summary: "This document",
            media_type: "application/json",
            refusals: &[],
            answer: |route| route.to(openapi::document),
        },
    ),
];

/// Adds all routes; clients post to `endpoint`.
pub fn configure(services: &mut ServiceConfig, endpoint: &str) {
    services.service(
        resource(&format!("/{endpoint}"), "GET, HEAD, POST")
            .route(web::post().to(render::post))
            .route((FORM.answer)(read())),
    );
    for (path, page) in PAGES {
        services.service(resource(path, "GET, HEAD").route((page.answer)(read())));
    }
    // What only the status page asks for, and what it links to; no part of the API.
    services
        .service(resource("/events", "GET").route(web::get().to(live::events)))
        .service(renders("image").route(read().to(pages::image)))
        .service(renders("scene").route(read().to(pages::scene)))
        .service(renders("thumbnail").route(read().to(pages::thumbnail)));
    services.default_service(web::to({
        let endpoint = endpoint.to_owned();
        move |http: HttpRequest| ready(not_found(&http, &endpoint))
    }));
}

/// A path that takes these methods.
fn resource(path: &str, allowed: &'static str) -> Resource {
    let refuse = move |http: HttpRequest| ready(wrong_method(&http, allowed));
    web::resource(path.to_owned()).default_service(web::to(refuse))
}

/// Something of one of the last images.
fn renders(what: &str) -> Resource {
    resource(&format!("/renders/{{number}}/{what}"), "GET, HEAD")
}

fn read() -> Route {
    web::route().guard(Any(Get()).or(Head()))
}

fn wrong_method(http: &HttpRequest, allowed: &'static str) -> HttpResponse {
    let message = format!(
        "{} does not take {}, only {allowed}.",
        quoted(http.path()),
        http.method()
    );
    let mut answer = answer::refusal(&Refusal::new(ErrorCode::MethodNotAllowed, message));
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

/// Says where scenes are posted: Drake shows the sentence to a user who has set a wrong endpoint.
pub fn not_found(http: &HttpRequest, endpoint: &str) -> HttpResponse {
    let path = quoted(http.path());
    let message = format!("There is nothing at {path}; scenes are posted to /{endpoint}.");
    answer::refusal(&Refusal::new(ErrorCode::NotFound, message))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::cli::ServeArgs;
    use crate::config::ServeConfig;

    /// An endpoint at the place of a page would hide it.
    #[test]
    fn no_page_can_be_the_endpoint() {
        let others = ["/events", "/renders/7/image", "/renders/7/scene"];
        let pages = PAGES.iter().map(|(path, _)| *path).chain(others);
        for path in pages {
            let args = ServeArgs {
                endpoint: Some(path.to_owned()),
                ..ServeArgs::default()
            };
            let faults = ServeConfig::resolve(&args).unwrap_err().0;
            assert!(faults[0].starts_with("--endpoint must"), "{faults:?}");
        }
    }
}
