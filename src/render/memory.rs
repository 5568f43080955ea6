//! How much renderers hold on their devices: counted before it is made, and bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::RenderError;

/// What renderers hold of buffers and textures, all of them together, and what each may. What drivers take
/// beside the contents is not counted.
#[derive(Debug)]
pub struct GpuMemory {
    /// Of each device.
    limit: u64,
    used: AtomicU64,
}

impl Default for GpuMemory {
    /// Without a bound.
    fn default() -> Self {
        Self::new(u64::MAX)
    }
}

impl GpuMemory {
    /// Each device may hold so many bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            used: AtomicU64::new(0),
        }
    }

    /// What each device may hold, bytes.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// What all devices hold, bytes.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.load(Relaxed)
    }
}

/// Counts what one device holds.
#[derive(Debug)]
pub(super) struct Ledger {
    all: Arc<GpuMemory>,
    used: Arc<AtomicU64>,
}

impl Ledger {
    /// The device holds nothing yet.
    pub fn new(all: Arc<GpuMemory>) -> Self {
        Self {
            all,
            used: Arc::default(),
        }
    }

    /// Counts so many bytes that are about to be held.
    pub fn take(&self, bytes: u64) -> Result<Lease, RenderError> {
        let limit = self.all.limit;
        // A device belongs to one thread, so nobody else takes any in between.
        let needed = self.used.load(Relaxed).saturating_add(bytes);
        if needed > limit {
            return Err(RenderError::MemoryLimit { needed, limit });
        }
        self.used.fetch_add(bytes, Relaxed);
        self.all.used.fetch_add(bytes, Relaxed);
        Ok(Lease {
            all: Arc::clone(&self.all),
            used: Arc::clone(&self.used),
            bytes,
        })
    }
}

/// Bytes on a device, until it is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    all: Arc<GpuMemory>,
    used: Arc<AtomicU64>,
    bytes: u64,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Relaxed);
        self.all.used.fetch_sub(self.bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn each_device_has_its_limit_and_all_are_counted() {
        let memory = Arc::new(GpuMemory::new(10));
        let [one, other] = [(); 2].map(|()| Ledger::new(memory.clone()));
        let held = one.take(6).unwrap();
        let _rest = other.take(10).unwrap();
        let (needed, limit) = (11, 10);
        let refused = one.take(5).unwrap_err();
        assert!(
            matches!(refused, RenderError::MemoryLimit { needed: n, limit: l } if (n, l) == (needed, limit))
        );
        assert_eq!(memory.used(), 16);
        drop(held);
        assert_eq!(memory.used(), 10);
        let _all = one.take(10).unwrap();
        assert!(one.take(u64::MAX).is_err());
    }
}
