//! So many bytes and no more, counted by many at once.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A bound and how much of it is used.
#[derive(Debug)]
pub struct Room {
    used: AtomicUsize,
    limit: usize,
}

impl Room {
    /// Empty.
    pub fn new(limit: usize) -> Self {
        Self {
            used: AtomicUsize::new(0),
            limit,
        }
    }

    /// How much is used.
    pub fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// Takes so much if it is there; says whether it was.
    pub fn take(&self, bytes: usize) -> bool {
        let grown = |used: usize| used.checked_add(bytes).filter(|&used| used <= self.limit);
        (self.used.fetch_update(Relaxed, Relaxed, grown)).is_ok()
    }

    /// Gives back so much of what was taken.
    pub fn give(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Relaxed);
    }
}
