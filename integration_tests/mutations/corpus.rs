//! The sound scenes of the corpus, and what can be wrong with one.

#[path = "../corpus/binary.rs"]
pub mod binary;
#[path = "../corpus/json.rs"]
pub mod json;
#[path = "../corpus/mutation.rs"]
pub mod mutation;
#[path = "../corpus/seeds.rs"]
pub mod seeds;
