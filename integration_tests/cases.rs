//! The case folders.

use libtest_mimic::Trial;

use crate::harness::case;

/// One trial for each folder in `integration_tests/cases/`.
pub fn trials() -> Vec<Trial> {
    let trial = |folder: std::path::PathBuf| {
        let name = format!("cases::{}", folder.file_name().unwrap().to_string_lossy());
        Trial::test(name, move || {
            case::run(&folder);
            Ok(())
        })
    };
    case::folders().into_iter().map(trial).collect()
}
