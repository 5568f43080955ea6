//! How an image and a refusal look in HTTP.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, RETRY_AFTER};

use crate::pipeline::EncodedImage;
use crate::protocol::{ErrorCode, Refusal};
use crate::request_id::RequestId;

/// After how many seconds a client that finds the server busy may ask again.
const RETRY_SECONDS: &str = "1";

/// Names the optional extensions of the scene that were ignored.
const IGNORED_EXTENSIONS: &str = "X-Gltf-Ignored-Extensions";

/// The longest list of extensions in the header, bytes: little beside what proxies allow.
const MAX_EXTENSIONS_BYTES: usize = 1024;

/// Stands in the list for the names that cannot.
const OTHERS: &str = "...";

/// An image loads nothing either, but the page that browsers make around it has styles.
const IMAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// The answer to a request that gets its image.
pub fn image(image: EncodedImage) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.content_type(image.content_type);
    answer.insert_header((CACHE_CONTROL, "no-store"));
    answer.insert_header((CONTENT_SECURITY_POLICY, IMAGE_POLICY));
    if let Some(names) = extension_list(&image.ignored_extensions, image.more_ignored_extensions) {
        answer.insert_header((IGNORED_EXTENSIONS, names));
    }
    answer.body(image.bytes)
}

/// The names with commas between them, none if there are none. A file may call its extensions what
/// it likes; names that a header cannot have, or too many of them, are shown as one `...`, and so are
/// `more` that are not among the names.
fn extension_list(names: &[String], more: usize) -> Option<String> {
    let is_plain = |name: &&String| {
        let mut bytes = name.bytes();
        !name.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
    };
    let mut list = String::new();
    let mut shown = 0;
    for name in names.iter().filter(is_plain) {
        if list.len() + name.len() + 2 * ", ".len() + OTHERS.len() > MAX_EXTENSIONS_BYTES {
            continue;
        }
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(name);
        shown += 1;
    }
    if shown < names.len() || more > 0 {
        list.push_str(if list.is_empty() { "" } else { ", " });
        list.push_str(OTHERS);
    }
    Some(list).filter(|list| !list.is_empty())
}

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
    let id = RequestId::current();
    let body = refusal.body(id.as_ref().map(RequestId::as_str));
    let mut answer = answer.json(body);
    answer.extensions_mut().insert(RefusalCode(refusal.code));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Option<String> {
        extension_list(
            &names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>(),
            0,
        )
    }

    #[test]
    fn extensions_are_listed_by_name() {
        assert_eq!(list(&[]), None);
        assert_eq!(list(&["KHR_a"]).as_deref(), Some("KHR_a"));
        assert_eq!(list(&["KHR_a", "b-2.0"]).as_deref(), Some("KHR_a, b-2.0"));
    }

    #[test]
    fn no_name_breaks_the_header() {
        for bad in ["", "a b", "a\r\nX: y", "\u{e9}", "a,b", &"x".repeat(2000)] {
            assert_eq!(list(&[bad]).as_deref(), Some("..."), "{bad:?}");
            assert_eq!(list(&["A", bad, "B"]).as_deref(), Some("A, B, ..."));
        }
        let long = "x".repeat(100);
        let list = list(&[long.as_str(); 32]).unwrap_or_default();
        assert!(list.len() <= MAX_EXTENSIONS_BYTES && list.ends_with("x, ..."));
        assert_eq!(list.matches(&long).count(), 10);
        let more = extension_list(&["A".to_owned()], 1);
        assert_eq!(more.as_deref(), Some("A, ..."));
    }
}
