//! What clients have to know before they are answered.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::reader::Reader;

/// The largest file of tokens, bytes.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// Whether others than its owner and group may read a file.
const READABLE_BY_ALL: u32 = 0o004;

/// The tokens of which a client has to know one.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The file that they stand in.
    path: PathBuf,
    /// Hashes are all of the same length, and compared in the same time wherever they differ.
    hashes: Vec<blake3::Hash>,
    is_exposed: bool,
}

impl Tokens {
    /// Whether this is one of them. How long that takes does not depend on them, but on their number.
    #[must_use]
    pub fn admit(&self, token: &[u8]) -> bool {
        let hash = blake3::hash(token);
        (self.hashes.iter()).fold(false, |found, known| (hash == *known) | found)
    }

    /// Whether each user of this machine may read them.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.is_exposed
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.hashes.len()
    }

    /// Those that stand in their file now.
    ///
    /// # Errors
    /// What is wrong with it: "cannot be read: ...".
    pub fn read_again(&self) -> Result<Self, String> {
        // A pipe that was read to its end has no more, and who opens it may wait for ever.
        let is_file = self.path.metadata().map_err(unread)?.is_file();
        if !is_file {
            return Err("is no regular file, and cannot be read again".to_owned());
        }
        Self::read(&self.path)
    }

    /// Those of a file: one a line, but for blank ones and those that begin with #.
    fn read(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(unread)?;
        let about = file.metadata().map_err(unread)?;
        let mut bytes = Vec::new();
        (file.take(MAX_FILE_BYTES + 1))
            .read_to_end(&mut bytes)
            .map_err(unread)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(format!("has more than {MAX_FILE_BYTES} bytes"));
        }
        Ok(Self {
            path: path.to_owned(),
            hashes: hashes(&bytes)?,
            is_exposed: about.is_file() && about.permissions().mode() & READABLE_BY_ALL != 0,
        })
    }
}

/// A list of the hashes without what they are of.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("count", &self.hashes.len())
            .finish_non_exhaustive()
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is given away")]
fn unread(error: io::Error) -> String {
    format!("cannot be read: {error}")
}

/// What `--token-file` says.
pub fn tokens(path: Option<&Path>, reader: &mut Reader) -> Option<Tokens> {
    let read = Tokens::read(path?);
    let note = |fault| (reader.faults).push(format!("--token-file: the file {fault}."));
    read.map_err(note).ok()
}

fn hashes(text: &[u8]) -> Result<Vec<blake3::Hash>, String> {
    let mut hashes = Vec::new();
    for (number, line) in (1..).zip(text.split(|&b| b == b'\n')) {
        let token = line.trim_ascii();
        if token.is_empty() || token.starts_with(b"#") {
            continue;
        }
        if !token.iter().copied().all(may_be_in_token) {
            // What it is instead may be nobody's business.
            return Err(format!(
                "has something else than letters, digits and -._~+/= in line {number}"
            ));
        }
        hashes.push(blake3::hash(token));
    }
    if hashes.is_empty() {
        return Err("has no token".to_owned());
    }
    Ok(hashes)
}

/// RFC 6750, section 2.1.
fn may_be_in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use std::fs::{Permissions, set_permissions, write};

    use super::*;

    fn read(text: &[u8], mode: u32) -> Result<Tokens, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        write(&path, text).unwrap();
        set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        Tokens::read(&path)
    }

    #[test]
    fn each_line_is_a_token() {
        let tokens = read(b"# all\n\none-1\r\n  two+/=\n#three", 0o600).unwrap();
        assert!(tokens.admit(b"one-1") && tokens.admit(b"two+/="));
        for other in ["", "# all", "three", "#three", "one-", "one-1 ", "one-1\r"] {
            assert!(!tokens.admit(other.as_bytes()), "{other:?}");
        }
        assert!(!tokens.is_exposed());
        assert!(!format!("{tokens:?}").contains("one"));
    }

    #[test]
    fn they_are_those_of_the_file_when_it_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        write(&file, b"one\ntwo").unwrap();
        let old = Tokens::read(file.path()).unwrap();
        write(&file, b"two\nthree\nfour").unwrap();
        let new = old.read_again().unwrap();
        assert_eq!((old.count(), new.count()), (2, 3));
        assert!(!new.admit(b"one") && new.admit(b"two") && new.admit(b"three"));
        assert!(old.admit(b"one") && !old.admit(b"three"));
        write(&file, b"").unwrap();
        assert_eq!(new.read_again(), Err("has no token".to_owned()));
        let path = file.path().to_owned();
        drop(file);
        assert!(new.read_again().unwrap_err().starts_with("cannot be read"));
        // Such as a pipe.
        std::fs::create_dir(&path).unwrap();
        let fault = new.read_again().unwrap_err();
        std::fs::remove_dir(&path).unwrap();
        assert!(fault.starts_with("is no regular file"), "{fault}");
    }

    #[test]
    fn others_may_not_read_it() {
        for (mode, is_exposed) in [(0o600, false), (0o640, false), (0o604, true), (0o444, true)] {
            let tokens = read(b"one", mode).unwrap();
            assert_eq!(tokens.is_exposed(), is_exposed, "{mode:o}");
        }
    }

    #[test]
    fn a_file_that_makes_no_sense_admits_nobody() {
        let large = vec![b'a'; 65 << 10];
        for (text, fault) in [
            (b"".as_slice(), "no token"),
            (b"# none\n\n", "no token"),
            (b"one\nt wo\n", "line 2"),
            (b"\xff", "line 1"),
            (&large, "more than"),
        ] {
            let found = read(text, 0o600).unwrap_err();
            assert!(found.contains(fault), "{found}");
        }
        assert!(Tokens::read(Path::new("/")).is_err());
        assert!(Tokens::read(Path::new("")).is_err());
    }
}
