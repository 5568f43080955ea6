//! Takes a request's body apart while it arrives.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::{ParseError, PayloadError};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, Payload};
use futures_util::{Stream, StreamExt as _};

use super::pace::{BYTES_PER_SECOND, Pace};
use super::store::{SceneWriter, Store, StoredScene};
use crate::pipeline::Loading;
use crate::protocol::field::{self, MAX_VALUE_BYTES, SCENE_FIELD, TextField};
use crate::protocol::{
    DepthFormat, ErrorCode, Form, ImageLimits, ImageType, Refusal, RenderRequest, SceneHash,
};

/// What all bodies have to keep to.
pub struct Receiver {
    /// Largest body, bytes.
    pub max_body: usize,
    /// The longest time between two pieces of a body, and of the whole beside what its length allows.
    pub patience: Duration,
    /// How large an image may be asked for.
    pub image_limits: ImageLimits,
    /// Used if the form does not say.
    pub depth_format: DepthFormat,
    /// Where the scene is kept.
    pub store: Arc<Store>,
    /// How it will be loaded.
    pub loading: Loading,
}

/// A request that has arrived.
#[derive(Debug)]
pub struct Received {
    /// The image.
    pub request: RenderRequest,
    /// The scene, which has the hash that the client said.
    pub scene: StoredScene,
    /// That hash.
    pub sha256: SceneHash,
}

impl Receiver {
    /// Receives one body. `image_type` is set as soon as it is known, also if the request is
    /// refused later.
    ///
    /// # Errors
    /// What is wrong with the body.
    pub async fn receive(
        &self,
        headers: &HeaderMap,
        payload: Payload,
        image_type: &mut Option<ImageType>,
    ) -> Result<Received, Refusal> {
        let announced = content_length(headers);
        if announced.is_some_and(|length| length > self.max_body) {
            return Err(self.body_too_large());
        }
        check_content_type(headers)?;
        let pace = Pace::new(self.patience);
        let payload = limited(payload, self.max_body, pace.clone());
        let mut parts = Multipart::new(headers, payload);
        let received = self.parts(&mut parts, &pace, announced, image_type).await;
        if pace.passed() > self.max_body {
            return Err(self.body_too_large());
        }
        received
    }

    async fn parts(
        &self,
        parts: &mut Multipart,
        pace: &Pace,
        announced: Option<usize>,
        image_type: &mut Option<ImageType>,
    ) -> Result<Received, Refusal> {
        let mut form = Form::default();
        let mut scene = None;
        while let Some(mut part) = pace.next(parts).await? {
            let name = part.name().unwrap_or_default().to_owned();
            if name == SCENE_FIELD {
                if scene.is_some() {
                    return Err(field::duplicate(SCENE_FIELD));
                }
                let is_searched = self.refuse_early(&form)?;
                let mut writer = SceneWriter::new(&self.store, announced.unwrap_or(0), is_searched);
                let mut empty = true;
                while let Some(chunk) = pace.next(&mut part).await? {
                    empty &= chunk.is_empty();
                    writer.write(&chunk).await?;
                }
                if empty {
                    // What a browser sends if no file was chosen.
                    return Err(field::empty(SCENE_FIELD));
                }
                scene = Some(writer.finish().await?);
            } else {
                let field = TextField::named(&name)?;
                form.add(field, &text_value(field, &mut part, pace).await?)?;
                *image_type = form.image_type_so_far();
            }
        }
        let submission = form.finish(self.depth_format, &self.image_limits)?;
        let Some((scene, hash)) = scene else {
            return Err(field::missing(SCENE_FIELD));
        };
        if let Some(expected) = submission.scene_sha256 {
            expected.check(hash)?;
        }
        Ok(Received {
            request: submission.request,
            scene,
            sha256: hash,
        })
    }

    /// Drake's client sends the scene last. If the fields before it are wrong already, it need not
    /// be received; if some are missing, they may yet come. Gives whether the scene is to be searched:
    /// unless the same was posted lately, so that it need not be loaded again.
    fn refuse_early(&self, form: &Form) -> Result<bool, Refusal> {
        let is_known = match form.finish(self.depth_format, &self.image_limits) {
            Err(refusal) if refusal.code != ErrorCode::MissingField => return Err(refusal),
            Err(_) => false,
            Ok(submission) => submission
                .scene_sha256
                .is_some_and(|sha256| self.loading.knows(&submission.request, sha256)),
        };
        Ok(!is_known)
    }

    fn body_too_large(&self) -> Refusal {
        Refusal::new(
            ErrorCode::BodyTooLarge,
            format!(
                "The body is larger than {} bytes (--max-body).",
                self.max_body
            ),
        )
    }
}

async fn text_value(field: TextField, part: &mut Field, pace: &Pace) -> Result<Vec<u8>, Refusal> {
    let mut value = Vec::new();
    while let Some(chunk) = pace.next(part).await? {
        if value.len() + chunk.len() > MAX_VALUE_BYTES {
            return Err(field::too_long(field));
        }
        value.extend_from_slice(&chunk);
    }
    Ok(value)
}

impl Pace {
    /// The next item of a stream that must not stall.
    async fn next<T>(
        &self,
        stream: &mut (impl Stream<Item = Result<T, MultipartError>> + Unpin),
    ) -> Result<Option<T>, Refusal> {
        match tokio::time::timeout(self.left().min(self.patience), stream.next()).await {
            Ok(item) => item.transpose().map_err(|error| bad_form(&error)),
            Err(_) => Err(Refusal::new(
                ErrorCode::BodyTimeout,
                format!(
                    "The body arrived too slowly: it may stop for {} seconds, and has to have \
                     {BYTES_PER_SECOND} bytes a second on the whole.",
                    self.patience.as_secs_f64()
                ),
            )),
        }
    }
}

/// The payload up to `max_body` bytes, and an error beyond; counts what arrives. Empty pieces are
/// left out: after 16 of them in a row the parser of the body would wait and have nobody wake it.
fn limited(
    payload: Payload,
    max_body: usize,
    pace: Pace,
) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    payload.filter_map(move |chunk| {
        let counted = chunk.and_then(|chunk| {
            pace.pass(chunk.len());
            if pace.passed() > max_body {
                return Err(PayloadError::Overflow);
            }
            Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
        });
        ready(counted.transpose())
    })
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers.get(CONTENT_TYPE);
    let value = value.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let essence = value.as_deref().and_then(|value| value.split(';').next());
    if essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("multipart/form-data")) {
        return Ok(());
    }
    let found = value.map_or("none".to_owned(), |value| field::quoted(&value));
    Err(Refusal::new(
        ErrorCode::BadForm,
        format!("The Content-Type must be multipart/form-data, not {found}."),
    ))
}

/// What the parser of the body says, as a sentence.
fn bad_form(error: &MultipartError) -> Refusal {
    let sentence = match error {
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible => {
            "The Content-Type must be multipart/form-data with a boundary."
        }
        MultipartError::BoundaryMissing => {
            "The body is not divided by the boundary that its Content-Type names."
        }
        MultipartError::ContentDispositionMissing
        | MultipartError::ContentDispositionNameMissing => {
            "A part of the body has no header Content-Disposition: form-data; name=\"...\"."
        }
        MultipartError::Nested => "A part of the body is itself multipart.",
        MultipartError::Incomplete | MultipartError::Payload(PayloadError::Incomplete(_)) => {
            "The body ends before its last boundary."
        }
        MultipartError::Parse(ParseError::TooLarge) => "The headers of a part are too long.",
        MultipartError::Parse(_) => "The headers of a part cannot be read.",
        _ => "The body cannot be read as multipart/form-data.",
    };
    log::debug!("{sentence} ({error})");
    Refusal::new(ErrorCode::BadForm, sentence)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use actix_web::FromRequest as _;
    use actix_web::dev::Payload as Pieces;
    use actix_web::test::TestRequest;
    use futures_util::stream;

    use super::*;
    use crate::server::Recent;

    /// Why a body is refused that comes after so many empty pieces.
    async fn refused(text: &'static str, empty: usize) -> ErrorCode {
        let text = Bytes::from_static(text.as_bytes());
        let pieces = std::iter::repeat_n(Bytes::new(), empty).chain([text]);
        let mut payload: Pieces = Pieces::Stream {
            payload: Box::pin(stream::iter(pieces.map(Ok).collect::<Vec<_>>())),
        };
        let request = TestRequest::default()
            .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=b"))
            .to_http_request();
        let payload = Payload::from_request(&request, &mut payload).await.unwrap();
        let receiver = Receiver {
            max_body: 1000,
            patience: Duration::from_secs(20),
            image_limits: ImageLimits::default(),
            depth_format: DepthFormat::default(),
            store: Arc::new(Store::new(1000, Recent::new(0, 0), false)),
            loading: Loading::default(),
        };
        let mut image_type = None;
        let received = receiver.receive(request.headers(), payload, &mut image_type);
        received.await.unwrap_err().code
    }

    #[actix_web::test]
    async fn empty_pieces_do_not_keep_a_body_from_ending() {
        let part = "--b\r\nContent-Disposition: form-data; name=\"width\"\r\n\r\n8\r\n--b--\r\n";
        for (text, expected) in [("", ErrorCode::BadForm), (part, ErrorCode::MissingField)] {
            assert_eq!(refused(text, 0).await, expected);
            assert_eq!(refused(text, 100).await, expected);
        }
    }
}
