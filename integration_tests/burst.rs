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
    let mut view = View::new(1280, 960, 900.0);
    view.center_x += 0.01 * number as f64;
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

/// What an image takes a client that is alone.
fn alone(server: &Server, first: usize) -> Duration {
    let times = (first..first + 15).map(|number| {
        let (reply, took) = timed(server, number);
        assert_eq!(reply.status, 200, "{}", reply.text());
        took
    });
    median(times.collect())
}

fn a_burst_before_a_short_queue() {
    let queue = QUEUE.to_string();
    let server = Server::on_free_port(&["--workers", "1", "--queue", &queue]);
    alone(&server, 1000);
    let before = alone(&server, 2000);

    let barrier = Barrier::new(CLIENTS);
    let begun = Instant::now();
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
    let lasted = begun.elapsed();

    let (served, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|(reply, _)| reply.status == 200);
    for (reply, _) in &refused {
        reply.refusal(503, "queue_full");
        assert_eq!(reply.retry_after, "1");
    }
    // The clients are one by their address, which an eighth of the queue is not for.
    let at_least = QUEUE - QUEUE / 8;
    let count = u32::try_from(served.len()).unwrap();
    assert!(count >= at_least, "{count} served");
    assert!(!refused.is_empty());
    // While a hundred clients share its cores, the server takes longer for an image than it does alone.
    let service = before.max(lasted / count);
    let slowest = served.iter().map(|(_, took)| *took).max().unwrap();
    let refusals = median(refused.iter().map(|(_, took)| *took).collect());
    println!(
        "{count} served, the last after {slowest:?}, {service:?} each ({before:?} alone); {} refused, \
         half of them within {refusals:?}",
        refused.len()
    );
    // Its own way there and back comes on top.
    let bound = QUEUE * service + before;
    assert!(slowest <= bound, "{slowest:?}, {service:?} each");
    assert!(refusals <= Duration::from_millis(50), "{refusals:?}");

    let after = alone(&server, 3000);
    let is_as_before = after <= before * 3 / 2;
    assert!(is_as_before, "{before:?} before and {after:?} after");
    server.stop();
}
