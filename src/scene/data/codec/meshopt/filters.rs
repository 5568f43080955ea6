//! What is made of the decoded elements of mode 0, in place.
//!
//! Numbers that no encoder writes give numbers of no meaning, as the specification allows; casts
//! from floats saturate.

use super::Filter;

/// Applies `filter` to elements of `stride` bytes.
pub fn apply(filter: Filter, stride: usize, bytes: &mut [u8]) {
    match (filter, stride) {
        (Filter::None, _) => {}
        (Filter::Octahedral, 4) => bytes_of(bytes, octahedral),
        (Filter::Octahedral, _) => shorts_of(bytes, octahedral),
        (Filter::Quaternion, _) => shorts_of(bytes, quaternion),
        (Filter::Exponential, _) => {
            for number in bytes.as_chunks_mut().0 {
                *number = exponential(i32::from_le_bytes(*number)).to_le_bytes();
            }
        }
        (Filter::Color, 4) => bytes_of(bytes, color),
        (Filter::Color, _) => shorts_of(bytes, color),
    }
}

/// Makes four integers of others, all of so many bits.
type FourIntegers = fn([i32; 4], u32) -> [i32; 4];

fn bytes_of(bytes: &mut [u8], filter: FourIntegers) {
    for element in bytes.as_chunks_mut::<4>().0 {
        let wide = element.map(|byte| i32::from(byte.cast_signed()));
        // Of a number in range, the low byte is all.
        *element = filter(wide, 8).map(|number| number.to_le_bytes()[0]);
    }
}

fn shorts_of(bytes: &mut [u8], filter: FourIntegers) {
    let (shorts, _) = bytes.as_chunks_mut::<2>();
    for element in shorts.as_chunks_mut::<4>().0 {
        let wide = element.map(|bytes| i32::from(i16::from_le_bytes(bytes)));
        *element = filter(wide, 16).map(|number| {
            let [low, high, ..] = number.to_le_bytes();
            [low, high]
        });
    }
}

/// The integer nearest to a number, halves away from zero, within the signed range of `bits`.
fn signed(number: f32, bits: u32) -> i32 {
    let most = (1 << (bits - 1)) - 1;
    round(number).clamp(-most - 1, most)
}

fn round(number: f32) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "it is to saturate")]
    let rounded = number.round() as i32;
    rounded
}

/// An integer of at most 24 bits, exactly.
fn float(integer: i32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "the integers are small")]
    let float = integer as f32;
    float
}

/// Filter 1: a unit vector from its place on an octahedron; the fourth component stays.
fn octahedral([x, y, one, rest]: [i32; 4], bits: u32) -> [i32; 4] {
    let [mut x, mut y, one] = [x, y, one].map(float);
    let z = one - x.abs() - y.abs();
    let fold = z.min(0.0);
    x += if x >= 0.0 { fold } else { -fold };
    y += if y >= 0.0 { fold } else { -fold };
    let most = float((1 << (bits - 1)) - 1);
    let scale = most / (x * x + y * y + z * z).sqrt();
    let [x, y, z] = [x, y, z].map(|number| signed(number * scale, bits));
    [x, y, z, rest]
}

/// Filter 2: a unit quaternion from all components but the largest.
fn quaternion([x, y, z, last]: [i32; 4], bits: u32) -> [i32; 4] {
    let one = float(last | 3);
    let [x, y, z] = [x, y, z].map(|number| float(number) / one * std::f32::consts::FRAC_1_SQRT_2);
    let w = (1.0 - x * x - y * y - z * z).max(0.0).sqrt();
    let mut components = [w, x, y, z].map(|number| signed(number * 32767.0, bits));
    components.rotate_right(usize::from(last.to_le_bytes()[0] & 3));
    components
}

/// Filter 3: a float from 8 bits of exponent and 24 of mantissa.
fn exponential(bits: i32) -> f32 {
    let (exponent, mantissa) = (bits >> 24, bits << 8 >> 8);
    // Exact in double precision; rounded once.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "as the specification has it"
    )]
    let float = (2.0_f64.powi(exponent) * f64::from(mantissa)) as f32;
    float
}

/// Filter 4: RGBA from luma and two chroma, with the number of bits in the alpha's highest one.
fn color([y, co, cg, alpha]: [i32; 4], bits: u32) -> [i32; 4] {
    let mask = (1 << bits) - 1;
    let (y, alpha) = (y & mask, alpha & mask);
    // All ones below and at the highest one of alpha.
    let one = (1_i32 << (32 - alpha.leading_zeros())) - 1;
    let opacity = alpha & one >> 1;
    let scale = float(mask) / float(one);
    let channels = [y + co - cg, y + cg, y - co - cg, opacity << 1 | opacity & 1];
    channels.map(|channel| round(float(channel) * scale).clamp(0, mask))
}
