//! `GET /events`: the status page's numbers as they change, as server-sent events.
//!
//! The format is that of <https://html.spec.whatwg.org/multipage/server-sent-events.html>. Each event
//! `status` has the HTML of the parts that change; it is made once for all who watch, and only if somebody
//! does.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data};
use futures_util::future::{Either, select};
use futures_util::stream::{self, Stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::app::App;
use super::{answer, history, pages};
use crate::protocol::{ErrorCode, Refusal};

/// So many pages are live at once; the others ask again and again, as do those without scripts.
const MAX_WATCHERS: usize = 32;

/// nginx sends on what it gets at once.
const NO_BUFFERING: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-accel-buffering"),
    HeaderValue::from_static("no"),
);

/// The last event, for all who watch.
#[derive(Debug)]
pub struct Live {
    last: watch::Sender<Bytes>,
    places: Arc<Semaphore>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            last: watch::Sender::new(Bytes::new()),
            places: Arc::new(Semaphore::new(MAX_WATCHERS)),
        }
    }
}

impl Live {
    /// So many watch.
    pub fn watchers(&self) -> usize {
        MAX_WATCHERS - self.places.available_permits()
    }

    /// One more, if there is a place.
    fn watch(&self) -> Option<Watcher> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Watcher {
            last: self.last.subscribe(),
            _place: place,
        })
    }
}

/// One who watches, and whose place is free again afterwards.
struct Watcher {
    last: watch::Receiver<Bytes>,
    _place: OwnedSemaphorePermit,
}

/// Takes a sample and sends it to all who watch, again and again, until the server is to end.
pub async fn run(app: Arc<App>) {
    let mut steps = tokio::time::interval(history::STEP);
    steps.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut end = pin!(app.stopping.draining());
    loop {
        let step = pin!(steps.tick());
        if let Either::Right(_) = select(step, &mut end).await {
            return;
        }
        app.history.sample(&app);
        if app.live.watchers() > 0 {
            app.live.last.send_replace(event(&pages::live(&app)));
        }
    }
}

/// `GET /events`.
pub async fn events(app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    let Some(watcher) = app.live.watch() else {
        let message =
            format!("{MAX_WATCHERS} pages are live already; ask for the page again instead.");
        return answer::refusal(&Refusal::new(ErrorCode::QueueFull, message));
    };
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(NO_BUFFERING)
        .streaming(following(app, watcher))
}

/// Each event that is sent from now on, until the server is to end.
fn following(app: Arc<App>, watcher: Watcher) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold((app, watcher), async |(app, mut watcher)| {
        {
            let change = pin!(watcher.last.changed());
            let end = pin!(app.stopping.draining());
            match select(change, end).await {
                Either::Left((Ok(()), _)) => {}
                Either::Left((Err(_), _)) | Either::Right(_) => return None,
            }
        }
        let event = watcher.last.borrow_and_update().clone();
        Some((Ok(event), (app, watcher)))
    })
}

/// Lines of an event begin with what they are.
fn event(html: &str) -> Bytes {
    let lines = html
        .lines()
        .fold(String::new(), |lines, line| lines + "data: " + line + "\n");
    format!("event: status\n{lines}\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_so_many_places_whoever_asks_at_once() {
        let live = Live::default();
        let watchers: Vec<_> = std::thread::scope(|scope| {
            let asking =
                (0..4).map(|_| scope.spawn(|| (0..20).filter_map(|_| live.watch()).collect()));
            let asking: Vec<std::thread::ScopedJoinHandle<'_, Vec<Watcher>>> = asking.collect();
            let joined = asking.into_iter().filter_map(|thread| thread.join().ok());
            joined.flatten().collect()
        });
        assert_eq!(
            (watchers.len(), live.watchers()),
            (MAX_WATCHERS, MAX_WATCHERS)
        );
        drop(watchers);
        assert_eq!(live.watchers(), 0);
        assert!(live.watch().is_some());
    }

    #[test]
    fn an_event_ends_with_an_empty_line() {
        let bytes = event("<p>\na</p>\n");
        assert_eq!(bytes, "event: status\ndata: <p>\ndata: a</p>\n\n");
    }
}
