//! Indices beyond any that can be.
//!
//! The `gltf` crate takes an index modulo 2³², so that a file with a nonsensical one would show some
//! other object than the one it names. Such a number has ten digits or more, which next to no file
//! has where digits stand alone; only those that have are read once more.

use std::fmt::{Formatter, Result as Formatted};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::extensions::is_known;
use super::scalars::ignore_scalars;
use crate::scene::SceneError;
use crate::scene::error::invalid;

/// Digits of 2³², the least number that is cut.
const DIGITS: usize = 10;

/// The least number of so many digits.
pub(super) const LONG_INTEGER: f64 = 1e9;

/// The members of glTF's objects that are indices, or lists of them.
const INDICES: [&str; 21] = [
    "bufferView",
    "buffer",
    "camera",
    "children",
    "index",
    "indices",
    "input",
    "inverseBindMatrices",
    "joints",
    "material",
    "mesh",
    "node",
    "nodes",
    "output",
    "sampler",
    "scene",
    "skeleton",
    "skin",
    "source",
    "light",
    "variants",
];

/// Refuses an index of 2³² or more in the JSON text of a document.
pub(in crate::scene) fn check(json: &[u8]) -> Result<(), SceneError> {
    if !has_long_integer(json) {
        return Ok(());
    }
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_slice(json);
    let json = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let Err(error) = Numbers::Any.deserialize(json) else {
        return Ok(());
    };
    let text = error.to_string();
    // The position is one of the stripped text, of no use to the reader.
    let text = text.split(" at line ").next().unwrap_or_default();
    Err(invalid(format!("{}: {text}.", track.path())))
}

/// Whether there is an integer of as many digits as 2³² has; such digits in a string count too.
pub(super) fn has_long_integer(json: &[u8]) -> bool {
    // Of so many digits in a row one is met by steps of that length.
    (DIGITS - 1..json.len()).step_by(DIGITS).any(|at| {
        if !json.get(at).is_some_and(u8::is_ascii_digit) {
            return false;
        }
        let (head, tail) = json.split_at(at);
        let before = head.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let after = tail.iter().take_while(|b| b.is_ascii_digit()).count();
        let is_fraction = before < at && json.get(at - before - 1) == Some(&b'.');
        let has_fraction = matches!(tail.get(after), Some(b'.' | b'e' | b'E'));
        before + after >= DIGITS && !is_fraction && !has_fraction
    })
}

/// What the numbers below a value are.
#[derive(Clone, Copy)]
enum Numbers {
    /// Anything; the names of members tell.
    Any,
    /// Indices.
    Indices,
    /// Indices, by the names of attributes.
    Attributes,
    /// What extensions say; those that are not known are nobody's business.
    Extensions,
}

impl Numbers {
    /// What the numbers in the member `name` are; none if they do not matter.
    fn below(self, name: &str) -> Option<Self> {
        match (self, name) {
            (Self::Extensions, name) => is_known(name).then_some(Self::Any),
            (Self::Attributes, _) => Some(Self::Indices),
            (_, "extras") => None,
            (_, "extensions") => Some(Self::Extensions),
            (_, "attributes" | "targets") => Some(Self::Attributes),
            (_, name) if INDICES.contains(&name) => Some(Self::Indices),
            _ => Some(Self::Any),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Numbers {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Numbers {
    type Value = ();

    fn expecting(&self, f: &mut Formatter) -> Formatted {
        f.write_str("JSON")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        if matches!(self, Self::Indices) && u32::try_from(number).is_err() {
            return Err(E::custom(format_args!(
                "the index {number} is larger than any that can be"
            )));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            match self.below(&name) {
                Some(numbers) => members.next_value_seed(numbers)?,
                None => members.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(())
    }

    ignore_scalars!();
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::scene::testing::{load, refusal, triangle};

    #[test]
    fn long_integers_are_found_wherever_they_stand() {
        for shift in 0..2 * DIGITS {
            let blank = " ".repeat(shift);
            for text in ["4294967296", "[12345678901234]", "-4294967296"] {
                assert!(has_long_integer(format!("{blank}{text}").as_bytes()));
            }
            for text in [
                "429496729",
                "[123456789,123456789]",
                "0.12345678901234567",
                "12345678901.5",
                "12345678901e3",
                "",
            ] {
                let json = format!("{blank}{text}{blank}");
                assert!(!has_long_integer(json.as_bytes()), "{json}");
            }
        }
    }

    #[test]
    fn an_index_that_would_be_cut_is_named() {
        let mut scene = triangle();
        scene["nodes"][0]["mesh"] = json!(1_u64 << 32);
        assert_eq!(
            refusal(&scene),
            "scene: nodes[0].mesh: the index 4294967296 is larger than any that can be."
        );
        let cases: &[(&str, Value)] = &[
            ("/scene", json!(1_u64 << 32)),
            ("/scenes/0/nodes", json!([0, u64::MAX])),
            ("/nodes/0/children", json!([(1_u64 << 32) + 1])),
            (
                "/meshes/0/primitives/0/attributes/POSITION",
                json!(1_u64 << 32),
            ),
            ("/meshes/0/primitives/0/indices", json!(1_u64 << 32)),
            ("/accessors/0/bufferView", json!(1_u64 << 32)),
            ("/bufferViews/0/buffer", json!(1_u64 << 32)),
        ];
        for (pointer, value) in cases {
            let mut scene = triangle();
            scene["nodes"][0]["children"] = json!([]);
            if let Some(place) = scene.pointer_mut(pointer) {
                *place = value.clone();
            }
            let message = refusal(&scene);
            assert!(message.contains("larger than any"), "{pointer}: {message}");
        }
    }

    #[test]
    fn other_large_numbers_are_none_of_its_business() {
        let mut scene = triangle();
        scene["extras"] = json!({"index": u64::MAX});
        scene["extensionsUsed"] = json!(["KHR_x"]);
        scene["extensions"] = json!({"KHR_x": {"index": u64::MAX}});
        scene["nodes"][0]["name"] = json!("12345678901");
        scene["nodes"][0]["translation"] = json!([10_000_000_000_u64, -10_000_000_000_i64, 0]);
        assert!(load(&scene).is_ok());
    }
}
