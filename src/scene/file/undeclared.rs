//! Extensions that objects have though `extensionsUsed` lacks their names.
//!
//! Any object of glTF may have extensions, also those of which the types of the `gltf` crate know
//! nothing, so that this looks at the JSON text; and only at what is called `extensions`, unless there
//! is something to say.

use std::collections::HashSet;
use std::fmt::{Display, Formatter, Result as Formatted};

use memchr::memmem;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::extensions::is_known;
use super::scalars::ignore_scalars;

/// An extension that is neither declared nor known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Undeclared {
    /// Its name.
    pub name: String,
    /// The first object that has it, such as "node 3"; the document itself is nothing.
    pub place: String,
}

/// The member of an object that has its extensions.
const EXTENSIONS: &str = "extensions";

/// The extensions in the JSON text of a document that are neither in `declared` nor known, each once,
/// with the first object that has it.
pub(super) fn find(json: &[u8], declared: &[String]) -> Vec<Undeclared> {
    let mut finder = memmem::find_iter(json, b"\"extensions\"").peekable();
    if finder.peek().is_none() {
        return Vec::new();
    }
    let declared: HashSet<&str> = declared.iter().map(String::as_str).collect();
    let (mut end, mut last) = (0, "");
    let is_any_odd = finder.any(|at| {
        // What is inside of the last one has been seen with it.
        if at < end {
            return false;
        }
        let Some((value, length)) = json.get(at..).and_then(value_after_name) else {
            return false;
        };
        end = at + length;
        // Many objects have the same.
        let is_new = value != last;
        last = value;
        is_new && !walk(value.as_bytes(), At::Extensions, &declared).is_empty()
    });
    if !is_any_odd {
        return Vec::new();
    }
    walk(json, At::Object, &declared)
}

/// The value of the member that the text begins with, and the length of both; none if it begins with
/// another string.
fn value_after_name(text: &[u8]) -> Option<(&str, usize)> {
    let after_name = text.get(EXTENSIONS.len() + 2..)?.trim_ascii_start();
    let after_name = after_name.strip_prefix(b":")?;
    let mut values = serde_json::Deserializer::from_slice(after_name).into_iter::<&RawValue>();
    let value = values.next()?.ok()?.get();
    let left = after_name.len() - values.byte_offset();
    Some((value, text.len() - left))
}

/// What there is in a value that is an object with extensions, or the extensions themselves.
fn walk(json: &[u8], at: At, declared: &HashSet<&str>) -> Vec<Undeclared> {
    let mut walk = Walk {
        declared,
        found: Vec::new(),
        seen: HashSet::new(),
    };
    let value = Value {
        walk: &mut walk,
        at,
        place: &Place::Document,
    };
    // What cannot be read has been refused, or is nobody's business.
    let _ = value.deserialize(&mut serde_json::Deserializer::from_slice(json));
    walk.found
}

/// A walk through the document.
struct Walk<'d> {
    declared: &'d HashSet<&'d str>,
    found: Vec<Undeclared>,
    /// Their names.
    seen: HashSet<String>,
}

impl Walk<'_> {
    /// Notes an extension, if it is to be told.
    fn note(&mut self, name: String, place: &Place) {
        if self.declared.contains(name.as_str()) || self.seen.contains(&name) {
            return;
        }
        self.found.push(Undeclared {
            name: name.clone(),
            place: place.to_string(),
        });
        self.seen.insert(name);
    }
}

/// What a value is.
#[derive(Clone, Copy)]
enum At {
    /// An object that may have extensions, or a list of such.
    Object,
    /// The extensions of an object.
    Extensions,
}

/// Where a value stands.
enum Place<'p> {
    Document,
    Member(&'p Place<'p>, &'p str),
    Element(&'p Place<'p>, usize),
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter) -> Formatted {
        let (parent, name, index) = match self {
            Self::Document => return Ok(()),
            Self::Member(parent, name) => (*parent, *name, None),
            Self::Element(Self::Member(parent, name), index) => (*parent, *name, Some(index)),
            Self::Element(parent, index) => (*parent, "element", Some(index)),
        };
        if !matches!(parent, Self::Document) {
            write!(f, "{parent}, ")?;
        }
        let Some(index) = index else {
            return f.write_str(name);
        };
        let singular = name.strip_suffix("es").filter(|name| name.ends_with("sh"));
        let singular = singular.or_else(|| name.strip_suffix('s'));
        write!(f, "{} {index}", singular.unwrap_or(name))
    }
}

/// A value on the walk.
struct Value<'w, 'd, 'p> {
    walk: &'w mut Walk<'d>,
    at: At,
    place: &'p Place<'p>,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter) -> Formatted {
        f.write_str("JSON")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for index in 0.. {
            let element = Value {
                walk: &mut *self.walk,
                at: self.at,
                place: &Place::Element(self.place, index),
            };
            if list.next_element_seed(element)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            let inside = Place::Member(self.place, &name);
            let (at, place) = match (self.at, name.as_str()) {
                // What an unknown extension says is not read, nor what applications have of their own.
                (At::Object, "extras") => (None, self.place),
                (At::Object, EXTENSIONS) => (Some(At::Extensions), self.place),
                (At::Extensions, name) if !is_known(name) => (None, self.place),
                _ => (Some(At::Object), &inside),
            };
            let Some(at) = at else {
                members.next_value::<IgnoredAny>()?;
                if matches!(self.at, At::Extensions) {
                    self.walk.note(name, self.place);
                }
                continue;
            };
            let walk = &mut *self.walk;
            members.next_value_seed(Value { walk, at, place })?;
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    ignore_scalars!();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;
    use crate::scene::testing::{PIXEL, add_attribute, load, triangle};

    /// What is found, name and place.
    fn found(json: &Value) -> Vec<(String, String)> {
        let json = serde_json::to_vec_pretty(json).unwrap();
        let found = find(&json, &["X_declared".to_owned()]);
        found.into_iter().map(|it| (it.name, it.place)).collect()
    }

    /// The triangle with a textured material, a camera and an animation.
    fn full() -> Value {
        let mut scene = triangle();
        scene["images"] = json!([{"uri": PIXEL}]);
        scene["samplers"] = json!([{}]);
        scene["textures"] = json!([{"source": 0, "sampler": 0}]);
        scene["materials"] = json!([{
            "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}
        }]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        add_attribute(&mut scene, "TEXCOORD_0", "VEC2", &[0.0; 6]);
        scene["cameras"] = json!([{
            "type": "perspective", "perspective": {"yfov": 1, "znear": 1},
        }]);
        scene["animations"] = json!([{
            "channels": [{"sampler": 0, "target": {"path": "translation"}}],
            "samplers": [{"input": 0, "output": 0}],
        }]);
        scene
    }

    #[test]
    fn every_object_may_have_extensions() {
        for (pointer, place) in [
            ("", ""),
            ("/asset", "asset"),
            ("/scenes/0", "scene 0"),
            ("/nodes/0", "node 0"),
            ("/meshes/0", "mesh 0"),
            ("/meshes/0/primitives/0", "mesh 0, primitive 0"),
            ("/accessors/1", "accessor 1"),
            ("/bufferViews/1", "bufferView 1"),
            ("/buffers/0", "buffer 0"),
            ("/images/0", "image 0"),
            ("/samplers/0", "sampler 0"),
            ("/textures/0", "texture 0"),
            ("/materials/0", "material 0"),
            (
                "/materials/0/pbrMetallicRoughness/baseColorTexture",
                "material 0, pbrMetallicRoughness, baseColorTexture",
            ),
            ("/cameras/0", "camera 0"),
            ("/cameras/0/perspective", "camera 0, perspective"),
            ("/animations/0/samplers/0", "animation 0, sampler 0"),
            (
                "/animations/0/channels/0/target",
                "animation 0, channel 0, target",
            ),
        ] {
            let mut scene = full();
            let others = json!({"X_a": 1, "X_declared": {}, "KHR_materials_unlit": {}});
            scene.pointer_mut(pointer).unwrap()["extensions"] = others;
            assert_eq!(found(&scene), [("X_a".into(), place.into())], "{pointer}");
            scene["extensionsUsed"] = json!(["X_declared"]);
            let loaded = load(&scene).unwrap();
            let ignored = ["X_declared", "X_a"];
            assert_eq!(loaded.ignored_extensions, ignored, "{pointer}");
            let place = if place.is_empty() {
                ""
            } else {
                &format!("{place}: ")
            };
            let warning = format!("{place}the extension \"X_a\" is missing in extensionsUsed.");
            assert_eq!(loaded.warnings, [warning], "{pointer}");
            scene["extensionsUsed"] = json!(["X_declared", "X_a"]);
            let loaded = load(&scene).unwrap();
            assert_eq!(loaded.ignored_extensions, ignored);
            assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        }
    }

    #[test]
    fn each_is_told_once_with_the_first_that_has_it() {
        let mut scene = full();
        scene["nodes"] = json!([
            {"mesh": 0, "extensions": {"X_declared": {}}},
            {"extensions": {"X_b": {}, "X_c": []}},
            {"extensions": {"X_b": {}}},
        ]);
        scene["materials"][0]["extensions"] = json!({"X_b": null});
        let sorted = |mut all: Vec<(String, String)>| {
            all.sort();
            all
        };
        // serde_json's objects are sorted, so that materials stand before nodes.
        let expected = [("X_b", "material 0"), ("X_c", "node 1")];
        let expected = expected.map(|(name, place)| (name.to_owned(), place.to_owned()));
        assert_eq!(sorted(found(&scene)), expected);
    }

    #[test]
    fn what_is_inside_counts_only_where_it_is_read() {
        let inside = json!({"list": [{"extensions": {"X_a": {}}}]});
        let mut scene = full();
        scene["extras"] = inside.clone();
        scene["nodes"][0]["extras"] = inside.clone();
        scene["nodes"][0]["name"] = json!("extensions");
        scene["nodes"][0]["extensions"] = json!({"X_declared": inside});
        assert_eq!(found(&scene), []);
        scene["nodes"][0]["extensions"]["KHR_lights_punctual"] = inside;
        let place = "node 0, KHR_lights_punctual, list 0".to_owned();
        assert_eq!(found(&scene), [("X_a".to_owned(), place)]);
    }

    #[test]
    fn a_known_one_is_read_though_it_is_not_declared() {
        let mut scene = full();
        scene["nodes"][0]["extensions"] = json!({"KHR_node_visibility": {"visible": false}});
        let loaded = load(&scene).unwrap();
        assert!(loaded.instances.is_empty());
        assert!(loaded.warnings.is_empty());
        assert!(loaded.ignored_extensions.is_empty());
    }

    /// Were each looked through for those inside of it, this would take minutes.
    #[test]
    fn nesting_does_not_take_long() {
        let depth = 100_000;
        let open = "{\"extensions\": ".repeat(depth);
        let json = format!("{{\"extras\": {open}{{}}{}}}", "}".repeat(depth));
        let started = std::time::Instant::now();
        assert_eq!(find(json.as_bytes(), &[]), []);
        assert!(started.elapsed().as_secs() < 5);
    }
}
