//! A request's body: the first line is the value of the header Content-Type, the rest the body. It
//! arrives whole and in pieces, and is received as the same request or refused for the same reason.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload as Stream;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest as _, rt};
use futures_util::stream;
use gltf_render_server::pipeline::Loading;
use gltf_render_server::protocol::{DepthFormat, ImageLimits};
use gltf_render_server::server::{Receiver, Recent, Store};

thread_local! {
    static RUNTIME: rt::Runtime = rt::Runtime::new().expect("a runtime");
    static RECEIVER: Receiver = Receiver {
        max_body: 1 << 20,
        patience: Duration::from_secs(60),
        image_limits: ImageLimits::default(),
        depth_format: DepthFormat::default(),
        store: Arc::new(Store::new(4 << 20, Recent::new(1 << 20, 100), false)),
        loading: Loading::default(),
    };
}

libfuzzer_sys::fuzz_target!(init: fuzzing::start(), |input: &[u8]| {
    let end = input.iter().position(|&byte| byte == b'\n');
    let (head, body) = end.map_or((input, &[][..]), |end| (&input[..end], &input[end + 1..]));
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(head) {
        headers.insert(CONTENT_TYPE, value);
    }
    let pieces = receive(&headers, body.chunks(1 + input.len() % 97));
    headers.insert(CONTENT_LENGTH, body.len().into());
    assert_eq!(receive(&headers, body.chunks(usize::MAX)), pieces);
});

/// What was received.
fn receive<'a>(headers: &HeaderMap, pieces: impl Iterator<Item = &'a [u8]>) -> String {
    let pieces: Vec<_> = pieces
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    let mut payload: Stream = Stream::Stream {
        payload: Box::pin(stream::iter(pieces)),
    };
    RUNTIME.with(|runtime| {
        RECEIVER.with(|receiver| {
            runtime.block_on(async {
                let request = TestRequest::default().to_http_request();
                let payload = Payload::from_request(&request, &mut payload).await;
                let payload = payload.expect("any request has a payload");
                match receiver.receive(headers, payload, &mut None).await {
                    Ok(received) => format!("{:?} {:?}", received.request, received.sha256),
                    Err(refusal) => format!("{refusal:?}"),
                }
            })
        })
    })
}
