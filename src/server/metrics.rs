//! The numbers of a server for machines: `GET /metrics`, as Prometheus reads them.
//!
//! The format is that of <https://prometheus.io/docs/instrumenting/exposition_formats/>, version 0.0.4.

use std::fmt::Write as _;
use std::sync::atomic::Ordering::Relaxed;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;

use super::app::App;
use super::kept::{self, Kept};

/// What all names begin with.
const PREFIX: &str = "gltf_render_server";

/// `GET /metrics`.
pub async fn metrics(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text(&app))
}

/// All of them.
fn text(app: &App) -> String {
    let mut page = Page::default();
    let version = env!("CARGO_PKG_VERSION");
    let adapter = &app.adapter;
    let build = [
        ("version", version),
        ("adapter", &adapter.name),
        ("backend", &adapter.backend),
    ];
    page.family("info", GAUGE, "What runs, and what it draws with.");
    page.sample(&build, 1);
    page.family("uptime_seconds", GAUGE, "Time since the start.");
    page.sample(&[], app.started.elapsed().as_secs());

    page.family(
        "requests_total",
        COUNTER,
        "Answers to posted scenes, by image type and HTTP status.",
    );
    for (image_type, status, count) in app.counts.list() {
        let status = status.to_string();
        page.sample(&[("image_type", image_type), ("status", &status)], count);
    }

    let pool = app.pool.counters();
    page.family("workers", GAUGE, "Render threads.");
    page.sample(&[], pool.workers as u64);
    page.family("workers_busy", GAUGE, "Render threads that draw.");
    page.sample(&[], pool.busy as u64);
    page.family("queued", GAUGE, "Requests that wait for a render thread.");
    page.sample(&[], pool.queued as u64);
    page.family("queue_limit", GAUGE, "Requests that may wait.");
    page.sample(&[], app.config.queue as u64);
    page.family(
        "queued_bytes",
        GAUGE,
        "Scenes of requests that arrive, wait or are drawn, in memory and in files.",
    );
    page.sample(&[], app.store.bytes() as u64);
    page.family("queued_bytes_limit", GAUGE, "As much as there may be.");
    page.sample(&[], app.config.queue_bytes as u64);
    page.family(
        "workers_stuck",
        GAUGE,
        "Render threads that hang and were given up.",
    );
    page.sample(&[], pool.stuck as u64);
    page.family(
        "workers_replaced_total",
        COUNTER,
        "Workers made after the first ones.",
    );
    page.sample(&[], pool.replaced);
    page.family(
        "device_losses_total",
        COUNTER,
        "How often a GPU was lost or out of memory in the midst of an image.",
    );
    let losses = app.keeping.losses.load(Relaxed);
    page.sample(&[], losses);
    page.family("jobs_total", COUNTER, "What has become of requests.");
    page.sample(&[("outcome", "done")], pool.done);
    page.sample(&[("outcome", "skipped")], pool.skipped);
    page.sample(&[("outcome", "panicked")], pool.panicked);
    page.sample(&[("outcome", "abandoned")], pool.abandoned);

    caches(&mut page, &kept::list(app));
    page.0
}

fn caches(page: &mut Page, all: &[Kept]) {
    page.family(
        "cache_limit_bytes",
        GAUGE,
        "At most so much is kept, of all kinds of a cache together.",
    );
    for cache in all {
        page.sample(&[("cache", cache.label)], cache.limit as u64);
    }
    let kinds = || {
        let kinds = all.iter().flat_map(|cache| {
            let labels = |kind| [("cache", cache.label), ("kind", kind)];
            (cache.kinds.iter()).map(move |kind| (labels(kind.label), kind.counts))
        });
        kinds.collect::<Vec<_>>()
    };
    page.family("cache_bytes", GAUGE, "So much is kept.");
    for (labels, counts) in kinds() {
        page.sample(&labels, counts.bytes as u64);
    }
    page.family("cache_hits_total", COUNTER, "How often something was kept.");
    for (labels, counts) in kinds() {
        page.sample(&labels, counts.hits);
    }
    page.family("cache_misses_total", COUNTER, "How often it was not.");
    for (labels, counts) in kinds() {
        page.sample(&labels, counts.misses);
    }
    page.family(
        "cache_evictions_total",
        COUNTER,
        "How often something had to go for something else.",
    );
    for (labels, counts) in kinds() {
        page.sample(&labels, counts.evictions);
    }
}

const COUNTER: &str = "counter";
const GAUGE: &str = "gauge";

/// The text so far, and the name of the family whose samples come next.
#[derive(Default)]
struct Page(String, &'static str);

impl Page {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.1 = name;
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {PREFIX}_{name} {help}");
        let _ = writeln!(self.0, "# TYPE {PREFIX}_{name} {kind}");
    }

    fn sample(&mut self, labels: &[(&str, &str)], value: u64) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = match &*labels.join(",") {
            "" => String::new(),
            labels => format!("{{{labels}}}"),
        };
        let _ = writeln!(self.0, "{PREFIX}_{}{labels} {value}", self.1);
    }
}

/// The text of a label, such as an adapter's name.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_follow_their_family() {
        let mut page = Page::default();
        page.family("a_total", COUNTER, "Some.");
        page.sample(&[], 1);
        page.sample(&[("x", "1"), ("y", "a \"b\" \\ \n")], 2);
        assert_eq!(
            page.0,
            "# HELP gltf_render_server_a_total Some.\n# TYPE gltf_render_server_a_total counter\n\
             gltf_render_server_a_total 1\n\
             gltf_render_server_a_total{x=\"1\",y=\"a \\\"b\\\" \\\\ \\n\"} 2\n"
        );
    }
}
