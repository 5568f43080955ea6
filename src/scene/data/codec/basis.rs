//! Basis Universal: ETC1S with BasisLZ, and UASTC.
//!
//! The transcoder reads whole KTX2 files, and what it finds there it believes. It is given files
//! that are written here, of one image, one mip level, and parts whose sizes add up.

use basisu::{DecodeFlags, TargetFormat, Transcoder};

use super::container::{Container, IDENTIFIER, array, broken};
use super::guard::guard;
use crate::scene::SceneError;
use crate::scene::error::unsupported;

/// `colorModel` of ETC1S.
pub(super) const ETC1S: u32 = 163;
/// `colorModel` of UASTC.
pub(super) const UASTC: u32 = 166;

const BASIS_LZ: u32 = 1;

/// Bytes of the global data before its image descriptions, and of one of these.
const GLOBALS: usize = 20;
const IMAGE: usize = 20;

/// What the channels of a decoded image mean.
#[derive(Clone, Copy, Debug)]
enum Channels {
    Rgb,
    Rgba,
    /// Green in the place of alpha.
    RedAndGreenInAlpha,
    /// Nothing of meaning in blue and alpha.
    RedGreen,
}

/// Decodes ETC1S with BasisLZ to RGBA.
pub(super) fn etc1s(file: &Container) -> Result<Vec<u8>, SceneError> {
    let channels = match *file.channels {
        [0 | 3] => Channels::Rgb,
        [0, 15] => Channels::Rgba,
        [3, 4] => Channels::RedAndGreenInAlpha,
        _ => return Err(unknown_channels("ETC1S")),
    };
    if file.scheme != BASIS_LZ {
        return Err(broken("its ETC1S is not compressed by BasisLZ"));
    }
    let (globals, level) =
        only_first_level(file).ok_or_else(|| broken("its global data do not fit the image"))?;
    let rgba = transcode(file, &globals, &level)?;
    Ok(arrange(rgba, channels))
}

/// Decodes UASTC to RGBA. The blocks are those of the largest mip level, not compressed any further.
pub(super) fn uastc(file: &Container, blocks: &[u8]) -> Result<Vec<u8>, SceneError> {
    let channels = match *file.channels {
        [0 | 4] => Channels::Rgb,
        [3] => Channels::Rgba,
        [5] => Channels::RedAndGreenInAlpha,
        [6] => Channels::RedGreen,
        _ => return Err(unknown_channels("UASTC")),
    };
    let rgba = transcode(file, &[], blocks)?;
    Ok(arrange(rgba, channels))
}

fn unknown_channels(model: &str) -> SceneError {
    unsupported(format!(
        "the KTX2 has channels that {model} does not define."
    ))
}

/// The global data and the largest level of a file that has no other (KTX 2.0, 3.13.2 and annex B):
/// counts and sizes, one image description for each level, endpoints, selectors, tables.
fn only_first_level(file: &Container) -> Option<(Vec<u8>, Vec<u8>)> {
    let size = |at| Some(u32::from_le_bytes(array(file.globals, at)?) as usize);
    let tables = size(4)?.checked_add(size(8)?)?.checked_add(size(12)?)?;
    let images = IMAGE.checked_mul(file.levels as usize)?;
    let start = GLOBALS.checked_add(images)?;
    let tables = file.globals.get(start..start.checked_add(tables)?)?;

    let slice = |at| {
        let (start, length) = (size(GLOBALS + at)?, size(GLOBALS + at + 4)?);
        let slice = file.level.get(start..start.checked_add(length)?)?;
        (length != 0).then_some(slice)
    };
    let color = slice(4)?;
    let second: &[u8] = if file.channels.len() > 1 {
        slice(12)?
    } else {
        &[]
    };
    let length = |slice: &[u8]| u32::try_from(slice.len()).ok();
    let image = [0, 0, length(color)?, length(color)?, length(second)?];
    let image = image.map(u32::to_le_bytes);
    let globals = [file.globals.get(..GLOBALS)?, image.as_flattened(), tables].concat();
    Some((globals, [color, second].concat()))
}

/// Writes a file of one level and has it transcoded.
fn transcode(file: &Container, globals: &[u8], level: &[u8]) -> Result<Vec<u8>, SceneError> {
    let bytes = write(file, globals, level);
    let transcoded = guard("Basis Universal", || {
        Transcoder::new(&bytes)?.transcode(0, TargetFormat::Rgba32, DecodeFlags::NONE)
    });
    let size = 4 * u64::from(file.width) * u64::from(file.height);
    match transcoded {
        Some(Ok(rgba)) if rgba.len() as u64 == size => Ok(rgba),
        _ => Err(broken("its blocks cannot be decoded")),
    }
}

/// A file of one image and one level. ETC1S is what has global data.
fn write(file: &Container, globals: &[u8], level: &[u8]) -> Vec<u8> {
    const HEADER: usize = 80 + 24;
    const LINEAR: u32 = 1;
    let (scheme, uncompressed) = match globals {
        [] => (0, level.len()),
        _ => (BASIS_LZ, 0),
    };
    let block = 24 + 16 * file.channels.len();
    let descriptor = block + 4;
    let start = HEADER + descriptor;
    // Nothing here reaches 4 GiB: a descriptor has two samples, a block is a byte for each pixel.
    let word = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);

    // vkFormat, typeSize, sides, depth, layers, faces, levels.
    let mut words = vec![0, 1, file.width, file.height, 0, 0, 1, 1, scheme];
    // Where the descriptor, the metadata, the global data and the level lie.
    words.extend([word(HEADER), word(descriptor), 0, 0]);
    words.extend([word(start), 0, word(globals.len()), 0]);
    words.extend([word(start + globals.len()), 0, word(level.len()), 0]);
    words.extend([word(uncompressed), 0]);
    words.extend([word(descriptor), 0, 2 | word(block) << 16]);
    words.extend([file.model | LINEAR << 16, 0x0303, 0, 0]);
    for &channel in &file.channels {
        words.extend([u32::from(channel) << 24, 0, 0, u32::MAX]);
    }
    let words: Vec<[u8; 4]> = words.into_iter().map(u32::to_le_bytes).collect();
    [IDENTIFIER, words.as_flattened(), globals, level].concat()
}

/// Puts each channel in its place.
fn arrange(mut rgba: Vec<u8>, channels: Channels) -> Vec<u8> {
    for texel in rgba.chunks_exact_mut(4) {
        match channels {
            Channels::Rgba => {}
            Channels::Rgb => texel[3] = u8::MAX,
            Channels::RedAndGreenInAlpha => texel.copy_from_slice(&[texel[0], texel[3], 0, 255]),
            Channels::RedGreen => texel[2..].copy_from_slice(&[0, 255]),
        }
    }
    rgba
}
