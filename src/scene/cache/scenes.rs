//! Whole scenes, kept without their arrays, which are kept once for all scenes.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::Contents;
use crate::scene::digest::Kind;
use crate::scene::hierarchy::rig::Rig;
use crate::scene::hierarchy::transform::Transforms;
use crate::scene::{Choice, Detail, Digest, Options, Scene, Selection};

/// A scene whose primitives and textures have no arrays: those are found by their digests.
#[derive(Debug)]
pub(super) struct KeptScene {
    scene: Scene,
    /// With this one its nodes may be moved.
    rig: Option<Rig>,
}

/// The name of what a load makes of a file, by its SHA-256 and all of the options.
pub(super) fn key(sha256: &[u8; 32], options: &Options) -> Digest {
    key_of(Kind::Scene, sha256, options)
}

/// The same by a digest of the file that does not hang on where its nodes are.
pub(super) fn moving_key(still: &Digest, options: &Options) -> Digest {
    key_of(Kind::Moving, still.as_bytes(), options)
}

fn key_of(kind: Kind, file: &[u8], options: &Options) -> Digest {
    struct Recipe<'o>(&'o [u8], &'o Options);
    impl Hash for Recipe<'_> {
        fn hash<H: Hasher>(&self, state: &mut H) {
            // Named one by one, so that an option cannot be added without a thought of this.
            let Options {
                detail,
                limits,
                selection,
                files: _, // Scenes that may have some are not kept.
                cache: _,
            } = self.1;
            let Selection {
                animation,
                time,
                variant,
                look,
            } = selection;
            (self.0, limits, *detail == Detail::Shading, look).hash(state);
            time.map(f64::to_bits).hash(state);
            for choice in [animation, variant] {
                let choice = choice.as_ref().map(|choice| match choice {
                    Choice::Index(index) => (Some(*index), ""),
                    Choice::Name(name) => (None, name.as_str()),
                });
                choice.hash(state);
            }
        }
    }
    Digest::of_recipe(kind, &Recipe(file, options))
}

impl KeptScene {
    /// A scene without its arrays, and what moves its nodes, if they may be moved.
    pub fn new(scene: &Scene, rig: Option<Rig>) -> Self {
        let mut scene = scene.clone();
        for primitive in &mut scene.primitives {
            primitive.positions = Arc::default();
            primitive.indices = Arc::default();
            primitive.shading = None;
        }
        for texture in &mut scene.textures {
            texture.rgba = Arc::default();
        }
        // What has grown may have room for twice as much.
        scene.primitives.shrink_to_fit();
        scene.instances.shrink_to_fit();
        Self { scene, rig }
    }

    /// Whether its nodes may be moved.
    pub fn is_moving(&self) -> bool {
        self.rig.is_some()
    }

    /// What its primitives are, in their order.
    pub fn geometries(&self) -> impl Iterator<Item = &Digest> {
        self.scene
            .primitives
            .iter()
            .map(|primitive| &primitive.content)
    }

    /// What its textures show, in their order.
    pub fn images(&self) -> impl Iterator<Item = &Digest> {
        self.scene.textures.iter().map(|texture| &texture.content)
    }

    /// The scene with its arrays.
    pub fn restore(&self, contents: &Contents) -> Scene {
        let mut scene = self.scene.clone();
        for (primitive, geometry) in scene.primitives.iter_mut().zip(&contents.geometries) {
            let geometry = &geometry.value;
            primitive.positions = geometry.positions.clone();
            primitive.indices = geometry.indices.clone();
            primitive.shading.clone_from(&geometry.shading);
        }
        for (texture, image) in scene.textures.iter_mut().zip(&contents.images) {
            texture.rgba = image.value.rgba.clone();
        }
        scene
    }

    /// The same with its nodes at other places; none if they cannot be there, or not without a word.
    pub fn restore_at(&self, transforms: &Transforms, contents: &Contents) -> Option<Scene> {
        let rig = self.rig.as_ref()?;
        rig.place(transforms, self.restore(contents))
    }

    /// What it takes in memory.
    pub fn bytes(&self) -> usize {
        // Named one by one, so that nothing can be added without being counted.
        let Scene {
            producer: _,
            primitives,
            instances,
            materials,
            default_material: _,
            textures,
            cameras,
            faulty_cameras,
            lights,
            ignored_extensions,
            more_ignored_extensions: _,
            warnings,
            usage: _,
        } = &self.scene;
        let names = |names: &[Option<String>; 2]| -> usize {
            names.iter().flatten().map(String::capacity).sum()
        };
        let texts = [ignored_extensions, warnings].into_iter();
        let texts: usize = texts.map(|texts| of_texts(texts)).sum();
        let of_cameras: usize = cameras.iter().map(|camera| names(&camera.names)).sum();
        let faulty = faulty_cameras.iter();
        let of_faulty: usize = faulty
            .map(|camera| names(&camera.names) + camera.fault.to_string().len())
            .sum();
        size_of::<Self>()
            + size_of_val(primitives.as_slice())
            + size_of_val(instances.as_slice())
            + size_of_val(materials.as_slice())
            + size_of_val(textures.as_slice())
            + size_of_val(cameras.as_slice())
            + size_of_val(faulty_cameras.as_slice())
            + size_of_val(lights.as_slice())
            + texts
            + self.rig.as_ref().map_or(0, Rig::bytes)
            + of_cameras
            + of_faulty
    }
}

fn of_texts(texts: &[String]) -> usize {
    size_of_val(texts) + texts.iter().map(String::capacity).sum::<usize>()
}
