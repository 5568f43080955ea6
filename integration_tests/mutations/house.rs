//! The way of the server from a body to an image, without a socket.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload as Stream;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest as _, rt};
use futures_util::stream;
use gltf_render_server::pipeline::{self, EncodedImage, Loading, PostedScene};
use gltf_render_server::protocol::{DepthFormat, ImageLimits, Refusal};
use gltf_render_server::render::{AdapterSelection, Renderer};
use gltf_render_server::scene::ContentCache;
use gltf_render_server::server::{Received, Receiver, Recent, Store};

use super::forms::Post;
use super::limits::limits;

/// The largest body, bytes.
const MAX_BODY: usize = 4 << 20;

/// Larger images cost what they cost.
const IMAGE_LIMITS: ImageLimits = ImageLimits {
    width: 256,
    height: 256,
    pixels: 256 * 256,
};

/// What came of a body.
pub enum Outcome {
    /// An image of this many columns and rows.
    Image(EncodedImage, [u32; 2]),
    /// A refusal.
    Refused(Refusal),
}

/// All that a server with one worker has.
pub struct House {
    runtime: rt::Runtime,
    receiver: Receiver,
    renderer: Renderer,
}

impl House {
    /// A server that has answered nothing yet, with caches of so many bytes.
    pub fn new(cache: usize) -> Self {
        let loading = Loading {
            limits: limits(),
            cache: (cache > 0).then(|| Arc::new(ContentCache::new(cache))),
        };
        Self {
            runtime: rt::Runtime::new().unwrap(),
            receiver: Receiver {
                max_body: MAX_BODY,
                patience: Duration::from_secs(60),
                image_limits: IMAGE_LIMITS,
                depth_format: DepthFormat::default(),
                store: Arc::new(Store::new(4 * MAX_BODY, Recent::new(cache, 100), false)),
                loading,
            },
            renderer: Renderer::new(&AdapterSelection::default()).unwrap(),
        }
    }

    /// Receives, loads, draws and encodes.
    pub fn post(&mut self, post: &Post) -> Outcome {
        self.image(post).unwrap_or_else(Outcome::Refused)
    }

    fn image(&mut self, post: &Post) -> Result<Outcome, Refusal> {
        let Received {
            request,
            mut scene,
            sha256,
        } = self.receive(post)?;
        let size = request.camera.size;
        let image = scene.with_bytes(|bytes, cuts| {
            let scene = PostedScene {
                bytes,
                sha256,
                cuts,
            };
            let (renderer, loading) = (&mut self.renderer, &self.receiver.loading);
            pipeline::render_request(renderer, &request, scene, loading, &|| true)
        })??;
        Ok(Outcome::Image(image, [size.width, size.height]))
    }

    fn receive(&self, post: &Post) -> Result<Received, Refusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (CONTENT_TYPE, &post.content_type),
            (CONTENT_LENGTH, &post.content_length),
        ] {
            // What is no header value does not get past the parser of HTTP.
            let value = value.as_ref().and_then(|v| HeaderValue::from_bytes(v).ok());
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
        let mut chunks: Vec<_> = (post.chunks())
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect();
        if post.breaks_off {
            chunks.push(Err(PayloadError::Incomplete(None)));
        }
        let mut payload: Stream = Stream::Stream {
            payload: Box::pin(stream::iter(chunks)),
        };
        self.runtime.block_on(async {
            let request = TestRequest::default().to_http_request();
            let payload = Payload::from_request(&request, &mut payload).await.unwrap();
            self.receiver.receive(&headers, payload, &mut None).await
        })
    }
}
