//! What can be wrong with JSON.

use serde_json::{Value, json};

/// A change of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// The member or element is gone.
    Removed,
    /// The n-th of [`odd_values`] in its place.
    Odd(usize),
    /// A number and 1.
    PlusOne,
    /// A number less 1.
    MinusOne,
    /// A number and 2³².
    PlusTwoTo32,
    /// A number, negated.
    Negated,
    /// A number as text; a text as a list.
    OtherType,
    /// An array or object in itself.
    Nested,
    /// The last element twice.
    LastTwice,
    /// The elements in reverse.
    Reversed,
    /// Without its last element or half of its text.
    Shortened,
    /// A text twice.
    Doubled,
    /// A text in the other case.
    OtherCase,
    /// Further members that nobody knows.
    MoreMembers,
    /// Its members under names that nobody knows.
    Renamed,
}

/// Values that may stand anywhere, and mostly must not.
fn odd_values() -> Vec<Value> {
    let mut deep = json!(0);
    for _ in 0..150 {
        deep = json!([deep]);
    }
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(0.5),
        json!(3),
        json!(255),
        json!(5126),
        json!(1_u64 << 31),
        json!((1_u64 << 32) - 1),
        json!(1_u64 << 32),
        json!(1_u64 << 53),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e39),
        json!(-1e300),
        json!(1e-320),
        json!(""),
        json!("NaN"),
        json!("-Infinity"),
        json!("VEC3"),
        json!("x".repeat(10_000)),
        json!("\u{1F600}\u{202e}\u{0}\n\"quoted\" \\ é"),
        json!("data:application/octet-stream;base64,AAAA"),
        json!("data:,"),
        json!("../secret.bin"),
        json!([]),
        json!({}),
        json!([null]),
        json!([0, 0]),
        json!([{}]),
        json!({"": 1}),
        deep,
    ]
}

impl Change {
    /// All changes that a value can have.
    pub fn all(value: &Value) -> Vec<Self> {
        let mut all = vec![Self::Removed];
        all.extend((0..odd_values().len()).map(Self::Odd));
        all.extend(match value {
            Value::Number(_) => &[
                Self::PlusOne,
                Self::MinusOne,
                Self::PlusTwoTo32,
                Self::Negated,
                Self::OtherType,
            ][..],
            Value::String(_) => &[
                Self::OtherType,
                Self::Shortened,
                Self::Doubled,
                Self::OtherCase,
            ],
            Value::Array(list) if !list.is_empty() => &[
                Self::Nested,
                Self::LastTwice,
                Self::Reversed,
                Self::Shortened,
            ],
            Value::Object(_) => &[Self::Nested, Self::MoreMembers, Self::Renamed],
            _ => &[],
        });
        all
    }

    fn apply(self, value: &mut Value) {
        match (self, &mut *value) {
            (Self::Odd(index), value) => *value = odd_values().swap_remove(index),
            (Self::PlusOne, Value::Number(_)) => add(value, 1),
            (Self::MinusOne, Value::Number(_)) => add(value, -1),
            (Self::PlusTwoTo32, Value::Number(_)) => add(value, 1 << 32),
            (Self::Negated, Value::Number(number)) => {
                *value = json!(-number.as_f64().unwrap_or_default());
            }
            (Self::OtherType, Value::Number(number)) => *value = json!(number.to_string()),
            (Self::OtherType | Self::Nested, value) => *value = json!([value]),
            (Self::LastTwice, Value::Array(list)) => list.extend(list.last().cloned()),
            (Self::Reversed, Value::Array(list)) => list.reverse(),
            (Self::Shortened, Value::Array(list)) => {
                list.pop();
            }
            (Self::Shortened, Value::String(text)) => {
                *text = text.chars().take(text.chars().count() / 2).collect();
            }
            (Self::Doubled, Value::String(text)) => *text = text.repeat(2),
            (Self::OtherCase, Value::String(text)) => *text = text.to_lowercase(),
            (Self::MoreMembers, Value::Object(members)) => {
                members.insert("unknown".into(), json!({"index": 7}));
                members.insert("extras".into(), json!([1, {"mesh": -1}]));
                members.insert("extensions".into(), json!({"X_unknown": {"node": 1e9}}));
            }
            (Self::Renamed, Value::Object(members)) => {
                let renamed = std::mem::take(members).into_iter();
                *members = renamed.map(|(name, v)| (format!("{name}_"), v)).collect();
            }
            _ => {}
        }
    }
}

/// Adds to a number, which stays an integer if it is one.
fn add(value: &mut Value, more: i64) {
    *value = match value.as_i64() {
        Some(number) => json!(number.saturating_add(more)),
        None => json!(value.as_f64().unwrap_or_default() + more as f64),
    };
}

/// The document with one value changed.
pub fn changed(json: &Value, pointer: &str, change: Change) -> Value {
    let mut json = json.clone();
    if change != Change::Removed {
        change.apply(json.pointer_mut(pointer).unwrap());
        return json;
    }
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match json.pointer_mut(parent).unwrap() {
        Value::Array(list) => drop(list.remove(name.parse().unwrap())),
        Value::Object(members) => drop(members.remove(name)),
        _ => {}
    }
    json
}

/// The JSON pointers of all values below the root. Of a list longer than a few, only the first ones
/// and the last: they are alike.
pub fn pointers(json: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(json, "", &mut found);
    found
}

fn collect(value: &Value, path: &str, found: &mut Vec<String>) {
    let mut visit = |name: &str, child: &Value| {
        let path = format!("{path}/{name}");
        collect(child, &path, found);
        found.push(path);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, child)| visit(name, child)),
        Value::Array(list) => {
            let numbers = list.iter().all(Value::is_number) && list.len() > 2;
            let kept = |i: usize| !numbers || i == 0 || i + 1 == list.len();
            let list = list.iter().enumerate().filter(|(i, _)| kept(*i));
            list.for_each(|(i, child)| visit(&i.to_string(), child));
        }
        _ => {}
    }
}

/// The members that glTF's schema makes indices, wherever they stand but in `extensions` and
/// `extras`. Written down from the schema and not shared with the code under test, so that a name
/// which is missing there is missed.
pub const INDICES: [&str; 18] = [
    // Of a document, a scene and a node.
    "scene",
    "nodes",
    "children",
    "mesh",
    "skin",
    "camera",
    // Of a primitive, beside its attributes and targets.
    "indices",
    "material",
    // Of a skin.
    "joints",
    "skeleton",
    "inverseBindMatrices",
    // Of a texture, an image, an accessor and a bufferView.
    "source",
    "sampler",
    "bufferView",
    "buffer",
    // Of an animation.
    "input",
    "output",
    "node",
];

/// Whether a pointer leads to an index of glTF itself.
pub fn is_index(pointer: &str) -> bool {
    let names: Vec<&str> = pointer.split('/').collect();
    let is_number = |name: &&str| name.parse::<u32>().is_ok();
    let name = names.iter().rev().find(|name| !is_number(name));
    let inside = |list: &str| names.contains(&list);
    !inside("extras")
        && !inside("extensions")
        && (inside("attributes")
            || inside("targets")
            || name.is_some_and(|name| {
                INDICES.contains(name) || (*name == "index" && inside("materials"))
            }))
}

/// A change of the text.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    /// Cut to so many bytes.
    Cut(usize),
    /// A byte in the place of another.
    Byte(usize, u8),
    /// A text in the place of the n-th number.
    Number(usize, &'static str),
    /// A text before all.
    Before(&'static str),
    /// A text after all.
    After(&'static str),
    /// A further first member.
    First(&'static str),
}

impl Edit {
    /// Edits all over the text.
    pub fn all(text: &[u8]) -> Vec<Self> {
        let places = |count: usize| (0..count).map(move |i| i * text.len() / count);
        let mut all: Vec<_> = places(60).map(Self::Cut).collect();
        let bytes = *b"\0\"{}[],:\\\xff\x80-.e";
        all.extend(places(120).enumerate().map(|(i, at)| {
            // A prime step, so that all kinds of places meet all bytes.
            Self::Byte((at + 7 * i) % text.len(), bytes[i % bytes.len()])
        }));
        let numbers = [
            "NaN",
            "Infinity",
            "1e999",
            "-0",
            "0x10",
            "00",
            "1.",
            "+1",
            "123456789012345678901234567890",
        ];
        all.extend((0..10).flat_map(|n| numbers.map(|number| Self::Number(n, number))));
        all.extend(["\u{feff}", " \n\t", "// no\n", "\u{feff}\u{feff}", "x"].map(Self::Before));
        all.extend(["\0\0\0", "}", "{}", "   ", ","].map(Self::After));
        all.extend(
            [
                "\"nodes\":[],",
                "\"\\u006eodes\":[{}],",
                "\"scene\":7,",
                "\"\\ud800\":1,",
                "\"buffers\":null,",
                "\"asset\":{\"version\":\"2.0\"},",
            ]
            .map(Self::First),
        );
        all
    }

    /// The text after the edit.
    pub fn apply(self, mut text: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Cut(length) => text.truncate(length),
            Self::Byte(at, byte) => text[at] = byte,
            Self::Number(n, number) => {
                let starts = (1..text.len())
                    .filter(|&i| text[i].is_ascii_digit() && matches!(text[i - 1], b':' | b'['));
                if let Some(start) = starts.clone().nth(n * starts.count() / 10) {
                    let number_bytes = text[start..].iter();
                    let is_part = |b: &&u8| b.is_ascii_digit() || b".eE+-".contains(b);
                    let end = start + number_bytes.take_while(is_part).count();
                    text.splice(start..end, number.bytes());
                }
            }
            Self::Before(more) => drop(text.splice(0..0, more.bytes())),
            Self::After(more) => text.extend(more.bytes()),
            Self::First(more) => drop(text.splice(1..1, more.bytes())),
        }
        text
    }
}
