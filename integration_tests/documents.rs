//! The documents speak of files and folders that are there, `ARCHITECTURE.md` of every folder,
//! `docs/fidelity.md` of every scene, and `docs/http_api.md` of all that the server takes and answers; the
//! fuzz targets are built of what the program is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gltf_render_server::protocol::ErrorCode;
use gltf_render_server::scene::{Limit, Limits};
use serde_json::Value;

use crate::harness::{client, server, trials};

trials![
    what_the_architecture_names_is_there,
    the_architecture_names_every_folder,
    links_lead_to_files,
    the_table_of_fidelity_has_every_scene,
    the_table_of_limits_is_that_of_the_code,
    the_tables_of_fields_and_paths_are_those_of_the_server,
    the_table_of_codes_is_that_of_the_code,
    the_fuzz_targets_have_the_versions_of_the_program,
];

/// Where the house is.
const FOLDERS: [&str; 10] = [
    "benches",
    "docs",
    "fuzz/fuzz_targets",
    "fuzz/src/targets",
    "integration_tests",
    "python",
    "shaders",
    "src",
    "test_assets",
    "wsgi_equivalent",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The words of `ARCHITECTURE.md` that name a file, a folder or a module, each with the folders below
/// which it may lie. A word that does names it from the root, from `src` or `integration_tests`, or
/// in the section of a room, which is in `src` or not, from there.
fn names() -> Vec<(String, Vec<PathBuf>)> {
    let text = read("ARCHITECTURE.md");
    let mut names = Vec::new();
    for section in text.split("\n### ") {
        let mut places: Vec<_> = ["", "src", "integration_tests"].map(PathBuf::from).into();
        if let Some((room, _)) = section.strip_prefix('`').and_then(|s| s.split_once('`')) {
            places.extend([Path::new("src").join(room), room.into()]);
        }
        let mut is_fenced = false;
        for line in section.lines() {
            if line.starts_with("```") {
                is_fenced = !is_fenced;
                continue;
            }
            let words: Vec<_> = if is_fenced {
                let words = line.split_whitespace();
                words.filter(|word| word.starts_with("src/")).collect()
            } else {
                let quoted = line.split('`').skip(1).step_by(2);
                quoted.filter(|word| is_name(word)).collect()
            };
            names.extend(
                words
                    .into_iter()
                    .map(|word| (word.to_owned(), places.clone())),
            );
        }
    }
    names
}

/// Whether a word may be the name of a file, a folder or a module.
fn is_name(word: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_./".contains(&b);
    word.bytes().all(is_plain)
}

/// What a name stands for: a module is a file, a folder or both.
fn found(name: &str, places: &[PathBuf]) -> Vec<PathBuf> {
    let name = name.trim_end_matches('/');
    (places.iter())
        .flat_map(|place| ["", ".rs", ".py"].map(|ending| place.join(format!("{name}{ending}"))))
        .filter(|path| root().join(path).exists())
        .collect()
}

fn what_the_architecture_names_is_there() {
    let names = names();
    assert!(names.len() > 80, "only {} names", names.len());
    let lost: Vec<_> = (names.iter())
        .filter(|(name, places)| found(name, places).is_empty())
        .map(|(name, _)| name)
        .collect();
    assert!(lost.is_empty(), "nothing is called {lost:?}");
}

fn the_architecture_names_every_folder() {
    let named: BTreeSet<_> = (names().iter())
        .flat_map(|(name, places)| found(name, places))
        .collect();
    let mut folders = Vec::new();
    for folder in FOLDERS {
        walk(Path::new(folder), &mut folders);
    }
    assert!(folders.len() > 30, "only {} folders", folders.len());
    let unnamed: Vec<_> = (folders.iter())
        .filter(|folder| !named.contains(*folder))
        .collect();
    assert!(unnamed.is_empty(), "nothing is said of {unnamed:?}");
}

/// The folders from this one on, but what tests and Python leave behind, and the single cases.
fn walk(folder: &Path, folders: &mut Vec<PathBuf>) {
    folders.push(folder.to_owned());
    if folder.ends_with("integration_tests/cases") {
        return;
    }
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let is_left_behind = ["out", "__pycache__", ".mypy_cache"]
            .iter()
            .any(|name| entry.file_name() == *name);
        if entry.path().is_dir() && !is_left_behind {
            walk(&folder.join(entry.file_name()), folders);
        }
    }
}

fn links_lead_to_files() {
    let mut documents: Vec<PathBuf> = Vec::new();
    for folder in [".", "docs", "benches", "python", "wsgi_equivalent"] {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        documents.extend(paths.filter(|path| path.extension().is_some_and(|e| e == "md")));
    }
    let mut count = 0;
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("http")) {
            let file = link.split('#').next().unwrap();
            let target = document.parent().unwrap().join(file);
            assert!(target.exists(), "{}: {link}", document.display());
            count += 1;
        }
    }
    assert!(count > 10, "only {count} links");
}

/// Those that `make test-drake` draws: the functions that make one, of a folder.
fn the_table_of_fidelity_has_every_scene() {
    let mut scenes = BTreeSet::new();
    for file in ["scenes.py", "feature_scenes.py"] {
        let text = read(&format!("integration_tests/drake/{file}"));
        let makers = text.lines().filter_map(|line| line.strip_prefix("def "));
        let names = makers.filter_map(|line| line.strip_suffix("(folder):"));
        let public = names.filter(|name| !name.starts_with('_'));
        scenes.extend(public.map(str::to_owned));
    }
    assert!(scenes.len() > 20, "only {} scenes", scenes.len());
    let text = read("docs/fidelity.md");
    let (_, table) = text.split_once("\n| scene |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    // After the head and the line below it.
    let names: BTreeSet<_> = (table.lines().skip(2))
        .map(|row| row.split('|').nth(1).unwrap().trim().to_owned())
        .collect();
    assert_eq!(names, scenes);
}

fn the_table_of_limits_is_that_of_the_code() {
    let text = read("docs/limits.md");
    for limit in Limit::ALL {
        let default = Limits::default().get(limit);
        let default = if limit.is_size() {
            format!("{}GiB", default >> 30)
        } else {
            default.to_string()
        };
        let (option, code) = (limit.option(), limit.code());
        let help = limit.help().trim_end_matches('.');
        // The words of the help stand on several lines in the code.
        let help: Vec<_> = help.split_whitespace().collect();
        let row = format!(
            "\n| `--{option}` | {} | {default} | `{code}` |\n",
            help.join(" ")
        );
        assert!(text.contains(&row), "docs/limits.md lacks {row}");
    }
}

/// The rows of the tables in a section of `docs/http_api.md` whose first cell is code.
fn rows_of_api(section: &str) -> BTreeSet<String> {
    let text = format!("\n{}", read("docs/http_api.md"));
    let (_, text) = text.split_once(&format!("\n{section}\n")).unwrap();
    let text = text.split("\n## ").next().unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let is_head = |row: &&str| row.starts_with("| field |") || row.starts_with("| status |");
    let rows = rows.filter(|row| !is_head(row) && !row.starts_with("| path |"));
    rows.map(str::to_owned).collect()
}

/// As the server's own document has them.
fn the_tables_of_fields_and_paths_are_those_of_the_server() {
    let reply = client::get(server::shared(), "/openapi.json");
    let document: Value = serde_json::from_slice(&reply.body).unwrap();
    let form = &document["components"]["schemas"]["RenderForm"];
    let fields = form["properties"].as_object().unwrap().iter();
    let rows = fields.map(|(name, field)| {
        let meaning = field["description"].as_str().unwrap();
        format!("| `{name}` | {meaning} |")
    });
    assert_eq!(rows_of_api("## The form"), rows.collect());

    let of_document = document["paths"].as_object().unwrap();
    let methods = of_document.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        let methods = methods.filter(|method| *method != "parameters");
        methods.map(move |method| (path.clone(), method.to_uppercase()))
    });
    let written = rows_of_api("# The HTTP API").into_iter().flat_map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let path = cells.nth(1).unwrap().split('`').nth(1).unwrap().to_owned();
        let methods = cells.next().unwrap().split(", ").map(str::to_owned);
        methods
            .map(|method| (path.clone(), method))
            .collect::<Vec<_>>()
    });
    assert_eq!(written.collect::<BTreeSet<_>>(), methods.collect());
}

/// But for those of the limits of scenes, which `docs/limits.md` has.
fn the_table_of_codes_is_that_of_the_code() {
    let own = ErrorCode::all().filter(|code| !matches!(code, ErrorCode::SceneTooLarge(_)));
    let rows = own.map(|code| {
        let (status, name) = (code.status(), code.as_str());
        let (meaning, remedy) = (code.meaning(), code.remedy());
        format!("| {status} | `{name}` | {meaning} | {remedy} |")
    });
    assert_eq!(rows_of_api("## Errors"), rows.collect());
}

/// The packages of a lock file, each with its version.
fn locked(file: &str) -> BTreeSet<(String, String)> {
    let value = |lines: &str, key: &str| {
        let line = lines.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap().trim_matches(['"', ' ', '=']).to_owned()
    };
    let text = read(file);
    let packages = text.split("[[package]]\n").skip(1);
    packages
        .map(|lines| (value(lines, "name"), value(lines, "version")))
        .collect()
}

/// They are a workspace of their own, with a lock file of its own.
fn the_fuzz_targets_have_the_versions_of_the_program() {
    let (program, targets) = (locked("Cargo.lock"), locked("fuzz/Cargo.lock"));
    let names: BTreeSet<_> = program.iter().map(|(name, _)| name).collect();
    let shared: Vec<_> = (targets.iter())
        .filter(|(name, _)| names.contains(name))
        .collect();
    assert!(shared.len() > 200, "only {} packages", shared.len());
    let other: Vec<_> = (shared.into_iter())
        .filter(|package| !program.contains(*package))
        .collect();
    assert!(other.is_empty(), "cargo update them in fuzz/: {other:?}");
}
