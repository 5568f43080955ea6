//! The worker threads: who runs which job, and who takes the place of a thread that is lost.

use std::any::Any;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use super::fair_queue::FairQueue;
use super::{Counters, Worker};

/// How long a job may go on after its deadline before its thread is given up. Between its stages it sees
/// that it is late; to replace a thread costs a device, so a stage may be finished.
const PATIENCE: Duration = Duration::from_secs(2);

/// After how long what could not be done is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// A wait that may as well be over.
const LONG: Duration = Duration::from_secs(3600);

/// Makes the worker of a number, or says why not.
pub type Factory<W> = Box<dyn Fn(usize) -> Result<W, String> + Send + Sync>;

/// What a thread does for a job; it gets the reason if there is no worker. After [`Outcome::Again`] it is
/// called once more.
type Run<W> = Box<dyn FnMut(Result<&mut W, String>) -> Outcome + Send>;

/// What waits for a thread.
pub struct Job<W> {
    /// Tells it from all others.
    pub id: u64,
    /// When nobody waits for it any more.
    pub deadline: Option<Instant>,
    /// The job itself.
    pub run: Run<W>,
}

/// What has become of a job.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It ran to its end.
    Done,
    /// It was not begun.
    Skipped,
    /// It panicked, and is to be tried once more with another worker.
    Again,
    /// It panicked, and not for the first time.
    Panicked,
}

/// What all threads share.
pub struct Crew<W> {
    state: Mutex<State<W>>,
    /// Something waits, or all is to end.
    pub work: Condvar,
    /// A job has begun, or a thread has ended.
    events: Condvar,
    factory: Factory<W>,
}

/// Guarded by the lock of the crew.
pub struct State<W> {
    /// Jobs by client.
    pub queue: FairQueue<IpAddr, Job<W>>,
    /// Whether threads end when the queue is empty.
    pub stopping: bool,
    /// What happened so far.
    pub counters: Counters,
    /// The posts, by number.
    posts: Vec<Post>,
    /// When somebody looks next for threads that hang.
    watched_until: Option<Instant>,
}

/// What is known of the thread that has a number.
#[derive(Default)]
struct Post {
    /// How many threads had this number before.
    turn: u64,
    /// Whether a thread has it.
    is_filled: bool,
    /// When it is given up if it has not finished its job.
    due: Option<Instant>,
    /// Whether it has no worker, or one that cannot work.
    is_broken: bool,
}

/// A thread's place.
#[derive(Clone, Copy)]
pub struct Place {
    number: usize,
    turn: u64,
}

/// What a thread gets when it asks for a job.
enum Next<W> {
    /// This one.
    Job(Job<W>),
    /// None for some time.
    Nothing,
    /// None any more.
    End,
}

impl<W: Worker> Crew<W> {
    /// So many posts that no thread has yet.
    pub fn new(workers: usize, factory: Factory<W>) -> Self {
        let counters = Counters {
            workers,
            ..Counters::default()
        };
        Self {
            state: Mutex::new(State {
                queue: FairQueue::default(),
                stopping: false,
                counters,
                posts: (0..workers).map(|_| Post::default()).collect(),
                watched_until: None,
            }),
            work: Condvar::new(),
            events: Condvar::new(),
            factory,
        }
    }

    /// Locks; the state is whole between any two statements, so that a panic elsewhere does not spoil it.
    pub fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread of a number. `begin` gives it its worker, if it is to have one.
    pub fn hire(
        self: &Arc<Self>,
        number: usize,
        begin: impl FnOnce(&Self, Place) -> Option<Result<W, String>> + Send + 'static,
    ) -> io::Result<()> {
        let place = {
            let mut state = self.lock();
            let Some(post) = state.posts.get_mut(number) else {
                return Err(io::Error::other("there is no such worker"));
            };
            post.is_filled = true;
            Place {
                number,
                turn: post.turn,
            }
        };
        let crew = Arc::clone(self);
        let thread = thread::Builder::new()
            .name(format!("render-{number}"))
            .spawn(move || {
                let begun = catch_unwind(AssertUnwindSafe(|| begin(&crew, place)));
                if let Ok(Some(worker)) = begun {
                    crew.serve(place, worker);
                }
                crew.leave(place);
            });
        if thread.is_err() {
            self.leave(place);
        }
        thread.map(drop)
    }

    /// The life of a thread, whatever panics.
    fn serve(&self, place: Place, worker: Result<W, String>) {
        let mut worker = Some(worker);
        loop {
            let worker = worker.take().unwrap_or_else(|| self.make(place));
            let ended = catch_unwind(AssertUnwindSafe(|| self.work(place, worker)));
            match ended {
                Ok(()) => return,
                Err(panic) => {
                    log::error!("A worker panicked: {}.", panic_message(panic.as_ref()));
                    if !self.finish(place, Outcome::Panicked) {
                        return;
                    }
                }
            }
        }
    }

    /// Runs jobs until there are no more, or until the thread has been given up.
    fn work(&self, place: Place, mut worker: Result<W, String>) {
        let mut is_sound = worker.is_ok();
        loop {
            // What is broken is tried again though no job comes: whoever sees that nothing can be drawn
            // here sends none.
            let job = match self.next(place, (!is_sound).then_some(RETRY)) {
                Next::Job(job) => job,
                Next::Nothing => {
                    if worker.is_err() {
                        worker = self.make(place);
                    }
                    is_sound = self.mend(place, is_sound, &mut worker);
                    continue;
                }
                Next::End => return,
            };
            if worker.is_err() {
                // The fault may have passed, so each job is a new attempt.
                worker = self.make(place);
            }
            let mut run = job.run;
            let mut outcome = Outcome::Again;
            while outcome == Outcome::Again {
                outcome = run(worker.as_mut().map_err(|reason| reason.clone()));
                if !self.finish(place, outcome) {
                    return;
                }
                if matches!(outcome, Outcome::Again | Outcome::Panicked) {
                    // The old one goes before the new one is made: two may not fit on a device. Its
                    // destructor may panic too.
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(worker)));
                    worker = self.make(place);
                }
            }
            is_sound = self.mend(place, is_sound, &mut worker);
        }
    }

    /// Has a worker mend what has broken, and notes what has changed since it was last seen whether it
    /// `was_sound`. Says whether it is.
    fn mend(&self, place: Place, was_sound: bool, worker: &mut Result<W, String>) -> bool {
        let Ok(worker) = worker else {
            return false;
        };
        let mended = catch_unwind(AssertUnwindSafe(|| worker.mend()));
        let mended = mended.unwrap_or_else(|panic| Err(panic_message(panic.as_ref())));
        let is_sound = mended.is_ok();
        if is_sound != was_sound {
            match &mended {
                Ok(()) => log::info!("Worker {} works again.", place.number),
                Err(reason) => log::error!("Worker {} cannot work. {reason}", place.number),
            }
        }
        if let Some(post) = self.lock().post(place) {
            post.is_broken = !is_sound;
        }
        is_sound
    }

    /// The next job; nothing if none comes for as long as the thread has `patience`.
    fn next(&self, place: Place, patience: Option<Duration>) -> Next<W> {
        let mut state = self.lock();
        let end = patience.and_then(|patience| Instant::now().checked_add(patience));
        loop {
            if let Some(job) = state.queue.pop() {
                state.counters.busy += 1;
                let due = job.deadline.and_then(|end| end.checked_add(PATIENCE));
                if let Some(post) = state.posts.get_mut(place.number) {
                    post.due = due;
                }
                let is_watched = state.watched_until.is_some_and(|until| Some(until) <= due);
                drop(state);
                if due.is_some() && !is_watched {
                    self.events.notify_all();
                }
                return Next::Job(job);
            }
            if state.stopping {
                return Next::End;
            }
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Next::Nothing;
            }
            state = (self.work.wait_timeout(state, left.unwrap_or(LONG)))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Notes what has become of a job, or of a first attempt at it. Says whether the thread still has its post.
    fn finish(&self, place: Place, outcome: Outcome) -> bool {
        let mut state = self.lock();
        let Some(post) = state.post(place) else {
            return false;
        };
        let goes_on = outcome == Outcome::Again;
        if !goes_on {
            post.due = None;
        }
        let counters = &mut state.counters;
        counters.busy = counters.busy.saturating_sub(usize::from(!goes_on));
        match outcome {
            Outcome::Done => counters.done += 1,
            Outcome::Skipped => counters.skipped += 1,
            Outcome::Again => counters.panics += 1,
            Outcome::Panicked => {
                counters.panics += 1;
                counters.panicked += 1;
            }
        }
        true
    }

    /// A worker for a post, or why there is none.
    fn make(&self, place: Place) -> Result<W, String> {
        let made = catch_unwind(AssertUnwindSafe(|| (self.factory)(place.number)));
        let made = made.unwrap_or_else(|panic| Err(panic_message(panic.as_ref())));
        let mut state = self.lock();
        if let Some(post) = state.post(place) {
            post.is_broken = made.is_err();
            state.counters.replaced += u64::from(made.is_ok());
        }
        drop(state);
        made.inspect_err(|reason| log::error!("A worker cannot be made again. {reason}"))
    }

    /// A thread ends.
    fn leave(&self, place: Place) {
        let mut state = self.lock();
        match state.post(place) {
            Some(post) => post.is_filled = false,
            None => state.counters.stuck = state.counters.stuck.saturating_sub(1),
        }
        drop(state);
        self.events.notify_all();
    }

    /// Sees to it until the pool stops that a thread that hangs in a job gets a successor.
    pub fn watch(self: &Arc<Self>) {
        let mut state = self.lock();
        while !state.stopping {
            let now = Instant::now();
            let (given_up, next) = state.give_up(now);
            if !given_up.is_empty() {
                drop(state);
                for number in given_up {
                    self.replace(number);
                }
                state = self.lock();
                continue;
            }
            state.watched_until = next;
            let wait = next.map_or(Duration::MAX, |next| next.saturating_duration_since(now));
            let waited = self.events.wait_timeout(state, wait.min(LONG));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Starts a thread for a post that has none.
    fn replace(self: &Arc<Self>, number: usize) {
        log::error!("Worker {number} hangs; another one takes its place.");
        while let Err(error) = self.hire(number, |crew, place| Some(crew.make(place))) {
            log::error!("Worker {number} has no thread: {error}.");
            thread::sleep(RETRY);
            if self.lock().stopping {
                return;
            }
        }
    }

    /// Lets the threads end when nothing waits any more, and waits for that until a moment. Says
    /// whether all have.
    pub fn stop(&self, until: Option<Instant>) -> bool {
        let mut state = self.lock();
        state.stopping = true;
        self.work.notify_all();
        self.events.notify_all();
        while state.posts.iter().any(|post| post.is_filled) {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            let wait = left.unwrap_or(RETRY);
            state = (self.events.wait_timeout(state, wait))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }
}

impl<W> State<W> {
    /// The post of a thread, if it still has it.
    fn post(&mut self, place: Place) -> Option<&mut Post> {
        let post = self.posts.get_mut(place.number);
        post.filter(|post| post.turn == place.turn)
    }

    /// Takes their posts from threads whose jobs are long overdue: not from more than there are posts,
    /// since each that hangs holds a device. Gives their numbers, and when the next may be due.
    fn give_up(&mut self, now: Instant) -> (Vec<usize>, Option<Instant>) {
        let (mut numbers, mut next) = (Vec::new(), None::<Instant>);
        let most = self.posts.len();
        for (number, post) in self.posts.iter_mut().enumerate() {
            let Some(due) = post.due else {
                continue;
            };
            let end = if due > now {
                due
            } else if self.counters.stuck < most {
                self.counters.stuck += 1;
                self.counters.abandoned += 1;
                self.counters.busy = self.counters.busy.saturating_sub(1);
                *post = Post {
                    turn: post.turn + 1,
                    ..Post::default()
                };
                numbers.push(number);
                continue;
            } else {
                now + RETRY
            };
            next = Some(next.map_or(end, |next| next.min(end)));
        }
        (numbers, next)
    }

    /// How many threads have no job.
    pub fn idle(&self) -> usize {
        let threads = self.posts.iter().filter(|post| post.is_filled).count();
        threads.saturating_sub(self.counters.busy)
    }

    /// How many threads have a worker that can work, or hope for one.
    pub fn able(&self) -> usize {
        let able = |post: &&Post| post.is_filled && !post.is_broken;
        self.posts.iter().filter(able).count()
    }
}

/// What a panic said.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
