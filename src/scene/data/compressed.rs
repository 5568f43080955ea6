//! Where the file says that geometry is compressed: bufferViews by `EXT_meshopt_compression` and
//! `KHR_meshopt_compression`, primitives by `KHR_draco_mesh_compression`.

use std::collections::BTreeMap;

use gltf::json::buffer::View;
use gltf::json::mesh::{Mode, Primitive, Semantic};
use gltf::json::validation::Checked;
use gltf::json::{Index, Root};
use serde::Deserialize;

use super::accessor::Component;
use super::buffers::{Buffers, Span};
use super::codec::meshopt;
use crate::scene::SceneError;
use crate::scene::digest::{Digest, Kind};
use crate::scene::error::{invalid, lookup, unsupported};
use crate::scene::file::extensions::extension;

/// Compressed bufferViews.
pub(in crate::scene) const EXT_MESHOPT: &str = "EXT_meshopt_compression";
/// The same, with a version and a filter more.
pub(in crate::scene) const KHR_MESHOPT: &str = "KHR_meshopt_compression";
/// Compressed primitives.
pub(in crate::scene) const DRACO: &str = "KHR_draco_mesh_compression";

/// What is decoded, and from where. Equal ones are equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) enum Derived {
    /// The elements of a bufferView.
    Meshopt {
        /// The compressed bytes.
        from: Span,
        /// How.
        coding: meshopt::Coding,
    },
    /// The elements of an accessor.
    Draco {
        /// The compressed mesh, and which of its parts.
        part: DracoPart,
        /// What its components must be.
        component: Component,
        /// How many an element must have.
        width: usize,
    },
}

/// The part of a compressed mesh that an accessor reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct DracoPart {
    /// The mesh.
    pub mesh: DracoMesh,
    /// Its unique id; none are the indices.
    pub attribute: Option<u32>,
}

/// A compressed mesh, and what the accessors that read it say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct DracoMesh {
    /// The compressed bytes.
    pub from: Span,
    /// Elements of the POSITION accessor.
    pub vertices: usize,
    /// A third of the elements of the indices' accessor.
    pub triangles: usize,
}

impl DracoMesh {
    /// The name of what is decoded.
    pub fn content(&self) -> Digest {
        Digest::of_recipe(Kind::Mesh, self)
    }
}

/// Which accessors of a primitive are compressed.
#[derive(Debug)]
pub(in crate::scene) struct DracoPrimitive {
    mesh: DracoMesh,
    attributes: BTreeMap<String, u32>,
}

impl DracoPrimitive {
    /// Reads the extension of a primitive, if it has it.
    pub fn resolve(
        primitive: &Primitive,
        root: &Root,
        buffers: &mut Buffers,
    ) -> Result<Option<Self>, SceneError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Json {
            buffer_view: usize,
            attributes: BTreeMap<String, u32>,
        }
        let json = primitive.extensions.as_ref().map(|all| &all.others);
        let Some(json) = extension::<Json>(json, DRACO)? else {
            return Ok(None);
        };
        let place = |error: SceneError| error.within(DRACO);
        if primitive.mode != Checked::Valid(Mode::Triangles) {
            return Err(place(unsupported(
                "only triangles are decoded (mode 4), neither strips nor points.",
            )));
        }
        let count = |accessor: Option<&Index<_>>| {
            let accessor = accessor.ok_or_else(|| invalid("indices or POSITION is missing."))?;
            let accessor = lookup(&root.accessors, accessor.value(), "accessor")?;
            usize::try_from(accessor.count.0).map_err(|_| invalid("an accessor is too large."))
        };
        let positions = &Checked::Valid(Semantic::Positions);
        let mesh = DracoMesh {
            from: buffers.span(json.buffer_view).map_err(place)?,
            vertices: count(primitive.attributes.get(positions)).map_err(place)?,
            triangles: count(primitive.indices.as_ref()).map_err(place)? / 3,
        };
        Ok(Some(Self {
            mesh,
            attributes: json.attributes,
        }))
    }

    /// The indices.
    pub fn indices(&self) -> DracoPart {
        DracoPart {
            mesh: self.mesh,
            attribute: None,
        }
    }

    /// An attribute, if it is compressed.
    pub fn attribute(&self, semantic: &Semantic) -> Option<DracoPart> {
        let id = self.attributes.get(&semantic.to_string())?;
        Some(DracoPart {
            mesh: self.mesh,
            attribute: Some(*id),
        })
    }
}

/// A part of a buffer.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) struct Range {
    /// Index of the buffer.
    pub buffer: usize,
    /// The first byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// Where the compressed bytes of a bufferView are, and how they are to be decoded; none if it is
/// not compressed.
pub(in crate::scene) fn meshopt(
    view: &View,
) -> Result<Option<(Range, meshopt::Coding)>, SceneError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Json {
        buffer: usize,
        #[serde(default)]
        byte_offset: u64,
        byte_length: u64,
        byte_stride: usize,
        count: usize,
        mode: meshopt::Mode,
        #[serde(default)]
        filter: meshopt::Filter,
    }
    let others = view.extensions.as_ref().map(|all| &all.others);
    for name in [KHR_MESHOPT, EXT_MESHOPT] {
        let Some(json) = extension::<Json>(others, name)? else {
            continue;
        };
        let range = Range {
            buffer: json.buffer,
            offset: json.byte_offset,
            length: json.byte_length,
        };
        let coding = meshopt::Coding::new(json.mode, json.filter, json.byte_stride, json.count)
            .map_err(|error| error.within(name))?;
        let size = coding.decoded_size().map(|size| size as u64);
        if size != Some(view.byte_length.0) {
            return Err(invalid(format!(
                "{name}: its count {} times its byteStride {} is not the bufferView's {} bytes.",
                json.count, json.byte_stride, view.byte_length.0
            )));
        }
        return Ok(Some((range, coding)));
    }
    Ok(None)
}
