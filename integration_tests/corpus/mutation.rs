//! What can be wrong with a file.

use std::fmt::{self, Display, Formatter};

use super::binary::{self, Container, Payload};
use super::json::{self, Change};
use super::seeds::{Seed, file};

/// One thing wrong.
#[derive(Clone, Debug)]
pub enum Mutation {
    /// A value of the JSON, by its JSON pointer.
    Value(String, Change),
    /// The JSON's text.
    Text(json::Edit),
    /// The bytes that a data URI holds, by its JSON pointer, or of the BIN chunk.
    Payload(Option<String>, Payload),
    /// The GLB container.
    Container(Container),
}

impl Display for Mutation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(pointer, change) => write!(f, "{pointer} {change:?}"),
            Self::Text(edit) => write!(f, "text {edit:?}"),
            Self::Payload(Some(pointer), payload) => write!(f, "bytes of {pointer} {payload:?}"),
            Self::Payload(None, payload) => write!(f, "BIN {payload:?}"),
            Self::Container(container) => write!(f, "GLB {container:?}"),
        }
    }
}

/// All mutations of a seed.
pub fn all(seed: &Seed) -> Vec<Mutation> {
    let mut all = Vec::new();
    for pointer in json::pointers(&seed.json) {
        let value = seed.json.pointer(&pointer).unwrap();
        let changes = Change::all(value).into_iter();
        all.extend(changes.map(|change| Mutation::Value(pointer.clone(), change)));
        let uri = value.as_str().and_then(binary::decode);
        let payloads = uri.map(|bytes| Payload::all(&bytes)).unwrap_or_default();
        let payloads = payloads.into_iter();
        all.extend(payloads.map(|payload| Mutation::Payload(Some(pointer.clone()), payload)));
    }
    let text = serde_json::to_vec(&seed.json).unwrap();
    all.extend(json::Edit::all(&text).into_iter().map(Mutation::Text));
    if let Some(bin) = &seed.bin {
        let payloads = Payload::all(bin).into_iter();
        all.extend(payloads.map(|payload| Mutation::Payload(None, payload)));
        let containers = Container::all(seed).into_iter();
        all.extend(containers.map(Mutation::Container));
    }
    all
}

impl Mutation {
    /// The file.
    pub fn apply(&self, seed: &Seed) -> Vec<u8> {
        match self {
            Self::Value(pointer, change) => {
                let json = json::changed(&seed.json, pointer, *change);
                file(&serde_json::to_vec(&json).unwrap(), seed.bin.as_deref())
            }
            Self::Text(edit) => {
                let text = serde_json::to_vec(&seed.json).unwrap();
                file(&edit.apply(text), seed.bin.as_deref())
            }
            Self::Payload(Some(pointer), payload) => {
                let mut json = seed.json.clone();
                let uri = json.pointer_mut(pointer).unwrap();
                let bytes = binary::decode(uri.as_str().unwrap()).unwrap();
                *uri = binary::encode(&payload.apply(bytes)).into();
                file(&serde_json::to_vec(&json).unwrap(), seed.bin.as_deref())
            }
            Self::Payload(None, payload) => {
                let bin = payload.apply(seed.bin.clone().unwrap_or_default());
                file(&serde_json::to_vec(&seed.json).unwrap(), Some(&bin))
            }
            Self::Container(container) => container.apply(seed),
        }
    }

    /// Whether the fault is in a list of objects, so that a refusal can name one by its number.
    pub fn is_in_list(&self) -> bool {
        let Self::Value(pointer, _) = self else {
            return false;
        };
        let mut parts = pointer.split('/').skip(1);
        let is_object = parts
            .next()
            .is_some_and(|name| !name.starts_with("extensions"));
        is_object && parts.next().is_some_and(|i| i.parse::<u32>().is_ok())
    }

    /// The last name in the pointer to an index that this lets have another one's last 32 bits.
    pub fn cut_index(&self) -> Option<&str> {
        let Self::Value(pointer, Change::PlusTwoTo32) = self else {
            return None;
        };
        let mut names = pointer.rsplit('/');
        let is_name = |name: &&str| name.parse::<u32>().is_err();
        json::is_index(pointer).then(|| names.find(is_name))?
    }

    /// Refuses what must not be drawn: an index that has another one's last 32 bits.
    pub fn may_be_drawn(&self) -> Result<(), String> {
        match self.cut_index() {
            Some(_) => Err("drawn with an index beyond 32 bits".into()),
            None => Ok(()),
        }
    }
}
