//! The options of `compare`.

use std::path::PathBuf;

use clap::Args;

/// The options of `compare`.
#[derive(Args, Clone, Debug)]
pub struct CompareArgs {
    /// The first image: color or label (a PNG of 8 bits), or depth (a TIFF of 32-bit floats in metres,
    /// or a PNG of 16-bit gray in millimetres).
    #[arg(value_name = "A")]
    pub first: PathBuf,

    /// The second image, of the same kind.
    #[arg(value_name = "B")]
    pub second: PathBuf,

    /// By how much a pixel may differ: levels of 255 in each channel, or metres.
    #[arg(long, value_name = "NUMBER", default_value_t, value_parser = tolerance)]
    pub tolerance: f64,

    /// Which part of the pixels may differ by more, or be too close, measured or too far in one image
    /// only: from 0 to 1.
    #[arg(long, value_name = "FRACTION", default_value_t, value_parser = fraction)]
    pub max_outliers: f64,

    /// Write a picture of the differences, a PNG, to this file: of colors ten times as large as they are,
    /// of depths black to white, with magenta where only one image is measured.
    #[arg(long, value_name = "FILE")]
    pub difference: Option<PathBuf>,
}

fn tolerance(text: &str) -> Result<f64, String> {
    within(text, f64::MAX).ok_or_else(|| "a number from 0 on is expected".to_owned())
}

fn fraction(text: &str) -> Result<f64, String> {
    within(text, 1.0).ok_or_else(|| "a number from 0 to 1 is expected".to_owned())
}

/// A number from 0 to `most`.
fn within(text: &str, most: f64) -> Option<f64> {
    let number = text.parse().ok();
    number.filter(|number| (0.0..=most).contains(number))
}
