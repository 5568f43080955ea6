//! The options of `render`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, value_parser};

use super::SceneLimitArgs;
use crate::protocol::DepthFormat;
use crate::scene::Look;

const IMAGES: &str = "Images";
const PLACE: &str = "Where the camera is";
const LENS: &str = "Lens and range";
const POSE: &str = "What is shown";

/// The options of `render`.
#[derive(Args, Clone, Debug)]
#[command(
    group = ArgGroup::new("images").required(true).multiple(true).args(["color", "depth", "label", "report"]),
    group = ArgGroup::new("placed").multiple(true).args(["eye", "orbit", "turntable"])
)]
pub struct RenderArgs {
    /// The scene: a .gltf or .glb file; what it refers to is read from its folder. With --report a
    /// folder of such files.
    pub scene: PathBuf,

    /// Write the color image, a PNG, to this file.
    #[arg(short = 'o', long, value_name = "FILE", help_heading = IMAGES)]
    pub color: Option<PathBuf>,

    /// Write the depth image to this file.
    #[arg(long, value_name = "FILE", help_heading = IMAGES)]
    pub depth: Option<PathBuf>,

    /// Write the label image, a PNG, to this file.
    #[arg(long, value_name = "FILE", help_heading = IMAGES)]
    pub label: Option<PathBuf>,

    /// Draw every .gltf and .glb file in the folder SCENE and below in color, and write a contact
    /// sheet to FILE: a web page, or an image if it ends in .png [default: contact_sheet.html].
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = "contact_sheet.html",
        conflicts_with_all = ["color", "depth", "label"],
        help_heading = IMAGES
    )]
    pub report: Option<PathBuf>,

    /// Columns of the images [default: 640; 256 with --report].
    #[arg(long, value_name = "PIXELS", help_heading = IMAGES)]
    pub width: Option<u32>,

    /// Rows of the images [default: 480; 256 with --report].
    #[arg(long, value_name = "PIXELS", help_heading = IMAGES)]
    pub height: Option<u32>,

    /// How the depth image is encoded.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = IMAGES)]
    pub depth_format: DepthFormat,

    /// The camera in the file: a glTF camera by index or name, or the name of its node [default:
    /// the first in the scene].
    #[arg(long, value_name = "INDEX|NAME", help_heading = PLACE)]
    pub camera: Option<String>,

    /// Put the camera around the middle of the scene, in degrees: from the azimuth 0 it looks along -Z
    /// at the front of a glTF model, from 90 along -X, from 180 along Z; from the elevation 90 straight
    /// down. The distance is in metres [default: so that all of the scene is seen].
    #[arg(
        long,
        value_name = "AZIMUTH,ELEVATION[,DISTANCE]",
        value_parser = orbit,
        allow_hyphen_values = true,
        conflicts_with_all = ["eye", "target"],
        help_heading = PLACE
    )]
    pub orbit: Option<Orbit>,

    /// Draw N images from around the scene, each 360/N degrees further, beginning at --orbit [default:
    /// 30,20]. The files are numbered from 0 on: out.png becomes out_000.png, out_001.png and so on.
    #[arg(
        long,
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=100_000),
        conflicts_with_all = ["eye", "target", "report"],
        help_heading = PLACE
    )]
    pub turntable: Option<u32>,

    /// Where the camera is [default: at the scene's camera, else so that all of the scene is seen].
    #[arg(
        long,
        value_name = "X,Y,Z",
        value_parser = point,
        allow_hyphen_values = true,
        requires = "target",
        help_heading = PLACE
    )]
    pub eye: Option<[f64; 3]>,

    /// What the camera looks at.
    #[arg(
        long,
        value_name = "X,Y,Z",
        value_parser = point,
        allow_hyphen_values = true,
        requires = "eye",
        help_heading = PLACE
    )]
    pub target: Option<[f64; 3]>,

    /// Which way is up in the image, and what --orbit and --turntable go around: 0,0,1 in Drake's scenes,
    /// where they look along Y from the azimuth 0 [default: 0,1,0].
    #[arg(
        long,
        value_name = "X,Y,Z",
        value_parser = point,
        allow_hyphen_values = true,
        requires = "placed",
        help_heading = PLACE
    )]
    pub up: Option<[f64; 3]>,

    /// Vertical field of view [default: that of the scene's camera, else 45].
    #[arg(
        long,
        value_name = "DEGREES",
        conflicts_with_all = ["focal_x", "focal_y"],
        help_heading = LENS
    )]
    pub fov_y: Option<f64>,

    /// Focal length along x [default: focal-y].
    #[arg(long, value_name = "PIXELS", requires = "focal_y", help_heading = LENS)]
    pub focal_x: Option<f64>,

    /// Focal length along y, instead of --fov-y.
    #[arg(long, value_name = "PIXELS", help_heading = LENS)]
    pub focal_y: Option<f64>,

    /// Column of the principal point [default: the middle].
    #[arg(long, value_name = "PIXELS", help_heading = LENS)]
    pub center_x: Option<f64>,

    /// Row of the principal point [default: the middle].
    #[arg(long, value_name = "PIXELS", help_heading = LENS)]
    pub center_y: Option<f64>,

    /// Near clipping plane [default: of the scene's camera, else so that all of the scene is seen].
    #[arg(long, value_name = "METRES", help_heading = LENS)]
    pub near: Option<f64>,

    /// Far clipping plane [default: of the scene's camera, else so that all of the scene is seen].
    #[arg(long, value_name = "METRES", help_heading = LENS)]
    pub far: Option<f64>,

    /// Distance up to which depth reads 0, too close [default: near].
    #[arg(long, value_name = "METRES", help_heading = LENS)]
    pub min_depth: Option<f64>,

    /// Distance from which depth reads infinity, too far [default: far].
    #[arg(long, value_name = "METRES", help_heading = LENS)]
    pub max_depth: Option<f64>,

    /// The animation that poses the scene [default: the first if --time is given, else none].
    #[arg(long, value_name = "INDEX|NAME", help_heading = POSE)]
    pub animation: Option<String>,

    /// When, from the beginning of the animation [default: 0].
    #[arg(
        long,
        value_name = "SECONDS",
        allow_hyphen_values = true,
        help_heading = POSE
    )]
    pub time: Option<f64>,

    /// The variant of the materials (KHR_materials_variants) [default: none].
    #[arg(long, value_name = "INDEX|NAME", help_heading = POSE)]
    pub variant: Option<String>,

    /// By whose rules it is drawn.
    #[arg(long, value_enum, default_value_t, value_name = "LOOK", help_heading = POSE)]
    pub look: Look,

    /// Use the graphics adapter whose name contains this text [default: the best one].
    #[arg(long, env = "GLTF_RENDER_SERVER_ADAPTER", value_name = "NAME")]
    pub adapter: Option<String>,

    /// Show no progress bar, which only a terminal has.
    #[arg(short, long)]
    pub quiet: bool,

    /// How large the scene may be.
    #[command(flatten)]
    pub limits: SceneLimitArgs,
}

/// A place around the scene, degrees and metres, in glTF's frame if up is +Y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orbit {
    /// Around +Y, counter-clockwise seen from above; 0 is on the side of +Z.
    pub azimuth: f64,
    /// Above the horizontal plane, from -90 to 90.
    pub elevation: f64,
    /// From the middle of the scene; none if all of it is to be seen.
    pub distance: Option<f64>,
}

/// Reads `azimuth,elevation` and, if it is there, `,distance`.
fn orbit(text: &str) -> Result<Orbit, String> {
    let (azimuth, elevation, distance) = match numbers(text).as_deref() {
        Some(&[azimuth, elevation]) => (azimuth, elevation, None),
        Some(&[azimuth, elevation, distance]) => (azimuth, elevation, Some(distance)),
        _ => return Err("two or three numbers with commas between them are expected".to_owned()),
    };
    if !(-90.0..=90.0).contains(&elevation) {
        return Err("the elevation must be from -90 to 90".to_owned());
    }
    if distance.is_some_and(|distance| distance <= 0.0) {
        return Err("the distance must be greater than 0".to_owned());
    }
    Ok(Orbit {
        azimuth,
        elevation,
        distance,
    })
}

/// Reads `x,y,z`.
fn point(text: &str) -> Result<[f64; 3], String> {
    let point = numbers(text).and_then(|numbers| numbers.try_into().ok());
    point.ok_or_else(|| "three numbers with commas between them are expected".to_owned())
}

/// Finite numbers with commas between them.
fn numbers(text: &str) -> Option<Vec<f64>> {
    let numbers = text.split(',').map(|n| n.trim().parse().ok());
    let finite = numbers.map(|n: Option<f64>| n.filter(|n| n.is_finite()));
    finite.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orbit_has_two_or_three_numbers() {
        let expected = Orbit {
            azimuth: -30.5,
            elevation: 20.0,
            distance: None,
        };
        assert_eq!(orbit("-30.5,20"), Ok(expected));
        let distance = Some(2.0);
        assert_eq!(
            orbit("-30.5, 20, 2"),
            Ok(Orbit {
                distance,
                ..expected
            })
        );
        for bad in [
            "", "1", "1,2,3,4", "1,x", "1,inf", "0,91", "0,-91", "0,0,0", "0,0,-1",
        ] {
            assert!(orbit(bad).is_err(), "{bad}");
        }
    }
}
