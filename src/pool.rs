//! Named worker threads behind one bounded queue.
//!
//! Each thread owns a `W` that never leaves it, made there by a factory: for this program a
//! renderer with a device of its own. A job is a closure that borrows a `W`; whoever submits it
//! awaits its result. A job that nobody waits for any more is not begun, and a job that panics
//! costs only itself: its thread makes a new `W` and goes on.

use std::any::Any;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::sync::oneshot;

/// Why a job has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// As many jobs as may wait already do.
    #[error("{queued} requests wait already, which is as many as may")]
    QueueFull {
        /// How many wait.
        queued: usize,
    },
    /// The pool is stopping and takes no more jobs.
    #[error("the server is stopping")]
    Stopping,
    /// The job's deadline passed before a worker was free.
    #[error("no worker was free in time")]
    Expired,
    /// The job panicked; this is what it said.
    #[error("the worker panicked: {0}")]
    Panicked(String),
    /// The worker panicked earlier and could not be made again; this is why.
    #[error("the worker cannot be made again: {0}")]
    NoWorker(String),
}

/// What the pool is doing and has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Worker threads.
    pub workers: usize,
    /// Jobs that wait.
    pub queued: usize,
    /// Jobs that run.
    pub busy: usize,
    /// Jobs that ran to their end.
    pub done: u64,
    /// Jobs that were not begun: too late, or nobody waited for them any more.
    pub skipped: u64,
    /// Jobs that panicked.
    pub panicked: u64,
}

/// The result of a job and how long it waited for a worker.
#[derive(Debug)]
pub struct Finished<T> {
    /// What the job returned.
    pub value: T,
    /// Time in the queue.
    pub waited: Duration,
}

/// The pool; see the module.
#[derive(Debug)]
pub struct Pool<W: 'static> {
    shared: Arc<Shared<W>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    capacity: usize,
}

/// The promise of a job's result. To drop it is to give up the job.
#[derive(Debug)]
pub struct Ticket<T>(oneshot::Receiver<Result<Finished<T>, PoolError>>);

impl<T> Ticket<T> {
    /// Waits for the result.
    ///
    /// # Errors
    /// If the job was not run to its end.
    pub async fn result(self) -> Result<Finished<T>, PoolError> {
        self.0.await.unwrap_or(Err(PoolError::Stopping))
    }
}

/// What a worker thread takes from the queue; it gets the reason if there is no worker.
type Job<W> = Box<dyn FnOnce(Result<&mut W, String>) -> Outcome + Send>;

/// What has become of a job.
enum Outcome {
    Done,
    Skipped,
    Panicked,
}

#[derive(Debug)]
struct Shared<W> {
    state: Mutex<State<W>>,
    changed: Condvar,
}

struct State<W> {
    jobs: VecDeque<Job<W>>,
    stopping: bool,
    counters: Counters,
}

impl<W> std::fmt::Debug for State<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("stopping", &self.stopping)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl<W: 'static> Pool<W> {
    /// Starts `workers` threads named `render-0`, `render-1`, ... and waits until each has made its
    /// `W` by its number. At most `capacity` jobs may wait.
    ///
    /// # Errors
    /// The first error of the factory, or a thread that cannot be started.
    pub fn start<E>(
        workers: NonZeroUsize,
        capacity: usize,
        factory: impl Fn(usize) -> Result<W, E> + Send + Sync + 'static,
    ) -> Result<Self, E>
    where
        E: From<io::Error> + std::fmt::Display + Send + 'static,
    {
        let pool = Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    jobs: VecDeque::new(),
                    stopping: false,
                    counters: Counters {
                        workers: workers.get(),
                        ..Counters::default()
                    },
                }),
                changed: Condvar::new(),
            }),
            threads: Mutex::default(),
            capacity,
        };
        let factory = Arc::new(factory);
        let (ready, readiness) = mpsc::channel();
        for index in 0..workers.get() {
            let (shared, factory, ready) = (
                Arc::clone(&pool.shared),
                Arc::clone(&factory),
                ready.clone(),
            );
            let thread = thread::Builder::new()
                .name(format!("render-{index}"))
                .spawn(move || match factory(index) {
                    Ok(worker) => {
                        // Nobody listens if another worker has failed; then `stop` ends this one.
                        let _ = ready.send(Ok(()));
                        drop(ready);
                        shared.work(worker, &|| factory(index));
                    }
                    Err(error) => drop(ready.send(Err(error))),
                });
            match thread {
                Ok(thread) => lock(&pool.threads).push(thread),
                Err(error) => {
                    pool.stop();
                    return Err(error.into());
                }
            }
        }
        drop(ready);
        for _ in 0..workers.get() {
            let made = readiness.recv().unwrap_or_else(|_| {
                Err(io::Error::other("a worker thread panicked while it started").into())
            });
            if let Err(error) = made {
                pool.stop();
                return Err(error);
            }
        }
        Ok(pool)
    }

    /// Queues a job. It is not begun if its ticket has been dropped or `deadline` has passed by the
    /// time a worker is free.
    ///
    /// # Errors
    /// If the queue is full or the pool is stopping.
    pub fn submit<T: Send + 'static>(
        &self,
        deadline: Option<Instant>,
        job: impl FnOnce(&mut W) -> T + Send + 'static,
    ) -> Result<Ticket<T>, PoolError> {
        let (reply, receiver) = oneshot::channel();
        let submitted = Instant::now();
        let job = move |worker: Result<&mut W, String>| {
            if reply.is_closed() {
                return Outcome::Skipped;
            }
            let late = deadline.is_some_and(|deadline| deadline <= Instant::now());
            let worker = match worker {
                _ if late => Err(PoolError::Expired),
                Ok(worker) => Ok(worker),
                Err(reason) => Err(PoolError::NoWorker(reason)),
            };
            let worker = match worker {
                Ok(worker) => worker,
                Err(error) => {
                    let _ = reply.send(Err(error));
                    return Outcome::Skipped;
                }
            };
            let waited = submitted.elapsed();
            // A panic leaves the worker in an unknown state, but nobody uses it again.
            let (result, outcome) = match catch_unwind(AssertUnwindSafe(|| job(worker))) {
                Ok(value) => (Ok(Finished { value, waited }), Outcome::Done),
                Err(panic) => {
                    let message = panic_message(panic.as_ref());
                    (Err(PoolError::Panicked(message)), Outcome::Panicked)
                }
            };
            // A client that has gone by now does not want its image.
            let _ = reply.send(result);
            outcome
        };
        {
            let mut state = self.shared.lock();
            if state.stopping {
                return Err(PoolError::Stopping);
            }
            let queued = state.jobs.len();
            if queued >= self.capacity {
                return Err(PoolError::QueueFull { queued });
            }
            state.jobs.push_back(Box::new(job));
        }
        self.shared.changed.notify_one();
        Ok(Ticket(receiver))
    }

    /// What the pool is doing and has done.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let state = self.shared.lock();
        Counters {
            queued: state.jobs.len(),
            ..state.counters
        }
    }

    /// Takes no more jobs, finishes those that wait or run, and ends the threads.
    pub fn stop(&self) {
        self.shared.lock().stopping = true;
        self.shared.changed.notify_all();
        for thread in lock(&self.threads).drain(..) {
            // Jobs' panics are caught; what is left is a factory's, which `start` reports.
            let _ = thread.join();
        }
    }
}

impl<W: 'static> Drop for Pool<W> {
    fn drop(&mut self) {
        self.stop();
    }
}

impl<W> Shared<W> {
    fn lock(&self) -> MutexGuard<'_, State<W>> {
        lock(&self.state)
    }

    /// The life of a worker thread.
    fn work<E: std::fmt::Display>(&self, worker: W, factory: &impl Fn() -> Result<W, E>) {
        let mut worker = Ok(worker);
        while let Some(job) = self.next() {
            if worker.is_err() {
                // The fault may have passed, so each job is a new attempt.
                worker = make_again(factory);
            }
            let outcome = job(worker.as_mut().map_err(|reason| reason.clone()));
            let panicked = matches!(outcome, Outcome::Panicked);
            {
                let counters = &mut self.lock().counters;
                counters.busy -= 1;
                match outcome {
                    Outcome::Done => counters.done += 1,
                    Outcome::Skipped => counters.skipped += 1,
                    Outcome::Panicked => counters.panicked += 1,
                }
            }
            if panicked {
                // The old one goes before the new one is made: two may not fit on a device. Its
                // destructor may panic too.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(worker)));
                worker = make_again(factory);
            }
        }
    }

    /// The next job, or none once the pool stops and the queue is empty.
    fn next(&self) -> Option<Job<W>> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.counters.busy += 1;
                return Some(job);
            }
            if state.stopping {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn make_again<W, E: std::fmt::Display>(factory: &impl Fn() -> Result<W, E>) -> Result<W, String> {
    match catch_unwind(AssertUnwindSafe(factory)) {
        Ok(Ok(worker)) => Ok(worker),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(panic_message(panic.as_ref())),
    }
    .inspect_err(|reason| log::error!("A worker cannot be made again: {reason}."))
}

/// Locks; the states that these locks guard are whole between any two statements, so that a panic
/// elsewhere does not spoil them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
