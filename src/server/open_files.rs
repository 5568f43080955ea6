//! How many files the server may hold open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Has the system let the process open as many files as it may ask for. Often that is 1024 at first, for
/// programs that call `select`; a connection takes two of them, and a scene that waits another.
pub fn allow_most() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, most) {
        log::warn!("No more files than before may be open: {error}.");
    }
}
