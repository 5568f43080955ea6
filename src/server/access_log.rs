//! One line in the log for each request, and its place in all counts.

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};

use super::answer::RefusalCode;
use super::app::App;
use super::client;
use super::render::Trace;
use crate::protocol::ImageType;
use crate::request_id::RequestId;

/// Tells a request from all others, in both directions.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request a name, that of the client if it has given one, which the answer and all lines of
/// the log have.
pub async fn identify(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let given = request.headers().get(REQUEST_ID);
    let given = given.and_then(|value| RequestId::given(value.to_str().ok()?));
    let id = given.unwrap_or_else(RequestId::made);
    let header = HeaderValue::from_str(id.as_str());
    let mut answer = id.scope(next.call(request)).await?;
    if let Ok(header) = header {
        answer.headers_mut().insert(REQUEST_ID, header);
    }
    Ok(answer)
}

/// Counts a request once its answer is known and notes it, at level `info` under the target `access`,
/// such as
///
/// ```text
/// POST /render color 640x480 200 ok total 12.3 receive 1.0 wait 0.1 load 2.0 draw 7.1 encode 2.1 ms
/// ```
///
/// In JSON the parts have names of their own.
pub async fn note(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let is_post = request.method() == Method::POST;
    let under_way = is_post.then(|| app.counts.begin());
    let answer = next.call(request).await?;
    let total = begun.elapsed();
    drop(under_way);
    let request = answer.request();
    let status = answer.status().as_u16();
    let trace = request.extensions().get::<Trace>().copied();
    let code = answer.response().extensions().get::<RefusalCode>().copied();
    if let Some(RefusalCode(code)) = code {
        app.counts.refused(code);
    }
    if is_post {
        let trace = trace.unwrap_or_default();
        app.counts.answered(&trace, status, total);
    }
    let code = code.map_or("ok", |RefusalCode(code)| code.as_str());
    let size = trace.and_then(|trace| trace.size);
    let stages = trace.map(|trace| trace.stages()).unwrap_or_default();
    let [receive, wait, load, draw, encode] = stages.map(|time| time.map(milliseconds));
    log::info!(
        target: "access",
        method = request.method().as_str(),
        path = request.path(),
        status = status,
        code = code,
        image_type = trace.and_then(|trace| trace.image_type).map(ImageType::as_str),
        width = size.map(|size| size.width),
        height = size.map(|size| size.height),
        total_ms = milliseconds(total),
        receive_ms = receive,
        wait_ms = wait,
        load_ms = load,
        draw_ms = draw,
        encode_ms = encode,
        client:% = client::address(request);
        "{} {}{} {status} {code} total {:.1}{} ms",
        request.method(),
        request.path(),
        trace.as_ref().map(asked).unwrap_or_default(),
        milliseconds(total),
        trace.as_ref().map(passed).unwrap_or_default(),
    );
    Ok(answer)
}

fn asked(trace: &Trace) -> String {
    let image_type = trace
        .image_type
        .map_or("?", |image_type| image_type.as_str());
    let size = trace
        .size
        .map(|size| format!(" {}x{}", size.width, size.height));
    format!(" {image_type}{}", size.unwrap_or_default())
}

fn passed(trace: &Trace) -> String {
    let stages = Trace::STAGES.into_iter().zip(trace.stages());
    let passed = stages.filter_map(|(name, time)| Some((name, milliseconds(time?))));
    passed.fold(String::new(), |line, (name, time)| {
        line + &format!(" {name} {time:.1}")
    })
}

/// To a microsecond.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
