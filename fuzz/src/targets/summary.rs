//! What of two readings of a file must be equal.

use std::hash::{DefaultHasher, Hasher as _};

use gltf_render_server::scene::{Primitive, Scene, SceneError};

/// All that is drawn and all that is said of a scene, with arrays as their hash; or the refusal.
pub fn of(loaded: &Result<Scene, SceneError>) -> Result<String, String> {
    let scene = loaded.as_ref().map_err(ToString::to_string)?;
    let primitives: Vec<_> = scene.primitives.iter().map(primitive).collect();
    let textures: Vec<_> = (scene.textures.iter())
        .map(|texture| (texture.content, hash(&texture.rgba), &texture.sampler))
        .collect();
    Ok(format!(
        "{primitives:?} {textures:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        scene.instances,
        scene.materials,
        scene.cameras,
        scene.lights,
        scene.usage,
        scene.omissions().collect::<Vec<_>>()
    ))
}

fn primitive(primitive: &Primitive) -> String {
    let positions = hash(&bits(primitive.positions.as_flattened()));
    let indices = hash(&primitive.indices);
    let shading = primitive.shading.as_ref().map(|shading| {
        let tex_coords = shading.tex_coords.iter();
        let tex_coords: Vec<_> = tex_coords
            .map(|set| set.as_ref().map(|set| bits(set.as_flattened())))
            .collect();
        let four = |array: &Option<std::sync::Arc<[[f32; 4]]>>| {
            let array = array.as_ref();
            array.map(|array| bits(array.as_flattened()))
        };
        hash(&(
            bits(shading.normals.as_flattened()),
            tex_coords,
            four(&shading.tangents),
            four(&shading.colors),
        ))
    });
    format!(
        "{:?} {:?} {:?} {positions} {indices} {shading:?} {}",
        primitive.content, primitive.shape, primitive.topology, primitive.material
    )
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

fn hash(content: &(impl std::hash::Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}
