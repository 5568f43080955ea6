//! Scenes with one thing wrong, and with several.

use std::fmt::Write as _;

use serde_json::Value;

use super::corpus::json::{self, Change};
use super::corpus::mutation::{self, Mutation};
use super::corpus::seeds::{self, Seed, file};
use super::random::Random;

/// All seeds, each with all that can be wrong with it.
pub struct Scenes(Vec<(Seed, Vec<Mutation>)>);

impl Scenes {
    pub fn new() -> Self {
        let with_mutations = |seed| {
            let all = mutation::all(&seed);
            (seed, all)
        };
        Self(seeds::all().into_iter().map(with_mutations).collect())
    }

    /// A sound scene with cameras of its own and a texture.
    pub fn good(&self) -> &Seed {
        &self.0[0].0
    }

    /// The seeds.
    pub fn seeds(&self) -> impl Iterator<Item = &Seed> {
        self.0.iter().map(|(seed, _)| seed)
    }

    /// A scene that is broken, and how.
    pub fn broken(&self, random: &mut Random) -> (String, Vec<u8>) {
        let (seed, mutations) = random.pick(&self.0);
        match random.below(8) {
            // Alone, each kind of fault is looked at in full.
            0..4 => {
                let mutation = random.pick(mutations);
                (format!("{}: {mutation}", seed.name), mutation.apply(seed))
            }
            4 | 5 => several(seed, random),
            6 => {
                let (other, _) = random.pick(&self.0);
                mixed(seed, other, random)
            }
            _ => {
                let mut bytes = seed.bytes();
                let times = 1 + random.below(4);
                (0..times).for_each(|_| random.spoil(&mut bytes));
                (format!("{}: spoilt {times} times", seed.name), bytes)
            }
        }
    }
}

/// A file of a seed with another document.
fn with(seed: &Seed, json: &Value) -> Vec<u8> {
    file(&serde_json::to_vec(json).unwrap(), seed.bin.as_deref())
}

/// Two to four values changed.
fn several(seed: &Seed, random: &mut Random) -> (String, Vec<u8>) {
    let (mut json, mut name) = (seed.json.clone(), format!("{}:", seed.name));
    for _ in 0..2 + random.below(3) {
        let pointers = json::pointers(&json);
        if pointers.is_empty() {
            break;
        }
        let pointer = random.pick(&pointers);
        let value = json.pointer(pointer).unwrap();
        let change = *random.pick(&Change::all(value));
        json = json::changed(&json, pointer, change);
        write!(name, " {pointer} {change:?},").unwrap();
    }
    (name, with(seed, &json))
}

/// One list of another file in the place of its own.
fn mixed(seed: &Seed, other: &Seed, random: &mut Random) -> (String, Vec<u8>) {
    let names: Vec<_> = other.json.as_object().unwrap().keys().collect();
    let name = random.pick(&names).as_str();
    let mut json = seed.json.clone();
    json[name] = other.json[name].clone();
    let text = format!("{}: {name} of {}", seed.name, other.name);
    (text, with(seed, &json))
}
