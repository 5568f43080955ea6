//! Posts with something wrong in the form, the header or the way they arrive.

use super::random::Random;
use crate::harness::multipart::{Form, Part};
use crate::harness::view::View;

/// A request as it arrives.
pub struct Post {
    /// The value of the header.
    pub content_type: Option<Vec<u8>>,
    /// The value of the header.
    pub content_length: Option<Vec<u8>>,
    /// The body.
    pub body: Vec<u8>,
    /// Where in the body one piece ends and the next begins.
    cuts: Vec<usize>,
    /// Whether the connection ends in its midst.
    pub breaks_off: bool,
}

impl Post {
    /// A form as a client posts it that sends it at once.
    pub fn of(form: &Form) -> Self {
        let body = form.encode();
        Self {
            content_type: Some(Form::content_type().into_bytes()),
            content_length: Some(body.len().to_string().into_bytes()),
            body,
            cuts: Vec::new(),
            breaks_off: false,
        }
    }

    /// The same in pieces.
    pub fn in_pieces(mut self, random: &mut Random) -> Self {
        self.cuts = match random.below(4) {
            0 => Vec::new(),
            1 if self.body.len() < 5_000 => (0..self.body.len()).collect(),
            _ => (0..random.below(20))
                .map(|_| random.below(self.body.len() + 1))
                .collect(),
        };
        // Two at the same place make an empty piece.
        self.cuts.sort_unstable();
        self
    }

    /// The body in its pieces.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        let ends = self.cuts.iter().copied().chain([self.body.len()]);
        starts.zip(ends).map(|(start, end)| &self.body[start..end])
    }
}

/// The camera of all forms.
fn view() -> View {
    View::new(16, 12, 12.0)
}

/// A sound form with a scene, of one image or another.
pub fn form(random: &mut Random, scene: &[u8]) -> Form {
    let image_type = *random.pick(&["color", "depth", "label"]);
    let mut form = match random.below(3) {
        0 => Form::of_scene(image_type, &view(), scene),
        _ => Form::drake(image_type, &view(), scene),
    };
    if random.one_in(4) {
        form = form.with("depth_format", random.pick::<&str>(&["tiff", "png16"]));
    }
    if random.one_in(4) {
        form = form.with("time", "0.3");
    }
    form
}

/// Numbers and words that a field may have, and mostly must not.
const VALUES: [&[u8]; 30] = [
    b"",
    b" ",
    b"0",
    b"-1",
    b"1",
    b"16",
    b"0.5",
    b"1e9",
    b"1000000000",
    b"18446744073709551616",
    b"-0",
    b"+16",
    b"1_6",
    b"16.0",
    b"0x10",
    b"1e-320",
    b"1e999",
    b"nan",
    b"inf",
    b"-Infinity",
    b"color",
    b"DEPTH",
    b"label\0",
    b"tiff",
    b"\xff\xfe",
    b"\xd9\xa1\xd9\xa6",
    b"16\r\n",
    b"16,5",
    b"--",
    b"../../etc/passwd",
];

/// Names of fields, of which some exist.
const NAMES: [&str; 12] = [
    "",
    "scene",
    "width",
    "Width",
    "image_type",
    "scene_sha256",
    "time",
    "animation",
    "no\"quote",
    "new\r\nline",
    "scene[]",
    "ünïcode",
];

/// A post with something wrong, and what.
pub fn broken(random: &mut Random, scene: &[u8]) -> (String, Post) {
    let mut form = form(random, scene);
    let mut names = Vec::new();
    for _ in 0..random.below(3) {
        names.push(change_part(&mut form, random));
    }
    let mut post = Post::of(&form);
    for _ in 0..random.below(3) {
        names.push(change_body(&mut post, random));
    }
    if names.is_empty() || random.one_in(4) {
        names.push(change_head(&mut post, random));
    }
    post.breaks_off = random.one_in(16);
    (names.join(", "), post.in_pieces(random))
}

/// Changes the parts of a form.
fn change_part(form: &mut Form, random: &mut Random) -> String {
    let at = random.below(form.parts.len());
    let Some(part) = form.parts.get(at).cloned() else {
        return "no parts".to_owned();
    };
    let name = &part.name;
    match random.below(8) {
        0 => {
            form.parts.remove(at);
            format!("without {name}")
        }
        1 => {
            form.parts.push(part.clone());
            format!("{name} twice")
        }
        2 => {
            let other = random.below(form.parts.len());
            form.parts.swap(at, other);
            format!("parts {at} and {other} in each other's place")
        }
        3 => {
            (*random.pick(&NAMES)).clone_into(&mut form.parts[at].name);
            format!("{name} under another name")
        }
        4 => {
            let length = *random.pick(&[100, 5_000, 100_000]);
            form.parts[at].bytes = b"7".repeat(length);
            format!("{name} of {length} bytes")
        }
        5 => {
            let file = [
                None,
                Some(("a\"b".into(), "multipart/mixed; boundary=x".into())),
            ];
            form.parts[at].file.clone_from(random.pick(&file));
            format!("{name} as another kind of part")
        }
        6 => {
            let more = (0..random.below(300)).map(|i| Part {
                name: format!("more{i}"),
                file: None,
                bytes: Vec::new(),
            });
            form.parts.splice(at..at, more);
            "more parts".to_owned()
        }
        _ => {
            form.parts[at].bytes = random.pick(&VALUES).to_vec();
            format!("{name} with another value")
        }
    }
}

/// Changes the bytes of a body.
fn change_body(post: &mut Post, random: &mut Random) -> String {
    let body = &mut post.body;
    // The head of a part, of which there are some.
    let find = |body: &[u8], what: &[u8]| body.windows(what.len()).position(|part| part == what);
    let head = find(body, b"Content-Disposition").unwrap_or_default();
    match random.below(10) {
        0 => {
            let text = String::from_utf8_lossy(body)
                .replace("\r\n", random.pick::<&str>(&["\n", "\r", "\r\n\r\n"]));
            *body = text.into_bytes();
            "other ends of lines".to_owned()
        }
        1 => {
            let more: &[u8] = random.pick::<&[u8]>(&[b"preamble\r\n", b"\r\n", b"--", b"\0\0\0"]);
            body.splice(0..0, more.iter().copied());
            "something before".to_owned()
        }
        2 => {
            body.extend(
                random
                    .pick::<&[u8]>(&[b"epilogue", b"\r\n\r\n", b"--x--"])
                    .iter(),
            );
            "something after".to_owned()
        }
        3 => {
            let line = *random.pick(&[
                "Content-Length: 5",
                "Content-Length: -1",
                "Content-Length: 99999999999999999999",
                "Content-Transfer-Encoding: base64",
                "Content-Type: multipart/mixed",
                "No colon",
                ": ",
                "Content-Disposition: attachment",
                "\u{1}: x",
                "X: \u{fffd}",
                " folded",
            ]);
            body.splice(head..head, format!("{line}\r\n").bytes());
            format!("{line:?} in a head")
        }
        4 => {
            let length = *random.pick(&[1_000, 10_000, 100_000]);
            let line = format!("X: {}\r\n", "y".repeat(length));
            body.splice(head..head, line.bytes());
            format!("a head of {length} bytes")
        }
        5 => {
            let count = random.below(200);
            body.splice(head..head, "X: y\r\n".repeat(count).bytes());
            format!("{count} lines in a head")
        }
        6 => {
            body.clear();
            "no body".to_owned()
        }
        _ => {
            // Mostly where the form is and not its scene.
            let most = body.len().min(4_000);
            let mut start: Vec<u8> = body.drain(..most).collect();
            random.spoil(&mut start);
            body.splice(0..0, start);
            "spoilt bytes".to_owned()
        }
    }
}

/// Changes the headers of a post.
fn change_head(post: &mut Post, random: &mut Random) -> String {
    let sound = Form::content_type();
    let boundary = sound.split_once('=').map_or("", |pair| pair.1);
    let long = format!("multipart/form-data; boundary={}", "b".repeat(300));
    let types: [Option<Vec<u8>>; 14] = [
        None,
        Some(Vec::new()),
        Some(b"multipart/form-data".to_vec()),
        Some(b"multipart/form-data; boundary=".to_vec()),
        Some(b"multipart/form-data; boundary=other".to_vec()),
        Some(b"multipart/form-data; boundary=\"".to_vec()),
        Some(format!("multipart/form-data; boundary=\"{boundary}\"").into_bytes()),
        Some(format!("MULTIPART/FORM-DATA; charset=utf-8; BOUNDARY={boundary}").into_bytes()),
        Some(format!("multipart/form-data; boundary=a; boundary={boundary}").into_bytes()),
        Some(format!("multipart/mixed; boundary={boundary}").into_bytes()),
        Some(b"application/json".to_vec()),
        Some(b"multipart/form-data; boundary=\xff\xfe".to_vec()),
        Some(b"multipart/form-data; boundary=-".to_vec()),
        Some(long.into_bytes()),
    ];
    let lengths = [
        "0",
        "1",
        "-1",
        "x",
        "4194304",
        "4194305",
        "18446744073709551615",
        "1e3",
    ];
    if random.one_in(2) {
        post.content_type.clone_from(random.pick(&types));
    } else {
        let length = random.pick(&lengths).as_bytes().to_vec();
        post.content_length = Some(length).filter(|_| !random.one_in(4));
    }
    let text =
        |value: &Option<Vec<u8>>| value.as_ref().map(|bytes| bytes.escape_ascii().to_string());
    format!(
        "type {:?}, length {:?}",
        text(&post.content_type),
        text(&post.content_length)
    )
}
