//! The HTTP side: from a socket to the pipeline and back.
//!
//! `listen` opens the port, and `open_files` sees to it that there may be many connections. `receive` takes a
//! request's body apart and keeps its scene in a `store`, in which there is so much `room`; what the scene
//! repeats of `recent` ones is not hashed again while it is `arriving`. `render` is the endpoint itself,
//! `client` tells who asks, `answer` is how a refusal looks, `paced_body` hands out large answers, at the
//! `pace` at which bodies have to arrive too, `access_log` names, counts and notes each request, `guard` asks
//! each for a token, and `admission` knows which are good. `pages` are for people, with the `history` of the
//! last minutes, which `live` tells as it goes on, and the last `renders`; `metrics`, `health` and `openapi`
//! are for machines, and `kept` has the numbers of all caches. `routes` says which is where. `signals` says
//! when to stop, and `stopping` how far that has come. This file is the life of the server.

mod access_log;
mod admission;
mod answer;
mod app;
mod arriving;
mod client;
mod counts;
mod guard;
#[cfg(test)]
mod guard_tests;
mod health;
mod histogram;
mod history;
mod kept;
mod listen;
mod live;
#[cfg(test)]
mod load_tests;
mod metrics;
mod open_files;
mod openapi;
mod pace;
mod paced_body;
mod pages;
#[cfg(test)]
mod pages_tests;
mod receive;
mod recent;
mod render;
mod renders;
mod room;
mod routes;
mod signals;
mod stopping;
mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use actix_web::middleware::{NormalizePath, from_fn};
use actix_web::{App as ActixApp, HttpServer, web};
use futures_util::future::{Either, select};

use crate::config::ServeConfig;
use crate::pool::Pool;
use crate::render::{AdapterSelection, AdapterSummary, Keeping, RenderError, Renderer};
use app::App;

/// For what feeds bodies to the server without a socket.
pub use receive::{Received, Receiver};
pub use recent::Recent;
pub use store::{Store, StoredScene};

/// How long a client that is refused early may take to send the rest of its body and read the
/// answer. Without this time the connection would be reset and the answer lost.
const LINGER: Duration = Duration::from_secs(30);

/// How long an idle connection is kept: longer than proxies keep theirs, so that it is the proxy
/// who closes and no request falls into the gap.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long the server waits for answers to be sent once the requests under way were given up.
const FAREWELL: Duration = Duration::from_secs(2);

/// Threads that read requests. Even the hash of a scene takes far less than its image.
const MAX_HTTP_THREADS: usize = 4;

/// So many connections are open at a time; more wait in the kernel until others end. Each may take two open
/// files, and memory for the head of a request before it is known who asks.
const MAX_CONNECTIONS: usize = 8192;

/// Why the server does not start or has to end.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It cannot render.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// It cannot listen.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// Where it should.
        address: String,
        /// Why it cannot.
        cause: io::Error,
    },
    /// A thread or a runtime cannot be started, or standard output is closed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves until a signal comes, finishes what is under way and dies by that signal. Calls `announce`
/// once it is ready.
///
/// # Errors
/// If it cannot render or cannot listen, or if it cannot be announced.
pub fn run(
    config: ServeConfig,
    announce: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> Result<(), ServeError> {
    // First of all the port: if it is taken, nobody wants to wait for the adapter.
    let listener = listen::on(&config.host, config.port, config.body_timeout)?;
    open_files::allow_most();
    let keeping = app::keeping(&config);
    let (pool, adapter) = start_renderers(&config, keeping.clone())?;
    let app = App::new(config, pool, adapter, keeping);
    let admission = Arc::clone(&app.admission);
    let stop = signals::listen(move || admission.read_again())?;
    let signal = actix_web::rt::System::new().block_on(serve(&app, listener, stop, announce))?;
    log::info!("All requests are finished.");
    if let Some(signal) = signal {
        // Whoever sent it, such as a shell or systemd, sees that it has worked.
        signal_hook::low_level::emulate_default_handler(signal)?;
    }
    Ok(())
}

/// Serves on `listener` until `stop` brings a signal; returns when all requests are finished. Calls
/// `announce` with its address once it is ready.
async fn serve(
    app: &Arc<App>,
    listener: TcpListener,
    stop: signals::Stop,
    announce: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> io::Result<Option<i32>> {
    let address = listener.local_addr()?;
    let shared = web::Data::from(Arc::clone(app));
    let threads = available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(MAX_HTTP_THREADS);
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(shared.clone())
            // What is wrapped last sees a request first.
            .wrap(from_fn(paced_body::hold))
            .wrap(from_fn(guard::admit))
            // Real clients join URLs sloppily: //render and /render/ are /render.
            .wrap(NormalizePath::trim())
            .wrap(from_fn(access_log::note))
            .wrap(from_fn(access_log::identify))
            .wrap(guard::headers())
            .configure(|services| routes::configure(services, &shared.config.endpoint))
    })
    .workers(threads)
    .max_connections(MAX_CONNECTIONS / threads)
    .on_connect(paced_body::connected)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(app.config.header_timeout)
    .client_disconnect_timeout(LINGER)
    // A client that closes its connection has given up; what it waited for need not be drawn.
    .h1_allow_half_closed(false)
    .shutdown_timeout((app.config.grace + FAREWELL).as_secs().max(1))
    .disable_signals()
    .listen(listener)?
    .run();
    announce(address)?;
    actix_web::rt::spawn(live::run(Arc::clone(app)));
    let handle = server.handle();
    let ending = Arc::clone(app);
    let stopper = actix_web::rt::spawn(async move {
        let signal = stop.await.ok();
        log::info!("Stopping; requests under way are finished first.");
        ending.stopping.drain();
        let stopped = pin!(handle.stop(true));
        let grace = pin!(tokio::time::sleep(ending.config.grace));
        if let Either::Right(((), stopped)) = select(stopped, grace).await {
            log::warn!("The requests that are still under way are given up.");
            ending.stopping.give_up();
            stopped.await;
        }
        signal
    });
    server.await?;
    // Whoever waited has an answer; what hangs in the driver ends with the process.
    app.pool.stop(Instant::now().checked_add(FAREWELL));
    Ok(stopper.await.ok().flatten())
}

/// Starts the render threads; returns them and what they draw with.
fn start_renderers(
    config: &ServeConfig,
    keeping: Keeping,
) -> Result<(Pool<app::RenderWorker>, AdapterSummary), ServeError> {
    let name = config.adapter.clone();
    let (report, reported) = std::sync::mpsc::channel();
    let pool = Pool::start(config.workers, config.queue, move |turn| {
        let name = name.clone();
        let renderer = Renderer::keeping(&keeping, &AdapterSelection { name, turn })?;
        // Nobody listens once all have started.
        let _ = report.send((turn, renderer.adapter().clone()));
        Ok::<app::RenderWorker, ServeError>(Box::new(renderer))
    })?;
    let mut adapters: Vec<(usize, AdapterSummary)> = reported.try_iter().collect();
    adapters.sort_by_key(|(turn, _)| *turn);
    for (turn, adapter) in &adapters {
        log::info!("Worker {turn} draws with {adapter}.");
    }
    let mut adapters = adapters.into_iter().map(|(_, adapter)| adapter);
    let first = adapters.next();
    Ok((
        pool,
        first.ok_or_else(|| io::Error::other("no worker has started"))?,
    ))
}
