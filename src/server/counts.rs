//! How many requests were answered, and how.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::protocol::ImageType;

/// Answers to posted requests, by image type (as far as it was known) and HTTP status.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<(&'static str, u16), u64>>);

/// The image type of a request that was refused before it was known.
const UNKNOWN: &str = "unknown";

impl Counts {
    /// Counts one answer.
    pub fn add(&self, image_type: Option<ImageType>, status: u16) {
        let key = (image_type.map_or(UNKNOWN, ImageType::as_str), status);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(key).or_default() += 1;
    }

    /// All counts, in order of image type and status.
    pub fn list(&self) -> Vec<(&'static str, u16, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|(&(name, status), &n)| (name, status, n))
            .collect()
    }
}
