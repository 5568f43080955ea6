//! How long the lists of a file are, before it is parsed into what takes a thousand times its bytes.

use std::fmt::{Formatter, Result as Formatted};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::scene::SceneError;
use crate::scene::budget::Budget;

/// Files of fewer objects are not looked through: however they are spread, they take little memory.
const FEW_OBJECTS: usize = 50_000;

/// Counts the nodes and materials in a JSON text of so many objects, the largest by far of what it can list.
/// What is wrong with the text is for the parser to say, which comes no farther in it.
pub(super) fn count(json: &[u8], objects: usize, budget: &mut Budget) -> Result<(), SceneError> {
    if objects <= FEW_OBJECTS {
        return Ok(());
    }
    let mut lengths = Lengths::default();
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let read = deserializer.deserialize_map(Root(&mut lengths));
    if let Err(fault) = read {
        log::debug!("{fault}");
    }
    budget.nodes(lengths.nodes)?;
    budget.materials(lengths.materials)
}

#[derive(Debug, Default)]
struct Lengths {
    nodes: usize,
    materials: usize,
}

struct Root<'a>(&'a mut Lengths);

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter) -> Formatted {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*name {
                "nodes" => map.next_value_seed(List(&mut self.0.nodes))?,
                "materials" => map.next_value_seed(List(&mut self.0.materials))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Counts the elements of a list as they are read.
struct List<'a>(&'a mut usize);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter) -> Formatted {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {
            *self.0 += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Limit, Limits};

    fn refused(json: &str) -> Option<Limit> {
        let limits = Limits {
            nodes: 3,
            materials: 2,
            ..Limits::default()
        };
        match count(json.as_bytes(), FEW_OBJECTS + 1, &mut Budget::new(&limits)) {
            Err(SceneError::TooLarge(limit, _)) => Some(limit),
            _ => None,
        }
    }

    #[test]
    fn lists_are_counted_as_far_as_the_text_goes() {
        assert_eq!(
            refused(r#"{"nodes": [{}, {}, {}], "materials": [{}, {}]}"#),
            None
        );
        let [nodes, materials] = [Some(Limit::Nodes), Some(Limit::Materials)];
        assert_eq!(
            refused(r#"{"extras": {"nodes": 1}, "nodes": [{}, [], 1, 2]}"#),
            nodes
        );
        assert_eq!(refused(r#"{"n\u006fdes": [1, 2, 3, 4]}"#), nodes);
        assert_eq!(refused(r#"{"nodes": [1, 2, 3, 4"#), nodes);
        assert_eq!(refused(r#"{"nodes": [1, 2], "nodes": [3, 4]}"#), nodes);
        assert_eq!(
            refused(r#"{"materials": [1, 2, 3], "nodes": 1}"#),
            materials
        );
        assert_eq!(refused(r#"{"nodes": 1, "materials": [1, 2, 3]}"#), None);
        assert_eq!(refused("[]"), None);
    }
}
