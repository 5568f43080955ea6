//! `docs/configuration.md` is made from the definition of the command line.

use std::fmt::Write as _;

use clap::{Arg, Command};
use gltf_render_server::cli;

use crate::harness::{page, trials};

trials![the_page_is_that_of_the_definition];

const HEAD: &str = "\
# Configuration

Every option of `serve`, which is also what the program does without a command. Each can be given as an
environment variable instead; an option outranks its variable. What makes no sense is refused at the start with exit
code 2, all of it at once. SIZE is a number of bytes, or one with the unit KiB, MiB or GiB; SECONDS may have a
fraction. What is refused beyond a limit, and with which code, is in [limits.md](limits.md).

This page is made from the definition of the command line; a test holds it against that.
";

const TAIL: &str = "
## Other variables

These are not of this program, but of what it is built on:

| variable | meaning |
|---|---|
| `RUST_LOG` | What is logged: a level (`warn`), or one for each part (`info,access=off`). It outranks `--debug` |
| `TMPDIR` | Where scenes go that wait and do not fit into memory (see `--queue-bytes`); else `/tmp` |
| `MESA_SHADER_CACHE_DIR` | Where Mesa's drivers keep compiled shaders; else below `$XDG_CACHE_HOME` or `$HOME/.cache`. Without a place that can be written every start takes longer |
| `VK_DRIVER_FILES` | The Vulkan drivers that are looked at, as paths of their JSON files; else all that are installed |
| `NODEVICE_SELECT` | `1` keeps Mesa's layer that orders devices from asking a desktop that is not there |
| `NVIDIA_DRIVER_CAPABILITIES` | What NVIDIA's container toolkit brings into a container; `graphics` has Vulkan |
";

fn the_page_is_that_of_the_definition() {
    page::assert_is("docs/configuration.md", &text(&cli::definition()));
}

fn text(definition: &Command) -> String {
    let serve = definition.find_subcommand("serve").unwrap();
    let mut sections: Vec<(&str, Vec<&Arg>)> = Vec::new();
    for option in serve.get_arguments() {
        let heading = option.get_help_heading().expect("a heading");
        match sections.iter_mut().find(|(name, _)| *name == heading) {
            Some((_, options)) => options.push(option),
            None => sections.push((heading, vec![option])),
        }
    }
    assert!(sections.len() > 4);
    let mut text = HEAD.to_owned();
    for (heading, options) in sections {
        write!(
            text,
            "\n## {heading}\n\n| option | variable | default | meaning |\n|---|---|---|---|\n"
        )
        .unwrap();
        for option in options {
            text.push_str(&row(option, definition));
        }
    }
    text + TAIL
}

fn row(option: &Arg, definition: &Command) -> String {
    let name = option.get_long().unwrap();
    let takes_value = option.get_action().takes_values();
    let value = option.get_value_names().filter(|_| takes_value);
    let value = value.map_or(String::new(), |names| format!(" {}", names[0]));
    let variable = option.get_env().unwrap().to_str().unwrap();
    let default = match cli::default_of(option) {
        // Words are words, and all else is what one could write.
        Some(words) if words.contains(' ') || words == "never" => words,
        Some(value) => format!("`{value}`"),
        None if takes_value => "none".to_owned(),
        None => "off".to_owned(),
    };
    let mut meaning = meaning(option);
    let values = option.get_possible_values();
    let values: Vec<_> = (values.iter())
        .filter(|_| takes_value)
        .filter_map(|value| Some((value.get_name(), value.get_help()?)))
        .map(|(name, help)| format!("`{name}`: {help}"))
        .collect();
    if !values.is_empty() {
        write!(meaning, " {}.", values.join(". ")).unwrap();
    }
    let others = (definition.get_subcommands()).filter(|command| command.get_name() != "serve");
    let others: Vec<_> = others
        .filter(|command| {
            let mut options = command.get_arguments();
            options.any(|other| other.get_env() == option.get_env())
        })
        .map(|command| format!("`{}`", command.get_name()))
        .collect();
    if !others.is_empty() {
        write!(meaning, " Also of {}.", others.join(", ")).unwrap();
    }
    format!("| `--{name}{value}` | `{variable}` | {default} | {meaning} |\n")
}

/// What help says, in one line and without the default, which has its own column.
fn meaning(option: &Arg) -> String {
    let help = option.get_long_help().or(option.get_help());
    let help = help.unwrap().to_string();
    let (before, rest) = help.split_once("[default: ").unwrap_or((&help, ""));
    let (_, after) = rest.split_once(']').unwrap_or_default();
    let whole = format!("{before}{after}");
    let words: Vec<_> = whole.split_whitespace().collect();
    let mut sentences = words.join(" ").replace(" .", ".").replace('|', "\\|");
    if !sentences.ends_with('.') {
        sentences.push('.');
    }
    sentences
}
