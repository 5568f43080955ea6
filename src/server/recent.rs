//! The scenes that arrived lately, so that what repeats one of them need not be hashed again.
//!
//! Drake's client posts the whole scene for each image: the next is the same up to its last few
//! kilobytes, or altogether. To compare bytes takes a fraction of the time of hashing them.
//!
//! All is scratch memory, shared by all clients, with a bound of its own beside that of the scenes that
//! wait. What is kept says only what bytes have arrived, and a comparison decides who has the same.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::Sha256;

use crate::lru::Lru;
use crate::protocol::SceneHash;
use crate::scene::{Cuts, Digest};
use crate::tally::{CacheCounts, Tally};

/// Scenes are found by their first so many bytes, and can be left after each as many.
const BLOCK: usize = 64 << 10;

/// A scene that has arrived, in memory.
#[derive(Debug)]
pub struct Arrived {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Of these bytes.
    pub sha256: SceneHash,
    /// How far they were hashed before each block.
    pub(super) hashed: Vec<Sha256>,
    /// What was found in them, or the beginning of that.
    pub(super) found: Cuts,
    /// Whether it is all.
    pub(super) is_searched: bool,
    /// The name of its first block. A smaller scene has none, and is not kept.
    pub(super) first: Option<Digest>,
}

impl Arrived {
    /// What was found in the scene, if it was searched.
    pub fn cuts(&self) -> Option<&Cuts> {
        self.is_searched.then_some(&self.found)
    }

    /// The memory that it takes, bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.capacity() + self.hashed.capacity() * size_of::<Sha256>() + self.found.bytes()
    }
}

/// Those that are kept: of scenes with the same first block the last, which is the most likely to be
/// like the next one. The least recently used go first.
#[derive(Debug)]
pub struct Recent {
    scenes: Mutex<Lru<Digest, Arc<Arrived>>>,
    block: usize,
    limit: usize,
    most: usize,
    tally: Arc<Tally>,
}

impl Recent {
    /// None is kept yet; at most `limit` bytes and `most` scenes will be.
    #[must_use]
    pub fn new(limit: usize, most: usize) -> Self {
        Self::with_block(limit, most, BLOCK)
    }

    pub(super) fn with_block(limit: usize, most: usize, block: usize) -> Self {
        Self {
            scenes: Mutex::new(Lru::with_most(limit, most)),
            block,
            limit,
            most,
            tally: Arc::default(),
        }
    }

    /// At most so many bytes are kept.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How well it works.
    pub fn counts(&self) -> CacheCounts {
        self.tally.counts()
    }

    /// How many bytes a block has.
    pub(super) fn block(&self) -> usize {
        self.block
    }

    /// The name of a first block, if anything is kept.
    pub(super) fn name(&self, block: &[u8]) -> Option<Digest> {
        (self.limit > 0 && self.most > 0).then(|| Digest::of_bytes(block))
    }

    /// The scene with that first block.
    pub(super) fn find(&self, first: &Digest) -> Option<Arc<Arrived>> {
        let found = self.lock().get(first).map(Arc::clone);
        self.tally.looked_up(found.is_some());
        found
    }

    /// Keeps a scene in place of the last one with its first block.
    pub(super) fn keep(&self, scene: &Arc<Arrived>) {
        let Some(first) = scene.first else {
            return;
        };
        let (size, tally) = (scene.size(), &self.tally);
        let gone = self.lock().insert(first, Arc::clone(scene), size, tally);
        // What is freed is freed outside the lock.
        drop(gone);
    }

    /// Gives a scene that was found away, if nobody else has it.
    pub(super) fn give(&self, scene: Arc<Arrived>) -> Result<Arrived, Arc<Arrived>> {
        let mut scenes = self.lock();
        let kept = scene.first.and_then(|first| {
            // Whoever else finds it holds the lock.
            let is_kept = |kept: &Arc<Arrived>| Arc::ptr_eq(kept, &scene);
            let is_ours = Arc::strong_count(&scene) == 2 && scenes.get(&first).is_some_and(is_kept);
            is_ours.then(|| scenes.remove(&first))?
        });
        drop((scenes, kept));
        Arc::try_unwrap(scene)
    }

    fn lock(&self) -> MutexGuard<'_, Lru<Digest, Arc<Arrived>>> {
        self.scenes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
