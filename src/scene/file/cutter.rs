//! Finds the data URIs of a file while it arrives, and names their contents.
//!
//! It is the one place that knows where a data URI begins and ends; a file that is there as a whole
//! is fed at once.

use super::glb;
use super::uri_finder::UriFinder;
use crate::scene::Digest;
use crate::scene::digest::{Digester, Kind};

/// Where the data URIs of a file lie, and what they are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// In the order of the JSON text, at positions in it.
    pub(super) uris: Vec<Uri>,
    /// Those of long URIs, each with the number of its URI, in their order.
    pub(super) digests: Vec<(usize, Digest)>,
    /// That of the BIN chunk of a GLB file.
    pub(super) bin: Option<Digest>,
}

/// Where a data URI lies in the JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Uri {
    /// Its first byte.
    pub start: usize,
    /// The quote after it.
    pub end: usize,
}

impl Cuts {
    /// Those of a whole file, without digests, which may not be needed.
    pub(in crate::scene) fn of(file: &[u8]) -> Self {
        let mut cutter = Cutter::with(UriFinder::unbounded(), None);
        cutter.feed(file);
        cutter.finish().unwrap_or_default()
    }

    /// The memory that they take, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.uris.capacity() * size_of::<Uri>()
            + self.digests.capacity() * size_of::<(usize, Digest)>()
    }

    /// If they are of a file that begins with `start`, gives those that lie in `start` as a whole, as
    /// in any other file that begins with it. Of a GLB file that is none: its JSON text, which is at
    /// other positions, seldom has URIs.
    #[must_use]
    pub(crate) fn within(mut self, start: &[u8]) -> Self {
        if start.starts_with(glb::MAGIC) {
            return Self::default();
        }
        self.bin = None;
        let uris = self.uris.partition_point(|uri| uri.end < start.len());
        self.uris.truncate(uris);
        let digests = self.digests.partition_point(|entry| entry.0 < uris);
        self.digests.truncate(digests);
        self
    }

    /// The digest of a URI by its number; none if it is short.
    pub(super) fn digest(&self, uri: usize) -> Option<Digest> {
        let found = self.digests.binary_search_by_key(&uri, |entry| entry.0);
        self.digests.get(found.ok()?).map(|entry| entry.1)
    }
}

/// Takes a file, JSON or GLB, in pieces of any size.
#[derive(Debug)]
pub struct Cutter {
    part: Part,
    /// Headers of a GLB file, as far as they have come, or what may yet become some.
    head: Vec<u8>,
    uris: UriFinder,
    bin: Option<Digester>,
}

/// Where in the file the next byte is.
#[derive(Clone, Copy, Debug)]
enum Part {
    Start,
    /// The JSON text, of which so many bytes are left.
    Json(usize),
    /// The header of the chunk after it.
    BinHeader,
    /// The BIN chunk, of which so many bytes are left.
    Bin(usize),
    /// What nobody reads.
    Rest,
}

impl Default for Cutter {
    fn default() -> Self {
        Self::new()
    }
}

impl Cutter {
    /// Nothing has come.
    #[must_use]
    pub fn new() -> Self {
        Self::with(UriFinder::bounded(), Some(Digester::new(Kind::Bin)))
    }

    fn with(uris: UriFinder, bin: Option<Digester>) -> Self {
        Self {
            part: Part::Start,
            head: Vec::new(),
            uris,
            bin,
        }
    }

    /// As if `start` had come. `known`, which is not looked for again, was found in a file that begins
    /// with it: all of that, or the first few.
    #[must_use]
    pub(crate) fn after(start: &[u8], known: Cuts) -> Self {
        let mut cutter = Self::new();
        let uris = UriFinder::after(known.within(start));
        if uris.at() > 0 {
            cutter.part = Part::Json(usize::MAX);
        }
        let (_, unread) = start.split_at(uris.at());
        cutter.uris = uris;
        cutter.feed(unread);
        cutter
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match self.part {
                Part::Start => self.start(bytes),
                Part::Json(left) => {
                    let (json, rest) = bytes.split_at(left.min(bytes.len()));
                    self.uris.feed(json);
                    self.part = match left - json.len() {
                        0 => Part::BinHeader,
                        left => Part::Json(left),
                    };
                    rest
                }
                Part::BinHeader => {
                    let rest = self.fill_head(bytes, glb::CHUNK_HEADER);
                    if self.head.len() == glb::CHUNK_HEADER {
                        let length = glb::chunk_length(&self.head, glb::BIN);
                        self.part = length.map_or(Part::Rest, Part::Bin);
                    }
                    rest
                }
                Part::Bin(left) => {
                    let (bin, _) = bytes.split_at(left.min(bytes.len()));
                    if let Some(digester) = &mut self.bin {
                        digester.update(bin);
                    }
                    self.part = Part::Bin(left - bin.len());
                    return;
                }
                Part::Rest => return,
            };
        }
    }

    /// What was found; nothing if there are very many URIs for the size of the file, of which a list
    /// would take too much memory.
    #[must_use]
    pub fn finish(self) -> Option<Cuts> {
        let bin = match self.part {
            Part::Bin(0) => self.bin.map(|mut digester| digester.finish()),
            _ => None,
        };
        let cuts = self.uris.finish()?;
        Some(Cuts { bin, ..cuts })
    }

    /// Takes bytes until it is known which kind of file they begin, and gives what follows.
    fn start<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let magic = glb::MAGIC.len();
        if self.head.len() < magic {
            let rest = self.fill_head(bytes, magic);
            if !glb::MAGIC.starts_with(&self.head) {
                self.part = Part::Json(usize::MAX);
                self.uris.feed(&self.head);
            }
            return rest;
        }
        let header = glb::FILE_HEADER;
        let rest = self.fill_head(bytes, header + glb::CHUNK_HEADER);
        if self.head.len() == header + glb::CHUNK_HEADER {
            let (_, chunk) = self.head.split_at(header);
            let length = glb::chunk_length(chunk, glb::JSON);
            self.part = length.map_or(Part::Rest, Part::Json);
            self.head.clear();
        }
        rest
    }

    /// Fills the head up to so many bytes, and gives what is left.
    fn fill_head<'b>(&mut self, bytes: &'b [u8], length: usize) -> &'b [u8] {
        let missing = length.saturating_sub(self.head.len());
        let (head, rest) = bytes.split_at(missing.min(bytes.len()));
        self.head.extend_from_slice(head);
        rest
    }
}

#[cfg(test)]
#[path = "cutter_tests.rs"]
mod tests;
