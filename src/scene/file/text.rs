//! The text of a file as far as it is read before it is parsed.

use std::borrow::Cow;

use super::cutter::Cuts;
use super::strip::{Stripped, strip, without_mark};
use super::{glb, lengths};
use crate::scene::SceneError;
use crate::scene::budget::Budget;

/// The JSON of a file without its data URIs, and its BIN chunk.
#[derive(Debug)]
pub(in crate::scene) struct Text<'a> {
    /// The BIN chunk of a GLB file.
    pub bin: Option<&'a [u8]>,
    /// The JSON.
    pub stripped: Stripped<'a>,
}

impl<'a> Text<'a> {
    /// Reads JSON or GLB, told apart by the first bytes. `cuts`, if they are known, are those of the
    /// same file. Counts the objects, so that the text may be parsed.
    pub fn read(
        file: &'a [u8],
        cuts: Option<&'a Cuts>,
        budget: &mut Budget,
    ) -> Result<Self, SceneError> {
        let (text, bin) = if file.starts_with(glb::MAGIC) {
            glb::split(file)?
        } else {
            (file, None)
        };
        let json = without_mark(text);
        if json.trim_ascii_start().first() != Some(&b'{') {
            return Err(SceneError::NotGltf(
                "the file is neither glTF JSON (which begins with {) nor GLB (which begins with \
                 glTF)."
                    .into(),
            ));
        }
        let cuts = cuts.map_or_else(|| Cow::Owned(Cuts::of(file)), Cow::Borrowed);
        let stripped = strip(text, cuts);
        // An empty object of two bytes becomes a node of hundreds.
        let objects = memchr::memchr_iter(b'{', &stripped.json).count();
        budget.json_objects(objects)?;
        lengths::count(&stripped.json, objects, budget)?;
        Ok(Self { bin, stripped })
    }
}
