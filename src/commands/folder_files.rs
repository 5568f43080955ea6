//! The files beside a scene on disk.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::scene::{FileFault, Files};

/// Why what is not [`is_regular`] is not read.
pub(super) const NOT_REGULAR: &str = "it is not a regular file";

/// Whether there is a regular file at `path`, or a link to one. Reading anything else, such as a
/// pipe or a device, may never end.
pub(super) fn is_regular(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.is_file())
}

/// The folder of a scene: what lies in it or below may be read, and nothing else.
#[derive(Debug)]
pub(super) struct Folder {
    /// Absolute and free of links, so that it can be compared.
    path: PathBuf,
}

impl Folder {
    /// The folder that the file at `scene` lies in.
    pub fn of(scene: &Path) -> io::Result<Self> {
        let parent = scene.parent().filter(|path| !path.as_os_str().is_empty());
        let path = fs::canonicalize(parent.unwrap_or(Path::new(".")))?;
        Ok(Self { path })
    }

    /// The file that a URI names, which is there and does not lie outside.
    fn locate(&self, uri: &str) -> Result<PathBuf, FileFault> {
        let relative = relative_path(uri).ok_or(FileFault::Outside)?;
        // Resolves links, too, which may lead anywhere.
        let path = fs::canonicalize(self.path.join(relative)).map_err(|e| fault(&e))?;
        if !path.starts_with(&self.path) {
            return Err(FileFault::Outside);
        }
        if !is_regular(&path).map_err(|e| fault(&e))? {
            return Err(FileFault::Unreadable(NOT_REGULAR.into()));
        }
        Ok(path)
    }
}

impl Files for Folder {
    fn read(&self, uri: &str, most: usize) -> Result<Vec<u8>, FileFault> {
        let file = File::open(self.locate(uri)?).map_err(|e| fault(&e))?;
        let size = file.metadata().map_err(|e| fault(&e))?.len();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > most {
            return Err(FileFault::TooLarge(size));
        }
        let mut bytes = Vec::with_capacity(size);
        // The file may grow meanwhile.
        let limit = u64::try_from(size).unwrap_or(u64::MAX);
        let read = file.take(limit).read_to_end(&mut bytes);
        read.map_err(|e| fault(&e))?;
        Ok(bytes)
    }
}

/// The path of a relative URI that never leaves the folder it starts from.
fn relative_path(uri: &str) -> Option<PathBuf> {
    // The first part of a relative URI has no colon (RFC 3986, 4.2): what has one names a scheme, or
    // a drive.
    let first = uri.split(['/', '\\']).next().unwrap_or_default();
    if uri.starts_with(['/', '\\']) || first.contains(':') {
        return None;
    }
    let path = PathBuf::from(percent_decode(uri)?);
    let mut depth = 0_usize;
    for component in path.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir => depth = depth.checked_sub(1)?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (depth > 0).then_some(path)
}

/// Decodes `%20` and the like; a `%` that two hexadecimal digits do not follow stands for itself,
/// because many exporters write names as they are.
fn percent_decode(uri: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        let code = digit(0).zip(digit(1)).filter(|_| first == b'%');
        let byte = code.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(byte.unwrap_or(first));
        rest = byte.and_then(|_| after.get(2..)).unwrap_or(after);
    }
    // No system takes a path with a zero byte.
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then_some(text)
}

fn fault(error: &io::Error) -> FileFault {
    match error.kind() {
        io::ErrorKind::NotFound => FileFault::Missing,
        kind => FileFault::Unreadable(kind.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder `models` with files in and beside it.
    fn tree() -> (tempfile::TempDir, Folder) {
        let tree = tempfile::tempdir().unwrap();
        let models = tree.path().join("models");
        fs::create_dir_all(models.join("sub")).unwrap();
        fs::write(models.join("a b.bin"), "in").unwrap();
        fs::write(models.join("100%.bin"), "raw").unwrap();
        fs::write(models.join("sub/c.bin"), "below").unwrap();
        fs::write(tree.path().join("secret"), "out").unwrap();
        symlink("../secret", models.join("link")).unwrap();
        symlink("..", models.join("up")).unwrap();
        symlink("sub/c.bin", models.join("inner")).unwrap();
        let folder = Folder::of(&models.join("scene.gltf")).unwrap();
        (tree, folder)
    }

    #[test]
    fn files_in_the_folder_and_below_are_read() {
        let (_tree, folder) = tree();
        for (uri, text) in [
            ("a%20b.bin", "in"),
            ("a b.bin", "in"),
            ("./a b.bin", "in"),
            ("100%.bin", "raw"),
            ("100%25.bin", "raw"),
            ("sub/c.bin", "below"),
            ("sub/../a b.bin", "in"),
            ("inner", "below"),
        ] {
            assert_eq!(folder.read(uri, 5).unwrap(), text.as_bytes(), "{uri}");
        }
    }

    #[test]
    fn nothing_outside_is_read() {
        let (tree, folder) = tree();
        let absolute = tree.path().join("secret").display().to_string();
        for uri in [
            "../secret",
            "%2e%2e/secret",
            "sub/../../secret",
            "..%2Fsecret",
            &absolute,
            &absolute.replacen('/', "%2F", 1),
            &format!("file://{absolute}"),
            "\\\\host\\secret",
            "C:\\secret",
            "http://127.0.0.1/secret",
            "link",
            "up/secret",
            "secret\0",
            "a%00",
            "%ff",
            "",
            ".",
            "sub/..",
        ] {
            assert_eq!(folder.read(uri, 5), Err(FileFault::Outside), "{uri}");
        }
    }

    #[test]
    fn faults_are_told_apart() {
        let (_tree, folder) = tree();
        assert_eq!(folder.read("none.bin", 5), Err(FileFault::Missing));
        assert_eq!(folder.read("sub/c.bin", 4), Err(FileFault::TooLarge(5)));
        let no_file = FileFault::Unreadable("it is not a regular file".into());
        assert_eq!(folder.read("sub", 5), Err(no_file));
    }
}
