//! The glTF extensions that this program knows, and how their JSON is read.

use std::collections::HashSet;

use gltf::json::Root;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::document::{quote, shortened};
use super::strict::Strict;
use super::undeclared::{self, Undeclared};
use crate::scene::appearance::{material, texture, texture_transform, variants};
use crate::scene::data::compressed;
use crate::scene::error::{invalid, unsupported};
use crate::scene::hierarchy::{instancing, lights, nodes};
use crate::scene::mesh::attribute_rules;
use crate::scene::{SceneError, animation};

/// What becomes of a known extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// The images show it.
    Drawn,
    /// It is read into the scene; no image shows it yet.
    Parsed,
}

/// The extensions that a file may require, by name.
pub const EXTENSIONS: &[(&str, Support)] = &[
    (attribute_rules::QUANTIZATION, Support::Drawn),
    (compressed::DRACO, Support::Drawn),
    (compressed::EXT_MESHOPT, Support::Drawn),
    (compressed::KHR_MESHOPT, Support::Drawn),
    (instancing::NAME, Support::Drawn),
    (animation::POINTER, Support::Drawn),
    (lights::NAME, Support::Parsed),
    (material::EMISSIVE_STRENGTH, Support::Drawn),
    (material::UNLIT, Support::Drawn),
    (nodes::VISIBILITY, Support::Drawn),
    (texture::BASISU, Support::Drawn),
    (texture::WEBP, Support::Drawn),
    (texture_transform::NAME, Support::Drawn),
    (variants::NAME, Support::Drawn),
];

/// Names of ignored extensions that a scene keeps; a file may make up any number of them.
const KEPT: usize = 32;

/// How much of such a name it keeps, characters; those that are registered are shorter.
const LONGEST: usize = 60;

/// The optional extensions of a file that are not known.
#[derive(Clone, Debug, Default)]
pub(in crate::scene) struct Ignored {
    /// The first few names, each once; of one that is too long the beginning, then an ellipsis.
    pub names: Vec<String>,
    /// How many others there are.
    pub more: usize,
    /// Sentences about those of [`Self::names`] that `extensionsUsed` lacks.
    pub undeclared: Vec<String>,
}

impl Ignored {
    /// Adds a name; gives whether it is kept.
    fn add(&mut self, name: &str) -> bool {
        let is_kept = self.names.len() < KEPT;
        if is_kept {
            self.names.push(cut(name));
        } else {
            self.more += 1;
        }
        is_kept
    }
}

/// Whether the extension `name` is known.
pub(in crate::scene) fn is_known(name: &str) -> bool {
    EXTENSIONS.iter().any(|(known, _)| *known == name)
}

/// Refuses a file that requires an unknown extension; gives the optional ones that are ignored, those
/// that `extensionsUsed` names and those that it should. `json` is the text that `root` was parsed of.
///
/// A known extension is read wherever it stands, declared or not.
pub(in crate::scene) fn check(root: &Root, json: &[u8]) -> Result<Ignored, SceneError> {
    if let Some(name) = root.extensions_required.iter().find(|name| !is_known(name)) {
        let name = quote(name.as_bytes());
        return Err(unsupported(format!(
            "extensionsRequired names {name}, which is not supported."
        )));
    }
    let mut seen = HashSet::new();
    let mut ignored = Ignored::default();
    for name in root.extensions_used.iter().filter(|name| !is_known(name)) {
        if seen.insert(name.as_str()) {
            ignored.add(name);
        }
    }
    for Undeclared { name, place } in undeclared::find(json, &root.extensions_used) {
        if ignored.add(&name) {
            let name = quote(name.as_bytes());
            let place = match place.as_str() {
                "" => String::new(),
                place => shortened(place) + ": ",
            };
            let sentence = format!("{place}the extension {name} is missing in extensionsUsed.");
            ignored.undeclared.push(sentence);
        }
    }
    Ok(ignored)
}

/// A name, or the beginning of a long one.
fn cut(name: &str) -> String {
    match name.char_indices().nth(LONGEST) {
        // No header can have the ellipsis, so that such a name is not taken for a whole one.
        Some((end, _)) => format!("{}\u{2026}", &name[..end]),
        None => name.to_owned(),
    }
}

/// Reads the extension `name` of an object, where `object` is what stands in its `extensions`; none
/// if it does not have it.
///
/// # Errors
/// If the JSON is not what the extension prescribes.
pub(in crate::scene) fn extension<T: DeserializeOwned>(
    object: Option<&Map<String, Value>>,
    name: &str,
) -> Result<Option<T>, SceneError> {
    let Some(value) = object.and_then(|object| object.get(name)) else {
        return Ok(None);
    };
    read_value(value, name).map(Some)
}

/// Reads `value`, a part of the extension `name`.
///
/// # Errors
/// If the JSON is not what the extension prescribes.
pub(in crate::scene) fn read_value<T: DeserializeOwned>(
    value: &Value,
    name: &str,
) -> Result<T, SceneError> {
    T::deserialize(Strict(value))
        .map_err(|error| invalid(format!("{name}: {}.", shortened(&error.to_string()))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::scene::testing::{load, triangle};

    #[test]
    fn ignored_names_are_few_short_and_each_once() {
        let mut scene = triangle();
        scene["extensionsUsed"] = json!(["B_x", "A_x", "B_x", variants::NAME, "B_x"]);
        let loaded = load(&scene).unwrap();
        assert_eq!(loaded.ignored_extensions, ["B_x", "A_x"]);
        assert_eq!(loaded.more_ignored_extensions, 0);

        // A letter of two bytes where the name is cut.
        let long = format!("{}\u{e9}{}", "x".repeat(LONGEST - 1), "y".repeat(1 << 20));
        let names = [long.clone(), long]
            .into_iter()
            .chain((0..KEPT + 4).map(|i| format!("E_{i}")));
        scene["extensionsUsed"] = names.collect();
        let loaded = load(&scene).unwrap();
        assert_eq!(loaded.ignored_extensions.len(), KEPT);
        let cut = format!("{}\u{e9}\u{2026}", "x".repeat(LONGEST - 1));
        assert_eq!(loaded.ignored_extensions[0], cut);
        assert_eq!(loaded.more_ignored_extensions, 5);
        let last = loaded.omissions().last();
        assert_eq!(
            last.as_deref(),
            Some("5 more extensions are not supported and were ignored.")
        );
    }
}
