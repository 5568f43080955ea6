//! Whatever arrived before, a scene is what it is.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use super::*;
use crate::tally::CacheCounts;

const BLOCK: usize = 64;

fn recent(limit: usize) -> Arc<Recent> {
    Arc::new(Recent::with_block(limit, usize::MAX, BLOCK))
}

/// The scene, taken in pieces of a size.
fn arrive(recent: &Arc<Recent>, scene: &[u8], piece: usize, is_searched: bool) -> Arc<Arrived> {
    let mut arriving = Arriving::new(recent, scene.len(), is_searched);
    for chunk in scene.chunks(piece) {
        arriving.take(chunk);
    }
    arriving.finish(|_| true)
}

fn whole_cuts(scene: &[u8]) -> Option<Cuts> {
    let mut cutter = Cutter::new();
    cutter.feed(scene);
    cutter.finish()
}

fn sha256(scene: &[u8]) -> SceneHash {
    SceneHash(Sha256::digest(scene).into())
}

/// Checks all that is said of a scene.
fn check(arrived: &Arrived, scene: &[u8], is_searched: bool) {
    assert_eq!(arrived.bytes, scene);
    assert_eq!(arrived.sha256, sha256(scene));
    assert!(arrived.is_searched || !is_searched);
    let expected = whole_cuts(scene);
    if arrived.is_searched {
        assert_eq!(Some(&arrived.found), expected.as_ref());
    }
    let with_known = Cutter::after(scene, arrived.found.clone());
    assert_eq!(with_known.finish(), expected);
    assert_eq!(arrived.hashed.len(), scene.len().div_ceil(BLOCK));
    for (number, state) in arrived.hashed.iter().enumerate() {
        let before = &scene[..number * BLOCK];
        assert_eq!(SceneHash(state.clone().finalize().into()), sha256(before));
    }
}

/// A text of some twenty blocks with long and short URIs.
fn text() -> Vec<u8> {
    let long = "A".repeat(1100);
    let uris = format!(r#""data:,x","data:;base64,{long}","data:,y","file""#);
    format!(r#"{{"asset":0,"b":[{uris}],"matrix":[1.0,0.25]}}"#).into_bytes()
}

fn changed(at: usize) -> Vec<u8> {
    let mut text = text();
    text[at] ^= 1;
    text
}

#[test]
fn a_scene_may_differ_from_the_last_at_any_place() {
    let text = text();
    for piece in [1, 7, BLOCK, 1000, text.len()] {
        for is_searched in [true, false] {
            let recent = recent(1 << 20);
            check(&arrive(&recent, &text, piece, true), &text, true);
            for at in 0..text.len() {
                let other = changed(at);
                check(
                    &arrive(&recent, &other, piece, is_searched),
                    &other,
                    is_searched,
                );
                // This may differ from that at the same place.
                check(&arrive(&recent, &text, piece, true), &text, true);
            }
        }
    }
}

#[test]
fn a_scene_may_end_at_any_place_of_another() {
    let text = text();
    for is_searched in [true, false] {
        let recent = recent(1 << 20);
        for length in 1..=text.len() {
            for scene in [&text[..length], &text] {
                check(
                    &arrive(&recent, scene, 100, is_searched),
                    scene,
                    is_searched,
                );
            }
        }
    }
}

#[test]
fn an_equal_scene_is_the_same() {
    let (recent, text) = (recent(1 << 20), text());
    let first = arrive(&recent, &text, 100, false);
    for is_searched in [false, true, false, true] {
        let again = arrive(&recent, &text, 33, is_searched);
        check(&again, &text, is_searched);
        // The first time that it is to be searched it was not yet.
        assert_eq!(Arc::ptr_eq(&first, &again), !again.is_searched);
        let third = arrive(&recent, &text, 1000, is_searched);
        assert!(Arc::ptr_eq(&again, &third));
    }
}

#[test]
fn the_memory_of_the_last_is_taken_over_unless_someone_has_it_or_it_does_not_fit() {
    let (recent, text, other) = (recent(1 << 20), text(), changed(1000));
    let first = arrive(&recent, &text, 100, true);
    let second = arrive(&recent, &other, 100, true);
    check(&first, &text, true);
    let place = second.bytes.as_ptr();
    drop(second);
    let third = arrive(&recent, &text, 100, true);
    assert_eq!(third.bytes.as_ptr(), place);
    drop(third);
    for scene in [&[&text[..], &text].concat()[..], &text[..200]] {
        let last = arrive(&recent, scene, 100, true);
        assert!(last.bytes.capacity() < scene.len() + BLOCK);
        check(&last, scene, true);
    }
}

#[test]
fn what_was_found_is_handed_on_by_scenes_that_are_not_searched() {
    let (recent, text) = (recent(1 << 20), text());
    arrive(&recent, &text, 100, true);
    let near_its_end = text.len() - 5;
    for at in [near_its_end, near_its_end + 1] {
        let scene = arrive(&recent, &changed(at), 100, false);
        assert_eq!(scene.found, whole_cuts(&text).unwrap());
        assert_eq!(scene.cuts(), None);
    }
}

#[test]
fn one_of_those_with_the_same_first_block_is_kept_and_none_that_is_too_large() {
    let text = text();
    let size = arrive(&recent(0), &text, 100, true).size();
    // Two and a half.
    let recent = recent(5 * size / 2);
    let is_kept = |scene: &[u8]| {
        let name = recent.name(&scene[..BLOCK]).unwrap();
        recent.find(&name).is_some_and(|kept| kept.bytes == scene)
    };
    let scenes = [text.clone(), changed(BLOCK), changed(0), changed(1)];
    arrive(&recent, &scenes[0], 100, true);
    assert!(is_kept(&scenes[0]));
    arrive(&recent, &scenes[1], 100, true);
    assert!(!is_kept(&scenes[0]) && is_kept(&scenes[1]));
    arrive(&recent, &scenes[2], 100, true);
    assert!(is_kept(&scenes[1]) && is_kept(&scenes[2]));
    let large = [b"large", &text.repeat(5)[..]].concat();
    check(&arrive(&recent, &large, 100, true), &large, true);
    assert!(!is_kept(&large) && is_kept(&scenes[2]) && is_kept(&scenes[1]));
    // The second was used last, by that question.
    arrive(&recent, &scenes[3], 100, true);
    assert!(is_kept(&scenes[3]) && is_kept(&scenes[1]) && !is_kept(&scenes[2]));
    let small = &text[..BLOCK - 1];
    assert_eq!(arrive(&recent, small, 100, true).first, None);
}

#[test]
fn nothing_is_kept_without_memory_for_it() {
    let (recent, text) = (recent(0), text());
    for _ in 0..2 {
        let scene = arrive(&recent, &text, 100, true);
        check(&scene, &text, true);
        assert_eq!((scene.first, Arc::strong_count(&scene)), (None, 1));
    }
}

#[test]
fn bytes_decide_and_not_their_name() {
    let (recent, text) = (recent(1 << 20), text());
    let other = changed(0);
    let mut wrong = arrive(&recent, &other, 100, true);
    let name = recent.name(&text[..BLOCK]);
    wrong = Arc::new(Arrived {
        bytes: other.clone(),
        sha256: wrong.sha256,
        hashed: wrong.hashed.clone(),
        found: wrong.found.clone(),
        is_searched: true,
        first: name,
    });
    recent.keep(&wrong);
    check(&arrive(&recent, &text, 100, true), &text, true);
}

#[test]
fn the_bytes_may_be_taken_away_at_any_place() {
    let text = text();
    for at in 0..text.len() {
        let recent = recent(1 << 20);
        arrive(&recent, &changed(900), 100, true);
        for is_searched in [true, false] {
            let mut arriving = Arriving::new(&recent, text.len(), is_searched);
            let (before, behind) = text.split_at(at);
            arriving.take(before);
            assert_eq!(mem::take(arriving.own_bytes()), before);
            for chunk in behind.chunks(100) {
                arriving.take(chunk);
                assert_eq!(mem::take(arriving.own_bytes()), chunk);
            }
            let (hash, found) = arriving.finish_elsewhere();
            assert_eq!(hash, sha256(&text));
            assert_eq!(found, whole_cuts(&text).filter(|_| is_searched));
        }
    }
}

#[test]
fn many_arrive_at_the_same_time() {
    let recent = recent(1 << 14);
    std::thread::scope(|threads| {
        for seed in 0..4 {
            let recent = &recent;
            threads.spawn(move || {
                let mut held = Vec::new();
                let mut state = seed;
                for _ in 0..2000 {
                    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
                    let scene = changed(state >> 8 & 0x3ff);
                    let is_searched = state >> 20 & 1 == 0;
                    let arrived = arrive(recent, &scene, 1 + (state >> 12 & 0xff), is_searched);
                    check(&arrived, &scene, is_searched);
                    held.push((arrived, scene));
                    if held.len() > state >> 24 & 3 {
                        let (arrived, scene) = held.remove(0);
                        check(&arrived, &scene, false);
                    }
                }
            });
        }
    });
}

#[test]
fn what_is_found_let_go_and_kept_is_counted() {
    let scenes = [b'a', b'b', b'c'].map(|letter| vec![letter; 10 * BLOCK]);
    let size_of_one = {
        let recent = recent(1 << 20);
        arrive(&recent, &scenes[0], 100, true);
        recent.counts().bytes
    };
    assert!(size_of_one > 10 * BLOCK, "{size_of_one}");
    // Room for two.
    let recent = recent(2 * size_of_one + size_of_one / 2);
    let counts = |hits, misses, evictions, kept| CacheCounts {
        hits,
        misses,
        evictions,
        bytes: kept * size_of_one,
    };
    let mut ended = scenes[0].clone();
    ended[9 * BLOCK] = b'e';
    for (scene, expected) in [
        (&scenes[0], counts(0, 1, 0, 1)),
        (&scenes[0], counts(1, 1, 0, 1)),
        (&scenes[1], counts(1, 2, 0, 2)),
        // It takes the place of the one that it begins like, which has not had to go for it.
        (&ended, counts(2, 2, 0, 2)),
        (&scenes[2], counts(2, 3, 1, 2)),
        (&scenes[0], counts(3, 3, 1, 2)),
        (&scenes[1], counts(3, 4, 2, 2)),
    ] {
        arrive(&recent, scene, 100, true);
        assert_eq!(recent.counts(), expected);
    }
    // Too short to be looked for.
    arrive(&recent, &scenes[0][..BLOCK - 1], 100, true);
    assert_eq!(recent.counts(), counts(3, 4, 2, 2));
}
