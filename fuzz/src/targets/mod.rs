//! What is done with an input of each fuzz target, and what must hold of it.
//!
//! A target fails by a panic, by a result that must not be, by memory beyond what the limits let
//! through, or after the time that `make fuzz` gives to libFuzzer. The test program `mutations` has this code
//! too, and runs it on the inputs with which fuzzers begin.

pub mod data_uri;
pub mod draco;
mod files;
pub mod form;
pub mod gltf;
pub mod image;
pub mod ktx2;
pub mod meshopt;
mod summary;

use gltf_render_server::scene::{self, Choice, Detail, Options, Scene, SceneError, Selection};

use crate::limits::limits;
use crate::memory;

/// The most memory that one input may take, bytes: its decoded bytes as far as the limits let them grow,
/// and as much again for what is made of them.
const MOST: usize = 16 << 20;

/// Works on one input within so many bytes of memory.
fn within<T>(most: usize, work: impl FnOnce() -> T) -> T {
    let (held, _) = (memory::held(), memory::most());
    let made = work();
    let took = memory::most().saturating_sub(held);
    assert!(took <= most, "it takes {took} bytes");
    made
}

/// The ways in which a file is read.
fn ways() -> [Options; 3] {
    let within = |detail| Options {
        limits: limits(),
        ..Options::new(detail)
    };
    let posed = Options {
        selection: Selection {
            animation: None,
            time: Some(0.3),
            variant: Some(Choice::Index(0)),
            ..Selection::default()
        },
        ..within(Detail::Shading)
    };
    [within(Detail::Geometry), within(Detail::Shading), posed]
}

/// Reads a file that is made around an input, for a color image, within so many bytes of memory.
fn load(file: &[u8], most: usize) {
    let [_, shading, _] = ways();
    let loaded = within(most, || scene::load(file, &shading));
    check(&loaded);
}

/// What the renderer relies on, or a refusal that a client is told.
fn check(loaded: &Result<Scene, SceneError>) {
    let scene = match loaded {
        Ok(scene) => scene,
        Err(refusal) => {
            let sentence = refusal.to_string();
            assert!(
                sentence.ends_with('.') && !sentence.contains('\n'),
                "{sentence:?}"
            );
            return;
        }
    };
    for primitive in &scene.primitives {
        let count = primitive.positions.len();
        assert_eq!(primitive.indices.len() % primitive.topology.corners(), 0);
        let is_vertex = |&index: &u32| (index as usize) < count;
        assert!(primitive.indices.iter().all(is_vertex));
        assert!(primitive.positions.iter().flatten().all(|x| x.is_finite()));
        assert!(primitive.bounds.iter().flatten().all(|x| x.is_finite()));
        assert!(primitive.material < scene.materials.len());
        if let Some(shading) = &primitive.shading {
            let tex_coords = shading.tex_coords.iter().flatten();
            let others = tex_coords.map(|set| set.len());
            let others = others.chain(shading.tangents.iter().map(|tangents| tangents.len()));
            let mut others = others.chain(shading.colors.iter().map(|colors| colors.len()));
            assert_eq!(shading.normals.len(), count);
            assert!(others.all(|length| length == count));
        }
    }
    for instance in &scene.instances {
        assert!(instance.primitive < scene.primitives.len());
        assert!(instance.world_from_model.is_finite());
    }
    for texture in &scene.textures {
        let (width, height) = (texture.width as usize, texture.height as usize);
        assert!(width > 0 && height > 0);
        assert_eq!(texture.rgba.len(), 4 * width * height);
        let is_opaque = texture
            .rgba
            .iter()
            .skip(3)
            .step_by(4)
            .all(|&a| a == u8::MAX);
        assert_eq!(texture.has_alpha, !is_opaque);
    }
}
