//! The program as a process: how it starts, says that it is ready, and ends.

use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use glam::DVec3;

use crate::harness::client;
use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::server::{self, Server, program, program_after, run};
use crate::harness::trials;
use crate::harness::truth::{Object, Shape};
use crate::harness::view::View;

trials![
    the_word_serve_may_be_left_out,
    settings_from_the_environment,
    another_endpoint,
    an_endpoint_that_is_taken,
    no_adapter,
    port_in_use,
    more_connections_than_files_at_first,
    bad_arguments,
    address_arguments_outrank_variables,
    version_and_help,
    what_is_in_flight_is_finished,
];

const SOON: Duration = Duration::from_secs(30);

fn scene(view: &View) -> Vec<u8> {
    let ball = Object::at(Shape::Cuboid(DVec3::splat(0.5)), 0.0, 0.0, -2.0, 7);
    Gltf::labelled(view, &[ball]).bytes()
}

fn renders(server: &Server, path: &str) {
    let view = View::new(16, 16, 16.0);
    let body = Form::drake("label", &view, &scene(&view)).encode();
    let reply = client::post_bytes(server, path, &Form::content_type(), &body);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// Test suites of Drake start `server --host=127.0.0.1 --port=0`.
fn the_word_serve_may_be_left_out() {
    let mut command = program();
    command.args(["serve", "--host=127.0.0.1", "--port=0", "--workers=1"]);
    let server = Server::start(command);
    renders(&server, "/render");
    assert_ne!(server.url, server::shared().url);
    server.stop();
}

fn settings_from_the_environment() {
    let mut command = program();
    command.env("GLTF_RENDER_SERVER_HOST", "127.0.0.1");
    command.env("GLTF_RENDER_SERVER_PORT", "0");
    command.env("GLTF_RENDER_SERVER_ENDPOINT", "from_env");
    let server = Server::start(command);
    assert!(!server.address().ends_with(":8000"), "{}", server.url);
    renders(&server, "/from_env");
    server.stop();
}

/// As many systems leave it, the limit is low, and may be raised.
fn more_connections_than_files_at_first() {
    let mut command = program_after("ulimit -S -n 100");
    command.args(["--port", "0", "--workers", "1"]);
    let server = Server::start(command);
    let connect = |_| TcpStream::connect(server.address()).unwrap();
    let idle: Vec<_> = (0..300).map(connect).collect();
    renders(&server, "/render");
    drop(idle);
    server.stop();
}

/// One that has to be said at the start.
fn an_endpoint_that_is_taken() {
    for taken in ["events", "sample.glb"] {
        let mut command = program();
        command.args(["--port", "0", "--endpoint", taken]);
        let output = run(command, Duration::from_secs(30));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        for word in ["--endpoint", taken, "healthz", "metrics"] {
            assert!(said.contains(word), "{said}");
        }
    }
}

fn another_endpoint() {
    let server = Server::on_free_port(&["--endpoint", "a/b"]);
    renders(&server, "/a/b");
    client::get(&server, "/render").refusal(404, "not_found");
    server.stop();
}

/// Hides all drivers of Vulkan and OpenGL.
fn without_adapter(mut command: Command) -> Command {
    for name in [
        "VK_DRIVER_FILES",
        "VK_ICD_FILENAMES",
        "__EGL_VENDOR_LIBRARY_FILENAMES",
        "LIBGL_DRIVERS_PATH",
    ] {
        command.env(name, "/nonexistent");
    }
    command
}

/// One sentence that names the package, and its own exit code.
fn no_adapter() {
    for arguments in [&["--port", "0"][..], &["adapters"]] {
        let mut command = without_adapter(program());
        command.args(arguments);
        let output = run(command, SOON);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        for package in ["mesa-vulkan-drivers", "vulkan-swrast"] {
            assert!(said.contains(package), "{said}");
        }
        assert_eq!(said.trim().lines().count(), 1, "{said}");
        // Who asks for adapters is told more.
        let advice = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_told = advice.contains("apt-get install libvulkan1 mesa-vulkan-drivers");
        assert_eq!(is_told, arguments == ["adapters"], "{advice}");
    }
}

fn port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = program();
    command.args(["--host", "127.0.0.1", "--port", &port]);
    let output = run(command, SOON);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains(&port), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// Refused at once, as command lines are: exit code 2.
fn bad_arguments() {
    for arguments in [
        &["--port", "70000"][..],
        &["--workers", "0"],
        &["--workers=-1"],
        &["--bind", "nowhere"],
        &["--timeout", "soon"],
        &["--no-such-option"],
        &["dance"],
    ] {
        let mut command = program();
        command.args(arguments);
        let output = run(command, SOON);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        let (name, _) = arguments[0].split_once('=').unwrap_or((arguments[0], ""));
        assert!(said.contains(name.trim_start_matches('-')), "{said}");
    }
}

/// An argument outranks the variables of the other way to say the same; the Dockerfile sets one.
fn address_arguments_outrank_variables() {
    const BIND: (&str, &str) = ("GLTF_RENDER_SERVER_BIND", "127.0.0.1:1");
    const HOST: (&str, &str) = ("GLTF_RENDER_SERVER_HOST", "0.0.0.0");
    const PORT: (&str, &str) = ("GLTF_RENDER_SERVER_PORT", "1");
    // All is settled before --workers is found bad, and that alone is refused.
    for (variables, arguments) in [
        (&[HOST, PORT][..], &["--bind", "127.0.0.1:0"][..]),
        (&[HOST], &["serve", "--bind", "127.0.0.1:0"]),
        (&[BIND], &["--port", "0"]),
        (&[BIND], &["serve", "--host", "127.0.0.1"]),
    ] {
        let mut command = program();
        command.envs(variables.iter().copied());
        command.args(arguments).args(["--workers", "0"]);
        let output = run(command, SOON);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("--workers must be"), "{arguments:?}: {said}");
    }
    let mut command = program();
    command.envs([BIND, PORT]);
    let output = run(command, SOON);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(BIND.0) && said.contains(PORT.0), "{said}");
}

fn version_and_help() {
    for (argument, words) in [
        ("--version", &["gltf-render-server 0."][..]),
        ("--help", &["serve", "render", "adapters", "--port"]),
    ] {
        let mut command = program();
        command.arg(argument);
        let output = run(command, SOON);
        assert!(output.status.success());
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        for word in words {
            assert!(said.contains(word), "no {word} in {said}");
        }
    }
}

/// SIGTERM while requests are being served: each gets its whole image, or is told to try another time.
fn what_is_in_flight_is_finished() {
    let server = Server::on_free_port(&["--workers", "1"]);
    // Large, so that all have arrived long before the first is drawn.
    let view = View::new(1600, 1200, 1000.0);
    let form = Form::drake("color", &view, &scene(&view));
    thread::scope(|scope| {
        let (answer, answers) = mpsc::channel();
        for _ in 0..4 {
            let answer = answer.clone();
            let (server, form) = (&server, &form);
            scope.spawn(move || {
                let reply = client::post(server, form);
                answer.send(reply).ok();
            });
        }
        drop(answer);
        let first = answers.recv().expect("an answer, not a broken connection");
        assert_eq!(first.status, 200);
        let start = Instant::now();
        server.terminate();
        let others: Vec<_> = answers.iter().collect();
        assert_eq!(others.len(), 3, "a broken connection");
        for reply in others.iter().filter(|reply| reply.status != 200) {
            reply.refusal(503, "shutting_down");
        }
        // The next one was taken up with the answer to the first.
        assert!(others.iter().any(|reply| reply.status == 200));
        server.assert_clean_end();
        assert!(start.elapsed() < SOON);
    });
}
