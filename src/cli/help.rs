//! What help says beside the options, and how all of it looks.

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory as _};

use super::Cli;

/// Columns of help on a wider terminal.
const MOST_COLUMNS: usize = 100;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed; of check: a scene would be refused; of compare: the images differ
  2  wrong usage; of compare: also files that cannot be compared
  3  there is nothing to draw with
  4  a report is written, but some scenes were not drawn
A server that is told to stop ends by that signal.";

const USAGE: &str = "\
gltf-render-server [OPTIONS OF serve]
       gltf-render-server <COMMAND> [OPTIONS]";

const EXAMPLES: &str = "\
Examples:
  gltf-render-server --port 8080
  gltf-render-server render robot.glb -o robot.png
  gltf-render-server check models/*.glb
  gltf-render-server compare before.png after.png";

const SERVE: &str = "\
SIZE is a number of bytes, or one with the unit KiB, MiB or GiB.

Each option can also be given as an environment variable: --max-body as
GLTF_RENDER_SERVER_MAX_BODY, and so on. An option outranks a variable.

Examples:
  gltf-render-server serve --port 0
  gltf-render-server serve --bind 0.0.0.0:8000 --token-file tokens.txt";

/// The one that is made would name all files at once.
const RENDER_USAGE: &str = "\
gltf-render-server render [OPTIONS] <SCENE> -o <FILE>
       gltf-render-server render [OPTIONS] <SCENE> --depth <FILE> --label <FILE>
       gltf-render-server render [OPTIONS] <FOLDER> --report [<FILE>]";

const RENDER: &str = "\
Examples:
  gltf-render-server render robot.glb -o robot.png --width 1280 --height 720
  gltf-render-server render robot.glb --depth d.tiff --label l.png --orbit 45,30
  gltf-render-server render robot.glb -o frame.png --turntable 36
  gltf-render-server render models --report";

const CHECK: &str = "\
The exit code is 0 if all would be drawn, else 1.

Examples:
  gltf-render-server check robot.glb
  gltf-render-server check --json models/*.glb | jq 'select(.drawn | not)'";

const ADAPTERS: &str = "\
The exit code is 0 if there is one to draw with, 1 if none has such a name, and
3 if there is none at all.";

const COMPARE: &str = "\
The exit code is 0 if the images are the same within the tolerance, 1 if they
are not, and 2 if they cannot be compared.

Examples:
  gltf-render-server compare before.png after.png --difference d.png
  gltf-render-server compare a.tiff b.tiff --tolerance 0.001";

const COMPLETIONS: &str = "\
Examples:
  source <(gltf-render-server completions bash)
  gltf-render-server completions zsh > ~/.zfunc/_gltf-render-server
  gltf-render-server completions fish | source";

const MAN: &str = "\
Examples:
  gltf-render-server man | man -l -
  gltf-render-server man --out ~/.local/share/man/man1";

/// The definition of the command line, with all that help says.
#[must_use]
pub fn definition() -> Command {
    let mut command = Cli::command()
        // The options of `serve` are told there.
        .mut_args(|option| option.hide(true))
        .override_usage(USAGE)
        .max_term_width(MOST_COLUMNS)
        .after_help(EXAMPLES)
        .after_long_help(format!("{EXAMPLES}\n\n{EXIT_CODES}"));
    command = command.mut_subcommand("render", |render| render.override_usage(RENDER_USAGE));
    for (name, text) in [
        ("serve", SERVE),
        ("render", RENDER),
        ("check", CHECK),
        ("adapters", ADAPTERS),
        ("compare", COMPARE),
        ("completions", COMPLETIONS),
        ("man", MAN),
    ] {
        command = command.mut_subcommand(name, |command| command.after_help(text));
    }
    command
}

/// The same for help itself. It does not name the variables, each of which follows from its option.
pub(super) fn for_help() -> Command {
    definition().mut_subcommands(|command| command.mut_args(|option| option.hide_env(true)))
}

/// The default of an option, as its help says it.
#[must_use]
pub fn default_of(option: &Arg) -> Option<String> {
    if let [value] = option.get_default_values()
        && option.get_action().takes_values()
    {
        return value.to_str().map(str::to_owned);
    }
    let help = option.get_help().map(StyledStr::to_string)?;
    let (_, rest) = help.split_once("[default: ")?;
    Some(rest.split_once(']')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    /// What help says of the variables is true.
    #[test]
    fn a_variable_is_called_like_its_option() {
        let mut count = 0;
        for command in definition().get_subcommands() {
            for option in command.get_arguments() {
                let Some(variable) = option.get_env() else {
                    continue;
                };
                let name = option.get_long().unwrap().to_uppercase().replace('-', "_");
                let expected = format!("GLTF_RENDER_SERVER_{name}");
                assert_eq!(variable.to_str(), Some(expected.as_str()));
                count += 1;
            }
        }
        assert!(count > 60, "{count}");
        let serve = definition();
        let serve = serve.find_subcommand("serve").unwrap();
        assert!(
            serve
                .get_arguments()
                .all(|option| option.get_env().is_some())
        );
    }

    #[test]
    fn defaults_are_found_in_help_and_in_values() {
        let serve = definition();
        let serve = serve.find_subcommand("serve").unwrap();
        let default = |name: &str| {
            let mut options = serve.get_arguments();
            default_of(
                options
                    .find(|option| option.get_long() == Some(name))
                    .unwrap(),
            )
        };
        assert_eq!(default("port").as_deref(), Some("8000"));
        assert_eq!(default("depth-format").as_deref(), Some("tiff"));
        assert_eq!(default("max-nodes").as_deref(), Some("1000000"));
        assert_eq!(default("bind"), None);
        assert_eq!(default("debug"), None);
    }

    /// All that is written here fits into a narrow terminal as it stands.
    #[test]
    fn examples_are_not_wrapped() {
        let definition = definition();
        let texts = definition.get_subcommands().map(Command::get_after_help);
        let texts = texts.chain([definition.get_after_long_help()]);
        for text in texts.map(|text| text.unwrap().to_string()) {
            assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        }
    }
}
