//! What was used last is kept, up to so many bytes and so many values.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use crate::tally::{Held, Tally};

/// What an entry takes beside its value, bytes: its places in both maps, and theirs that are empty.
const ENTRY_BYTES: usize = 256;

/// Values by their keys. The least recently used go first.
#[derive(Debug)]
pub(crate) struct Lru<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// The keys by when they were used.
    order: BTreeMap<u64, K>,
    /// Goes up by 1 at each use.
    clock: u64,
    bytes: usize,
    limit: usize,
    /// Of values.
    most: usize,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    held: Held,
    used: u64,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// Nothing is kept yet; at most `limit` bytes will be.
    pub fn new(limit: usize) -> Self {
        Self::with_most(limit, usize::MAX)
    }

    /// Nothing is kept yet; at most `limit` bytes and `most` values will be.
    pub fn with_most(limit: usize, most: usize) -> Self {
        Self {
            entries: HashMap::new(),
            order: BTreeMap::new(),
            clock: 0,
            bytes: 0,
            limit,
            most,
        }
    }

    /// The value of a key, which is now the last used.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        self.order.remove(&entry.used);
        self.clock += 1;
        entry.used = self.clock;
        self.order.insert(self.clock, key.clone());
        Some(&entry.value)
    }

    /// Whether the key has a value, which is used no more for it.
    pub fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// Keeps a value that takes so many bytes, unless that is more than all may; gives those that
    /// had to go, and that of the same key. The tally of its kind counts it as long as it is kept.
    pub fn insert(&mut self, key: K, value: V, bytes: usize, tally: &Arc<Tally>) -> Vec<V> {
        let bytes = bytes.saturating_add(ENTRY_BYTES);
        if bytes > self.limit || self.most == 0 {
            return Vec::new();
        }
        let mut gone: Vec<V> = self.remove(&key).into_iter().collect();
        while (self.bytes + bytes > self.limit || self.entries.len() >= self.most)
            && let Some((_, oldest)) = self.order.first_key_value()
        {
            let oldest = oldest.clone();
            gone.extend(self.evict(&oldest));
        }
        self.clock += 1;
        self.order.insert(self.clock, key.clone());
        self.bytes += bytes;
        let entry = Entry {
            value,
            held: tally.hold(bytes),
            used: self.clock,
        };
        self.entries.insert(key, entry);
        gone
    }

    /// Gives up the value of a key.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.take(key).map(|entry| entry.value)
    }

    /// Gives up the value of a key for others.
    pub fn evict(&mut self, key: &K) -> Option<V> {
        self.take(key).map(|entry| {
            entry.held.evict();
            entry.value
        })
    }

    /// Gives up all.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
        self.bytes = 0;
    }

    fn take(&mut self, key: &K) -> Option<Entry<V>> {
        let entry = self.entries.remove(key)?;
        self.order.remove(&entry.used);
        self.bytes -= entry.held.bytes();
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::CacheCounts;

    #[test]
    fn the_least_recently_used_goes_first() {
        let tally: Arc<Tally> = Arc::default();
        let mut lru = Lru::new(3 * (ENTRY_BYTES + 10));
        for name in 0..3 {
            assert!(lru.insert(name, name, 10, &tally).is_empty());
        }
        assert_eq!(lru.get(&0), Some(&0));
        assert_eq!(lru.insert(3, 3, 10, &tally), [1]);
        assert_eq!(lru.get(&1), None);
        assert_eq!(lru.get(&2), Some(&2));
        // As much room as two others have.
        assert_eq!(lru.insert(4, 4, 20 + ENTRY_BYTES, &tally), [0, 3]);
        assert_eq!(lru.get(&2), Some(&2));
        assert_eq!((lru.entries.len(), lru.order.len()), (2, 2));
        let counts = CacheCounts {
            evictions: 3,
            bytes: 3 * ENTRY_BYTES + 30,
            ..CacheCounts::default()
        };
        assert_eq!(tally.counts(), counts);
    }

    #[test]
    fn never_more_bytes_are_kept_than_may_be() {
        let tally: Arc<Tally> = Arc::default();
        let mut lru = Lru::new(5000);
        let mut state = 1_u32;
        for _ in 0..2000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (name, bytes) = (state >> 26, state >> 8 & 0xfff);
            lru.insert(name, (), bytes as usize, &tally);
            let sum: usize = lru.entries.values().map(|entry| entry.held.bytes()).sum();
            assert_eq!((lru.bytes, tally.counts().bytes), (sum, sum));
            assert!(sum <= 5000 && lru.order.len() == lru.entries.len());
        }
        assert!(lru.entries.len() > 1);
    }

    #[test]
    fn never_more_values_are_kept_than_may_be() {
        let tally: Arc<Tally> = Arc::default();
        let mut lru = Lru::with_most(1 << 20, 2);
        for name in 0..2 {
            assert!(lru.insert(name, name, 0, &tally).is_empty());
        }
        assert_eq!(lru.get(&0), Some(&0));
        assert_eq!(lru.insert(2, 2, 0, &tally), [1]);
        // The same again takes the place of itself.
        assert_eq!(lru.insert(0, 0, 0, &tally), [0]);
        assert_eq!((lru.entries.len(), tally.counts().evictions), (2, 1));
        lru.clear();
        assert_eq!((lru.get(&0), tally.counts().bytes), (None, 0));
        let mut none = Lru::with_most(1 << 20, 0);
        none.insert(0, 0, 0, &tally);
        assert_eq!(none.get(&0), None);
    }

    #[test]
    fn what_is_too_large_passes_by() {
        let tally = Arc::default();
        let mut lru = Lru::new(ENTRY_BYTES + 10);
        lru.insert(0, 0, 10, &tally);
        assert!(lru.insert(1, 1, 11, &tally).is_empty());
        assert_eq!(lru.get(&1), None);
        assert_eq!(lru.get(&0), Some(&0));
        let mut none = Lru::new(0);
        none.insert(0, 0, 0, &tally);
        assert_eq!(none.entries.len(), 0);
    }

    #[test]
    fn the_same_again_takes_its_own_place() {
        let tally = Arc::default();
        let mut lru = Lru::new(4 * ENTRY_BYTES);
        lru.insert(0, 0, 10, &tally);
        assert_eq!(lru.insert(0, 1, 20, &tally), [0]);
        assert_eq!(lru.bytes, ENTRY_BYTES + 20);
        assert_eq!(lru.get(&0), Some(&1));
    }

    #[test]
    fn what_is_replaced_or_given_up_was_not_evicted() {
        let tally: Arc<Tally> = Arc::default();
        let counts = |bytes| CacheCounts {
            bytes,
            ..CacheCounts::default()
        };
        let mut lru = Lru::new(4 * ENTRY_BYTES);
        lru.insert(0, 0, 10, &tally);
        lru.insert(0, 1, 20, &tally);
        assert_eq!(tally.counts(), counts(ENTRY_BYTES + 20));
        lru.insert(1, 1, 10, &tally);
        assert_eq!(lru.remove(&0), Some(1));
        assert_eq!(tally.counts(), counts(ENTRY_BYTES + 10));
        // Too large to be kept.
        lru.insert(2, 2, 4 * ENTRY_BYTES, &tally);
        assert_eq!(tally.counts(), counts(ENTRY_BYTES + 10));
        drop(lru);
        assert_eq!(tally.counts(), counts(0));
    }

    #[test]
    fn each_kind_is_counted_for_itself_and_all_caches_of_a_kind_together() {
        let [one, other] = [(); 2].map(|()| Arc::<Tally>::default());
        let mut lru = Lru::new(2 * (ENTRY_BYTES + 10));
        lru.insert(0, 0, 5, &one);
        lru.insert(1, 1, 10, &other);
        let mut second = Lru::new(2 * (ENTRY_BYTES + 10));
        second.insert(0, 0, 7, &one);
        assert_eq!(one.counts().bytes, 2 * ENTRY_BYTES + 12);
        assert_eq!(other.counts().bytes, ENTRY_BYTES + 10);
        // The kind of what had to go counts, not that of what came.
        assert_eq!(lru.insert(2, 2, 8, &other), [0]);
        assert_eq!((one.counts().evictions, other.counts().evictions), (1, 0));
        assert_eq!(one.counts().bytes, ENTRY_BYTES + 7);
        assert_eq!(other.counts().bytes, 2 * ENTRY_BYTES + 18);
    }
}
