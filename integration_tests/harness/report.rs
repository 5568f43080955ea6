//! What a failed comparison leaves behind: pictures and one page that shows them.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use gltf_render_server::compare;

use super::decode::{Image, Rgb, encode_rgb};

/// What is shown of a failure.
const PICTURES: [&str; 3] = ["actual", "expected", "difference"];

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
    let difference = compare::color_difference(actual, expected);
    leave(name, message, [actual, expected, &difference])
}

/// The same for depth images.
pub fn fail_depth(name: &str, message: &str, actual: &Image<f32>, expected: &Image<f32>) -> ! {
    let difference = compare::depth_difference(actual, expected);
    let [actual, expected] = [actual, expected].map(compare::depth_picture);
    leave(name, message, [&actual, &expected, &difference])
}

fn leave(name: &str, message: &str, pictures: [&Image<Rgb>; 3]) -> ! {
    let place = folder().join(name);
    fs::create_dir_all(&place).unwrap();
    for (kind, image) in PICTURES.iter().zip(pictures) {
        fs::write(place.join(format!("{kind}.png")), encode_rgb(image)).unwrap();
    }
    let mut failures = FAILURES.lock().unwrap();
    failures.push((name.to_owned(), message.to_owned()));
    drop(failures);
    panic!("{name}: {message}; see {}", place.display());
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
        for kind in PICTURES {
            writeln!(page, "<img src='{name}/{kind}.png' title='{kind}'>").unwrap();
        }
    }
    let path = folder().join("index.html");
    fs::write(&path, page).unwrap();
    eprintln!("pictures of what failed: {}", path.display());
}
