//! Who is let in, and what all answers say to browsers.

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::{DefaultHeaders, Next};
use actix_web::web::Data;

use super::answer;
use super::app::App;
use crate::protocol::{ErrorCode, Refusal};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What has no token either, but for a page of the same name: supervisors and proxies ask there.
pub const OPEN: [&str; 2] = ["/healthz", "/readyz"];

/// What is no page may load nothing, wherever a browser shows it.
const LOADS_NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// On all answers that do not say it themselves: what they are is not guessed from their content, other
/// sites neither show nor embed them, and are not told from where a link was followed.
pub fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((CONTENT_SECURITY_POLICY, LOADS_NOTHING))
        .add((REFERRER_POLICY, "no-referrer"))
        .add((X_FRAME_OPTIONS, "DENY"))
        .add((RESOURCE_POLICY, "same-origin"))
}

/// Refuses whoever knows no token, if there are any, before anything of the body is read.
pub async fn admit<B: MessageBody>(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if is_admitted(&app, &request) {
        let answer = next.call(request).await?;
        return Ok(answer.map_into_left_body());
    }
    let refusal = Refusal::new(
        ErrorCode::Unauthorized,
        "The server answers only requests with the header Authorization: Bearer TOKEN, and a token \
         that it knows.",
    );
    let mut answer = answer::refusal(&refusal);
    answer.headers_mut().insert(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"render\""),
    );
    Ok(request.into_response(answer).map_into_right_body())
}

fn is_admitted(app: &App, request: &ServiceRequest) -> bool {
    let path = request.path();
    OPEN.contains(&path) || app.admission.admits(bearer(request.headers()))
}

/// The token of a request that has one and no more.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next()?.as_bytes();
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(b"Bearer ") && values.next().is_none();
    is_bearer.then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn of(values: &[&str]) -> Option<Vec<u8>> {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((AUTHORIZATION, *value));
        }
        bearer(request.to_http_request().headers()).map(<[u8]>::to_vec)
    }

    #[test]
    fn a_token_follows_its_scheme() {
        assert_eq!(of(&["Bearer abc"]), Some(b"abc".to_vec()));
        assert_eq!(of(&["bearer  abc"]), Some(b"abc".to_vec()));
        for other in ["abc", "Basic abc", "Bearer", "Bearerabc", ""] {
            assert_eq!(of(&[other]), None, "{other}");
        }
        assert_eq!(of(&["Bearer a", "Bearer a"]), None);
        assert_eq!(of(&[]), None);
    }
}
