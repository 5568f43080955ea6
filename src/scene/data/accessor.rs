//! Accessors: where their elements lie, checked against all bounds.

use std::hash::{Hash, Hasher};

use gltf::json::Root;
use gltf::json::accessor::sparse::Sparse;
use gltf::json::accessor::{ComponentType, Type};
use gltf::json::validation::Checked;

use super::buffers::{Buffers, Span};
use super::compressed::{DRACO, Derived, DracoPart};
use crate::scene::SceneError;
use crate::scene::error::{counted, invalid, lookup, unsupported};

/// What an accessor reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct Layout {
    /// The bufferView; all elements are zero if there is none.
    pub span: Option<Span>,
    /// Of the first element within the bufferView, bytes.
    pub offset: usize,
    /// From element to element, bytes.
    pub stride: usize,
    /// Elements.
    pub count: usize,
    /// Of a component.
    pub component: Component,
    /// Components of an element.
    pub width: usize,
    /// Whether integers stand for fractions of their largest value.
    pub normalized: bool,
    /// What it replaces, if it is sparse.
    pub sparse: Option<SparseLayout>,
}

/// What a sparse accessor replaces, and by what. Spans and components are missing where the file is
/// faulty, so that such an accessor cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) struct SparseLayout {
    count: u64,
    /// The indices: where the bufferView lies, the first byte in it, and their type.
    pub indices: Option<Span>,
    indices_offset: u64,
    component: Option<Component>,
    /// The values.
    pub values: Option<Span>,
    values_offset: u64,
}

impl SparseLayout {
    fn new(sparse: &Sparse, buffers: &mut Buffers) -> Self {
        let (indices, values) = (&sparse.indices, &sparse.values);
        let component = match indices.component_type {
            Checked::Valid(kind) => Some(Component::from(kind.0)),
            Checked::Invalid => None,
        };
        Self {
            count: sparse.count.0,
            indices: buffers.span(indices.buffer_view.value()).ok(),
            indices_offset: indices.byte_offset.0,
            component,
            values: buffers.span(values.buffer_view.value()).ok(),
            values_offset: values.byte_offset.0,
        }
    }
}

/// `componentType`, by its code in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) enum Component {
    /// 5120
    I8,
    /// 5121
    U8,
    /// 5122
    I16,
    /// 5123
    U16,
    /// 5125
    U32,
    /// 5126
    F32,
}

impl Component {
    /// Bytes of one.
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }
}

impl From<ComponentType> for Component {
    fn from(kind: ComponentType) -> Self {
        match kind {
            ComponentType::I8 => Self::I8,
            ComponentType::U8 => Self::U8,
            ComponentType::I16 => Self::I16,
            ComponentType::U16 => Self::U16,
            ComponentType::U32 => Self::U32,
            ComponentType::F32 => Self::F32,
        }
    }
}

/// A checked accessor. Two of them are equal if they read equal elements.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) struct Accessor<'a> {
    /// Its index in the file.
    pub index: usize,
    /// What it reads.
    pub layout: Layout,
    /// What it replaces.
    pub sparse: Option<&'a Sparse>,
}

impl<'a> Accessor<'a> {
    /// Looks up accessor `index` and checks that all its elements lie in its bufferView.
    pub fn resolve(
        root: &'a Root,
        buffers: &mut Buffers<'a>,
        index: usize,
    ) -> Result<Self, SceneError> {
        let json = lookup(&root.accessors, index, "accessor")?;
        Self::check(json, buffers, index).map_err(|e| e.within(format_args!("accessor {index}")))
    }

    /// The same for an accessor whose elements are a part of a compressed mesh, whatever its
    /// bufferView.
    pub fn resolve_compressed(
        root: &'a Root,
        buffers: &mut Buffers<'a>,
        index: usize,
        part: DracoPart,
    ) -> Result<Self, SceneError> {
        let json = lookup(&root.accessors, index, "accessor")?;
        let place = |error: SceneError| error.within(format_args!("accessor {index}"));
        if json.sparse.is_some() {
            return Err(place(unsupported("it is compressed and sparse.")));
        }
        let mut layout = Self::layout(json).map_err(place)?;
        if part.attribute.is_none() && matches!(layout.component, Component::U8 | Component::U16) {
            // Decoded indices are of one type, whatever that of the accessor.
            layout.component = Component::U32;
            layout.stride = layout.component.size();
        }
        let derived = Derived::Draco {
            part,
            component: layout.component,
            width: layout.width,
        };
        layout.span = Some(buffers.derived_span(derived, DRACO));
        Ok(Self {
            index,
            layout,
            sparse: None,
        })
    }

    /// What an accessor without a bufferView reads that is not sparse.
    fn layout(json: &gltf::json::Accessor) -> Result<Layout, SceneError> {
        let Checked::Valid(kind) = json.component_type else {
            return Err(invalid(
                "componentType is none of 5120, 5121, 5122, 5123, 5125 and 5126.",
            ));
        };
        let component = Component::from(kind.0);
        let width = match json.type_ {
            Checked::Valid(Type::Scalar) => 1,
            Checked::Valid(Type::Vec2) => 2,
            Checked::Valid(Type::Vec3) => 3,
            Checked::Valid(Type::Vec4) => 4,
            Checked::Valid(Type::Mat4) => 16,
            _ => {
                return Err(invalid(
                    "type is none of SCALAR, VEC2, VEC3, VEC4 and MAT4.",
                ));
            }
        };
        let size = component.size() * width;
        let count = u32::try_from(json.count.0)
            .map_err(|_| invalid(format!("count {} is too large.", json.count.0)))?;
        Ok(Layout {
            span: None,
            offset: 0,
            stride: size,
            count: count as usize,
            component,
            width,
            normalized: json.normalized,
            sparse: None,
        })
    }

    fn check(
        json: &'a gltf::json::Accessor,
        buffers: &mut Buffers<'a>,
        index: usize,
    ) -> Result<Self, SceneError> {
        let mut layout = Self::layout(json)?;
        let sparse = json.sparse.as_ref();
        layout.sparse = sparse.map(|sparse| SparseLayout::new(sparse, buffers));
        let (size, count) = (layout.stride, layout.count);
        if let Some(view) = json.buffer_view {
            let view_index = view.value();
            let view = buffers.view(view_index)?;
            let offset = json.byte_offset.map_or(0, |offset| offset.0);
            let stride = view.byte_stride.map_or(size, |stride| stride.0);
            if stride < size {
                return Err(invalid(format!(
                    "the byteStride {stride} of bufferView {view_index} is less than an element's \
                     {size} bytes."
                )));
            }
            layout.span = Some(buffers.span(view_index)?);
            layout.stride = stride;
            layout.offset =
                fit(offset, stride, count, size, view.byte_length.0).map_err(|end| {
                    invalid(format!(
                        "reads past the end of bufferView {view_index}: its {} from byte \
                         {offset} end at byte {end} of {}.",
                        counted(count, "element"),
                        view.byte_length.0
                    ))
                })?;
        }
        Ok(Self {
            index,
            layout,
            sparse,
        })
    }
}

impl PartialEq for Accessor<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.layout == other.layout
    }
}

impl Eq for Accessor<'_> {}

impl Hash for Accessor<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.layout.hash(state);
    }
}

/// The offset, if `count` elements of `size` bytes at `stride` from it on end within `length`
/// bytes; otherwise where they end.
pub(in crate::scene) fn fit(
    offset: u64,
    stride: usize,
    count: usize,
    size: usize,
    length: u64,
) -> Result<usize, u128> {
    let end = match count.checked_sub(1) {
        Some(steps) => u128::from(offset) + stride as u128 * steps as u128 + size as u128,
        None => u128::from(offset),
    };
    match usize::try_from(offset) {
        Ok(start) if end <= u128::from(length) => Ok(start),
        _ => Err(end),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::scene::testing::{refusal, triangle};

    /// The triangle with one thing changed.
    fn changed(pointer: &str, value: Value) -> String {
        let mut scene = triangle();
        let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(parent) = scene.pointer_mut(parent) {
            parent[key] = value;
        }
        refusal(&scene)
    }

    #[test]
    fn what_reaches_outside_is_refused() {
        let max = u64::MAX;
        for (pointer, value, message) in [
            (
                "/accessors/0/count",
                json!(4),
                "accessor 0: reads past the end of bufferView 0: its 4 elements from byte 0 end at \
                 byte 48 of 36.",
            ),
            (
                "/accessors/0/byteOffset",
                json!(1),
                "accessor 0: reads past the end of bufferView 0: its 3 elements from byte 1 end at \
                 byte 37 of 36.",
            ),
            (
                "/accessors/0/byteOffset",
                json!(max),
                "accessor 0: reads past the end of bufferView 0: its 3 elements from byte \
                 18446744073709551615 end at byte 18446744073709551651 of 36.",
            ),
            (
                "/bufferViews/0/byteStride",
                json!(13),
                "accessor 0: reads past the end of bufferView 0: its 3 elements from byte 0 end at \
                 byte 38 of 36.",
            ),
            (
                "/bufferViews/0/byteStride",
                json!(max),
                "accessor 0: reads past the end of bufferView 0: its 3 elements from byte 0 end at \
                 byte 36893488147419103242 of 36.",
            ),
            (
                "/bufferViews/0/byteStride",
                json!(8),
                "accessor 0: the byteStride 8 of bufferView 0 is less than an element's 12 bytes.",
            ),
            (
                "/bufferViews/0/byteOffset",
                json!(4),
                "accessor 0: bufferView 0: byteOffset 4 and byteLength 36 reach past the 36 bytes \
                 of buffer 0.",
            ),
            (
                "/bufferViews/0/byteOffset",
                json!(max),
                "accessor 0: bufferView 0: byteOffset 18446744073709551615 and byteLength 36 reach \
                 past the 36 bytes of buffer 0.",
            ),
            (
                "/bufferViews/0/buffer",
                json!(2),
                "accessor 0: bufferView 0: refers to buffer 2, but the file has 2 of them.",
            ),
            (
                "/accessors/0/bufferView",
                json!(5),
                "accessor 0: refers to bufferView 5, but the file has 2 of them.",
            ),
            (
                "/meshes/0/primitives/0/attributes/POSITION",
                json!(2),
                "refers to accessor 2, but the file has 2 of them.",
            ),
            (
                "/accessors/0/componentType",
                json!(5124),
                "accessor 0: componentType is none of 5120, 5121, 5122, 5123, 5125 and 5126.",
            ),
            (
                "/accessors/0/type",
                json!("MAT3"),
                "accessor 0: type is none of SCALAR, VEC2, VEC3, VEC4 and MAT4.",
            ),
        ] {
            assert_eq!(
                changed(pointer, value),
                format!("scene: mesh 0, primitive 0: POSITION: {message}")
            );
        }
    }

    #[test]
    fn a_buffer_must_hold_what_it_promises() {
        let mut scene = triangle();
        scene["buffers"][0]["uri"] = json!("data:;base64,AAAA");
        assert_eq!(
            refusal(&scene),
            "scene: mesh 0, primitive 0: accessor 0: buffer 0: byte 36 is needed, but its data has \
             3 bytes."
        );
        scene["buffers"][0]["uri"] = json!("triangle.bin");
        assert_eq!(
            refusal(&scene),
            "scene: mesh 0, primitive 0: accessor 0: buffer 0: the URI \"triangle.bin\" leads \
             outside the file; only data: URIs are read."
        );
    }
}
