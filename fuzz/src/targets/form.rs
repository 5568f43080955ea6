//! A request's body: the first line is the value of the header Content-Type, the rest the body. It
//! arrives whole and in pieces, and is received as the same request or refused for the same reason.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload as Stream;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest as _, rt};
use futures_util::stream;
use gltf_render_server::pipeline::Loading;
use gltf_render_server::protocol::{DepthFormat, ImageLimits, Refusal};
use gltf_render_server::server::{Received, Receiver, Recent, Store};
use sha2::{Digest as _, Sha256};

thread_local! {
    static RUNTIME: rt::Runtime = rt::Runtime::new().expect("a runtime");
    static RECEIVER: Receiver = Receiver {
        max_body: 1 << 20,
        patience: Duration::from_secs(60),
        image_limits: ImageLimits::default(),
        depth_format: DepthFormat::default(),
        store: Arc::new(Store::new(4 << 20, Recent::new(1 << 20, 100), false)),
        loading: Loading { limits: super::limits(), cache: None },
    };
}

/// What is done with an input.
pub fn run(input: &[u8]) {
    let end = input.iter().position(|&byte| byte == b'\n');
    let (head, body) = end.map_or((input, &[][..]), |end| (&input[..end], &input[end + 1..]));
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(head) {
        headers.insert(CONTENT_TYPE, value);
    }
    let pieces = receive(&headers, body.chunks(1 + input.len() % 97));
    headers.insert(CONTENT_LENGTH, body.len().into());
    assert_eq!(receive(&headers, body.chunks(usize::MAX)), pieces);
}

/// What was received, and what was found in its scene.
fn receive<'a>(
    headers: &HeaderMap,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Result<String, Refusal> {
    let pieces: Vec<_> = pieces
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    let mut payload: Stream = Stream::Stream {
        payload: Box::pin(stream::iter(pieces)),
    };
    let received = super::within(super::MOST, || {
        RUNTIME.with(|runtime| {
            RECEIVER.with(|receiver| {
                runtime.block_on(async {
                    let request = TestRequest::default().to_http_request();
                    let payload = Payload::from_request(&request, &mut payload).await;
                    let payload = payload.expect("any request has a payload");
                    receiver.receive(headers, payload, &mut None).await
                })
            })
        })
    });
    let told = received.and_then(
        |Received {
             request,
             mut scene,
             sha256,
         }| {
            scene.with_bytes(|bytes, cuts| {
                assert_eq!(sha256.0, <[u8; 32]>::from(Sha256::digest(bytes)));
                format!("{request:?} {sha256:?} {cuts:?}")
            })
        },
    );
    if let Err(refusal) = &told {
        let status = refusal.code.status();
        assert!((400..500).contains(&status), "{refusal:?}");
        assert!(refusal.message.ends_with('.'), "{refusal:?}");
    }
    told
}
