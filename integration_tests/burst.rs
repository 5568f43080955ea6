//! A hundred clients at once before a short queue: who is taken in is served in time, who is not is told at
//! once, and afterwards all is as before.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::client::{self, Reply};
use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::server::Server;
use crate::harness::trials;
use crate::harness::view::View;

trials![a_burst_before_a_short_queue];

const CLIENTS: usize = 100;
const QUEUE: u32 = 16;

/// A camera that sees the box from elsewhere each time, so that nothing is known of the view.
fn form(number: usize) -> Form {
    let mut view = View::new(2560, 1920, 1800.0);
    view.center_x += 0.001 * number as f64;
    Form::drake("color", &view, &Gltf::one_box(&view).bytes())
}

fn timed(server: &Server, number: usize) -> (Reply, Duration) {
    let form = form(number);
    let begun = Instant::now();
    let reply = client::post(server, &form);
    (reply, begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// What the worker did until now for images: how long, in seconds, and for how many.
fn work(server: &Server) -> (f64, f64) {
    let metrics = client::get(server, "/metrics").text();
    let value = |series: &str, stage: &str| -> f64 {
        let name =
            format!("gltf_render_server_stage_duration_seconds_{series}{{stage=\"{stage}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap().parse().unwrap()
    };
    let took = ["load", "draw", "encode"].map(|stage| value("sum", stage));
    (took.iter().sum(), value("count", "encode"))
}

/// What the log says of an answer with an image.
const SERVED: &str = " 200 ok total ";

/// How long the server had each request that it served, from its first byte on, by its log.
fn latencies(server: &Server) -> Vec<Duration> {
    let log = server.log();
    let totals = log.lines().filter_map(|line| {
        let (_, rest) = line.split_once("POST /render")?.1.split_once(SERVED)?;
        let milliseconds: f64 = rest.split(' ').next()?.parse().ok()?;
        Some(Duration::from_secs_f64(1e-3 * milliseconds))
    });
    totals.collect()
}

/// What an image takes a client that is alone.
fn alone(server: &Server, first: usize) -> Duration {
    let times = (first..first + 15).map(|number| {
        let (reply, took) = timed(server, number);
        assert_eq!(reply.status, 200, "{}", reply.text());
        took
    });
    median(times.collect())
}

/// The clients are one by their address, which an eighth of the queue is not for.
const AT_LEAST: u32 = QUEUE - QUEUE / 8;

fn a_burst_before_a_short_queue() {
    let queue = QUEUE.to_string();
    let server = Server::on_free_port(&["--workers", "1", "--queue", &queue]);
    alone(&server, 1000);
    let before = alone(&server, 2000);
    let answers_before = latencies(&server).len();
    let (worked, drawn) = work(&server);
    let barrier = Barrier::new(CLIENTS);
    let answers: Vec<(Reply, Duration)> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (server, barrier) = (&server, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    timed(server, number)
                })
            })
            .collect();
        clients.into_iter().map(|c| c.join().unwrap()).collect()
    });

    let (served, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|(reply, _)| reply.status == 200);
    for (reply, _) in &refused {
        reply.refusal(503, "queue_full");
        assert_eq!(reply.retry_after, "1");
    }
    let count = u32::try_from(served.len()).unwrap();
    assert!(count >= AT_LEAST, "{count} served");
    assert!(!refused.is_empty());
    // What the worker took for each of these: longer than alone, while a hundred clients share its cores.
    let (worked, drawn) = (work(&server).0 - worked, work(&server).1 - drawn);
    assert_eq!(drawn, f64::from(count));
    let service = Duration::from_secs_f64(worked / drawn);
    let latencies = loop {
        // A line is written when its answer has gone.
        let mut all = latencies(&server);
        if all.len() == answers_before + served.len() {
            break all.split_off(answers_before);
        }
        thread::sleep(Duration::from_millis(5));
    };
    let slowest = latencies.into_iter().max().unwrap();
    let refusals = median(refused.iter().map(|(_, took)| *took).collect());
    let after = alone(&server, 3000);
    println!(
        "{count} served, the last after {slowest:?}, {service:?} each; {} refused, half of them within \
         {refusals:?}; alone {before:?} before and {after:?} after",
        refused.len()
    );
    assert!(slowest <= QUEUE * service, "{slowest:?}, {service:?} each");
    assert!(refusals <= Duration::from_millis(50), "{refusals:?}");
    let is_as_before = after <= before * 3 / 2;
    assert!(is_as_before, "{before:?} before and {after:?} after");
    server.stop();
}
