//! Draco meshes: triangles and attributes from a Draco bitstream of version 2.2.

use draco_core::{
    AttributeValueIndex, DataType, DecodeLimits, DecoderBuffer, ErrorKind, MeshDecoder,
    PointAttribute,
};

use super::guard::guard;
use crate::scene::data::accessor::Component;
use crate::scene::error::{invalid, one_line, unsupported};
use crate::scene::{Limit, SceneError};

/// How much may come out of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Triangles.
    pub triangles: usize,
    /// Bytes of all attributes together.
    pub bytes: usize,
}

/// A decoded mesh.
#[derive(Debug)]
pub struct Mesh {
    /// Vertices; each attribute has an element for each.
    pub vertices: usize,
    /// Three for each triangle, each below `vertices`; four bytes each.
    pub indices: Vec<u8>,
    /// The attributes whose components glTF has a type for.
    pub attributes: Vec<Attribute>,
}

/// A decoded attribute.
#[derive(Debug)]
pub struct Attribute {
    /// By which the extension names it.
    pub id: u32,
    /// Of its components.
    pub component: Component,
    /// Components of an element.
    pub width: usize,
    /// The elements, tightly packed.
    pub bytes: Vec<u8>,
}

/// What the indices of a triangle take, bytes.
pub const TRIANGLE_BYTES: usize = 12;

impl Mesh {
    /// Refuses a mesh of other numbers of vertices and triangles.
    pub fn check_counts(&self, vertices: usize, triangles: usize) -> Result<(), SceneError> {
        let decoded = self.indices.len() / TRIANGLE_BYTES;
        if (self.vertices, decoded) != (vertices, triangles) {
            return Err(invalid(format!(
                "the Draco data has {} vertices and {decoded} triangles, but the accessors have \
                 {vertices} and {triangles}.",
                self.vertices
            )));
        }
        Ok(())
    }

    /// The index of the attribute with an id, which must have elements of a type.
    pub fn attribute(
        &self,
        id: u32,
        component: Component,
        width: usize,
    ) -> Result<usize, SceneError> {
        let index = self.attributes.iter().position(|a| a.id == id);
        let index = index.ok_or_else(|| {
            invalid(format!(
                "the Draco data has no attribute {id} of a type of glTF."
            ))
        })?;
        let found = &self.attributes[index];
        if (found.component, found.width) != (component, width) {
            return Err(invalid(format!(
                "attribute {id} of the Draco data has {} components of type {:?}, but the accessor \
                 has {width} of {component:?}.",
                found.width, found.component
            )));
        }
        Ok(index)
    }
}

/// Decodes a mesh.
pub fn decode(stream: &[u8], limits: Limits) -> Result<Mesh, SceneError> {
    check_header(stream)?;
    // The decoder is free of unsafe code and made for hostile input, but it is tens of thousands of
    // lines that index arrays: should one of them be wrong, the scene is refused and no more.
    guard("Draco", || decode_checked(stream, limits))
        .unwrap_or_else(|| Err(invalid("the Draco data makes no sense.")))
}

/// Refuses what is not a mesh of the version that the extension is written for.
fn check_header(stream: &[u8]) -> Result<(), SceneError> {
    let header = stream.strip_prefix(b"DRACO").and_then(<[u8]>::first_chunk);
    match header {
        Some([2, 2, 1]) => Ok(()),
        Some([major, minor, 1]) => Err(unsupported(format!(
            "the Draco data is of version {major}.{minor}; only 2.2 is read."
        ))),
        Some([_, _, 0]) => Err(unsupported("the Draco data is a point cloud, not a mesh.")),
        _ => Err(invalid(
            "the Draco data does not begin with a header of Draco.",
        )),
    }
}

fn decode_checked(stream: &[u8], limits: Limits) -> Result<Mesh, SceneError> {
    let ceilings = DecodeLimits::default()
        .with_max_faces(limits.triangles as u64)
        .with_max_decoded_bytes(limits.bytes as u64);
    let mut mesh = draco_core::Mesh::new();
    MeshDecoder::new()
        .decode(
            &mut DecoderBuffer::new(stream).with_limits(ceilings),
            &mut mesh,
        )
        .map_err(|error| match error.kind() {
            ErrorKind::LimitExceeded => SceneError::TooLarge(
                Limit::DecodedBytes,
                "the Draco data holds more than the accessors read or the scene may have.".into(),
            ),
            _ => invalid(format!(
                "the Draco data cannot be decoded ({}).",
                one_line(&error.to_string())
            )),
        })?;
    let vertices = mesh.num_points();
    let corners = mesh.faces().as_flattened();
    if corners.iter().any(|corner| corner.0 as usize >= vertices) {
        return Err(invalid("the Draco data has a triangle without vertices."));
    }
    let indices = corners
        .iter()
        .flat_map(|corner| corner.0.to_le_bytes())
        .collect();
    let mut left = limits.bytes;
    let mut attributes = Vec::new();
    for index in 0..mesh.num_attributes() {
        let attribute = mesh.attribute(index);
        if let Some(component) = component(attribute.data_type()) {
            let width = usize::from(attribute.num_components());
            let size = vertices.saturating_mul(width * component.size());
            left = left.checked_sub(size).ok_or_else(|| {
                let sentence = "the Draco data has too many attributes.".into();
                SceneError::TooLarge(Limit::DecodedBytes, sentence)
            })?;
            attributes.push(Attribute {
                id: attribute.unique_id(),
                component,
                width,
                bytes: elements(attribute, vertices, width * component.size())
                    .ok_or_else(|| invalid("the Draco data lacks elements of an attribute."))?,
            });
        }
    }
    Ok(Mesh {
        vertices,
        indices,
        attributes,
    })
}

fn component(kind: DataType) -> Option<Component> {
    match kind {
        DataType::Int8 => Some(Component::I8),
        DataType::Uint8 => Some(Component::U8),
        DataType::Int16 => Some(Component::I16),
        DataType::Uint16 => Some(Component::U16),
        DataType::Uint32 => Some(Component::U32),
        DataType::Float32 => Some(Component::F32),
        _ => None,
    }
}

/// The element of each vertex; equal ones are stored once.
fn elements(attribute: &PointAttribute, vertices: usize, size: usize) -> Option<Vec<u8>> {
    let values = attribute.buffer().data();
    let Some(mapping) = attribute.explicit_mapping() else {
        return values
            .get(..vertices.checked_mul(size)?)
            .map(<[u8]>::to_vec);
    };
    let mut elements = Vec::with_capacity(vertices * size);
    for AttributeValueIndex(value) in mapping.get(..vertices)? {
        let start = (*value as usize).checked_mul(size)?;
        elements.extend(values.get(start..start.checked_add(size)?)?);
    }
    Some(elements)
}
