//! `scene_sha256`: what the client says that the scene's bytes hash to.

use std::fmt;
use std::str::FromStr;

use super::field::{invalid, quoted};
use super::{ErrorCode, Refusal};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SceneHash(pub [u8; 32]);

impl SceneHash {
    /// Compares what the client says (`self`) with what arrived.
    ///
    /// # Errors
    /// If they differ: the scene was damaged on its way.
    pub fn check(self, received: Self) -> Result<(), Refusal> {
        if self == received {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::SceneHashMismatch,
            format!(
                "scene_sha256 is {self}, but the scene that arrived has the SHA-256 {received}."
            ),
        ))
    }
}

/// Reads 64 hexadecimal digits of either case.
impl FromStr for SceneHash {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let refused = || {
            invalid(format!(
                "scene_sha256 must be 64 hexadecimal digits, not {}.",
                quoted(text)
            ))
        };
        // The check keeps out the sign that from_str_radix would read.
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refused());
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| refused())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| refused())?;
        }
        Ok(Self(hash))
    }
}

impl fmt::Display for SceneHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SceneHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SceneHash({self})")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;

    #[test]
    fn reads_and_writes_hex() {
        let text = "0f".repeat(32);
        let hash: SceneHash = text.parse().unwrap();
        assert_eq!(hash.0, [15; 32]);
        assert_eq!(hash.to_string(), text);
        assert_eq!(text.to_uppercase().parse::<SceneHash>().unwrap(), hash);
    }

    #[test]
    fn refuses_what_is_not_a_hash() {
        for text in ["", "0f", &"+f".repeat(32), &"é".repeat(32), &"0".repeat(65)] {
            let refusal = text.parse::<SceneHash>().unwrap_err();
            assert_eq!(refusal.code, ErrorCode::InvalidField);
            assert!(refusal.message.starts_with("scene_sha256"));
        }
    }

    #[test]
    fn a_mismatch_names_both() {
        let (a, b) = (SceneHash([1; 32]), SceneHash([2; 32]));
        assert_eq!(a.check(a), Ok(()));
        let refusal = a.check(b).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::SceneHashMismatch);
        assert!(refusal.message.contains(&a.to_string()));
        assert!(refusal.message.contains(&b.to_string()));
    }
}
