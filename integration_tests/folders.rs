//! Models in folders: files beside a scene, `check`, and `render --report`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use gltf_render_server::scene::Limit;

use crate::harness::gltf::Gltf;
use crate::harness::server::{program, run};
use crate::harness::shading::BACKGROUND;
use crate::harness::view::View;
use crate::harness::{decode, trials};

trials![
    files_beside_a_scene_are_read,
    files_outside_are_not,
    check_says_what_would_be_drawn,
    check_says_what_the_server_would_refuse,
    machines_read_what_check_says,
    a_report_goes_through_a_folder,
    a_report_goes_on_after_a_pipe,
    a_report_may_be_an_image,
    a_folder_needs_a_report,
];

/// Runs the program in a folder; gives what it printed, and its exit code.
fn in_folder(folder: &Path, line: &str) -> (String, i32) {
    let mut command = program();
    command.current_dir(folder).args(line.split_whitespace());
    let Output {
        status,
        stdout,
        stderr,
    } = run(command, Duration::from_secs(120));
    let said = [stdout, stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    (said, status.code().unwrap())
}

fn model() -> Gltf {
    Gltf::one_box(&View::new(32, 24, 24.0))
}

/// Writes a model as `name` with each buffer in a file of its own, in `place` below it.
fn write_apart(folder: &Path, name: &str, place: &str) {
    let mut gltf = model();
    let buffers = gltf.json["buffers"].as_array_mut().unwrap();
    for (index, buffer) in buffers.iter_mut().enumerate() {
        let (_, text) = buffer["uri"].as_str().unwrap().split_once(',').unwrap();
        let bytes = base64_simd::STANDARD.decode_to_vec(text).unwrap();
        let file = format!("{place}/buffer {index}.bin");
        fs::create_dir_all(folder.join(&file).parent().unwrap()).unwrap();
        fs::write(folder.join(&file), bytes).unwrap();
        buffer["uri"] = file.replace(' ', "%20").into();
    }
    fs::write(folder.join(name), gltf.bytes()).unwrap();
}

fn files_beside_a_scene_are_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("one.gltf"), model().bytes()).unwrap();
    write_apart(folder.path(), "apart.gltf", "data");
    for name in ["one", "apart"] {
        let line = format!("render {name}.gltf --label {name}.png --width 32 --height 24");
        let (said, code) = in_folder(folder.path(), &line);
        assert_eq!(code, 0, "{said}");
    }
    let [one, apart] =
        ["one.png", "apart.png"].map(|name| fs::read(folder.path().join(name)).unwrap());
    assert_eq!(decode::rgb(&one).middle(), [7, 0, 0]);
    assert!(one == apart);
}

fn files_outside_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    write_apart(&inner, "outside.gltf", "../data");
    let (said, code) = in_folder(&inner, "render outside.gltf --label l.png");
    assert_eq!(code, 1);
    let expected = "buffer 0: the URI \"../data/buffer%200.bin\" leads outside the scene's folder";
    assert!(said.contains(expected), "{said}");
}

fn check_says_what_would_be_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let mut gltf = model();
    gltf.json["extensionsUsed"] = serde_json::json!(["X_unknown"]);
    fs::write(folder.path().join("good.gltf"), gltf.bytes()).unwrap();
    let (said, code) = in_folder(folder.path(), "check good.gltf");
    assert_eq!(code, 0, "{said}");
    let lines: Vec<_> = said.lines().map(str::trim).collect();
    assert_eq!(lines[0], "good.gltf: drawn");
    assert!(lines[1].contains("X_unknown"), "{said}");
    // Each limit has its row.
    assert_eq!(lines.len(), 2 + Limit::ALL.len(), "{said}");
    for (limit, row) in Limit::ALL.into_iter().zip(&lines[2..]) {
        assert!(row.starts_with(limit.what()), "{said}");
    }
    for (what, expected) in [
        ("nodes", ["3", "<0.1", "%", "of", "1,000,000"]),
        ("vertices", ["24", "<0.1", "%", "of", "20,000,000"]),
        ("primitives drawn", ["1", "<0.1", "%", "of", "1,000,000"]),
        ("levels of nodes", ["2", "0.2", "%", "of", "1,000"]),
    ] {
        let line = lines.iter().find(|line| line.starts_with(what)).unwrap();
        let words: Vec<_> = line[what.len()..].split_whitespace().collect();
        assert_eq!(words, expected, "{said}");
    }
    gltf.first_primitive()["indices"] = 77.into();
    fs::write(folder.path().join("bad.gltf"), gltf.bytes()).unwrap();
    let (said, code) = in_folder(folder.path(), "check bad.gltf none.gltf good.gltf");
    assert_eq!(code, 1, "{said}");
    let refused = "bad.gltf: refused, scene_invalid: scene: mesh 0, primitive 0: indices: refers to \
                   accessor 77";
    assert!(said.starts_with(refused), "{said}");
    assert!(
        said.contains("\nnone.gltf: refused, unreadable: No such file"),
        "{said}"
    );
    assert!(said.contains("\ngood.gltf: drawn\n"), "{said}");
}

/// What `render` draws and the server does not.
fn check_says_what_the_server_would_refuse() {
    let folder = tempfile::tempdir().unwrap();
    write_apart(folder.path(), "apart.gltf", "data");
    let mut gltf = model();
    gltf.remove_camera();
    fs::write(folder.path().join("bare.gltf"), gltf.bytes()).unwrap();
    fs::write(folder.path().join("good.gltf"), model().bytes()).unwrap();
    for (name, code) in [
        ("apart.gltf", "scene_external_uri"),
        ("bare.gltf", "scene_without_camera"),
    ] {
        let (said, exit) = in_folder(folder.path(), &format!("check {name}"));
        assert_eq!(exit, 0, "{said}");
        let second = said.lines().nth(1).unwrap();
        let start = format!("  the server would refuse it, {code}: ");
        assert!(second.starts_with(&start), "{said}");
    }
    let (said, _) = in_folder(folder.path(), "check good.gltf");
    assert!(!said.contains("the server would"), "{said}");
}

fn machines_read_what_check_says() {
    let folder = tempfile::tempdir().unwrap();
    write_apart(folder.path(), "apart.gltf", "data");
    fs::write(folder.path().join("bad.gltf"), "{}").unwrap();
    fs::write(folder.path().join("good.gltf"), model().bytes()).unwrap();
    let line = "check --json good.gltf bad.gltf apart.gltf none.gltf --max-nodes 6";
    let (said, code) = in_folder(folder.path(), line);
    assert_eq!(code, 1, "{said}");
    let objects = said.lines().map(serde_json::from_str);
    let objects: Vec<serde_json::Value> = objects.map(Result::unwrap).collect();
    let drawn: Vec<_> = objects.iter().map(|object| &object["drawn"]).collect();
    assert_eq!(drawn, [true, false, true, false]);
    let [good, bad, apart, none] = &objects[..] else {
        panic!("{said}");
    };
    assert_eq!(good["file"], "good.gltf");
    assert!(good["refusal"].is_null() && good["server_refusal"].is_null());
    let limits = good["limits"].as_array().unwrap();
    assert_eq!(limits.len(), Limit::ALL.len());
    let nodes = limits
        .iter()
        .find(|limit| limit["what"] == "nodes")
        .unwrap();
    assert_eq!((&nodes["used"], &nodes["limit"]), (&3.into(), &6.into()));
    assert_eq!(
        (&nodes["percent"], &nodes["option"]),
        (&50.0.into(), &"--max-nodes".into())
    );
    assert_eq!(bad["refusal"]["code"], "scene_invalid");
    assert_eq!(bad["refusal"]["message"], "scene: missing field `asset`.");
    assert_eq!(apart["server_refusal"]["code"], "scene_external_uri");
    assert_eq!(none["refusal"]["code"], "unreadable");
}

/// A folder with two good models and two bad ones.
fn mixed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    write_apart(&models, "b.gltf", "data");
    fs::create_dir_all(models.join("below")).unwrap();
    fs::write(models.join("below/c.glb"), model().glb()).unwrap();
    fs::write(models.join("a.gltf"), "{}").unwrap();
    fs::write(models.join("below/d.glb"), "glTF").unwrap();
    folder
}

fn a_report_goes_through_a_folder() {
    let folder = mixed();
    let (said, code) = in_folder(folder.path(), "render models --report");
    assert_eq!(code, 4, "{said}");
    let starts = [
        "[1/4] a.gltf: refused: scene: missing field `asset`.",
        "[2/4] b.gltf: drawn",
        "[3/4] below/c.glb: drawn",
        "[4/4] below/d.glb: refused: scene: ",
        "2 drawn, 2 refused (1 scene_invalid, 1 scene_not_gltf)",
    ];
    // What a driver says comes after.
    for (line, start) in said.lines().zip(starts) {
        assert!(line.starts_with(start), "{said}");
    }
    assert!(said.lines().count() >= starts.len(), "{said}");
    let page = fs::read_to_string(folder.path().join("contact_sheet.html")).unwrap();
    assert_eq!(page.matches("<img ").count(), 2);
    let (_, first) = page.split_once("base64,").unwrap();
    let first = first.split('"').next().unwrap();
    let image = decode::rgb(&base64_simd::STANDARD.decode_to_vec(first).unwrap());
    assert_eq!((image.width, image.height), (256, 256));
    assert_ne!(image.middle(), image.at(0, 0));

    fs::remove_file(folder.path().join("models/a.gltf")).unwrap();
    fs::remove_file(folder.path().join("models/below/d.glb")).unwrap();
    let mut odd = model();
    odd.json["extensionsUsed"] = serde_json::json!(["X_unknown"]);
    fs::write(folder.path().join("models/below/c.glb"), odd.glb()).unwrap();
    let line = "render models --report sheet.html --width 16 --height 16";
    let (said, code) = in_folder(folder.path(), line);
    assert_eq!(code, 0, "{said}");
    let ignored = "  the extension \"X_unknown\" is not supported and was ignored.";
    let drawn = format!("[2/2] below/c.glb: drawn\n{ignored}\n2 drawn, 0 refused\n");
    assert!(said.contains(&drawn), "{said}");
    let page = fs::read_to_string(folder.path().join("sheet.html")).unwrap();
    assert_eq!(page.matches("<img width=\"16\" height=\"16\" ").count(), 2);
}

/// Opening a pipe that nobody writes to would never end.
fn a_report_goes_on_after_a_pipe() {
    let folder = mixed();
    let pipe = folder.path().join("models/aa.gltf");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let line = "render models --report --width 16 --height 16";
    let (said, code) = in_folder(folder.path(), line);
    assert_eq!(code, 4, "{said}");
    let refused = "[2/5] aa.gltf: refused: it is not a regular file";
    assert!(said.contains(refused), "{said}");
    let summary = "2 drawn, 3 refused (1 scene_invalid, 1 scene_not_gltf, 1 unreadable)";
    assert!(said.contains(summary), "{said}");
    let page = fs::read_to_string(folder.path().join("contact_sheet.html")).unwrap();
    assert_eq!(page.matches("<img ").count(), 2);
    assert!(page.contains("aa.gltf"));
}

fn a_report_may_be_an_image() {
    let folder = mixed();
    let line = "render models --report sheet.png --width 32 --height 24";
    let (said, code) = in_folder(folder.path(), line);
    assert_eq!(code, 4, "{said}");
    let sheet = decode::rgb(&fs::read(folder.path().join("sheet.png")).unwrap());
    assert_eq!((sheet.width, sheet.height), (4 + 2 * 36, 4 + 2 * 28));
    // In the order of their names: crossed out, drawn, drawn, crossed out.
    let tile = |column: u32, row: u32| {
        let at = |x: u32, y: u32| sheet.at(4 + 36 * column + x, 4 + 28 * row + y);
        (0..24)
            .flat_map(|y| (0..32).map(move |x| at(x, y)))
            .collect::<Vec<_>>()
    };
    let [crossed, drawn] = [tile(0, 0), tile(1, 0)];
    assert!(tile(0, 1) == drawn && tile(1, 1) == crossed && drawn != crossed);
    assert_eq!(drawn[0], BACKGROUND);
    assert_ne!(drawn[12 * 32 + 16], BACKGROUND);
}

fn a_folder_needs_a_report() {
    let folder = mixed();
    let (said, code) = in_folder(folder.path(), "render models --color c.png");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("models: this is a folder"), "{said}");
    let (said, code) = in_folder(folder.path(), "render none --report");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("none: No such file"), "{said}");
}
