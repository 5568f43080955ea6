//! What `KHR_animation_pointer` can name: the properties of glTF's object model that are drawn or
//! read.

use gltf::json::Root;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::target::{Owner, Part, Sample, Target};
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
        array_index(text).ok_or_else(|| {
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

/// An index of RFC 6901, section 4: digits, of which the first is 0 only in 0 itself.
fn array_index(text: &str) -> Option<usize> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_padded = text.len() > 1 && text.starts_with('0');
    let digits = (is_plain && !is_padded).then_some(text)?;
    digits.parse().ok()
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
                "extensions",
                material::EMISSIVE_STRENGTH,
                "emissiveStrength",
            ]
            | ["alphaCutoff"]
            | ["normalTexture", "scale"]
            | ["occlusionTexture", "strength"]
            | ["pbrMetallicRoughness", "metallicFactor" | "roughnessFactor"] => 1,
            [
                "pbrMetallicRoughness",
                "baseColorTexture" | "metallicRoughnessTexture",
                path @ ..,
            ]
            | [
                "normalTexture" | "occlusionTexture" | "emissiveTexture",
                path @ ..,
            ] => match path {
                ["extensions", texture_transform::NAME, "offset" | "scale"] => 2,
                ["extensions", texture_transform::NAME, "rotation"] => 1,
                _ => return None,
            },
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

/// Gives members their values. Those of an object must follow each other, as when sorted: it is
/// read again only once.
pub(super) fn set(changes: &[(Member, Sample)], root: &mut Root) -> Result<(), SceneError> {
    let same_object = |(a, _): &(Member, Sample), (b, _): &(Member, Sample)| {
        (a.list, a.index) == (b.list, b.index)
    };
    for group in changes.chunk_by(same_object) {
        let Some((Member { list, index, .. }, _)) = group.first() else {
            continue;
        };
        match list {
            List::Cameras => replace(root.cameras.get_mut(*index), group)?,
            List::Materials => replace(root.materials.get_mut(*index), group)?,
            List::Nodes => replace(root.nodes.get_mut(*index), group)?,
            List::Lights => {
                if let Some(light) = lights::list_mut(root).get_mut(*index) {
                    put(light, group)?;
                }
            }
        }
    }
    Ok(())
}

/// Changes an object through its JSON, so that it is read again as if the file said so.
fn replace<T: Serialize + DeserializeOwned>(
    object: Option<&mut T>,
    changes: &[(Member, Sample)],
) -> Result<(), SceneError> {
    let (Some(object), Some((member, sample))) = (object, changes.first()) else {
        return Ok(());
    };
    let bad = |error: serde_json::Error| {
        invalid(format!("{} cannot be animated: {error}.", member.object())).within(&sample.place)
    };
    let mut json = serde_json::to_value(&*object).map_err(bad)?;
    put(&mut json, changes)?;
    *object = serde_json::from_value(json).map_err(bad)?;
    Ok(())
}

/// Puts the values into the JSON of their object.
fn put(object: &mut Value, changes: &[(Member, Sample)]) -> Result<(), SceneError> {
    for (member, sample) in changes {
        member
            .put(object, &sample.values)
            .map_err(|e| e.within(&sample.place))?;
    }
    Ok(())
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

    /// Puts its value into the JSON of its object. An extension that is not there is made, as its
    /// other members have defaults; a texture, a lens or a cone is not.
    fn put(&self, object: &mut Value, values: &[f64]) -> Result<(), SceneError> {
        let Some((name, parents)) = self.path.split_last() else {
            return Ok(());
        };
        let lacks = |name: &str| {
            let name = quote(name.as_bytes());
            invalid(format!("{} has no {name}.", self.object()))
        };
        let mut members = object.as_object_mut().ok_or_else(|| lacks(name))?;
        let mut in_extensions = false;
        for parent in parents {
            in_extensions |= parent == "extensions";
            if in_extensions && !members.contains_key(parent) {
                members.insert(parent.clone(), json!({}));
            }
            let child = members.get_mut(parent).and_then(Value::as_object_mut);
            members = child.ok_or_else(|| lacks(parent))?;
        }
        let value = match values {
            [number] if self.boolean => json!(*number != 0.0),
            [number] => json!(number),
            numbers => json!(numbers),
        };
        members.insert(name.clone(), value);
        Ok(())
    }

    fn object(&self) -> String {
        let kind = match self.list {
            List::Cameras => "camera",
            List::Lights => "light",
            List::Materials => "material",
            List::Nodes => "node",
        };
        format!("{kind} {}", self.index)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::cell::Cell;

    use serde::Deserialize;

    use super::*;

    thread_local! {
        static WRITTEN: Cell<usize> = const { Cell::new(0) };
    }

    /// Counts how often it is turned into JSON.
    #[derive(Deserialize)]
    struct Counted(Value);

    impl Serialize for Counted {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            WRITTEN.set(WRITTEN.get() + 1);
            self.0.serialize(serializer)
        }
    }

    #[test]
    fn an_object_is_read_again_once_for_all_its_channels() {
        let change = |pointer: &str, value| match parse(pointer).unwrap() {
            Some(Target::Member(member)) => {
                let place = pointer.to_string();
                let values = vec![value];
                (member, Sample { place, values })
            }
            other => unreachable!("{other:?}"),
        };
        let changes = [
            change("/materials/0/alphaCutoff", 0.25),
            change("/materials/0/occlusionTexture/strength", 0.5),
            change("/materials/0/pbrMetallicRoughness/metallicFactor", 0.75),
        ];
        let mut object = Counted(json!({"occlusionTexture": {}, "pbrMetallicRoughness": {}}));
        replace(Some(&mut object), &changes).unwrap();
        assert_eq!(WRITTEN.get(), 1);
        let expected = json!({
            "alphaCutoff": 0.25,
            "occlusionTexture": {"strength": 0.5},
            "pbrMetallicRoughness": {"metallicFactor": 0.75}
        });
        assert_eq!(object.0, expected);
    }

    #[test]
    fn indices_are_those_of_json_pointers() {
        assert_eq!(array_index("0"), Some(0));
        assert_eq!(array_index("10"), Some(10));
        for text in [
            "",
            "+0",
            "-0",
            "00",
            "01",
            " 1",
            "1e0",
            "99999999999999999999",
        ] {
            assert_eq!(array_index(text), None, "{text}");
        }
    }
}
