//! What a view shows: drawn once for all kinds of image of it.
//!
//! A client with a color, a depth and a label camera at one place asks for three images of the same
//! triangles, one request after the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::canvas::{Canvas, Mark};
use super::faces::Faces;
use super::plane::Rays;
use super::{Scratch, triangles};
use crate::lru::Lru;
use crate::protocol::ImageSize;
use crate::render::draw_list::{Draw, DrawList, GeometryDraw};
use crate::render::look::Sides;
use crate::render::vertex::InstanceVertex;
use crate::render::view::{GuardBand, Sight};
use crate::scene::{Digest, Scene};
use crate::tally::{CacheCounts, Tally};

/// What the views drawn lately show, for any number of renderers on the CPU; bounded in bytes.
#[derive(Debug)]
pub struct VisibilityCache {
    kept: Mutex<Lru<Arc<Key>, Arc<Canvas>>>,
    limit: usize,
    tally: Arc<Tally>,
}

impl VisibilityCache {
    /// An empty cache of at most `limit` bytes. An image of 640 by 480 pixels takes 2.4 MB.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            kept: Mutex::new(Lru::new(limit)),
            limit,
            tally: Arc::default(),
        }
    }

    /// At most so many bytes are kept.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How well it works.
    #[must_use]
    pub fn counts(&self) -> CacheCounts {
        self.tally.counts()
    }

    /// What depth and label images show, with the triangles counted through the draws of the
    /// geometry pass.
    pub(super) fn get(
        &self,
        scene: &Scene,
        list: &DrawList,
        sight: &Sight,
        scratch: &mut Scratch,
    ) -> Arc<Canvas> {
        let key = Arc::new(Key::new(scene, list, sight));
        let known = self.lock().get(&key).cloned();
        self.tally.looked_up(known.is_some());
        if let Some(known) = known {
            return known;
        }
        let canvas = Arc::new(draw(scene, list, sight, scratch));
        let bytes = canvas.bytes() + key.bytes();
        let gone = self.lock().insert(key, canvas.clone(), bytes, &self.tally);
        for canvas in gone {
            scratch.take_back(canvas);
        }
        canvas
    }

    fn lock(&self) -> MutexGuard<'_, Lru<Arc<Key>, Arc<Canvas>>> {
        // Nothing in here panics halfway through a change.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn draw(scene: &Scene, list: &DrawList, sight: &Sight, scratch: &mut Scratch) -> Canvas {
    let mut canvas = scratch.canvas.take().unwrap_or_default();
    canvas.clear(sight.view.camera.size, Rays::of(sight.view));
    let seen = &mut scratch.seen;
    let faces = |draw: Draw, sides| Faces::new(scene, list, draw, sides, sight);
    let mut first = 0;
    for &GeometryDraw { draw, cover } in &list.geometry {
        faces(draw, cover.shaded_sides).each(seen, |number, face| {
            canvas.fill(face, Mark::new(first + number));
        });
        first += triangles(scene, draw);
    }
    first = 0;
    for &GeometryDraw { draw, cover } in &list.geometry {
        if cover.sides == Sides::Both
            && let Some(unshaded) = cover.shaded_sides.others()
        {
            faces(draw, unshaded).each(seen, |number, face| {
                canvas.fill_unshaded(face, Mark::new(first + number));
            });
        }
        first += triangles(scene, draw);
    }
    canvas
}

/// All that decides what a view shows. Equal keys have equal canvases.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    size: ImageSize,
    guard: GuardBand,
    are_parallel: bool,
    /// The bits of the nearness of the near and of the far plane.
    range: [u64; 2],
    draws: Vec<DrawKey>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DrawKey {
    shape: Digest,
    /// The bits of the maps to clip space and to the view's z.
    maps: [[u32; 4]; InstanceVertex::PLACE],
    sides: [Sides; 2],
    is_in_view: bool,
}

impl Key {
    fn new(scene: &Scene, list: &DrawList, sight: &Sight) -> Self {
        let rays = Rays::of(sight.view);
        let draws = list.geometry.iter().map(|GeometryDraw { draw, cover }| {
            let instance = draw.instance as usize;
            DrawKey {
                shape: scene.primitives[draw.primitive].shape,
                maps: list.instances[instance].place(),
                sides: [cover.sides, cover.shaded_sides],
                is_in_view: list.in_view[instance],
            }
        });
        Self {
            size: sight.view.camera.size,
            guard: sight.guard,
            are_parallel: rays.are_parallel,
            range: [rays.nearest, rays.farthest].map(f64::to_bits),
            draws: draws.collect(),
        }
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(self.draws.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use glam::{DMat4, DVec3};

    use super::*;
    use crate::protocol::Lens;
    use crate::render::View;
    use crate::render::testing::triangles;
    use crate::render::warm_up::view;
    use crate::scene::Producer;

    fn get(cache: &VisibilityCache, scene: &Scene, view: &View) -> Arc<Canvas> {
        let guard = GuardBand::new(view.camera.size, &wgpu::Limits::default());
        let list = DrawList::new(scene, view, guard, true);
        cache.get(
            scene,
            &list,
            &Sight { view, guard },
            &mut Scratch::default(),
        )
    }

    #[test]
    fn what_a_view_shows_is_drawn_once_for_all_kinds_of_image() {
        let cache = VisibilityCache::new(1 << 20);
        let scene = triangles();
        let drawn = get(&cache, &scene, &view());
        // As it is loaded for depth, and for labels.
        let mut other = scene.clone();
        for primitive in &mut other.primitives {
            primitive.shading = None;
            primitive.content = Digest::of_bytes(b"depth");
        }
        for material in &mut other.materials {
            material.base_color = [1.0; 4];
        }
        assert!(Arc::ptr_eq(&drawn, &get(&cache, &other, &view())));
    }

    #[test]
    fn all_that_decides_what_is_seen_tells_views_apart() {
        let cache = VisibilityCache::new(1 << 24);
        let (scene, view) = (triangles(), view());
        let mut known = vec![get(&cache, &scene, &view)];
        let mut check = |scene: &Scene, view: &View| {
            let drawn = get(&cache, scene, view);
            assert!(known.iter().all(|other| !Arc::ptr_eq(&drawn, other)));
            known.push(drawn);
        };
        let moved = DMat4::from_translation(DVec3::new(0.0, 0.0, 1e-6));
        check(&scene, &View::new(view.camera, moved));
        for change in [
            |view: &mut View| view.camera.size.width += 1,
            |view: &mut View| view.camera.clipping.near = 0.2,
            |view: &mut View| view.camera.clipping.far = 7.0,
            |view: &mut View| {
                view.camera.lens = Lens::Orthographic {
                    x_mag: 1.0,
                    y_mag: 1.0,
                };
            },
        ] {
            let mut view = view;
            change(&mut view);
            check(&scene, &view);
        }
        for change in [
            |scene: &mut Scene| scene.instances[7].world_from_model.translation.x += 1e-3,
            |scene: &mut Scene| scene.primitives[7].shape = Digest::of_bytes(b"other"),
            |scene: &mut Scene| scene.materials[7].double_sided = true,
            |scene: &mut Scene| scene.instances.swap(7, 8),
            |scene: &mut Scene| scene.producer = Producer::DrakeMerger,
            |scene: &mut Scene| scene.instances.truncate(239),
        ] {
            let mut scene = scene.clone();
            change(&mut scene);
            check(&scene, &view);
        }
    }

    #[test]
    fn a_cache_without_room_keeps_nothing() {
        let cache = VisibilityCache::new(1000);
        let [first, again] = [0; 2].map(|_| get(&cache, &triangles(), &view()));
        assert!(!Arc::ptr_eq(&first, &again));
        let counts = CacheCounts {
            misses: 2,
            ..CacheCounts::default()
        };
        assert_eq!(cache.counts(), counts);
    }

    #[test]
    fn what_is_found_let_go_and_kept_is_counted() {
        let cache = VisibilityCache::new(1 << 24);
        let (scene, mut view) = (triangles(), view());
        get(&cache, &scene, &view);
        let one = cache.counts().bytes;
        assert!(one > size_of::<DrawKey>() * scene.instances.len(), "{one}");
        // Room for two views.
        let cache = VisibilityCache::new(2 * one + one / 2);
        for (x, hits, misses, evictions, kept) in [
            (0.0, 0, 1, 0, 1),
            (0.0, 1, 1, 0, 1),
            (0.1, 1, 2, 0, 2),
            (0.0, 2, 2, 0, 2),
            (0.2, 2, 3, 1, 2),
            (0.0, 3, 3, 1, 2),
            (0.1, 3, 4, 2, 2),
        ] {
            view.view_from_world = DMat4::from_translation(DVec3::new(x, 0.0, 0.0));
            get(&cache, &scene, &view);
            let expected = CacheCounts {
                hits,
                misses,
                evictions,
                bytes: kept * one,
            };
            assert_eq!(cache.counts(), expected, "{x}");
        }
        assert_eq!(cache.limit(), 2 * one + one / 2);
    }
}
