//! How many requests were answered, how, and how long it took.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::histogram::Histogram;
use super::render::Trace;
use crate::protocol::{ErrorCode, ImageType};

/// Answers to posted requests, and refusals of all.
#[derive(Debug, Default)]
pub struct Counts {
    in_flight: AtomicUsize,
    /// By image type (as far as it was known) and HTTP status.
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
    refusals: Mutex<BTreeMap<&'static str, u64>>,
    /// Large answers that clients are taking, bytes.
    leaving: AtomicUsize,
    cut_off: AtomicU64,
    /// In the order of [`IMAGE_TYPES`].
    durations: [Histogram; IMAGE_TYPES.len()],
    /// In the order of [`Trace::stages`].
    stages: [Histogram; Trace::STAGES.len()],
}

/// The status of an image.
const OK: u16 = 200;

/// The image type of a request that was refused before it was known.
const UNKNOWN: &str = "unknown";

/// All image types of answers.
const IMAGE_TYPES: [&str; 4] = ["color", "depth", "label", UNKNOWN];

impl Counts {
    /// Counts a request as under way until what is returned is dropped.
    pub fn begin(&self) -> UnderWay<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        UnderWay(&self.in_flight)
    }

    /// Counts the answer to a posted request after `total`.
    pub fn answered(&self, trace: &Trace, status: u16, total: Duration) {
        let image_type = trace.image_type.map_or(UNKNOWN, ImageType::as_str);
        add(&self.answers, (image_type, status));
        let index = IMAGE_TYPES.iter().position(|&name| name == image_type);
        if let Some(durations) = index.and_then(|index| self.durations.get(index)) {
            durations.add(total);
        }
        for (stage, time) in self.stages.iter().zip(trace.stages()) {
            if let Some(time) = time {
                stage.add(time);
            }
        }
    }

    /// Counts an answer that is a refusal.
    pub fn refused(&self, code: ErrorCode) {
        add(&self.refusals, code.as_str());
    }

    /// Posted requests that have no answer yet.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// A client begins to take a large answer.
    pub fn leaves(&self, bytes: usize) {
        self.leaving.fetch_add(bytes, Relaxed);
    }

    /// It has it, or was cut off.
    pub fn has_left(&self, bytes: usize) {
        self.leaving.fetch_sub(bytes, Relaxed);
    }

    /// What clients are taking of large answers, bytes.
    pub fn leaving(&self) -> usize {
        self.leaving.load(Relaxed)
    }

    /// Counts a client that took its answer too slowly.
    pub fn cut_off(&self) {
        self.cut_off.fetch_add(1, Relaxed);
    }

    /// How many there were.
    pub fn cut_offs(&self) -> u64 {
        self.cut_off.load(Relaxed)
    }

    /// All answers there were, in order of image type and status.
    pub fn list(&self) -> Vec<(&'static str, u16, u64)> {
        let answers = list(&self.answers).into_iter();
        answers
            .map(|((name, status), n)| (name, status, n))
            .collect()
    }

    /// The same with those that may yet come of what matters most, images and faults of the server: what
    /// reads the numbers now and then sees no first one of something that was not there before.
    pub fn list_with_zeros(&self) -> BTreeMap<(&'static str, u16), u64> {
        let faults = ErrorCode::all()
            .map(ErrorCode::status)
            .filter(|&status| status >= 500);
        let statuses: BTreeSet<u16> = faults.chain([OK]).collect();
        let pairs = IMAGE_TYPES
            .into_iter()
            .flat_map(|name| statuses.iter().map(move |&status| (name, status)));
        let mut all: BTreeMap<_, _> = pairs.map(|pair| (pair, 0)).collect();
        all.extend(list(&self.answers));
        all
    }

    /// Refusals by code, of all that there are.
    pub fn refusals(&self) -> BTreeMap<&'static str, u64> {
        let mut all: BTreeMap<_, _> = ErrorCode::all().map(|code| (code.as_str(), 0)).collect();
        all.extend(list(&self.refusals));
        all
    }

    /// How long answers took, by image type.
    pub fn durations(&self) -> impl Iterator<Item = (&'static str, &Histogram)> {
        IMAGE_TYPES.into_iter().zip(&self.durations)
    }

    /// How long the stages took that requests have passed.
    pub fn stages(&self) -> impl Iterator<Item = (&'static str, &Histogram)> {
        Trace::STAGES.into_iter().zip(&self.stages)
    }
}

/// A request that has no answer yet.
#[derive(Debug)]
pub struct UnderWay<'c>(&'c AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

fn add<K: Ord>(counts: &Mutex<BTreeMap<K, u64>>, key: K) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    *counts.entry(key).or_default() += 1;
}

fn list<K: Ord + Clone>(counts: &Mutex<BTreeMap<K, u64>>) -> Vec<(K, u64)> {
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    counts.iter().map(|(key, &n)| (key.clone(), n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_image_type_has_durations() {
        let counts = Counts::default();
        let types = [
            Some(ImageType::Color),
            Some(ImageType::Depth),
            Some(ImageType::Label),
            None,
        ];
        for image_type in types {
            let trace = Trace {
                image_type,
                receive: Some(Duration::from_secs(1)),
                ..Trace::default()
            };
            counts.answered(&trace, 200, Duration::from_secs(2));
        }
        let all = |histogram: &Histogram| (histogram.buckets().last(), histogram.sum());
        for (name, durations) in counts.durations() {
            let expected = (Some((f64::INFINITY, 1)), Duration::from_secs(2));
            assert_eq!(all(durations), expected, "{name}");
        }
        for (name, stage) in counts.stages() {
            let passed = if name == "receive" { 4 } else { 0 };
            let expected = (Some((f64::INFINITY, passed)), Duration::from_secs(passed));
            assert_eq!(all(stage), expected, "{name}");
        }
        assert_eq!(counts.list().len(), 4);
    }

    #[test]
    fn what_may_yet_come_is_there_with_zero() {
        let counts = Counts::default();
        let trace = Trace {
            image_type: Some(ImageType::Depth),
            ..Trace::default()
        };
        counts.answered(&trace, 503, Duration::ZERO);
        counts.answered(&trace, 422, Duration::ZERO);
        counts.refused(ErrorCode::QueueFull);
        assert_eq!(counts.list(), [("depth", 422, 1), ("depth", 503, 1)]);
        let all = counts.list_with_zeros();
        assert_eq!(all.len(), IMAGE_TYPES.len() * 4 + 1, "{all:?}");
        for (answer, count) in [
            (("depth", 503), 1),
            (("depth", 422), 1),
            (("depth", 200), 0),
            (("color", 500), 0),
            (("unknown", 504), 0),
        ] {
            assert_eq!(all.get(&answer), Some(&count), "{answer:?}");
        }
        let refusals = counts.refusals();
        assert_eq!(refusals.len(), ErrorCode::all().count());
        assert_eq!(refusals.values().sum::<u64>(), 1);
        assert_eq!(refusals.get("queue_full"), Some(&1));
    }
}
