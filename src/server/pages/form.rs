//! `GET` of the endpoint: a form that renders, and a scene to try it with.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;

use super::{Page, Part};
use crate::server::app::App;

/// All parts see each other; the last one starts the page.
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("form/matrix.js"),
    include_str!("form/file.js"),
    include_str!("form/scene.js"),
    include_str!("form/bounds.js"),
    include_str!("form/orbit.js"),
    include_str!("form/depth.js"),
    include_str!("form/request.js"),
    include_str!("form/errors.js"),
    include_str!("form/controls.js"),
    include_str!("form/panels.js"),
    include_str!("form/gestures.js"),
    include_str!("form/snippets.js"),
    include_str!("form/main.js"),
    include_str!("form/wiring.js"),
);

static PAGE: LazyLock<Page> = LazyLock::new(|| {
    Page::new(
        include_str!("form.html"),
        concat!(include_str!("style.css"), include_str!("form.css")),
        SCRIPT,
    )
});

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
