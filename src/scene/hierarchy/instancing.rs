//! `EXT_mesh_gpu_instancing`: a node's mesh at many places.

use std::collections::BTreeMap;

use glam::DAffine3;
use gltf::json::Root;
use serde::Deserialize;

use super::nodes::Shown;
use super::transform::{Transform, fits};
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::data::accessor::{Accessor, Component};
use crate::scene::data::arrays::Arrays;
use crate::scene::error::{counted, invalid, lookup, unsupported};
use crate::scene::file::document::quote;
use crate::scene::file::extensions::extension;
use crate::scene::warnings::Warnings;

/// The extension's name.
pub(in crate::scene) const NAME: &str = "EXT_mesh_gpu_instancing";

#[derive(Deserialize)]
struct Instancing {
    /// Accessors; the transform's parts, and others of the application's own.
    attributes: BTreeMap<String, usize>,
}

/// Where a node shows its mesh of so many primitives: from the mesh's frame to the scene's. Counts
/// the primitives drawn.
///
/// # Errors
/// If there are too many, or the node breaks a rule of the extension. A mesh with a skin is not
/// instanced, because the extension does not say where its skeleton is then.
pub(in crate::scene) fn instances<'a>(
    root: &'a Root,
    shown: &Shown,
    primitives: usize,
    arrays: &mut Arrays<'a>,
    budget: &mut Budget,
    warnings: &mut Warnings,
) -> Result<Vec<DAffine3>, SceneError> {
    let node = lookup(&root.nodes, shown.node, "node")?;
    let object = node
        .extensions
        .as_ref()
        .map(|extensions| &extensions.others);
    let Some(instancing) = extension::<Instancing>(object, NAME)
        .map_err(|e| e.within(format_args!("node {}", shown.node)))?
    else {
        budget.instances(primitives)?;
        return Ok(vec![shown.world_from_model]);
    };
    for name in instancing.unknown() {
        warnings.add(|| {
            let name = quote(name.as_bytes());
            format!(
                "node {}: {NAME}: the attribute {name} is not known and was ignored.",
                shown.node
            )
        });
    }
    let places = if node.skin.is_some() {
        Err(unsupported("a node with a skin is not instanced."))
    } else {
        instancing.read(shown, primitives, arrays, budget)
    };
    places.map_err(|e| e.within(format_args!("node {}: {NAME}", shown.node)))
}

impl Instancing {
    /// The attributes that are neither the extension's nor, by their underscore, the application's.
    fn unknown(&self) -> impl Iterator<Item = &String> {
        let known = ["TRANSLATION", "ROTATION", "SCALE"];
        let names = self.attributes.keys();
        names.filter(move |name| !known.contains(&name.as_str()) && !name.starts_with('_'))
    }

    fn read<'a>(
        &self,
        shown: &Shown,
        primitives: usize,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Vec<DAffine3>, SceneError> {
        let mut accessors: BTreeMap<&str, Accessor<'a>> = BTreeMap::new();
        for (name, index) in &self.attributes {
            let accessor = arrays.accessor(*index).map_err(|e| e.within(name))?;
            accessors.insert(name, accessor);
        }
        let Some(first) = accessors.values().next() else {
            return Err(invalid("it has no attributes."));
        };
        let count = first.layout.count;
        for accessor in accessors.values() {
            if accessor.layout.count != count {
                return Err(invalid(format!(
                    "accessor {} has {}, but accessor {} has {count}.",
                    accessor.index,
                    counted(accessor.layout.count, "element"),
                    first.index
                )));
            }
        }
        // A place takes memory also where the mesh has no primitives.
        budget.instances(count.saturating_mul(primitives.max(1)))?;
        let get = |name, width, fractions| {
            let Some(accessor) = accessors.get(name) else {
                return Ok(None);
            };
            check(accessor, width, fractions).map_err(|e| e.within(name))?;
            Ok(Some(accessor))
        };
        let translations = get("TRANSLATION", 3, false)?
            .map(|accessor| arrays.vec3(accessor, budget))
            .transpose()?;
        let scales = get("SCALE", 3, false)?
            .map(|accessor| arrays.vec3(accessor, budget))
            .transpose()?;
        let rotations = get("ROTATION", 4, true)?
            .map(|accessor| arrays.vec4(accessor, budget))
            .transpose()?;
        let place = |instance: usize| {
            let transform = Transform {
                matrix: None,
                translation: translations.as_ref().map(|t| t[instance].map(f64::from)),
                rotation: rotations.as_ref().map(|r| r[instance].map(f64::from)),
                scale: scales.as_ref().map(|s| s[instance].map(f64::from)),
            };
            let place = shown.world_from_model * transform.resolve()?;
            if !fits(&place.to_cols_array()) {
                return Err(invalid("its transform in the scene is not finite."));
            }
            Ok(place)
        };
        (0..count)
            .map(|instance| {
                place(instance).map_err(|e| e.within(format_args!("instance {instance}")))
            })
            .collect()
    }
}

fn check(accessor: &Accessor, width: usize, fractions: bool) -> Result<(), SceneError> {
    let layout = &accessor.layout;
    let signed = matches!(layout.component, Component::I8 | Component::I16);
    let fits = layout.component == Component::F32 || fractions && signed && layout.normalized;
    let words = if fractions {
        "floats or normalized signed bytes or shorts"
    } else {
        "floats"
    };
    if layout.width != width || !fits {
        let index = accessor.index;
        return Err(invalid(format!(
            "accessor {index} must be a VEC{width} of {words}."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;
    use crate::scene::testing::{add_accessor, floats, load, load_within, refusal, triangle};
    use crate::scene::{Detail, Limits};

    /// The triangle at two places, scaled and turned at the second.
    fn two() -> Value {
        let mut scene = triangle();
        scene["nodes"][0]["translation"] = json!([0, 0, 5]);
        let translations = floats(&[1.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
        let translations = add_accessor(&mut scene, &translations, 5126, "VEC3", 2);
        let rotations = add_accessor(&mut scene, &[0, 0, 0, 127, 0, 0, 127, 129], 5120, "VEC4", 2);
        scene["accessors"][rotations]["normalized"] = json!(true);
        let scales = floats(&[1.0, 1.0, 1.0, 3.0, 1.0, 1.0]);
        let scales = add_accessor(&mut scene, &scales, 5126, "VEC3", 2);
        scene["nodes"][0]["extensions"] = json!({NAME: {"attributes": {
            "TRANSLATION": translations, "ROTATION": rotations, "SCALE": scales, "_ID": rotations
        }}});
        scene
    }

    #[test]
    fn each_instance_is_below_the_node() {
        let scene = two();
        let instances = load(&scene).unwrap().instances;
        let mut expanded = triangle();
        expanded["nodes"] = json!([
            {"translation": [0, 0, 5], "children": [1, 2]},
            {"mesh": 0, "translation": [1, 0, 0]},
            {"mesh": 0, "translation": [0, 2, 0], "rotation": [0, 0, 1, -1], "scale": [3, 1, 1]}
        ]);
        let expected = load(&expanded).unwrap().instances;
        assert_eq!(instances.len(), 2);
        for (instance, expected) in instances.iter().zip(&expected) {
            assert_eq!(instance.world_from_model, expected.world_from_model);
            assert_eq!(instance.node, 0);
        }
    }

    #[test]
    fn attributes_of_the_application_count_too() {
        let mut scene = two();
        let attributes = &mut scene["nodes"][0]["extensions"][NAME]["attributes"];
        *attributes = json!({"_ID": attributes["_ID"]});
        assert_eq!(load(&scene).unwrap().instances.len(), 2);
    }

    #[test]
    fn attributes_of_other_names_are_told() {
        let mut scene = two();
        assert!(load(&scene).unwrap().warnings.is_empty());
        let attributes = &mut scene["nodes"][0]["extensions"][NAME]["attributes"];
        attributes["translation"] = attributes["TRANSLATION"].take();
        attributes.as_object_mut().unwrap().remove("TRANSLATION");
        assert_eq!(
            load(&scene).unwrap().warnings,
            [
                "node 0: EXT_mesh_gpu_instancing: the attribute \"translation\" is not known and was \
              ignored."
            ]
        );
    }

    #[test]
    fn broken_attributes_are_refused() {
        for (name, value, message) in [
            (
                "TRANSLATION",
                json!(0),
                "accessor 0 has 3 elements, but accessor 3 has 2.",
            ),
            (
                "SCALE",
                json!(9),
                "SCALE: refers to accessor 9, but the file has 5 of them.",
            ),
            (
                "SCALE",
                json!(3),
                "SCALE: accessor 3 must be a VEC3 of floats.",
            ),
            (
                "ROTATION",
                json!(2),
                "ROTATION: accessor 2 must be a VEC4 of floats or normalized signed bytes or \
                 shorts.",
            ),
        ] {
            let mut scene = two();
            scene["nodes"][0]["extensions"][NAME]["attributes"][name] = value;
            let expected = format!("scene: node 0: {NAME}: {message}");
            assert_eq!(refusal(&scene), expected);
        }
        let mut scene = two();
        scene["nodes"][0]["extensions"][NAME]["attributes"] = json!({});
        assert_eq!(
            refusal(&scene),
            format!("scene: node 0: {NAME}: it has no attributes.")
        );
        let mut scene = two();
        scene["nodes"][0]["extensions"][NAME] = json!({});
        assert_eq!(
            refusal(&scene),
            format!("scene: node 0: {NAME}: missing field `attributes`.")
        );
        let mut scene = two();
        let zeros = json!({"componentType": 5126, "type": "VEC4", "count": 2});
        scene["accessors"][3] = zeros;
        assert_eq!(
            refusal(&scene),
            format!("scene: node 0: {NAME}: instance 0: rotation is not finite, or zero.")
        );
    }

    #[test]
    fn instances_are_counted_before_they_are_made() {
        let limits = Limits {
            instances: 1,
            ..Limits::default()
        };
        let bytes = serde_json::to_vec(&two()).unwrap();
        let refused = load_within(&bytes, Detail::Geometry, &limits).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "scene: node 0: {NAME}: the scene has at least 2 primitives drawn; the limit \
                 is 1 (--max-instances)."
            )
        );
        let limits = Limits {
            elements_drawn: 1,
            ..Limits::default()
        };
        let refused = load_within(&bytes, Detail::Geometry, &limits).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "scene: the scene has at least 2 triangles, lines and points drawn; the limit is 1 \
             (--max-elements)."
        );
    }
}
