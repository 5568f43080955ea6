//! A scene on disk.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::CommandError;
use super::folder_files::Folder;
use crate::protocol::{ErrorCode, Refusal};
use crate::scene::{self, Options, Scene};

/// Reads the scene at `path`, and what it refers to in its folder.
pub(super) fn load(path: &Path, options: Options) -> Result<Scene, CommandError> {
    let bytes = read(path)?;
    load_apart(path, &bytes, options)
}

/// The same, and how the server would refuse a scene that is not in one file, if it is none.
pub(super) fn load_noting_files(
    path: &Path,
    options: Options,
) -> Result<(Scene, Option<Refusal>), CommandError> {
    let bytes = read(path)?;
    match scene::load(&bytes, &options).map_err(Refusal::from) {
        Ok(scene) => Ok((scene, None)),
        Err(refusal) if refusal.code == ErrorCode::SceneExternalUri => {
            Ok((load_apart(path, &bytes, options)?, Some(refusal)))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    if path.is_dir() {
        let hint = "this is a folder; `render FOLDER --report` goes through one";
        let cause = io::Error::new(io::ErrorKind::IsADirectory, hint);
        return Err(CommandError::file(path)(cause));
    }
    fs::read(path).map_err(CommandError::file(path))
}

/// Reads a scene that may refer to files in its folder.
fn load_apart(path: &Path, bytes: &[u8], options: Options) -> Result<Scene, CommandError> {
    let folder = Folder::of(path).map_err(CommandError::file(path))?;
    let options = Options {
        files: Some(Arc::new(folder)),
        ..options
    };
    Ok(scene::load(bytes, &options).map_err(Refusal::from)?)
}
