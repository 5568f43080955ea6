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
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
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

    /// Panics in and out of guard. The hook and the log are the process's, so that this runs itself
    /// in another one; that has standard error for a log, with a hook before ours.
    #[test]
    fn other_panics_are_left_to_the_hook_before() {
        const OWN_PROCESS: &str = "GUARD_TEST_IN_ITS_OWN_PROCESS";
        if std::env::var_os(OWN_PROCESS).is_some() {
            set_hook(Box::new(|panic| eprintln!("usual: {panic}")));
            log_panics_of_codecs();
            env_logger::Builder::new()
                .filter_level(log::LevelFilter::Warn)
                .init();
            assert_eq!(guard("numbers", || panic!("one\ntwo")), None::<()>);
            assert!(catch_unwind(|| panic!("three")).is_err());
            return;
        }
        let (_, module) = module_path!().split_once("::").unwrap();
        let test = format!("{module}::other_panics_are_left_to_the_hook_before");
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([&test, "--exact", "--nocapture"])
            .env(OWN_PROCESS, "")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let lines: Vec<_> = said.lines().collect();
        let [logged, usual, message] = lines[..] else {
            panic!("{said}")
        };
        assert!(logged.contains("WARN"), "{said}");
        assert!(
            logged.contains("A decoder of numbers panicked at"),
            "{said}"
        );
        assert!(logged.ends_with("one\\ntwo"), "{said}");
        assert!(usual.starts_with("usual: panicked at"), "{said}");
        assert_eq!(message, "three");
    }
}
