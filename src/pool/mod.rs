//! Named worker threads behind one bounded queue.
//!
//! Each thread owns a `W` that never leaves it, made there by a factory: for this program a
//! renderer with a device of its own. A job is a closure that borrows a `W`; whoever submits it
//! awaits its result. A job that nobody waits for any more leaves the queue. When a job panics, its thread makes
//! a new `W` and tries it once more; if it panics again, that costs only itself. A `W` that cannot work is tried
//! again now and then, though no job comes. A thread that still works on a job some time after its deadline is
//! given up: another one takes its place.

mod crew;
mod fair_queue;

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::sync::oneshot;

use crew::{Crew, Job, Outcome, panic_message};

/// This part of the queue's places is kept for clients of whom nothing waits, so that one client cannot
/// fill it.
const RESERVED_PART: usize = 8;

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
    /// The job panicked, with two workers; this is what it said.
    #[error("two workers panicked: {0}")]
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
    /// Of these, so many could draw now or are about to.
    pub able: usize,
    /// Jobs that wait.
    pub queued: usize,
    /// Jobs that run.
    pub busy: usize,
    /// Threads that hang in a job and were given up.
    pub stuck: usize,
    /// Jobs that ran to their end.
    pub done: u64,
    /// Jobs that were not begun, or not once more after a panic: too late, or nobody waited for them any more.
    pub skipped: u64,
    /// Jobs that panicked, with two workers.
    pub panicked: u64,
    /// Panics of jobs, also of those that another worker then did.
    pub panics: u64,
    /// Jobs whose thread was given up.
    pub abandoned: u64,
    /// Workers made after the first ones.
    pub replaced: u64,
}

/// The result of a job and how long it waited for a worker.
#[derive(Debug)]
pub struct Finished<T> {
    /// What the job returned.
    pub value: T,
    /// Time in the queue.
    pub waited: Duration,
}

/// What a thread of a pool owns.
pub trait Worker: 'static {
    /// Sees whether a job could be done now, and mends what has broken if that can be. It is asked after each
    /// job and, as long as it could not, now and then.
    ///
    /// # Errors
    /// Why no job could be done.
    fn mend(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// The pool; see the module.
pub struct Pool<W: Worker> {
    crew: Arc<Crew<W>>,
    capacity: usize,
    submitted: AtomicU64,
}

/// The promise of a job's result. To drop it is to give up the job, which leaves the queue.
pub struct Ticket<T> {
    result: oneshot::Receiver<Result<Finished<T>, PoolError>>,
    queue: Arc<dyn Withdraw>,
    client: IpAddr,
    id: u64,
}

impl<T> Ticket<T> {
    /// Waits for the result.
    ///
    /// # Errors
    /// If the job was not run to its end.
    pub async fn result(mut self) -> Result<Finished<T>, PoolError> {
        (&mut self.result).await.unwrap_or(Err(PoolError::Stopping))
    }
}

impl<T> Drop for Ticket<T> {
    fn drop(&mut self) {
        self.queue.withdraw(self.client, self.id);
    }
}

/// A queue that gives up a job of which it is not known whose workers it is for.
trait Withdraw: Send + Sync {
    fn withdraw(&self, client: IpAddr, id: u64);
}

impl<W: Worker> Withdraw for Crew<W> {
    fn withdraw(&self, client: IpAddr, id: u64) {
        let mut state = self.lock();
        let job = state.queue.remove(client, |job| job.id == id);
        state.counters.skipped += u64::from(job.is_some());
        drop(state);
        // Its scene is freed outside the lock.
        drop(job);
    }
}

impl<W: Worker> Pool<W> {
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
        let factory = Arc::new(factory);
        let make_again = Arc::clone(&factory);
        let make_again = move |number| make_again(number).map_err(|error| error.to_string());
        let pool = Self {
            crew: Arc::new(Crew::new(workers.get(), Box::new(make_again))),
            capacity,
            submitted: AtomicU64::new(0),
        };
        let (ready, readiness) = mpsc::channel();
        for number in 0..workers.get() {
            let (factory, ready) = (Arc::clone(&factory), ready.clone());
            pool.crew.hire(number, move |_, _| match factory(number) {
                Ok(worker) => {
                    // Nobody listens if another worker has failed; then this one is told to stop.
                    let _ = ready.send(Ok(()));
                    Some(Ok(worker))
                }
                Err(error) => {
                    drop(ready.send(Err(error)));
                    None
                }
            })?;
        }
        drop(ready);
        for _ in 0..workers.get() {
            readiness.recv().unwrap_or_else(|_| {
                Err(io::Error::other("a worker thread panicked while it started").into())
            })?;
        }
        let crew = Arc::clone(&pool.crew);
        let watch = thread::Builder::new().name("render-watch".to_owned());
        watch.spawn(move || crew.watch())?;
        Ok(pool)
    }

    /// Queues a job of a client. It is not begun if its ticket has been dropped or `deadline` has passed
    /// by the time a worker is free. It is given the question whether somebody still waits for it. If it panics,
    /// it is called once more with a new worker: whoever asked may not ask twice, and the panic may have come
    /// from what the worker had kept or from its device.
    ///
    /// Clients take turns, whatever waits of each of them.
    ///
    /// # Errors
    /// If the queue is full or the pool is stopping.
    pub fn submit<T: Send + 'static>(
        &self,
        client: IpAddr,
        deadline: Option<Instant>,
        job: impl FnMut(&mut W, &dyn Fn() -> bool) -> T + Send + 'static,
    ) -> Result<Ticket<T>, PoolError> {
        let (reply, receiver) = oneshot::channel();
        let submitted = Instant::now();
        let is_late = move || deadline.is_some_and(|deadline| deadline <= Instant::now());
        // None once it is answered.
        let mut open = Some((reply, job));
        let mut waited = None;
        let run = move |worker: Result<&mut W, String>| {
            let Some((reply, mut job)) = open.take() else {
                return Outcome::Skipped;
            };
            if reply.is_closed() {
                return Outcome::Skipped;
            }
            let worker = match worker {
                _ if is_late() => Err(PoolError::Expired),
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
            let is_first = waited.is_none();
            let waited = *waited.get_or_insert_with(|| submitted.elapsed());
            let is_wanted = || !reply.is_closed() && !is_late();
            // A panic leaves the worker in an unknown state, but nobody uses it again.
            let result = catch_unwind(AssertUnwindSafe(|| job(worker, &is_wanted)));
            let (result, outcome) = match result {
                Ok(value) => (Ok(Finished { value, waited }), Outcome::Done),
                Err(panic) => {
                    let message = panic_message(panic.as_ref());
                    if is_first {
                        open = Some((reply, job));
                        return Outcome::Again;
                    }
                    (Err(PoolError::Panicked(message)), Outcome::Panicked)
                }
            };
            // What the job holds is free by the time that its result is known.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(job)));
            // A client that has gone by now does not want its image.
            let _ = reply.send(result);
            outcome
        };
        let id = self.submitted.fetch_add(1, Relaxed);
        {
            let mut state = self.crew.lock();
            self.check_room(&state, client)?;
            let run = Box::new(run);
            state.queue.push(client, Job { id, deadline, run });
        }
        self.crew.work.notify_one();
        Ok(Ticket {
            result: receiver,
            queue: Arc::clone(&self.crew) as Arc<dyn Withdraw>,
            client,
            id,
        })
    }

    /// Whether a job of this client would be queued now.
    ///
    /// # Errors
    /// Those of [`Self::submit`].
    pub fn has_room(&self, client: IpAddr) -> Result<(), PoolError> {
        self.check_room(&self.crew.lock(), client)
    }

    fn check_room(&self, state: &crew::State<W>, client: IpAddr) -> Result<(), PoolError> {
        if state.stopping {
            return Err(PoolError::Stopping);
        }
        let queued = state.queue.len();
        // What an idle thread is about to take does not wait.
        let room = self.capacity.saturating_add(state.idle());
        let reserved = self.capacity / RESERVED_PART;
        let is_reserved = state.queue.has(client) && queued >= room - reserved;
        if queued >= room || is_reserved {
            return Err(PoolError::QueueFull { queued });
        }
        Ok(())
    }

    /// What the pool is doing and has done.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let state = self.crew.lock();
        Counters {
            able: state.able(),
            queued: state.queue.len(),
            ..state.counters
        }
    }

    /// Takes no more jobs, finishes those that wait or run, and ends the threads. Threads that were given
    /// up are not waited for, and the others not longer than until a moment. Says whether all have ended.
    pub fn stop(&self, until: Option<Instant>) -> bool {
        self.crew.stop(until)
    }
}

impl<W: Worker> Drop for Pool<W> {
    fn drop(&mut self) {
        self.stop(None);
    }
}

impl<W: Worker> std::fmt::Debug for Pool<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("counters", &self.counters())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
