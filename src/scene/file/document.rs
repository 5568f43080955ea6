//! The glTF document: JSON or GLB, version, extensions.

use std::collections::BTreeMap;

use gltf::json::Root;
use memchr::memmem;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::{RawValue, to_raw_value};
use serde_path_to_error::{Path, Segment};

use super::strict::Strict;
use super::strip::{Stripped, UriText, without_mark};
use super::text::Text;
use super::wording::in_words;
use super::{extensions, indices, vtk, whole};
use crate::scene::error::{invalid, unsupported};
use crate::scene::hierarchy::transform::Transforms;
use crate::scene::{Digest, Look, Producer, SceneError};

/// How much of a text of the file is quoted in a message.
const QUOTED: usize = 60;

/// A parsed file. Nothing in it has been checked but its types: every index has to be looked up.
#[derive(Debug)]
pub(in crate::scene) struct Document<'a> {
    /// The JSON, with placeholders for data URIs (see [`Document::uri`]).
    pub root: Root,
    /// The transforms of its nodes.
    pub transforms: Transforms,
    /// The BIN chunk of a GLB file.
    pub bin: Option<&'a [u8]>,
    /// Who wrote it, or is taken to have written it.
    pub producer: Producer,
    /// The optional extensions that are not known, or that VTK does not know in a file with
    /// Drake's look.
    pub ignored_extensions: extensions::Ignored,
    /// Whether the numbers were read as the file has them, not without fractions of zeros.
    pub is_verbatim: bool,
    stripped: Stripped<'a>,
}

impl<'a> Document<'a> {
    /// Parses what was read of a file that is to have a look.
    pub fn parse(text: Text<'a>, look: Look) -> Result<Self, SceneError> {
        let Text { bin, mut stripped } = text;
        let json = without_mark(stripped.whole());
        let (mut root, is_verbatim): (Root, bool) = match read(json, &stripped.json) {
            Ok(root) => (root, true),
            Err(refusal) => {
                let plain = whole::without_fractions(&stripped.json);
                stripped.json = plain.ok_or(refusal)?.into();
                (read(json, &stripped.json)?, false)
            }
        };
        let transforms = read(json, &stripped.json)?;
        indices::check(&stripped.json)?;
        check_version(&root)?;
        let mut ignored_extensions = extensions::check(&root, &stripped.json)?;
        let producer = look.of(match root.asset.generator.as_deref() {
            Some("VTK") => Producer::Vtk,
            Some("Drake glTF merger") => Producer::DrakeMerger,
            _ => Producer::Other,
        });
        if producer == Producer::DrakeMerger {
            // Known extensions, a handful, which the check above left out.
            ignored_extensions.names.extend(vtk::pass_over(&mut root));
        }
        Ok(Self {
            root,
            transforms,
            bin,
            producer,
            ignored_extensions,
            is_verbatim,
            stripped,
        })
    }

    /// The bytes of a URI of [`Document::root`].
    pub fn uri<'b>(&self, uri: &'b str) -> UriText<'b>
    where
        'a: 'b,
    {
        self.stripped.uri(uri)
    }

    /// The digest of [`Document::bin`], if it is known.
    pub fn bin_digest(&self) -> Option<Digest> {
        self.stripped.bin_digest()
    }

    /// Reads a part of the JSON that [`Document::root`] does not hold, or not in full.
    pub fn read<'b, T: Deserialize<'b>>(&'b self) -> Result<T, SceneError> {
        read_part(&self.stripped.json)
    }
}

/// Reads well-formed JSON text, or says where the fault is.
pub(in crate::scene) fn read_part<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Result<T, SceneError> {
    let deserializer = &mut serde_json::Deserializer::from_slice(text);
    serde_path_to_error::deserialize(Strict(deserializer))
        .map_err(|error| located(Some(error.path()), &error.inner().to_string()))
}

/// The beginning of a text of the file, in quotes, for a message.
pub(in crate::scene) fn quote(text: &[u8]) -> String {
    let (head, dots) = match text.get(..QUOTED) {
        Some(head) if text.len() > QUOTED => (head, "..."),
        _ => (text, ""),
    };
    format!("{:?}{dots}", String::from_utf8_lossy(head))
}

/// Reads the document, or a part of it, from the stripped text of `json`.
fn read<T: DeserializeOwned>(json: &[u8], stripped: &[u8]) -> Result<T, SceneError> {
    parse(stripped).or_else(|error| {
        let reduced = without(stripped, |name, value| {
            name == ANIMATIONS || value == "null"
        });
        if let Some(document) = reduced.and_then(|text| parse(&text).ok()) {
            check_animations(stripped)?;
            return Ok(document);
        }
        let reduced = without(stripped, |name, _| name == ANIMATIONS);
        Err(explain(
            json,
            reduced.as_deref().unwrap_or(stripped),
            &error,
        ))
    })
}

/// Parses all of the text.
fn parse<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let parsed = T::deserialize(Strict(&mut json))?;
    json.end()?;
    Ok(parsed)
}

/// Refuses animations that are no objects. Only the one that is played is read further.
fn check_animations(stripped: &[u8]) -> Result<(), SceneError> {
    #[derive(Deserialize)]
    struct Object {}
    #[derive(Deserialize)]
    struct Animations {
        #[serde(rename = "animations")]
        _list: Option<Vec<Object>>,
    }
    if memmem::find(stripped, b"\"animations\"").is_none() {
        return Ok(());
    }
    read_part::<Animations>(stripped).map(drop)
}

/// The member that the `gltf` crate cannot read where a channel has no target node, which glTF
/// allows. What it holds is read by `animation`.
const ANIMATIONS: &str = "animations";

/// The text without the members of the document that `drop` names, and with what glTF leaves out of
/// scenes, if there are any.
///
/// Drake's client writes `"images": null` once it has merged a glTF mesh and nothing in the scene
/// has a texture.
fn without(stripped: &[u8], drop: impl Fn(&str, &str) -> bool) -> Option<Vec<u8>> {
    // The members stay text, because values take many times its memory.
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_slice(stripped).ok()?;
    let count = members.len();
    members.retain(|name, value| !drop(name, value.get()));
    let scenes = members.get("scenes").and_then(|scenes| with_nodes(scenes));
    if members.len() == count && scenes.is_none() {
        return None;
    }
    if let Some(scenes) = &scenes {
        members.insert("scenes".into(), scenes);
    }
    serde_json::to_vec(&members).ok()
}

/// The list of scenes, in which those without nodes have an empty list of them, if there are any:
/// the `gltf` crate refuses them, glTF does not.
fn with_nodes(scenes: &RawValue) -> Option<Box<RawValue>> {
    let none = RawValue::from_string("[]".into()).ok()?;
    let mut scenes: Vec<BTreeMap<String, &RawValue>> = serde_json::from_str(scenes.get()).ok()?;
    let lacks_nodes = |scene: &BTreeMap<_, _>| !scene.contains_key("nodes");
    if !scenes.iter().any(lacks_nodes) {
        return None;
    }
    for scene in &mut scenes {
        scene.entry("nodes".into()).or_insert(&none);
    }
    to_raw_value(&scenes).ok()
}

/// Says where the fault is. Parses once more, which only a refused file has to pay for.
fn explain(json: &[u8], stripped: &[u8], error: &serde_json::Error) -> SceneError {
    if !error.is_data()
        && let Err(error) = serde_json::from_slice::<IgnoredAny>(json)
    {
        // The position is one of the original text. Such messages never quote the text.
        return SceneError::NotGltf(format!("the JSON is malformed: {error}."));
    }
    // To the parser a list that is longer than it can be is malformed, and so is deep nesting.
    read_part::<Root>(stripped)
        .err()
        .unwrap_or_else(|| located(None, &error.to_string()))
}

/// A fault at `path` of the document.
fn located(path: Option<&Path>, text: &str) -> SceneError {
    // The position is one of the stripped text, of no use to the reader.
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    let text = match text {
        "trailing characters" => "it has too many elements",
        text => text,
    };
    let mut text = shortened(text);
    let mut place = path.map(Path::to_string).unwrap_or_default();
    // The parser cannot say which name it does not understand; a question mark stands for it.
    let last = path.and_then(|path| path.iter().next_back());
    if matches!(last, Some(Segment::Unknown)) {
        text = format!("the name of a member: {text}");
        let parent = place.strip_suffix('?').unwrap_or(&place);
        place = parent.strip_suffix('.').unwrap_or(parent).to_owned();
    }
    if last.is_none() || place.is_empty() {
        invalid(format!("{text}."))
    } else {
        // Nobody reads the end of `[0][0][0]` and so on.
        let dots = if place.chars().nth(QUOTED).is_some() {
            "..."
        } else {
            ""
        };
        let place: String = place.chars().take(QUOTED).map(printable).collect();
        let place = place.trim_end_matches('.');
        invalid(format!("{place}{dots}: {text}."))
    }
}

/// A parser's words about the file: without control characters, and of a long quotation, which begins
/// with a quote of any kind, only the beginning.
pub(in crate::scene) fn shortened(text: &str) -> String {
    const LONG: usize = 4 * QUOTED;
    let text = &in_words(text);
    let head = |text: &str, count| text.chars().take(count).map(printable).collect::<String>();
    if text.chars().count() <= LONG {
        return head(text, LONG);
    }
    let first = text.find(['"', '`']);
    // The quotation may have quotes in it, and so may what is said to be expected.
    let last = (text.rfind("\", expected").or(text.rfind("`, expected")))
        .or_else(|| text.rfind(['"', '`']));
    let Some((first, last)) = first.zip(last).filter(|(first, last)| first < last) else {
        return format!("{} and so on", head(text, LONG));
    };
    let quoted = head(&text[first + 1..last], QUOTED);
    // What is left of an escape would swallow the quote.
    let quoted = quoted.trim_end_matches('\\');
    let tail = head(&text[last + 1..], LONG);
    format!("{}\"{quoted}\"...{tail}", head(&text[..first], LONG))
}

/// A character, or its number if it would not be seen.
fn printable(c: char) -> String {
    match c {
        '"' | '\'' | '\\' => c.to_string(),
        c => c.escape_debug().to_string(),
    }
}

/// Any version 2.x is read, as glTF promises that minor versions stay readable.
fn check_version(root: &Root) -> Result<(), SceneError> {
    let version = &root.asset.version;
    let minimum = root.asset.min_version.as_deref().unwrap_or("2.0");
    if !version.starts_with("2.") {
        let version = quote(version.as_bytes());
        return Err(unsupported(format!(
            "asset.version is {version}; only glTF 2.0 is read."
        )));
    }
    if minimum != "2.0" {
        let minimum = quote(minimum.as_bytes());
        return Err(unsupported(format!(
            "asset.minVersion is {minimum}; only glTF 2.0 is read."
        )));
    }
    Ok(())
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
