//! The tokens of which a client has to know one. They may change while the server runs.

use std::sync::{PoisonError, RwLock};

use crate::config::Tokens;

/// Who is let in.
#[derive(Debug)]
pub struct Admission {
    /// None if everybody is.
    tokens: Option<RwLock<Tokens>>,
}

impl Admission {
    /// Whoever knows one of the tokens, or everybody.
    pub fn new(tokens: Option<Tokens>) -> Self {
        if let Some(tokens) = &tokens {
            warn_if_exposed(tokens);
        }
        Self {
            tokens: tokens.map(RwLock::new),
        }
    }

    /// Whether a client is let in that has this token, or none.
    pub fn admits(&self, token: Option<&[u8]>) -> bool {
        let Some(tokens) = &self.tokens else {
            return true;
        };
        let tokens = tokens.read().unwrap_or_else(PoisonError::into_inner);
        token.is_some_and(|token| tokens.admit(token))
    }

    /// Reads the file of tokens again. If it makes no sense, those known so far stay: a server that a fault
    /// in a file opens to all, or closes to all, would be worse.
    pub fn read_again(&self) {
        let Some(tokens) = &self.tokens else {
            log::info!("There is no file of tokens to be read again.");
            return;
        };
        // Nobody waits while it is read.
        let read = tokens
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .read_again();
        match read {
            Ok(new) => {
                warn_if_exposed(&new);
                log::info!("The file of tokens was read again; it has {}.", new.count());
                *tokens.write().unwrap_or_else(PoisonError::into_inner) = new;
            }
            Err(fault) => {
                log::error!("The file of tokens {fault}; those that it had stay.");
            }
        }
    }
}

fn warn_if_exposed(tokens: &Tokens) {
    if tokens.is_exposed() {
        log::warn!("Each user of this machine may read the file of tokens.");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use std::fs::write;

    use super::*;
    use crate::cli::ServeArgs;
    use crate::config::ServeConfig;

    fn of(file: &tempfile::NamedTempFile) -> Admission {
        let args = ServeArgs {
            token_file: Some(file.path().to_owned()),
            ..ServeArgs::default()
        };
        Admission::new(ServeConfig::resolve(&args).unwrap().tokens)
    }

    #[test]
    fn a_file_that_is_read_again_lets_others_in() {
        let file = tempfile::NamedTempFile::new().unwrap();
        write(&file, b"old").unwrap();
        let admission = of(&file);
        assert!(admission.admits(Some(b"old")));
        assert!(!admission.admits(Some(b"new")) && !admission.admits(None));
        write(&file, b"new").unwrap();
        assert!(admission.admits(Some(b"old")));
        admission.read_again();
        assert!(admission.admits(Some(b"new")));
        assert!(!admission.admits(Some(b"old")) && !admission.admits(None));
        for fault in [b"".as_slice(), b"n ew\nold"] {
            write(&file, fault).unwrap();
            admission.read_again();
            assert!(admission.admits(Some(b"new")));
            assert!(!admission.admits(Some(b"old")) && !admission.admits(None));
        }
    }

    #[test]
    fn without_a_file_everybody_is_let_in() {
        let admission = Admission::new(None);
        admission.read_again();
        assert!(admission.admits(None) && admission.admits(Some(b"any")));
    }
}
