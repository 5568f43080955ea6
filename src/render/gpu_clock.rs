//! How long adapters are at work for this process.
//!
//! wgpu has no load of a GPU. What is known on every adapter is when something was submitted and when it was
//! seen to be done; the time in which at least one submission was under way is what this counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::AdapterSummary;

/// The clocks of all adapters that were opened; renderers on the same one share its clock. Name and bus tell
/// adapters apart.
#[derive(Debug, Default)]
pub struct GpuClocks(Mutex<Vec<(AdapterSummary, Arc<GpuClock>)>>);

impl GpuClocks {
    /// That of an adapter.
    pub(super) fn of(&self, adapter: &AdapterSummary) -> Arc<GpuClock> {
        let mut clocks = lock(&self.0);
        if let Some((_, clock)) = clocks
            .iter()
            .find(|(known, _)| (&known.name, &known.bus) == (&adapter.name, &adapter.bus))
        {
            return Arc::clone(clock);
        }
        let clock = Arc::<GpuClock>::default();
        clocks.push((adapter.clone(), Arc::clone(&clock)));
        clock
    }

    /// For each adapter how long it was at work so far, in the order in which they were opened.
    #[must_use]
    pub fn busy(&self) -> Vec<(AdapterSummary, Duration)> {
        let clocks = lock(&self.0);
        let all = clocks.iter();
        all.map(|(adapter, clock)| (adapter.clone(), clock.busy()))
            .collect()
    }
}

/// Runs while at least one submission is under way.
#[derive(Debug, Default)]
pub(super) struct GpuClock(Mutex<Reading>);

#[derive(Debug, Default)]
struct Reading {
    under_way: usize,
    /// When the first of them began.
    since: Option<Instant>,
    /// How long it ran before.
    before: Duration,
}

impl GpuClock {
    /// Something is submitted; it is under way until what this gives is dropped.
    pub fn run(&self) -> Running<'_> {
        lock(&self.0).begin(Instant::now);
        Running(self)
    }

    fn busy(&self) -> Duration {
        lock(&self.0).busy(Instant::now)
    }
}

/// A submission that is under way.
#[derive(Debug)]
pub(super) struct Running<'c>(&'c GpuClock);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        lock(&self.0.0).end(Instant::now);
    }
}

/// The time is read while the clock is held, so that it never goes back.
impl Reading {
    fn begin(&mut self, now: impl FnOnce() -> Instant) {
        self.under_way += 1;
        self.since.get_or_insert_with(now);
    }

    fn end(&mut self, now: impl FnOnce() -> Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        if self.under_way == 0 {
            self.before = self.busy(now);
            self.since = None;
        }
    }

    fn busy(&self, now: impl FnOnce() -> Instant) -> Duration {
        let running = self.since.map(|since| now().duration_since(since));
        self.before + running.unwrap_or_default()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here panics halfway through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(bus: &str) -> AdapterSummary {
        AdapterSummary {
            name: "a".into(),
            driver: "d".into(),
            backend: "vulkan".into(),
            kind: "discrete GPU".into(),
            bus: bus.into(),
        }
    }

    #[test]
    fn what_overlaps_counts_once() {
        let start = Instant::now();
        let at = |milliseconds| move || start + Duration::from_millis(milliseconds);
        let mut clock = Reading::default();
        let busy = |clock: &Reading, now| u64::try_from(clock.busy(at(now)).as_millis()).ok();
        assert_eq!(busy(&clock, 5), Some(0));
        // 10 to 40 and 20 to 50, and one within.
        for (now, begins, expected) in [
            (10, true, 0),
            (20, true, 10),
            (25, true, 15),
            (30, false, 20),
            (40, false, 30),
            (50, false, 40),
        ] {
            if begins {
                clock.begin(at(now));
            } else {
                clock.end(at(now));
            }
            assert_eq!(busy(&clock, now), Some(expected), "at {now}");
        }
        assert_eq!(busy(&clock, 90), Some(40));
        // What is still under way counts, too.
        clock.begin(at(100));
        assert_eq!(busy(&clock, 107), Some(47));
        clock.end(at(110));
        assert_eq!(busy(&clock, 200), Some(50));
    }

    #[test]
    fn a_clock_runs_until_all_are_done() {
        let clocks = GpuClocks::default();
        let clock = clocks.of(&adapter("1"));
        let is_running = || lock(&clock.0).since.is_some();
        let (one, other) = (clock.run(), clock.run());
        drop(one);
        assert!(is_running());
        drop(other);
        assert!(!is_running());
        let done = clock.busy();
        assert_eq!(clock.busy(), done);
    }

    #[test]
    fn those_on_one_adapter_share_its_clock() {
        let clocks = GpuClocks::default();
        let [one, again, other] = ["1", "1", "2"].map(|bus| clocks.of(&adapter(bus)));
        assert!(Arc::ptr_eq(&one, &again) && !Arc::ptr_eq(&one, &other));
        let buses: Vec<_> = (clocks.busy().into_iter())
            .map(|(adapter, busy)| (adapter.bus, busy))
            .collect();
        let expected = ["1", "2"].map(|bus| (bus.to_owned(), Duration::ZERO));
        assert_eq!(buses, expected);
    }
}
