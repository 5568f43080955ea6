//! What of a document stays the same when its nodes move.
//!
//! The frames of a sequence differ in nothing but the numbers of their nodes' transforms. A document is
//! known again by a digest of all the rest; then only those numbers are parsed. JSON says where they
//! stand, whatever is around them: two texts with the same digest are the same but for the values of
//! `matrix`, `translation`, `rotation` and `scale` at the same places of the same nodes.

use std::ops::Range;

use memchr::{memchr2, memmem};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::indices::{LONG_INTEGER, has_long_integer};
use super::text::Text;
use crate::scene::Digest;
use crate::scene::digest::{Digester, Kind};
use crate::scene::hierarchy::transform::{Transform, Transforms};

/// The name of the list of nodes. One that is written with escapes is not found.
const NODES: &[u8] = b"\"nodes\"";

/// Pieces that are copied rather than fed alone are shorter, bytes.
const SHORT: usize = 4096;

/// The digest of a text without the transforms of its nodes, and where these are.
#[derive(Debug)]
pub(in crate::scene) struct Still {
    /// Of all that a load reads, but for the transforms.
    pub digest: Digest,
    /// Where the list of the nodes begins.
    start: usize,
    /// How many there are.
    nodes: usize,
    /// In the order of the text.
    slots: Vec<Slot>,
}

/// Where a part of a node's transform stands in the text.
#[derive(Debug)]
struct Slot {
    node: usize,
    part: Part,
    place: Range<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Matrix,
    Translation,
    Rotation,
    Scale,
}

/// The member of a document that gives the transforms.
#[derive(Deserialize)]
struct Members<'t> {
    #[serde(borrow)]
    nodes: &'t RawValue,
}

/// The members of a node that [`Transform`] has.
#[derive(Deserialize)]
struct RawTransform<'t> {
    #[serde(borrow)]
    matrix: Option<&'t RawValue>,
    #[serde(borrow)]
    translation: Option<&'t RawValue>,
    #[serde(borrow)]
    rotation: Option<&'t RawValue>,
    #[serde(borrow)]
    scale: Option<&'t RawValue>,
}

impl Still {
    /// Looks for the nodes; none if there are none, or if the BIN chunk has no digest yet.
    ///
    /// It takes the first list of objects that is called `nodes`, because all of the text takes long to
    /// parse. [`Self::is_of_document`] tells whether that is the document's, which only what is kept has
    /// to be asked: what is found has the same text around it.
    pub fn of(text: &Text) -> Option<Self> {
        if text.bin.is_some() && text.stripped.bin_digest().is_none() {
            return None;
        }
        let json = &*text.stripped.json;
        let start =
            memmem::find_iter(json, NODES).find_map(|at| list_after(json, at + NODES.len()))?;
        let mut list = serde_json::Deserializer::from_slice(json.get(start..)?);
        let nodes: Vec<RawTransform> = Vec::deserialize(&mut list).ok()?;
        let mut slots = Vec::new();
        for (node, raw) in nodes.iter().enumerate() {
            let parts = [
                (Part::Matrix, raw.matrix),
                (Part::Translation, raw.translation),
                (Part::Rotation, raw.rotation),
                (Part::Scale, raw.scale),
            ];
            for (part, value) in parts {
                let Some(value) = value.map(RawValue::get) else {
                    continue;
                };
                let start = offset(value, json)?;
                let place = start..start + value.len();
                slots.push(Slot { node, part, place });
            }
        }
        slots.sort_by_key(|slot| slot.place.start);
        Some(Self {
            digest: digest(text, &slots)?,
            start,
            nodes: nodes.len(),
            slots,
        })
    }

    /// Whether the nodes are those of the document, and not of something in it that has some too.
    pub fn is_of_document(&self, text: &Text) -> bool {
        let json = &*text.stripped.json;
        let found = serde_json::from_slice::<Members>(json);
        found.is_ok_and(|members| offset(members.nodes.get(), json) == Some(self.start))
    }

    /// The transforms of the text that this is of; none if one of them is none, or if it has such
    /// numbers that the rest of the text would be read in another way.
    pub fn transforms(&self, text: &Text) -> Option<Transforms> {
        let mut nodes = vec![Transform::default(); self.nodes];
        for Slot { node, part, place } in &self.slots {
            let text = text.stripped.json.get(place.clone())?;
            let node = nodes.get_mut(*node)?;
            match part {
                Part::Matrix => node.matrix = Some(numbers(text)?),
                Part::Translation => node.translation = Some(numbers(text)?),
                Part::Rotation => node.rotation = Some(numbers(text)?),
                Part::Scale => node.scale = Some(numbers(text)?),
            }
        }
        Some(nodes.into())
    }
}

/// A list of so many numbers; none if one of them is an integer so long that all of the text would be
/// searched for indices of that size.
fn numbers<const N: usize>(text: &[u8]) -> Option<[f64; N]>
where
    [f64; N]: DeserializeOwned,
{
    let numbers: [f64; N] = serde_json::from_slice(text).ok()?;
    // Only such lists can have one.
    let is_short = |x: &f64| x.abs() < LONG_INTEGER;
    let may_be_long = !numbers.iter().all(is_short) || memchr2(b'e', b'E', text).is_some();
    (!may_be_long || !has_long_integer(text)).then_some(numbers)
}

/// Where the list of objects begins whose name ends at `at`, if it is one.
fn list_after(json: &[u8], at: usize) -> Option<usize> {
    let after =
        |text: &'_ [u8], byte: u8| Some(text.trim_ascii_start().strip_prefix(&[byte])?.len());
    let list = json.len() - after(json.get(at..)?, b':')?;
    let list = json.get(list..)?.trim_ascii_start();
    let first = list.len() - after(list, b'[')?;
    after(list.get(first..)?, b'{')?;
    Some(json.len() - list.len())
}

/// Where a part of the text begins.
fn offset(part: &str, text: &[u8]) -> Option<usize> {
    part.as_ptr().addr().checked_sub(text.as_ptr().addr())
}

/// The digest of all that is not in the slots. Each piece is fed with its length, and first their
/// number, so that different texts feed different bytes.
fn digest(text: &Text, slots: &[Slot]) -> Option<Digest> {
    let json = &*text.stripped.json;
    let mut digester = Digester::new(Kind::Still);
    // Short pieces are fed together, which is faster.
    let mut short = Vec::new();
    let mut feed = |piece: &[u8]| {
        short.extend_from_slice(&piece.len().to_le_bytes());
        if piece.len() < SHORT {
            short.extend_from_slice(piece);
        } else {
            digester.update(&short);
            digester.update(piece);
            short.clear();
        }
    };
    feed(&slots.len().to_le_bytes());
    let mut copied = 0;
    for slot in slots {
        feed(json.get(copied..slot.place.start)?);
        copied = slot.place.end;
    }
    // GLB pads with spaces to a length that hangs on that of the numbers.
    let rest = json.get(copied..)?;
    let padding = rest.iter().rev().take_while(|byte| **byte == b' ').count();
    feed(rest.get(..rest.len() - padding)?);
    let bin = text.bin.and_then(|_| text.stripped.bin_digest());
    feed(bin.as_ref().map_or(&[], Digest::as_bytes));
    for uri in text.stripped.cut_out() {
        feed(&[u8::from(uri.digest.is_some())]);
        feed(uri.digest.as_ref().map_or(uri.text, Digest::as_bytes));
    }
    digester.update(&short);
    Some(digester.finish())
}
