//! What Drake's client sent, and what it might have sent next.

use std::cell::Cell;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use base64_simd::STANDARD;
use gltf_render_server::protocol::field::SCENE_FIELD;
use gltf_render_server::protocol::{
    DepthFormat, Form, ImageLimits, ImageType, RenderRequest, SceneHash, TextField,
};
use memchr::{memchr, memchr_iter, memmem};
use sha2::{Digest as _, Sha256};

/// The folders of the scenes whose requests were recorded. If there are none, says `what_is_not` and which
/// target of make records them.
pub fn scenes(what_is_not: &str, target: &str) -> Vec<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/out/requests");
    let requests = env::var_os("REQUESTS").unwrap_or_else(|| default.into());
    let entries = fs::read_dir(&requests).into_iter().flatten();
    let mut scenes: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    scenes.sort();
    if scenes.is_empty() {
        eprintln!(
            "{what_is_not}: {} has no requests of Drake's client. `make {target}` records them first; \
             REQUESTS says where they are.",
            Path::new(&requests).display()
        );
    }
    scenes
}

/// How a body is like the one before.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// The same.
    Again,
    /// That of a scene whose nodes have moved.
    Moved,
    /// That, and new from its first bytes on.
    New,
}

impl Body {
    pub const ALL: [Self; 3] = [Self::Again, Self::Moved, Self::New];
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Again => "again",
            Self::Moved => "moved",
            Self::New => "new",
        })
    }
}

/// The requests for images of one type of a scene, in the order in which they were sent.
pub struct Sequence {
    recordings: Vec<Recording>,
    /// How many have been posted.
    steps: Cell<usize>,
}

impl Sequence {
    /// Reads those of a folder.
    pub fn read(folder: &Path, image_type: ImageType) -> Self {
        let ending = format!("-{image_type}.http");
        let entries = fs::read_dir(folder).unwrap();
        let mut paths: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_str().is_some_and(|path| path.ends_with(&ending)))
            .collect();
        assert!(!paths.is_empty(), "{} has no {ending}", folder.display());
        paths.sort();
        let recordings = paths.iter().map(|path| Recording::read(path)).collect();
        Self {
            recordings,
            steps: Cell::default(),
        }
    }

    /// All of them as they were sent.
    pub fn all(&self) -> impl Iterator<Item = (&RenderRequest, &[u8])> {
        let recordings = self.recordings.iter();
        recordings.map(|recording| {
            (
                &recording.request,
                &recording.bytes[recording.scene.clone()],
            )
        })
    }

    /// The first of them, with this picture, a PNG, as its first image, and another in its extras.
    pub fn with_texture(self, picture: &[u8], beside: &[u8]) -> Self {
        let recording = &self.recordings[0];
        let [uri, beside] = [picture, beside]
            .map(|png| format!("data:image/png;base64,{}", STANDARD.encode_to_string(png)));
        let mut scene = with_image(&recording.bytes[recording.scene.clone()], uri.as_bytes());
        scene.splice(1..1, format!("\"extras\":\"{beside}\",").into_bytes());
        let sha256 = SceneHash(Sha256::digest(&scene).into());
        Self {
            recordings: vec![Recording::parse(recording.with(&scene, sha256))],
            steps: Cell::default(),
        }
    }

    /// The next request. When all have been posted they come again with their nodes elsewhere, so that
    /// none is like an earlier one, but where a body is to be the same.
    pub fn next(&self, body: Body) -> Posted<'_> {
        let count = self.recordings.len();
        let step = match body {
            Body::Again => 0,
            Body::Moved | Body::New => self.steps.replace(self.steps.get() + 1),
        };
        let (round, recording) = (step / count, &self.recordings[step % count]);
        let scene = &recording.bytes[recording.scene.clone()];
        let mut scene = match round {
            0 => scene.to_vec(),
            micrometres => moved(scene, micrometres),
        };
        if matches!(body, Body::New) {
            scene.splice(1..1, format!("\"extras\":{step},").into_bytes());
        }
        Posted { recording, scene }
    }
}

/// A recorded request.
struct Recording {
    /// All of it.
    bytes: Vec<u8>,
    /// Where in it the length of the body is said,
    length: Range<usize>,
    /// where the body begins,
    body: usize,
    /// where the hash of the scene is,
    sha256: Range<usize>,
    /// and where the scene.
    scene: Range<usize>,
    /// What it asks for.
    request: RenderRequest,
}

impl Recording {
    fn read(path: &Path) -> Self {
        Self::parse(fs::read(path).unwrap())
    }

    fn parse(bytes: Vec<u8>) -> Self {
        let length = between(&bytes, 0, b"Content-Length: ", b"\r\n").unwrap();
        let boundary = between(&bytes, 0, b"boundary=", b"\r\n").unwrap();
        let body = memmem::find(&bytes, b"\r\n\r\n").unwrap() + 4;
        let end_of_part = [b"\r\n--", &bytes[boundary]].concat();
        let (mut sha256, mut scene) = (None, None);
        let mut form = Form::default();
        let mut at = body;
        while let Some(name) = between(&bytes, at, b"form-data; name=\"", b"\"") {
            let value = between(&bytes, name.end, b"\r\n\r\n", &end_of_part).unwrap();
            at = value.end;
            let name = std::str::from_utf8(&bytes[name]).unwrap();
            if name == SCENE_FIELD {
                scene = Some(value);
                continue;
            }
            let field = TextField::named(name).unwrap();
            form.add(field, &bytes[value.clone()]).unwrap();
            if field == TextField::SceneSha256 {
                sha256 = Some(value);
            }
        }
        let limits = ImageLimits::default();
        let submission = form.finish(DepthFormat::default(), &limits).unwrap();
        Self {
            length,
            body,
            sha256: sha256.unwrap(),
            scene: scene.unwrap(),
            request: submission.request,
            bytes,
        }
    }

    /// The same request for another scene, which is said to have this hash.
    fn with(&self, scene: &[u8], sha256: SceneHash) -> Vec<u8> {
        let body = self.bytes.len() - self.body - self.scene.len() + scene.len();
        let mut all = Vec::with_capacity(self.bytes.len() - self.scene.len() + scene.len() + 9);
        all.extend_from_slice(&self.bytes[..self.length.start]);
        write!(all, "{body}").unwrap();
        all.extend_from_slice(&self.bytes[self.length.end..self.sha256.start]);
        write!(all, "{sha256}").unwrap();
        all.extend_from_slice(&self.bytes[self.sha256.end..self.scene.start]);
        all.extend_from_slice(scene);
        all.extend_from_slice(&self.bytes[self.scene.end..]);
        all
    }
}

/// A request as it is posted.
pub struct Posted<'s> {
    recording: &'s Recording,
    /// Its scene.
    pub scene: Vec<u8>,
}

impl<'s> Posted<'s> {
    /// What it asks for.
    pub fn request(&self) -> &'s RenderRequest {
        &self.recording.request
    }

    /// All of it.
    pub fn with_hash(&self) -> Vec<u8> {
        let sha256 = SceneHash(Sha256::digest(&self.scene).into());
        self.recording.with(&self.scene, sha256)
    }

    /// All of it but for the hash of the scene: that it is wrong shows when all is there.
    pub fn with_wrong_hash(&self) -> Vec<u8> {
        self.recording.with(&self.scene, SceneHash([0; 32]))
    }
}

/// What lies between the next two such strings.
fn between(bytes: &[u8], from: usize, open: &[u8], close: &[u8]) -> Option<Range<usize>> {
    let start = from + memmem::find(&bytes[from..], open)? + open.len();
    let length = memmem::find(&bytes[start..], close)?;
    Some(start..start + length)
}

/// The scene with another first image.
fn with_image(scene: &[u8], uri: &[u8]) -> Vec<u8> {
    let start = memmem::find(scene, b"data:image/").unwrap();
    let end = start + memchr(b'"', &scene[start..]).unwrap();
    [&scene[..start], uri, &scene[end..]].concat()
}

/// The scene with its nodes, one in each direction in turn, so many micrometres elsewhere.
fn moved(scene: &[u8], micrometres: usize) -> Vec<u8> {
    const MATRIX: &[u8] = b"\"matrix\":[";
    let mut metres = 1e-6 * f64::from(u32::try_from(micrometres).unwrap());
    let mut out = Vec::with_capacity(scene.len() + (scene.len() >> 4));
    let mut from = 0;
    for at in memmem::find_iter(scene, MATRIX) {
        // The translation comes after twelve other numbers.
        let numbers = at + MATRIX.len();
        let x = numbers + memchr_iter(b',', &scene[numbers..]).nth(11).unwrap() + 1;
        let end = x + memchr(b',', &scene[x..]).unwrap();
        let number: f64 = std::str::from_utf8(&scene[x..end])
            .unwrap()
            .parse()
            .unwrap();
        out.extend_from_slice(&scene[from..x]);
        write!(out, "{}", number + metres).unwrap();
        (from, metres) = (end, -metres);
    }
    assert!(from > 0, "no node of the scene has a matrix");
    out.extend_from_slice(&scene[from..]);
    out
}
