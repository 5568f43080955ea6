//! The endpoint: `POST /render`.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::future::{Either, select};

use super::app::App;
use super::receive::Receiver;
use super::{answer, client};
use crate::pipeline::{EncodedImage, PostedScene, StageTimings};
use crate::pool::PoolError;
use crate::protocol::{ErrorCode, ImageSize, ImageType, Refusal};
use crate::request_id::RequestId;

/// What is known of a request, for the access log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trace {
    /// What was asked for.
    pub image_type: Option<ImageType>,
    /// In which size.
    pub size: Option<ImageSize>,
    /// Until the body had arrived.
    pub receive: Option<Duration>,
    /// From then until a worker was free.
    pub wait: Option<Duration>,
    /// What the worker did.
    pub drawn: Option<StageTimings>,
}

impl Trace {
    /// The stages of a request, in their order.
    pub const STAGES: [&str; 5] = ["receive", "wait", "load", "draw", "encode"];

    /// How long those took that were passed: all, if there is an image.
    pub fn stages(&self) -> [Option<Duration>; Self::STAGES.len()] {
        let of_worker = |time: fn(StageTimings) -> Duration| self.drawn.map(time);
        [
            self.receive,
            self.wait,
            of_worker(|times| times.load),
            of_worker(|times| times.draw),
            of_worker(|times| times.encode),
        ]
    }
}

/// Answers one request.
pub async fn post(app: Data<App>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let mut trace = Trace::default();
    let app = app.into_inner();
    // A deadline beyond the end of the clock is none.
    let deadline = (app.config.timeout).and_then(|timeout| Instant::now().checked_add(timeout));
    let image = image(&app, &http, payload, deadline, &mut trace);
    let image = in_time(&app, deadline, image).await;
    let answer = match image {
        Ok(image) => answer::image(image),
        Err(refusal) => answer::refusal(&refusal),
    };
    http.extensions_mut().insert(trace);
    answer
}

/// What comes of a request before its deadline, and before the server may wait no longer.
async fn in_time(
    app: &App,
    deadline: Option<Instant>,
    image: impl Future<Output = Result<EncodedImage, Refusal>>,
) -> Result<EncodedImage, Refusal> {
    let image = pin!(async {
        match deadline {
            None => image.await,
            Some(deadline) => tokio::time::timeout_at(deadline.into(), image)
                .await
                .unwrap_or_else(|_| Err(too_late(app))),
        }
    });
    match select(image, pin!(app.stopping.over())).await {
        Either::Left((image, _)) => image,
        Either::Right(_) => Err(not_rendered(app, PoolError::Stopping)),
    }
}

async fn image(
    app: &Arc<App>,
    http: &HttpRequest,
    payload: Payload,
    deadline: Option<Instant>,
    trace: &mut Trace,
) -> Result<EncodedImage, Refusal> {
    let begun = Instant::now();
    let client = client::address(http);
    // A body that would be refused need not be received.
    (app.pool.has_room(client)).map_err(|error| not_rendered(app, error))?;
    let receiver = Receiver {
        max_body: app.config.max_body,
        patience: app.config.body_timeout,
        image_limits: app.config.image_limits,
        depth_format: app.config.depth_format,
        store: Arc::clone(&app.store),
        loading: app.loading.clone(),
    };
    let received = receiver
        .receive(http.headers(), payload, &mut trace.image_type)
        .await;
    trace.receive = Some(begun.elapsed());
    let mut received = received?;
    received.request.png_compression = app.config.png_compression;
    trace.size = Some(received.request.camera.size);

    let loading = app.loading.clone();
    let id = RequestId::current();
    let renders = app.renders.clone();
    let mut is_first = true;
    let ticket = app.pool.submit(client, deadline, move |worker, is_wanted| {
        let (request, sha256) = (&received.request, received.sha256);
        // So that what is logged on the worker's thread names the request.
        RequestId::within(id.clone(), || {
            if !std::mem::replace(&mut is_first, false) {
                log::warn!("The renderer panicked. The image is drawn once more, by a new one.");
            }
            received.scene.with_bytes(|bytes, cuts| {
                let scene = PostedScene {
                    bytes,
                    sha256,
                    cuts,
                };
                let image = worker.render(request, scene, &loading, is_wanted)?;
                if let Some(renders) = &renders {
                    renders.add(request, &image, bytes, sha256);
                }
                Ok(image)
            })
        })
    });
    let finished = match ticket {
        Ok(ticket) => ticket.result().await,
        Err(error) => Err(error),
    }
    .map_err(|error| not_rendered(app, error))?;
    trace.wait = Some(finished.waited);
    let image = finished.value.flatten()?;
    trace.drawn = Some(image.timings);
    Ok(image)
}

/// Why the pool has no image for us.
fn not_rendered(app: &App, error: PoolError) -> Refusal {
    let code = match error {
        PoolError::Expired => return too_late(app),
        PoolError::QueueFull { .. } => ErrorCode::QueueFull,
        PoolError::Stopping => ErrorCode::ShuttingDown,
        PoolError::NoWorker(_) => ErrorCode::GpuFailure,
        PoolError::Panicked(_) => ErrorCode::RendererFailure,
    };
    let hidden = matches!(error, PoolError::NoWorker(_) | PoolError::Panicked(_));
    if hidden {
        log::error!("{error}");
    }
    let message = match error {
        _ if hidden && !app.config.debug => {
            "The renderer failed; the server's log says more.".to_owned()
        }
        PoolError::QueueFull { queued } => {
            format!("The server is busy: {queued} requests wait already.")
        }
        PoolError::Stopping => "The server is stopping.".to_owned(),
        error => {
            let said = error.to_string();
            format!("The renderer failed: {}.", said.trim_end_matches('.'))
        }
    };
    Refusal::new(code, message)
}

fn too_late(app: &App) -> Refusal {
    let seconds = app.config.timeout.unwrap_or_default().as_secs_f64();
    Refusal::new(
        ErrorCode::Timeout,
        format!("The image was not ready within the server's limit of {seconds} s."),
    )
}
