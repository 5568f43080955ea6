//! Animations: the document as it stands at one time of one of them.
//!
//! Before the hierarchy is walked, each channel's curve is sampled (`curve`) and written to what
//! the channel targets (`target`, `pointer`), so that all that follows reads a scene at rest.

mod curve;
mod json;
mod pointer;
mod target;

use gltf::json::Root;
use serde_json::value::RawValue;

use self::curve::{Curve, Interpolation};
use self::json::{Animation, Animations, Channel, Named, Sampler};
use self::target::{Changes, Needs, Sample, Target, set_transform, set_weights};
use super::budget::Budget;
use super::data::accessor::{Accessor, Component};
use super::data::arrays::Arrays;
use super::data::buffers::Buffers;
use super::data::elements::Elements;
use super::data::oddities;
use super::error::{invalid, lookup};
use super::file::document::{Document, quote, read_part};
use super::warnings::Warnings;
use super::{Options, SceneError, Selection};

/// The extension that animates more than nodes.
pub(super) const POINTER: &str = "KHR_animation_pointer";

/// Poses the document as the caller selected; not at all if nothing was.
///
/// A document without animations stands as it does at any time; but one that is named must be
/// there.
///
/// # Errors
/// If the selected animation is not there, or breaks a rule of glTF.
pub(super) fn pose(
    document: &mut Document,
    options: &Options,
    budget: &mut Budget,
    warnings: &mut Warnings,
) -> Result<(), SceneError> {
    let held = budget.bytes_held();
    let changes = changes(document, options, budget, warnings)?;
    // The buffers borrow the document, which is to be changed. Those that the meshes read, too, are
    // decoded once more.
    budget.let_go_to(held);
    let mut members = Vec::new();
    for (target, sample) in changes {
        match target {
            Target::Transform(node, part) => set_transform(document, node, part, &sample.values),
            Target::Weights(owner, element) => {
                let root = &mut document.root;
                set_weights(root, owner, element, &sample.values, budget)
                    .map_err(|e| e.within(&sample.place))?;
            }
            Target::Member(member) => members.push((member, sample)),
        }
    }
    pointer::set(&members, &mut document.root)
}

/// Samples the selected animation, if there is one.
fn changes(
    document: &Document,
    options: &Options,
    budget: &mut Budget,
    warnings: &mut Warnings,
) -> Result<Changes, SceneError> {
    let mut changes = Changes::new();
    let selection = &options.selection;
    if selection.animation.is_none() && selection.time.is_none() {
        return Ok(changes);
    }
    let animations: Animations = document.read()?;
    let Some((index, text)) = choose(&animations.list(), selection)? else {
        return Ok(changes);
    };
    let place = format!("animation {index}");
    let animation: Animation = read_part(text.get().as_bytes()).map_err(|e| e.within(&place))?;
    let mut sampling = Sampling {
        root: &document.root,
        animation: &animation,
        time: selection.time.unwrap_or_default(),
        arrays: Arrays::new(
            &document.root,
            Buffers::new(document, options.files.as_deref()),
        ),
        budget,
    };
    for (number, channel) in animation.channels.iter().enumerate() {
        let place = format!("{place}, channel {number}");
        let warn = |text: String| warnings.add(|| format!("{place}: {text}"));
        let change = sampling
            .channel(channel, warn)
            .map_err(|e| e.within(&place))?;
        let Some((target, values)) = change else {
            continue;
        };
        target.check_alone(&changes).map_err(|e| e.within(&place))?;
        changes.insert(target, Sample { place, values });
    }
    oddities::warn(&document.root, &sampling.arrays, warnings);
    Ok(changes)
}

/// The selected animation and its index; none if the file has none and none is named.
fn choose<'a>(
    animations: &[&'a RawValue],
    selection: &Selection,
) -> Result<Option<(usize, &'a RawValue)>, SceneError> {
    let index = match &selection.animation {
        None => 0,
        Some(choice) => {
            // That one of the others is broken is of no concern.
            let name = |text: &&RawValue| {
                let named = read_part::<Named>(text.get().as_bytes()).ok();
                named.and_then(|named| named.name).unwrap_or_default()
            };
            let names: Vec<String> = animations.iter().map(name).collect();
            choice.find(names.iter().map(String::as_str), "animation")?
        }
    };
    Ok(animations.get(index).map(|animation| (index, *animation)))
}

/// What the channels of an animation are sampled with.
struct Sampling<'a> {
    root: &'a Root,
    animation: &'a Animation,
    time: f64,
    arrays: Arrays<'a>,
    budget: &'a mut Budget,
}

impl Sampling<'_> {
    /// What a channel targets, and its value there; none if it is ignored.
    fn channel(
        &mut self,
        channel: &Channel,
        warn: impl FnOnce(String),
    ) -> Result<Option<(Target, Vec<f64>)>, SceneError> {
        let Some(target) = Target::resolve(&channel.target, self.root, warn)? else {
            return Ok(None);
        };
        let needs = target.needs(self.root)?;
        let sampler = lookup(&self.animation.samplers, channel.sampler, "sampler")?;
        let place = format_args!("sampler {}", channel.sampler);
        let curve = self
            .curve(sampler, &needs, channel.target.is_pointer())
            .map_err(|e| e.within(place))?;
        Ok(Some((target, curve.at(self.time))))
    }

    fn curve(
        &mut self,
        sampler: &Sampler,
        needs: &Needs,
        by_pointer: bool,
    ) -> Result<Curve, SceneError> {
        let interpolation = match sampler.interpolation.as_deref() {
            None | Some("LINEAR") if needs.rotation => Interpolation::Spherical,
            None | Some("LINEAR") => Interpolation::Linear,
            Some("STEP") => Interpolation::Step,
            Some("CUBICSPLINE") => Interpolation::CubicSpline {
                rotation: needs.rotation,
            },
            Some(other) => {
                let other = quote(other.as_bytes());
                return Err(invalid(format!(
                    "interpolation {other} is none of LINEAR, STEP and CUBICSPLINE."
                )));
            }
        };
        if needs.boolean && interpolation != Interpolation::Step {
            return Err(invalid("a boolean has the interpolation STEP only."));
        }
        let input = self.arrays.accessor(sampler.input)?;
        let layout = &input.layout;
        if layout.width != 1 || layout.component != Component::F32 {
            return Err(invalid(format!(
                "input: accessor {} must be a SCALAR of floats.",
                sampler.input
            )));
        }
        let output = self.arrays.accessor(sampler.output)?;
        needs.check(&output, by_pointer)?;
        let numbers = output.layout.count.saturating_mul(output.layout.width);
        self.budget
            .keyframe_numbers(input.layout.count.saturating_add(numbers))?;
        let times = self.numbers("input", &input)?;
        let values = self.numbers("output", &output)?;
        let numbers_a_key = needs.width * needs.elements;
        Curve::new(times, values, numbers_a_key, interpolation)
    }

    /// All numbers of an accessor, one after the other.
    fn numbers(&mut self, what: &str, accessor: &Accessor) -> Result<Vec<f32>, SceneError> {
        let mut elements = Elements::new(accessor, &mut self.arrays.buffers, self.budget);
        let numbers = match accessor.layout.width {
            1 => elements.read_numbers(|x: [f32; 1]| x).map(flat),
            2 => elements.read_numbers(|x: [f32; 2]| x).map(flat),
            3 => elements.read_numbers(|x: [f32; 3]| x).map(flat),
            _ => elements.read_numbers(|x: [f32; 4]| x).map(flat),
        };
        numbers.map_err(|e| e.within(format_args!("{what}: accessor {}", accessor.index)))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over a result")]
fn flat<const N: usize>(elements: std::sync::Arc<[[f32; N]]>) -> Vec<f32> {
    elements.as_flattened().to_vec()
}

#[cfg(test)]
mod pointer_tests;
#[cfg(test)]
mod tests;
