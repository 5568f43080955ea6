//! What contents take of the limits, so that those which are found ready made are counted like
//! those which are made.

use std::collections::HashMap;

use crate::scene::Digest;
use crate::scene::budget::{Budget, Cost};

/// A value, and what making it took of the limits.
#[derive(Clone, Debug)]
pub(in crate::scene) struct Charged<T> {
    pub value: T,
    /// For itself.
    cost: Cost,
    /// For the blobs that were read, each of which counts once in a scene.
    blobs: Vec<(Digest, Cost)>,
}

impl<T> Charged<T> {
    /// What takes memory beside the value, bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(self.blobs.as_slice())
    }
}

/// What has been counted in a load.
#[derive(Debug, Default)]
pub(in crate::scene) struct Charges {
    /// What blobs took, also those that were not decoded because what is made of them was there.
    blobs: HashMap<Digest, Cost>,
    /// The sum of these.
    of_blobs: Cost,
    /// The blobs that were read since [`Charges::watch`]; some more than once.
    read: Option<Vec<Digest>>,
}

/// What had been used at a time.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) struct Mark {
    used: Cost,
    of_blobs: Cost,
}

impl Charges {
    fn mark(&self, budget: &Budget) -> Mark {
        Mark {
            used: budget.used(),
            of_blobs: self.of_blobs,
        }
    }

    /// What has been used since, but for blobs.
    fn cost_since(&self, mark: Mark, budget: &Budget) -> Cost {
        let used = budget.used() - mark.used;
        used - (self.of_blobs - mark.of_blobs)
    }

    /// To be called before a blob is decoded, which counts it.
    pub fn begin_blob(&mut self, blob: &Digest, budget: &mut Budget) -> Mark {
        if let Some(cost) = self.blobs.remove(blob) {
            budget.give_back(cost);
            self.of_blobs = self.of_blobs - cost;
        }
        self.mark(budget)
    }

    /// To be called after a blob was decoded.
    pub fn end_blob(&mut self, blob: Digest, begun: Mark, budget: &Budget) {
        self.charge(blob, self.cost_since(begun, budget));
    }

    fn charge(&mut self, blob: Digest, cost: Cost) {
        self.blobs.insert(blob, cost);
        self.of_blobs = self.of_blobs + cost;
    }

    /// Notes that a blob is read.
    pub fn note(&mut self, blob: Digest) {
        if let Some(read) = &mut self.read {
            read.push(blob);
        }
    }

    /// To be called before something is made that will be kept.
    pub fn watch(&mut self, budget: &Budget) -> Mark {
        self.read = Some(Vec::new());
        self.mark(budget)
    }

    /// What was made since [`Charges::watch`], with what it took.
    pub fn made<T>(&mut self, value: T, begun: Mark, budget: &Budget) -> Charged<T> {
        let mut read = self.read.take().unwrap_or_default();
        read.sort_unstable();
        read.dedup();
        let cost = |blob: Digest| Some((blob, *self.blobs.get(&blob)?));
        Charged {
            value,
            cost: self.cost_since(begun, budget),
            blobs: read.into_iter().filter_map(cost).collect(),
        }
    }

    /// Counts what was found ready made as if it were made now. Returns whether that is within all
    /// limits; if not, nothing was counted.
    pub fn replay<T>(&mut self, found: &Charged<T>, budget: &mut Budget) -> bool {
        let fresh = |(blob, _): &&(Digest, Cost)| !self.blobs.contains_key(blob);
        let fresh: Vec<_> = found.blobs.iter().filter(fresh).copied().collect();
        let all = fresh.iter().fold(found.cost, |sum, (_, cost)| sum + *cost);
        let fits = budget.spend(all);
        if fits {
            for (blob, cost) in fresh {
                self.charge(blob, cost);
            }
        }
        fits
    }
}
