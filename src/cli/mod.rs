//! The command line, as parsed. What the arguments of `serve` mean is settled in [`crate::config`].

mod adapters;
mod check;
mod compare;
mod documents;
mod help;
mod limits;
mod render;
mod serve;

use std::ffi::OsString;

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::{FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::protocol::{DepthFormat, PngCompression};
use crate::scene::Look;

pub use adapters::AdaptersArgs;
pub use check::CheckArgs;
pub use compare::CompareArgs;
pub use documents::{CompletionsArgs, ManArgs};
pub use help::{default_of, definition};
pub use limits::{SceneLimitArgs, ServeLimitArgs};
pub use render::{Orbit, RenderArgs};
pub use serve::{LogFormat, ServeArgs};

/// Renders glTF scenes to color, depth and label images, over HTTP or to files.
///
/// Without a command it serves, with the options of `serve`.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "gltf-render-server",
    version,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of `serve`, if no command is given.
    #[command(flatten)]
    pub serve: ServeArgs,
}

impl Cli {
    /// Parses the arguments, of which the first is the program.
    ///
    /// # Errors
    /// If they make no sense; also for `--help` and `--version`.
    pub fn parse_from_arguments(
        arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let mut command = help::for_help();
        let matches = command.try_get_matches_from_mut(arguments)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        let settled = match (&mut cli.command, matches.subcommand()) {
            (None, _) => cli.serve.settle_address(&matches),
            (Some(Command::Serve(args)), Some((_, matches))) => args.settle_address(matches),
            _ => Ok(()),
        };
        settled.map_err(|conflict| command.error(ErrorKind::ArgumentConflict, conflict))?;
        Ok(cli)
    }
}

/// What the program can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Answer render requests over HTTP (the default).
    Serve(Box<ServeArgs>),
    /// Render a scene to image files, or a folder of scenes to a contact sheet.
    Render(Box<RenderArgs>),
    /// Say which scenes would be drawn, which not and why, and how large they are.
    Check(Box<CheckArgs>),
    /// Say how much two images differ, and whether that is within a tolerance.
    Compare(CompareArgs),
    /// List the graphics adapters: which would be used, why, and what to install.
    Adapters(AdaptersArgs),
    /// Print what a shell completes the command line with.
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all commands to a folder.
    Man(ManArgs),
}

impl ValueEnum for PngCompression {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()).help(match self {
            Self::Fast => "For clients on the same machine or network",
            Self::Small => {
                "Files of color and labels a tenth to a fifth smaller, in several times the time"
            }
        }))
    }
}

impl ValueEnum for DepthFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()).help(match self {
            Self::Tiff => {
                "One channel of 32-bit floats in metres; 0 is too close, infinity too far"
            }
            Self::Png16 => {
                "One channel of 16-bit integers in millimetres; 0 is too close, 65535 too far"
            }
        }))
    }
}

impl ValueEnum for Look {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()).help(match self {
            Self::Auto => "What Drake's client wrote looks like drake, all else like gltf",
            Self::Drake => "As Drake's RenderEngineVtk would draw it, in all images",
            Self::Gltf => "As glTF says, in all images",
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::parse_from_arguments(format!("gltf-render-server {line}").split_whitespace())
    }

    fn render(line: &str) -> RenderArgs {
        match parse(line).unwrap().command {
            Some(Command::Render(args)) => *args,
            command => panic!("{command:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default_command() {
        let plain = parse("--host=127.0.0.1 --port=0").unwrap();
        assert!(plain.command.is_none());
        assert_eq!(plain.serve.port.as_deref(), Some("0"));
        let Some(Command::Serve(args)) = parse("serve --port 0").unwrap().command else {
            panic!("not serve");
        };
        assert_eq!(args.port.as_deref(), Some("0"));
        assert!(parse("--port 0 serve").is_err());
    }

    #[test]
    fn png_compression_is_fast_or_small() {
        assert_eq!(
            parse("").unwrap().serve.png_compression,
            PngCompression::Fast
        );
        let small = parse("serve --png-compression small").unwrap().command;
        let Some(Command::Serve(args)) = small else {
            panic!("not serve");
        };
        assert_eq!(args.png_compression, PngCompression::Small);
        assert!(parse("--png-compression 9").is_err());
    }

    #[test]
    fn bind_excludes_host_and_port() {
        parse("--bind 0.0.0.0:80").unwrap();
        assert!(parse("--bind 0.0.0.0:80 --port 1").is_err());
        assert!(parse("--bind 0.0.0.0:80 --host ::1").is_err());
    }

    #[test]
    fn render_needs_an_image_to_write() {
        assert!(parse("render a.glb").is_err());
        let args = render("render a.glb --depth d.tiff --color c.png");
        assert_eq!(args.depth, Some("d.tiff".into()));
    }

    #[test]
    fn a_report_is_no_image() {
        let args = render("render models --report");
        assert_eq!(args.report, Some("contact_sheet.html".into()));
        let args = render("render models --report a.png --width 64");
        assert_eq!(args.report, Some("a.png".into()));
        assert!(parse("render models --report --color c.png").is_err());
    }

    #[test]
    fn check_takes_scenes() {
        let Some(Command::Check(args)) = parse("check a.glb b.gltf").unwrap().command else {
            panic!("not check");
        };
        assert_eq!(args.scenes.len(), 2);
        assert!(parse("check").is_err());
    }

    #[test]
    fn a_camera_is_in_one_place_only() {
        let args = render("render a.glb -o c.png --orbit -30,20 --turntable 12");
        assert_eq!(args.orbit.map(|orbit| orbit.azimuth), Some(-30.0));
        assert_eq!(
            (args.turntable, args.color),
            (Some(12), Some("c.png".into()))
        );
        for bad in [
            "--orbit 0,0 --eye 1,2,3 --target 0,0,0",
            "--turntable 3 --eye 1,2,3 --target 0,0,0",
            "--turntable 0",
            "--turntable 100001",
        ] {
            assert!(
                parse(&format!("render a.glb -o c.png {bad}")).is_err(),
                "{bad}"
            );
        }
        assert!(parse("render models --report --turntable 3").is_err());
        assert!(parse("render a.glb -o c.png --up 0,0,1").is_err());
        for place in ["--orbit 0,0", "--turntable 3", "--eye 1,2,3 --target 0,0,0"] {
            let line = format!("render a.glb -o c.png --up 0,0,1 {place}");
            assert_eq!(render(&line).up, Some([0.0, 0.0, 1.0]));
        }
    }

    #[test]
    fn points_may_be_negative() {
        let args = render("render a.glb --color c.png --eye -1,2,-3.5 --target 0,0,0");
        assert_eq!(args.eye, Some([-1.0, 2.0, -3.5]));
        for bad in ["1,2", "1,2,3,4", "1,2,x", "1,2,inf"] {
            let line = format!("render a.glb --color c.png --eye {bad} --target 0,0,0");
            assert!(parse(&line).is_err(), "{bad}");
        }
    }
}
