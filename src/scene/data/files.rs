//! Files beside a scene, for callers that let it have some.

use std::fmt::Debug;

use super::data_uri;
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::file::document::quote;

/// Where a scene's buffers and images come from if they are not in it.
///
/// Without one nothing outside the scene is ever read.
pub trait Files: Debug + Send + Sync {
    /// All of the file that a URI names, if it has at most `most` bytes. The URI is as it stands in
    /// the scene, and not to be trusted.
    ///
    /// # Errors
    /// If the URI leads to nothing that a scene may read.
    fn read(&self, uri: &str, most: usize) -> Result<Vec<u8>, FileFault>;
}

/// Why a scene gets no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// The URI leads to a place from which nothing is read.
    Outside,
    /// There is no such file.
    Missing,
    /// The file is larger than allowed; its size in bytes.
    TooLarge(usize),
    /// It cannot be read, for this reason: words, without a period.
    Unreadable(String),
}

/// The bytes of a URI: its own, or those of a file. They are counted before there is room for them.
pub(in crate::scene) fn bytes(
    uri: &[u8],
    files: Option<&dyn Files>,
    budget: &mut Budget,
) -> Result<Vec<u8>, SceneError> {
    let (Some(files), false) = (files, data_uri::is_one(uri)) else {
        return data_uri::decode(uri, budget);
    };
    let name = || quote(uri);
    let external = |text| Err(SceneError::ExternalUri(text));
    let text = String::from_utf8_lossy(uri);
    match files.read(&text, budget.bytes_left()) {
        Ok(bytes) => {
            budget.decoded_bytes(bytes.len())?;
            Ok(bytes)
        }
        Err(FileFault::TooLarge(size)) => {
            budget.decoded_bytes(size)?;
            external(format!("the file of the URI {} is too large.", name()))
        }
        Err(FileFault::Outside) => external(format!(
            "the URI {} leads outside the scene's folder; only files in it are read.",
            name()
        )),
        Err(FileFault::Missing) => external(format!(
            "the URI {} names no file in the scene's folder.",
            name()
        )),
        Err(FileFault::Unreadable(reason)) => external(format!(
            "the file of the URI {} cannot be read: {reason}.",
            name()
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::scene::testing::{floats, triangle};
    use crate::scene::{Detail, Options, load};

    /// One file, `a.bin`, of which the first vertex is (7, 0, 0).
    #[derive(Debug)]
    struct One;

    impl Files for One {
        fn read(&self, uri: &str, most: usize) -> Result<Vec<u8>, FileFault> {
            let bytes = floats(&[7.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
            match uri {
                "a.bin" if bytes.len() > most => Err(FileFault::TooLarge(bytes.len())),
                "a.bin" => Ok(bytes),
                "../a.bin" => Err(FileFault::Outside),
                "secret" => Err(FileFault::Unreadable("permission denied".into())),
                _ => Err(FileFault::Missing),
            }
        }
    }

    fn scene(uri: &str) -> Value {
        let mut scene = triangle();
        scene["buffers"][0]["uri"] = json!(uri);
        scene
    }

    fn read(scene: &Value, most: usize) -> Result<f32, String> {
        let mut options = Options::new(Detail::Geometry);
        options.files = Some(Arc::new(One));
        options.limits.decoded_bytes = most;
        let scene = load(&serde_json::to_vec(scene).unwrap(), &options);
        scene
            .map(|scene| scene.primitives[0].positions[0][0])
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_is_read_where_a_caller_allows_it() {
        assert_eq!(read(&scene("a.bin"), 100), Ok(7.0));
        let bytes = serde_json::to_vec(&scene("a.bin")).unwrap();
        let error = load(&bytes, &Options::new(Detail::Geometry)).unwrap_err();
        assert_eq!(
            error,
            SceneError::ExternalUri(
                "mesh 0, primitive 0: accessor 0: buffer 0: the URI \"a.bin\" leads outside the file; only \
                 data: URIs are read."
                    .into()
            )
        );
    }

    #[test]
    fn other_files_are_refused_by_name() {
        let place = "scene: mesh 0, primitive 0: accessor 0: buffer 0: ";
        for (uri, text) in [
            (
                "../a.bin",
                "the URI \"../a.bin\" leads outside the scene's folder; only files in it are read.",
            ),
            (
                "b.bin",
                "the URI \"b.bin\" names no file in the scene's folder.",
            ),
            (
                "secret",
                "the file of the URI \"secret\" cannot be read: permission denied.",
            ),
        ] {
            assert_eq!(read(&scene(uri), 100), Err(format!("{place}{text}")));
        }
    }

    #[test]
    fn bytes_of_files_are_counted() {
        let message = "scene: mesh 0, primitive 0: accessor 0: buffer 0: the scene has at least 36 bytes in \
                       data URIs, files and compressed geometry; the limit is 35 (--max-decoded).";
        assert_eq!(read(&scene("a.bin"), 35), Err(message.into()));
    }
}
