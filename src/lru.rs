//! What was used last is kept, up to so many bytes.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

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
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// Nothing is kept yet; at most `limit` bytes will be.
    pub fn new(limit: usize) -> Self {
        Self {
            entries: HashMap::new(),
            order: BTreeMap::new(),
            clock: 0,
            bytes: 0,
            limit,
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
    /// had to go.
    pub fn insert(&mut self, key: K, value: V, bytes: usize) -> Vec<V> {
        let bytes = bytes.saturating_add(ENTRY_BYTES);
        if bytes > self.limit {
            return Vec::new();
        }
        let mut gone: Vec<V> = self.remove(&key).into_iter().collect();
        while self.bytes + bytes > self.limit
            && let Some((_, oldest)) = self.order.first_key_value()
        {
            let oldest = oldest.clone();
            gone.extend(self.remove(&oldest));
        }
        self.clock += 1;
        self.order.insert(self.clock, key.clone());
        self.bytes += bytes;
        let used = self.clock;
        let entry = Entry { value, bytes, used };
        self.entries.insert(key, entry);
        gone
    }

    /// Gives up the value of a key.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.remove(key)?;
        self.order.remove(&entry.used);
        self.bytes -= entry.bytes;
        Some(entry.value)
    }

    /// How many bytes are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many values are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut lru = Lru::new(3 * (ENTRY_BYTES + 10));
        for name in 0..3 {
            assert!(lru.insert(name, name, 10).is_empty());
        }
        assert_eq!(lru.get(&0), Some(&0));
        assert_eq!(lru.insert(3, 3, 10), [1]);
        assert_eq!(lru.get(&1), None);
        assert_eq!(lru.get(&2), Some(&2));
        // As much room as two others have.
        assert_eq!(lru.insert(4, 4, 20 + ENTRY_BYTES), [0, 3]);
        assert_eq!(lru.get(&2), Some(&2));
        assert_eq!((lru.len(), lru.order.len()), (2, 2));
    }

    #[test]
    fn never_more_bytes_are_kept_than_may_be() {
        let mut lru = Lru::new(5000);
        let mut state = 1_u32;
        for _ in 0..2000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (name, bytes) = (state >> 26, state >> 8 & 0xfff);
            lru.insert(name, (), bytes as usize);
            let sum: usize = lru.entries.values().map(|entry| entry.bytes).sum();
            assert_eq!(lru.bytes(), sum);
            assert!(sum <= 5000 && lru.order.len() == lru.len());
        }
        assert!(lru.len() > 1);
    }

    #[test]
    fn what_is_too_large_passes_by() {
        let mut lru = Lru::new(ENTRY_BYTES + 10);
        lru.insert(0, 0, 10);
        assert!(lru.insert(1, 1, 11).is_empty());
        assert_eq!(lru.get(&1), None);
        assert_eq!(lru.get(&0), Some(&0));
        let mut none = Lru::new(0);
        none.insert(0, 0, 0);
        assert_eq!(none.len(), 0);
    }

    #[test]
    fn the_same_again_takes_its_own_place() {
        let mut lru = Lru::new(4 * ENTRY_BYTES);
        lru.insert(0, 0, 10);
        assert_eq!(lru.insert(0, 1, 20), [0]);
        assert_eq!(lru.bytes(), ENTRY_BYTES + 20);
        assert_eq!(lru.get(&0), Some(&1));
    }
}
