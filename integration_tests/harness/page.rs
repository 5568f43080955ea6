//! Documents that are made from the code.

use std::fs;
use std::path::Path;

/// Checks that a document has this text; `UPDATE_REFERENCES=1` writes it.
pub fn assert_is(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE_REFERENCES").is_some() {
        fs::write(&path, text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "{name} is not up to date; UPDATE_REFERENCES=1 writes it"
    );
}
