//! Buffers and bufferViews, decoded when first needed, each distinct content once.
//!
//! Drake's client writes the arrays of every object anew, so that five hundred equal mugs carry
//! five hundred equal copies of each array. Data with the same URI, byte for byte, is one *blob*
//! here, and all that is made of it is made once.

use std::collections::BTreeMap;
use std::fmt::Display;

use gltf::json::buffer::{Buffer, View};

use super::SceneError;
use super::budget::Budget;
use super::document::Document;
use super::error::{invalid, lookup};
use super::files::{self, Files};

/// Where bytes lie. Equal spans are equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Span {
    blob: usize,
    /// First byte and number of bytes; none means all.
    part: Option<(usize, usize)>,
}

/// A distinct content, and the first object that has it, for messages.
#[derive(Debug)]
struct Blob<'a> {
    owner: String,
    data: Data<'a>,
}

#[derive(Debug)]
enum Data<'a> {
    Uri(&'a [u8]),
    Decoded(Vec<u8>),
    Bin(&'a [u8]),
}

/// The buffers of a document.
#[derive(Debug)]
pub(super) struct Buffers<'a> {
    document: &'a Document<'a>,
    files: Option<&'a dyn Files>,
    /// The blobs by their URIs. The length comes first, as the cheapest to compare.
    by_uri: BTreeMap<(usize, &'a [u8]), usize>,
    of_buffer: Vec<Option<usize>>,
    blobs: Vec<Blob<'a>>,
}

impl<'a> Buffers<'a> {
    /// Nothing is decoded yet.
    pub fn new(document: &'a Document<'a>, files: Option<&'a dyn Files>) -> Self {
        Self {
            document,
            files,
            by_uri: BTreeMap::new(),
            of_buffer: vec![None; document.root.buffers.len()],
            blobs: Vec::new(),
        }
    }

    /// Looks up a bufferView.
    pub fn view(&self, view: usize) -> Result<&'a View, SceneError> {
        lookup(&self.document.root.buffer_views, view, "bufferView")
    }

    /// Where the bytes of a bufferView lie.
    pub fn span(&mut self, view: usize) -> Result<Span, SceneError> {
        let place = || format!("bufferView {view}");
        self.locate(view).map_err(|error| error.within(place()))
    }

    /// All the bytes of a URI of `owner`.
    pub fn uri_span(&mut self, uri: &'a str, owner: impl Display) -> Span {
        Span {
            blob: self.intern(self.document.uri(uri), owner),
            part: None,
        }
    }

    /// The bytes at a span, decoded now if they were not yet.
    pub fn bytes(&mut self, span: Span, budget: &mut Budget) -> Result<&[u8], SceneError> {
        let missing = || invalid("the bytes of a buffer are missing.");
        let blob = self.blobs.get_mut(span.blob).ok_or_else(missing)?;
        if let Data::Uri(uri) = blob.data {
            let decoded = files::bytes(uri, self.files, budget);
            let decoded = decoded.map_err(|e| e.within(&blob.owner))?;
            blob.data = Data::Decoded(decoded);
        }
        let bytes = match &blob.data {
            Data::Uri(bytes) | Data::Bin(bytes) => bytes,
            Data::Decoded(bytes) => bytes.as_slice(),
        };
        let Some((start, length)) = span.part else {
            return Ok(bytes);
        };
        let end = start.saturating_add(length);
        bytes.get(start..end).ok_or_else(|| {
            invalid(format!(
                "{}: byte {end} is needed, but its data has {} bytes.",
                blob.owner,
                bytes.len()
            ))
        })
    }

    fn locate(&mut self, view: usize) -> Result<Span, SceneError> {
        let view = self.view(view)?;
        let index = view.buffer.value();
        let buffer = lookup(&self.document.root.buffers, index, "buffer")?;
        let (length, size) = (view.byte_length.0, buffer.byte_length.0);
        let offset = view.byte_offset.map_or(0, |offset| offset.0);
        if offset.checked_add(length).is_none_or(|end| end > size) {
            return Err(invalid(format!(
                "byteOffset {offset} and byteLength {length} reach past the {size} bytes of buffer \
                 {index}."
            )));
        }
        let blob = match self.of_buffer.get(index).copied().flatten() {
            Some(blob) => blob,
            None => self.blob_of(index, buffer)?,
        };
        let fits = |number| usize::try_from(number).map_err(|_| invalid("is too large."));
        Ok(Span {
            blob,
            part: Some((fits(offset)?, fits(length)?)),
        })
    }

    fn blob_of(&mut self, index: usize, buffer: &'a Buffer) -> Result<usize, SceneError> {
        let blob = match (&buffer.uri, self.document.bin) {
            (Some(uri), _) => self.intern(self.document.uri(uri), format_args!("buffer {index}")),
            (None, Some(bin)) if index == 0 => {
                self.blobs.push(Blob {
                    owner: "buffer 0".into(),
                    data: Data::Bin(bin),
                });
                self.blobs.len() - 1
            }
            (None, _) => {
                return Err(invalid(format!(
                    "buffer {index} has neither a uri nor the BIN chunk of a GLB file."
                )));
            }
        };
        if let Some(known) = self.of_buffer.get_mut(index) {
            *known = Some(blob);
        }
        Ok(blob)
    }

    fn intern(&mut self, uri: &'a [u8], owner: impl Display) -> usize {
        *self.by_uri.entry((uri.len(), uri)).or_insert_with(|| {
            self.blobs.push(Blob {
                owner: owner.to_string(),
                data: Data::Uri(uri),
            });
            self.blobs.len() - 1
        })
    }
}
