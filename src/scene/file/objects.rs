//! Arrays where glTF wants objects.
//!
//! The parser takes the elements of an array for the members of an object, in some order, so that
//! `[]` would be a material with all defaults.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::scene::SceneError;
use crate::scene::error::invalid;

/// The members of a document that are lists of objects.
const LISTS: [&str; 13] = [
    "accessors",
    "animations",
    "bufferViews",
    "buffers",
    "cameras",
    "images",
    "materials",
    "meshes",
    "nodes",
    "samplers",
    "scenes",
    "skins",
    "textures",
];

/// Refuses an array in a list of objects of a document's JSON text. What is no JSON is left to the
/// parser.
pub(in crate::scene) fn check(json: &[u8]) -> Result<(), SceneError> {
    // Next to no file has any array in an array, and only those that have are read for it.
    if !has_nested(json) {
        return Ok(());
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(json).unwrap_or_default();
    for name in LISTS {
        let list = members.get(name).map_or("", |list| list.get());
        let list: Vec<&RawValue> = serde_json::from_str(list).unwrap_or_default();
        if let Some(index) = list.iter().position(|value| value.get().starts_with('[')) {
            return Err(invalid(format!(
                "{name}[{index}]: it is an array, not an object."
            )));
        }
    }
    Ok(())
}

/// Whether an array may be the element of another.
fn has_nested(json: &[u8]) -> bool {
    memchr::memchr_iter(b'[', json).any(|at| {
        let before = json.get(..at).unwrap_or_default().trim_ascii_end();
        before.ends_with(b"[") || before.ends_with(b",")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use crate::scene::testing::{load, refusal, triangle};

    #[test]
    fn an_array_is_no_object() {
        for name in super::LISTS {
            let mut scene = triangle();
            if scene[name].is_null() {
                scene[name] = json!([]);
            }
            let list = scene[name].as_array_mut().unwrap();
            let index = list.len();
            list.push(json!([]));
            assert_eq!(
                refusal(&scene),
                format!("scene: {name}[{index}]: it is an array, not an object.")
            );
        }
    }

    #[test]
    fn other_nested_arrays_are_nobodys_business() {
        let mut scene = triangle();
        scene["extras"] = json!([[1], [[2]]]);
        scene["nodes"][0]["extras"] = json!({"materials": [[]]});
        load(&scene).unwrap();
    }
}
