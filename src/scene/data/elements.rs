//! Reads the elements of an accessor: any component size and stride, dense or sparse.

use std::sync::Arc;

use gltf::json::accessor::sparse::Sparse;
use gltf::json::validation::Checked;

use super::accessor::{Accessor, Component, Layout, fit};
use super::buffers::Buffers;
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::error::{counted, invalid};

/// The elements of one accessor.
pub(in crate::scene) struct Elements<'s, 'a> {
    /// What they are.
    pub accessor: &'s Accessor<'s>,
    buffers: &'s mut Buffers<'a>,
    budget: &'s mut Budget,
}

impl<'s, 'a> Elements<'s, 'a> {
    /// Nothing is read yet.
    pub fn new(
        accessor: &'s Accessor<'s>,
        buffers: &'s mut Buffers<'a>,
        budget: &'s mut Budget,
    ) -> Self {
        buffers.note_all(&accessor.layout);
        Self {
            accessor,
            buffers,
            budget,
        }
    }

    /// Reads elements of `N` finite floats, or of integers, which stand for fractions of their
    /// largest value if the accessor is normalized (glTF 3.6.2.2).
    pub fn read_numbers<const N: usize, const M: usize>(
        &mut self,
        convert: impl Fn([f32; N]) -> [f32; M],
    ) -> Result<Arc<[[f32; M]]>, SceneError> {
        let Layout {
            component,
            normalized,
            ..
        } = self.accessor.layout;
        let largest = |integer: f32| if normalized { integer } else { 1.0 };
        // The least signed integer stands for -1 as the next one does.
        let signed = |x: f32, integer: f32| {
            let x = x / largest(integer);
            if normalized { x.max(-1.0) } else { x }
        };
        let array = match component {
            Component::I8 => self.read(|element: [[u8; 1]; N]| {
                convert(element.map(|bytes| signed(i8::from_le_bytes(bytes).into(), 127.0)))
            })?,
            Component::U8 => self.read(|element: [[u8; 1]; N]| {
                convert(element.map(|bytes| f32::from(bytes[0]) / largest(255.0)))
            })?,
            Component::I16 => self.read(|element: [[u8; 2]; N]| {
                convert(element.map(|bytes| signed(i16::from_le_bytes(bytes).into(), 32767.0)))
            })?,
            Component::U16 => self.read(|element: [[u8; 2]; N]| {
                convert(element.map(|b| f32::from(u16::from_le_bytes(b)) / largest(65535.0)))
            })?,
            #[expect(clippy::cast_precision_loss, reason = "no float is nearer")]
            Component::U32 => self.read(|element: [[u8; 4]; N]| {
                convert(element.map(|b| u32::from_le_bytes(b) as f32 / largest(u32::MAX as f32)))
            })?,
            Component::F32 => self.read(|element| convert(element.map(f32::from_le_bytes)))?,
        };
        // The whole array at once, because that is vectorised; the culprit only when there is one.
        let finite = |numbers: &[f32]| numbers.iter().all(|number| number.is_finite());
        if !finite(array.as_flattened())
            && let Some(element) = array.iter().position(|element| !finite(element))
        {
            return Err(invalid(format!("element {element} is not finite.")));
        }
        Ok(array)
    }

    /// Reads elements of `N` components of `SIZE` bytes, which the accessor's must be.
    pub fn read<T: Clone, const SIZE: usize, const N: usize>(
        &mut self,
        decode: impl Fn([[u8; SIZE]; N]) -> T,
    ) -> Result<Arc<[T]>, SceneError> {
        let layout = &self.accessor.layout;
        let short = || invalid("its bufferView is too short.");
        let Some(sparse) = self.accessor.sparse else {
            return self.dense(&decode)?.ok_or_else(short);
        };
        let mut array: Vec<T> = self.dense(&decode)?.ok_or_else(short)?;
        let count = usize::try_from(sparse.count.0).unwrap_or(usize::MAX);
        if count > layout.count {
            return Err(invalid(format!(
                "sparse.count {count} is more than its {}.",
                counted(layout.count, "element")
            )));
        }
        let places = self.sparse_indices(sparse, count)?;
        let view = sparse.values.buffer_view.value();
        let bytes = self.slice("values", view, sparse.values.byte_offset.0, count, SIZE * N)?;
        let values: Vec<T> = gather(bytes, SIZE * N, &decode).ok_or_else(short)?;
        let mut least = 0;
        for (place, value) in places.into_iter().zip(values) {
            match array.get_mut(place) {
                Some(element) if place >= least => *element = value,
                _ => {
                    return Err(invalid(format!(
                        "sparse.indices has {place}, which is out of order or not below {}.",
                        layout.count
                    )));
                }
            }
            least = place + 1;
        }
        Ok(array.into())
    }

    /// The elements without what `sparse` replaces; none if they are not all there.
    fn dense<T: Clone, C: FromIterator<T>, const SIZE: usize, const N: usize>(
        &mut self,
        decode: &impl Fn([[u8; SIZE]; N]) -> T,
    ) -> Result<Option<C>, SceneError> {
        let layout = &self.accessor.layout;
        let Some(span) = layout.span else {
            let zero = decode([[0; SIZE]; N]);
            return Ok(Some(std::iter::repeat_n(zero, layout.count).collect()));
        };
        if layout.count == 0 {
            return Ok(Some(std::iter::empty().collect()));
        }
        let size = SIZE * N;
        let end = layout.offset + layout.stride * (layout.count - 1) + size;
        let bytes = self.buffers.bytes(span, self.budget)?;
        let Some(bytes) = bytes.get(layout.offset..end) else {
            return Ok(None);
        };
        Ok(gather(bytes, layout.stride, decode))
    }

    fn sparse_indices(&mut self, sparse: &Sparse, count: usize) -> Result<Vec<usize>, SceneError> {
        let indices = &sparse.indices;
        let component = match indices.component_type {
            Checked::Valid(kind) => Component::from(kind.0),
            Checked::Invalid => {
                return Err(invalid("sparse.indices.componentType is not unsigned."));
            }
        };
        let (view, offset) = (indices.buffer_view.value(), indices.byte_offset.0);
        let bytes = self.slice("indices", view, offset, count, component.size())?;
        let index = |number: u32| number as usize;
        let read = match component.size() {
            1 => gather(bytes, 1, &|[byte]: [[u8; 1]; 1]| usize::from(byte[0])),
            2 => gather(bytes, 2, &|[b]| usize::from(u16::from_le_bytes(b))),
            _ => gather(bytes, 4, &|[b]| index(u32::from_le_bytes(b))),
        };
        read.ok_or_else(|| invalid("sparse.indices are too short."))
    }

    /// The bytes of a sparse accessor's indices or values, which are tightly packed.
    fn slice(
        &mut self,
        what: &str,
        view: usize,
        offset: u64,
        count: usize,
        size: usize,
    ) -> Result<&[u8], SceneError> {
        let span = self.buffers.span(view);
        let span = span.map_err(|e| e.within(format_args!("sparse.{what}")))?;
        let length = self.buffers.view(view)?.byte_length.0;
        let start = fit(offset, size, count, size, length).map_err(|end| {
            invalid(format!(
                "sparse.{what} reads past the end of bufferView {view}: it ends at byte {end} of \
                 {length}."
            ))
        })?;
        let bytes = self.buffers.bytes(span, self.budget)?;
        let bytes = bytes.get(start..start + count * size);
        bytes.ok_or_else(|| invalid(format!("sparse.{what} is too short.")))
    }
}

/// Decodes elements of `N` components of `SIZE` bytes, each `stride` bytes after the other; none if
/// the last of them is cut short.
fn gather<T, C: FromIterator<T>, const SIZE: usize, const N: usize>(
    bytes: &[u8],
    stride: usize,
    decode: &impl Fn([[u8; SIZE]; N]) -> T,
) -> Option<C> {
    if stride == SIZE * N {
        let (components, _) = bytes.as_chunks::<SIZE>();
        let (elements, _) = components.as_chunks::<N>();
        return Some(elements.iter().map(|element| decode(*element)).collect());
    }
    let element = |bytes: &[u8]| {
        let (components, _) = bytes.as_chunks::<SIZE>();
        components
            .first_chunk::<N>()
            .map(|element| decode(*element))
    };
    bytes.chunks(stride).map(element).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, clippy::unwrap_used)]
    use serde_json::{Value, json};

    use crate::scene::testing::{
        PIXEL, add_accessor, add_view, floats, load, load_detail, mesh, refusal, triangle,
    };
    use crate::scene::{Detail, Limits};

    const PLACE: &str = "scene: mesh 0, primitive 0: ";

    fn positions(scene: &Value) -> Vec<[f32; 3]> {
        load(scene).unwrap().primitives[0].positions.to_vec()
    }

    #[test]
    fn elements_may_be_interleaved_and_unaligned() {
        let mut scene = triangle();
        // One byte, then for each vertex three floats and two bytes of something else.
        let mut bytes = vec![99];
        for vertex in 0_u8..3 {
            bytes.extend(floats(&[
                0.0,
                f32::from(vertex),
                f32::from(vertex * vertex),
            ]));
            bytes.extend([99, 99]);
        }
        bytes.truncate(bytes.len() - 2); // The last element need not be followed by a stride.
        let view = add_view(&mut scene, &bytes);
        scene["bufferViews"][view]["byteStride"] = json!(14);
        scene["accessors"][0]["bufferView"] = json!(view);
        scene["accessors"][0]["byteOffset"] = json!(1);
        assert_eq!(
            positions(&scene),
            [[0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 2.0, 4.0]]
        );
    }

    #[test]
    fn views_start_within_their_buffer() {
        let mut scene = triangle();
        let mut bytes = vec![0; 12];
        bytes.extend(floats(&[1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 3.0, 5.0, 0.0]));
        let view = add_view(&mut scene, &bytes);
        scene["bufferViews"][view]["byteOffset"] = json!(12);
        scene["bufferViews"][view]["byteLength"] = json!(36);
        scene["accessors"][0]["bufferView"] = json!(view);
        assert_eq!(positions(&scene)[2], [3.0, 5.0, 0.0]);
    }

    #[test]
    fn every_unsigned_type_makes_indices() {
        for (component, bytes) in [
            (5121, vec![2, 1, 0]),
            (5123, vec![2, 0, 1, 0, 0, 0]),
            (5125, vec![2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
        ] {
            let mut scene = triangle();
            let index = add_accessor(&mut scene, &bytes, component, "SCALAR", 3);
            scene["meshes"][0]["primitives"][0]["indices"] = json!(index);
            let loaded = load_detail(&scene, Detail::Geometry).unwrap();
            assert_eq!(*loaded.primitives[0].indices, [2, 1, 0]);
        }
    }

    #[test]
    fn fractions_become_floats() {
        let mut scene = triangle();
        let attributes = |scene: &mut Value, name: &str, index: usize| {
            scene["meshes"][0]["primitives"][0]["attributes"][name] = json!(index);
        };
        let index = add_accessor(&mut scene, &[0, 255, 51, 0, 255, 255], 5121, "VEC2", 3);
        attributes(&mut scene, "TEXCOORD_0", index);
        let words: Vec<u8> = [0_u16, 65535, 13107, 0, 0, 0]
            .iter()
            .flat_map(|w| w.to_le_bytes())
            .collect();
        let index = add_accessor(&mut scene, &words, 5123, "VEC2", 3);
        attributes(&mut scene, "TEXCOORD_1", index);
        let index = add_accessor(&mut scene, &[255, 0, 51, 0, 0, 0, 0, 0, 0], 5121, "VEC3", 3);
        attributes(&mut scene, "COLOR_0", index);
        scene["images"] = json!([{"uri": PIXEL}]);
        scene["textures"] = json!([{"source": 0}]);
        scene["materials"] = json!([{
            "normalTexture": {"index": 0}, "emissiveTexture": {"index": 0, "texCoord": 1}
        }]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        let shading = load(&scene).unwrap().primitives[0].shading.clone().unwrap();
        let [_, _, first, _, second] = shading.tex_coords.map(Option::unwrap_or_default);
        assert_eq!(*first, [[0.0, 1.0], [0.2, 0.0], [1.0, 1.0]]);
        assert_eq!(*second, [[0.0, 1.0], [0.2, 0.0], [0.0, 0.0]]);
        assert_eq!(shading.colors.unwrap()[0], [1.0, 0.0, 0.2, 1.0]);
    }

    /// The triangle with its second and third vertex replaced.
    fn sparse(base: bool, indices: &[u8], values: &[f32]) -> Value {
        let mut scene = triangle();
        let index_view = add_view(&mut scene, indices);
        let value_view = add_view(&mut scene, &floats(values));
        if !base {
            scene["accessors"][0]
                .as_object_mut()
                .unwrap()
                .remove("bufferView");
        }
        scene["accessors"][0]["sparse"] = json!({
            "count": indices.len(),
            "indices": {"bufferView": index_view, "componentType": 5121},
            "values": {"bufferView": value_view}
        });
        scene
    }

    #[test]
    fn sparse_accessors_replace_elements() {
        let values = [7.0, 0.0, 0.0, 8.0, 9.0, 0.0];
        assert_eq!(
            positions(&sparse(true, &[0, 2], &values)),
            [[7.0, 0.0, 0.0], [1.0, 0.0, 0.0], [8.0, 9.0, 0.0]]
        );
        assert_eq!(
            positions(&sparse(false, &[0, 2], &values)),
            [[7.0, 0.0, 0.0], [0.0; 3], [8.0, 9.0, 0.0]]
        );
    }

    #[test]
    fn impossible_sparse_accessors_are_refused() {
        let values = [0.0; 12];
        for (indices, message) in [
            (
                &[0, 3][..],
                "sparse.indices has 3, which is out of order or not below 3.",
            ),
            (
                &[1, 0],
                "sparse.indices has 0, which is out of order or not below 3.",
            ),
            (
                &[1, 1],
                "sparse.indices has 1, which is out of order or not below 3.",
            ),
            (&[0, 1, 2, 3], "sparse.count 4 is more than its 3 elements."),
        ] {
            assert_eq!(
                refusal(&sparse(true, indices, &values)),
                format!("{PLACE}accessor 0: {message}")
            );
        }
        assert_eq!(
            refusal(&sparse(true, &[0, 1], &values[..5])),
            format!(
                "{PLACE}accessor 0: sparse.values reads past the end of bufferView 3: it ends at \
                 byte 24 of 20."
            )
        );
        let mut scene = sparse(true, &[0, 1], &values);
        scene["accessors"][0]["sparse"]["values"]["bufferView"] = json!(77);
        assert_eq!(
            refusal(&scene),
            format!(
                "{PLACE}accessor 0: sparse.values: refers to bufferView 77, but the file has 4 of \
                 them."
            )
        );
        let mut scene = sparse(true, &[0, 1], &values);
        scene["accessors"][0]["sparse"]["indices"]["componentType"] = json!(5126);
        assert_eq!(
            refusal(&scene),
            format!("{PLACE}accessor 0: sparse.indices.componentType is not unsigned.")
        );
    }

    #[test]
    fn numbers_are_finite() {
        for bad in [f32::NAN, f32::INFINITY] {
            let scene = mesh(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, bad, 0.0], &[]);
            assert_eq!(
                refusal(&scene),
                format!("{PLACE}accessor 0: element 2 is not finite.")
            );
        }
    }

    #[test]
    fn zeros_without_a_buffer_view_are_limited() {
        let mut scene = triangle();
        scene["accessors"][0]
            .as_object_mut()
            .unwrap()
            .remove("bufferView");
        assert_eq!(positions(&scene), [[0.0; 3]; 3]);
        scene["accessors"][0]["count"] = json!(4_000_000_000_u64);
        assert_eq!(
            refusal(&scene),
            format!(
                "{PLACE}the scene has at least 4000000000 vertices; the limit is 20000000 (--max-vertices)."
            )
        );
        scene["accessors"][0]["count"] = json!(u64::MAX);
        assert_eq!(
            refusal(&scene),
            format!("{PLACE}POSITION: accessor 0: count 18446744073709551615 is too large.")
        );
    }

    #[test]
    fn decoded_bytes_are_limited() {
        let bytes = serde_json::to_vec(&triangle()).unwrap();
        let limits = Limits {
            decoded_bytes: 40,
            ..Limits::default()
        };
        let refused = crate::scene::testing::load_within(&bytes, Detail::Geometry, &limits);
        assert_eq!(
            refused.unwrap_err().to_string(),
            format!(
                "{PLACE}accessor 1: buffer 1: the scene has at least 52 bytes in data URIs, files \
                 and compressed geometry; the limit is 40 (--max-decoded)."
            )
        );
    }
}
