//! `render SCENE`: the same images as over HTTP, without a server.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use glam::{DVec2, DVec3};

use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::server::{self, Server, program, run};
use crate::harness::truth::{Object, Shape};
use crate::harness::view::View;
use crate::harness::{client, decode, trials};

trials![
    render_equals_the_server,
    render_takes_the_camera_of_the_file,
    opengl_draws_where_vulkan_is_missing,
    render_frames_a_scene_without_camera,
    render_refuses_a_bad_scene,
    adapters_are_listed,
    adapters_of_one_kind_are_used_together,
];

fn view() -> View {
    View {
        center_x: 30.5,
        focal_y: 75.0,
        near: 0.25,
        far: 20.0,
        min_depth: 0.5,
        max_depth: 10.0,
        ..View::new(72, 54, 80.0)
    }
}

fn render(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program();
    command.current_dir(folder).arg("render").args(arguments);
    run(command, Duration::from_secs(60))
}

fn succeeded(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {said}", output.status);
}

fn render_equals_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let asset = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/sample.glb");
    let arguments = "--width 72 --height 54 --focal-x 80 --focal-y 75 --center-x 30.5 --center-y 27 \
         --near 0.25 --far 20 --min-depth 0.5 --max-depth 10";
    let mut all = vec![
        asset, "--color", "a.png", "--depth", "d.tiff", "--label", "l.png",
    ];
    all.extend(arguments.split_whitespace());
    succeeded(&render(folder.path(), &all));
    let scene = fs::read(asset).unwrap();
    for (image_type, file) in [("color", "a.png"), ("depth", "d.tiff"), ("label", "l.png")] {
        let served = client::render(server::shared(), image_type, &view(), &scene);
        let written = fs::read(folder.path().join(file)).unwrap();
        assert!(written == served, "{image_type} differs");
    }
    let mut one = vec![asset, "--depth", "d.png", "--depth-format", "png16"];
    one.extend(arguments.split_whitespace());
    succeeded(&render(folder.path(), &one));
    let form = Form::drake("depth", &view(), &scene).with("depth_format", "png16");
    let served = client::post(server::shared(), &form).image();
    assert!(
        fs::read(folder.path().join("d.png")).unwrap() == served,
        "png16 differs"
    );
}

/// Lens and all, chosen by name; both ways give the same bytes.
fn render_takes_the_camera_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let ball = Object::at(Shape::Cuboid(DVec3::splat(0.5)), 0.5, 0.0, -2.0, 7);
    let parallel = View {
        parallel: Some(DVec2::new(2.0, 1.0)),
        ..view()
    };
    let mut scene = Gltf::labelled(&view(), &[ball]);
    scene.camera(&parallel);
    scene.json["cameras"][1]["name"] = "drawing".into();
    fs::write(folder.path().join("two.gltf"), scene.bytes()).unwrap();
    for camera in ["0", "drawing"] {
        let arguments = format!(
            "two.gltf --color a.png --depth d.tiff --label l.png --width 72 --height 54 \
             --min-depth 0.5 --max-depth 10 --camera {camera}"
        );
        let arguments: Vec<_> = arguments.split_whitespace().collect();
        succeeded(&render(folder.path(), &arguments));
        for (image_type, file) in [("color", "a.png"), ("depth", "d.tiff"), ("label", "l.png")] {
            let form = Form::of_scene(image_type, &view(), &scene.bytes()).with("camera", camera);
            let served = client::post(server::shared(), &form).image();
            let written = fs::read(folder.path().join(file)).unwrap();
            assert!(written == served, "camera {camera}: {image_type} differs");
        }
    }
    for (wrong, word) in [
        ("--camera 2", "camera 2"),
        ("--camera 1 --center-x 3", "center_x"),
        ("--time -1", "time"),
        ("--near 30", "near"),
    ] {
        let arguments = format!("two.gltf --label l.png {wrong}");
        let output = render(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(word), "{said}");
    }
}

/// The fallback draws the same scene: labels alike, depth to the last digits, color nearly so.
fn opengl_draws_where_vulkan_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let asset = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/drake_merged.gltf");
    let images = |prefix: &str, hidden: &[&str]| {
        let [color, depth, label] =
            ["color.png", "depth.tiff", "label.png"].map(|name| format!("{prefix}-{name}"));
        let mut command = program();
        command.current_dir(folder.path()).args([
            "render", asset, "--width", "160", "--height", "120", "--color", &color, "--depth",
            &depth, "--label", &label,
        ]);
        for name in hidden {
            command.env(name, "/nonexistent");
        }
        succeeded(&run(command, Duration::from_secs(60)));
        [color, depth, label].map(|name| fs::read(folder.path().join(name)).unwrap())
    };
    let used = |hidden: &[&str]| {
        let mut adapters = program();
        adapters.arg("adapters");
        for name in hidden {
            adapters.env(name, "/nonexistent");
        }
        let said = String::from_utf8(run(adapters, Duration::from_secs(60)).stdout).unwrap();
        let mut lines = said.lines().map(str::to_owned);
        lines
            .find(|line| line.starts_with("used "))
            .unwrap_or_default()
    };
    let hidden = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
    assert!(used(&[]).contains(", vulkan, "), "Vulkan was not used");
    assert!(used(&hidden).contains(", gl, "), "OpenGL was not used");
    let vulkan = images("vulkan", &[]);
    let opengl = images("opengl", &hidden);

    let [a, b] = [&vulkan[0], &opengl[0]].map(|file| decode::rgb(file));
    let differing = a.pixels.iter().zip(&b.pixels).filter(|(a, b)| a != b);
    assert!(differing.count() * 100 <= a.pixels.len(), "color");
    let [a, b] = [&vulkan[1], &opengl[1]].map(|file| decode::metres(file));
    let close = |(a, b): (&f32, &f32)| a == b || (a - b).abs() <= 2e-6 * a;
    assert!(a.pixels.iter().zip(&b.pixels).all(close), "depth");
    assert_eq!(
        decode::rgb(&vulkan[2]).pixels,
        decode::rgb(&opengl[2]).pixels
    );
}

/// All of the object is in the image, and not tiny.
fn render_frames_a_scene_without_camera() {
    let folder = tempfile::tempdir().unwrap();
    let ball = Object::at(Shape::Cuboid(DVec3::new(5.0, 2.0, 3.0)), 40.0, 0.0, -2.0, 7);
    let mut gltf = Gltf::labelled(&view(), &[ball]);
    gltf.remove_camera();
    fs::write(folder.path().join("box.gltf"), gltf.bytes()).unwrap();
    let arguments = "box.gltf --label l.png --width 80 --height 60";
    succeeded(&render(
        folder.path(),
        &arguments.split(' ').collect::<Vec<_>>(),
    ));
    let image = decode::rgb(&fs::read(folder.path().join("l.png")).unwrap());
    assert_eq!((image.width, image.height), (80, 60));
    let shown = image.places(|label| label == [7, 0, 0]);
    assert!(shown.len() > 480, "{} pixels show the box", shown.len());
    let is_inside = |&(x, y): &(u32, u32)| (1..79).contains(&x) && (1..59).contains(&y);
    assert!(shown.iter().all(is_inside), "cut at a border");
}

fn render_refuses_a_bad_scene() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.gltf"), "{}").unwrap();
    for (scene, word) in [("bad.gltf", "asset"), ("none.gltf", "none.gltf")] {
        let output = render(folder.path(), &[scene, "--color", "a.png"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(word) && !said.contains("panicked") && said.trim().lines().count() == 1,
            "{said}"
        );
        assert!(!folder.path().join("a.png").exists());
    }
}

fn adapters_are_listed() {
    let listed = |arguments: &[&str]| {
        let mut command = program();
        command.arg("adapters").args(arguments);
        let output = run(command, Duration::from_secs(30));
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        (code, text(output.stdout), text(output.stderr))
    };
    let is_adapter = |line: &str| {
        [", vulkan, ", ", gl, "]
            .iter()
            .any(|api| line.contains(api))
    };
    let (code, said, _) = listed(&[]);
    assert_eq!(code, 0, "{said}");
    let (adapters, advice) = said.split_once("\n\n").unwrap();
    assert!(adapters.lines().all(is_adapter), "{said}");
    assert!(said.starts_with("used "), "{said}");
    assert!(advice.contains("Discrete GPUs come first"), "{said}");
    // Here a part of the name of Mesa's lavapipe.
    let (code, named, _) = listed(&["--adapter", "LLVM"]);
    assert_eq!(code, 0, "{named}");
    let used = |said: &str| {
        let mut lines = said.lines().map(str::to_owned);
        lines.find(|line| line.starts_with("used "))
    };
    assert!(used(&named).unwrap().contains("llvmpipe"), "{named}");
    let (code, said, errors) = listed(&["--adapter", "nothing is called so"]);
    assert_eq!((code, used(&said)), (1, None), "{said}");
    assert!(said.starts_with("available "), "{said}");
    assert!(errors.contains("\"nothing is called so\""), "{errors}");
}

/// Mesa's lavapipe twice, as if it were two GPUs of one kind. Which of them a worker takes is the
/// unit tests' (`render/adapter.rs`).
fn adapters_of_one_kind_are_used_together() {
    let folder = tempfile::tempdir().unwrap();
    let known = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let files = known.into_iter().flat_map(fs::read_dir).flatten();
    let mut paths = files.map(|file| file.unwrap().path());
    let lavapipe = paths.find(|path| path.to_string_lossy().contains("/lvp_icd"));
    let lavapipe = lavapipe.expect("lavapipe is installed");
    let other = folder.path().join("other.json");
    fs::copy(&lavapipe, &other).unwrap();
    let both = std::env::join_paths([lavapipe, other]).unwrap();
    let with_both = |mut command: Command| {
        for name in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
            command.env(name, &both);
        }
        command
    };
    let mut adapters = with_both(program());
    adapters.arg("adapters");
    let said = String::from_utf8(run(adapters, Duration::from_secs(30)).stdout).unwrap();
    let used = said.lines().filter(|line| line.starts_with("used "));
    assert_eq!(used.count(), 2, "{said}");
    let mut serve = with_both(program());
    serve.args(["--port", "0", "--workers", "3"]);
    let server = Server::start(serve);
    server.stop();
    for worker in 0..3 {
        let said = format!("Worker {worker} draws with llvmpipe");
        assert!(server.log().contains(&said), "{}", server.log());
    }
}
