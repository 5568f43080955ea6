//! KTX2 files of flat images: Basis Universal (ETC1S, UASTC) as `KHR_texture_basisu` has it, and
//! besides plain 8-bit formats, each with Zstandard where the container allows it.
//!
//! Only the largest mip level of a file is read; the others are made from it, as for every image.
//! Sides need not be multiples of 4, although `KHR_texture_basisu` wants that. Whether a texture is
//! in sRGB follows from what a material uses it for, not from the file.

use std::borrow::Cow;

pub(in crate::scene) use super::container::IDENTIFIER;
use super::container::{Container, broken};
use super::guard::guard;
use super::{basis, zstd};
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::error::unsupported;

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
    let bytes = guard("Zstandard", || zstd::decompress(file.level, length)).flatten();
    bytes
        .map(Cow::from)
        .ok_or_else(|| broken("its Zstandard frame cannot be decompressed"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;
    use crate::scene::Limits;

    /// A file of plain texels or blocks that a test then changes.
    struct File {
        /// vkFormat, typeSize, sides, depth, layers, faces, levels, scheme.
        header: [u32; 9],
        model: u32,
        flags: u32,
        channels: Vec<u32>,
        metadata: Vec<u8>,
        level: Vec<u8>,
        uncompressed: u64,
    }

    impl File {
        fn plain(format: u32, level: &[u8]) -> Self {
            Self {
                header: [format, 1, 2, 1, 0, 0, 1, 1, 0],
                model: 1,
                flags: 0,
                channels: vec![0],
                metadata: Vec::new(),
                level: level.to_vec(),
                uncompressed: level.len() as u64,
            }
        }

        /// One block of one color in mode 8 of UASTC.
        fn uastc(channel: u32, color: [u8; 4]) -> Self {
            // Five bits that say the mode, then the color, bits in rising order.
            let bits = 0b10111 | u128::from(u32::from_le_bytes(color)) << 5;
            Self {
                header: [0, 1, 2, 1, 0, 0, 1, 1, 0],
                model: basis::UASTC,
                channels: vec![channel],
                ..Self::plain(0, &bits.to_le_bytes())
            }
        }

        fn metadata(key: &str, value: &str) -> Self {
            let entry = format!("{key}\0{value}\0");
            let mut metadata = u32::try_from(entry.len()).unwrap().to_le_bytes().to_vec();
            metadata.extend(entry.bytes());
            metadata.resize(metadata.len().next_multiple_of(4), 0);
            Self {
                metadata,
                ..Self::plain(9, &[1, 2])
            }
        }

        fn bytes(&self) -> Vec<u8> {
            let small = |size: usize| u32::try_from(size).unwrap();
            let block = 24 + 16 * small(self.channels.len());
            let metadata = small(self.metadata.len());
            let start = 104 + 4 + block + metadata;
            let mut words = self.header.to_vec();
            words.extend([104, 4 + block, 108 + block, metadata, 0, 0, 0, 0]);
            words.extend([start, 0, small(self.level.len()), 0]);
            words.extend([u32::try_from(self.uncompressed).unwrap(), 0]);
            words.extend([4 + block, 0, 2 | block << 16]);
            words.extend([self.model | self.flags << 24, 0, 0, 0]);
            for channel in &self.channels {
                words.extend([channel << 24, 0, 0, u32::MAX]);
            }
            let words: Vec<_> = words.into_iter().map(u32::to_le_bytes).collect();
            [
                IDENTIFIER,
                words.as_flattened(),
                &self.metadata,
                &self.level,
            ]
            .concat()
        }

        fn decode(&self) -> Result<Vec<u8>, String> {
            let limits = Limits {
                texture_side: 8,
                ..Limits::default()
            };
            let decoded = decode(&self.bytes(), &mut Budget::new(&limits));
            decoded.map(|(_, _, rgba)| rgba).map_err(|e| e.to_string())
        }
    }

    #[test]
    fn plain_formats_have_one_to_four_channels() {
        for (formats, level, rgba) in [
            ([9, 15], &[1, 2][..], [1, 0, 0, 255, 2, 0, 0, 255]),
            ([16, 22], &[1, 2, 3, 4], [1, 2, 0, 255, 3, 4, 0, 255]),
            ([23, 29], &[1, 2, 3, 4, 5, 6], [1, 2, 3, 255, 4, 5, 6, 255]),
            (
                [37, 43],
                &[1, 2, 3, 4, 5, 6, 7, 8],
                [1, 2, 3, 4, 5, 6, 7, 8],
            ),
        ] {
            for format in formats {
                let mut file = File::plain(format, level);
                assert_eq!(file.decode().unwrap(), rgba, "{format}");
                file.level = compress_to_vec(level, CompressionLevel::Uncompressed);
                file.header[8] = 2;
                assert_eq!(file.decode().unwrap(), rgba, "{format} in Zstandard");
            }
        }
    }

    #[test]
    fn channels_of_uastc_go_where_they_belong() {
        for (channel, texel) in [
            (0, [10, 20, 30, 255]),
            (3, [10, 20, 30, 40]),
            (4, [10, 20, 30, 255]),
            (5, [10, 40, 0, 255]),
            (6, [10, 20, 0, 255]),
        ] {
            let file = File::uastc(channel, [10, 20, 30, 40]);
            assert_eq!(file.decode().unwrap(), [texel, texel].concat(), "{channel}");
        }
    }

    #[test]
    fn harmless_metadata_is_allowed() {
        for (key, value) in [
            ("KTXorientation", "rd"),
            ("KTXswizzle", "rgba"),
            ("KTXwriter", "a test"),
        ] {
            assert!(File::metadata(key, value).decode().is_ok(), "{key}");
        }
    }

    #[test]
    fn what_is_forbidden_is_named() {
        let flat = "scene: the KTX2 is not a flat, single image.";
        let with = |index: usize, value: u32| {
            let mut file = File::plain(9, &[1, 2]);
            file.header[index] = value;
            file
        };
        let uastc = |channels: &[u32]| File {
            channels: channels.to_vec(),
            ..File::uastc(0, [0; 4])
        };
        for (file, message) in [
            (with(2, 0), flat),
            (with(3, 0), flat),
            (with(4, 1), flat),
            (with(5, 2), flat),
            (with(6, 6), flat),
            (
                with(2, 9),
                "scene: 9 x 1 pixels; a texture may have at most 8 on a side (--max-texture-side).",
            ),
            (
                with(7, u32::MAX),
                "scene: the KTX2 is broken: it has 4294967295 mip levels, but an image of its size \
                 has at most 2.",
            ),
            (
                with(0, 97),
                "scene: the KTX2 has vkFormat 97 and color model 1; drawn are ETC1S, UASTC and \
                 plain 8-bit channels.",
            ),
            (
                with(8, 3),
                "scene: the KTX2 has supercompressionScheme 3, which is not drawn here.",
            ),
            (
                with(2, 3),
                "scene: the KTX2 is broken: its mip level 0 has another size than the image.",
            ),
            (
                File {
                    uncompressed: 3,
                    ..with(8, 2)
                },
                "scene: the KTX2 is broken: its mip level 0 has another size than the image.",
            ),
            (
                with(8, 2),
                "scene: the KTX2 is broken: its Zstandard frame cannot be decompressed.",
            ),
            (
                File {
                    flags: 1,
                    ..with(0, 9)
                },
                "scene: the KTX2 has premultiplied alpha, which KHR_texture_basisu forbids.",
            ),
            (
                File::metadata("KTXorientation", "ru"),
                "scene: the KTX2 has another KTXorientation than \"rd\", which \
                 KHR_texture_basisu forbids.",
            ),
            (
                File::metadata("KTXswizzle", "rrr1"),
                "scene: the KTX2 has another KTXswizzle than \"rgba\", which KHR_texture_basisu \
                 forbids.",
            ),
            (
                uastc(&[7]),
                "scene: the KTX2 has channels that UASTC does not define.",
            ),
            (
                uastc(&[0, 0]),
                "scene: the KTX2 has channels that UASTC does not define.",
            ),
            (
                File {
                    model: basis::ETC1S,
                    ..uastc(&[15])
                },
                "scene: the KTX2 has channels that ETC1S does not define.",
            ),
            (
                File {
                    model: basis::ETC1S,
                    ..uastc(&[0])
                },
                "scene: the KTX2 is broken: its ETC1S is not compressed by BasisLZ.",
            ),
        ] {
            assert_eq!(file.decode().unwrap_err(), message);
        }
    }
}
