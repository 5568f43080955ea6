//! The glTF extensions that this program knows, and how their JSON is read.

use gltf::json::Root;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::document::{quote, shortened};
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

/// Whether the extension `name` is known.
pub(in crate::scene) fn is_known(name: &str) -> bool {
    EXTENSIONS.iter().any(|(known, _)| *known == name)
}

/// Refuses a file that requires an unknown extension; gives the names of the optional ones that are
/// ignored.
pub(in crate::scene) fn check(root: &Root) -> Result<Vec<String>, SceneError> {
    if let Some(name) = root.extensions_required.iter().find(|name| !is_known(name)) {
        let name = quote(name.as_bytes());
        return Err(unsupported(format!(
            "extensionsRequired names {name}, which is not supported."
        )));
    }
    let ignored = root.extensions_used.iter().filter(|name| !is_known(name));
    Ok(ignored.take(KEPT).cloned().collect())
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
    T::deserialize(value)
        .map(Some)
        .map_err(|error| invalid(format!("{name}: {}.", shortened(&error.to_string()))))
}
