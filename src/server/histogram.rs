//! How many of some durations were how long.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How many buckets there are.
pub const BUCKETS: usize = 16;

/// Upper bounds of the buckets, seconds; the last one has what is longer than all.
const BOUNDS: [f64; BUCKETS] = [
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
    f64::INFINITY,
];

/// Durations, counted by many at once without a lock.
#[derive(Debug, Default)]
pub struct Histogram {
    counts: [AtomicU64; BOUNDS.len()],
    nanoseconds: AtomicU64,
}

impl Histogram {
    /// Counts one.
    pub fn add(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let bucket = BOUNDS.partition_point(|&bound| bound < seconds);
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Relaxed);
        }
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Relaxed);
    }

    /// The buckets: a bound in seconds, and how many were not longer. The last one has all.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        let counts = self.counts.iter().scan(0, |sum, count| {
            *sum += count.load(Relaxed);
            Some(*sum)
        });
        BOUNDS.into_iter().zip(counts)
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// All together.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Relaxed))
    }
}

/// About how long this part of all took at most, seconds; none if there are none. `counts` are those of
/// [`Histogram::buckets`]; within a bucket all lengths are taken to be as frequent, and what is longer than
/// the last bound as long as it.
#[expect(clippy::cast_precision_loss, reason = "it is about so much")]
pub fn quantile(counts: &[u64; BUCKETS], part: f64) -> Option<f64> {
    let all = counts.last().copied().filter(|&all| all > 0)?;
    let wanted = part * all as f64;
    let (mut low, mut below) = (0.0, 0.0);
    for (bound, &count) in BOUNDS.into_iter().zip(counts) {
        let count = count as f64;
        if count >= wanted && count > below {
            let within = (wanted - below) / (count - below);
            return Some(if bound.is_finite() {
                low + (bound - low) * within
            } else {
                low
            });
        }
        (low, below) = (bound, count);
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "the bounds are constants")]

    use super::*;

    #[test]
    fn a_bucket_has_all_that_are_not_longer() {
        let histogram = Histogram::default();
        for microseconds in [0, 1000, 1001, 2_500_000, 60_000_000, 60_000_001] {
            histogram.add(Duration::from_micros(microseconds));
        }
        let buckets: Vec<_> = histogram.buckets().collect();
        assert_eq!(buckets[..3], [(0.001, 2), (0.0025, 3), (0.005, 3)]);
        assert_eq!(buckets[9..11], [(1.0, 3), (2.5, 4)]);
        assert_eq!(buckets[14..], [(60.0, 5), (f64::INFINITY, 6)]);
        assert_eq!(histogram.sum(), Duration::from_micros(122_502_002));
    }

    #[test]
    fn a_quantile_lies_within_its_bucket() {
        assert_eq!(quantile(&[0; BUCKETS], 0.5), None);
        let mut counts = [0; BUCKETS];
        // Ten from 2.5 to 5 ms, ten longer than a minute.
        counts[2..15].fill(10);
        counts[15] = 20;
        assert_eq!(quantile(&counts, 0.5), Some(0.005));
        assert_eq!(quantile(&counts, 0.25), Some(0.00375));
        assert_eq!(quantile(&counts, 0.95), Some(60.0));
    }
}
