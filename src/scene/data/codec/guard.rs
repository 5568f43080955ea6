//! What keeps a panic of a decoder's crate from becoming ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a codec makes of a file; none if it panicked.
///
/// The crates that decode textures index into tables by what the file says, and do not all check it.
/// In safe Rust that is a panic at worst; on a broken file it is a refusal of the file, not a fault
/// of the server. Nothing that the codec was in the midst of changing may be used afterwards.
pub(in crate::scene) fn guard<T>(codec: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(codec)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing() {
        assert_eq!(guard(|| 7), Some(7));
        let empty: &[u8] = &[];
        assert_eq!(guard(|| empty[std::hint::black_box(1)]), None);
    }
}
