//! A scene while it arrives in memory: as long as it repeats a recent one it is only compared, and
//! from the first difference on it is hashed and searched.

use std::mem;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::recent::{Arrived, Recent};
use crate::protocol::SceneHash;
use crate::scene::{Cuts, Cutter, Digest};

/// The bytes so far, and what is known of them.
pub struct Arriving {
    recent: Arc<Recent>,
    /// Whether its data URIs are to be found.
    is_searched: bool,
    /// The name of its first block.
    first: Option<Digest>,
    /// All that has come; of what repeats another scene, the first block.
    bytes: Vec<u8>,
    /// How much of the memory of `bytes` another scene has used.
    used: usize,
    so_far: SoFar,
}

enum SoFar {
    /// Less than a block, which nobody has looked at.
    Little,
    /// The same as the first bytes of another scene, so many of them.
    Repeated(Arc<Arrived>, usize),
    /// Something else.
    New(Box<Reading>),
}

impl Arriving {
    /// Nothing has come. Memory for the `expected` bytes is reserved but not touched.
    pub fn new(recent: &Arc<Recent>, expected: usize, is_searched: bool) -> Self {
        // The next scene may be a few bytes longer and take this one's memory over.
        let reserved = if expected > recent.block() {
            expected.next_multiple_of(recent.block())
        } else {
            expected
        };
        Self {
            recent: Arc::clone(recent),
            is_searched,
            first: None,
            bytes: Vec::with_capacity(reserved),
            used: 0,
            so_far: SoFar::Little,
        }
    }

    /// How many bytes have come.
    pub fn length(&self) -> usize {
        match &self.so_far {
            SoFar::Repeated(_, length) => *length,
            SoFar::Little | SoFar::New(_) => self.bytes.len(),
        }
    }

    /// How many bytes of memory are in use, those of another scene included, once `more` have come.
    pub fn memory_with(&self, more: usize) -> usize {
        let others = match &self.so_far {
            SoFar::Repeated(scene, _) => scene.bytes.len(),
            SoFar::Little | SoFar::New(_) => self.used,
        };
        others.max(self.length() + more)
    }

    /// Takes the next bytes.
    pub fn take(&mut self, mut chunk: &[u8]) {
        while !chunk.is_empty() {
            chunk = match &mut self.so_far {
                SoFar::Little => self.begin(chunk),
                SoFar::Repeated(scene, length) => {
                    let expected = scene.bytes.get(*length..).unwrap_or_default();
                    let same = same_blocks(chunk, expected, self.recent.block());
                    *length += same;
                    let (_, others) = chunk.split_at(same);
                    if !others.is_empty() {
                        self.part();
                    }
                    others
                }
                SoFar::New(reading) => {
                    reading.read(chunk);
                    self.bytes.extend_from_slice(chunk);
                    return;
                }
            };
        }
    }

    /// Takes what is missing of the first block, and looks for a scene that begins with it. Gives what
    /// follows.
    fn begin<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        let block = self.recent.block();
        let missing = block - self.bytes.len();
        let (chunk, rest) = chunk.split_at(missing.min(chunk.len()));
        self.bytes.extend_from_slice(chunk);
        if self.bytes.len() < block {
            return rest;
        }
        self.first = self.recent.name(&self.bytes);
        let found = self.first.and_then(|first| self.recent.find(&first));
        match found.filter(|scene| scene.bytes.starts_with(&self.bytes)) {
            Some(scene) => self.so_far = SoFar::Repeated(scene, block),
            None => self.part(),
        }
        rest
    }

    /// Compares with no other scene from here on.
    fn part(&mut self) {
        let reading = self.take_reading();
        self.so_far = SoFar::New(reading);
    }

    /// Has all that came hashed and searched.
    fn take_reading(&mut self) -> Box<Reading> {
        match mem::replace(&mut self.so_far, SoFar::Little) {
            SoFar::Little => self.read_after(Vec::new(), Cuts::default()),
            SoFar::Repeated(scene, length) => self.take_over(scene, length),
            SoFar::New(reading) => reading,
        }
    }

    /// Takes over the first bytes of another scene, and what is known of them.
    fn take_over(&mut self, scene: Arc<Arrived>, length: usize) -> Box<Reading> {
        // Its memory too, if that fits: it is this scene that the next one is compared with.
        let expected = self.bytes.capacity();
        let capacity = scene.bytes.capacity();
        let fits = expected <= capacity && capacity / 2 <= expected;
        let given = if fits {
            self.recent.give(scene)
        } else {
            Err(scene)
        };
        match given {
            Ok(own) => {
                self.used = own.bytes.len();
                self.bytes = own.bytes;
                self.bytes.truncate(length);
                self.read_after(own.hashed, own.found)
            }
            Err(scene) => {
                let missing = scene.bytes.get(self.bytes.len()..length);
                self.bytes.extend_from_slice(missing.unwrap_or_default());
                self.read_after(scene.hashed.clone(), scene.found.clone())
            }
        }
    }

    /// Reads what came, of which another scene has told something.
    fn read_after(&self, hashed: Vec<Sha256>, found: Cuts) -> Box<Reading> {
        Box::new(Reading {
            hash: BlockHash::after(&self.bytes, hashed, self.recent.block()),
            search: if self.is_searched {
                Search::On(Box::new(Cutter::after(&self.bytes, found)))
            } else {
                Search::Off(found.within(&self.bytes))
            },
        })
    }

    /// The bytes, which may be taken away: they are compared with no other scene from here on.
    pub fn own_bytes(&mut self) -> &mut Vec<u8> {
        self.part();
        &mut self.bytes
    }

    /// The scene, which is kept for the next ones. What was found in it is not, unless it `has_room`.
    pub fn finish(mut self, has_room: impl FnOnce(&Cuts) -> bool) -> Arc<Arrived> {
        if let SoFar::Repeated(scene, length) = &self.so_far
            && *length == scene.bytes.len()
            && (scene.is_searched || !self.is_searched)
        {
            return Arc::clone(scene);
        }
        let Reading { hash, search } = *self.take_reading();
        // What another scene has used beyond it.
        let block = self.recent.block();
        self.bytes
            .shrink_to(self.bytes.len().next_multiple_of(block));
        let (found, is_searched) = match search {
            Search::On(cutter) => match cutter.finish().filter(has_room) {
                Some(found) => (found, true),
                None => (Cuts::default(), false),
            },
            Search::Off(found) => (found, false),
        };
        let scene = Arc::new(Arrived {
            bytes: self.bytes,
            sha256: hash.sha256(),
            hashed: hash.before_blocks,
            found,
            is_searched,
            first: self.first,
        });
        self.recent.keep(&scene);
        scene
    }

    /// The SHA-256 of a scene whose bytes were taken away, and what was found in it.
    pub fn finish_elsewhere(mut self) -> (SceneHash, Option<Cuts>) {
        let Reading { hash, search } = *self.take_reading();
        let found = match search {
            Search::On(cutter) => cutter.finish(),
            Search::Off(_) => None,
        };
        (hash.sha256(), found)
    }
}

/// How many bytes of the blocks with which a chunk begins are as expected.
fn same_blocks(chunk: &[u8], expected: &[u8], block: usize) -> usize {
    let pairs = chunk.chunks(block).zip(expected.chunks(block));
    pairs
        .take_while(|(came, expected)| expected.starts_with(came))
        .map(|(came, _)| came.len())
        .sum()
}

/// What is made of the bytes of a scene on its way.
struct Reading {
    hash: BlockHash,
    search: Search,
}

enum Search {
    On(Box<Cutter>),
    /// It is not needed; what another scene had in the same bytes.
    Off(Cuts),
}

impl Reading {
    fn read(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        if let Search::On(cutter) = &mut self.search {
            cutter.feed(bytes);
        }
    }
}

/// SHA-256, also of the bytes before each block.
struct BlockHash {
    block: usize,
    hash: Sha256,
    length: usize,
    before_blocks: Vec<Sha256>,
}

impl BlockHash {
    /// Has read `start`. `before_blocks` are of a scene that begins with it, or none.
    fn after(start: &[u8], mut before_blocks: Vec<Sha256>, block: usize) -> Self {
        before_blocks.truncate(start.len() / block + 1);
        let last = before_blocks.pop();
        let length = before_blocks.len() * block;
        let mut hash = Self {
            block,
            hash: last.unwrap_or_default(),
            length,
            before_blocks,
        };
        hash.update(start.get(length..).unwrap_or_default());
        hash
    }

    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let in_block = self.length % self.block;
            if in_block == 0 {
                self.before_blocks.push(self.hash.clone());
            }
            let room = self.block - in_block;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.hash.update(now);
            self.length += now.len();
            bytes = later;
        }
    }

    fn sha256(&self) -> SceneHash {
        SceneHash(self.hash.clone().finalize().into())
    }
}

#[cfg(test)]
#[path = "arriving_tests.rs"]
mod tests;
