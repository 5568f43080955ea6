//! KTX2 files of flat images: Basis Universal (ETC1S, UASTC) as `KHR_texture_basisu` has it, and
//! besides plain 8-bit formats, each with Zstandard where the container allows it.
//!
//! Only the largest mip level of a file is read; the others are made from it, as for every image.
//! Sides need not be multiples of 4, although `KHR_texture_basisu` wants that. Whether a texture is
//! in sRGB follows from what a material uses it for, not from the file.

use std::borrow::Cow;

use super::super::SceneError;
use super::super::budget::Budget;
use super::super::error::unsupported;
use super::basis;
use super::container::{Container, broken};
use super::guard::guard;
use super::zstd;

pub(in crate::scene) use super::container::IDENTIFIER;

/// Decodes the largest mip level of a file: columns, rows and RGBA, first row first.
///
/// # Errors
/// If the file is broken, of another kind, or larger than the budget allows.
pub(in crate::scene) fn decode(
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<(u32, u32, Vec<u8>), SceneError> {
    let file = Container::new(bytes)?;
    budget.texture(file.width, file.height)?;
    let rgba = match (file.format, file.model) {
        (0, basis::ETC1S) => basis::etc1s(&file)?,
        (0, basis::UASTC) => {
            let blocks = file.width.div_ceil(4) as usize * file.height.div_ceil(4) as usize;
            basis::uastc(&file, &texels(&file, 16 * blocks)?)?
        }
        _ => plain(&file)?,
    };
    Ok((file.width, file.height, rgba))
}

/// Decodes the formats that are nothing but bytes. Absent channels are 0, absent alpha is 1, as
/// Vulkan has it.
fn plain(file: &Container) -> Result<Vec<u8>, SceneError> {
    // VK_FORMAT_R8_UNORM, R8_SRGB and so on.
    let channels = match file.format {
        9 | 15 => 1,
        16 | 22 => 2,
        23 | 29 => 3,
        37 | 43 => 4,
        format => {
            return Err(unsupported(format!(
                "the KTX2 has vkFormat {format} and color model {}; drawn are ETC1S, UASTC and \
                 plain 8-bit channels.",
                file.model
            )));
        }
    };
    let texels = texels(file, channels * file.width as usize * file.height as usize)?;
    let texels = texels.chunks_exact(channels).flat_map(|texel| {
        let mut rgba = [0, 0, 0, u8::MAX];
        rgba[..channels].copy_from_slice(texel);
        rgba
    });
    Ok(texels.collect())
}

/// The bytes of the largest mip level, `length` of them.
fn texels<'a>(file: &Container<'a>, length: usize) -> Result<Cow<'a, [u8]>, SceneError> {
    let fits = match file.scheme {
        0 => file.level.len() == length,
        2 => file.uncompressed == length as u64,
        scheme => {
            return Err(unsupported(format!(
                "the KTX2 has supercompressionScheme {scheme}, which is not drawn here."
            )));
        }
    };
    if !fits {
        return Err(broken("its mip level 0 has another size than the image"));
    }
    if file.scheme == 0 {
        return Ok(file.level.into());
    }
    let bytes = guard(|| zstd::decompress(file.level, length)).flatten();
    bytes
        .map(Cow::from)
        .ok_or_else(|| broken("its Zstandard frame cannot be decompressed"))
}
