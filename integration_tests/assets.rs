//! The committed scenes are those that their script makes.

use std::process::Command;
use std::time::Duration;

use crate::harness::server::run;
use crate::harness::trials;

trials![the_script_makes_the_committed_scenes];

fn the_script_makes_the_committed_scenes() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/make_assets.py");
    let mut command = Command::new("python3");
    command.args(["-B", script, "--check"]);
    let output = run(command, Duration::from_secs(60));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}
