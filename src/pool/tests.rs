//! The pool with workers that count.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

#[path = "panic_tests.rs"]
mod panics;

use std::sync::atomic::{AtomicUsize, Ordering};

use std::net::Ipv4Addr;

use super::*;

const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

/// A worker that knows its number and counts its jobs.
#[derive(Debug)]
struct Counting {
    number: usize,
    jobs: usize,
}

impl Worker for Counting {}
impl Worker for usize {}

fn start(workers: usize, capacity: usize) -> Pool<Counting> {
    let made = AtomicUsize::new(0);
    Pool::start(NonZeroUsize::new(workers).unwrap(), capacity, move |_| {
        let number = made.fetch_add(1, Ordering::SeqCst);
        io::Result::Ok(Counting { number, jobs: 0 })
    })
    .unwrap()
}

fn result<T>(ticket: Ticket<T>) -> Result<T, PoolError> {
    pollster::block_on(ticket.result()).map(|finished| finished.value)
}

/// Occupies a worker until the sender that is returned is dropped; returns once it has begun.
fn held(pool: &Pool<Counting>) -> mpsc::Sender<()> {
    let (begun, has_begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let job = pool.submit(ONE, None, move |_, _| {
        begun.send(()).unwrap();
        let _ = released.recv();
    });
    let job = job.unwrap();
    has_begun.recv().unwrap();
    drop(job);
    release
}

/// Waits until the pool's counters are as wanted.
fn until(pool: &Pool<Counting>, wanted: impl Fn(Counters) -> bool) {
    let patience = Instant::now() + Duration::from_secs(10);
    while !wanted(pool.counters()) {
        assert!(Instant::now() < patience, "{:?}", pool.counters());
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn jobs_run_on_named_threads_that_keep_their_worker() {
    let pool = start(1, 8);
    for expected in 1..=3 {
        let job = pool.submit(ONE, None, |worker, _| {
            worker.jobs += 1;
            (worker.jobs, thread::current().name().map(str::to_owned))
        });
        let expected = (expected, Some("render-0".to_owned()));
        assert_eq!(result(job.unwrap()).unwrap(), expected);
    }
}

#[test]
fn workers_run_side_by_side() {
    let pool = start(2, 8);
    let barrier = Arc::new(std::sync::Barrier::new(2));
    let jobs = [(); 2].map(|()| {
        let barrier = Arc::clone(&barrier);
        pool.submit(ONE, None, move |worker, _| {
            barrier.wait();
            worker.number
        })
        .unwrap()
    });
    let mut numbers = jobs.map(|job| result(job).unwrap());
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1]);
}

#[test]
fn a_worker_is_made_again_by_its_own_number() {
    let two = NonZeroUsize::new(2).unwrap();
    let pool = Pool::start(two, 8, io::Result::Ok).unwrap();
    let lost = |number: &mut usize, _: &dyn Fn() -> bool| -> usize { panic!("lost {number}") };
    for _ in 0..4 {
        let Err(PoolError::Panicked(message)) = result(pool.submit(ONE, None, lost).unwrap())
        else {
            panic!("it was not lost");
        };
        assert!(["lost 0", "lost 1"].contains(&&*message), "{message}");
    }
    // Both at once.
    let (begun, both_begun) = mpsc::channel();
    let barrier = Arc::new(std::sync::Barrier::new(2));
    let tickets = [0; 2].map(|_| {
        let (begun, barrier) = (begun.clone(), Arc::clone(&barrier));
        let meet = move |number: &mut usize, _: &dyn Fn() -> bool| {
            barrier.wait();
            begun.send(*number).unwrap();
        };
        pool.submit(ONE, None, meet).unwrap()
    });
    for ticket in tickets {
        result(ticket).unwrap();
    }
    let mut numbers: Vec<usize> = both_begun.try_iter().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1]);
}

#[test]
fn a_worker_that_cannot_be_made_fails_the_start() {
    let made = AtomicUsize::new(0);
    let result = Pool::start(NonZeroUsize::new(3).unwrap(), 1, move |_| {
        match made.fetch_add(1, Ordering::SeqCst) {
            1 => Err(io::Error::other("no device")),
            number => Ok(Counting { number, jobs: 0 }),
        }
    });
    assert_eq!(result.unwrap_err().to_string(), "no device");
}

#[test]
fn a_full_queue_answers_at_once() {
    let pool = start(1, 1);
    let release = held(&pool);
    let waiting = pool.submit(ONE, None, |worker, _| worker.number).unwrap();
    let refused = pool.submit(ONE, None, |worker, _| worker.number).err();
    assert_eq!(refused, Some(PoolError::QueueFull { queued: 1 }));
    assert_eq!((pool.counters().busy, pool.counters().queued), (1, 1));
    drop(release);
    assert_eq!(result(waiting), Ok(0));
}

#[test]
fn what_an_idle_worker_takes_does_not_wait() {
    let pool = start(2, 0);
    let _first = held(&pool);
    let second = held(&pool);
    let refused = pool.submit(ONE, None, |worker, _| worker.number).err();
    assert_eq!(refused, Some(PoolError::QueueFull { queued: 0 }));
    drop(second);
    until(&pool, |counters| counters.busy == 1);
    assert_eq!(pool.has_room(OTHER), Ok(()));
    assert!(result(pool.submit(OTHER, None, |worker, _| worker.number).unwrap()).is_ok());
}

#[test]
fn late_and_abandoned_jobs_are_not_begun() {
    let pool = start(1, 8);
    let release = held(&pool);
    let late = pool
        .submit(ONE, Some(Instant::now()), |worker, _| worker.jobs += 1)
        .unwrap();
    drop(
        pool.submit(ONE, None, |worker, _| worker.jobs += 1)
            .unwrap(),
    );
    let last = pool.submit(ONE, None, |worker, _| worker.jobs).unwrap();
    drop(release);
    assert_eq!(result(late), Err(PoolError::Expired));
    assert_eq!(result(last), Ok(0));
    assert!(pool.stop(None));
    assert_eq!(pool.counters().skipped, 2);
}

#[test]
fn stop_finishes_what_waits_and_takes_no_more() {
    let pool = start(2, 100);
    let jobs: Vec<_> = (0..50)
        .map(|i| {
            pool.submit(ONE, None, move |_, _| {
                thread::sleep(Duration::from_millis(1));
                i
            })
            .unwrap()
        })
        .collect();
    assert!(pool.stop(None));
    assert_eq!(
        pool.submit(ONE, None, |_, _| ()).err(),
        Some(PoolError::Stopping)
    );
    let results: Vec<_> = jobs.into_iter().map(|job| result(job).unwrap()).collect();
    assert_eq!(results, (0..50).collect::<Vec<_>>());
    assert_eq!(pool.counters().done, 50);
}

#[test]
fn a_job_that_nobody_waits_for_leaves_the_queue() {
    let pool = start(1, 1);
    let release = held(&pool);
    drop(
        pool.submit(ONE, None, |worker, _| worker.jobs += 1)
            .unwrap(),
    );
    assert_eq!((pool.counters().queued, pool.counters().skipped), (0, 1));
    let next = pool.submit(ONE, None, |worker, _| worker.jobs).unwrap();
    drop(release);
    assert_eq!(result(next), Ok(0));
}

#[test]
fn one_client_does_not_hold_up_another() {
    let pool = start(1, 100);
    let release = held(&pool);
    let (done, order) = mpsc::channel();
    let queue = |client: IpAddr, name: &'static str| {
        let done = done.clone();
        let job = pool.submit(client, None, move |_, _| done.send(name).unwrap());
        job.unwrap()
    };
    let mut tickets: Vec<_> = (0..50).map(|_| queue(ONE, "one")).collect();
    tickets.extend((0..2).map(|_| queue(OTHER, "other")));
    drop(release);
    for ticket in tickets {
        result(ticket).unwrap();
    }
    let order: Vec<_> = order.try_iter().take(5).collect();
    assert_eq!(order, ["one", "other", "one", "other", "one"]);
}

#[test]
fn one_client_leaves_an_eighth_of_the_queue_to_others() {
    let pool = start(1, 16);
    let _release = held(&pool);
    let queue = |client| pool.submit(client, None, |worker, _| worker.number);
    let full = |queued| Some(PoolError::QueueFull { queued });
    let mut tickets: Vec<_> = (0..14).map(|_| queue(ONE).unwrap()).collect();
    assert_eq!(pool.has_room(ONE).err(), full(14));
    assert_eq!(queue(ONE).err(), full(14));
    tickets.push(queue(OTHER).unwrap());
    assert_eq!(queue(OTHER).err(), full(15));
    let third = IpAddr::V4(Ipv4Addr::LOCALHOST);
    assert_eq!(pool.has_room(third), Ok(()));
    tickets.push(queue(third).unwrap());
    assert_eq!(queue(IpAddr::V4(Ipv4Addr::BROADCAST)).err(), full(16));
}

#[test]
fn a_job_sees_whether_it_is_still_wanted() {
    let pool = start(1, 8);
    let seen = |deadline: Option<Instant>, give_up: bool| {
        let (begun, has_begun) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let (found, finding) = mpsc::channel();
        let ticket = pool.submit(ONE, deadline, move |_, is_wanted| {
            begun.send(is_wanted()).unwrap();
            may_go_on.recv().unwrap();
            found.send(is_wanted()).unwrap();
        });
        let ticket = ticket.unwrap();
        let first = has_begun.recv().unwrap();
        let kept = (!give_up).then_some(ticket);
        if let Some(deadline) = deadline {
            thread::sleep(deadline.saturating_duration_since(Instant::now()));
        }
        go_on.send(()).unwrap();
        let second = finding.recv().unwrap();
        drop(kept);
        (first, second)
    };
    assert_eq!(seen(None, false), (true, true));
    assert_eq!(seen(None, true), (true, false));
    let soon = Instant::now() + Duration::from_millis(300);
    assert_eq!(seen(Some(soon), false), (true, false));
}

#[test]
fn a_thread_that_hangs_is_replaced() {
    let pool = start(1, 8);
    let (begun, has_begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let soon = Instant::now() + Duration::from_millis(50);
    let hangs = pool.submit(ONE, Some(soon), move |worker, _| {
        begun.send(()).unwrap();
        let _ = released.recv();
        worker.number
    });
    has_begun.recv().unwrap();
    // The next job runs on another thread with another worker, though the first still hangs.
    let next = pool.submit(ONE, None, |worker, _| worker.number).unwrap();
    until(&pool, |counters| counters.busy + counters.queued == 0);
    assert_eq!(result(next), Ok(1));
    let counters = pool.counters();
    assert_eq!((counters.abandoned, counters.stuck), (1, 1));
    assert_eq!((counters.replaced, counters.able), (1, 1));
    // What it finishes in the end is no longer counted, and it ends.
    drop(release);
    assert_eq!(result(hangs.unwrap()), Ok(0));
    until(&pool, |counters| counters.stuck == 0);
    assert_eq!(pool.counters().done, 1);
    assert!(pool.stop(None));
}

#[test]
fn no_more_threads_are_given_up_than_there_are_workers() {
    let pool = start(1, 8);
    let hang = || {
        let (release, released) = mpsc::channel::<()>();
        let soon = Instant::now() + Duration::from_secs(1);
        let job = pool.submit(ONE, Some(soon), move |_, _| {
            let _ = released.recv();
        });
        (job.unwrap(), release)
    };
    let (_first, release_first) = hang();
    until(&pool, |counters| counters.stuck == 1);
    let (_second, release_second) = hang();
    until(&pool, |counters| counters.busy == 1);
    // Longer than until it would be given up.
    thread::sleep(Duration::from_millis(3500));
    assert_eq!((pool.counters().stuck, pool.counters().busy), (1, 1));
    drop(release_second);
    let next = pool.submit(ONE, None, |worker, _| worker.number).unwrap();
    assert_eq!(result(next), Ok(1));
    drop(release_first);
}

#[test]
fn stop_waits_no_longer_than_it_is_told() {
    let pool = start(1, 8);
    let release = held(&pool);
    let until = Instant::now() + Duration::from_millis(50);
    assert!(!pool.stop(Some(until)));
    drop(release);
    assert!(pool.stop(None));
}
