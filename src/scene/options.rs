//! What a caller wants of a file.

use super::{Detail, Limits};

/// How a file is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How much of it.
    pub detail: Detail,
    /// How large it may be.
    pub limits: Limits,
    /// What is drawn where the file leaves a choice.
    pub selection: Selection,
}

impl Options {
    /// All that `detail` asks for, within the default limits, at rest.
    #[must_use]
    pub fn new(detail: Detail) -> Self {
        Self {
            detail,
            limits: Limits::default(),
            selection: Selection::default(),
        }
    }
}

/// What is drawn where the file leaves a choice. Nothing chosen is the scene at rest in its own
/// materials.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The animation that poses the scene; with a `time` but no animation, the first.
    pub animation: Option<Choice>,
    /// When, seconds from the beginning of the animation; with an animation but no time, 0.
    pub time: Option<f64>,
    /// The variant of `KHR_materials_variants`.
    pub variant: Option<Choice>,
}

/// One of a list in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// By its place in the list.
    Index(usize),
    /// By the first that has this name.
    Name(String),
}
