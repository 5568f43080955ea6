//! What is kept, in numbers: how much it is, and how often something was found in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Counts for one kind of thing that is kept. Caches of the same kind may share one, such as those of
/// several renderers.
#[derive(Debug, Default)]
pub struct Tally {
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: AtomicU64,
    bytes: AtomicUsize,
}

/// What a [`Tally`] has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// How often something was there.
    pub hits: u64,
    /// How often it was not.
    pub misses: u64,
    /// How often something had to go for something else.
    pub evictions: u64,
    /// Bytes kept now.
    pub bytes: usize,
}

impl Tally {
    /// The counts so far. Those of a change that is under way may be there in part.
    #[must_use]
    pub fn counts(&self) -> CacheCounts {
        CacheCounts {
            hits: self.hits.load(Relaxed),
            misses: self.misses.load(Relaxed),
            evictions: self.evictions.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
        }
    }

    /// Counts that something was looked for.
    pub(crate) fn looked_up(&self, found: bool) {
        let count = if found { &self.hits } else { &self.misses };
        count.fetch_add(1, Relaxed);
    }

    /// Counts so many bytes as kept.
    pub(crate) fn hold(self: &Arc<Self>, bytes: usize) -> Held {
        self.bytes.fetch_add(bytes, Relaxed);
        Held {
            tally: Arc::clone(self),
            bytes,
        }
    }
}

/// Bytes that are kept, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    tally: Arc<Tally>,
    bytes: usize,
}

impl Held {
    /// How many.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Gives them up for others.
    pub fn evict(self) {
        self.tally.evictions.fetch_add(1, Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.tally.bytes.fetch_sub(self.bytes, Relaxed);
    }
}
