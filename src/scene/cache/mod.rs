//! What is kept of scenes for the next ones: decoded images, finished geometries, whole scenes.
//!
//! Drake's client sends the whole scene again for every image, while little of it changes. What is
//! made of its data URIs is found here by their digests, without decoding them, whichever scene and
//! client they came with. All is scratch memory: a load gives the same scene, or the same refusal,
//! with it and without.
//!
//! Each kept value remembers what it took of the limits, so that scenes that find it are counted as
//! if they had made it.

mod scenes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::scenes::KeptScene;
use super::appearance::image::Image;
use super::data::charges::Charged;
use super::hierarchy::rig::Rig;
use super::hierarchy::transform::Transforms;
use super::mesh::geometry::Geometry;
use super::{Digest, Options, Scene};
use crate::lru::Lru;
use crate::tally::{CacheCounts, Tally};

/// A cache that any number of loads share, bounded in bytes and in the number of whole scenes.
#[derive(Debug)]
pub struct ContentCache {
    state: Mutex<State>,
    geometries: Arc<Tally>,
    images: Arc<Tally>,
    scenes: Arc<Tally>,
    moved: Arc<Tally>,
}

#[derive(Debug)]
struct State {
    values: Lru<Digest, Value>,
    /// The keys of the scenes among them, by when they were used; also some that are gone, which were not
    /// used since.
    scenes: Lru<Digest, Digest>,
    /// Of these keys, which nobody asks for.
    uncounted: Arc<Tally>,
}

/// What is kept.
#[derive(Clone, Debug)]
enum Value {
    Geometry(Arc<Charged<Geometry>>),
    Image(Arc<Charged<Image>>),
    Scene(Arc<KeptScene>),
}

/// How well a cache works, by kind of content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentCounts {
    /// The shapes of primitives, with all that was made for them.
    pub geometries: CacheCounts,
    /// Decoded textures.
    pub images: CacheCounts,
    /// Whole scenes.
    pub scenes: CacheCounts,
    /// Whole scenes whose nodes have moved.
    pub moved: CacheCounts,
}

impl ContentCache {
    /// So many whole scenes are kept at most, where nobody says.
    pub const MOST_SCENES: usize = 4096;

    /// An empty cache of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self::with_scenes(limit, Self::MOST_SCENES)
    }

    /// An empty cache of at most `limit` bytes and so many whole scenes.
    #[must_use]
    pub fn with_scenes(limit: usize, most_scenes: usize) -> Self {
        Self {
            state: Mutex::new(State {
                values: Lru::new(limit),
                scenes: Lru::with_most(usize::MAX, most_scenes),
                uncounted: Arc::default(),
            }),
            geometries: Arc::default(),
            images: Arc::default(),
            scenes: Arc::default(),
            moved: Arc::default(),
        }
    }

    /// How well it works.
    #[must_use]
    pub fn counts(&self) -> ContentCounts {
        ContentCounts {
            geometries: self.geometries.counts(),
            images: self.images.counts(),
            scenes: self.scenes.counts(),
            moved: self.moved.counts(),
        }
    }

    /// A finished geometry.
    pub(in crate::scene) fn geometry(&self, content: &Digest) -> Option<Arc<Charged<Geometry>>> {
        let found = self.lock().geometry(content);
        self.geometries.looked_up(found.is_some());
        found
    }

    /// Keeps a finished geometry.
    pub(in crate::scene) fn keep_geometry(&self, geometry: Arc<Charged<Geometry>>) {
        let bytes = geometry.value.bytes() + geometry.bytes();
        self.keep(geometry.value.content, Value::Geometry(geometry), bytes);
    }

    /// A decoded image.
    pub(in crate::scene) fn image(&self, content: &Digest) -> Option<Arc<Charged<Image>>> {
        let found = self.lock().image(content);
        self.images.looked_up(found.is_some());
        found
    }

    /// Keeps a decoded image.
    pub(in crate::scene) fn keep_image(&self, content: Digest, image: Arc<Charged<Image>>) {
        let bytes = image.value.rgba.len() + image.bytes();
        self.keep(content, Value::Image(image), bytes);
    }

    /// The scene of a file with this SHA-256, if it was loaded with the same options and all of it
    /// is still kept.
    pub(in crate::scene) fn scene(&self, sha256: &[u8; 32], options: &Options) -> Option<Scene> {
        let found = self.lock().scene(&scenes::key(sha256, options));
        self.scenes.looked_up(found.is_some());
        found.map(|(kept, contents)| kept.restore(&contents))
    }

    /// The scene of a file that is `still` but for the `transforms` of its nodes, if such a one was
    /// loaded with the same options, and all of it is still kept.
    pub(in crate::scene) fn moved_scene(
        &self,
        still: &Digest,
        transforms: impl FnOnce() -> Option<Transforms>,
        options: &Options,
    ) -> Option<Scene> {
        let found = self.lock().scene(&scenes::moving_key(still, options));
        let moved = found.and_then(|(kept, contents)| kept.restore_at(&transforms()?, &contents));
        self.moved.looked_up(moved.is_some());
        moved
    }

    /// Whether a scene was kept for a file with this SHA-256 and the same options. Some of it may be
    /// gone.
    #[must_use]
    pub fn knows_scene(&self, sha256: &[u8; 32], options: &Options) -> bool {
        self.lock().values.contains(&scenes::key(sha256, options))
    }

    /// Keeps a scene that was loaded from a file with this SHA-256.
    pub(in crate::scene) fn keep_scene(&self, sha256: &[u8; 32], options: &Options, scene: &Scene) {
        self.keep_as(scenes::key(sha256, options), KeptScene::new(scene, None));
    }

    /// Keeps a scene that was loaded from a file that is `still` but for the transforms of its nodes,
    /// by which nothing was made but what `rig` places.
    pub(in crate::scene) fn keep_moving_scene(
        &self,
        still: &Digest,
        options: &Options,
        scene: &Scene,
        rig: Rig,
    ) {
        let kept = KeptScene::new(scene, Some(rig));
        self.keep_as(scenes::moving_key(still, options), kept);
    }

    fn keep_as(&self, key: Digest, kept: KeptScene) {
        let bytes = kept.bytes();
        self.keep(key, Value::Scene(Arc::new(kept)), bytes);
    }

    fn keep(&self, content: Digest, value: Value, bytes: usize) {
        let tally = match &value {
            Value::Geometry(_) => &self.geometries,
            Value::Image(_) => &self.images,
            Value::Scene(kept) if kept.is_moving() => &self.moved,
            Value::Scene(_) => &self.scenes,
        };
        let gone = self.lock().keep(content, value, bytes, tally);
        // Memory is given back when nobody waits for it.
        drop(gone);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The contents that a kept scene refers to, in its order.
#[derive(Debug)]
struct Contents {
    geometries: Vec<Arc<Charged<Geometry>>>,
    images: Vec<Arc<Charged<Image>>>,
}

impl State {
    /// Gives what had to go.
    fn keep(
        &mut self,
        content: Digest,
        value: Value,
        bytes: usize,
        tally: &Arc<Tally>,
    ) -> Vec<Value> {
        let mut gone = Vec::new();
        if matches!(value, Value::Scene(_)) {
            let oldest = (self.scenes).insert(content, content, 0, &self.uncounted);
            let oldest = oldest.into_iter().filter(|oldest| *oldest != content);
            gone.extend(oldest.filter_map(|oldest| self.values.evict(&oldest)));
            if !self.scenes.contains(&content) {
                return gone;
            }
        }
        gone.extend(self.values.insert(content, value, bytes, tally));
        gone
    }

    fn geometry(&mut self, content: &Digest) -> Option<Arc<Charged<Geometry>>> {
        match self.values.get(content) {
            Some(Value::Geometry(geometry)) => Some(geometry.clone()),
            _ => None,
        }
    }

    fn image(&mut self, content: &Digest) -> Option<Arc<Charged<Image>>> {
        match self.values.get(content) {
            Some(Value::Image(image)) => Some(image.clone()),
            _ => None,
        }
    }

    /// A kept scene, if all of it is there.
    fn scene(&mut self, key: &Digest) -> Option<(Arc<KeptScene>, Contents)> {
        let Some(Value::Scene(kept)) = self.values.get(key) else {
            return None;
        };
        let kept = kept.clone();
        self.scenes.get(key);
        let contents = self.contents_of(&kept)?;
        Some((kept, contents))
    }

    fn contents_of(&mut self, scene: &KeptScene) -> Option<Contents> {
        let geometries = scene.geometries().map(|content| self.geometry(content));
        let geometries = geometries.collect::<Option<_>>()?;
        let images = scene.images().map(|content| self.image(content));
        Some(Contents {
            geometries,
            images: images.collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests;
