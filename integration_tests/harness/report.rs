//! What a failed comparison leaves behind: pictures and one page that shows them.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use super::decode::{Image, Rgb, encode_rgb};

static FAILURES: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Where the pictures go.
fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/integration_tests/out"
    ))
}

/// Removes what an earlier run left.
pub fn clear() {
    if folder().exists() {
        fs::remove_dir_all(folder()).unwrap();
    }
}

/// Writes the three pictures of a failure and fails.
pub fn fail(name: &str, message: &str, actual: &Image<Rgb>, expected: &Image<Rgb>) -> ! {
    let place = folder().join(name);
    fs::create_dir_all(&place).unwrap();
    let difference = difference(actual, expected);
    for (file, image) in [
        ("actual.png", actual),
        ("expected.png", expected),
        ("difference.png", &difference),
    ] {
        fs::write(place.join(file), encode_rgb(image)).unwrap();
    }
    let mut failures = FAILURES.lock().unwrap();
    failures.push((name.to_owned(), message.to_owned()));
    drop(failures);
    panic!("{name}: {message}; see {}", place.display());
}

/// Ten times the difference of each channel, so that a few levels can be seen.
fn difference(actual: &Image<Rgb>, expected: &Image<Rgb>) -> Image<Rgb> {
    let mut image = actual.clone();
    for (index, pixel) in image.pixels.iter_mut().enumerate() {
        let other = expected.pixels.get(index).copied().unwrap_or_default();
        *pixel = std::array::from_fn(|c| pixel[c].abs_diff(other[c]).saturating_mul(10));
    }
    image
}

/// A depth image for the eye: near is bright, too close is red, too far is blue.
pub fn picture(depth: &Image<f32>) -> Image<Rgb> {
    let finite = depth.pixels.iter().copied().filter(|d| d.is_finite());
    let far = finite.fold(1e-9, f32::max);
    let pixels = depth.pixels.iter().map(|&d| match d {
        0.0 => [255, 0, 0],
        d if d.is_finite() => [(255.0 * (1.0 - 0.9 * d / far)) as u8; 3],
        _ => [0, 0, 160],
    });
    Image {
        width: depth.width,
        height: depth.height,
        pixels: pixels.collect(),
    }
}

/// Writes the page, if anything failed.
pub fn write_page() {
    let failures = FAILURES.lock().unwrap();
    if failures.is_empty() {
        return;
    }
    let mut page = String::from(
        "<!doctype html><meta charset=utf-8><title>Failed comparisons</title>\
         <style>img{width:320px;image-rendering:pixelated}</style>\n",
    );
    for (name, message) in failures.iter() {
        let message = message.replace('&', "&amp;").replace('<', "&lt;");
        writeln!(page, "<h2>{name}</h2><p>{message}</p>").unwrap();
        for kind in ["actual", "expected", "difference"] {
            writeln!(page, "<img src='{name}/{kind}.png' title='{kind}'>").unwrap();
        }
    }
    let path = folder().join("index.html");
    fs::write(&path, page).unwrap();
    eprintln!("pictures of what failed: {}", path.display());
}
