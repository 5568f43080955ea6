//! How fast clients have to be that send a body or take one.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A body may take its patience, and a second more for so many bytes: a client that sends or takes one at
/// a time does not hold its connection for days.
pub const BYTES_PER_SECOND: usize = 16 << 10;

/// How fast a body has to go on. Clones are of the same body.
#[derive(Clone, Debug)]
pub struct Pace {
    /// How long the whole may take beside what its bytes allow.
    pub patience: Duration,
    begun: Instant,
    passed: Rc<Cell<usize>>,
}

impl Pace {
    /// Of a body that begins now.
    pub fn new(patience: Duration) -> Self {
        Self {
            patience,
            begun: Instant::now(),
            passed: Rc::default(),
        }
    }

    /// So many bytes more have arrived, or were taken.
    pub fn pass(&self, bytes: usize) {
        self.passed.set(self.passed.get().saturating_add(bytes));
    }

    /// Bytes so far.
    pub fn passed(&self) -> usize {
        self.passed.get()
    }

    /// How long the body may go on if no more of it passes; nothing if it is too slow.
    pub fn left(&self) -> Duration {
        let earned = u64::try_from(self.passed() / BYTES_PER_SECOND).unwrap_or(u64::MAX);
        let allowed = self.patience.saturating_add(Duration::from_secs(earned));
        allowed.saturating_sub(self.begun.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_earn_time() {
        let pace = Pace::new(Duration::from_secs(10));
        let left = || pace.left().as_secs_f64().ceil();
        assert!((left() - 10.0).abs() < 0.1);
        pace.clone().pass(BYTES_PER_SECOND - 1);
        assert!((left() - 10.0).abs() < 0.1);
        pace.pass(1);
        assert!((left() - 11.0).abs() < 0.1);
        pace.pass(usize::MAX);
        assert!(left() > 1e9);
        assert_eq!(Pace::new(Duration::ZERO).left(), Duration::ZERO);
        assert!(Pace::new(Duration::MAX).left() > Duration::from_secs(1 << 40));
    }
}
