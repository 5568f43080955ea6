//! What parts of drawing on an adapter take, for whoever asks: benchmarks, which say where the time goes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::gpu::Gpu;

/// Adds up what was drawn on adapters; renderers may share it. What is drawn without one is not in it.
#[derive(Debug, Default)]
pub struct Timing(Mutex<Times>);

/// Times of several frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// How many.
    pub frames: u32,
    /// What comes before the submission: uploads and commands.
    pub record: Duration,
    /// From the submission until it is seen to be done.
    pub wait: Duration,
    /// What the adapter does in that time, if it has timestamps.
    pub on_adapter: Option<OnAdapter>,
    /// From the mapped buffers to images, with anti-aliasing.
    pub read: Duration,
}

/// What an adapter does for frames, by its own clock. What was written to its buffers and textures goes before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnAdapter {
    /// The pass that draws depth and label.
    pub geometry: Duration,
    /// The pass that draws color.
    pub color: Duration,
    /// Copies of the targets into buffers that can be read.
    pub copy: Duration,
}

impl Timing {
    /// What was added since the last call.
    pub fn take(&self) -> Times {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, frame: Times) {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sum.frames += frame.frames;
        sum.record += frame.record;
        sum.wait += frame.wait;
        sum.read += frame.read;
        if let Some(frame) = frame.on_adapter {
            let sum = sum.on_adapter.get_or_insert_default();
            sum.geometry += frame.geometry;
            sum.color += frame.color;
            sum.copy += frame.copy;
        }
    }
}

/// What an adapter has to have for [`OnAdapter`].
const FEATURES: wgpu::Features =
    wgpu::Features::TIMESTAMP_QUERY.union(wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS);

/// What of that an adapter has: all or nothing.
pub(super) fn features(adapter: &wgpu::Adapter) -> wgpu::Features {
    let has_all = adapter.features().contains(FEATURES);
    if has_all {
        FEATURES
    } else {
        wgpu::Features::empty()
    }
}

/// Before the passes and after each, and after the copies.
const TIMESTAMPS: u32 = 4;
const TIMESTAMP_BYTES: u64 = TIMESTAMPS as u64 * wgpu::QUERY_SIZE as u64;

/// The timestamps of a device, and what they are added to.
pub(super) struct Timer {
    timing: Arc<Timing>,
    queries: Option<Queries>,
}

struct Queries {
    set: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    readable: wgpu::Buffer,
    /// Nanoseconds from one tick to the next.
    period: f32,
}

impl Timer {
    /// None if nobody asks for it.
    pub fn adding_to(gpu: &Gpu, timing: Option<&Arc<Timing>>) -> Option<Arc<Self>> {
        let has_timestamps = gpu.device.features().contains(FEATURES);
        let timing = timing?.clone();
        Some(Arc::new(Self {
            timing,
            queries: has_timestamps.then(|| Queries::new(gpu)),
        }))
    }
}

impl Queries {
    fn new(gpu: &Gpu) -> Self {
        let buffer = |usage| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timestamps"),
                size: TIMESTAMP_BYTES,
                usage,
                mapped_at_creation: false,
            })
        };
        Self {
            set: gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: TIMESTAMPS,
            }),
            resolved: buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC),
            readable: buffer(wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ),
            period: gpu.queue.get_timestamp_period(),
        }
    }

    /// What the adapter took, when the submission is done.
    fn read(&self) -> Option<OnAdapter> {
        let ticks = {
            let mapped = self.readable.get_mapped_range(..).ok()?;
            bytemuck::pod_collect_to_vec::<u8, u64>(&mapped)
        };
        self.readable.unmap();
        let period = f64::from(self.period) * 1e-9;
        let between = |from: usize| {
            let ticks = ticks.get(from + 1)?.saturating_sub(*ticks.get(from)?);
            #[expect(clippy::cast_precision_loss, reason = "a short time")]
            Some(Duration::from_secs_f64(ticks as f64 * period))
        };
        Some(OnAdapter {
            geometry: between(0)?,
            color: between(1)?,
            copy: between(2)?,
        })
    }
}

/// A frame that is timed, if that is asked for. The calls come in the order in which they stand here.
pub(super) struct Laps(Option<Running>);

struct Running {
    timer: Arc<Timer>,
    marks: u32,
    since: Instant,
    times: Times,
}

impl Laps {
    /// A frame begins.
    pub fn start(timer: Option<Arc<Timer>>) -> Self {
        Self(timer.map(|timer| Running {
            timer,
            marks: 0,
            since: Instant::now(),
            times: Times {
                frames: 1,
                ..Times::default()
            },
        }))
    }

    /// To be called before the passes, after each, drawn or not, and after the copies.
    pub fn mark(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let Some(running) = &mut self.0 else {
            return;
        };
        let Some(queries) = &running.timer.queries else {
            return;
        };
        encoder.write_timestamp(&queries.set, running.marks);
        running.marks += 1;
        if running.marks == TIMESTAMPS {
            encoder.resolve_query_set(&queries.set, 0..TIMESTAMPS, &queries.resolved, 0);
            encoder.copy_buffer_to_buffer(
                &queries.resolved,
                0,
                &queries.readable,
                0,
                TIMESTAMP_BYTES,
            );
        }
    }

    /// The commands are about to be submitted.
    pub fn recorded(&mut self) {
        if let Some(running) = &mut self.0 {
            running.times.record = running.lap();
        }
    }

    /// They are submitted.
    pub fn submitted(&self) {
        let running = self.0.as_ref();
        if let Some(queries) = running.and_then(|running| running.timer.queries.as_ref()) {
            queries.readable.map_async(wgpu::MapMode::Read, .., |_| ());
        }
    }

    /// They are done.
    pub fn done(&mut self) {
        if let Some(running) = &mut self.0 {
            running.times.wait = running.lap();
            running.times.on_adapter = running.timer.queries.as_ref().and_then(Queries::read);
            running.since = Instant::now();
        }
    }

    /// The images are read. A frame that did not come so far is not counted.
    pub fn read(self) {
        if let Some(mut running) = self.0 {
            running.times.read = running.lap();
            running.timer.timing.add(running.times);
        }
    }
}

impl Running {
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.since, now))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::protocol::ImageSize;
    use crate::render::testing::triangles;
    use crate::render::{AdapterSelection, Keeping, Outputs, Renderer, warm_up};

    #[test]
    fn frames_are_timed_for_whoever_asks() {
        const FRAMES: u32 = 8;
        let timing = Arc::<Timing>::default();
        let keeping = Keeping {
            timing: Some(timing.clone()),
            ..Keeping::default()
        };
        let mut renderer = Renderer::keeping(&keeping, &AdapterSelection::default()).unwrap();
        // What a renderer draws to become ready is nobody's.
        assert_eq!(timing.take(), Times::default());
        let (scene, mut view) = (triangles(), warm_up::view());
        view.camera.size = ImageSize {
            width: 640,
            height: 480,
        };
        let outputs = Outputs {
            color: true,
            ..Outputs::default()
        };
        let drawn = (0..FRAMES).map(|_| {
            let start = Instant::now();
            renderer.render(&scene, &view, &outputs).unwrap();
            let (all, times) = (start.elapsed(), timing.take());
            assert_eq!(times.frames, 1);
            assert!(times.record + times.wait + times.read <= all, "{times:?}");
            let parts = [times.record, times.wait, times.read];
            assert!(parts.iter().all(|part| !part.is_zero()), "{times:?}");
            let on = times.on_adapter.unwrap();
            assert!(on.geometry + on.color + on.copy <= times.wait, "{times:?}");
            on
        });
        // All is drawn in the one pass, and nothing in the other, which may yet be held up now and then.
        let drawn: Vec<_> = drawn.collect();
        assert!(drawn.iter().any(|on| on.color > on.geometry), "{drawn:?}");
        // And it is added up.
        renderer.render(&scene, &view, &outputs).unwrap();
        renderer.render(&scene, &view, &outputs).unwrap();
        assert_eq!((timing.take().frames, timing.take().frames), (2, 0));
    }
}
