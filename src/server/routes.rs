//! Which path and method leads where.

use std::future::ready;

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};

use super::{answer, health, live, metrics, pages, render};
use crate::protocol::field::quoted;
use crate::protocol::{ErrorCode, Refusal};

/// Adds all routes; clients post to `endpoint`.
pub fn configure(services: &mut ServiceConfig, endpoint: &str) {
    services
        .service(
            page("/")
                .route(web::get().to(pages::status))
                .route(web::head().to(pages::status)),
        )
        .service(
            web::resource(format!("/{endpoint}"))
                .route(web::post().to(render::post))
                .route(web::get().to(pages::form))
                .route(web::head().to(pages::form))
                .default_service(web::to(async |http: HttpRequest| {
                    wrong_method(&http, "GET, HEAD, POST")
                })),
        )
        // Behind the endpoint, which may have one of these names.
        .service(page("/events").route(web::get().to(live::events)))
        .service(page("/renders/{number}/image").route(web::get().to(pages::image)))
        .service(page("/renders/{number}/scene").route(web::get().to(pages::scene)))
        .service(page("/renders/{number}/thumbnail").route(web::get().to(pages::thumbnail)))
        .service(
            page("/sample.glb")
                .route(web::get().to(pages::sample))
                .route(web::head().to(pages::sample)),
        )
        .service(
            page("/metrics")
                .route(web::get().to(metrics::metrics))
                .route(web::head().to(metrics::metrics)),
        )
        .service(
            page("/healthz")
                .route(web::get().to(health::alive))
                .route(web::head().to(health::alive)),
        )
        .service(
            page("/readyz")
                .route(web::get().to(health::ready))
                .route(web::head().to(health::ready)),
        )
        .default_service(web::to({
            let endpoint = endpoint.to_owned();
            move |http: HttpRequest| ready(not_found(&http, &endpoint))
        }));
}

/// A path that is only read.
fn page(path: &str) -> Resource {
    web::resource(path).default_service(web::to(async |http: HttpRequest| {
        wrong_method(&http, "GET, HEAD")
    }))
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
