//! Buffers and bufferViews, decoded when first needed, each distinct content once.
//!
//! Drake's client writes the arrays of every object anew, so that five hundred equal mugs carry
//! five hundred equal copies of each array. Data with the same URI, byte for byte, is one *blob*
//! here, and all that is made of it is made once. What is decoded from compressed bytes is a blob
//! too: wherever a bufferView or an accessor is compressed, its span is one of the decoded bytes.
//!
//! A blob is known by its digest, in this request and in others, and without being decoded.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use gltf::json::buffer::{Buffer, View};

use super::accessor::Layout;
use super::charges::Charges;
use super::codec::draco;
use super::compressed::{Derived, DracoMesh, Range, meshopt};
use super::files::Files;
use super::{data_uri, files};
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::digest::{Digest, Kind};
use crate::scene::error::{invalid, lookup};
use crate::scene::file::document::Document;
use crate::scene::file::strip::UriText;

/// Where bytes lie. Equal spans are equal bytes, also those of different files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct Span {
    blob: Digest,
    /// First byte and number of bytes; none means all.
    part: Option<(usize, usize)>,
}

/// A distinct content, and the first object that has it, for messages.
#[derive(Debug)]
struct Blob<'a> {
    owner: String,
    /// How it is decoded from others, if it is.
    derived: Option<Derived>,
    data: Data<'a>,
}

#[derive(Debug)]
enum Data<'a> {
    Uri(&'a [u8]),
    Decoded(Vec<u8>),
    Bin(&'a [u8]),
    /// Not decoded yet.
    Derived(Derived),
    /// The indices of a mesh, or its attribute at an index.
    Mesh(Arc<draco::Mesh>, Option<usize>),
}

/// Bytes that the attributes of a vertex of a compressed mesh may have; glTF's own have some 200.
const VERTEX_BYTES: usize = 1024;

/// The buffers of a document.
#[derive(Debug)]
pub(in crate::scene) struct Buffers<'a> {
    document: &'a Document<'a>,
    files: Option<&'a dyn Files>,
    /// No two in this process have the same.
    load: u64,
    of_buffer: Vec<Option<Digest>>,
    /// The digests of URIs that had to be found here, by where they lie in memory, and their length.
    of_uri: HashMap<(usize, usize), Digest>,
    /// Where the bufferViews lie that were looked up.
    spans: HashMap<usize, Span>,
    meshes: HashMap<Digest, Arc<draco::Mesh>>,
    /// What they took of the limits.
    pub charges: Charges,
    blobs: HashMap<Digest, Blob<'a>>,
}

impl<'a> Buffers<'a> {
    /// Nothing is decoded yet.
    pub fn new(document: &'a Document<'a>, files: Option<&'a dyn Files>) -> Self {
        static LOADS: AtomicU64 = AtomicU64::new(0);
        Self {
            document,
            files,
            load: LOADS.fetch_add(1, Relaxed),
            of_buffer: vec![None; document.root.buffers.len()],
            of_uri: HashMap::new(),
            spans: HashMap::new(),
            meshes: HashMap::new(),
            charges: Charges::default(),
            blobs: HashMap::new(),
        }
    }

    /// Looks up a bufferView.
    pub fn view(&self, view: usize) -> Result<&'a View, SceneError> {
        lookup(&self.document.root.buffer_views, view, "bufferView")
    }

    /// Where the bytes of a bufferView lie.
    pub fn span(&mut self, view: usize) -> Result<Span, SceneError> {
        if let Some(known) = self.spans.get(&view) {
            return Ok(*known);
        }
        // That there is none is a fault of the object that refers to it.
        self.view(view)?;
        let place = || format!("bufferView {view}");
        let span = self.locate(view).map_err(|error| error.within(place()))?;
        self.spans.insert(view, span);
        Ok(span)
    }

    /// All the bytes of a URI of `owner`.
    pub fn uri_span(&mut self, uri: &'a str, owner: impl Display) -> Span {
        Span {
            blob: self.uri_blob(self.document.uri(uri), owner),
            part: None,
        }
    }

    /// All the bytes that are decoded from others, for `owner`.
    pub fn derived_span(&mut self, derived: Derived, owner: impl Display) -> Span {
        let blob = Digest::of_recipe(Kind::Derived, &derived);
        self.intern(blob, owner, Some(derived), Data::Derived(derived));
        Span { blob, part: None }
    }

    /// The bytes at a span, decoded now if they were not yet.
    pub fn bytes(&mut self, span: Span, budget: &mut Budget) -> Result<&[u8], SceneError> {
        self.note(span.blob);
        if let Some(decoded) = self.decoded(span.blob, budget)?
            && let Some(blob) = self.blobs.get_mut(&span.blob)
        {
            blob.data = decoded;
        }
        let missing = || invalid("the bytes of a buffer are missing.");
        let blob = self.blobs.get(&span.blob).ok_or_else(missing)?;
        let bytes = match &blob.data {
            Data::Uri(bytes) | Data::Bin(bytes) => bytes,
            Data::Decoded(bytes) => bytes.as_slice(),
            Data::Mesh(mesh, None) => &mesh.indices,
            Data::Mesh(mesh, Some(attribute)) => &mesh.attributes[*attribute].bytes,
            Data::Derived(_) => return Err(missing()),
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

    /// Notes that all is read which reading such a layout reads, also if it was read before.
    pub fn note_all(&mut self, layout: &Layout) {
        let dense = layout.span.filter(|_| layout.count > 0);
        let sparse = layout.sparse.map(|sparse| [sparse.indices, sparse.values]);
        let sparse = sparse.into_iter().flatten().flatten();
        for span in dense.into_iter().chain(sparse) {
            self.note(span.blob);
        }
    }

    /// Notes that a blob is read, and with it those from which it is decoded.
    fn note(&mut self, blob: Digest) {
        self.charges.note(blob);
        match self.blobs.get(&blob).and_then(|blob| blob.derived) {
            Some(Derived::Meshopt { from, .. }) => self.note(from.blob),
            Some(Derived::Draco { part, .. }) => {
                self.charges.note(part.mesh.content());
                self.note(part.mesh.from.blob);
            }
            None => (),
        }
    }

    /// What a blob becomes, if it is not decoded yet.
    fn decoded(
        &mut self,
        blob: Digest,
        budget: &mut Budget,
    ) -> Result<Option<Data<'a>>, SceneError> {
        let Some(Blob {
            data: Data::Uri(_) | Data::Derived(_),
            ..
        }) = self.blobs.get(&blob)
        else {
            return Ok(None);
        };
        let begun = self.charges.begin_blob(&blob, budget);
        let decoded = match self.blobs.get(&blob).map(|blob| &blob.data) {
            Some(Data::Uri(uri)) => files::bytes(uri, self.files, budget).map(Data::Decoded),
            Some(Data::Derived(derived)) => self.derive(*derived, budget),
            _ => return Ok(None),
        };
        let decoded = decoded.map_err(|error| error.within(&self.blobs[&blob].owner))?;
        self.charges.end_blob(blob, begun, budget);
        Ok(Some(decoded))
    }

    fn derive(&mut self, derived: Derived, budget: &mut Budget) -> Result<Data<'a>, SceneError> {
        match derived {
            Derived::Meshopt { from, coding } => {
                budget.decoded_bytes(coding.decoded_size().unwrap_or(usize::MAX))?;
                let stream = self.bytes(from, budget)?;
                budget.encoded_bytes(stream.len())?;
                coding.decode(stream).map(Data::Decoded)
            }
            Derived::Draco {
                part,
                component,
                width,
            } => {
                let mesh = self.mesh(part.mesh, budget)?;
                let attribute = match part.attribute {
                    None => None,
                    Some(id) => Some(mesh.attribute(id, component, width)?),
                };
                Ok(Data::Mesh(mesh, attribute))
            }
        }
    }

    /// Decodes a mesh, or finds it.
    fn mesh(
        &mut self,
        mesh: DracoMesh,
        budget: &mut Budget,
    ) -> Result<Arc<draco::Mesh>, SceneError> {
        let content = mesh.content();
        if let Some(known) = self.meshes.get(&content) {
            return Ok(known.clone());
        }
        let begun = self.charges.begin_blob(&content, budget);
        let stream = self.bytes(mesh.from, budget)?;
        budget.encoded_bytes(stream.len())?;
        budget.decoded_bytes(mesh.triangles.saturating_mul(draco::TRIANGLE_BYTES))?;
        let most = mesh.vertices.saturating_mul(VERTEX_BYTES);
        let limits = draco::Limits {
            triangles: mesh.triangles,
            bytes: most.min(budget.bytes_left()),
        };
        let decoded = draco::decode(stream, limits)?;
        budget.decoded_bytes(decoded.attributes.iter().map(|a| a.bytes.len()).sum())?;
        decoded.check_counts(mesh.vertices, mesh.triangles)?;
        let decoded = Arc::new(decoded);
        self.charges.end_blob(content, begun, budget);
        self.meshes.insert(content, decoded.clone());
        Ok(decoded)
    }

    /// The buffers looked at whose data is known to be shorter than they say: the index, and both
    /// numbers of bytes.
    pub fn cut_short(&self) -> impl Iterator<Item = (usize, u64, usize)> {
        let buffers = self.document.root.buffers.iter().enumerate();
        let compared = buffers
            .zip(&self.of_buffer)
            .filter_map(|((index, json), blob)| {
                let length = match self.blobs.get(blob.as_ref()?)?.data {
                    Data::Uri(uri) => data_uri::decoded_length(uri)?,
                    Data::Decoded(ref bytes) => bytes.len(),
                    Data::Bin(bytes) => bytes.len(),
                    Data::Derived(_) | Data::Mesh(..) => return None,
                };
                Some((index, json.byte_length.0, length))
            });
        compared.filter(|(_, said, length)| usize::try_from(*said).is_ok_and(|said| said > *length))
    }

    fn locate(&mut self, index: usize) -> Result<Span, SceneError> {
        let view = self.view(index)?;
        if let Some((range, coding)) = meshopt(view)? {
            let from = self.locate_range(range)?;
            let derived = Derived::Meshopt { from, coding };
            return Ok(self.derived_span(derived, format_args!("bufferView {index}")));
        }
        self.locate_range(Range {
            buffer: view.buffer.value(),
            offset: view.byte_offset.map_or(0, |offset| offset.0),
            length: view.byte_length.0,
        })
    }

    fn locate_range(&mut self, range: Range) -> Result<Span, SceneError> {
        let Range {
            buffer: index,
            offset,
            length,
        } = range;
        let buffer = lookup(&self.document.root.buffers, index, "buffer")?;
        let size = buffer.byte_length.0;
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

    fn blob_of(&mut self, index: usize, buffer: &'a Buffer) -> Result<Digest, SceneError> {
        let blob = match (&buffer.uri, self.document.bin) {
            (Some(uri), _) => self.uri_blob(self.document.uri(uri), format_args!("buffer {index}")),
            (None, Some(bin)) if index == 0 => {
                let known = self.document.bin_digest();
                let blob = known.unwrap_or_else(|| Digest::of_slice(Kind::Bin, bin));
                self.intern(blob, "buffer 0", None, Data::Bin(bin));
                blob
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

    fn uri_blob(&mut self, uri: UriText<'a>, owner: impl Display) -> Digest {
        let UriText { text: uri, digest } = uri;
        let is_file = self.files.is_some() && !data_uri::is_one(uri);
        let find = || {
            if is_file {
                // A name is not its content, which may be another the next time.
                Digest::of_recipe(Kind::File, &(self.load, uri))
            } else {
                Digest::of_slice(Kind::Uri, uri)
            }
        };
        let place = (uri.as_ptr().addr(), uri.len());
        let found = || *self.of_uri.entry(place).or_insert_with(find);
        let blob = digest.unwrap_or_else(found);
        self.intern(blob, owner, None, Data::Uri(uri));
        blob
    }

    /// Adds a blob, if it is not known.
    fn intern(
        &mut self,
        blob: Digest,
        owner: impl Display,
        derived: Option<Derived>,
        data: Data<'a>,
    ) {
        self.blobs.entry(blob).or_insert_with(|| Blob {
            owner: owner.to_string(),
            derived,
            data,
        });
    }
}
