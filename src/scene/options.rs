//! What a caller wants of a file.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::error::invalid;
use super::file::document::quote;
use super::{ContentCache, Detail, Files, Limits, Producer, SceneError};

/// How a file is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much of it.
    pub detail: Detail,
    /// How large it may be.
    pub limits: Limits,
    /// What is drawn where the file leaves a choice.
    pub selection: Selection,
    /// Where the files come from that it refers to; without any, such a reference is refused.
    pub files: Option<Arc<dyn Files>>,
    /// What is kept of other scenes, and where this one leaves what it has made.
    pub cache: Option<Arc<ContentCache>>,
}

impl Options {
    /// All that `detail` asks for, within the default limits, at rest, and nothing outside the file.
    #[must_use]
    pub fn new(detail: Detail) -> Self {
        Self {
            detail,
            limits: Limits::default(),
            selection: Selection::default(),
            files: None,
            cache: None,
        }
    }
}

/// What is drawn where there is a choice. Nothing chosen is the scene at rest in its own materials and
/// in the look that goes with who wrote it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The animation that poses the scene; with a `time` but no animation, the first.
    pub animation: Option<Choice>,
    /// When, seconds from the beginning of the animation; with an animation but no time, 0.
    pub time: Option<f64>,
    /// The variant of `KHR_materials_variants`.
    pub variant: Option<Choice>,
    /// By whose rules it is drawn.
    pub look: Look,
}

/// By whose rules a file is read and drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Look {
    /// Those that go with who wrote it.
    #[default]
    Auto,
    /// Those of Drake's `RenderEngineVtk`: what Drake's client did not write is taken for a glTF mesh in
    /// Drake.
    Drake,
    /// Those of glTF, also for what Drake's client wrote.
    Gltf,
}

impl Look {
    /// All of them, in the order in which this program lists them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Drake, Self::Gltf];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Drake => "drake",
            Self::Gltf => "gltf",
        }
    }

    /// For whose a file of this producer is taken.
    pub(super) fn of(self, producer: Producer) -> Producer {
        match (self, producer) {
            (Self::Gltf, _) => Producer::Other,
            (Self::Drake, Producer::Other) => Producer::DrakeMerger,
            (Self::Auto | Self::Drake, producer) => producer,
        }
    }
}

impl FromStr for Look {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|l| l.as_str() == text).ok_or(())
    }
}

/// One of a list in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// By its place in the list.
    Index(usize),
    /// By the first that has this name.
    Name(String),
}

impl Choice {
    /// The index of the choice among the `names` of a list, whose objects are called `what`.
    pub(super) fn find<'a>(
        &self,
        mut names: impl ExactSizeIterator<Item = &'a str>,
        what: &str,
    ) -> Result<usize, SceneError> {
        let count = names.len();
        let (found, chosen) = match self {
            Self::Index(index) => (Some(*index).filter(|i| *i < count), index.to_string()),
            Self::Name(name) => (
                names.position(|known| known == name),
                quote(name.as_bytes()),
            ),
        };
        found.ok_or_else(|| {
            invalid(format!(
                "there is no {what} {chosen}; the file has {count} of them."
            ))
        })
    }
}

impl From<&str> for Choice {
    /// An index if the text is nothing but digits, else a name. A number that is too large for any
    /// list is a name too, which no file has either.
    fn from(text: &str) -> Self {
        let digits = Some(text).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(index) => Self::Index(index),
            None => Self::Name(text.to_owned()),
        }
    }
}

impl fmt::Display for Choice {
    /// What reads as the same choice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_an_index_and_all_else_a_name() {
        assert_eq!(Choice::from("0"), Choice::Index(0));
        assert_eq!(Choice::from("012"), Choice::Index(12));
        for name in [
            "",
            "walk",
            "-1",
            "1.0",
            "+1",
            "1 ",
            "99999999999999999999999",
        ] {
            assert_eq!(Choice::from(name), Choice::Name(name.to_owned()));
        }
    }
}
