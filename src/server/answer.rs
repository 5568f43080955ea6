//! How a refusal looks in HTTP.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};

use crate::protocol::{ErrorCode, Refusal};

/// After how many seconds a client that finds the server busy may ask again.
const RETRY_SECONDS: &str = "1";

/// The code of the refusal that an answer brings; for the access log.
#[derive(Clone, Copy, Debug)]
pub struct RefusalCode(pub ErrorCode);

/// The answer to a request that gets no image: a JSON body and the status that goes with the code.
pub fn refusal(refusal: &Refusal) -> HttpResponse {
    let status = StatusCode::from_u16(refusal.code.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CACHE_CONTROL, "no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.insert_header((RETRY_AFTER, RETRY_SECONDS));
    }
    let mut answer = answer.json(refusal.body());
    answer.extensions_mut().insert(RefusalCode(refusal.code));
    answer
}
