//! Why a file would not be drawn.

use super::{CommandError, FileError};
use crate::protocol::ErrorCode;

/// The code of a file that cannot be read.
const UNREADABLE: &str = "unreadable";

/// Why a file would not be drawn.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Fault {
    /// The stable error code, or `unreadable` of a file.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
}

impl Fault {
    /// This program failed.
    pub fn internal() -> Self {
        Self {
            code: ErrorCode::Internal.as_str(),
            message: "The program failed; this is its own fault.".into(),
        }
    }
}

impl From<CommandError> for Fault {
    fn from(error: CommandError) -> Self {
        let (code, message) = match error {
            CommandError::Refused(refusal) => (refusal.code.as_str(), refusal.message),
            // Whoever says this names the file, too.
            CommandError::File(FileError { cause, .. }) => (UNREADABLE, cause.to_string()),
            error => (UNREADABLE, error.to_string()),
        };
        Self { code, message }
    }
}
