//! Loads are the same with a cache as without.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "counts_tests.rs"]
mod counts;
#[path = "digest_tests.rs"]
mod digests;
#[path = "look_tests.rs"]
mod looks;
#[path = "moved_tests.rs"]
mod moved;
#[path = "moved_text_tests.rs"]
mod moved_texts;

use std::collections::HashSet;

use serde_json::{Value, json};

use super::*;
use crate::scene::testing::{
    PIXEL, add_accessor, add_attribute, add_channel, add_view, floats, triangle,
};
use crate::scene::{
    Choice, Cuts, Cutter, Detail, FileFault, Files, Limits, Primitive, SceneError, Selection, load,
    load_hashed,
};

fn assets() -> Vec<(String, Vec<u8>)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets");
    let folders = [root.to_owned(), format!("{root}/compressed")];
    let mut assets = Vec::new();
    for folder in folders {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|e| e == "gltf" || e == "glb") {
                let name = path.display().to_string();
                assets.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    assert!(assets.len() >= 9, "{}", assets.len());
    assets.extend([
        ("morphed".to_owned(), bytes(&morphed(0.5))),
        ("skinned".to_owned(), bytes(&skinned(2.0))),
        ("sparse".to_owned(), bytes(&sparse(&[7.0, 0.0, 0.0]))),
        ("moving".to_owned(), bytes(&moving())),
    ]);
    assets
}

fn bytes(scene: &Value) -> Vec<u8> {
    serde_json::to_vec(scene).unwrap()
}

fn morphed(weight: f64) -> Value {
    let mut scene = triangle();
    let delta = add_accessor(&mut scene, &floats(&[1.0; 9]), 5126, "VEC3", 3);
    scene["meshes"][0]["primitives"][0]["targets"] = json!([{"POSITION": delta}]);
    scene["meshes"][0]["weights"] = json!([weight]);
    scene
}

fn skinned(height: f64) -> Value {
    let mut scene = triangle();
    scene["nodes"] = json!([{"mesh": 0, "skin": 0}, {}, {"translation": [0, height, 0]}]);
    scene["scenes"][0]["nodes"] = json!([0, 1, 2]);
    scene["skins"] = json!([{"joints": [1, 2]}]);
    let joints = add_accessor(&mut scene, &[0, 1, 0, 0].repeat(3), 5121, "VEC4", 3);
    scene["accessors"][joints]["normalized"] = json!(false);
    scene["meshes"][0]["primitives"][0]["attributes"]["JOINTS_0"] = json!(joints);
    add_attribute(
        &mut scene,
        "WEIGHTS_0",
        "VEC4",
        &[0.5, 0.5, 0.0, 0.0].repeat(3),
    );
    scene
}

fn sparse(vertex: &[f32]) -> Value {
    let mut scene = triangle();
    let indices = add_view(&mut scene, &[1]);
    let values = add_view(&mut scene, &floats(vertex));
    scene["accessors"][0]["sparse"] = json!({
        "count": 1,
        "indices": {"bufferView": indices, "componentType": 5121},
        "values": {"bufferView": values}
    });
    scene
}

/// Its animation reads the buffer of the indices, too.
fn moving() -> Value {
    let mut scene = triangle();
    let places = floats(&[0.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
    let target = json!({"node": 0, "path": "translation"});
    add_channel(&mut scene, &target, 2, ("VEC3", 5126), &places);
    scene
}

fn textured() -> Value {
    let mut scene = triangle();
    scene["images"] = json!([{"uri": PIXEL}]);
    scene["textures"] = json!([{"source": 0}]);
    scene["materials"] = json!([{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]);
    scene["meshes"][0]["primitives"][0]["material"] = json!(0);
    add_attribute(
        &mut scene,
        "TEXCOORD_0",
        "VEC2",
        &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0],
    );
    scene
}

fn with(cache: &Arc<ContentCache>, options: &Options) -> Options {
    Options {
        cache: Some(Arc::clone(cache)),
        ..options.clone()
    }
}

/// Meshes, textures, scenes, and scenes whose nodes have moved.
fn kinds(cache: &ContentCache) -> [CacheCounts; 4] {
    let counts = cache.counts();
    [
        counts.geometries,
        counts.images,
        counts.scenes,
        counts.moved,
    ]
}

/// All kinds together.
fn bytes_kept(cache: &ContentCache) -> usize {
    kinds(cache).iter().map(|kind| kind.bytes).sum()
}

/// All of it, every number of every array.
fn told(loaded: &Result<Scene, SceneError>) -> String {
    format!("{loaded:?}")
}

#[test]
fn scenes_are_the_same_with_a_cache_and_without() {
    let cache = Arc::new(ContentCache::new(64 << 20));
    for (number, (name, bytes)) in (0_u8..).zip(assets()) {
        for detail in [Detail::Geometry, Detail::Shading] {
            for time in [None, Some(0.5)] {
                let mut options = Options::new(detail);
                options.selection.time = time;
                let plain = told(&load(&bytes, &options));
                let cached = with(&cache, &options);
                let sha256 = [number; 32];
                for cuts in [None, Some(&arrived(&bytes))] {
                    assert!(told(&load(&bytes, &cached)) == plain, "{name}");
                    let hashed = load_hashed(&bytes, &sha256, cuts, &cached);
                    assert!(told(&hashed) == plain, "{name}");
                    let fresh = load_hashed(&bytes, &sha256, cuts, &options);
                    assert!(told(&fresh) == plain, "{name}");
                }
            }
        }
    }
    let counts = cache.counts();
    let all = [counts.geometries, counts.images, counts.scenes];
    assert!(
        all.iter().all(|kind| kind.hits > 0 && kind.misses > 0),
        "{counts:?}"
    );
    assert_eq!(counts.geometries.evictions, 0);
}

fn arrived(file: &[u8]) -> Cuts {
    let mut cutter = Cutter::new();
    file.chunks(1000).for_each(|chunk| cutter.feed(chunk));
    cutter.finish().unwrap()
}

#[test]
fn contents_are_found_by_the_digests_of_what_arrived() {
    let cache = Arc::new(ContentCache::new(64 << 20));
    let options = with(&cache, &Options::new(Detail::Shading));
    for (number, (name, bytes)) in (0_u8..).zip(assets()) {
        load(&bytes, &options).unwrap();
        let before = cache.counts();
        load_hashed(&bytes, &[number; 32], Some(&arrived(&bytes)), &options).unwrap();
        let after = cache.counts();
        assert_eq!(after.geometries.misses, before.geometries.misses, "{name}");
        assert_eq!(after.images.misses, before.images.misses, "{name}");
        assert!(after.geometries.hits > before.geometries.hits, "{name}");
    }
}

#[test]
fn scenes_are_known_once_they_were_loaded() {
    let cache = Arc::new(ContentCache::new(64 << 20));
    let options = with(&cache, &Options::new(Detail::Shading));
    let sha256 = [1; 32];
    assert!(!cache.knows_scene(&sha256, &options));
    load_hashed(&bytes(&triangle()), &sha256, None, &options).unwrap();
    assert!(cache.knows_scene(&sha256, &options));
    assert!(!cache.knows_scene(&sha256, &with(&cache, &Options::new(Detail::Geometry))));
    assert!(!cache.knows_scene(&[2; 32], &options));
}

type SetLimit = fn(&mut Limits, u64);

/// The limits that are checked while something is made that may be found.
fn limits(scene: &Scene) -> [(u64, SetLimit); 7] {
    fn size(number: u64) -> usize {
        usize::try_from(number).unwrap()
    }
    let used = scene.usage;
    [
        (used.vertices as u64, |limits, n| limits.vertices = size(n)),
        (used.indices as u64, |limits, n| limits.indices = size(n)),
        (used.morphed_vertices as u64, |limits, n| {
            limits.morphed_vertices = size(n);
        }),
        (used.texture_side.into(), |limits, n| {
            limits.texture_side = u32::try_from(n).unwrap();
        }),
        (used.texture_pixels, |limits, n| limits.texture_pixels = n),
        (used.decoded_bytes as u64, |limits, n| {
            limits.decoded_bytes = size(n);
        }),
        (used.encoded_bytes as u64, |limits, n| {
            limits.encoded_bytes = size(n);
        }),
    ]
}

#[test]
fn refusals_are_the_same_with_a_cache_and_without() {
    let cache = Arc::new(ContentCache::new(64 << 20));
    let mut refused = HashSet::new();
    for (number, (name, bytes)) in (0_u8..).zip(assets()) {
        let (options, sha256) = (Options::new(Detail::Shading), [number; 32]);
        let scene = load_hashed(&bytes, &sha256, None, &with(&cache, &options)).unwrap();
        for (index, (used, set)) in limits(&scene).into_iter().enumerate() {
            // From nearly nothing to exactly enough.
            let some = [
                used / 4,
                used / 2,
                used - used / 4,
                used.saturating_sub(1),
                used,
            ];
            for limit in some {
                let mut options = options.clone();
                set(&mut options.limits, limit);
                let plain = load(&bytes, &options);
                if plain.is_err() {
                    refused.insert(index);
                }
                let cached = with(&cache, &options);
                for found in [
                    load(&bytes, &cached),
                    load_hashed(&bytes, &sha256, None, &cached),
                ] {
                    assert!(
                        told(&found) == told(&plain),
                        "{name}, limit {index}: {limit}"
                    );
                }
            }
        }
    }
    assert_eq!(refused.len(), 7, "{refused:?}");
}

#[test]
fn what_was_chosen_tells_scenes_apart() {
    let cache = Arc::new(ContentCache::new(1 << 20));
    let mut scene = moving();
    scene["nodes"][0]["name"] = json!("1");
    let bytes = bytes(&scene);
    let place = |selection: &Selection| {
        let options = Options {
            selection: selection.clone(),
            ..with(&cache, &Options::new(Detail::Geometry))
        };
        let scene = load_hashed(&bytes, &[7; 32], None, &options)?;
        Ok::<_, SceneError>(scene.instances[0].world_from_model.translation.x)
    };
    let at = |time, animation| Selection {
        animation,
        time,
        ..Selection::default()
    };
    for _ in 0..2 {
        assert_eq!(place(&at(None, None)), Ok(0.0));
        assert_eq!(place(&at(Some(0.5), None)), Ok(1.0));
        assert_eq!(place(&at(Some(1.0), None)), Ok(2.0));
        assert_eq!(place(&at(Some(1.0), Some(Choice::Index(0)))), Ok(2.0));
        // Refused each time, whatever is kept.
        let missing = Choice::Name("0".to_owned());
        assert!(place(&at(Some(1.0), Some(missing))).is_err());
        let options = Options {
            limits: Limits {
                nodes: 0,
                ..Limits::default()
            },
            ..with(&cache, &Options::new(Detail::Geometry))
        };
        assert!(load_hashed(&bytes, &[7; 32], None, &options).is_err());
    }
    assert_eq!(cache.counts().scenes.hits, 4);
}

#[test]
fn a_scene_is_found_only_as_long_as_all_of_it_is_kept() {
    let [small, large] = [morphed(0.5), textured()].map(|scene| bytes(&scene));
    let options = Options::new(Detail::Shading);
    let plain = told(&load(&large, &options));
    // From no room to room for all.
    for limit in (0..16_000).step_by(250) {
        let cache = Arc::new(ContentCache::new(limit));
        let cached = with(&cache, &options);
        for _ in 0..3 {
            let found = load_hashed(&large, &[1; 32], None, &cached);
            assert!(told(&found) == plain, "{limit}");
            load_hashed(&small, &[2; 32], None, &cached).unwrap();
            assert!(bytes_kept(&cache) <= limit);
        }
    }
}

/// Two files of the same name.
#[derive(Debug)]
struct Folder(f32);

impl Files for Folder {
    fn read(&self, _: &str, _: usize) -> Result<Vec<u8>, FileFault> {
        Ok(floats(&[self.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]))
    }
}

#[test]
fn files_are_not_known_by_their_names() {
    let cache = Arc::new(ContentCache::new(1 << 20));
    let mut scene = triangle();
    scene["buffers"][0]["uri"] = json!("a.bin");
    let loaded = [5.0, 6.0].map(|x| {
        let mut options = with(&cache, &Options::new(Detail::Geometry));
        options.files = Some(Arc::new(Folder(x)));
        let scene = load_hashed(&bytes(&scene), &[0; 32], None, &options).unwrap();
        let primitive = &scene.primitives[0];
        (primitive.content, primitive.positions[0][0].to_bits())
    });
    assert_ne!(loaded[0].0, loaded[1].0);
    assert_eq!(loaded.map(|(_, x)| x), [5.0_f32, 6.0].map(f32::to_bits));
}
