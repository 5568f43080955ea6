//! What the cache says of itself.

use super::*;

#[test]
fn no_more_scenes_are_kept_than_may_be() {
    let options = Options::new(Detail::Shading);
    let file = moved::moved(&bytes(&triangle()), 0);
    for most in 0..4 {
        let cache = Arc::new(ContentCache::with_scenes(1 << 20, most));
        let cached = with(&cache, &options);
        // By its hash and by what does not move.
        for number in [1, 1, 2, 1] {
            load_hashed(&file, &[number; 32], Some(&arrived(&file)), &cached).unwrap();
        }
        let [geometry, _, scenes, moved] = kinds(&cache);
        assert!(geometry.bytes > 0);
        assert_eq!(scenes.bytes + moved.bytes > 0, most > 0, "{most}");
        // Where there is room for one, each is let go for the other; where there is room for two, the scene
        // of the first hash for that of the second, because what does not move was used last.
        let found = [scenes.hits, moved.hits];
        assert_eq!(found, [[0, 0], [0, 2], [1, 2], [2, 1]][most], "{most}");
    }
}

#[test]
fn what_is_found_let_go_and_kept_is_counted() {
    let options = Options::new(Detail::Shading);
    // Alike, but of other contents.
    let [one, other] = [0.25, 0.75].map(|u| {
        let mut scene = textured();
        add_attribute(&mut scene, "TEXCOORD_0", "VEC2", &[u; 6]);
        if u > 0.5 {
            let renamed = PIXEL.replacen("image/png", "image/jpeg", 1);
            scene["images"][0]["uri"] = json!(renamed);
        }
        moved::moved(&bytes(&scene), 0)
    });
    // How often each kind is found, not found and let go; gives what is kept of each.
    let check = |cache: &ContentCache, expected: [[u64; 3]; 4]| {
        let kinds = kinds(cache);
        let times = kinds.map(|kind| [kind.hits, kind.misses, kind.evictions]);
        assert_eq!(times, expected);
        kinds.map(|kind| kind.bytes)
    };
    let load = |cache: &Arc<ContentCache>, file: &[u8], number: u8| {
        let cached = with(cache, &options);
        load_hashed(file, &[number; 32], Some(&arrived(file)), &cached).unwrap();
    };
    let cache = Arc::new(ContentCache::new(1 << 20));
    check(&cache, [[0, 0, 0]; 4]);
    load(&cache, &one, 1);
    let first = check(&cache, [[0, 1, 0]; 4]);
    load(&cache, &one, 1);
    check(&cache, [[0, 1, 0], [0, 1, 0], [1, 1, 0], [0, 1, 0]]);
    load(&cache, &moved::moved(&one, 1), 2);
    check(&cache, [[0, 1, 0], [0, 1, 0], [1, 2, 0], [1, 1, 0]]);
    load(&cache, &other, 3);
    let all = check(&cache, [[0, 2, 0], [0, 2, 0], [1, 3, 0], [1, 2, 0]]);
    // The moved one was kept as a scene too.
    let [geometry, image, scene, moved] = first;
    assert!(geometry > 0 && image > 0 && scene > 0 && moved > 0);
    assert_eq!(all, [2 * geometry, 2 * image, 3 * scene, 2 * moved]);
    // With room for the first alone all of it goes for the other.
    let cache = Arc::new(ContentCache::new({
        let cache = Arc::new(ContentCache::new(1 << 20));
        load(&cache, &one, 1);
        bytes_kept(&cache)
    }));
    load(&cache, &one, 1);
    assert_eq!(check(&cache, [[0, 1, 0]; 4]), first);
    load(&cache, &other, 2);
    assert_eq!(check(&cache, [[0, 2, 1]; 4]), first);
}
