//! What VTK's glTF importer, and with it `RenderEngineVtk`, passes over in a file.

use gltf::json::Root;
use serde_json::{Map, Value};

use crate::scene::appearance::{material, texture};
use crate::scene::data::compressed;
use crate::scene::hierarchy::{instancing, nodes};

/// The extensions that VTK does not know, of those that change an image. (It refuses a file that
/// requires them.)
const NAMES: &[&str] = &[
    compressed::DRACO,
    compressed::EXT_MESHOPT,
    compressed::KHR_MESHOPT,
    instancing::NAME,
    material::EMISSIVE_STRENGTH,
    nodes::VISIBILITY,
    texture::BASISU,
    texture::WEBP,
];

/// Takes out of a file with Drake's look what VTK passes over: the extensions that it does not know,
/// where they are not required. Gives their names.
///
/// Besides, Drake's client joins files without counting up the indices inside of extensions, so what
/// they say of accessors, images and buffers is often wrong.
pub(super) fn pass_over(root: &mut Root) -> Vec<String> {
    let required = &root.extensions_required;
    let optional: Vec<&str> = (NAMES.iter().copied())
        .filter(|name| !required.iter().any(|other| other == name))
        .collect();
    let mut found = vec![false; optional.len()];
    let mut remove = |object: Option<&mut Map<String, Value>>| {
        let Some(object) = object else { return };
        for (name, found) in optional.iter().zip(&mut found) {
            *found |= object.remove(*name).is_some();
        }
    };
    for node in &mut root.nodes {
        remove(node.extensions.as_mut().map(|e| &mut e.others));
    }
    for material in &mut root.materials {
        remove(material.extensions.as_mut().map(|e| &mut e.others));
    }
    for primitive in root.meshes.iter_mut().flat_map(|mesh| &mut mesh.primitives) {
        remove(primitive.extensions.as_mut().map(|e| &mut e.others));
    }
    for view in &mut root.buffer_views {
        remove(view.extensions.as_mut().map(|e| &mut e.others));
    }
    for texture in &mut root.textures {
        // Without an image of its own there is nothing to fall back on.
        if texture::own_source(texture).is_some() {
            remove(texture.extensions.as_mut().map(|e| &mut e.others));
        }
    }
    let found = optional.iter().zip(found).filter(|(_, found)| *found);
    found.map(|(name, _)| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use crate::scene::Slot;
    use crate::scene::testing::{PIXEL, load, triangle};

    #[test]
    fn files_of_drake_lose_what_vtk_does_not_know() {
        let names = ["KHR_materials_emissive_strength", "KHR_node_visibility"];
        let mut scene = triangle();
        scene["nodes"][0]["extensions"] = json!({"KHR_node_visibility": {"visible": false}});
        scene["nodes"]
            .as_array_mut()
            .unwrap()
            .push(json!({"mesh": 0}));
        scene["scenes"][0]["nodes"] = json!([0, 1]);
        scene["materials"] = json!([{
            "emissiveFactor": [0.5, 0.5, 0.5],
            "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 4}}
        }]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        scene["extensionsUsed"] = json!(names);
        let seen = |scene: &_| {
            let scene = load(scene).unwrap();
            let emissive = scene.materials[0].emissive[0];
            (scene.instances.len(), emissive, scene.ignored_extensions)
        };
        assert_eq!(seen(&scene), (1, 2.0, vec![]));
        scene["asset"]["generator"] = json!("Drake glTF merger");
        assert_eq!(seen(&scene), (2, 0.5, names.map(String::from).to_vec()));
        scene["extensionsRequired"] = json!(names);
        assert_eq!(seen(&scene), (1, 2.0, vec![]));
    }

    #[test]
    fn files_of_drake_show_the_image_that_vtk_can_read() {
        let mut scene = triangle();
        scene["asset"]["generator"] = json!("Drake glTF merger");
        scene["images"] = json!([{"uri": PIXEL}, {"uri": "data:,nothing"}]);
        scene["textures"] = json!([
            {"source": 0, "extensions": {"EXT_texture_webp": {"source": 1}}},
            {"extensions": {"EXT_texture_webp": {"source": 0}}}
        ]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        for texture in [0, 1] {
            scene["materials"] = json!([
                {"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}}
            ]);
            let scene = load(&scene).unwrap();
            assert!(scene.materials[0].texture(Slot::BaseColor).is_some());
        }
    }
}
