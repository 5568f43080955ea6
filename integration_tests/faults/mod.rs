//! Faults of a GPU and its driver, and of the code over them: whoever asked gets the right image or an error that
//! says to ask again, and the next one gets the right image.
//!
//! The server is the built one. A layer between it and the driver fails where a test wants it to (`layer.rs`).

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::harness::client::{self, Reply};
use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::server::{Server, program};
use crate::harness::trials;
use crate::harness::view::View;

trials![
    a_gpu_that_is_lost,
    a_gpu_that_is_lost_again,
    a_gpu_that_does_not_come_back_for_a_while,
    a_gpu_without_memory,
    a_panic_in_a_render,
    a_panic_that_comes_again,
    a_driver_that_hangs,
];

const SMALL: [u32; 2] = [80, 60];
const OTHER: [u32; 2] = [81, 60];

/// Longer than a server takes to open a GPU again.
const SOON: Duration = Duration::from_secs(20);

/// A server with one worker over a driver that fails when it is told to.
struct Faulty {
    server: Server,
    /// What the loader finds the layer by, and a folder for the faults.
    folder: TempDir,
}

impl Faulty {
    fn start(arguments: &[&str]) -> Self {
        let program_path = Path::new(env!("CARGO_BIN_EXE_gltf-render-server"));
        let library = program_path.with_file_name("examples/libvulkan_fault_layer.so");
        assert!(
            library.exists(),
            "there is no {}: cargo build --release --example vulkan_fault_layer",
            library.display()
        );
        let folder = TempDir::new().unwrap();
        let layer = json!({
            "name": "VK_LAYER_TEST_faults",
            "type": "GLOBAL",
            "library_path": library,
            "api_version": "1.3.0",
            "implementation_version": "1",
            "description": "Fails when it is told to.",
        });
        let manifest = json!({ "file_format_version": "1.1.2", "layer": layer });
        fs::write(folder.path().join("layer.json"), manifest.to_string()).unwrap();
        let faults = folder.path().join("faults");
        fs::create_dir(&faults).unwrap();
        let mut command = program();
        command.args(["--host", "127.0.0.1", "--port", "0", "--workers", "1"]);
        command.args(arguments);
        command.env("VK_LAYER_PATH", folder.path());
        command.env("VK_INSTANCE_LAYERS", "VK_LAYER_TEST_faults");
        command.env("VULKAN_FAULTS", faults);
        Self {
            server: Server::start(command),
            folder,
        }
    }

    /// Lets the next `count` calls fail that a fault of this name is for.
    fn fail(&self, name: &str, count: usize) {
        for number in 0..count {
            let file = format!("faults/{name} {number}");
            fs::write(self.folder.path().join(file), "").unwrap();
        }
    }

    /// How many faults have not happened yet.
    fn left(&self) -> usize {
        fs::read_dir(self.folder.path().join("faults"))
            .unwrap()
            .count()
    }

    /// Calls off what has not happened yet.
    fn call_off(&self) {
        for file in fs::read_dir(self.folder.path().join("faults")).unwrap() {
            // The server may have come first.
            let _ = fs::remove_file(file.unwrap().path());
        }
    }

    fn post(&self, size: [u32; 2]) -> Reply {
        client::post(&self.server, &form(size))
    }

    /// Checks that an image is what a server shows over a driver without a fault.
    fn expect_right(&self, size: [u32; 2]) {
        let right = client::post(crate::harness::server::shared(), &form(size)).image();
        assert!(self.post(size).image() == right, "another image");
    }

    /// Checks that an image is refused in such a way that it may be asked for again.
    fn expect_refused(&self, size: [u32; 2], code: &str) -> String {
        let reply = self.post(size);
        assert_eq!(reply.retry_after, "1");
        reply.refusal(503, code)
    }

    fn metric(&self, sample: &str) -> usize {
        let metrics = client::get(&self.server, "/metrics").text();
        let value = metrics.lines().find_map(|line| {
            let line = line.strip_prefix("gltf_render_server_")?;
            line.strip_prefix(sample)?.trim().parse().ok()
        });
        value.unwrap_or_else(|| panic!("no {sample} in:\n{metrics}"))
    }

    fn until(&self, is_there: impl Fn() -> bool) {
        let patience = Instant::now() + SOON;
        while !is_there() {
            assert!(Instant::now() < patience, "{}", self.server.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops the server, which has complained.
    fn stop(&self) {
        assert_eq!(self.left(), 0, "faults that did not happen");
        self.server.terminate();
        self.server.assert_end();
    }
}

fn form([width, height]: [u32; 2]) -> Form {
    let view = View::new(width, height, f64::from(width));
    Form::drake("color", &view, &Gltf::one_box(&view).bytes())
}

fn a_gpu_that_is_lost() {
    let faulty = Faulty::start(&[]);
    faulty.expect_right(SMALL);
    for losses in 1..=3 {
        faulty.fail("lost", 1);
        faulty.expect_right(SMALL);
        assert_eq!(faulty.left(), 0);
        assert_eq!(faulty.metric("device_losses_total"), losses);
    }
    assert_eq!(faulty.metric("worker_panics_total"), 0);
    faulty.stop();
}

fn a_gpu_that_is_lost_again() {
    let faulty = Faulty::start(&[]);
    faulty.fail("lost", 2);
    let message = faulty.expect_refused(SMALL, "gpu_failure");
    client::names(&message, &["GPU", "lost"]);
    faulty.expect_right(SMALL);
    faulty.stop();
}

/// It is not sent requests meanwhile, and comes back though it gets none.
fn a_gpu_that_does_not_come_back_for_a_while() {
    let faulty = Faulty::start(&[]);
    let is_ready = || client::get(&faulty.server, "/readyz").status == 200;
    assert!(is_ready());
    faulty.fail("open", 1000);
    faulty.fail("lost", 1);
    faulty.expect_refused(SMALL, "gpu_failure");
    faulty.until(|| !is_ready());
    assert_eq!(client::get(&faulty.server, "/healthz").status, 200);
    faulty.expect_refused(SMALL, "gpu_failure");
    faulty.call_off();
    faulty.until(is_ready);
    faulty.expect_right(SMALL);
    faulty.stop();
}

fn a_gpu_without_memory() {
    const LARGE: [u32; 2] = [4000, 3000];
    let faulty = Faulty::start(&[]);
    // Memory is taken in blocks, of which what is small finds one.
    faulty.expect_right(SMALL);
    faulty.fail("memory", 1);
    faulty.expect_right(LARGE);
    assert_eq!(faulty.left(), 0);
    faulty.fail("memory", 1000);
    faulty.fail("lost", 1);
    let message = faulty.expect_refused(SMALL, "gpu_failure");
    client::names(&message, &["GPU"]);
    faulty.call_off();
    faulty.expect_right(SMALL);
    faulty.stop();
}

fn a_panic_in_a_render() {
    let faulty = Faulty::start(&[]);
    for panics in 1..=3 {
        faulty.fail("framebuffer 80x60", 1);
        faulty.expect_right(SMALL);
        assert_eq!(faulty.left(), 0);
        assert_eq!(faulty.metric("worker_panics_total"), panics);
        assert_eq!(faulty.metric("workers_replaced_total"), panics);
    }
    faulty.stop();
    let log = faulty.server.log();
    assert_eq!(log.matches("panicked at").count(), 3, "{log}");
}

fn a_panic_that_comes_again() {
    let faulty = Faulty::start(&[]);
    faulty.fail("framebuffer 80x60", 2);
    let message = faulty.expect_refused(SMALL, "renderer_failure");
    assert!(!message.contains("unwrap"), "{message}");
    faulty.expect_right(OTHER);
    faulty.expect_right(SMALL);
    assert_eq!(faulty.metric("worker_panics_total"), 2);
    assert_eq!(faulty.metric("jobs_total{outcome=\"panicked\"}"), 1);
    assert_eq!(faulty.metric("workers_replaced_total"), 2);
    faulty.stop();
}

fn a_driver_that_hangs() {
    let faulty = Faulty::start(&["--timeout", "1"]);
    faulty.expect_right(SMALL);
    faulty.fail("hang", 1);
    faulty.post(SMALL).refusal(504, "timeout");
    // Whoever comes meanwhile waits, but not for the driver.
    faulty.until(|| faulty.post(SMALL).status == 200);
    assert_eq!(faulty.metric("jobs_total{outcome=\"abandoned\"}"), 1);
    assert_eq!(faulty.metric("workers_stuck"), 1);
    faulty.expect_right(SMALL);
    faulty.until(|| faulty.metric("workers_stuck") == 0);
    faulty.expect_right(SMALL);
    faulty.stop();
}
