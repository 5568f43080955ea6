//! `GET` of the endpoint: a form that renders, and a scene to try it with.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;

use super::{Page, Part};
use crate::server::app::App;

static PAGE: LazyLock<Page> =
    LazyLock::new(|| Page::new(include_str!("form.html"), &[include_str!("form.js")]));

/// What the page offers to those who have no scene at hand.
const SAMPLE: &[u8] = include_bytes!("../../../test_assets/sample.glb");

/// The form.
pub async fn form(app: Data<App>) -> HttpResponse {
    PAGE.answer(&[("endpoint", Part::Text(&app.config.endpoint))])
}

/// `GET /sample.glb`: the scene.
pub async fn sample() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("model/gltf-binary")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(SAMPLE)
}
