//! The options of `render`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::SceneLimitArgs;
use crate::protocol::DepthFormat;

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

    /// How large the scene may be.
    #[command(flatten)]
    pub limits: SceneLimitArgs,
}

/// Reads `x,y,z`.
fn point(text: &str) -> Result<[f64; 3], String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    let point: Option<[f64; 3]> = numbers.ok().and_then(|numbers| numbers.try_into().ok());
    point
        .filter(|point| point.iter().all(|n| n.is_finite()))
        .ok_or_else(|| "three numbers with commas between them are expected".to_owned())
}
