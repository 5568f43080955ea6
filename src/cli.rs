//! The command line, as parsed. What the arguments of `serve` mean is settled in [`crate::config`].

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{
    ArgGroup, ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    ValueEnum,
};

use crate::protocol::{DepthFormat, PngCompression};

/// Renders glTF scenes to color, depth and label images, over HTTP or to files.
///
/// Without a command it serves; all options of `serve` may be given.
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
        let mut command = Self::command();
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
    /// Render one scene to image files, or a folder of them to a contact sheet.
    Render(Box<RenderArgs>),
    /// Say which of some scenes would be drawn, how large they are, and why not.
    Check(CheckArgs),
    /// List the graphics adapters and say which one would be used.
    Adapters,
}

/// The options of `serve`. Numbers are text here, so that all that is wrong with them can be
/// reported at once.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    /// Address or host name to listen on [default: 127.0.0.1].
    #[arg(long, env = "GLTF_RENDER_SERVER_HOST")]
    pub host: Option<String>,

    /// Port to listen on; 0 takes a free one [default: 8000].
    #[arg(long, env = "GLTF_RENDER_SERVER_PORT")]
    pub port: Option<String>,

    /// Address and port in one, instead of --host and --port.
    #[arg(long, env = "GLTF_RENDER_SERVER_BIND", value_name = "HOST:PORT")]
    pub bind: Option<String>,

    /// Render threads, each with a device of its own [default: one per core, 2 to 16].
    #[arg(long, env = "GLTF_RENDER_SERVER_WORKERS", value_name = "N")]
    pub workers: Option<String>,

    /// Path to which clients post [default: render].
    #[arg(long, env = "GLTF_RENDER_SERVER_ENDPOINT", value_name = "PATH")]
    pub endpoint: Option<String>,

    /// Say in answers what lies behind an error, and log more. Images stay the same.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_DEBUG",
        value_parser = clap::builder::BoolishValueParser::new()
    )]
    pub debug: bool,

    /// Give up a request after this time and answer 504 [default: never].
    #[arg(long, env = "GLTF_RENDER_SERVER_TIMEOUT", value_name = "SECONDS")]
    pub timeout: Option<String>,

    /// Requests that may wait for a worker; more are answered 503 [default: 1024].
    #[arg(long, env = "GLTF_RENDER_SERVER_QUEUE", value_name = "N")]
    pub queue: Option<String>,

    /// Largest request body: bytes, or with the unit KiB, MiB or GiB [default: 512MiB].
    #[arg(long, env = "GLTF_RENDER_SERVER_MAX_BODY", value_name = "SIZE")]
    pub max_body: Option<String>,

    /// Memory for what is kept of scenes for the next ones: bytes, or with the unit KiB, MiB or GiB;
    /// 0 for none. An eighth as much again is kept of scenes as they arrived, without a GPU a sixteenth
    /// of what views show, and each worker may keep half as much again on its GPU [default: 512MiB].
    #[arg(long, env = "GLTF_RENDER_SERVER_CACHE_SIZE", value_name = "SIZE")]
    pub cache_size: Option<String>,

    /// How depth images are encoded if the request does not say.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_DEPTH_FORMAT",
        value_enum,
        default_value_t
    )]
    pub depth_format: DepthFormat,

    /// How hard PNG files are compressed.
    #[arg(
        long,
        env = "GLTF_RENDER_SERVER_PNG_COMPRESSION",
        value_enum,
        default_value_t
    )]
    pub png_compression: PngCompression,

    /// Use the best graphics adapter whose name contains this text; if there are several of its kind,
    /// the workers share them [default: any name].
    #[arg(long, env = "GLTF_RENDER_SERVER_ADAPTER", value_name = "NAME")]
    pub adapter: Option<String>,
}

impl ServeArgs {
    /// Leaves either `bind`, or `host` and `port`: an argument outranks the variables of the other,
    /// such as the one that the Dockerfile sets. clap's own conflicts would count variables too.
    fn settle_address(&mut self, matches: &ArgMatches) -> Result<(), &'static str> {
        let given = |name, source| matches.value_source(name) == Some(source);
        let argument = |name| given(name, ValueSource::CommandLine);
        let variable = |name| given(name, ValueSource::EnvVariable);
        match (argument("bind"), argument("host") || argument("port")) {
            (true, true) => Err("--bind cannot be used with --host or --port"),
            (true, false) => {
                (self.host, self.port) = (None, None);
                Ok(())
            }
            (false, true) => {
                self.bind = None;
                Ok(())
            }
            (false, false) if variable("bind") && (variable("host") || variable("port")) => Err(
                "GLTF_RENDER_SERVER_BIND cannot be used with GLTF_RENDER_SERVER_HOST or \
                 GLTF_RENDER_SERVER_PORT",
            ),
            (false, false) => Ok(()),
        }
    }
}

impl ValueEnum for PngCompression {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()).help(match self {
            Self::Fast => "For clients on the same machine or network",
            Self::Small => "Files of about three quarters of the size, in several times the time",
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

/// The options of `render`.
#[derive(Args, Clone, Debug)]
#[command(group = ArgGroup::new("images").required(true).multiple(true).args(["color", "depth", "label", "report"]))]
pub struct RenderArgs {
    /// The scene: a .gltf or .glb file; what it refers to is read from its folder. With --report a
    /// folder of such files.
    pub scene: PathBuf,

    /// Write the color image, a PNG, to this file.
    #[arg(long, value_name = "FILE")]
    pub color: Option<PathBuf>,

    /// Write the depth image to this file.
    #[arg(long, value_name = "FILE")]
    pub depth: Option<PathBuf>,

    /// Write the label image, a PNG, to this file.
    #[arg(long, value_name = "FILE")]
    pub label: Option<PathBuf>,

    /// Draw every .gltf and .glb file in the folder SCENE and below in color, and write a contact
    /// sheet to FILE: a web page, or an image if it ends in .png [default: contact_sheet.html].
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = "contact_sheet.html",
        conflicts_with_all = ["color", "depth", "label"]
    )]
    pub report: Option<PathBuf>,

    /// Columns of the images [default: 640; 256 with --report].
    #[arg(long, value_name = "PIXELS")]
    pub width: Option<u32>,

    /// Rows of the images [default: 480; 256 with --report].
    #[arg(long, value_name = "PIXELS")]
    pub height: Option<u32>,

    /// Vertical field of view [default: that of the scene's camera, else 45].
    #[arg(long, value_name = "DEGREES", conflicts_with_all = ["focal_x", "focal_y"])]
    pub fov_y: Option<f64>,

    /// Focal length along x [default: focal-y].
    #[arg(long, value_name = "PIXELS", requires = "focal_y")]
    pub focal_x: Option<f64>,

    /// Focal length along y, instead of --fov-y.
    #[arg(long, value_name = "PIXELS")]
    pub focal_y: Option<f64>,

    /// Column of the principal point [default: the middle].
    #[arg(long, value_name = "PIXELS")]
    pub center_x: Option<f64>,

    /// Row of the principal point [default: the middle].
    #[arg(long, value_name = "PIXELS")]
    pub center_y: Option<f64>,

    /// Near clipping plane [default: of the scene's camera, else so that all of the scene is seen].
    #[arg(long, value_name = "METRES")]
    pub near: Option<f64>,

    /// Far clipping plane [default: of the scene's camera, else so that all of the scene is seen].
    #[arg(long, value_name = "METRES")]
    pub far: Option<f64>,

    /// Distance up to which depth reads 0, too close [default: near].
    #[arg(long, value_name = "METRES")]
    pub min_depth: Option<f64>,

    /// Distance from which depth reads infinity, too far [default: far].
    #[arg(long, value_name = "METRES")]
    pub max_depth: Option<f64>,

    /// How the depth image is encoded.
    #[arg(long, value_enum, default_value_t)]
    pub depth_format: DepthFormat,

    /// The animation that poses the scene [default: the first if --time is given, else none].
    #[arg(long, value_name = "INDEX|NAME")]
    pub animation: Option<String>,

    /// When, from the beginning of the animation [default: 0].
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    pub time: Option<f64>,

    /// The variant of the materials (KHR_materials_variants) [default: none].
    #[arg(long, value_name = "INDEX|NAME")]
    pub variant: Option<String>,

    /// The camera in the file: a glTF camera by index or name, or the name of its node [default:
    /// the first in the scene].
    #[arg(long, value_name = "INDEX|NAME")]
    pub camera: Option<String>,

    /// Where the camera is [default: at the scene's camera, else so that all of the scene is seen].
    #[arg(long, value_name = "X,Y,Z", value_parser = point, allow_hyphen_values = true, requires = "target")]
    pub eye: Option<[f64; 3]>,

    /// What the camera looks at.
    #[arg(long, value_name = "X,Y,Z", value_parser = point, allow_hyphen_values = true, requires = "eye")]
    pub target: Option<[f64; 3]>,

    /// Which way is up in the image [default: 0,1,0].
    #[arg(long, value_name = "X,Y,Z", value_parser = point, allow_hyphen_values = true, requires = "eye")]
    pub up: Option<[f64; 3]>,

    /// Use the graphics adapter whose name contains this text [default: the best one].
    #[arg(long, env = "GLTF_RENDER_SERVER_ADAPTER", value_name = "NAME")]
    pub adapter: Option<String>,
}

/// The options of `check`.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// The scenes: .gltf or .glb files; what they refer to is read from their folders.
    #[arg(required = true, value_name = "SCENE")]
    pub scenes: Vec<PathBuf>,
}

/// Reads `x,y,z`.
fn point(text: &str) -> Result<[f64; 3], String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    let point: Option<[f64; 3]> = numbers.ok().and_then(|numbers| numbers.try_into().ok());
    point
        .filter(|point| point.iter().all(|n| n.is_finite()))
        .ok_or_else(|| "three numbers with commas between them are expected".to_owned())
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
    fn points_may_be_negative() {
        let args = render("render a.glb --color c.png --eye -1,2,-3.5 --target 0,0,0");
        assert_eq!(args.eye, Some([-1.0, 2.0, -3.5]));
        for bad in ["1,2", "1,2,3,4", "1,2,x", "1,2,inf"] {
            assert!(point(bad).is_err(), "{bad}");
        }
    }
}
