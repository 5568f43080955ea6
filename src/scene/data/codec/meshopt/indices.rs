//! Modes 1 and 2: indices of triangles by the edges they share, and of anything by differences.

use super::reader::{Reader, unzigzag};
use super::{SceneError, invalid, wrong_header, wrong_length};

/// The last 16 things of a kind.
#[derive(Debug)]
struct Fifo<T> {
    entries: [T; 16],
    next: usize,
}

impl<T: Copy> Fifo<T> {
    fn new(undefined: T) -> Self {
        Self {
            entries: [undefined; 16],
            next: 0,
        }
    }

    fn push(&mut self, entry: T) {
        self.entries[self.next % 16] = entry;
        self.next = (self.next + 1) % 16;
    }

    /// The entry pushed `back` times before the last one.
    fn get(&self, back: u8) -> T {
        self.entries[(self.next + 15 - usize::from(back % 16)) % 16]
    }
}

/// Writes indices of two or four bytes.
#[derive(Debug)]
struct Writer {
    bytes: Vec<u8>,
    short: bool,
}

impl Writer {
    /// The caller knows that the stream is long enough to hold `count` indices.
    fn new(stride: usize, count: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(stride * count),
            short: stride == 2,
        }
    }

    fn push(&mut self, index: u32) -> Result<(), SceneError> {
        if !self.short {
            self.bytes.extend(index.to_le_bytes());
            return Ok(());
        }
        let index = u16::try_from(index)
            .map_err(|_| invalid(format!("the compressed index {index} exceeds two bytes.")))?;
        self.bytes.extend(index.to_le_bytes());
        Ok(())
    }
}

/// The state from triangle to triangle.
#[derive(Debug)]
struct Triangles<'a> {
    data: Reader<'a>,
    table: &'a [u8; 16],
    edges: Fifo<[u32; 2]>,
    vertices: Fifo<u32>,
    next: u32,
    last: u32,
    /// The code from which a third index is not in the FIFO.
    free: u8,
}

/// Decodes `count` indices of a list of triangles.
pub fn triangles(stream: &[u8], stride: usize, count: usize) -> Result<Vec<u8>, SceneError> {
    let free = match stream.first() {
        Some(0xe0) => 15,
        Some(0xe1) => 13,
        other => return Err(wrong_header(other)),
    };
    let mut rest = Reader(&stream[1..]);
    let codes = rest.take(count / 3).ok_or_else(wrong_length)?;
    let (data, table) = rest.0.split_last_chunk().ok_or_else(wrong_length)?;
    if table.iter().any(|pair| pair >> 4 == 15 || pair & 15 == 15) {
        return Err(invalid("the compressed data has a 15 in its table."));
    }
    // What was never pushed is undefined; no mesh has the vertex that this names.
    let mut state = Triangles {
        data: Reader(data),
        table,
        edges: Fifo::new([u32::MAX; 2]),
        vertices: Fifo::new(u32::MAX),
        next: 0,
        last: 0,
        free,
    };
    let mut writer = Writer::new(stride, count);
    for code in codes {
        for index in state.triangle(*code).ok_or_else(wrong_length)? {
            writer.push(index)?;
        }
    }
    if !state.data.0.is_empty() {
        return Err(wrong_length());
    }
    Ok(writer.bytes)
}

impl Triangles<'_> {
    /// The next triangle; none if the data ends within it.
    fn triangle(&mut self, code: u8) -> Option<[u32; 3]> {
        let [a, b, c] = match (code >> 4, code & 15) {
            (15, first @ (14 | 15)) => {
                let pair = self.data.byte()?;
                if pair == 0 {
                    self.next = 0;
                }
                self.corners(first == 14, pair)?
            }
            (15, entry) => self.corners(true, self.table[usize::from(entry)])?,
            (edge, third) => {
                let [a, b] = self.edges.get(edge);
                [a, b, self.third(third)?]
            }
        };
        if code >= 0xf0 {
            self.edges.push([b, a]);
        }
        self.edges.push([c, b]);
        self.edges.push([a, c]);
        Some([a, b, c])
    }

    /// The third vertex of a triangle on a known edge.
    fn third(&mut self, code: u8) -> Option<u32> {
        let vertex = match code {
            0 => self.new_vertex(),
            _ if code < self.free => return Some(self.vertices.get(code)),
            15 => self.explicit()?,
            _ => {
                let step = if code == 13 { u32::MAX } else { 1 };
                self.last = self.last.wrapping_add(step);
                self.last
            }
        };
        self.vertices.push(vertex);
        Some(vertex)
    }

    /// The vertices of a triangle without a known edge: the first is new or explicit, the others as
    /// the two halves of `pair` say.
    fn corners(&mut self, first_is_new: bool, pair: u8) -> Option<[u32; 3]> {
        let codes = [if first_is_new { 0 } else { 15 }, pair >> 4, pair & 15];
        let mut corners = [0; 3];
        for (corner, code) in corners.iter_mut().zip(codes) {
            *corner = match code {
                0 => self.new_vertex(),
                15 => self.explicit()?,
                known => self.vertices.get(known - 1),
            };
        }
        for (corner, code) in corners.iter().zip(codes) {
            if code == 0 || code == 15 {
                self.vertices.push(*corner);
            }
        }
        Some(corners)
    }

    fn new_vertex(&mut self) -> u32 {
        let vertex = self.next;
        self.next = vertex.wrapping_add(1);
        vertex
    }

    /// An index in the data, by its difference from the last such.
    fn explicit(&mut self) -> Option<u32> {
        let difference = unzigzag(self.data.varint()?);
        self.last = self.last.wrapping_add(difference);
        Some(self.last)
    }
}

/// Decodes `count` indices of anything, each by its difference from one of two before it.
pub fn sequence(stream: &[u8], stride: usize, count: usize) -> Result<Vec<u8>, SceneError> {
    if !matches!(stream.first(), Some(0xd0 | 0xd1)) {
        return Err(wrong_header(stream.first()));
    }
    let (data, _) = stream[1..]
        .split_last_chunk::<4>()
        .ok_or_else(wrong_length)?;
    // No index is shorter than a byte.
    if data.len() < count {
        return Err(wrong_length());
    }
    let mut data = Reader(data);
    let mut last = [0_u32; 2];
    let mut writer = Writer::new(stride, count);
    for _ in 0..count {
        let code = data.varint().ok_or_else(wrong_length)?;
        let last = &mut last[(code & 1) as usize];
        *last = last.wrapping_add(unzigzag(code >> 1));
        writer.push(*last)?;
    }
    if !data.0.is_empty() {
        return Err(wrong_length());
    }
    Ok(writer.bytes)
}
