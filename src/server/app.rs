//! What all requests share.

use std::sync::Arc;
use std::time::Instant;

use super::admission::Admission;
use super::counts::Counts;
use super::history::History;
use super::live::Live;
use super::recent::Recent;
use super::renders::Renders;
use super::stopping::Stopping;
use super::store::Store;
use crate::config::ServeConfig;
use crate::pipeline::{self, EncodedImage, Loading, PostedScene};
use crate::pool::{Pool, Worker};
use crate::protocol::{Refusal, RenderRequest};
use crate::render::{AdapterSummary, GpuMemory, Keeping, Renderer, VisibilityCache};
use crate::scene::ContentCache;

/// The scenes that arrived lately are kept in this part of the cache's size, beside it.
const RECENT_PART: usize = 8;
/// Each worker's device keeps this part of it of meshes, and as much of textures.
const DEVICE_PART: usize = 4;
/// All workers together keep this part of it of what is seen of views.
const VISIBILITY_PART: usize = 16;

/// What the workers of a server keep between frames.
pub fn keeping(config: &ServeConfig) -> Keeping {
    let part = config.gpu_memory / config.workers;
    Keeping {
        // Half of what a device may hold is for what a frame needs anew.
        bytes: (config.cache_size / DEVICE_PART).min(part / DEVICE_PART),
        memory: Arc::new(GpuMemory::new(part as u64)),
        visibility: Arc::new(VisibilityCache::new(config.cache_size / VISIBILITY_PART)),
        ..Keeping::default()
    }
}

/// What turns requests into images; a [`Renderer`], but for tests.
pub type RenderWorker = Box<dyn Render>;

/// Turns a request into an image.
pub trait Render {
    /// Renders one image, unless between two stages it is no longer wanted.
    fn render(
        &mut self,
        request: &RenderRequest,
        scene: PostedScene<'_>,
        loading: &Loading,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<EncodedImage, Refusal>;

    /// See [`Worker::mend`].
    fn mend(&mut self) -> Result<(), String> {
        Ok(())
    }
}

impl Worker for RenderWorker {
    fn mend(&mut self) -> Result<(), String> {
        self.as_mut().mend()
    }
}

impl Render for Renderer {
    fn render(
        &mut self,
        request: &RenderRequest,
        scene: PostedScene<'_>,
        loading: &Loading,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<EncodedImage, Refusal> {
        pipeline::render_request(self, request, scene, loading, is_wanted)
    }

    fn mend(&mut self) -> Result<(), String> {
        Renderer::mend(self).map_err(|error| error.to_string())
    }
}

/// What all requests share.
pub struct App {
    /// How the server runs.
    pub config: ServeConfig,
    /// Who is let in.
    pub admission: Arc<Admission>,
    /// The render threads.
    pub pool: Pool<RenderWorker>,
    /// What they draw with.
    pub adapter: AdapterSummary,
    /// What each of them keeps.
    pub keeping: Keeping,
    /// How scenes are loaded.
    pub loading: Loading,
    /// Where scenes wait for a worker.
    pub store: Arc<Store>,
    /// Requests answered so far.
    pub counts: Counts,
    /// What it did in the last minutes.
    pub history: History,
    /// Who watches it.
    pub live: Live,
    /// The last images, if it is debugged.
    pub renders: Option<Arc<Renders>>,
    /// When the server started.
    pub started: Instant,
    /// Whether it is to end.
    pub stopping: Stopping,
}

impl App {
    /// A server that has answered nothing yet, with workers that were made with this `keeping`.
    pub fn new(
        config: ServeConfig,
        pool: Pool<RenderWorker>,
        adapter: AdapterSummary,
        keeping: Keeping,
    ) -> Arc<Self> {
        let (size, scenes) = (config.cache_size, config.cache_scenes);
        let cache = (size > 0).then(|| Arc::new(ContentCache::with_scenes(size, scenes)));
        let recent = Recent::new(size / RECENT_PART, scenes);
        let limits = config.scene_limits;
        Arc::new(Self {
            store: Arc::new(Store::new(config.queue_bytes, recent, config.debug)),
            renders: config.debug.then(Arc::default),
            admission: Arc::new(Admission::new(config.tokens.clone())),
            config,
            pool,
            adapter,
            keeping,
            loading: Loading { limits, cache },
            counts: Counts::default(),
            history: History::default(),
            live: Live::default(),
            started: Instant::now(),
            stopping: Stopping::default(),
        })
    }
}
