//! What `KHR_animation_pointer` can name: the properties of glTF's object model that are drawn or
//! read.

use gltf::json::Root;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::target::{Owner, Part, Target};
use crate::scene::SceneError;
use crate::scene::appearance::{material, texture_transform};
use crate::scene::error::{invalid, lookup};
use crate::scene::file::document::quote;
use crate::scene::hierarchy::{lights, nodes};

/// The lists whose elements have such members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Cameras,
    Lights,
    Materials,
    Nodes,
}

/// A member of an object of the file, of numbers or a truth value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    list: List,
    index: usize,
    /// From the object down; at least one name.
    path: Vec<String>,
    /// How many numbers it has.
    pub width: usize,
    /// Whether it is a truth value.
    pub boolean: bool,
}

/// Reads a JSON pointer (RFC 6901); none if what it points to is not drawn.
pub(super) fn parse(pointer: &str) -> Result<Option<Target>, SceneError> {
    let malformed = || invalid(format!("{} is no JSON pointer.", quote(pointer.as_bytes())));
    let rest = pointer.strip_prefix('/').ok_or_else(malformed)?;
    let names: Option<Vec<String>> = rest.split('/').map(unescape).collect();
    let names = names.ok_or_else(malformed)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let index = |text: &str| -> Result<usize, SceneError> {
        text.parse().map_err(|_| {
            let (text, pointer) = (quote(text.as_bytes()), quote(pointer.as_bytes()));
            invalid(format!("{text} in {pointer} is no index."))
        })
    };
    Ok(Some(match *names.as_slice() {
        ["nodes", node, "translation"] => Target::Transform(index(node)?, Part::Translation),
        ["nodes", node, "rotation"] => Target::Transform(index(node)?, Part::Rotation),
        ["nodes", node, "scale"] => Target::Transform(index(node)?, Part::Scale),
        ["nodes", node, "weights"] => Target::Weights(Owner::Node(index(node)?), None),
        ["nodes", node, "weights", element] => {
            Target::Weights(Owner::Node(index(node)?), Some(index(element)?))
        }
        ["meshes", mesh, "weights"] => Target::Weights(Owner::Mesh(index(mesh)?), None),
        ["meshes", mesh, "weights", element] => {
            Target::Weights(Owner::Mesh(index(mesh)?), Some(index(element)?))
        }
        _ => {
            let Some((list, text, path)) = object(&names) else {
                return Ok(None);
            };
            let Some(width) = width(list, path) else {
                return Ok(None);
            };
            Target::Member(Member {
                list,
                index: index(text)?,
                path: path.iter().map(ToString::to_string).collect(),
                width,
                boolean: list == List::Nodes,
            })
        }
    }))
}

/// A name of a pointer as it stands in the JSON.
fn unescape(name: &str) -> Option<String> {
    let mut parts = name.split('~');
    let mut text = parts.next()?.to_string();
    for part in parts {
        text.push(match part.as_bytes().first()? {
            b'0' => '~',
            b'1' => '/',
            _ => return None,
        });
        text.push_str(&part[1..]);
    }
    Some(text)
}

/// Splits a pointer into the list, the index there, and the names below.
fn object<'n, 't>(names: &'n [&'t str]) -> Option<(List, &'t str, &'n [&'t str])> {
    Some(match names {
        ["cameras", index, path @ ..] => (List::Cameras, index, path),
        ["materials", index, path @ ..] => (List::Materials, index, path),
        ["nodes", index, path @ ..] => (List::Nodes, index, path),
        ["extensions", lights::NAME, "lights", index, path @ ..] => (List::Lights, index, path),
        _ => return None,
    })
}

/// How many numbers the member at `path` has; none if it is not known.
fn width(list: List, path: &[&str]) -> Option<usize> {
    Some(match list {
        List::Materials => match path {
            ["emissiveFactor"] => 3,
            ["pbrMetallicRoughness", "baseColorFactor"] => 4,
            [
                ..,
                "extensions",
                texture_transform::NAME,
                "offset" | "scale",
            ] => 2,
            [.., "extensions", texture_transform::NAME, "rotation"]
            | ["alphaCutoff"]
            | [
                "extensions",
                material::EMISSIVE_STRENGTH,
                "emissiveStrength",
            ]
            | ["normalTexture", "scale"]
            | ["occlusionTexture", "strength"]
            | ["pbrMetallicRoughness", "metallicFactor" | "roughnessFactor"] => 1,
            _ => return None,
        },
        List::Lights => match path {
            ["color"] => 3,
            ["intensity" | "range"] | ["spot", "innerConeAngle" | "outerConeAngle"] => 1,
            _ => return None,
        },
        List::Cameras => match path {
            ["perspective", "aspectRatio" | "yfov" | "zfar" | "znear"]
            | ["orthographic", "xmag" | "ymag" | "zfar" | "znear"] => 1,
            _ => return None,
        },
        List::Nodes => match path {
            ["extensions", nodes::VISIBILITY, "visible"] => 1,
            _ => return None,
        },
    })
}

impl Member {
    /// Whether its object is there.
    pub fn look_up(&self, root: &Root) -> Result<(), SceneError> {
        match self.list {
            List::Cameras => lookup(&root.cameras, self.index, "camera").map(|_| ()),
            List::Lights => lookup(lights::list(root), self.index, "light").map(|_| ()),
            List::Materials => lookup(&root.materials, self.index, "material").map(|_| ()),
            List::Nodes => lookup(&root.nodes, self.index, "node").map(|_| ()),
        }
    }

    /// Gives it a value.
    pub fn set(&self, values: &[f64], root: &mut Root) -> Result<(), SceneError> {
        let value = match values {
            [number] if self.boolean => json!(*number != 0.0),
            [number] => json!(number),
            numbers => json!(numbers),
        };
        let index = self.index;
        match self.list {
            List::Cameras => self.replace(root.cameras.get_mut(index), value),
            List::Materials => self.replace(root.materials.get_mut(index), value),
            List::Nodes => self.replace(root.nodes.get_mut(index), value),
            List::Lights => match lights::list_mut(root).get_mut(index) {
                Some(light) => self.put(light, value),
                None => Ok(()),
            },
        }
    }

    /// Changes an object through its JSON, so that it is read again as if the file said so.
    fn replace<T: Serialize + DeserializeOwned>(
        &self,
        object: Option<&mut T>,
        value: Value,
    ) -> Result<(), SceneError> {
        let Some(object) = object else {
            return Ok(());
        };
        let bad = |error: serde_json::Error| {
            invalid(format!("{} cannot be animated: {error}.", self.place()))
        };
        let mut json = serde_json::to_value(&*object).map_err(bad)?;
        self.put(&mut json, value)?;
        *object = serde_json::from_value(json).map_err(bad)?;
        Ok(())
    }

    /// Puts the value into the JSON of the object.
    fn put(&self, object: &mut Value, value: Value) -> Result<(), SceneError> {
        let Some((name, parents)) = self.path.split_last() else {
            return Ok(());
        };
        let mut place = object;
        for parent in parents {
            place = match place.get_mut(parent) {
                Some(child) if child.is_object() => child,
                _ => {
                    let text = quote(parent.as_bytes());
                    return Err(invalid(format!("{} has no {text}.", self.place())));
                }
            };
        }
        place[name] = value;
        Ok(())
    }

    fn place(&self) -> String {
        let kind = match self.list {
            List::Cameras => "camera",
            List::Lights => "light",
            List::Materials => "material",
            List::Nodes => "node",
        };
        format!("{kind} {}", self.index)
    }
}
