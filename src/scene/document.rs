//! The glTF document: JSON or GLB, version, extensions.

use gltf::json::Root;

use super::error::{invalid, unsupported};
use super::strip::{Stripped, strip};
use super::transform::Transforms;
use super::warnings::Warnings;
use super::{Producer, SceneError, glb};

/// The extensions that are drawn.
const EXTENSIONS: &[&str] = &[];

/// How much of a text of the file is quoted in a message.
const QUOTED: usize = 60;

/// A parsed file. Nothing in it has been checked but its types: every index has to be looked up.
#[derive(Debug)]
pub(super) struct Document<'a> {
    /// The JSON, with placeholders for data URIs (see [`Document::uri`]).
    pub root: Root,
    /// The transforms of its nodes.
    pub transforms: Transforms,
    /// The BIN chunk of a GLB file.
    pub bin: Option<&'a [u8]>,
    /// Who wrote it.
    pub producer: Producer,
    stripped: Stripped<'a>,
}

impl<'a> Document<'a> {
    /// Parses JSON or GLB, told apart by the first bytes.
    pub fn parse(file: &'a [u8], warnings: &mut Warnings) -> Result<Self, SceneError> {
        let (json, bin) = if file.starts_with(glb::MAGIC) {
            glb::split(file)?
        } else {
            (file, None)
        };
        // Some editors write a byte order mark, which JSON parsers refuse.
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        if json.trim_ascii_start().first() != Some(&b'{') {
            return Err(SceneError::NotGltf(
                "the file is neither glTF JSON (which begins with {) nor GLB (which begins with \
                 glTF)."
                    .into(),
            ));
        }
        let stripped = strip(json);
        let root: Root = serde_json::from_slice(&stripped.json)
            .map_err(|error| explain(json, &stripped.json, &error))?;
        let transforms = serde_json::from_slice(&stripped.json)
            .map_err(|error| explain(json, &stripped.json, &error))?;
        check_version(&root)?;
        check_extensions(&root, warnings)?;
        let producer = match root.asset.generator.as_deref() {
            Some("VTK") => Producer::Vtk,
            Some("Drake glTF merger") => Producer::DrakeMerger,
            _ => Producer::Other,
        };
        Ok(Self {
            root,
            transforms,
            bin,
            producer,
            stripped,
        })
    }

    /// The bytes of a URI of [`Document::root`].
    pub fn uri<'b>(&self, uri: &'b str) -> &'b [u8]
    where
        'a: 'b,
    {
        self.stripped.uri(uri)
    }
}

/// The beginning of a text of the file, in quotes, for a message.
pub(super) fn quote(text: &[u8]) -> String {
    let (head, dots) = match text.get(..QUOTED) {
        Some(head) if text.len() > QUOTED => (head, "..."),
        _ => (text, ""),
    };
    format!("{:?}{dots}", String::from_utf8_lossy(head))
}

/// Says where the fault is. Parses once more, which only a refused file has to pay for.
fn explain(json: &[u8], stripped: &[u8], error: &serde_json::Error) -> SceneError {
    if !error.is_data() {
        // The position is one of the original text. Such messages never quote the text.
        let error = serde_json::from_slice::<serde::de::IgnoredAny>(json)
            .err()
            .map_or_else(|| error.to_string(), |error| error.to_string());
        return SceneError::NotGltf(format!("the JSON is malformed: {error}."));
    }
    let deserializer = &mut serde_json::Deserializer::from_slice(stripped);
    let located = serde_path_to_error::deserialize::<_, Root>(deserializer).err();
    let (path, text) = located.map_or_else(
        || (".".into(), error.to_string()),
        |error| (error.path().to_string(), error.inner().to_string()),
    );
    // The position is one of the stripped text, of no use to the reader.
    let text = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(text, _)| text);
    let text: String = text.chars().take(4 * QUOTED).collect();
    if path == "." {
        invalid(format!("{text}."))
    } else {
        invalid(format!("{path}: {text}."))
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

fn check_extensions(root: &Root, warnings: &mut Warnings) -> Result<(), SceneError> {
    let unknown = |name: &&String| !EXTENSIONS.contains(&name.as_str());
    if let Some(name) = root.extensions_required.iter().find(unknown) {
        let name = quote(name.as_bytes());
        return Err(unsupported(format!(
            "extensionsRequired names {name}, which is not supported."
        )));
    }
    for name in root.extensions_used.iter().filter(unknown) {
        let name = quote(name.as_bytes());
        warnings.add(|| format!("The extension {name} is not supported and was ignored."));
    }
    Ok(())
}
