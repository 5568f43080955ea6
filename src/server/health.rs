//! Whether the server lives, and whether it should be sent requests: for supervisors and proxies.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;

use super::answer;
use super::app::App;
use crate::protocol::{ErrorCode, Refusal};

/// `GET /healthz`: it answers, so it lives.
pub async fn alive() -> HttpResponse {
    ok()
}

/// `GET /readyz`: it has a worker that can draw, and is not about to end. A full queue is no reason: it
/// answers 503 itself, and proxies that shut a server out for that would send its load to the others.
///
/// Each worker has drawn an image with all pipelines before the first request is answered.
pub async fn ready(app: Data<App>) -> HttpResponse {
    if app.stopping.is_draining() {
        let refusal = Refusal::new(ErrorCode::ShuttingDown, "The server is stopping.");
        return answer::refusal(&refusal);
    }
    if app.pool.counters().able == 0 {
        let refusal = Refusal::new(ErrorCode::GpuFailure, "No worker can draw.");
        return answer::refusal(&refusal);
    }
    ok()
}

fn ok() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body("ok\n")
}
