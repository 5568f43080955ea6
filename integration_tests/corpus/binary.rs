//! What can be wrong with bytes.

use super::seeds::Seed;
use crate::harness::gltf::data_uri;

/// The bytes of a base64 data URI.
pub fn decode(uri: &str) -> Option<Vec<u8>> {
    let (head, text) = uri.split_once(',')?;
    (head.starts_with("data:") && head.ends_with(";base64"))
        .then(|| base64_simd::STANDARD.decode_to_vec(text).ok())?
}

/// A base64 data URI.
pub fn encode(bytes: &[u8]) -> String {
    data_uri("application/octet-stream", bytes)
}

/// A change of the bytes of a buffer or image.
#[derive(Clone, Copy, Debug)]
pub enum Payload {
    /// Cut to so many bytes.
    Cut(usize),
    /// A bit flipped.
    Flip(usize),
    /// All bytes the same.
    Fill(u8),
    /// Four bytes at a place.
    Word(usize, u32),
    /// More bytes than announced.
    Longer,
}

impl Payload {
    /// Changes all over the bytes.
    pub fn all(bytes: &[u8]) -> Vec<Self> {
        if bytes.is_empty() {
            return vec![Self::Longer];
        }
        let places = |count: usize| {
            let count = count.min(bytes.len());
            (0..count).map(move |i| i * bytes.len() / count)
        };
        let mut all = vec![Self::Longer, Self::Cut(bytes.len() - 1)];
        all.extend([0, 1, 0x7f, 0x80, 0xff].map(Self::Fill));
        all.extend(places(6).map(Self::Cut));
        all.extend(
            places(24)
                .enumerate()
                .map(|(i, at)| Self::Flip(8 * at + i % 8)),
        );
        let words = [
            f32::NAN.to_bits(),
            f32::INFINITY.to_bits(),
            f32::MAX.to_bits(),
            (-f32::MAX).to_bits(),
            1, // The least float, and an index.
            u32::MAX,
            1 << 31,
        ];
        all.extend(places(6).flat_map(|at| words.map(|word| Self::Word(at / 4 * 4, word))));
        all
    }

    /// The bytes after the change.
    pub fn apply(self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Cut(length) => bytes.truncate(length),
            Self::Flip(bit) => bytes[bit / 8] ^= 1 << (bit % 8),
            Self::Fill(byte) => bytes.fill(byte),
            Self::Word(at, word) => {
                let word = word.to_le_bytes();
                bytes
                    .iter_mut()
                    .skip(at)
                    .zip(word)
                    .for_each(|(b, w)| *b = w);
            }
            Self::Longer => bytes.extend([0xa5; 5]),
        }
        bytes
    }
}

/// A change of a GLB container.
#[derive(Clone, Copy, Debug)]
pub enum Container {
    /// Cut to so many bytes.
    Cut(usize),
    /// Four bytes of the header, or of a chunk's.
    Word(usize, u32),
    /// The chunks in the other order.
    Swapped,
    /// The JSON twice.
    TwoJson,
    /// The BIN chunk twice.
    TwoBin,
    /// A chunk of another type between the two.
    Between,
    /// No chunk at all.
    Empty,
    /// Bytes after the end.
    Trailing,
}

impl Container {
    /// All changes of a seed that is GLB.
    pub fn all(seed: &Seed) -> Vec<Self> {
        let file = seed.bytes();
        let json = u32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
        let bin = 20 + json;
        let near = |at: usize| (at.saturating_sub(5)..at + 6).filter(|at| *at < file.len());
        let boundaries = [12, 20, bin, bin + 8, file.len()];
        let mut all: Vec<_> = (0..40)
            .chain(boundaries.into_iter().flat_map(near))
            .map(Self::Cut)
            .collect();
        for at in [0, 4, 8, 12, 16, bin, bin + 4] {
            let word = u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
            let odd = [
                0,
                1,
                3,
                1 << 31,
                u32::MAX,
                u32::MAX - 7,
                0x4E4F_534A,
                0x004E_4942,
            ];
            let near = [-4, -1, 1, 4].map(|more| word.wrapping_add_signed(more));
            all.extend(odd.into_iter().chain(near).map(|word| Self::Word(at, word)));
        }
        all.extend([
            Self::Swapped,
            Self::TwoJson,
            Self::TwoBin,
            Self::Between,
            Self::Empty,
            Self::Trailing,
        ]);
        all
    }

    /// The file.
    pub fn apply(self, seed: &Seed) -> Vec<u8> {
        let mut file = seed.bytes();
        let text = serde_json::to_vec(&seed.json).unwrap();
        let bin = seed.bin.as_deref().unwrap_or_default();
        let (json, bin): (Chunk, Chunk) = ((b"JSON", &text), (b"BIN\0", bin));
        match self {
            Self::Cut(length) => file.truncate(length),
            Self::Word(at, word) => file[at..at + 4].copy_from_slice(&word.to_le_bytes()),
            Self::Swapped => file = glb(&[bin, json]),
            Self::TwoJson => file = glb(&[json, json, bin]),
            Self::TwoBin => file = glb(&[json, bin, bin]),
            Self::Between => file = glb(&[json, (b"more", b"1234"), bin]),
            Self::Empty => file = glb(&[]),
            Self::Trailing => file.extend([7; 9]),
        }
        file
    }
}

/// The type and the bytes of a chunk.
type Chunk<'a> = (&'a [u8; 4], &'a [u8]);

/// A GLB file of chunks.
pub fn glb(chunks: &[Chunk]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, data) in chunks {
        let padding = data.len().next_multiple_of(4) - data.len();
        let length = u32::try_from(data.len() + padding).unwrap();
        body.extend(length.to_le_bytes());
        body.extend(*kind);
        body.extend(*data);
        body.extend(vec![if *kind == b"JSON" { b' ' } else { 0 }; padding]);
    }
    let length = u32::try_from(12 + body.len()).unwrap();
    let mut file = b"glTF\x02\0\0\0".to_vec();
    file.extend(length.to_le_bytes());
    file.extend(body);
    file
}
