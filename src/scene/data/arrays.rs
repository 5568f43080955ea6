//! The arrays that accessors read, each distinct one once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use gltf::json::Root;
use gltf::json::mesh::{Primitive, Semantic};

use super::accessor::{Accessor, Component, Layout};
use super::buffers::Buffers;
use super::compressed::{DracoPart, DracoPrimitive};
use super::elements::Elements;
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::mesh::attribute_rules::QUANTIZATION;

type Cache<T> = HashMap<Layout, Arc<[T]>>;

/// The arrays read so far. An array is shared by all that read the same bytes the same way.
#[derive(Debug)]
pub(in crate::scene) struct Arrays<'a> {
    root: &'a Root,
    /// Where the bytes are.
    pub buffers: Buffers<'a>,
    /// Whether the file uses `KHR_mesh_quantization`.
    pub quantized: bool,
    /// The accessors looked up so far.
    pub looked_up: BTreeSet<usize>,
    scalars: Cache<u32>,
    vec2: Cache<[f32; 2]>,
    vec3: Cache<[f32; 3]>,
    vec4: Cache<[f32; 4]>,
}

impl<'a> Arrays<'a> {
    /// Nothing is read yet.
    pub fn new(root: &'a Root, buffers: Buffers<'a>) -> Self {
        Self {
            root,
            buffers,
            quantized: root.extensions_used.iter().any(|name| name == QUANTIZATION),
            looked_up: BTreeSet::new(),
            scalars: HashMap::new(),
            vec2: HashMap::new(),
            vec3: HashMap::new(),
            vec4: HashMap::new(),
        }
    }

    /// Looks up and checks an accessor.
    pub fn accessor(&mut self, index: usize) -> Result<Accessor<'a>, SceneError> {
        self.looked_up.insert(index);
        Accessor::resolve(self.root, &mut self.buffers, index)
    }

    /// The bufferView of an accessor, if it has a byteStride.
    pub fn strided_view(&self, accessor: usize) -> Option<usize> {
        let view = self.root.accessors.get(accessor)?.buffer_view?.value();
        let stride = self.root.buffer_views.get(view)?.byte_stride;
        stride.is_some().then_some(view)
    }

    /// Looks up and checks an accessor that reads a part of a compressed mesh.
    pub fn compressed_accessor(
        &mut self,
        index: usize,
        part: DracoPart,
    ) -> Result<Accessor<'a>, SceneError> {
        self.looked_up.insert(index);
        Accessor::resolve_compressed(self.root, &mut self.buffers, index, part)
    }

    /// Looks up and checks the accessor at `index` that a primitive, compressed or not, has as an
    /// attribute.
    pub fn attribute(
        &mut self,
        index: usize,
        semantic: &Semantic,
        compression: Option<&DracoPrimitive>,
    ) -> Result<Accessor<'a>, SceneError> {
        match compression.and_then(|compression| compression.attribute(semantic)) {
            Some(part) => self.compressed_accessor(index, part),
            None => self.accessor(index),
        }
    }

    /// How a primitive is compressed, if it is.
    pub fn compression(
        &mut self,
        primitive: &Primitive,
    ) -> Result<Option<DracoPrimitive>, SceneError> {
        DracoPrimitive::resolve(primitive, self.root, &mut self.buffers)
    }

    /// Unsigned integers of any size.
    pub fn indices(
        &mut self,
        accessor: &Accessor,
        budget: &mut Budget,
    ) -> Result<Arc<[u32]>, SceneError> {
        let elements = Elements::new(accessor, &mut self.buffers, budget);
        cached(&mut self.scalars, elements, |mut elements| {
            match accessor.layout.component {
                Component::U8 => elements.read(|[[byte]]: [[u8; 1]; 1]| u32::from(byte)),
                Component::U16 => elements.read(|[bytes]| u32::from(u16::from_le_bytes(bytes))),
                _ => elements.read(|[bytes]| u32::from_le_bytes(bytes)),
            }
        })
    }

    /// Pairs of numbers.
    pub fn vec2(
        &mut self,
        accessor: &Accessor,
        budget: &mut Budget,
    ) -> Result<Arc<[[f32; 2]]>, SceneError> {
        let elements = Elements::new(accessor, &mut self.buffers, budget);
        cached(&mut self.vec2, elements, |mut elements| {
            elements.read_numbers(|numbers: [f32; 2]| numbers)
        })
    }

    /// Triples of numbers.
    pub fn vec3(
        &mut self,
        accessor: &Accessor,
        budget: &mut Budget,
    ) -> Result<Arc<[[f32; 3]]>, SceneError> {
        let elements = Elements::new(accessor, &mut self.buffers, budget);
        cached(&mut self.vec3, elements, |mut elements| {
            elements.read_numbers(|numbers: [f32; 3]| numbers)
        })
    }

    /// Quadruples of numbers; a 1 is put after triples.
    pub fn vec4(
        &mut self,
        accessor: &Accessor,
        budget: &mut Budget,
    ) -> Result<Arc<[[f32; 4]]>, SceneError> {
        let elements = Elements::new(accessor, &mut self.buffers, budget);
        cached(&mut self.vec4, elements, |mut elements| {
            if accessor.layout.width == 3 {
                elements.read_numbers(|[x, y, z]| [x, y, z, 1.0])
            } else {
                elements.read_numbers(|numbers: [f32; 4]| numbers)
            }
        })
    }

    /// Matrices, column by column. They are few, so they are not kept.
    pub fn mat4(
        &mut self,
        accessor: &Accessor,
        budget: &mut Budget,
    ) -> Result<Arc<[[f32; 16]]>, SceneError> {
        Elements::new(accessor, &mut self.buffers, budget)
            .read_numbers(|numbers: [f32; 16]| numbers)
    }
}

fn cached<'s, 'a, T>(
    cache: &mut Cache<T>,
    elements: Elements<'s, 'a>,
    read: impl FnOnce(Elements<'s, 'a>) -> Result<Arc<[T]>, SceneError>,
) -> Result<Arc<[T]>, SceneError> {
    let accessor = *elements.accessor;
    if let Some(known) = cache.get(&accessor.layout) {
        return Ok(known.clone());
    }
    let array =
        read(elements).map_err(|e| e.within(format_args!("accessor {}", accessor.index)))?;
    cache.insert(accessor.layout, array.clone());
    Ok(array)
}
