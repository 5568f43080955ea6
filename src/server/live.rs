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
use tokio::sync::watch;

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
pub struct Live(watch::Sender<Bytes>);

impl Default for Live {
    fn default() -> Self {
        Self(watch::Sender::new(Bytes::new()))
    }
}

impl Live {
    /// So many watch.
    pub fn watchers(&self) -> usize {
        self.0.receiver_count()
    }
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
            app.live.0.send_replace(event(&pages::live(&app)));
        }
    }
}

/// `GET /events`.
pub async fn events(app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    if app.live.watchers() >= MAX_WATCHERS {
        let message =
            format!("{MAX_WATCHERS} pages are live already; ask for the page again instead.");
        return answer::refusal(&Refusal::new(ErrorCode::QueueFull, message));
    }
    let watched = app.live.0.subscribe();
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(NO_BUFFERING)
        .streaming(following(app, watched))
}

/// Each event that is sent from now on, until the server is to end.
fn following(
    app: Arc<App>,
    watched: watch::Receiver<Bytes>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold((app, watched), async |(app, mut watched)| {
        {
            let change = pin!(watched.changed());
            let end = pin!(app.stopping.draining());
            match select(change, end).await {
                Either::Left((Ok(()), _)) => {}
                Either::Left((Err(_), _)) | Either::Right(_) => return None,
            }
        }
        let event = watched.borrow_and_update().clone();
        Some((Ok(event), (app, watched)))
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
    fn an_event_ends_with_an_empty_line() {
        let bytes = event("<p>\na</p>\n");
        assert_eq!(bytes, "event: status\ndata: <p>\ndata: a</p>\n\n");
    }
}
