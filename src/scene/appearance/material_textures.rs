//! The textures of a material as the file names them.

use gltf::json::Material as Json;
use serde_json::{Map, Value};

use super::material::Slot;
use super::texture_transform;
use crate::scene::{SceneError, TextureRef};

/// One use of a texture.
struct Used<'a> {
    texture: usize,
    tex_coord: u32,
    extensions: Option<&'a Map<String, Value>>,
}

/// What a member of a material says of its texture, if there is one: three types of the `gltf` crate
/// have the same members.
macro_rules! used {
    ($json:expr) => {
        $json.as_ref().map(|json| Used {
            texture: json.index.value(),
            tex_coord: json.tex_coord,
            extensions: json.extensions.as_ref().map(|e| &e.others),
        })
    };
}

/// Calls `add` for each texture of a material that is wanted; `find` turns the index of a texture of
/// the file into one of the scene's, or says with a warning that there is none.
pub(in crate::scene) fn read(
    json: &Json,
    wants: impl Fn(Slot) -> bool,
    mut find: impl FnMut(&str, usize) -> Result<Option<usize>, SceneError>,
    mut add: impl FnMut(Slot, TextureRef),
) -> Result<(), SceneError> {
    let pbr = &json.pbr_metallic_roughness;
    let uses: [(Slot, &str, Option<Used>); 5] = [
        (
            Slot::BaseColor,
            "baseColorTexture",
            used!(pbr.base_color_texture),
        ),
        (
            Slot::MetallicRoughness,
            "metallicRoughnessTexture",
            used!(pbr.metallic_roughness_texture),
        ),
        (Slot::Normal, "normalTexture", used!(json.normal_texture)),
        (
            Slot::Occlusion,
            "occlusionTexture",
            used!(json.occlusion_texture),
        ),
        (
            Slot::Emissive,
            "emissiveTexture",
            used!(json.emissive_texture),
        ),
    ];
    for (slot, name, used) in uses {
        let Some(used) = used.filter(|_| wants(slot)) else {
            continue;
        };
        let (transform, other_set) =
            texture_transform::read(used.extensions).map_err(|e| e.within(name))?;
        let Some(texture) = find(name, used.texture).map_err(|e| e.within(name))? else {
            continue;
        };
        let texture = TextureRef {
            texture,
            tex_coord: other_set.unwrap_or(used.tex_coord),
            transform,
        };
        add(slot, texture);
    }
    Ok(())
}
