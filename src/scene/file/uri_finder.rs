//! Finds the data URIs in JSON text that comes in pieces.
//!
//! A string that starts with `data:` is one, unless any of them in the text has an escape in it: then
//! none is, and all are left to the JSON parser. What only looks like the start of one, after an
//! escaped quote, is passed over.

use memchr::memchr2;
use memchr::memmem::Finder;

use super::cutter::{Cuts, Uri};
use crate::scene::digest::{Digester, Kind};

/// What a data URI begins with, and the quote before it.
const MARKER: &[u8] = b"\"data:";

/// Shorter URIs get their digests when they are needed, bytes: their texts are read soon, and the
/// digests would be large beside them.
const MIN_DIGESTED: usize = 1024;

/// So many URIs may be in any text.
const ALWAYS: usize = 4096;

/// And one more for so many bytes of it.
const BYTES_PER_URI: usize = 512;

/// Reads the text.
#[derive(Debug)]
pub(super) struct UriFinder {
    marker: Finder<'static>,
    state: State,
    /// How many bytes have come.
    at: usize,
    /// The last of them.
    last: u8,
    found: Cuts,
    /// Makes digests; without it there are none, and any number of URIs.
    digester: Option<Digester>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Outside of URIs. The last bytes may begin the marker.
    Between {
        /// How many of them.
        matched: usize,
        /// Whether its quote is escaped.
        escaped: bool,
    },
    /// In one that starts there.
    Inside {
        start: usize,
        /// Whether the digester has its text so far.
        digesting: bool,
    },
    /// There is an escape in one.
    Escaped,
    /// There are too many.
    Crowded,
}

const BETWEEN: State = State::Between {
    matched: 0,
    escaped: false,
};

impl UriFinder {
    /// For text of which little is known yet: finds digests too, and gives up where there are very
    /// many URIs.
    pub fn bounded() -> Self {
        Self {
            digester: Some(Digester::new(Kind::Uri)),
            ..Self::unbounded()
        }
    }

    /// The same in the midst of a text, after the last of the URIs in it that are `known`.
    pub fn after(known: Cuts) -> Self {
        let Some(last) = known.uris.last() else {
            return Self::bounded();
        };
        Self {
            at: last.end + 1,
            last: b'"',
            found: known,
            ..Self::bounded()
        }
    }

    /// How many bytes have come.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Finds all, without digests.
    pub fn unbounded() -> Self {
        Self {
            marker: Finder::new(MARKER),
            state: BETWEEN,
            at: 0,
            last: 0,
            found: Cuts::default(),
            digester: None,
        }
    }

    /// Takes the next piece.
    pub fn feed(&mut self, mut text: &[u8]) {
        while !text.is_empty() {
            text = match self.state {
                State::Between {
                    matched: 0,
                    escaped: _,
                } => self.seek(text),
                State::Between { matched, escaped } => self.go_on(text, matched, escaped),
                State::Inside { start, digesting } => self.follow(text, start, digesting),
                State::Escaped | State::Crowded => return,
            };
        }
    }

    /// What was found; nothing if it gave up.
    pub fn finish(mut self) -> Option<Cuts> {
        match self.state {
            State::Escaped => Some(Cuts::default()),
            State::Crowded => None,
            // One that is never closed is none; the parser will say so.
            State::Between { .. } | State::Inside { .. } => {
                self.found.uris.shrink_to_fit();
                self.found.digests.shrink_to_fit();
                Some(self.found)
            }
        }
    }

    /// Passes over so many bytes and gives the rest.
    fn advance<'t>(&mut self, text: &'t [u8], count: usize) -> &'t [u8] {
        let (passed, rest) = text.split_at(count);
        self.at += count;
        self.last = passed.last().copied().unwrap_or(self.last);
        rest
    }

    /// Looks for the marker.
    fn seek<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        let found = self.marker.find(text);
        let start = found.unwrap_or_else(|| {
            let is_begun = |matched: &usize| {
                let begun = MARKER.get(..*matched).unwrap_or_default();
                text.ends_with(begun)
            };
            let matched = (1..MARKER.len()).rev().find(is_begun).unwrap_or(0);
            text.len() - matched
        });
        let text = self.advance(text, start);
        let escaped = self.last == b'\\';
        if found.is_none() {
            let matched = text.len();
            self.state = State::Between { matched, escaped };
            return self.advance(text, matched);
        }
        // Past its quote.
        let text = self.advance(text, 1);
        if !escaped {
            self.state = State::Inside {
                start: self.at,
                digesting: false,
            };
        }
        text
    }

    /// Looks for what is missing of a marker that the last piece ended in.
    fn go_on<'t>(&mut self, text: &'t [u8], matched: usize, escaped: bool) -> &'t [u8] {
        let missing = MARKER.get(matched..).unwrap_or_default();
        let pairs = missing.iter().zip(text);
        let more = pairs.take_while(|(wanted, byte)| wanted == byte).count();
        let text = self.advance(text, more);
        let matched = matched + more;
        self.state = if matched == MARKER.len() && !escaped {
            let scheme = MARKER.get(1..).unwrap_or_default();
            if let Some(digester) = &mut self.digester {
                digester.update(scheme);
            }
            State::Inside {
                start: self.at - scheme.len(),
                digesting: true,
            }
        } else if text.is_empty() && matched < MARKER.len() {
            State::Between { matched, escaped }
        } else {
            // No other marker can begin in the midst of one.
            BETWEEN
        };
        text
    }

    /// Looks for the end of a URI.
    fn follow<'t>(&mut self, text: &'t [u8], start: usize, digesting: bool) -> &'t [u8] {
        let end = memchr2(b'"', b'\\', text);
        let (uri, after) = text.split_at(end.unwrap_or(text.len()));
        let rest = self.advance(text, uri.len());
        let end = self.at;
        if after.first() == Some(&b'\\') {
            self.state = State::Escaped;
            self.found = Cuts::default();
            return rest;
        }
        let is_closed = !after.is_empty();
        let is_long = end - start >= MIN_DIGESTED;
        // A short one goes through the digester only if it lies in two pieces.
        if let Some(digester) = &mut self.digester
            && (digesting || is_long || !is_closed)
        {
            digester.update(uri);
        }
        if !is_closed {
            let digesting = true;
            self.state = State::Inside { start, digesting };
            return rest;
        }
        if let Some(digester) = &mut self.digester {
            if is_long {
                let digest = digester.finish();
                self.found.digests.push((self.found.uris.len(), digest));
            } else if digesting {
                digester.reset();
            }
        }
        self.found.uris.push(Uri { start, end });
        self.state = BETWEEN;
        let room = ALWAYS + end / BYTES_PER_URI;
        if self.digester.is_some() && self.found.uris.len() > room {
            self.state = State::Crowded;
            self.found = Cuts::default();
        }
        self.advance(rest, 1)
    }
}
