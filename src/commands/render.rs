//! `render`: one scene to image files, the same way as a request but for HTTP.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::camera::CameraPlan;
use super::progress::Progress;
use super::{CommandError, scene_file};
use crate::cli::RenderArgs;
use crate::config;
use crate::pipeline;
use crate::protocol::{
    self, DepthFormat, DepthRange, ImageSize, ImageType, PngCompression, Refusal,
};
use crate::render::{AdapterSelection, Frame, Outputs, Renderer, View};
use crate::scene::{Choice, Detail, Options, Scene, Selection};

/// Columns of the images where the arguments give none.
const WIDTH: u32 = 640;
/// Rows of the images where the arguments give none.
const HEIGHT: u32 = 480;

/// Renders the images asked for, all of a view from one submission, and writes them.
///
/// # Errors
/// If a file cannot be read or written, the scene or the camera is refused, or the GPU fails.
pub fn render(args: &RenderArgs) -> Result<(), CommandError> {
    let detail = if args.color.is_some() {
        Detail::Shading
    } else {
        Detail::Geometry
    };
    let scene = scene_file::load(&args.scene, options(args, detail)?)?;
    pipeline::log_omissions(&scene);
    let size = ImageSize::new(args.width.unwrap_or(WIDTH), args.height.unwrap_or(HEIGHT))?;
    let cameras = CameraPlan::new(args, size, &scene)?;
    let mut artist = Artist {
        args,
        scene: &scene,
        renderer: None,
    };
    let Some(count) = args.turntable else {
        return artist.draw(&cameras.view(0.0)?, Path::to_owned);
    };
    let mut progress = Progress::new(count as usize, args.quiet);
    for index in 0..count {
        let turn = 360.0 * f64::from(index) / f64::from(count);
        artist.draw(&cameras.view(turn)?, |path| numbered(path, index, count))?;
        progress.advance();
    }
    Ok(())
}

/// Draws views of one scene.
struct Artist<'a> {
    args: &'a RenderArgs,
    scene: &'a Scene,
    /// Opened when the first view is known to be sound.
    renderer: Option<Renderer>,
}

impl Artist<'_> {
    /// Draws a view to the files that the arguments name, as `file` changes the names.
    fn draw(&mut self, view: &View, file: impl Fn(&Path) -> PathBuf) -> Result<(), CommandError> {
        let args = self.args;
        let outputs = outputs(args, view)?;
        let renderer = match &mut self.renderer {
            Some(renderer) => renderer,
            none => none.insert(Renderer::new(&AdapterSelection {
                name: args.adapter.clone(),
                turn: 0,
            })?),
        };
        let frame = renderer.render(self.scene, view, &outputs)?;
        for (image_type, path) in [
            (ImageType::Color, &args.color),
            (ImageType::Depth, &args.depth),
            (ImageType::Label, &args.label),
        ] {
            if let Some(path) = path {
                write(&frame, image_type, args.depth_format, &file(path))?;
            }
        }
        Ok(())
    }
}

/// What the arguments want of a view.
fn outputs(args: &RenderArgs, view: &View) -> Result<Outputs, Refusal> {
    let seen = view.camera.clipping;
    let depth_range = DepthRange {
        min: seen.near,
        max: seen.far,
    };
    let depth_range = depth_range.with(args.min_depth, args.max_depth)?;
    Ok(Outputs {
        color: args.color.is_some(),
        depth: args.depth.is_some().then_some(depth_range),
        label: args.label.is_some(),
    })
}

/// The name of one of `count` files: `out.png` gives `out_007.png`. All have as many digits, three at
/// least.
fn numbered(path: &Path, index: u32, count: u32) -> PathBuf {
    let digits = (count.saturating_sub(1)).to_string().len().max(3);
    let mut name = OsString::from(path.file_stem().unwrap_or_default());
    name.push(format!("_{index:0digits$}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// How the arguments want a scene to be read.
pub(super) fn options(args: &RenderArgs, detail: Detail) -> Result<Options, CommandError> {
    let choice = |text: &Option<String>| text.as_deref().map(Choice::from);
    Ok(Options {
        limits: config::scene_limits(&args.limits)?,
        selection: Selection {
            animation: choice(&args.animation),
            time: args.time.map(protocol::seconds).transpose()?,
            variant: choice(&args.variant),
            look: args.look,
        },
        ..Options::new(detail)
    })
}

fn write(
    frame: &Frame,
    image_type: ImageType,
    depth_format: DepthFormat,
    path: &Path,
) -> Result<(), CommandError> {
    let (_, bytes) =
        pipeline::encode_image(frame, image_type, depth_format, PngCompression::default())?;
    fs::write(path, bytes).map_err(CommandError::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_before_the_extension() {
        let name = |path: &str, index, count| numbered(Path::new(path), index, count);
        for (path, index, count, expected) in [
            ("out.png", 0, 36, "out_000.png"),
            ("a.b/out.tiff", 35, 36, "a.b/out_035.tiff"),
            ("../v1.2.png", 7, 1000, "../v1.2_007.png"),
            ("out.png", 7, 1001, "out_0007.png"),
            ("out", 9999, 10_000, "out_9999"),
        ] {
            assert_eq!(name(path, index, count), Path::new(expected));
        }
    }
}
