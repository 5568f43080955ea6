//! `render --orbit` and `--turntable`: the camera around the scene.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use glam::DVec3;

use crate::harness::decode::{self, Image, Rgb};
use crate::harness::gltf::Gltf;
use crate::harness::server::{program, run};
use crate::harness::trials;
use crate::harness::truth::{Object, Shape};
use crate::harness::view::View;

trials![
    an_orbit_looks_from_where_it_says,
    an_orbit_frames_the_scene,
    an_orbit_has_the_lens_of_a_camera,
    a_turntable_goes_around,
    a_turntable_reads_the_scene_once,
    a_terminal_sees_a_bar,
];

/// Cubes with sides of 20 cm, one metre away from the origin along each axis, and their labels.
const PLACES: [(DVec3, u16); 6] = [
    (DVec3::X, 1),
    (DVec3::NEG_X, 2),
    (DVec3::Y, 3),
    (DVec3::NEG_Y, 4),
    (DVec3::Z, 5),
    (DVec3::NEG_Z, 6),
];

fn axes() -> Gltf {
    let cube = Shape::Cuboid(DVec3::splat(0.1));
    let objects = PLACES.map(|(at, id)| Object::at(cube, at.x, at.y, at.z, id));
    Gltf::labelled(&View::new(32, 24, 24.0), &objects)
}

fn render(folder: &Path, line: &str) -> Output {
    let mut command = program();
    command.current_dir(folder).arg("render");
    command.args(line.split_whitespace());
    let output = run(command, Duration::from_secs(60));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}: {said}");
    output
}

fn label(folder: &Path, name: &str) -> Image<Rgb> {
    decode::rgb(&fs::read(folder.join(name)).unwrap())
}

fn id([id, _, _]: Rgb) -> u8 {
    id
}

/// Whose label is in the middle, to the right of it and above it.
fn an_orbit_looks_from_where_it_says() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("axes.gltf"), axes().bytes()).unwrap();
    for (orbit, seen, right, above) in [
        ("0,0,3", 5, 1, 3),
        ("90,0,3", 1, 6, 3),
        ("-90,0,3", 2, 5, 3),
        ("180,0,3", 6, 2, 3),
        ("0,90,3", 3, 1, 6),
        ("90,90,3", 3, 6, 2),
        ("0,-90,3", 4, 1, 5),
        // As Drake has it.
        ("0,0,3 --up 0,0,1", 4, 1, 5),
        ("90,0,3 --up 0,0,1", 1, 3, 5),
        ("0,90,3 --up 0,0,2", 5, 1, 3),
        ("0,0,3 --up 0,-1,0", 5, 2, 4),
    ] {
        let line = format!(
            "axes.gltf --label l.png --depth d.tiff --width 60 --height 60 --focal-y 75 --orbit {orbit}"
        );
        render(folder.path(), &line);
        let image = label(folder.path(), "l.png");
        assert_eq!(id(image.middle()), seen, "{orbit}");
        // One metre at three metres is 25 pixels.
        assert_eq!(id(image.at(54, 30)), right, "{orbit}");
        assert_eq!(id(image.at(30, 5)), above, "{orbit}");
        let depth = decode::metres(&fs::read(folder.path().join("d.tiff")).unwrap());
        assert!((depth.middle() - 1.9).abs() < 1e-6, "{orbit}");
    }
}

/// All is in the image, and fills it, from wherever it is seen.
fn an_orbit_frames_the_scene() {
    let folder = tempfile::tempdir().unwrap();
    let cube = Object::at(Shape::Cuboid(DVec3::new(2.0, 1.0, 0.5)), 40.0, 7.0, -9.0, 7);
    let gltf = Gltf::labelled(&View::new(32, 24, 24.0), &[cube]);
    fs::write(folder.path().join("far.gltf"), gltf.bytes()).unwrap();
    for orbit in ["0,0", "37,-20", "200,60"] {
        let line = format!("far.gltf --label l.png --width 80 --height 60 --orbit {orbit}");
        render(folder.path(), &line);
        let shown = label(folder.path(), "l.png").places(|label| label == [7, 0, 0]);
        let is_inside = |&(x, y): &(u32, u32)| (1..79).contains(&x) && (1..59).contains(&y);
        assert!(shown.iter().all(is_inside), "{orbit}: cut at a border");
        assert!(shown.len() > 400, "{orbit}: {} pixels", shown.len());
    }
}

/// The scene's camera says what lens it has: the same pose by --eye gives the same image, and another
/// field of view does not.
fn an_orbit_has_the_lens_of_a_camera() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("axes.gltf"), axes().bytes()).unwrap();
    let image = |place: &str| {
        let line = format!("axes.gltf --label l.png --width 80 --height 60 {place}");
        render(folder.path(), &line);
        label(folder.path(), "l.png")
    };
    let around = image("--orbit 90,0,4");
    assert_eq!(around, image("--eye 4,0,0 --target 0,0,0"));
    assert_ne!(around, image("--orbit 90,0,4 --fov-y 20"));
}

fn a_turntable_goes_around() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("axes.gltf"), axes().bytes()).unwrap();
    let images = "-o a.png --depth d.tiff --label l.png --width 60 --height 60 --focal-y 75";
    let output = render(
        folder.path(),
        &format!("axes.gltf {images} --turntable 4 --orbit 0,0,3"),
    );
    assert!(output.stdout.is_empty() && !output.stderr.contains(&b'\r'));
    let mut names: Vec<_> = (fs::read_dir(folder.path()).unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 13, "{names:?}");
    for (index, seen) in [5, 1, 6, 2].into_iter().enumerate() {
        let image = label(folder.path(), &format!("l_00{index}.png"));
        assert_eq!(id(image.middle()), seen, "{index}");
        // Each is the same as if it had been drawn alone.
        let orbit = format!("--orbit {},0,3", 90 * index);
        render(folder.path(), &format!("axes.gltf {images} {orbit}"));
        for (name, end) in [("a", "png"), ("d", "tiff"), ("l", "png")] {
            let file = |name: String| fs::read(folder.path().join(name)).unwrap();
            let turned = file(format!("{name}_00{index}.{end}"));
            assert!(turned == file(format!("{name}.{end}")), "{name} {index}");
        }
    }
    // Without a place to begin at it begins where a scene without a camera is seen from.
    let mut bare = axes();
    bare.remove_camera();
    fs::write(folder.path().join("bare.gltf"), bare.bytes()).unwrap();
    render(folder.path(), "bare.gltf --label t.png --turntable 1");
    for (name, orbit) in [("n.png", ""), ("o.png", "--orbit 30,20")] {
        render(folder.path(), &format!("bare.gltf --label {name} {orbit}"));
        assert_eq!(
            label(folder.path(), "t_000.png"),
            label(folder.path(), name)
        );
    }
}

/// What a pipe holds can be read only once.
fn a_turntable_reads_the_scene_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("axes.gltf");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let writer = thread::spawn(move || fs::write(pipe, axes().bytes()).unwrap());
    let line = "axes.gltf --label l.png --turntable 3 --width 16 --height 16";
    render(folder.path(), line);
    writer.join().unwrap();
    assert!(folder.path().join("l_002.png").exists());
}

/// `script` gives the program a terminal.
fn a_terminal_sees_a_bar() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("axes.gltf"), axes().bytes()).unwrap();
    let seen = |more: &str| {
        let line = format!(
            "{} render axes.gltf -o a.png --width 1600 --height 1200 --turntable 12 {more}",
            program().get_program().display()
        );
        let mut script = Command::new("script");
        script.current_dir(folder.path());
        script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        let output = run(script, Duration::from_secs(120));
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        said
    };
    let bar = seen("");
    assert!(
        bar.contains("] 11 of 12, 0 s left") && bar.contains("[####"),
        "{bar}"
    );
    // At the end the line is empty again.
    assert!(bar.ends_with("\r\x1b[K"), "{bar:?}");
    let quiet = seen("--quiet");
    assert!(!quiet.contains(" of 12"), "{quiet}");
}
