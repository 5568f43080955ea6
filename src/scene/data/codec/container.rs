//! The container of KTX 2.0: where a file says what it holds and where. Nothing is decoded here, and
//! nothing of a size that the file names is allocated.
//!
//! Sections are those of the KTX File Format Specification 2.0.

use crate::scene::SceneError;
use crate::scene::error::{invalid, unsupported};

/// The first bytes of a file.
pub(in crate::scene) const IDENTIFIER: &[u8; 12] = b"\xabKTX 20\xbb\r\n\x1a\n";

/// A flat image, as its file describes it.
#[derive(Debug)]
pub(super) struct Container<'a> {
    /// A `VkFormat`; 0 for Basis Universal.
    pub format: u32,
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// Mip levels in the file, at least 1.
    pub levels: u32,
    /// `supercompressionScheme`.
    pub scheme: u32,
    /// `colorModel` of the data format descriptor.
    pub model: u32,
    /// The channels of the descriptor's samples, in their order.
    pub channels: Vec<u8>,
    /// `supercompressionGlobalData`.
    pub globals: &'a [u8],
    /// The largest mip level, as stored.
    pub level: &'a [u8],
    /// Its `uncompressedByteLength`.
    pub uncompressed: u64,
}

impl<'a> Container<'a> {
    /// Takes a file apart.
    ///
    /// # Errors
    /// If the file is broken, not flat, or has metadata that `KHR_texture_basisu` forbids: rows that
    /// do not go right and down, exchanged channels, premultiplied alpha.
    pub fn new(file: &'a [u8]) -> Result<Self, SceneError> {
        let u32_at = |at| Some(u32::from_le_bytes(array(file, at)?));
        let u64_at = |at| Some(u64::from_le_bytes(array(file, at)?));
        let cut = || broken("it ends within its header");
        let field = |index: usize| u32_at(IDENTIFIER.len() + 4 * index).ok_or_else(cut);
        let long = |at| u64_at(at).ok_or_else(cut);

        let (width, height, depth) = (field(2)?, field(3)?, field(4)?);
        let (layers, faces, levels) = (field(5)?, field(6)?, field(7)?);
        if width == 0 || height == 0 || depth != 0 || layers != 0 || faces != 1 {
            return Err(unsupported("the KTX2 is not a flat, single image."));
        }
        // The last level is one of a single texel (3.7).
        let most = u32::BITS - width.max(height).leading_zeros();
        if levels > most {
            return Err(broken(&format!(
                "it has {levels} mip levels, but an image of its size has at most {most}"
            )));
        }
        let descriptor = part(file, field(9)?, field(10)?, "data format descriptor")?;
        check_metadata(part(file, field(11)?, field(12)?, "key/value data")?)?;
        let (model, channels) = describe(descriptor)?;
        Ok(Self {
            format: field(0)?,
            width,
            height,
            levels: levels.max(1),
            scheme: field(8)?,
            model,
            channels,
            globals: part(file, long(64)?, long(72)?, "global data")?,
            level: part(file, long(80)?, long(88)?, "mip level 0")?,
            uncompressed: long(96)?,
        })
    }
}

/// A broken rule of KTX 2.0.
pub(super) fn broken(what: &str) -> SceneError {
    invalid(format!("the KTX2 is broken: {what}."))
}

/// The `N` bytes from `at` on.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn part<'a>(
    file: &'a [u8],
    start: impl Into<u64>,
    length: impl Into<u64>,
    name: &str,
) -> Result<&'a [u8], SceneError> {
    let (start, length) = (start.into(), length.into());
    if length == 0 {
        return Ok(&[]);
    }
    let range = || {
        let end = usize::try_from(start.checked_add(length)?).ok()?;
        file.get(usize::try_from(start).ok()?..end)
    };
    range().ok_or_else(|| broken(&format!("its {name} reads past the end")))
}

/// The color model and the channels of a data format descriptor (5).
fn describe(descriptor: &[u8]) -> Result<(u32, Vec<u8>), SceneError> {
    const PREMULTIPLIED: u8 = 1;
    let read = || {
        let [_, _, size @ ..]: [u8; 4] = array(descriptor, 8)?;
        let [model, _primaries, _transfer, flags]: [u8; 4] = array(descriptor, 12)?;
        // Words of the block after the descriptor's total size: six, then four for each sample.
        let block = descriptor.get(4..4 + usize::from(u16::from_le_bytes(size)))?;
        let samples = block.get(24..)?.chunks_exact(16);
        let channels = samples.map(|sample| sample[3] & 0x0f).collect();
        Some((model, flags, channels))
    };
    let (model, flags, channels) =
        read().ok_or_else(|| broken("its data format descriptor is too short"))?;
    if flags & PREMULTIPLIED != 0 {
        return Err(unsupported(
            "the KTX2 has premultiplied alpha, which KHR_texture_basisu forbids.",
        ));
    }
    Ok((model.into(), channels))
}

/// Refuses metadata (3.11) that would turn the image or its channels.
fn check_metadata(mut entries: &[u8]) -> Result<(), SceneError> {
    while let Some((length, rest)) = entries.split_first_chunk() {
        let length = u32::from_le_bytes(*length) as usize;
        let entry = rest.get(..length);
        let entry = entry.ok_or_else(|| broken("its key/value data reads past the end"))?;
        let mut parts = entry.splitn(2, |&byte| byte == 0);
        let (key, value) = (parts.next(), parts.next().unwrap_or_default());
        let value = value.strip_suffix(b"\0").unwrap_or(value);
        let only: &[u8] = match key {
            Some(b"KTXorientation") => b"rd",
            Some(b"KTXswizzle") => b"rgba",
            _ => value,
        };
        if value != only {
            let key = String::from_utf8_lossy(key.unwrap_or_default());
            let only = String::from_utf8_lossy(only);
            return Err(unsupported(format!(
                "the KTX2 has another {key} than \"{only}\", which KHR_texture_basisu forbids."
            )));
        }
        entries = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(())
}
