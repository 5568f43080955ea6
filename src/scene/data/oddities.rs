//! Rules of glTF that a file breaks without consequence for what is drawn, which deserves a warning.

use gltf::json::validation::Checked;
use gltf::json::{Accessor, Root};

use super::accessor::Component;
use super::arrays::Arrays;
use crate::scene::error::lookup;
use crate::scene::warnings::Warnings;

/// Warns of the accessors and the buffers that were looked up.
pub(in crate::scene) fn warn(root: &Root, arrays: &Arrays, warnings: &mut Warnings) {
    for &index in &arrays.looked_up {
        let Some(accessor) = root.accessors.get(index) else {
            continue;
        };
        if is_wrongly_normalized(accessor) {
            warnings.add(|| {
                format!("accessor {index}: it is normalized, which only bytes and shorts may be.")
            });
        }
        warn_of_sparse(root, accessor, index, warnings);
    }
    for (buffer, said, length) in arrays.buffers.cut_short() {
        warnings.add(|| {
            format!("buffer {buffer}: its byteLength is {said}, but its data has {length} bytes.")
        });
    }
}

/// Whether it has the flag, but no integers of a type that can have it (3.6.2.2).
fn is_wrongly_normalized(accessor: &Accessor) -> bool {
    let Checked::Valid(kind) = accessor.component_type else {
        return false;
    };
    accessor.normalized && matches!(Component::from(kind.0), Component::F32 | Component::U32)
}

/// Warns of what a sparse accessor is ruled out to have (3.6.2.3).
fn warn_of_sparse(root: &Root, accessor: &Accessor, index: usize, warnings: &mut Warnings) {
    let Some(sparse) = &accessor.sparse else {
        return;
    };
    if sparse.count.0 == 0 {
        warnings.add(|| format!("accessor {index}: sparse.count is 0."));
    }
    for (name, view) in [
        ("indices", sparse.indices.buffer_view.value()),
        ("values", sparse.values.buffer_view.value()),
    ] {
        let view_json = root.buffer_views.get(view);
        if view_json.is_some_and(|json| json.byte_stride.is_some()) {
            warnings.add(|| {
                format!(
                    "accessor {index}: sparse.{name}: bufferView {view} has a byteStride, which only \
                     those of vertices may have; it is ignored."
                )
            });
        }
    }
}

/// Warns of skins whose skeleton is no node. It only says where the joints hang together.
pub(in crate::scene) fn warn_of_skins(
    root: &Root,
    skins: impl IntoIterator<Item = usize>,
    warnings: &mut Warnings,
) {
    for index in skins {
        let skeleton = root.skins.get(index).and_then(|skin| skin.skeleton);
        let found = skeleton.map(|node| lookup(&root.nodes, node.value(), "node"));
        if let Some(Err(fault)) = found {
            let fault = fault.within(format_args!("skin {index}: skeleton"));
            warnings.add(|| fault.into_sentence());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use crate::scene::testing::{
        add_accessor, add_attribute, add_channel, add_view, floats, load, load_at, refusal,
        triangle,
    };

    fn warnings(scene: &Value) -> Vec<String> {
        load(scene).unwrap().warnings
    }

    #[test]
    fn a_buffer_may_lack_bytes_that_nothing_reads() {
        let mut scene = triangle();
        assert!(warnings(&scene).is_empty());
        scene["buffers"][0]["byteLength"] = json!(40);
        let sentence = "buffer 0: its byteLength is 40, but its data has 36 bytes.";
        assert_eq!(warnings(&scene), [sentence]);
        scene["bufferViews"][0]["byteLength"] = json!(40);
        let message = refusal(&scene);
        assert!(message.contains("byte 40 is needed"), "{message}");
        // More than it says is fine: GLB pads its chunk.
        scene["bufferViews"][0]["byteLength"] = json!(36);
        scene["buffers"][1]["byteLength"] = json!(12);
        scene["buffers"][0]["byteLength"] = json!(36);
        scene["buffers"][0]["uri"] = json!(format!(
            "data:;base64,{}",
            base64_simd::STANDARD.encode_to_string([0; 39])
        ));
        assert!(warnings(&scene).is_empty());
    }

    #[test]
    fn floats_are_not_normalized() {
        let mut scene = triangle();
        let color = add_accessor(&mut scene, &[255; 9], 5121, "VEC3", 3);
        scene["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = json!(color);
        assert!(warnings(&scene).is_empty());
        scene["accessors"][0]["normalized"] = json!(true);
        let fault = "it is normalized, which only bytes and shorts may be.";
        assert_eq!(warnings(&scene), [format!("accessor 0: {fault}")]);
        // What nothing shows is not looked at.
        scene["nodes"] = json!([{}]);
        assert!(warnings(&scene).is_empty());

        let mut scene = triangle();
        let target = json!({"node": 0, "path": "translation"});
        add_channel(&mut scene, &target, 1, ("VEC3", 5126), &[0; 12]);
        scene["accessors"][3]["normalized"] = json!(true);
        let loaded = load_at(&scene, 0.0).unwrap();
        assert_eq!(loaded.warnings, [format!("accessor 3: {fault}")]);
    }

    #[test]
    fn sparse_accessors_have_something_tightly_packed() {
        let mut scene = triangle();
        let indices = add_view(&mut scene, &[1, 2, 0, 0]);
        let values = add_view(&mut scene, &floats(&[5.0; 6]));
        scene["accessors"][0]["sparse"] = json!({
            "count": 0,
            "indices": {"bufferView": indices, "componentType": 5121},
            "values": {"bufferView": values},
        });
        assert_eq!(warnings(&scene), ["accessor 0: sparse.count is 0."]);
        scene["accessors"][0]["sparse"]["count"] = json!(2);
        assert!(warnings(&scene).is_empty());
        scene["bufferViews"][indices]["byteStride"] = json!(4);
        scene["bufferViews"][values]["byteStride"] = json!(16);
        let sentence = |name, view| {
            format!(
                "accessor 0: sparse.{name}: bufferView {view} has a byteStride, which only those of \
                 vertices may have; it is ignored."
            )
        };
        let sentences = [sentence("indices", indices), sentence("values", values)];
        assert_eq!(warnings(&scene), sentences);
        let positions = load(&scene).unwrap().primitives[0].positions.to_vec();
        assert_eq!(positions, [[0.0; 3], [5.0; 3], [5.0; 3]]);
    }

    #[test]
    fn a_skeleton_is_a_node() {
        let mut scene = triangle();
        let joints = add_accessor(&mut scene, &[0; 12], 5121, "VEC4", 3);
        scene["accessors"][joints]["normalized"] = json!(false);
        scene["meshes"][0]["primitives"][0]["attributes"]["JOINTS_0"] = json!(joints);
        add_attribute(&mut scene, "WEIGHTS_0", "VEC4", &[1.0; 12]);
        scene["nodes"][0]["skin"] = json!(0);
        scene["skins"] = json!([{"joints": [0], "skeleton": 0}]);
        assert!(warnings(&scene).is_empty());
        scene["skins"][0]["skeleton"] = json!(99);
        let sentence = "skin 0: skeleton: refers to node 99, but the file has 1 of them.";
        assert_eq!(warnings(&scene), [sentence]);
    }
}
