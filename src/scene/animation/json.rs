//! Animations as the file writes them.
//!
//! The `gltf` crate demands a target node of each channel, which neither glTF 2.0 nor
//! `KHR_animation_pointer` does, and drops the extensions of targets.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The part of the document that lists them. Only the selected one is read further.
#[derive(Debug, Deserialize)]
pub(super) struct Animations<'a> {
    #[serde(borrow)]
    animations: Option<Vec<&'a RawValue>>,
}

impl<'a> Animations<'a> {
    /// The texts of the animations.
    pub fn list(self) -> Vec<&'a RawValue> {
        self.animations.unwrap_or_default()
    }
}

/// What tells an animation from the others.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Animation {
    #[serde(default)]
    pub channels: Vec<Channel>,
    #[serde(default)]
    pub samplers: Vec<Sampler>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Channel {
    pub sampler: usize,
    pub target: ChannelTarget,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChannelTarget {
    pub node: Option<usize>,
    pub path: String,
    #[serde(default)]
    pub extensions: TargetExtensions,
}

impl ChannelTarget {
    /// Whether `KHR_animation_pointer` says what it is.
    pub fn is_pointer(&self) -> bool {
        self.path == "pointer"
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct TargetExtensions {
    #[serde(rename = "KHR_animation_pointer")]
    pub pointer: Option<AnimationPointer>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AnimationPointer {
    pub pointer: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sampler {
    pub input: usize,
    pub output: usize,
    pub interpolation: Option<String>,
}
