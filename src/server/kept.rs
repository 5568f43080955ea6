//! All that is kept between requests, in numbers.

use super::app::App;
use crate::tally::CacheCounts;

/// One cache, or those of all workers together.
#[derive(Debug)]
pub struct Kept {
    /// At most so many bytes, of all kinds together.
    pub limit: usize,
    /// The kinds of things in it, by their names.
    pub kinds: Vec<(&'static str, CacheCounts)>,
}

/// All caches of a server.
pub fn list(app: &App) -> Vec<Kept> {
    let contents = app.loading.cache.as_ref();
    let contents = contents.map(|cache| cache.counts()).unwrap_or_default();
    let recent = app.store.recent();
    let keeping = &app.keeping;
    let of_workers = keeping.bytes.saturating_mul(app.pool.counters().workers);
    let one = |limit, name, counts| Kept {
        limit,
        kinds: vec![(name, counts)],
    };
    vec![
        one(recent.limit(), "Files as they arrived", recent.counts()),
        Kept {
            limit: app.config.cache_size,
            kinds: vec![
                ("Meshes", contents.geometries),
                ("Textures", contents.images),
                ("Scenes", contents.scenes),
                ("Scenes whose nodes have moved", contents.moved),
            ],
        },
        one(of_workers, "Meshes on the GPU", keeping.meshes.counts()),
        one(of_workers, "Textures on the GPU", keeping.textures.counts()),
        one(
            keeping.visibility.limit(),
            "Views",
            keeping.visibility.counts(),
        ),
    ]
}
