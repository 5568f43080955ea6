//! One line in the log for each request.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};

use super::answer::RefusalCode;
use super::render::Trace;

/// Notes a request once its answer is known, at level `info` under the target `access`, such as
///
/// ```text
/// POST /render color 640x480 200 ok total 12.3 receive 1.0 wait 0.1 load 2.0 draw 7.1 encode 2.1 ms
/// ```
pub async fn note(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = std::time::Instant::now();
    let answer = next.call(request).await?;
    let request = answer.request();
    let trace = request.extensions().get::<Trace>().copied();
    let code = answer.response().extensions().get::<RefusalCode>().copied();
    log::info!(
        target: "access",
        "{} {}{} {} {} total {}{} ms",
        request.method(),
        request.path(),
        trace.as_ref().map(asked).unwrap_or_default(),
        answer.status().as_u16(),
        code.map_or("ok", |RefusalCode(code)| code.as_str()),
        milliseconds(begun.elapsed()),
        trace.as_ref().map(stages).unwrap_or_default(),
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

fn stages(trace: &Trace) -> String {
    let stages = [
        ("receive", trace.receive),
        ("wait", trace.wait),
        ("load", trace.stages.load),
        ("draw", trace.stages.draw),
        ("encode", trace.stages.encode),
    ];
    // A request that was refused has not come to all stages.
    let passed = stages.into_iter().filter(|(_, time)| !time.is_zero());
    passed.fold(String::new(), |line, (name, time)| {
        line + " " + name + " " + &milliseconds(time)
    })
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}
