//! Jobs that panic, and workers that have to be made again or mended.

use super::*;

#[test]
fn a_job_that_panics_is_tried_once_more_with_a_new_worker() {
    let pool = start(1, 8);
    let job = pool.submit(ONE, None, |worker, _| match worker.number {
        0 => panic!("job of worker 0"),
        number => number,
    });
    assert_eq!(result(job.unwrap()), Ok(1));
    assert!(pool.stop(None));
    let counters = pool.counters();
    assert_eq!((counters.panicked, counters.done, counters.busy), (0, 1, 0));
    assert_eq!((counters.panics, counters.replaced), (1, 1));
}

#[test]
fn a_job_that_panics_again_costs_only_itself() {
    let pool = start(1, 8);
    let (held, is_held) = mpsc::channel::<()>();
    let job = pool.submit(ONE, None, move |worker, _| -> usize {
        let _ = &held;
        panic!("job of worker {}", worker.number)
    });
    let message = "job of worker 1".to_owned();
    assert_eq!(result(job.unwrap()), Err(PoolError::Panicked(message)));
    // What it held is free when its result is known.
    assert_eq!(is_held.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    assert_eq!(
        result(pool.submit(ONE, None, |worker, _| worker.number).unwrap()),
        Ok(2)
    );
    assert!(pool.stop(None));
    let counters = pool.counters();
    assert_eq!((counters.panicked, counters.done, counters.busy), (1, 1, 0));
    assert_eq!(counters.panics, 2);
}

#[test]
fn a_second_try_is_watched_and_counted_as_the_first() {
    let pool = start(2, 8);
    let release = held(&pool);
    let (release_second, released) = mpsc::channel::<()>();
    let soon = Instant::now() + Duration::from_millis(500);
    let hangs = pool.submit(OTHER, Some(soon), move |worker, _| {
        assert!(worker.number >= 2, "lost");
        let _ = released.recv();
    });
    let hangs = hangs.unwrap();
    until(&pool, |counters| counters.panics == 1);
    assert_eq!(pool.counters().busy, 2);
    until(&pool, |counters| counters.abandoned == 1);
    assert_eq!((pool.counters().busy, pool.counters().stuck), (1, 1));
    drop((release, release_second));
    assert_eq!(result(hangs), Ok(()));
    until(&pool, |counters| counters.busy + counters.stuck == 0);
}

#[test]
fn a_job_that_panics_is_not_tried_again_when_nobody_waits() {
    let pool = start(1, 8);
    let calls = Arc::new(AtomicUsize::new(0));
    let panics_at = |calls: &Arc<AtomicUsize>, end: Option<Instant>| {
        let (calls, (begun, has_begun)) = (Arc::clone(calls), mpsc::channel());
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let job = pool.submit(ONE, end, move |_, _| -> usize {
            calls.fetch_add(1, Ordering::SeqCst);
            begun.send(()).unwrap();
            let _ = may_go_on.recv();
            panic!("lost")
        });
        has_begun.recv().unwrap();
        (job.unwrap(), go_on)
    };
    let (given_up, go_on) = panics_at(&calls, None);
    drop(given_up);
    drop(go_on);
    until(&pool, |counters| counters.busy == 0);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let end = Instant::now() + Duration::from_millis(300);
    let (late, go_on) = panics_at(&calls, Some(end));
    thread::sleep(end.saturating_duration_since(Instant::now()));
    drop(go_on);
    assert_eq!(result(late), Err(PoolError::Expired));
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    until(&pool, |counters| counters.busy == 0);
    assert_eq!((pool.counters().panics, pool.counters().skipped), (2, 2));
}

#[test]
fn a_worker_that_cannot_be_made_again_is_tried_for_each_job() {
    let made = AtomicUsize::new(0);
    let one = NonZeroUsize::new(1).unwrap();
    let pool = Pool::start(one, 8, move |_| match made.fetch_add(1, Ordering::SeqCst) {
        1 | 2 => Err(io::Error::other("device lost")),
        number => Ok(Counting { number, jobs: 0 }),
    })
    .unwrap();
    let no_worker = Err(PoolError::NoWorker("device lost".to_owned()));
    let panics = pool.submit(ONE, None, |_, _| -> usize { panic!("lost") });
    assert_eq!(result(panics.unwrap()), no_worker);
    let refused = result(pool.submit(ONE, None, |worker, _| worker.number).unwrap());
    assert_eq!(refused, no_worker);
    assert_eq!(
        result(pool.submit(ONE, None, |worker, _| worker.number).unwrap()),
        Ok(3)
    );
}

/// A worker that cannot work until it is allowed to.
struct Fragile(Arc<AtomicUsize>);

impl Worker for Fragile {
    fn mend(&mut self) -> Result<(), String> {
        match self.0.load(Ordering::SeqCst) {
            0 => Ok(()),
            _ => Err("no device".to_owned()),
        }
    }
}

#[test]
fn a_worker_that_cannot_work_is_not_able_until_it_is_mended() {
    let is_broken = Arc::new(AtomicUsize::new(0));
    let given = Arc::clone(&is_broken);
    let one = NonZeroUsize::new(1).unwrap();
    let pool = Pool::start(one, 8, move |_| io::Result::Ok(Fragile(Arc::clone(&given)))).unwrap();
    let run = || result(pool.submit(ONE, None, |_, _| ()).unwrap());
    let able = |wanted: usize| {
        let patience = Instant::now() + Duration::from_secs(10);
        while pool.counters().able != wanted {
            assert!(Instant::now() < patience, "{:?}", pool.counters());
            thread::sleep(Duration::from_millis(2));
        }
    };
    run().unwrap();
    able(1);
    is_broken.store(1, Ordering::SeqCst);
    run().unwrap();
    able(0);
    // Jobs that come all the same are its own to refuse.
    run().unwrap();
    able(0);
    is_broken.store(0, Ordering::SeqCst);
    // No job comes.
    able(1);
    assert!(pool.stop(None));
}

#[test]
fn a_worker_is_made_again_though_no_job_comes() {
    let made = AtomicUsize::new(0);
    let one = NonZeroUsize::new(1).unwrap();
    let pool = Pool::start(one, 8, move |_| match made.fetch_add(1, Ordering::SeqCst) {
        1 => Err(io::Error::other("device lost")),
        number => Ok(Counting { number, jobs: 0 }),
    })
    .unwrap();
    let panics = pool.submit(ONE, None, |_, _| -> usize { panic!("lost") });
    assert!(matches!(
        result(panics.unwrap()),
        Err(PoolError::NoWorker(_))
    ));
    until(&pool, |counters| counters.able == 0);
    until(&pool, |counters| counters.able == 1);
    assert_eq!(pool.counters().replaced, 1);
}
