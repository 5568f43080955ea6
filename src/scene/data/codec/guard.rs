//! What keeps a panic of a decoder's crate from becoming ours.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

thread_local! {
    /// What this thread decodes under guard, if anything.
    static GUARDED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// What a codec of `format` makes of a file; none if it panicked.
///
/// The crates that decode textures index into tables by what the file says, and do not all check it.
/// In safe Rust that is a panic at worst; on a broken file it is a refusal of the file, not a fault
/// of the server. Nothing that the codec was in the midst of changing may be used afterwards.
pub(in crate::scene) fn guard<T>(format: &'static str, codec: impl FnOnce() -> T) -> Option<T> {
    let outer = GUARDED.replace(Some(format));
    let made = catch_unwind(AssertUnwindSafe(codec)).ok();
    GUARDED.set(outer);
    made
}

/// Has the panics of guarded codecs logged as warnings. Without it they are caught all the same, but
/// look on standard error like faults of the program. To be called once, by a program at its start.
pub fn log_panics_of_codecs() {
    let usual = take_hook();
    set_hook(Box::new(move |panic| match GUARDED.get() {
        Some(format) => {
            let said = panic.to_string();
            log::warn!("A decoder of {format} {}", said.escape_debug());
        }
        None => usual(panic),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing() {
        assert_eq!(guard("numbers", || 7), Some(7));
        let empty: &[u8] = &[];
        assert_eq!(guard("bytes", || empty[std::hint::black_box(1)]), None);
    }

    #[test]
    fn what_is_guarded_is_known_while_it_is() {
        let inside = guard("outer", || {
            let empty: &[u8] = &[];
            let inner = guard("inner", || {
                assert_eq!(GUARDED.get(), Some("inner"));
                empty[std::hint::black_box(1)]
            });
            (inner, GUARDED.get())
        });
        assert_eq!(inside, Some((None, Some("outer"))));
        assert_eq!(GUARDED.get(), None);
    }
}
