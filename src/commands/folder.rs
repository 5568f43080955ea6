//! `render --report`: every model of a folder, to a contact sheet.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::camera::CameraPlan;
use super::contact_sheet::Sheet;
use super::fault::Fault;
use super::folder_files::{NOT_REGULAR, is_regular};
use super::progress::Progress;
use super::{CommandError, render, scene_file};
use crate::cli::RenderArgs;
use crate::protocol::{ImageSize, Refusal};
use crate::render::{AdapterSelection, Frame, Outputs, Renderer, View};
use crate::scene::{Detail, Scene};

/// Length of a side where the arguments give none, pixels.
const SIDE: u32 = 256;

/// What became of one file.
pub(super) struct Entry {
    /// Its path below the folder.
    pub name: String,
    /// What is drawn otherwise than it stands in the file, in sentences.
    pub omissions: Vec<String>,
    /// How long it took to read.
    pub load: Duration,
    /// How long it took to draw.
    pub draw: Duration,
    /// The color image, or why there is none.
    pub image: Result<Frame, Fault>,
}

/// Draws every model in the folder and below, whatever is wrong with some of them, and writes the
/// contact sheet. Gives whether all were drawn.
///
/// # Errors
/// If the folder cannot be read, the sheet not be written, or there is nothing to draw with.
pub fn folder(args: &RenderArgs, sheet_path: &Path) -> Result<bool, CommandError> {
    let side = |given: Option<u32>| given.unwrap_or(SIDE);
    let size = ImageSize::new(side(args.width), side(args.height))?;
    let mut found = Vec::new();
    find_models(&args.scene, &mut found)?;
    let count = found.len();
    let mut artist = Artist::new(args, size)?;
    let mut sheet = Sheet::new(sheet_path, size);
    let mut refused = BTreeMap::new();
    let mut progress = Progress::new(count, args.quiet);
    for (index, found) in found.into_iter().enumerate() {
        let entry = artist.draw(found);
        let said = report(index + 1, count, &entry);
        progress.clear();
        io::stdout().lock().write_all(said.as_bytes())?;
        if let Err(fault) = &entry.image {
            *refused.entry(fault.code).or_insert(0_usize) += 1;
        }
        sheet.add(&entry)?;
        progress.advance();
    }
    drop(progress);
    let summary = summary(count, &refused);
    writeln!(io::stdout(), "{summary}")?;
    fs::write(sheet_path, sheet.finish(&summary)?).map_err(CommandError::file(sheet_path))?;
    Ok(refused.is_empty())
}

/// What lies in a folder and is to be drawn.
#[derive(Debug)]
struct Found {
    path: PathBuf,
    /// Why it cannot even be opened.
    fault: Option<CommandError>,
}

/// Collects the models in a folder and below, sorted; among them, with their faults, what may hide
/// one: folders that cannot be read, and what has a model's name but is no file. Links to folders
/// are not followed, because they may lead in circles.
///
/// # Errors
/// If the folder itself cannot be read.
fn find_models(folder: &Path, found: &mut Vec<Found>) -> Result<(), CommandError> {
    let entries = fs::read_dir(folder).map_err(CommandError::file(folder))?;
    let entries: Result<Vec<_>, _> = entries.collect();
    let mut entries = entries.map_err(CommandError::file(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        let fault = match entry.file_type() {
            Ok(kind) if kind.is_dir() => match find_models(&path, found) {
                Ok(()) => continue,
                Err(error) => Some(error),
            },
            Ok(_) if extension != "gltf" && extension != "glb" => continue,
            Ok(_) => regular(&path).err(),
            Err(cause) => Some(CommandError::file(&path)(cause)),
        };
        found.push(Found { path, fault });
    }
    Ok(())
}

/// Refuses what is no file.
fn regular(path: &Path) -> Result<(), CommandError> {
    let in_file = |cause| CommandError::file(path)(cause);
    if is_regular(path).map_err(in_file)? {
        return Ok(());
    }
    Err(in_file(io::Error::other(NOT_REGULAR)))
}

/// Draws one model after the other.
struct Artist<'a> {
    args: &'a RenderArgs,
    size: ImageSize,
    selection: AdapterSelection,
    renderer: Renderer,
}

impl<'a> Artist<'a> {
    fn new(args: &'a RenderArgs, size: ImageSize) -> Result<Self, CommandError> {
        let selection = AdapterSelection {
            name: args.adapter.clone(),
            turn: 0,
        };
        let renderer = Renderer::new(&selection)?;
        Ok(Self {
            args,
            size,
            selection,
            renderer,
        })
    }

    /// Draws a model. What goes wrong is part of the entry, a panic too.
    fn draw(&mut self, found: Found) -> Entry {
        let Found { path, fault } = found;
        let name = path.strip_prefix(&self.args.scene).unwrap_or(&path);
        let mut entry = Entry {
            name: name.display().to_string(),
            omissions: Vec::new(),
            load: Duration::ZERO,
            draw: Duration::ZERO,
            image: Err(Fault::internal()),
        };
        let drawn = catch_unwind(AssertUnwindSafe(|| match fault {
            Some(fault) => Err(fault),
            None => self.fill(&path, &mut entry),
        }));
        match drawn {
            Ok(image) => entry.image = image.map_err(Fault::from),
            // A panic leaves the renderer in an unknown state.
            Err(_) => {
                if let Ok(renderer) = Renderer::new(&self.selection) {
                    self.renderer = renderer;
                }
            }
        }
        entry
    }

    fn fill(&mut self, path: &Path, entry: &mut Entry) -> Result<Frame, CommandError> {
        let started = Instant::now();
        let options = render::options(self.args, Detail::Shading)?;
        let scene = scene_file::load(path, options);
        entry.load = started.elapsed();
        let mut scene = scene?;
        entry.omissions = scene.omissions().collect();
        let view = self.view(&scene).or_else(|refusal| {
            self.view_without_camera(&mut scene, refusal, &mut entry.omissions)
        })?;
        let outputs = Outputs {
            color: true,
            ..Outputs::default()
        };
        let started = Instant::now();
        let frame = self.renderer.render(&scene, &view, &outputs);
        entry.draw = started.elapsed();
        Ok(frame.map_err(Refusal::from)?)
    }

    fn view(&self, scene: &Scene) -> Result<View, Refusal> {
        CameraPlan::new(self.args, self.size, scene)?.view(0.0)
    }

    /// A view of all of a scene whose own camera cannot be used.
    fn view_without_camera(
        &self,
        scene: &mut Scene,
        refusal: Refusal,
        omissions: &mut Vec<String>,
    ) -> Result<View, Refusal> {
        let has_none = scene.cameras.is_empty() && scene.faulty_cameras.is_empty();
        if has_none || self.args.camera.is_some() {
            return Err(refusal);
        }
        scene.cameras.clear();
        scene.faulty_cameras.clear();
        omissions.push(format!("its camera was not used: {refusal}"));
        self.view(scene)
    }
}

/// What became of a file, and what of it is not drawn, as `check` says it.
fn report(number: usize, count: usize, entry: &Entry) -> String {
    let name = &entry.name;
    let mut text = match &entry.image {
        Ok(_) => format!("[{number}/{count}] {name}: drawn\n"),
        Err(fault) => format!("[{number}/{count}] {name}: refused: {}\n", fault.message),
    };
    for sentence in &entry.omissions {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {sentence}");
    }
    text
}

/// How many files were drawn, and how many were refused for what.
fn summary(count: usize, refused: &BTreeMap<&str, usize>) -> String {
    let total: usize = refused.values().sum();
    let codes: Vec<_> = (refused.iter())
        .map(|(code, count)| format!("{count} {code}"))
        .collect();
    let codes = if codes.is_empty() {
        String::new()
    } else {
        format!(" ({})", codes.join(", "))
    };
    format!("{} drawn, {total} refused{codes}", count - total)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn models_are_found_below_and_sorted() {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir_all(tree.path().join("b/c")).unwrap();
        for name in ["d.gltf", "b/c/x.GLB", "a.glb", "b/no.png", "gltf"] {
            fs::write(tree.path().join(name), "").unwrap();
        }
        std::os::unix::fs::symlink("..", tree.path().join("b/loop")).unwrap();
        let mut found = Vec::new();
        find_models(tree.path(), &mut found).unwrap();
        let found: Vec<_> = found.iter().map(|found| &*found.path).collect();
        let expected = ["a.glb", "b/c/x.GLB", "d.gltf"].map(|name| tree.path().join(name));
        assert_eq!(found, expected);
        assert!(find_models(&tree.path().join("none"), &mut Vec::new()).is_err());
    }

    #[test]
    fn what_cannot_be_opened_is_found_with_its_fault() {
        let tree = tempfile::tempdir().unwrap();
        for name in ["a.glb", "z.glb"] {
            fs::write(tree.path().join(name), "").unwrap();
        }
        std::os::unix::fs::symlink("none", tree.path().join("b.gltf")).unwrap();
        std::os::unix::fs::symlink(".", tree.path().join("c.gltf")).unwrap();
        // Nobody can read a folder whose path is longer than the system allows; it comes about
        // when one deep folder is moved into another.
        let deep: PathBuf = std::iter::repeat_n("d".repeat(250), 10).collect();
        for half in ["d", "half"] {
            fs::create_dir_all(tree.path().join(half).join(&deep)).unwrap();
        }
        let inside = tree.path().join("d").join(&deep).join("half");
        fs::rename(tree.path().join("half"), inside).unwrap();
        let mut found = Vec::new();
        find_models(tree.path(), &mut found).unwrap();
        let (names, faults): (Vec<_>, Vec<_>) = (found.iter())
            .map(|found| {
                let name = found.path.strip_prefix(tree.path()).unwrap();
                let first = name.components().next().unwrap().as_os_str();
                (first.to_str().unwrap(), found.fault.is_some())
            })
            .unzip();
        assert_eq!(names, ["a.glb", "b.gltf", "c.gltf", "d", "z.glb"]);
        assert_eq!(faults, [false, true, true, true, false]);
        let said = found[2].fault.as_ref().unwrap().to_string();
        assert!(said.ends_with("c.gltf: it is not a regular file"), "{said}");
    }

    #[test]
    fn a_file_is_said_with_what_is_not_drawn_of_it() {
        let mut entry = Entry {
            name: "a/b.glb".into(),
            omissions: vec!["node 1: odd.".into(), "node 2: odd.".into()],
            load: Duration::ZERO,
            draw: Duration::ZERO,
            image: Err(Fault {
                code: "scene_invalid",
                message: "scene: node 3: wrong.".into(),
            }),
        };
        assert_eq!(
            report(2, 3, &entry),
            "[2/3] a/b.glb: refused: scene: node 3: wrong.\n  node 1: odd.\n  node 2: odd.\n"
        );
        entry.omissions.clear();
        assert_eq!(
            report(3, 3, &entry),
            "[3/3] a/b.glb: refused: scene: node 3: wrong.\n"
        );
    }

    #[test]
    fn the_summary_counts_by_code() {
        let refused = BTreeMap::from([("image_too_large", 1), ("scene_invalid", 2)]);
        assert_eq!(
            summary(10, &refused),
            "7 drawn, 3 refused (1 image_too_large, 2 scene_invalid)"
        );
        assert_eq!(summary(1, &BTreeMap::new()), "1 drawn, 0 refused");
    }
}
