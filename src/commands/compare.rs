//! `compare`: how much do two images differ?

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::FileError;
use crate::cli::CompareArgs;
use crate::compare::{
    self, AnyImage, ColorDifference, DecodeError, DepthDifference, Image, Rgb, SizesDiffer,
};
use crate::encode::{self, EncodeError, png::Content};
use crate::protocol::PngCompression;

/// Why two files were not compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is no image that can be compared.
    #[error("{path}: {cause}")]
    Image {
        /// Which one.
        path: PathBuf,
        /// Why.
        cause: DecodeError,
    },
    /// One is a depth image and the other is not.
    #[error("{depth} is a depth image and {other} is not")]
    Kinds {
        /// The depth image.
        depth: PathBuf,
        /// The other one.
        other: PathBuf,
    },
    /// The picture of the differences cannot be made.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// Standard output is closed.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Says how two images differ, and draws it if that is asked for. Gives whether few enough pixels differ
/// by more than the tolerance. Images of different sizes do differ.
///
/// # Errors
/// If the files are no two images of a kind, or a file cannot be read or written.
pub fn compare(args: &CompareArgs) -> Result<bool, CompareError> {
    let (text, picture, is_within) = match (read(&args.first)?, read(&args.second)?) {
        (AnyImage::Rgb(a), AnyImage::Rgb(b)) => match compare::color(&a, &b, args.tolerance) {
            Ok(found) => (
                describe_color(&found, args),
                Some(compare::color_difference(&a, &b)),
                found.outlier_fraction() <= args.max_outliers,
            ),
            Err(differ) => different_sizes(differ, args),
        },
        (AnyImage::Depth(a), AnyImage::Depth(b)) => match compare::depth(&a, &b, args.tolerance) {
            Ok(found) => (
                describe_depth(&found, args),
                Some(compare::depth_difference(&a, &b)),
                found.outlier_fraction() <= args.max_outliers,
            ),
            Err(differ) => different_sizes(differ, args),
        },
        (AnyImage::Depth(_), AnyImage::Rgb(_)) => return Err(kinds(&args.first, &args.second)),
        (AnyImage::Rgb(_), AnyImage::Depth(_)) => return Err(kinds(&args.second, &args.first)),
    };
    let verdict = if is_within { "within" } else { "not within" };
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}{verdict} the tolerance")?;
    if let (Some(path), Some(picture)) = (&args.difference, picture) {
        write(path, &picture)?;
    }
    Ok(is_within)
}

fn read(path: &Path) -> Result<AnyImage, CompareError> {
    let file = fs::read(path).map_err(FileError::at(path))?;
    compare::read(&file).map_err(|cause| CompareError::Image {
        path: path.to_owned(),
        cause,
    })
}

fn write(path: &Path, picture: &Image<Rgb>) -> Result<(), CompareError> {
    let (size, pixels) = (picture.size(), picture.pixels.as_flattened());
    let file = encode::png::rgb(size, pixels, Content::Color, PngCompression::default())?;
    Ok(fs::write(path, file).map_err(FileError::at(path))?)
}

fn kinds(depth: &Path, other: &Path) -> CompareError {
    CompareError::Kinds {
        depth: depth.to_owned(),
        other: other.to_owned(),
    }
}

/// There is no picture of their differences, and who asked for one is told.
fn different_sizes(differ: SizesDiffer, args: &CompareArgs) -> (String, Option<Image<Rgb>>, bool) {
    let mut text = format!("{differ}\n");
    if let Some(path) = &args.difference {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} is not written, because no pixels can be compared",
            path.display()
        );
    }
    (text, None, false)
}

fn describe_color(found: &ColorDifference, args: &CompareArgs) -> String {
    let mut table = Table::default();
    table.row("pixels", found.pixels);
    table.row("  that differ", found.differing);
    outliers(&mut table, found.outliers, found.outlier_fraction(), args);
    table.row(
        "greatest difference",
        format_args!("{} of 255", found.greatest),
    );
    table.row("mean difference", format_args!("{:.4}", found.mean));
    table.row(
        "root mean square",
        format_args!("{:.4}", found.root_mean_square),
    );
    table.row("PSNR", format_args!("{:.2} dB", found.psnr()));
    table.text
}

fn describe_depth(found: &DepthDifference, args: &CompareArgs) -> String {
    let mut table = Table::default();
    table.row("pixels", found.pixels);
    table.row("  measured in both", found.measured);
    outliers(&mut table, found.outliers, found.outlier_fraction(), args);
    table.row("greatest difference", metres(found.greatest));
    table.row("mean difference", metres(found.mean));
    table.row("root mean square", metres(found.root_mean_square));
    for (a, b, count) in found.class_changes() {
        table.row(&format!("{}, then {}", a.what(), b.what()), count);
    }
    table.text
}

/// With four digits at least that are not 0.
fn metres(length: f64) -> String {
    if length == 0.0 || length >= 0.1 {
        format!("{length:.4} m")
    } else {
        format!("{length:.3e} m")
    }
}

fn outliers(table: &mut Table, outliers: usize, fraction: f64, args: &CompareArgs) {
    let (percent, most) = (100.0 * fraction, 100.0 * args.max_outliers);
    table.row(
        &format!("  beyond the tolerance, {}", args.tolerance),
        format_args!("{outliers} ({percent:.4} %; {most} % may be)"),
    );
}

/// Names and values.
#[derive(Default)]
struct Table {
    text: String,
}

impl Table {
    fn row(&mut self, name: &str, value: impl std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{name:<31} {value}");
    }
}
