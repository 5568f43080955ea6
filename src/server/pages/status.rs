//! `GET /`: what the server does, what it keeps and what it runs on.

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::{Page, Part};
use crate::server::app::App;
use crate::server::kept::{self, Kept};
use crate::tally::CacheCounts;

static PAGE: LazyLock<Page> =
    LazyLock::new(|| Page::new(include_str!("status.html"), include_str!("status.js")));
const ADAPTER: &str = include_str!("adapter.html");

/// `GET /`: what the server does, and to those who debug it, what it is.
pub async fn status(app: Data<App>) -> HttpResponse {
    let counters = app.pool.counters();
    let counts = app.counts.list().into_iter();
    let mut rows: Vec<String> = counts
        .map(|(image_type, status, count)| {
            format!("<tr><td>{image_type}</td><td>{status}</td><td>{count}</td></tr>")
        })
        .collect();
    if rows.is_empty() {
        rows.push("<tr><td colspan=\"3\">none yet</td></tr>".to_owned());
    }
    let detail = if app.config.debug { ADAPTER } else { "" };
    let kept: String = kept::list(&app).iter().map(kept_rows).collect();
    PAGE.answer(&[
        ("version", Part::Text(env!("CARGO_PKG_VERSION"))),
        ("workers", Part::Text(&counters.workers.to_string())),
        ("busy", Part::Text(&counters.busy.to_string())),
        ("queued", Part::Text(&counters.queued.to_string())),
        ("queue", Part::Text(&app.config.queue.to_string())),
        ("done", Part::Text(&counters.done.to_string())),
        ("skipped", Part::Text(&counters.skipped.to_string())),
        ("panicked", Part::Text(&counters.panicked.to_string())),
        ("uptime", Part::Text(&duration(app.started.elapsed()))),
        ("endpoint", Part::Text(&app.config.endpoint)),
        ("detail", Part::Html(detail)),
        ("rows", Part::Html(&rows.join("\n"))),
        ("kept_rows", Part::Html(&kept)),
    ])
}

/// How well a cache works: a row for each kind of thing in it, which share what it may take.
fn kept_rows(kept: &Kept) -> String {
    let (limit, span) = (mebibytes(kept.limit), kept.kinds.len());
    let limit = format!("<td rowspan=\"{span}\">{limit}</td>");
    let rows = kept.kinds.iter().enumerate();
    let rows = rows.map(|(number, kind)| {
        let name = kind.name;
        let limit = if number == 0 { &*limit } else { "" };
        let CacheCounts {
            hits,
            misses,
            evictions,
            bytes,
        } = kind.counts;
        let bytes = mebibytes(bytes);
        format!(
            "<tr><th scope=\"row\">{name}</th><td>{hits}</td><td>{misses}</td><td>{evictions}</td>\
             <td>{bytes}</td>{limit}</tr>\n"
        )
    });
    rows.collect()
}

/// To a tenth.
fn mebibytes(bytes: usize) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// Such as `2 d 3 h`, `3 h 4 min` or `5 s`: the two greatest units.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        for (seconds, text) in [
            (5, "5 s"),
            (125, "2 min 5 s"),
            (3_660, "1 h 1 min"),
            (180_000, "2 d 2 h"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }
}
