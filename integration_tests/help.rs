//! What the program says of itself: help, completions, manual pages.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::harness::server::{program, run};
use crate::harness::trials;

trials![
    help_fits_into_a_terminal,
    short_help_is_short,
    help_of_the_program_names_the_commands,
    bash_completes,
    each_shell_has_completions,
    manual_pages_are_printed_and_written,
];

const COMMANDS: [&str; 7] = [
    "serve",
    "render",
    "check",
    "compare",
    "adapters",
    "completions",
    "man",
];

/// What the program prints, in a terminal of 80 columns.
fn printed(arguments: &[&str]) -> String {
    let mut command = program();
    command.env("COLUMNS", "80").args(arguments);
    let output = run(command, Duration::from_secs(10));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn help_fits_into_a_terminal() {
    for command in [""].into_iter().chain(COMMANDS) {
        for kind in ["-h", "--help"] {
            let line: Vec<_> = [command, kind]
                .into_iter()
                .filter(|w| !w.is_empty())
                .collect();
            let help = printed(&line);
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{command} {kind}: {line}");
            }
            assert!(help.contains("Usage: gltf-render-server"), "{help}");
        }
    }
}

/// Two screens at most, and what is left out is said in the other.
fn short_help_is_short() {
    for command in COMMANDS {
        let [short, long] = ["-h", "--help"].map(|kind| printed(&[command, kind]));
        assert!(short.lines().count() <= 90, "{command}: {short}");
        assert!(short.lines().count() <= long.lines().count(), "{command}");
    }
    let [short, long] = ["-h", "--help"].map(|kind| printed(&["serve", kind]));
    assert!(!short.contains("--max-nodes") && long.contains("--max-nodes"));
    assert!(short.contains("--port") && short.contains("GLTF_RENDER_SERVER_MAX_BODY"));
}

fn help_of_the_program_names_the_commands() {
    let help = printed(&["--help"]);
    for command in COMMANDS {
        let line = help.lines().find(|line| line.trim().starts_with(command));
        assert!(line.is_some(), "no {command} in {help}");
    }
    assert!(help.contains("Exit codes:") && help.contains("Examples:"));
    // Those of `serve` are there, and told there.
    assert!(!help.contains("--workers"), "{help}");
}

/// A real bash, which is on every machine that runs the Makefile.
fn bash_completes() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("completions");
    let text = printed(&["completions", "bash"]);
    let (_, rest) = text.split_once("complete -F ").unwrap();
    let function = rest.split_whitespace().next().unwrap();
    fs::write(&script, &text).unwrap();
    let completed = |words: &str| {
        let asked = format!(
            "source '{}'\n\
             COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             {function} gltf-render-server \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"\n\
             echo \"${{COMPREPLY[@]}}\"\n",
            script.display()
        );
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", &asked]);
        let output = run(bash, Duration::from_secs(10));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && errors.is_empty(), "{errors}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(completed("gltf-render-server ren"), "render");
    assert_eq!(
        completed("gltf-render-server render a.glb --turn"),
        "--turntable"
    );
    assert_eq!(completed("gltf-render-server serve --log-format j"), "json");
    assert_eq!(completed("gltf-render-server completions fi"), "fish");
}

fn each_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell]);
        for word in ["turntable", "max-nodes", "compare"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
    let mut wrong = program();
    wrong.args(["completions", "tcsh"]);
    let output = run(wrong, Duration::from_secs(10));
    assert_eq!(output.status.code(), Some(2));
}

fn manual_pages_are_printed_and_written() {
    let page = printed(&["man"]);
    assert!(page.contains(".TH gltf-render-server 1 "), "{page}");
    for command in COMMANDS {
        let name = format!("gltf\\-render\\-server\\-{command}(1)");
        assert!(page.contains(&name), "no {name} in {page}");
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("share/man1");
    assert_eq!(printed(&["man", "--out", out.to_str().unwrap()]), "");
    let read = |name: String| fs::read_to_string(out.join(name)).unwrap();
    assert_eq!(read("gltf-render-server.1".into()), page);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1 + COMMANDS.len());
    let serve = read("gltf-render-server-serve.1".into());
    for word in [
        "\\-\\-max\\-nodes",
        "Nodes in a scene\\*(Aqs file",
        "GLTF_RENDER_SERVER_PORT",
        "Examples:",
    ] {
        assert!(serve.contains(word), "no {word} in {serve}");
    }
}
