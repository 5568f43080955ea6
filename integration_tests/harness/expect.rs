//! Comparisons of images with what is expected; each failure leaves pictures.

use gltf_render_server::compare;

use super::decode::{Image, Rgb};
use super::gltf::label;
use super::report::{fail, fail_depth};
use super::truth::Truth;
use super::view::View;

/// Where a label image shows nothing.
const WHITE: Rgb = [255; 3];

/// Compares color images: at most the fraction `outliers` of the pixels may differ by more than
/// `difference` in a channel.
pub fn color(
    name: &str,
    actual: &Image<Rgb>,
    expected: &Image<Rgb>,
    difference: u8,
    outliers: f64,
) {
    let message = match compare::color(actual, expected, f64::from(difference)) {
        Ok(found) if found.outlier_fraction() <= outliers => return,
        Ok(found) => format!("{} pixels differ by more than {difference}", found.outliers),
        Err(differ) => differ.to_string(),
    };
    fail(name, &message, actual, expected);
}

/// Compares label images: exact but for the fraction `outliers`.
pub fn label_image(name: &str, actual: &Image<Rgb>, expected: &Image<Rgb>, outliers: f64) {
    color(name, actual, expected, 0, outliers);
}

/// Compares depth images: but for the fraction `outliers`, within `tolerance` metres.
pub fn depth(
    name: &str,
    actual: &Image<f32>,
    expected: &Image<f32>,
    tolerance: f32,
    outliers: f64,
) {
    let message = match compare::depth(actual, expected, f64::from(tolerance)) {
        Ok(found) if found.outlier_fraction() <= outliers => return,
        Ok(found) => format!(
            "{} pixels differ by more than {tolerance} m",
            found.outliers
        ),
        Err(differ) => differ.to_string(),
    };
    fail_depth(name, &message, actual, expected);
}

/// Compares a color with what it should be, each channel within `difference`.
pub fn close(what: &str, actual: Rgb, expected: Rgb, difference: u8) {
    let near = actual
        .iter()
        .zip(expected)
        .all(|(a, e)| a.abs_diff(e) <= difference);
    assert!(
        near,
        "{what}: {actual:?}, expected {expected:?} +- {difference}"
    );
}

/// Holds a label and a depth image to the truth, depth to a hundred-thousandth of itself and on more
/// than `least` pixels.
pub fn truth(
    name: &str,
    (label, depth): (&Image<Rgb>, &Image<f32>),
    truth: &Truth,
    view: &View,
    least: usize,
) {
    true_labels(&format!("{name} label"), label, truth);
    let compared = true_depth(&format!("{name} depth"), depth, truth, view, 1e-5, 2);
    assert!(compared > least, "{name}: only {compared} pixels compared");
}

/// Holds a label image to the truth: exact where no silhouette is beside the pixel, else the label
/// of one of the pixels around it.
pub fn true_labels(name: &str, actual: &Image<Rgb>, truth: &Truth) {
    let shown = |id: Option<u16>| id.map_or(WHITE, label);
    let mut expected = actual.clone();
    let mut bad = 0;
    for y in 0..actual.height {
        for x in 0..actual.width {
            let may = truth.near(x, y, 1).any(|id| shown(id) == actual.at(x, y));
            bad += u32::from(!may);
            expected.pixels[(y * actual.width + x) as usize] = shown(truth.id(x, y));
        }
    }
    if bad > 0 {
        fail(
            name,
            &format!("{bad} pixels have a wrong label"),
            actual,
            &expected,
        );
    }
}

/// Holds a depth image to the truth: within the relative `tolerance` at each pixel that has no
/// silhouette within `margin` pixels; returns how many pixels with a surface were compared.
pub fn true_depth(
    name: &str,
    actual: &Image<f32>,
    truth: &Truth,
    view: &View,
    tolerance: f64,
    margin: u32,
) -> usize {
    let mut expected = actual.clone();
    let (mut bad, mut compared, mut worst) = (0, 0, 0.0_f64);
    for y in 0..actual.height {
        for x in 0..actual.width {
            let depth = truth.at(x, y).map_or(f64::INFINITY, |hit| hit.depth);
            let depth = view.measured(depth);
            expected.pixels[(y * actual.width + x) as usize] = depth as f32;
            if !truth.interior(x, y, margin) {
                continue;
            }
            let found = f64::from(actual.at(x, y));
            let same = found == depth;
            let error = if same {
                0.0
            } else {
                (found - depth).abs() / depth
            };
            if same || error <= tolerance {
                compared += usize::from(depth.is_finite());
            } else {
                bad += 1;
            }
            worst = worst.max(error);
        }
    }
    if bad > 0 {
        let message = format!("{bad} pixels wrong, worst relative error {worst:.2e}");
        fail_depth(name, &message, actual, &expected);
    }
    compared
}
