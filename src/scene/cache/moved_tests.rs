//! Scenes whose nodes have moved.

use super::*;
use crate::scene::file::glb;

/// A file of which the JSON is that text.
fn with_text(file: &[u8], text: &str) -> Vec<u8> {
    if !file.starts_with(glb::MAGIC) {
        return text.into();
    }
    let (_, bin) = glb::split(file).unwrap();
    let mut text = text.as_bytes().to_vec();
    text.resize(text.len().next_multiple_of(4), b' ');
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [&length[..], kind, data].concat()
    };
    let mut body = chunk(b"JSON", &text);
    body.extend(bin.map(|bin| chunk(b"BIN\0", bin)).unwrap_or_default());
    let length = u32::try_from(12 + body.len()).unwrap().to_le_bytes();
    [&glb::MAGIC[..], &2_u32.to_le_bytes(), &length, &body].concat()
}

/// The file with transforms at all of its nodes, which are others at each step.
pub fn moved(file: &[u8], step: u8) -> Vec<u8> {
    let json = if file.starts_with(glb::MAGIC) {
        glb::split(file).unwrap().0
    } else {
        file
    };
    let mut scene: Value = serde_json::from_slice(json).unwrap();
    for (index, node) in scene["nodes"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        let x = 0.25 * f64::from(step) + f64::from(u32::try_from(index).unwrap());
        if node["matrix"].is_array() {
            node["matrix"][12] = json!(x);
        } else {
            node["translation"] = json!([x, 0, -x]);
        }
    }
    with_text(file, &scene.to_string())
}

/// Whether the second file is made of the first one's scene, which is the same as without.
pub fn is_moved(name: &str, files: [&[u8]; 2], options: &Options) -> bool {
    let cache = Arc::new(ContentCache::new(64 << 20));
    let cached = with(&cache, options);
    for (number, file) in (0..).zip(files) {
        let found = load_hashed(file, &[number; 32], Some(&arrived(file)), &cached);
        assert_eq!(told(&found), told(&load(file, options)), "{name}");
        // What was kept of it is the same again.
        let again = load_hashed(file, &[number; 32], Some(&arrived(file)), &cached);
        assert_eq!(told(&again), told(&found), "{name}");
    }
    cache.counts().moved.hits > 0
}

#[test]
fn assets_may_be_moved() {
    let mut found = HashSet::new();
    for (name, file) in assets() {
        let files = [0, 1].map(|step| moved(&file, step));
        let files = [&*files[0], &*files[1]];
        for detail in [Detail::Geometry, Detail::Shading] {
            let mut options = Options::new(detail);
            if is_moved(&name, files, &options) {
                found.insert(name.clone());
            }
            options.selection.time = Some(0.5);
            assert!(!is_moved(&name, files, &options), "{name}");
        }
    }
    assert!(found.len() >= 9, "{found:?}");
    assert!(found.contains("morphed"));
    assert!(found.contains("moving"));
    assert!(!found.contains("skinned"));
    assert!(
        found.iter().any(|name| name.contains("sample")),
        "{found:?}"
    );
}

#[test]
fn limits_hold_for_moved_scenes() {
    let (mut refused, mut found) = (HashSet::new(), 0);
    for (name, file) in assets() {
        let files = [0, 1].map(|step| moved(&file, step));
        let options = Options::new(Detail::Shading);
        let used = limits(&load(&files[0], &options).unwrap());
        for (index, (used, set)) in used.into_iter().enumerate() {
            for limit in [used / 2, used.saturating_sub(1), used] {
                let mut options = options.clone();
                set(&mut options.limits, limit);
                if load(&files[1], &options).is_err() {
                    refused.insert(index);
                }
                found += u32::from(is_moved(&name, [&files[0], &files[1]], &options));
            }
        }
    }
    assert_eq!(refused.len(), 7, "{refused:?}");
    assert!(found > 100, "{found}");
}

#[test]
fn a_bin_chunk_stays_the_same() {
    let options = Options::new(Detail::Shading);
    let (_, file) = assets()
        .into_iter()
        .find(|(name, _)| name.ends_with("/box.glb"))
        .unwrap();
    let first = moved(&file, 0);
    let mut second = moved(&file, 1);
    assert!(is_moved("box", [&first, &second], &options));
    let bin = second.len() - glb::split(&second).unwrap().1.unwrap().len();
    second[bin] ^= 1;
    assert!(!is_moved("box", [&first, &second], &options));
}

#[test]
fn what_is_asked_for_stays_the_same() {
    let plain = Options::new(Detail::Shading);
    let files = [0, 1].map(|step| moved(&bytes(&textured()), step));
    let mut limited = plain.clone();
    limited.limits.nodes = 0;
    let mut chosen = plain.clone();
    chosen.selection.variant = Some(Choice::Index(7));
    for other in [limited, chosen, Options::new(Detail::Geometry)] {
        let cache = Arc::new(ContentCache::new(1 << 20));
        for (number, file, options) in [(0, &files[0], &plain), (1, &files[1], &other)] {
            let cuts = arrived(file);
            let found = load_hashed(file, &[number; 32], Some(&cuts), &with(&cache, options));
            assert_eq!(told(&found), told(&load(file, options)));
        }
        assert_eq!(cache.counts().moved.hits, 0);
    }
}

#[test]
fn instances_and_joints_are_not_moved() {
    let mut scene = triangle();
    let places = add_accessor(&mut scene, &floats(&[1.0; 6]), 5126, "VEC3", 2);
    scene["nodes"][0]["extensions"] =
        json!({"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": places}}});
    for scene in [scene, skinned(2.0)] {
        let files = [0, 1].map(|step| moved(&bytes(&scene), step));
        let options = Options::new(Detail::Shading);
        assert!(!is_moved("instances", [&files[0], &files[1]], &options));
    }
}

#[test]
fn moved_scenes_are_found_only_as_long_as_all_of_them_is_kept() {
    let options = Options::new(Detail::Shading);
    let other = bytes(&morphed(0.5));
    let file = bytes(&textured());
    let frames: Vec<Vec<u8>> = (0..4).map(|step| moved(&file, step)).collect();
    let mut found = HashSet::new();
    for limit in (0..24_000).step_by(250) {
        let cache = Arc::new(ContentCache::new(limit));
        let cached = with(&cache, &options);
        for (number, frame) in (0_u8..).zip(&frames) {
            let scene = load_hashed(frame, &[number; 32], Some(&arrived(frame)), &cached);
            assert_eq!(told(&scene), told(&load(frame, &options)), "{limit}");
            load_hashed(&other, &[9; 32], None, &cached).unwrap();
            assert!(bytes_kept(&cache) <= limit);
        }
        found.insert(cache.counts().moved.hits);
    }
    assert!(found.contains(&0) && found.contains(&3), "{found:?}");
}
