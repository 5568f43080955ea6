//! The pool with workers that count.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A worker that knows its number and counts its jobs.
#[derive(Debug)]
struct Worker {
    number: usize,
    jobs: usize,
}

fn start(workers: usize, capacity: usize) -> Pool<Worker> {
    let made = AtomicUsize::new(0);
    Pool::start(NonZeroUsize::new(workers).unwrap(), capacity, move |_| {
        let number = made.fetch_add(1, Ordering::SeqCst);
        io::Result::Ok(Worker { number, jobs: 0 })
    })
    .unwrap()
}

fn result<T>(ticket: Ticket<T>) -> Result<T, PoolError> {
    pollster::block_on(ticket.result()).map(|finished| finished.value)
}

/// Occupies a worker until the sender that is returned is dropped; returns once it has begun.
fn held(pool: &Pool<Worker>) -> mpsc::Sender<()> {
    let (begun, has_begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let job = pool.submit(None, move |_| {
        begun.send(()).unwrap();
        let _ = released.recv();
    });
    let job = job.unwrap();
    has_begun.recv().unwrap();
    drop(job);
    release
}

#[test]
fn jobs_run_on_named_threads_that_keep_their_worker() {
    let pool = start(1, 8);
    for expected in 1..=3 {
        let job = pool.submit(None, |worker| {
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
        pool.submit(None, move |worker| {
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
    let lost = |number: &mut usize| -> usize { panic!("lost {number}") };
    for _ in 0..4 {
        let Err(PoolError::Panicked(message)) = result(pool.submit(None, lost).unwrap()) else {
            panic!("it was not lost");
        };
        assert!(["lost 0", "lost 1"].contains(&&*message), "{message}");
    }
    // Both at once.
    let (begun, both_begun) = mpsc::channel();
    let barrier = Arc::new(std::sync::Barrier::new(2));
    let tickets = [0; 2].map(|_| {
        let (begun, barrier) = (begun.clone(), Arc::clone(&barrier));
        let meet = move |number: &mut usize| {
            barrier.wait();
            begun.send(*number).unwrap();
        };
        pool.submit(None, meet).unwrap()
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
            number => Ok(Worker { number, jobs: 0 }),
        }
    });
    assert_eq!(result.unwrap_err().to_string(), "no device");
}

#[test]
fn a_full_queue_answers_at_once() {
    let pool = start(1, 1);
    let release = held(&pool);
    let waiting = pool.submit(None, |worker| worker.number).unwrap();
    let refused = pool.submit(None, |worker| worker.number).err();
    assert_eq!(refused, Some(PoolError::QueueFull { queued: 1 }));
    assert_eq!((pool.counters().busy, pool.counters().queued), (1, 1));
    drop(release);
    assert_eq!(result(waiting), Ok(0));
}

#[test]
fn late_and_abandoned_jobs_are_not_begun() {
    let pool = start(1, 8);
    let release = held(&pool);
    let late = pool
        .submit(Some(Instant::now()), |worker| worker.jobs += 1)
        .unwrap();
    drop(pool.submit(None, |worker| worker.jobs += 1).unwrap());
    let last = pool.submit(None, |worker| worker.jobs).unwrap();
    drop(release);
    assert_eq!(result(late), Err(PoolError::Expired));
    assert_eq!(result(last), Ok(0));
    pool.stop();
    assert_eq!(pool.counters().skipped, 2);
}

#[test]
fn a_panic_costs_one_job_and_makes_a_new_worker() {
    let pool = start(1, 8);
    let job = pool.submit(None, |worker| -> usize {
        panic!("job of worker {}", worker.number)
    });
    let message = "job of worker 0".to_owned();
    assert_eq!(result(job.unwrap()), Err(PoolError::Panicked(message)));
    assert_eq!(
        result(pool.submit(None, |worker| worker.number).unwrap()),
        Ok(1)
    );
    pool.stop();
    let counters = pool.counters();
    assert_eq!((counters.panicked, counters.done, counters.busy), (1, 1, 0));
}

#[test]
fn a_worker_that_cannot_be_made_again_is_tried_for_each_job() {
    let made = AtomicUsize::new(0);
    let one = NonZeroUsize::new(1).unwrap();
    let pool = Pool::start(one, 8, move |_| match made.fetch_add(1, Ordering::SeqCst) {
        1 | 2 => Err(io::Error::other("device lost")),
        number => Ok(Worker { number, jobs: 0 }),
    })
    .unwrap();
    let panics = pool.submit(None, |_| -> usize { panic!("lost") }).unwrap();
    assert!(matches!(result(panics), Err(PoolError::Panicked(_))));
    let refused = result(pool.submit(None, |worker| worker.number).unwrap());
    assert_eq!(refused, Err(PoolError::NoWorker("device lost".to_owned())));
    assert_eq!(
        result(pool.submit(None, |worker| worker.number).unwrap()),
        Ok(3)
    );
}

#[test]
fn stop_finishes_what_waits_and_takes_no_more() {
    let pool = start(2, 100);
    let jobs: Vec<_> = (0..50)
        .map(|i| {
            pool.submit(None, move |_| {
                thread::sleep(Duration::from_millis(1));
                i
            })
            .unwrap()
        })
        .collect();
    pool.stop();
    assert_eq!(pool.submit(None, |_| ()).err(), Some(PoolError::Stopping));
    let results: Vec<_> = jobs.into_iter().map(|job| result(job).unwrap()).collect();
    assert_eq!(results, (0..50).collect::<Vec<_>>());
    assert_eq!(pool.counters().done, 50);
}
