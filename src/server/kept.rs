//! All that is kept between requests, in numbers.

use super::app::App;
use crate::tally::CacheCounts;

/// One cache, or those of all workers together.
#[derive(Debug)]
pub struct Kept {
    /// Its name in metrics.
    pub label: &'static str,
    /// At most so many bytes, of all kinds together.
    pub limit: usize,
    /// The kinds of things in it.
    pub kinds: Vec<Kind>,
}

/// Things of one kind in a cache.
#[derive(Debug)]
pub struct Kind {
    /// Their name for people.
    pub name: &'static str,
    /// Their name in metrics.
    pub label: &'static str,
    /// How well they are kept.
    pub counts: CacheCounts,
}

/// All caches of a server.
pub fn list(app: &App) -> Vec<Kept> {
    let contents = app.loading.cache.as_ref();
    let contents = contents.map(|cache| cache.counts()).unwrap_or_default();
    let recent = app.store.recent();
    let keeping = &app.keeping;
    let of_workers = keeping.bytes.saturating_mul(app.pool.counters().workers);
    let kept = |label, limit, kinds| Kept {
        label,
        limit,
        kinds,
    };
    let kind = |name, label, counts| Kind {
        name,
        label,
        counts,
    };
    vec![
        kept(
            "arrived",
            recent.limit(),
            vec![kind("Files as they arrived", "files", recent.counts())],
        ),
        kept(
            "contents",
            app.config.cache_size,
            vec![
                kind("Meshes", "meshes", contents.geometries),
                kind("Textures", "textures", contents.images),
                kind("Scenes", "scenes", contents.scenes),
                kind("Scenes whose nodes have moved", "moved", contents.moved),
            ],
        ),
        kept(
            "gpu_meshes",
            of_workers,
            vec![kind("Meshes on the GPU", "meshes", keeping.meshes.counts())],
        ),
        kept(
            "gpu_textures",
            of_workers,
            vec![kind(
                "Textures on the GPU",
                "textures",
                keeping.textures.counts(),
            )],
        ),
        kept(
            "seen",
            keeping.visibility.limit(),
            vec![kind("Views", "views", keeping.visibility.counts())],
        ),
    ]
}
