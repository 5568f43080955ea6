//! The numbers of a server for machines: `GET /metrics`, as Prometheus reads them.
//!
//! The format is that of <https://prometheus.io/docs/instrumenting/exposition_formats/>, version 0.0.4.

mod page;

use std::sync::atomic::Ordering::Relaxed;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;

use super::app::App;
use super::kept::{self, Kept};
use page::Kind::{Counter, Gauge, Histogram};
use page::Page;

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
    let adapter = &app.adapter;
    let build = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("adapter", &adapter.name),
        ("backend", &adapter.backend),
    ];
    page.family("info", Gauge, "What runs, and what it draws with.");
    page.sample(&build, 1);
    let uptime = app.started.elapsed().as_secs();
    page.single("uptime_seconds", Gauge, "Time since the start.", uptime);
    requests(&mut page, app);
    queue(&mut page, app);
    workers(&mut page, app);
    gpu(&mut page, app);
    caches(&mut page, &kept::list(app));
    page.finish()
}

fn requests(page: &mut Page, app: &App) {
    page.family(
        "requests_total",
        Counter,
        "Answers to POST requests, by image type (unknown if refused before it was read) and HTTP status.",
    );
    for ((image_type, status), count) in app.counts.list_with_zeros() {
        let status = status.to_string();
        page.sample(&[("image_type", image_type), ("status", &status)], count);
    }
    page.single(
        "requests_in_flight",
        Gauge,
        "POST requests that arrive, wait or are drawn.",
        app.counts.in_flight(),
    );
    page.single(
        "answers_bytes",
        Gauge,
        "Answers of more than 128 KiB that clients are taking, in memory.",
        app.counts.leaving(),
    );
    page.single(
        "answers_cut_off_total",
        Counter,
        "Clients that took such an answer too slowly and were cut off. What the kernel cuts off is not in it.",
        app.counts.cut_offs(),
    );
    page.family(
        "errors_total",
        Counter,
        "Refusals by code, of all requests, also of those that ask whether the server is ready.",
    );
    for (code, count) in app.counts.refusals() {
        page.sample(&[("code", code)], count);
    }
    page.family(
        "request_duration_seconds",
        Histogram,
        "From the head of a POST request to its answer, by image type.",
    );
    for (image_type, durations) in app.counts.durations() {
        page.histogram(("image_type", image_type), durations);
    }
    page.family(
        "stage_duration_seconds",
        Histogram,
        "The stages of requests as far as they came; load, draw and encode of those with an image.",
    );
    for (stage, durations) in app.counts.stages() {
        page.histogram(("stage", stage), durations);
    }
}

fn queue(page: &mut Page, app: &App) {
    let queued = app.pool.counters().queued;
    let help = "Requests that wait for a render thread.";
    page.single("queued", Gauge, help, queued);
    let limit = app.config.queue;
    page.single("queue_limit", Gauge, "Requests that may wait.", limit);
    page.single(
        "queued_bytes",
        Gauge,
        "Scenes of requests that arrive, wait or are drawn, in memory and in files.",
        app.store.bytes(),
    );
    page.single(
        "queued_bytes_limit",
        Gauge,
        "As much as there may be.",
        app.config.queue_bytes,
    );
}

fn workers(page: &mut Page, app: &App) {
    let pool = app.pool.counters();
    page.single("workers", Gauge, "Render threads.", pool.workers);
    page.single(
        "workers_busy",
        Gauge,
        "Render threads that draw.",
        pool.busy,
    );
    page.single(
        "workers_stuck",
        Gauge,
        "Render threads that hang and were given up.",
        pool.stuck,
    );
    page.single(
        "workers_replaced_total",
        Counter,
        "Workers made after the first ones.",
        pool.replaced,
    );
    page.single(
        "worker_panics_total",
        Counter,
        "Panics of workers. The request at hand is then tried once more with a new one.",
        pool.panics,
    );
    page.family("jobs_total", Counter, "What has become of requests.");
    for (outcome, count) in [
        ("done", pool.done),
        ("skipped", pool.skipped),
        ("panicked", pool.panicked),
        ("abandoned", pool.abandoned),
    ] {
        page.sample(&[("outcome", outcome)], count);
    }
}

fn gpu(page: &mut Page, app: &App) {
    let memory = &app.keeping.memory;
    page.single(
        "gpu_memory_bytes",
        Gauge,
        "What is held on the devices of all workers: meshes, textures, materials and images. Without a GPU it \
         is in the memory of the process.",
        memory.used(),
    );
    let help = "As much as there may be.";
    page.single("gpu_memory_limit_bytes", Gauge, help, app.config.gpu_memory);
    page.single(
        "device_losses_total",
        Counter,
        "Devices that were lost, had no memory left or refused a command, and were opened again.",
        app.keeping.losses.load(Relaxed),
    );
    page.family(
        "gpu_busy_seconds_total",
        Counter,
        "How long at least one submission of this process was under way on an adapter. Its rate is the part of \
         time in which it had work from here. That of an adapter on the CPU is time of the processor's, too.",
    );
    for (adapter, busy) in app.keeping.clocks.busy() {
        let labels = [("adapter", &*adapter.name), ("bus", &adapter.bus)];
        page.sample(&labels, busy.as_secs_f64());
    }
}

fn caches(page: &mut Page, all: &[Kept]) {
    page.family(
        "cache_limit_bytes",
        Gauge,
        "At most so much is kept, of all kinds of a cache together.",
    );
    for cache in all {
        page.sample(&[("cache", cache.label)], cache.limit);
    }
    let kinds = || {
        let kinds = all.iter().flat_map(|cache| {
            let labels = |kind| [("cache", cache.label), ("kind", kind)];
            (cache.kinds.iter()).map(move |kind| (labels(kind.label), kind.counts))
        });
        kinds.collect::<Vec<_>>()
    };
    page.family("cache_bytes", Gauge, "So much is kept.");
    for (labels, counts) in kinds() {
        page.sample(&labels, counts.bytes);
    }
    page.family("cache_hits_total", Counter, "How often something was kept.");
    for (labels, counts) in kinds() {
        page.sample(&labels, counts.hits);
    }
    page.family("cache_misses_total", Counter, "How often it was not.");
    for (labels, counts) in kinds() {
        page.sample(&labels, counts.misses);
    }
    page.family(
        "cache_evictions_total",
        Counter,
        "How often something had to go for something else.",
    );
    for (labels, counts) in kinds() {
        page.sample(&labels, counts.evictions);
    }
}
