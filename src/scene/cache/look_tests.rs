//! One file in several looks.

use super::moved::moved;
use super::*;
use crate::scene::Look;

#[test]
fn looks_tell_scenes_apart() {
    for (name, file) in assets() {
        let cache = Arc::new(ContentCache::new(64 << 20));
        let files = [0, 1].map(|step| moved(&file, step));
        for _ in 0..2 {
            let mut distinct = HashSet::new();
            for look in Look::ALL {
                let mut options = Options::new(Detail::Shading);
                options.selection.look = look;
                for (number, file) in (0..).zip(&files) {
                    let cached = with(&cache, &options);
                    let found = load_hashed(file, &[number; 32], Some(&arrived(file)), &cached);
                    let found = told(&found);
                    assert!(found == told(&load(file, &options)), "{name}, {look:?}");
                    distinct.insert(found);
                }
            }
            // Of each file two, of which one is its own.
            assert_eq!(distinct.len(), 4, "{name}");
        }
        assert_eq!(cache.counts().scenes.hits, 6, "{name}");
    }
}
