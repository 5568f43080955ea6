//! `GET /`: what the server does, what it keeps and what it runs on.

use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::plot::{Plot, Series, number_text};
use super::{Page, Part, filled, renders, usage};
use crate::server::app::App;
use crate::server::history::{LastMinute, Sample};
use crate::server::kept::{self, Kept};
use crate::server::render::Trace;
use crate::tally::CacheCounts;

static PAGE: LazyLock<Page> = LazyLock::new(|| {
    Page::new(
        include_str!("status.html"),
        concat!(include_str!("style.css"), include_str!("status.css")),
        include_str!("status.js"),
    )
});
const LIVE: &str = include_str!("live.html");
const DEBUG: &str = include_str!("debug.html");

/// The page.
pub async fn status(app: Data<App>, http: HttpRequest) -> HttpResponse {
    let base = usage::base_url(&http);
    let endpoint = &app.config.endpoint;
    let adapter = &app.adapter;
    let spool = std::env::temp_dir().display().to_string();
    let debug = if app.config.debug {
        filled(
            DEBUG,
            &[&("base", Part::Text(&base)), &("spool", Part::Text(&spool))],
        )
    } else {
        String::new()
    };
    PAGE.answer(&[
        ("version", Part::Text(env!("CARGO_PKG_VERSION"))),
        ("adapter", Part::Text(&adapter.name)),
        ("kind", Part::Text(&adapter.kind)),
        ("driver", Part::Text(&adapter.driver)),
        ("backend", Part::Text(&adapter.backend)),
        ("endpoint", Part::Text(endpoint)),
        ("drake", Part::Text(&usage::drake(&base, endpoint))),
        ("curl", Part::Text(&usage::curl(&base, endpoint))),
        ("live", Part::Html(&live(&app))),
        ("debug", Part::Html(&debug)),
    ])
}

/// The parts of the page that change: elements with ids, by which those in a page are told.
pub fn live(app: &App) -> String {
    let counters = app.pool.counters();
    let samples = app.history.samples();
    let minute = LastMinute::of(&samples);
    let (state, condition) = if app.stopping.is_draining() {
        ("bad", "Stopping")
    } else if counters.able == 0 {
        ("bad", "No worker can draw")
    } else {
        ("good", "Ready")
    };
    let kept: String = kept::list(app).iter().map(kept_rows).collect();
    let renders = renders::section(app);
    filled(
        LIVE,
        &[
            &("state", Part::Text(state)),
            &("condition", Part::Text(condition)),
            &("workers", Part::Text(&counters.workers.to_string())),
            &("busy", Part::Text(&counters.busy.to_string())),
            &("queued", Part::Text(&counters.queued.to_string())),
            &("queue", Part::Text(&app.config.queue.to_string())),
            &("answers", Part::Text(&minute.answers.to_string())),
            &("refusals", Part::Text(&minute.refusals.to_string())),
            &("latency", Part::Text(&milliseconds(minute.mean_answer))),
            &("uptime", Part::Text(&duration(app.started.elapsed()))),
            &("plots", Part::Html(&plots(app, &samples))),
            &("stages", Part::Html(&stage_rows(&minute))),
            &("kept_rows", Part::Html(&kept)),
            &("rows", Part::Html(&answer_rows(app))),
            &("done", Part::Text(&counters.done.to_string())),
            &("skipped", Part::Text(&counters.skipped.to_string())),
            &("panicked", Part::Text(&counters.panicked.to_string())),
            &("renders", Part::Html(&renders)),
        ],
    )
}

fn plots(app: &App, samples: &[Sample]) -> String {
    let series = |name, value: fn(&Sample) -> Option<f64>| Series {
        name,
        values: samples.iter().map(value).collect(),
    };
    let per_second = |count: u64, sample: &Sample| count_of(count) / sample.seconds;
    let answers = samples.iter().map(|s| Some(per_second(s.answers, s)));
    let refusals = samples.iter().map(|s| Some(per_second(s.refusals, s)));
    let rates = [
        Series {
            name: "all",
            values: answers.collect(),
        },
        Series {
            name: "refused",
            values: refusals.collect(),
        },
    ];
    let latencies = [
        series("95 %", |s| s.slow_answer_seconds.map(|time| 1e3 * time)),
        series("mean", |s| s.mean_answer().map(|time| 1e3 * time)),
    ];
    let work = [
        series("busy", |s| Some(count_of(s.busy as u64))),
        series("waiting", |s| Some(count_of(s.queued as u64))),
    ];
    let cores = [series("", |s| s.cores)];
    let adapter = [series("busy", |s| s.gpu_busy.map(|part| 100.0 * part))];
    let memory = [series("", |s| s.memory.map(mebibytes_of))];
    let gpu_memory = [series("", |s| Some(mebibytes_of(s.gpu_memory)))];
    let plot = |title, unit, series, limit| Plot {
        title,
        unit,
        series,
        limit,
        idle: "not known",
    };
    let latency = Plot {
        idle: "no requests now",
        ..plot("Latency", " ms", &latencies, None)
    };
    let adapter_title = if app.adapter.is_software() {
        "Adapter, on the processor"
    } else {
        "GPU"
    };
    let workers = count_of(app.pool.counters().workers as u64);
    let cpus = std::thread::available_parallelism().ok();
    let cpus = cpus.map(|cores| count_of(cores.get() as u64));
    [
        plot("Requests", "/s", &rates, None),
        latency,
        plot("Workers and queue", "", &work, Some(workers)),
        plot("Processor", " cores", &cores, cpus),
        plot(adapter_title, " %", &adapter, Some(100.0)),
        plot("Memory", " MiB", &memory, None),
        plot("Memory on devices", " MiB", &gpu_memory, None),
    ]
    .iter()
    .map(Plot::html)
    .collect()
}

/// How long the stages took in the last minute, with a bar each.
fn stage_rows(minute: &LastMinute) -> String {
    let all: f64 = minute.mean_stages.iter().flatten().sum();
    let mut begin = 0.0;
    let stages = Trace::STAGES.into_iter().zip(minute.mean_stages);
    let rows = stages.enumerate().map(|(number, (stage, mean))| {
        let width = if all > 0.0 {
            100.0 * mean.unwrap_or(0.0) / all
        } else {
            0.0
        };
        let row = format!(
            "<tr><th scope=\"row\">{stage}</th><td>{}</td><td class=\"bar\">\
             <svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"s{number}\" x=\"{begin:.1}\" width=\"{width:.1}\" height=\"10\"/></svg></td></tr>\n",
            milliseconds(mean)
        );
        begin += width;
        row
    });
    rows.collect()
}

fn answer_rows(app: &App) -> String {
    let mut rows = String::new();
    for (image_type, status, count) in app.counts.list() {
        let _ = writeln!(
            rows,
            "<tr><td>{image_type}</td><td>{status}</td><td>{count}</td></tr>"
        );
    }
    if rows.is_empty() {
        return "<tr><td colspan=\"3\">none yet</td></tr>\n".to_owned();
    }
    rows
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

fn mebibytes_of(bytes: u64) -> f64 {
    count_of(bytes) / count_of(1 << 20)
}

#[expect(clippy::cast_precision_loss, reason = "what is plotted is rounded")]
fn count_of(count: u64) -> f64 {
    count as f64
}

fn milliseconds(seconds: Option<f64>) -> String {
    seconds.map_or("none".to_owned(), |seconds| {
        format!("{} ms", number_text(1e3 * seconds))
    })
}

/// Such as `2 d 3 h`, `3 h 4 min` or `5 s`: the two greatest units. No line ends between a number and its unit.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}\u{a0}s"),
        (0, 0, _) => format!("{minutes}\u{a0}min {}\u{a0}s", seconds % 60),
        (0, _, _) => format!("{hours}\u{a0}h {minutes}\u{a0}min"),
        _ => format!("{days}\u{a0}d {hours}\u{a0}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        for (seconds, text) in [
            (5, "5\u{a0}s"),
            (125, "2\u{a0}min 5\u{a0}s"),
            (3_660, "1\u{a0}h 1\u{a0}min"),
            (180_000, "2\u{a0}d 2\u{a0}h"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }
}
