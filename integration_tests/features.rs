//! `docs/features.md` says of each extension what the code does with it, and of no other.

use std::collections::BTreeMap;
use std::fs;

use gltf_render_server::scene::{EXTENSIONS, Support};

use crate::harness::trials;

trials![the_table_of_extensions_is_that_of_the_code];

fn the_table_of_extensions_is_that_of_the_code() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/features.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once("\n## Extensions\n").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let name = cells.next().unwrap().trim_matches('`');
        (name, cells.next().unwrap())
    });
    let written: Vec<_> = cells.collect();
    let documented: BTreeMap<_, _> = written.iter().copied().collect();
    assert_eq!(documented.len(), written.len(), "a row twice");
    let known = EXTENSIONS.iter().map(|(name, support)| {
        let word = match support {
            Support::Drawn => "drawn",
            Support::Parsed => "parsed",
        };
        (*name, word)
    });
    assert_eq!(documented, known.collect());
}
