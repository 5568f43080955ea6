//! A scene on disk.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::CommandError;
use super::folder_files::Folder;
use crate::protocol::Refusal;
use crate::scene::{self, Options, Scene};

/// Reads the scene at `path`, and what it refers to in its folder.
pub(super) fn load(path: &Path, options: Options) -> Result<Scene, CommandError> {
    let in_file = |cause| CommandError::file(path)(cause);
    if path.is_dir() {
        let hint = "this is a folder; `render FOLDER --report` goes through one";
        return Err(in_file(io::Error::new(io::ErrorKind::IsADirectory, hint)));
    }
    let bytes = fs::read(path).map_err(in_file)?;
    let options = Options {
        files: Some(Arc::new(Folder::of(path).map_err(in_file)?)),
        ..options
    };
    Ok(scene::load(&bytes, &options).map_err(Refusal::from)?)
}
