//! What the server did in the last minutes, step by step: what the plots of the status page show.

mod usage;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::app::App;
use super::histogram::{BUCKETS, quantile};
use super::render::Trace;

/// From one sample to the next.
pub const STEP: Duration = Duration::from_secs(STEP_SECONDS as u64);
const STEP_SECONDS: usize = 2;

/// The samples of so many minutes are kept.
pub const MINUTES: usize = 5;

/// How many these are.
pub const KEPT: usize = MINUTES * OF_A_MINUTE;

/// The samples of the last minute.
const OF_A_MINUTE: usize = 60 / STEP_SECONDS;

/// The last samples, the oldest first.
#[derive(Debug, Default)]
pub struct History(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    samples: VecDeque<Sample>,
    /// What was read for the last one, and when.
    last: Option<(Instant, Reading)>,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// How long it took, seconds: about a [`STEP`].
    pub seconds: f64,
    /// Answers to posted requests.
    pub answers: u64,
    /// Of these, so many were refusals.
    pub refusals: u64,
    /// How long the answers took all together, seconds.
    pub answer_seconds: f64,
    /// How long 19 of 20 answers took at most, seconds; none if there were none.
    pub slow_answer_seconds: Option<f64>,
    /// How often and how long, in seconds all together, each of the [`Trace::STAGES`] was passed.
    pub stages: [(u64, f64); Trace::STAGES.len()],
    /// Requests that waited for a worker at its end.
    pub queued: usize,
    /// Workers that drew at its end.
    pub busy: usize,
    /// Processor time that was taken, in cores; none where it is not known.
    pub cores: Option<f64>,
    /// Memory of the process, bytes; none where it is not known.
    pub memory: Option<u64>,
    /// Memory held on devices, bytes.
    pub gpu_memory: u64,
    /// The part of the time in which an adapter had work of this process, on average of all adapters; none
    /// where there are none.
    pub gpu_busy: Option<f64>,
}

/// What has been counted since the start.
#[derive(Clone, Debug, Default)]
struct Reading {
    answers: u64,
    refusals: u64,
    answer_time: Duration,
    buckets: [u64; BUCKETS],
    stages: [(u64, Duration); Trace::STAGES.len()],
    cpu_time: Option<Duration>,
    /// Of each adapter, in an order that stays; later ones come last.
    gpu_busy: Vec<Duration>,
}

impl History {
    /// Adds what was done since the last time.
    pub fn sample(&self, app: &App) {
        let (now, reading) = (Instant::now(), Reading::of(app));
        let mut inner = self.lock();
        if let Some((then, last)) = &inner.last {
            let sample = Sample {
                queued: app.pool.counters().queued,
                busy: app.pool.counters().busy,
                memory: usage::memory(),
                gpu_memory: app.keeping.memory.used(),
                ..reading.since(last, now - *then)
            };
            inner.samples.push_back(sample);
            if inner.samples.len() > KEPT {
                inner.samples.pop_front();
            }
        }
        inner.last = Some((now, reading));
    }

    /// The samples of the last minutes, the oldest first.
    pub fn samples(&self) -> Vec<Sample> {
        self.lock().samples.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn of(app: &App) -> Self {
        let mut reading = Self {
            cpu_time: usage::cpu_time(),
            gpu_busy: app
                .keeping
                .clocks
                .busy()
                .into_iter()
                .map(|(_, busy)| busy)
                .collect(),
            ..Self::default()
        };
        for (_, status, count) in app.counts.list() {
            reading.answers += count;
            reading.refusals += if status >= 400 { count } else { 0 };
        }
        for (_, histogram) in app.counts.durations() {
            reading.answer_time += histogram.sum();
            for (sum, (_, count)) in reading.buckets.iter_mut().zip(histogram.buckets()) {
                *sum += count;
            }
        }
        for (stage, (_, histogram)) in reading.stages.iter_mut().zip(app.counts.stages()) {
            *stage = (histogram.count(), histogram.sum());
        }
        reading
    }

    /// What came after `last`, which was read so long ago.
    fn since(&self, last: &Self, time: Duration) -> Sample {
        let seconds = time.as_secs_f64().max(f64::MIN_POSITIVE);
        let passed = |now: Duration, then: Duration| now.saturating_sub(then).as_secs_f64();
        let mut buckets = self.buckets;
        for (count, then) in buckets.iter_mut().zip(last.buckets) {
            *count = count.saturating_sub(then);
        }
        let mut stages = [(0, 0.0); Trace::STAGES.len()];
        for ((stage, now), then) in stages.iter_mut().zip(self.stages).zip(last.stages) {
            *stage = (now.0.saturating_sub(then.0), passed(now.1, then.1));
        }
        let cpu_time = self.cpu_time.zip(last.cpu_time);
        let gpu_busy = self.gpu_busy.iter().zip(&last.gpu_busy);
        let parts = gpu_busy.map(|(now, then)| (passed(*now, *then) / seconds).min(1.0));
        let (adapters, parts) = parts.fold((0, 0.0), |(count, sum), part| (count + 1, sum + part));
        Sample {
            seconds,
            answers: self.answers.saturating_sub(last.answers),
            refusals: self.refusals.saturating_sub(last.refusals),
            answer_seconds: passed(self.answer_time, last.answer_time),
            slow_answer_seconds: quantile(&buckets, 0.95),
            stages,
            cores: cpu_time.map(|(now, then)| passed(now, then) / seconds),
            gpu_busy: mean(adapters, parts),
            ..Sample::default()
        }
    }
}

/// What is said of the last minute as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LastMinute {
    /// Answers to posted requests.
    pub answers: u64,
    /// Of these, so many were refusals.
    pub refusals: u64,
    /// How long an answer took, seconds, on average; none if there were none.
    pub mean_answer: Option<f64>,
    /// How long each of the [`Trace::STAGES`] took, seconds, on average.
    pub mean_stages: [Option<f64>; Trace::STAGES.len()],
}

impl LastMinute {
    /// The last of these samples.
    pub fn of(samples: &[Sample]) -> Self {
        let last = samples.get(samples.len().saturating_sub(OF_A_MINUTE)..);
        let last = last.unwrap_or_default();
        let answers = last.iter().map(|sample| sample.answers).sum();
        let seconds = last.iter().map(|sample| sample.answer_seconds).sum();
        let mut stages = [(0, 0.0); Trace::STAGES.len()];
        for sample in last {
            for (all, one) in stages.iter_mut().zip(sample.stages) {
                *all = (all.0 + one.0, all.1 + one.1);
            }
        }
        Self {
            answers,
            refusals: last.iter().map(|sample| sample.refusals).sum(),
            mean_answer: mean(answers, seconds),
            mean_stages: stages.map(|(count, seconds)| mean(count, seconds)),
        }
    }
}

impl Sample {
    /// How long an answer took, seconds, on average; none if there were none.
    pub fn mean_answer(&self) -> Option<f64> {
        mean(self.answers, self.answer_seconds)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nobody counts to 2^53 in five minutes"
)]
fn mean(count: u64, seconds: f64) -> Option<f64> {
    (count > 0).then(|| seconds / count as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "the numbers are exact")]

    use super::*;

    fn reading(answers: u64, milliseconds: u64) -> Reading {
        Reading {
            answers,
            refusals: answers / 2,
            answer_time: Duration::from_millis(milliseconds),
            buckets: [answers; BUCKETS],
            stages: [(answers, Duration::from_millis(milliseconds)); Trace::STAGES.len()],
            cpu_time: Some(Duration::from_millis(10 * milliseconds)),
            // The second one idles.
            gpu_busy: vec![Duration::from_millis(5 * milliseconds), Duration::ZERO],
        }
    }

    #[test]
    fn a_sample_has_what_came_since_the_last() {
        let sample = reading(14, 300).since(&reading(4, 100), Duration::from_secs(2));
        assert_eq!((sample.answers, sample.refusals), (10, 5));
        assert_eq!(sample.answer_seconds, 0.2);
        assert_eq!(sample.mean_answer(), Some(0.02));
        assert_eq!(sample.stages, [(10, 0.2); Trace::STAGES.len()]);
        assert_eq!(sample.cores, Some(1.0));
        assert_eq!(sample.gpu_busy, Some(0.25));
        assert!(sample.slow_answer_seconds.is_some_and(|time| time <= 0.001));
    }

    #[test]
    fn a_step_without_answers_has_no_mean() {
        let sample = reading(4, 100).since(&reading(4, 100), Duration::from_secs(2));
        assert_eq!(
            (sample.mean_answer(), sample.slow_answer_seconds),
            (None, None)
        );
    }

    #[test]
    fn a_minute_is_made_of_its_samples() {
        let quiet = Sample::default();
        let loud = Sample {
            answers: 2,
            refusals: 1,
            answer_seconds: 0.5,
            stages: [(1, 0.25); Trace::STAGES.len()],
            ..Sample::default()
        };
        assert_eq!(LastMinute::of(&[]), LastMinute::default());
        let mut samples = vec![loud; 2];
        samples.extend(vec![quiet; OF_A_MINUTE - 1]);
        let minute = LastMinute::of(&samples);
        assert_eq!((minute.answers, minute.refusals), (2, 1));
        assert_eq!(minute.mean_answer, Some(0.25));
        assert_eq!(minute.mean_stages, [Some(0.25); Trace::STAGES.len()]);
    }
}
