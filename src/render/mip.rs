//! Mip levels by a box filter, on the CPU.

use std::sync::LazyLock;

/// One level of a texture, 8-bit RGBA.
pub(super) struct Level {
    pub size: (u32, u32),
    pub rgba: Vec<u8>,
}

/// The level below: half the size, rounded down, each texel the mean of the four it covers (an odd
/// last row or column is left out, as drivers do). Colors of an sRGB texture are averaged in linear
/// light.
pub(super) fn half(size: (u32, u32), rgba: &[u8], srgb: bool) -> Level {
    let (width, height) = (size.0 as usize, size.1 as usize);
    let (half_width, half_height) = ((width / 2).max(1), (height / 2).max(1));
    let mut out = Vec::with_capacity(4 * half_width * half_height);
    for y in 0..half_height {
        let rows = [2 * y, (2 * y + 1).min(height - 1)];
        for x in 0..half_width {
            let columns = [2 * x, (2 * x + 1).min(width - 1)];
            for channel in 0..4 {
                let texel = |i: usize| {
                    let (row, column) = (rows[i / 2], columns[i % 2]);
                    rgba[4 * (row * width + column) + channel]
                };
                let texels = [texel(0), texel(1), texel(2), texel(3)];
                out.push(if srgb && channel < 3 {
                    mean_in_linear_light(texels)
                } else {
                    mean(texels)
                });
            }
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most half of what came in as u32"
    )]
    let size = (half_width as u32, half_height as u32);
    Level { size, rgba: out }
}

#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
fn mean(texels: [u8; 4]) -> u8 {
    let sum: u16 = texels.into_iter().map(u16::from).sum();
    ((sum + 2) / 4) as u8
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mean of bytes is a byte"
)]
fn mean_in_linear_light(texels: [u8; 4]) -> u8 {
    static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
        std::array::from_fn(|i| {
            #[expect(clippy::cast_precision_loss, reason = "small integers")]
            let encoded = i as f32 / 255.0;
            if encoded <= 0.04045 {
                encoded / 12.92
            } else {
                ((encoded + 0.055) / 1.055).powf(2.4)
            }
        })
    });
    if texels.iter().all(|&t| t == texels[0]) {
        return texels[0];
    }
    let linear = texels
        .into_iter()
        .map(|t| LINEAR[usize::from(t)])
        .sum::<f32>()
        / 4.0;
    let encoded = if linear <= 0.003_130_8 {
        12.92 * linear
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    };
    (encoded * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_and_white_meet_at_half_the_light() {
        let checker = [[0, 0, 0, 0], [255, 255, 255, 255]].concat();
        let rgba = [checker.clone(), checker].concat();
        assert_eq!(half((2, 2), &rgba, true).rgba, [188, 188, 188, 128]);
        assert_eq!(half((2, 2), &rgba, false).rgba, [128, 128, 128, 128]);
    }

    #[test]
    fn odd_sizes_go_down_to_one_texel() {
        let level = half((3, 1), &[10; 12], false);
        assert_eq!((level.size, level.rgba.len()), ((1, 1), 4));
    }
}
