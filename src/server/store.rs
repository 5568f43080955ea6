//! Where a scene lies between its arrival and a free worker: in memory, or in a temporary file if
//! it is large or memory is short.
//!
//! Drake's client sets no timeout and never retries, so that the queue is long; its scenes must not
//! fill the memory.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::sync::Arc;

use super::arriving::Arriving;
use super::recent::{Arrived, Recent};
use super::room::Room;
use crate::protocol::{ErrorCode, Refusal, SceneHash};
use crate::scene::Cuts;
use actix_web::web;

/// Larger scenes wait in a file, bytes.
const MAX_SCENE_IN_MEMORY: usize = 64 << 20;

/// All scenes in memory together, bytes; what goes beyond waits in files.
const MAX_IN_MEMORY: usize = 1 << 30;

/// How much is written to a file at once, bytes.
const WRITE_BYTES: usize = 4 << 20;

/// The scenes that wait.
#[derive(Debug)]
pub struct Store {
    in_memory: Room,
    /// In memory and in files.
    in_all: Room,
    max_scene_in_memory: usize,
    /// Not counted with those that wait.
    recent: Arc<Recent>,
    /// Whether clients are told what the system says of files.
    debug: bool,
}

impl Store {
    /// An empty store for `max_bytes` of scenes that wait, of which those that do not fit into memory lie
    /// in files. It keeps `recent` ones that wait no more, and tells clients what the system says of files
    /// only to `debug`.
    #[must_use]
    pub fn new(max_bytes: usize, recent: Recent, debug: bool) -> Self {
        Self {
            debug,
            ..Self::with_limits(MAX_SCENE_IN_MEMORY, MAX_IN_MEMORY, max_bytes, recent)
        }
    }

    /// What is kept of those that wait no more.
    pub fn recent(&self) -> &Recent {
        &self.recent
    }

    /// How many bytes wait, in memory and in files.
    pub fn bytes(&self) -> usize {
        self.in_all.used()
    }

    fn with_limits(
        max_scene_in_memory: usize,
        max_in_memory: usize,
        max_in_all: usize,
        recent: Recent,
    ) -> Self {
        Self {
            in_memory: Room::new(max_in_memory),
            in_all: Room::new(max_in_all),
            max_scene_in_memory,
            recent: Arc::new(recent),
            debug: false,
        }
    }

    /// A scene has no file. A full disk is as good as a full queue: there will be room again.
    fn no_file(&self, error: &io::Error) -> Refusal {
        log::error!("A scene cannot be kept in a temporary file: {error}.");
        let why = if self.debug {
            format!(": {error}.")
        } else {
            "; the server's log says more.".to_owned()
        };
        let message = format!("The scene cannot be kept in a temporary file{why}");
        Refusal::new(ErrorCode::StorageFailure, message)
    }
}

/// Counts the bytes of one scene in its store, until it is dropped.
#[derive(Debug)]
struct Share {
    store: Arc<Store>,
    in_memory: usize,
    in_files: usize,
}

impl Share {
    /// Counts `bytes` more in memory. Returns whether there was room; if not, the share is as it
    /// was.
    fn grow_in_memory(&mut self, bytes: usize) -> bool {
        let store = &self.store;
        let fits = self.in_memory + bytes <= store.max_scene_in_memory;
        if !fits || !store.in_memory.take(bytes) {
            return false;
        }
        if !store.in_all.take(bytes) {
            store.in_memory.give(bytes);
            return false;
        }
        self.in_memory += bytes;
        true
    }

    /// Counts so many bytes in memory. Returns whether there was room; if not, the share is as it was.
    fn hold_in_memory(&mut self, bytes: usize) -> bool {
        if let Some(more) = bytes.checked_sub(self.in_memory) {
            return self.grow_in_memory(more);
        }
        self.shrink_in_memory(bytes);
        true
    }

    /// Counts no more than so many bytes in memory.
    fn shrink_in_memory(&mut self, bytes: usize) {
        let less = self.in_memory.saturating_sub(bytes);
        self.store.in_memory.give(less);
        self.store.in_all.give(less);
        self.in_memory -= less;
    }

    fn grow_in_files(&mut self, bytes: usize) -> bool {
        let room = self.store.in_all.take(bytes);
        self.in_files += if room { bytes } else { 0 };
        room
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink_in_memory(0);
        self.store.in_all.give(self.in_files);
    }
}

/// A scene that is arriving.
pub struct SceneWriter {
    share: Share,
    /// What has arrived, or with a file, what is not written yet.
    arriving: Arriving,
    file: Option<File>,
}

impl SceneWriter {
    /// An empty scene. `expected` is how many bytes are likely to come; memory for them is reserved
    /// but not touched. If it `is_searched`, its data URIs are found on the way.
    pub fn new(store: &Arc<Store>, expected: usize, is_searched: bool) -> Self {
        let expected = expected.min(store.max_scene_in_memory);
        Self {
            share: Share {
                store: Arc::clone(store),
                in_memory: 0,
                in_files: 0,
            },
            arriving: Arriving::new(&store.recent, expected, is_searched),
            file: None,
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// If there is no room for them.
    pub async fn write(&mut self, mut chunk: &[u8]) -> Result<(), Refusal> {
        if self.file.is_none() {
            let needed = self.arriving.memory_with(chunk.len());
            if self.share.hold_in_memory(needed) {
                self.arriving.take(chunk);
                // A recent scene that it may repeat is held, too.
                if self.share.hold_in_memory(self.arriving.memory_with(0)) {
                    return Ok(());
                }
                chunk = &[];
            }
            let made = web::block(tempfile::tempfile).await;
            let made = made.unwrap_or_else(|_| Err(io::Error::other("the server is stopping")));
            self.file = Some(made.map_err(|error| self.share.store.no_file(&error))?);
            let unwritten = self.arriving.own_bytes().len();
            self.share.shrink_in_memory(0);
            self.count_in_file(unwritten)?;
        }
        self.count_in_file(chunk.len())?;
        self.arriving.take(chunk);
        if self.arriving.own_bytes().len() >= WRITE_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// The scene, and the SHA-256 of its bytes.
    ///
    /// # Errors
    /// If the rest of it cannot be written.
    pub async fn finish(mut self) -> Result<(StoredScene, SceneHash), Refusal> {
        self.flush().await?;
        // Without room for what was found the scene is searched when it is loaded.
        let (place, sha256) = if let Some(file) = self.file {
            let (sha256, cuts) = self.arriving.finish_elsewhere();
            let has_room = |cuts: &Cuts| self.share.grow_in_memory(cuts.bytes());
            (Place::File(file, cuts.filter(has_room)), sha256)
        } else {
            self.share.hold_in_memory(self.arriving.length());
            let has_room = |cuts: &Cuts| self.share.grow_in_memory(cuts.bytes());
            let scene = self.arriving.finish(has_room);
            let sha256 = scene.sha256;
            (Place::Memory(scene), sha256)
        };
        let scene = StoredScene {
            place,
            share: self.share,
        };
        Ok((scene, sha256))
    }

    /// Counts bytes that are to go to the file.
    fn count_in_file(&mut self, bytes: usize) -> Result<(), Refusal> {
        if self.share.grow_in_files(bytes) {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::QueueFull,
            "The scenes of the requests that wait leave no room for this one.",
        ))
    }

    /// Writes what is not written yet, on a thread that may block.
    async fn flush(&mut self) -> Result<(), Refusal> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let bytes = std::mem::take(self.arriving.own_bytes());
        let written = web::block(move || file.write_all(&bytes).map(|()| (file, bytes))).await;
        let written = written.unwrap_or_else(|_| Err(io::Error::other("the server is stopping")));
        let (file, mut bytes) = written.map_err(|error| self.share.store.no_file(&error))?;
        bytes.clear();
        bytes.shrink_to(2 * WRITE_BYTES);
        *self.arriving.own_bytes() = bytes;
        self.file = Some(file);
        Ok(())
    }
}

/// A scene that has arrived and waits.
#[derive(Debug)]
pub struct StoredScene {
    place: Place,
    share: Share,
}

#[derive(Debug)]
enum Place {
    Memory(Arc<Arrived>),
    /// With what was found in it.
    File(File, Option<Cuts>),
}

impl StoredScene {
    /// Gives the scene's bytes, and what was found in them, to `read`. They count as long as this is there.
    ///
    /// # Errors
    /// If they cannot be read back from their file.
    pub fn with_bytes<T>(
        &mut self,
        read: impl FnOnce(&[u8], Option<&Cuts>) -> T,
    ) -> Result<T, Refusal> {
        match &mut self.place {
            Place::Memory(scene) => Ok(read(&scene.bytes, scene.cuts())),
            Place::File(file, cuts) => {
                let mut bytes = Vec::new();
                let done = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
                done.map_err(|error| self.share.store.no_file(&error))?;
                Ok(read(&bytes, cuts.as_ref()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::scene::Cutter;

    fn with_limits(of_scene: usize, of_all: usize, in_files: usize) -> Store {
        Store::with_limits(of_scene, of_all, of_all + in_files, Recent::new(0, 0))
    }

    fn held(store: &Store) -> (usize, usize) {
        let in_memory = store.in_memory.used();
        (in_memory, store.in_all.used() - in_memory)
    }

    async fn store_bytes(store: &Arc<Store>, chunks: &[&[u8]]) -> Result<StoredScene, Refusal> {
        let mut writer = SceneWriter::new(store, 1 << 40, true);
        for chunk in chunks {
            writer.write(chunk).await?;
        }
        let (scene, hash) = writer.finish().await?;
        assert_eq!(hash.0, <[u8; 32]>::from(Sha256::digest(chunks.concat())));
        Ok(scene)
    }

    #[actix_web::test]
    async fn a_small_scene_stays_in_memory() {
        let store = Arc::new(with_limits(100, 100, 100));
        let mut scene = store_bytes(&store, &[b"abc", b"", b"def"]).await.unwrap();
        assert_eq!(held(&store), (6, 0));
        assert_eq!(
            scene.with_bytes(|bytes, _| bytes.to_vec()).unwrap(),
            b"abcdef"
        );
        drop(scene);
        assert_eq!(held(&store), (0, 0));
    }

    #[actix_web::test]
    async fn what_was_found_in_a_scene_counts_as_long_as_it_has_room() {
        let text = format!(r#"{{"uri": "data:,{}"}}"#, "x".repeat(2000));
        let chunks: Vec<_> = text.as_bytes().chunks(7).collect();
        let size = text.len();
        for (of_scene, of_all, in_files, is_kept) in [
            (4000, 4000, 0, true),
            (4000, size, 0, false),
            (size - 1, 4000, size, true),
            (size - 1, 0, size, false),
        ] {
            let store = Arc::new(with_limits(of_scene, of_all, size));
            let mut scene = store_bytes(&store, &chunks).await.unwrap();
            let (in_memory, held_in_files) = held(&store);
            assert_eq!(held_in_files, in_files);
            assert_eq!(in_memory + in_files > size, is_kept);
            let mut whole = Cutter::new();
            whole.feed(text.as_bytes());
            let expected = whole.finish().filter(|_| is_kept);
            let found = scene.with_bytes(|bytes, cuts| {
                assert_eq!(bytes, text.as_bytes());
                cuts.cloned()
            });
            assert_eq!(found.unwrap(), expected);
            drop(scene);
            assert_eq!(held(&store), (0, 0));
        }
    }

    #[actix_web::test]
    async fn a_large_scene_goes_to_a_file() {
        let store = Arc::new(with_limits(4, 100, 1 << 30));
        let big = vec![7; WRITE_BYTES + 1];
        let mut scene = store_bytes(&store, &[b"abc", b"def", &big, b"g"])
            .await
            .unwrap();
        assert_eq!(held(&store), (0, WRITE_BYTES + 8));
        let expected = [b"abcdef".as_slice(), &big, b"g"].concat();
        // As often as they are wanted.
        for _ in 0..2 {
            assert!(scene.with_bytes(|bytes, _| bytes == expected).unwrap());
        }
        drop(scene);
        assert_eq!(held(&store), (0, 0));
    }

    #[test]
    fn what_the_system_says_of_files_is_for_the_log() {
        for debug in [false, true] {
            let store = Store::new(1, Recent::new(0, 0), debug);
            for kind in [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied] {
                let error = io::Error::from(kind);
                let refusal = store.no_file(&error);
                assert_eq!(refusal.code, ErrorCode::StorageFailure);
                assert_eq!(refusal.message.contains(&error.to_string()), debug);
            }
        }
    }

    #[actix_web::test]
    async fn scenes_go_to_files_when_memory_is_short_and_are_refused_when_files_are() {
        let store = Arc::new(with_limits(4, 6, 4));
        let first = store_bytes(&store, &[b"abc"]).await.unwrap();
        let second = store_bytes(&store, &[b"ab", b"cd"]).await.unwrap();
        assert_eq!(held(&store), (3, 4));
        let refusal = store_bytes(&store, &[b"abcd"]).await.unwrap_err();
        assert_eq!(refusal.code, ErrorCode::QueueFull);
        assert_eq!(held(&store), (3, 4));
        drop((first, second));
        assert_eq!(held(&store), (0, 0));
    }

    #[actix_web::test]
    async fn a_scene_goes_to_a_file_though_it_repeats_one_in_memory() {
        let scene: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let chunks: Vec<_> = scene.chunks(10_000).collect();
        let size = scene.len();
        let recent = Recent::new(10 * size, usize::MAX);
        let store = Arc::new(Store::with_limits(size, size, 2 * size, recent));
        let first = store_bytes(&store, &chunks).await.unwrap();
        assert_eq!(held(&store), (size, 0));
        let second = store_bytes(&store, &chunks).await.unwrap();
        assert_eq!(held(&store), (size, size));
        drop(first);
        assert_eq!(held(&store), (0, size));
        drop(second);
        // Then memory ends in the midst of it, where it was only compared so far.
        let other = store_bytes(&store, &[&scene[..size / 2]]).await.unwrap();
        let mut third = store_bytes(&store, &chunks).await.unwrap();
        assert_eq!(held(&store), (size / 2, size));
        assert!(third.with_bytes(|bytes, _| bytes == scene).unwrap());
        drop((third, other));
        let mut last = store_bytes(&store, &chunks).await.unwrap();
        assert_eq!(held(&store), (size, 0));
        assert!(last.with_bytes(|bytes, _| bytes == scene).unwrap());
    }

    #[actix_web::test]
    async fn a_recent_scene_counts_as_long_as_one_on_its_way_may_repeat_it() {
        let scene: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let size = scene.len();
        let recent = Recent::new(10 * size, usize::MAX);
        let store = Arc::new(Store::with_limits(size, 2 * size, 3 * size, recent));
        drop(store_bytes(&store, &[&scene]).await.unwrap());
        let begun = async || {
            let mut writer = SceneWriter::new(&store, size, true);
            writer.write(&scene[..70_000]).await.unwrap();
            writer
        };
        // It repeats the other's bytes in the other's memory.
        let mut first = begun().await;
        assert_eq!(held(&store), (size, 0));
        // This one has memory of its own from here on, and leaves it, or takes it over.
        for other in [b"other".as_slice(), b"another"] {
            let mut second = begun().await;
            second.write(other).await.unwrap();
            assert!(held(&store).0 >= size + 70_000 + other.len());
            let (second, _) = second.finish().await.unwrap();
            assert!(held(&store).0 < 2 * size);
            drop(second);
            assert_eq!(held(&store), (size, 0));
        }
        first.write(b"differs").await.unwrap();
        assert!(held(&store).0 >= 70_000);
        drop(first);
        assert_eq!(held(&store), (0, 0));
        // Alone, it takes the memory over, of which more is in use than it needs.
        drop(store_bytes(&store, &[&scene]).await.unwrap());
        let mut alone = begun().await;
        alone.write(b"differs").await.unwrap();
        assert_eq!(held(&store), (size, 0));
        let (alone, _) = alone.finish().await.unwrap();
        assert!(held(&store).0 < 200_000);
        drop(alone);
        // Where there is no room for it, what has come goes to a file.
        let small = Arc::new(Store::with_limits(
            size,
            size,
            2 * size,
            Recent::new(10 * size, usize::MAX),
        ));
        drop(store_bytes(&small, &[&scene]).await.unwrap());
        let other = store_bytes(&small, &[&vec![1; 100_000]]).await.unwrap();
        let mut writer = SceneWriter::new(&small, size, true);
        writer.write(&scene[..70_000]).await.unwrap();
        assert_eq!(held(&small), (100_000, 70_000));
        writer.write(&scene[70_000..]).await.unwrap();
        let (mut stored, _) = writer.finish().await.unwrap();
        assert!(stored.with_bytes(|bytes, _| bytes == scene).unwrap());
        drop((stored, other));
        assert_eq!(held(&small), (0, 0));
    }
}
