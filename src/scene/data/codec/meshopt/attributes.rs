//! Mode 0: elements as differences of bytes, words or bits, in planes of one byte position each.

use super::reader::Reader;
use super::{SceneError, invalid, wrong_header, wrong_length};

/// Elements whose differences are packed together.
const GROUP: usize = 16;
/// Elements of a block, at most.
const BLOCK: usize = 256;
/// Bytes of a block, at most.
const BLOCK_BYTES: usize = 8192;
/// How each plane of version 0 is packed.
const VERSION_0: [usize; 4] = [0, 2, 4, 8];

/// How the four bytes of a channel follow from those of the element before.
#[derive(Clone, Copy, Debug)]
enum Channel {
    /// Each byte by its difference.
    Bytes,
    /// Each pair of bytes by its difference.
    Words,
    /// All by the bits that differ, rotated left by so many.
    Bits(u32),
}

/// One byte position of all elements of a block.
type Plane = [u8; BLOCK];

/// Decodes `size` bytes of elements of `stride` bytes.
pub fn decode(stream: &[u8], stride: usize, size: usize) -> Result<Vec<u8>, SceneError> {
    let (versioned, tail, padded) = match stream.first() {
        Some(0xa0) => (false, stride, stride.max(32)),
        Some(0xa1) => (true, stride + stride / 4, (stride + stride / 4).max(24)),
        other => return Err(wrong_header(other)),
    };
    let (Some(end), Some(tail)) = (
        stream.len().checked_sub(padded),
        stream.len().checked_sub(tail),
    ) else {
        return Err(wrong_length());
    };
    let body = stream.get(1..end).ok_or_else(wrong_length)?;
    let (first, modes) = stream[tail..].split_at(stride);
    let channels = if versioned {
        modes
            .iter()
            .map(|mode| channel(*mode))
            .collect::<Result<_, _>>()?
    } else {
        vec![Channel::Bytes; stride / 4]
    };
    let block_size = (BLOCK_BYTES / stride / GROUP * GROUP).min(BLOCK) * stride;
    // Each channel of a block has a byte of controls or, without, four planes with headers.
    let least = size.div_ceil(block_size).saturating_mul(channels.len());
    if least > body.len() {
        return Err(wrong_length());
    }
    let mut decoded = vec![0; size];
    let mut last = first.to_vec();
    let mut reader = Reader(body);
    for block in decoded.chunks_mut(block_size) {
        decode_block(&mut reader, versioned, &channels, &mut last, block)
            .ok_or_else(wrong_length)?;
    }
    if !reader.0.is_empty() {
        return Err(wrong_length());
    }
    Ok(decoded)
}

fn channel(mode: u8) -> Result<Channel, SceneError> {
    match (mode & 15, mode >> 4) {
        (0, 0) => Ok(Channel::Bytes),
        (1, 0) => Ok(Channel::Words),
        (2, rotation) => Ok(Channel::Bits(u32::from(rotation))),
        _ => Err(invalid(format!(
            "the compressed data has channel mode {mode:#04x}, which does not exist."
        ))),
    }
}

/// Decodes the elements of `block`, which follow the element `last`; none if the stream ends before.
fn decode_block(
    reader: &mut Reader,
    versioned: bool,
    channels: &[Channel],
    last: &mut [u8],
    block: &mut [u8],
) -> Option<()> {
    let stride = last.len();
    let count = block.len() / stride;
    let controls = if versioned {
        Some(reader.take(channels.len())?)
    } else {
        None
    };
    let mut planes = [[0; BLOCK]; 4];
    for (index, channel) in channels.iter().enumerate() {
        for (byte, plane) in planes.iter_mut().enumerate() {
            match controls.map(|controls| controls[index] >> (2 * byte) & 3) {
                None => unpack(reader, VERSION_0, plane, count)?,
                Some(0) => unpack(reader, [0, 1, 2, 4], plane, count)?,
                Some(1) => unpack(reader, [1, 2, 4, 8], plane, count)?,
                Some(2) => plane.fill(0),
                Some(_) => plane[..count].copy_from_slice(reader.take(count)?),
            }
        }
        let at = 4 * index..4 * index + 4;
        let mut previous = [
            last[at.start],
            last[at.start + 1],
            last[at.start + 2],
            last[at.start + 3],
        ];
        match channel {
            Channel::Bytes => follow(&planes, block, stride, at.start, &mut previous, |p, d| {
                std::array::from_fn(|i| p[i].wrapping_add(unzigzag_byte(d[i])))
            }),
            Channel::Words => follow(&planes, block, stride, at.start, &mut previous, |p, d| {
                let word = |i: usize| {
                    let code = u16::from_le_bytes([d[i], d[i + 1]]);
                    let delta = (code >> 1) ^ (code & 1).wrapping_neg();
                    u16::from_le_bytes([p[i], p[i + 1]])
                        .wrapping_add(delta)
                        .to_le_bytes()
                };
                let ([a, b], [c, d]) = (word(0), word(2));
                [a, b, c, d]
            }),
            Channel::Bits(rotation) => {
                follow(&planes, block, stride, at.start, &mut previous, |p, d| {
                    let bits = u32::from_le_bytes(d).rotate_right(*rotation);
                    (u32::from_le_bytes(p) ^ bits).to_le_bytes()
                });
            }
        }
        last[at].copy_from_slice(&previous);
    }
    Some(())
}

/// Writes the four bytes at `at` of each element of `block`, each from the ones before and its
/// difference.
fn follow(
    [a, b, c, d]: &[Plane; 4],
    block: &mut [u8],
    stride: usize,
    at: usize,
    previous: &mut [u8; 4],
    next: impl Fn([u8; 4], [u8; 4]) -> [u8; 4],
) {
    let differences = a.iter().zip(b).zip(c).zip(d);
    for (element, (((a, b), c), d)) in block.chunks_exact_mut(stride).zip(differences) {
        *previous = next(*previous, [*a, *b, *c, *d]);
        element[at..at + 4].copy_from_slice(previous);
    }
}

fn unzigzag_byte(code: u8) -> u8 {
    (code >> 1) ^ (code & 1).wrapping_neg()
}

/// Reads `count` differences, groups of 16, each with one of four numbers of bits.
fn unpack(reader: &mut Reader, widths: [usize; 4], plane: &mut Plane, count: usize) -> Option<()> {
    let groups = count.div_ceil(GROUP);
    let headers = reader.take(groups.div_ceil(4))?;
    let (plane, _) = plane.as_chunks_mut::<GROUP>();
    for (index, group) in plane.iter_mut().take(groups).enumerate() {
        let header = headers[index / 4] >> (2 * (index % 4)) & 3;
        match widths[usize::from(header)] {
            0 => group.fill(0),
            8 => group.copy_from_slice(reader.take(GROUP)?),
            bits => unpack_group(reader, bits, group)?,
        }
    }
    Some(())
}

/// Reads 16 numbers of 1, 2 or 4 bits; the greatest stands for a byte that comes after them all.
fn unpack_group(reader: &mut Reader, bits: usize, group: &mut [u8; GROUP]) -> Option<()> {
    let packed = reader.take(GROUP * bits / 8)?;
    let per_byte = 8 / bits;
    let sentinel = (1 << bits) - 1;
    for (index, number) in group.iter_mut().enumerate() {
        let place = index % per_byte;
        // Single bits go from the least significant one up, the others down.
        let place = if bits == 1 {
            place
        } else {
            per_byte - 1 - place
        };
        *number = packed[index / per_byte] >> (bits * place) & sentinel;
    }
    for number in group.iter_mut().filter(|number| **number == sentinel) {
        *number = reader.byte()?;
    }
    Some(())
}
