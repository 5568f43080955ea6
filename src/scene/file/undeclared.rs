//! Extensions that objects have though `extensionsUsed` lacks their names.
//!
//! Any object of glTF may have extensions, also those of which the types of the `gltf` crate know
//! nothing, so that this looks at the JSON text; and only at what is called `extensions`, unless there
//! is something to say. What no reader would understand, such as a number that is too large, is passed
//! over, and does not hide what comes after it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::{Display, Formatter, Result as Formatted};

use memchr::memmem;
use serde::de::IgnoredAny;

use super::extensions::is_known;

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

/// How deep objects and arrays stand that are looked into. The parser reads none that is deeper.
const DEEPEST: usize = 128;

/// The extensions in the JSON text of a document, which is well formed, that are neither in `declared`
/// nor known, each once, with the first object that has it.
pub(super) fn find(json: &[u8], declared: &[String]) -> Vec<Undeclared> {
    let declared: HashSet<&str> = declared.iter().map(String::as_str).collect();
    let mut finder = memmem::find_iter(json, b"\"extensions\"");
    let (mut end, mut last): (usize, &[u8]) = (0, b"");
    let is_any_odd = finder.any(|at| {
        // What is inside of the last one has been seen with it.
        if at < end {
            return false;
        }
        let Some((value, rest)) = json.get(at..).and_then(after_name) else {
            return false;
        };
        end = json.len() - rest.len();
        // Many objects have the same.
        let is_new = value != last;
        last = value;
        is_new && !walk(value, At::Extensions, &declared).is_empty()
    });
    if is_any_odd || has_escaped_letters(json) {
        walk(json, At::Object, &declared)
    } else {
        Vec::new()
    }
}

/// Whether there are such escapes as a name may be written with that is `extensions` nevertheless.
fn has_escaped_letters(json: &[u8]) -> bool {
    memmem::find_iter(json, b"\\u00").any(|at| matches!(json.get(at + 4), Some(b'6' | b'7')))
}

/// The value of the member that the text begins with the name of, and what follows; none if that is
/// no name.
fn after_name(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, rest) = split_value(text)?;
    split_value(rest.trim_ascii_start().strip_prefix(b":")?)
}

/// The value that well-formed text begins with, and what follows. It is not interpreted, so that it
/// may be of any depth, and numbers of any size.
fn split_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_start();
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    text.split_at_checked(values.byte_offset())
}

/// The text of a JSON string. One with half of a surrogate pair, which is no text, is left as it is
/// written.
fn unquoted(string: &[u8]) -> Cow<'_, str> {
    match serde_json::from_slice::<String>(string) {
        Ok(text) => Cow::Owned(text),
        Err(_) => String::from_utf8_lossy(string),
    }
}

/// What there is in a value that is an object with extensions, or the extensions themselves.
fn walk(json: &[u8], at: At, declared: &HashSet<&str>) -> Vec<Undeclared> {
    let mut walk = Walk {
        declared,
        found: Vec::new(),
        seen: HashSet::new(),
    };
    // None would mean that the text is malformed, which has been refused.
    let _: Option<&[u8]> = walk.value(json, at, &Place::Document, 0);
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
    /// Walks through the value that the text begins with; gives what follows it.
    fn value<'t>(
        &mut self,
        text: &'t [u8],
        at: At,
        place: &Place,
        depth: usize,
    ) -> Option<&'t [u8]> {
        match text.trim_ascii_start().split_first()? {
            (b'{', rest) if depth < DEEPEST => self.members(rest, at, place, depth + 1),
            (b'[', rest) if depth < DEEPEST => self.elements(rest, at, place, depth + 1),
            _ => Some(split_value(text)?.1),
        }
    }

    /// The same for what is left of an array after its bracket.
    fn elements<'t>(
        &mut self,
        mut text: &'t [u8],
        at: At,
        place: &Place,
        depth: usize,
    ) -> Option<&'t [u8]> {
        if let Some(rest) = text.trim_ascii_start().strip_prefix(b"]") {
            return Some(rest);
        }
        for index in 0.. {
            let rest = self.value(text, at, &Place::Element(place, index), depth)?;
            text = match rest.trim_ascii_start().split_first()? {
                (b',', rest) => rest,
                (_, rest) => return Some(rest),
            };
        }
        None
    }

    /// The same for what is left of an object after its brace.
    fn members<'t>(
        &mut self,
        mut text: &'t [u8],
        within: At,
        place: &Place,
        depth: usize,
    ) -> Option<&'t [u8]> {
        if let Some(rest) = text.trim_ascii_start().strip_prefix(b"}") {
            return Some(rest);
        }
        loop {
            let (name, rest) = split_value(text)?;
            let name = &*unquoted(name);
            let rest = rest.trim_ascii_start().strip_prefix(b":")?;
            let inside = Place::Member(place, name);
            let next = match (within, name) {
                // What an unknown extension says is not read, nor what applications have of their own.
                (At::Object, "extras") => None,
                (At::Object, EXTENSIONS) => Some((At::Extensions, place)),
                (At::Extensions, name) if !is_known(name) => {
                    self.note(name, place);
                    None
                }
                _ => Some((At::Object, &inside)),
            };
            let rest = match next {
                Some((at, place)) => self.value(rest, at, place, depth)?,
                None => split_value(rest)?.1,
            };
            text = match rest.trim_ascii_start().split_first()? {
                (b',', rest) => rest,
                (_, rest) => return Some(rest),
            };
        }
    }

    /// Notes an extension, if it is to be told.
    fn note(&mut self, name: &str, place: &Place) {
        if self.declared.contains(name) || self.seen.contains(name) {
            return;
        }
        self.found.push(Undeclared {
            name: name.to_owned(),
            place: place.to_string(),
        });
        self.seen.insert(name.to_owned());
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

    #[test]
    fn what_nobody_understands_hides_nothing() {
        let hidden = |member: &[u8]| {
            let mut json = br#"{"nodes": [{"mesh": 0, "weird": "#.to_vec();
            json.extend(member);
            json.extend(br#", "extensions": {"X_hidden": {}}}], "extensionsUsed": []}"#);
            find(&json, &[])
        };
        let node = [Undeclared {
            name: "X_hidden".into(),
            place: "node 0".into(),
        }];
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for member in [
            "0",
            "1e999",
            "-1e-999",
            r#""\ud800""#,
            r#""}\"], {\\""#,
            r#"{"\ud800": [{}, [], ""]}"#,
            &deep(126),
            &deep(100_000),
        ] {
            assert_eq!(hidden(member.as_bytes()), node, "{member:.40}");
        }
        assert_eq!(hidden(b"\"\xff\""), node);
        assert_eq!(hidden(b"{\"\xff\": 1}"), node);
        // Also within what is read.
        let known = br#"{"extensions": {"KHR_lights_punctual": {"lights": [1e999]}, "X_a": {}}}"#;
        assert_eq!(find(known, &[])[0].name, "X_a");
    }

    #[test]
    fn names_may_be_written_with_escapes() {
        let json = br#"{"nodes": [{"ext\u0065nsions": {"X\u005fa": {}}}, {"name": "\u00e9"}]}"#;
        let expected = Undeclared {
            name: "X_a".into(),
            place: "node 0".into(),
        };
        assert_eq!(find(json, &[]), [expected]);
        assert_eq!(find(json, &["X_a".to_owned()]), []);
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
