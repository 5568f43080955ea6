//! How large things may be.

use std::num::NonZeroUsize;

use super::ConfigError;
use super::reader::Reader;
use crate::cli::{SceneLimitArgs, ServeLimitArgs};
use crate::protocol::ImageLimits;
use crate::scene::{ContentCache, Limits};

/// The memory on the GPU that each worker may take where none is given, bytes: more than what the other
/// limits let through, but for scenes that go to several of them at once.
const GPU_MEMORY_OF_WORKER: usize = 4 << 30;

/// Resolves and checks the limits of scenes.
///
/// # Errors
/// If at least one of them makes no sense; all that do not are named.
pub fn scene_limits(args: &SceneLimitArgs) -> Result<Limits, ConfigError> {
    let mut reader = Reader::default();
    let limits = read_scene_limits(args, &mut reader);
    reader.done(limits)
}

pub(super) fn read_scene_limits(args: &SceneLimitArgs, reader: &mut Reader) -> Limits {
    let mut limits = Limits::default();
    for (limit, text) in args.given() {
        let option = format!("--{}", limit.option());
        let most = if limit.is_size() {
            text.map(|text| reader.size(&option, Some(text), 0) as u64)
        } else {
            reader
                .count::<std::num::NonZeroU64>(&option, text)
                .map(Into::into)
        };
        if let Some(most) = most {
            limits.set(limit, most);
        }
    }
    limits
}

pub(super) fn image_limits(args: &ServeLimitArgs, reader: &mut Reader) -> ImageLimits {
    let most = ImageLimits::default();
    let mut side = |name, text: &Option<String>, highest: u32| {
        let text = text.as_deref();
        let read = |text: &str| {
            let number = text.parse().ok().filter(|n| (1..=highest).contains(n));
            number.ok_or("a whole number of pixels, from 1 to 8192")
        };
        reader.parsed(name, text, read).unwrap_or(highest)
    };
    let width = side("--max-width", &args.max_width, most.width);
    let height = side("--max-height", &args.max_height, most.height);
    let pixels = |text: &str| {
        let number = text.parse().ok().filter(|n| (1..=most.pixels).contains(n));
        number.ok_or("a whole number of pixels, from 1 to 67108864")
    };
    let pixels = reader.parsed("--max-pixels", args.max_pixels.as_deref(), pixels);
    ImageLimits {
        width,
        height,
        pixels: pixels.unwrap_or(most.pixels),
    }
}

pub(super) fn cache_scenes(args: &ServeLimitArgs, reader: &mut Reader) -> usize {
    let default = ContentCache::MOST_SCENES;
    reader.number("--cache-scenes", args.cache_scenes.as_ref(), default)
}

/// Of all workers together.
pub(super) fn gpu_memory(
    args: &ServeLimitArgs,
    workers: NonZeroUsize,
    reader: &mut Reader,
) -> usize {
    let default = GPU_MEMORY_OF_WORKER.saturating_mul(workers.get());
    reader.size("--gpu-memory", args.gpu_memory.as_ref(), default)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;
    use crate::scene::Limit;

    #[test]
    fn what_is_given_is_set_and_all_else_is_as_it_was() {
        let args = SceneLimitArgs::default()
            .with(Limit::Nodes, "12")
            .with(Limit::DecodedBytes, "3MiB");
        let expected = Limits {
            nodes: 12,
            decoded_bytes: 3 << 20,
            ..Limits::default()
        };
        assert_eq!(scene_limits(&args).unwrap(), expected);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let mut args = SceneLimitArgs::default();
        for limit in Limit::ALL {
            args = args.with(limit, "0");
        }
        let faults = scene_limits(&args).unwrap_err().0;
        assert_eq!(faults.len(), Limit::ALL.len());
        for (fault, limit) in faults.iter().zip(Limit::ALL) {
            let option = format!("--{} must be ", limit.option());
            assert!(fault.starts_with(&option), "{fault}");
        }
    }

    #[test]
    fn images_are_no_larger_than_can_be_drawn() {
        let args = |text: &str| ServeLimitArgs {
            max_width: Some(text.to_owned()),
            max_height: Some(text.to_owned()),
            max_pixels: Some(text.to_owned()),
            ..ServeLimitArgs::default()
        };
        let mut reader = Reader::default();
        let expected = ImageLimits {
            width: 100,
            height: 100,
            pixels: 100,
        };
        assert_eq!(image_limits(&args("100"), &mut reader), expected);
        assert!(reader.faults.is_empty());
        image_limits(&args("99999999"), &mut reader);
        image_limits(&args("0"), &mut reader);
        assert_eq!(reader.faults.len(), 6, "{:?}", reader.faults);
    }
}
