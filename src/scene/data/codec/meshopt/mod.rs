//! The three modes and five filters of `KHR_meshopt_compression`, which has all that
//! `EXT_meshopt_compression` has.
//!
//! Written after the appendices A and B of the extension's specification. The reference
//! implementation is C++, which would have to be trusted with hostile bytes; here each read is
//! checked.

mod attributes;
mod filters;
mod indices;
mod reader;

use serde::Deserialize;

use crate::scene::SceneError;
use crate::scene::error::invalid;

/// How a bufferView is compressed, as the extension's JSON says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coding {
    mode: Mode,
    filter: Filter,
    /// Bytes of an element.
    stride: usize,
    /// Elements.
    count: usize,
}

/// What kind of data was compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// Elements of any kind.
    Attributes,
    /// Indices of a list of triangles.
    Triangles,
    /// Indices of any kind.
    Indices,
}

/// What is made of the decoded elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Filter {
    /// Nothing.
    #[default]
    None,
    /// Unit vectors.
    Octahedral,
    /// Unit quaternions.
    Quaternion,
    /// Floats.
    Exponential,
    /// RGBA.
    Color,
}

impl Coding {
    /// Checks the rules for strides and counts.
    pub fn new(
        mode: Mode,
        filter: Filter,
        stride: usize,
        count: usize,
    ) -> Result<Self, SceneError> {
        let rule = match mode {
            Mode::Attributes => "from 4 to 256 and divisible by 4",
            Mode::Triangles | Mode::Indices => "2 or 4",
        };
        let fits = match mode {
            Mode::Attributes => (4..=256).contains(&stride) && stride.is_multiple_of(4),
            Mode::Triangles | Mode::Indices => stride == 2 || stride == 4,
        };
        if !fits {
            return Err(invalid(format!("byteStride {stride} is not {rule}.")));
        }
        if mode == Mode::Triangles && !count.is_multiple_of(3) {
            return Err(invalid(format!("count {count} is not divisible by 3.")));
        }
        let fits = match filter {
            Filter::None => true,
            _ if mode != Mode::Attributes => {
                return Err(invalid("indices have no filter."));
            }
            Filter::Octahedral | Filter::Color => stride == 4 || stride == 8,
            Filter::Quaternion => stride == 8,
            Filter::Exponential => true,
        };
        if !fits {
            return Err(invalid(format!(
                "byteStride {stride} is not one of the filter {filter:?}."
            )));
        }
        Ok(Self {
            mode,
            filter,
            stride,
            count,
        })
    }

    /// Bytes that come out; none if that is too large a number.
    pub fn decoded_size(&self) -> Option<usize> {
        self.stride.checked_mul(self.count)
    }

    /// Decodes the elements. Memory is taken only once the stream is long enough to fill it.
    pub fn decode(&self, stream: &[u8]) -> Result<Vec<u8>, SceneError> {
        let (stride, count) = (self.stride, self.count);
        let size = self
            .decoded_size()
            .ok_or_else(|| invalid("its elements are too many."))?;
        let mut decoded = match self.mode {
            Mode::Attributes => attributes::decode(stream, stride, size)?,
            Mode::Triangles => indices::triangles(stream, stride, count)?,
            Mode::Indices => indices::sequence(stream, stride, count)?,
        };
        filters::apply(self.filter, stride, &mut decoded);
        Ok(decoded)
    }
}

/// A stream that ends before its last element is decoded, or goes on after it.
fn wrong_length() -> SceneError {
    invalid("the compressed data is not of the length that its elements need.")
}

/// A stream with a header of another mode or version.
fn wrong_header(header: Option<&u8>) -> SceneError {
    match header {
        Some(header) => invalid(format!(
            "the compressed data begins with {header:#04x}, which is not a header of its mode."
        )),
        None => wrong_length(),
    }
}
