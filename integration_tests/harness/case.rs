//! A case: a folder with a description of one scene seen by one camera, and its references.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::view::View;
use super::{client, decode, expect, server};

/// `case.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Below `test_assets/`.
    scene: String,
    width: u32,
    height: u32,
    focal_x: f64,
    focal_y: f64,
    center_x: f64,
    center_y: f64,
    near: f64,
    far: f64,
    #[serde(default)]
    min_depth: f64,
    #[serde(default)]
    max_depth: f64,
    checks: Vec<Check>,
    /// Why the case is expected to fail; it fails when it passes.
    known_failure: Option<String>,
}

/// One image and how near it must be to its reference.
#[derive(Deserialize)]
#[serde(tag = "image", rename_all = "lowercase", deny_unknown_fields)]
enum Check {
    Color {
        reference: String,
        max_difference: u8,
        outliers: f64,
    },
    Depth {
        reference: String,
        tolerance: f32,
        outliers: f64,
    },
    Label {
        reference: String,
        outliers: f64,
    },
}

/// All case folders, in order.
pub fn folders() -> Vec<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration_tests/cases");
    let entries = fs::read_dir(place)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Runs the case in `folder`.
pub fn run(folder: &Path) {
    let text = fs::read_to_string(folder.join("case.json")).unwrap();
    let case: Case = serde_json::from_str(&text).unwrap();
    let Some(reason) = &case.known_failure else {
        return case.check(folder);
    };
    let checked = std::panic::catch_unwind(|| case.check(folder));
    assert!(checked.is_err(), "passes now, although: {reason}");
}

impl Case {
    fn check(&self, folder: &Path) {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("test_assets");
        let scene = fs::read(assets.join(&self.scene)).unwrap();
        for check in &self.checks {
            check.run(folder, &self.view(), &scene);
        }
    }

    fn view(&self) -> View {
        View {
            focal_x: self.focal_x,
            focal_y: self.focal_y,
            center_x: self.center_x,
            center_y: self.center_y,
            near: self.near,
            far: self.far,
            min_depth: self.min_depth,
            max_depth: self.max_depth,
            // The pose is in the scene.
            ..View::new(self.width, self.height, self.focal_x)
        }
    }
}

impl Check {
    fn run(&self, folder: &Path, view: &View, scene: &[u8]) {
        let (image_type, reference) = match self {
            Self::Color { reference, .. } => ("color", reference),
            Self::Depth { reference, .. } => ("depth", reference),
            Self::Label { reference, .. } => ("label", reference),
        };
        let case = folder.file_name().unwrap().to_string_lossy();
        let name = format!("{case}/{image_type}");
        let actual = client::render(server::shared(), image_type, view, scene);
        let reference = folder.join(reference);
        if std::env::var_os("UPDATE_REFERENCES").is_some_and(|value| value == "1") {
            fs::write(&reference, &actual).unwrap();
        }
        let expected = fs::read(&reference).unwrap_or_else(|_| {
            panic!(
                "{} is missing; UPDATE_REFERENCES=1 writes it",
                reference.display()
            )
        });
        match *self {
            Self::Color {
                max_difference,
                outliers,
                ..
            } => {
                let (a, e) = (decode::rgb(&actual), decode::rgb(&expected));
                expect::color(&name, &a, &e, max_difference, outliers);
            }
            Self::Depth {
                tolerance,
                outliers,
                ..
            } => {
                let (a, e) = (decode::metres(&actual), decode::metres(&expected));
                expect::depth(&name, &a, &e, tolerance, outliers);
            }
            Self::Label { outliers, .. } => {
                let (a, e) = (decode::rgb(&actual), decode::rgb(&expected));
                expect::label_image(&name, &a, &e, outliers);
            }
        }
    }
}
