//! `KHR_materials_variants`: other materials for the same meshes, by a name that the caller chooses.

use gltf::json::Root;
use gltf::json::mesh::Primitive;
use serde::Deserialize;

use crate::scene::error::invalid;
use crate::scene::file::extensions::extension;
use crate::scene::{Choice, SceneError};

/// Its name in a file.
pub(in crate::scene) const NAME: &str = "KHR_materials_variants";

#[derive(Default, Deserialize)]
struct Variants {
    variants: Vec<Variant>,
}

#[derive(Deserialize)]
struct Variant {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Mappings {
    mappings: Vec<Mapping>,
}

#[derive(Deserialize)]
struct Mapping {
    material: u32,
    variants: Vec<u32>,
}

/// The index of the variant that the caller chooses, if the caller does.
pub(in crate::scene) fn choose(
    root: &Root,
    choice: Option<&Choice>,
) -> Result<Option<usize>, SceneError> {
    let Some(choice) = choice else {
        return Ok(None);
    };
    let others = root.extensions.as_ref().map(|e| &e.others);
    let known: Variants = extension(others, NAME)?.unwrap_or_default();
    let names = known.variants.iter().map(|variant| variant.name.as_str());
    choice.find(names, "variant").map(Some)
}

/// The material that a primitive has in a variant; none if it keeps its own.
pub(in crate::scene) fn material(
    primitive: &Primitive,
    variant: Option<usize>,
) -> Result<Option<usize>, SceneError> {
    let Some(variant) = variant else {
        return Ok(None);
    };
    let others = primitive.extensions.as_ref().map(|e| &e.others);
    let Some(known) = extension::<Mappings>(others, NAME)? else {
        return Ok(None);
    };
    let variant = u32::try_from(variant).map_err(|_| invalid("the variant is too large."))?;
    let mapping = known
        .mappings
        .iter()
        .find(|m| m.variants.contains(&variant));
    Ok(mapping.map(|mapping| mapping.material as usize))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use crate::scene::testing::triangle;
    use crate::scene::{Choice, Detail, Options, Scene, load};

    fn with(choice: Option<Choice>) -> Result<Scene, String> {
        let mut scene = triangle();
        scene["extensionsUsed"] = json!([super::NAME]);
        scene["extensionsRequired"] = json!([super::NAME]);
        scene["materials"] = json!([{}, {"pbrMetallicRoughness": {"metallicFactor": 0.5}}]);
        scene["extensions"] = json!({super::NAME: {"variants": [{"name": "a"}, {"name": "b"}]}});
        let primitive: &mut Value = &mut scene["meshes"][0]["primitives"][0];
        primitive["material"] = json!(0);
        primitive["extensions"] =
            json!({super::NAME: {"mappings": [{"material": 1, "variants": [1]}]}});
        let mut options = Options::new(Detail::Geometry);
        options.selection.variant = choice;
        load(&serde_json::to_vec(&scene).unwrap(), &options).map_err(|error| error.to_string())
    }

    #[test]
    fn a_variant_is_chosen_by_index_or_name() {
        let material = |choice| with(choice).unwrap().primitives[0].material;
        assert_eq!(material(None), 0);
        assert_eq!(material(Some(Choice::Index(0))), 0);
        assert_eq!(material(Some(Choice::Index(1))), 1);
        assert_eq!(material(Some(Choice::Name("b".into()))), 1);
    }

    #[test]
    fn an_unknown_variant_is_refused() {
        for (choice, message) in [
            (
                Choice::Index(2),
                "scene: there is no variant 2; the file has 2 of them.",
            ),
            (
                Choice::Name("c".into()),
                "scene: there is no variant \"c\"; the file has 2 of them.",
            ),
        ] {
            assert_eq!(with(Some(choice)).unwrap_err(), message);
        }
    }
}
