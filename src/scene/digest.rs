//! Names for contents: equal digests are equal contents, in whatever request they came.
//!
//! What is kept between requests is found by its digest, and clients may be hostile to each other,
//! so that nobody may be able to make two contents with the same one: it is BLAKE3.

use std::fmt;
use std::hash::{Hash, Hasher};

/// The name of a content.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// What a digest is of. The same bytes have another digest as another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::scene) enum Kind {
    /// A content of the caller's own.
    Foreign,
    /// The text of a data URI.
    Uri,
    /// The BIN chunk of a GLB file.
    Bin,
    /// A file beside the scene.
    File,
    /// What is decoded from compressed bytes.
    Derived,
    /// The vertices of a primitive.
    Geometry,
    /// Where its points, lines or triangles lie.
    Shape,
    /// The joints of a skin.
    Pose,
    /// The pixels of a texture.
    Image,
    /// A compressed mesh.
    Mesh,
    /// All that a load makes of a file.
    Scene,
    /// A file but for the transforms of its nodes.
    Still,
    /// All that a load makes of such a file, wherever its nodes are.
    Moving,
}

impl Digest {
    /// The digest of a content that no file has, such as one made by a program.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::of_slice(Kind::Foreign, bytes)
    }

    /// Its bytes.
    pub(in crate::scene) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The digest of bytes that are the content themselves.
    pub(in crate::scene) fn of_slice(kind: Kind, bytes: &[u8]) -> Self {
        Self(hasher(kind).update(bytes).finalize().into())
    }

    /// The digest of a content that `recipe` makes: of all that it feeds to a hasher.
    pub(in crate::scene) fn of_recipe(kind: Kind, recipe: &impl Hash) -> Self {
        let mut fed = Fed(Vec::with_capacity(1024));
        recipe.hash(&mut fed);
        Self::of_slice(kind, &fed.0)
    }
}

/// Makes digests of contents that come in pieces, one after the other.
#[derive(Debug)]
pub(in crate::scene) struct Digester(Box<blake3::Hasher>);

impl Digester {
    /// Nothing has come.
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(hasher(kind)))
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all that came; the next piece begins another content.
    pub fn finish(&mut self) -> Digest {
        let digest = Digest(self.0.finalize().into());
        self.reset();
        digest
    }

    /// Forgets what came.
    pub fn reset(&mut self) {
        self.0.reset();
    }
}

fn hasher(kind: Kind) -> blake3::Hasher {
    blake3::Hasher::new_keyed(&[kind as u8; 32])
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..8]
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// All that was fed to it. What is derived feeds lengths and variants too, so that different values
/// feed different bytes.
struct Fed(Vec<u8>);

impl Hasher for Fed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Not asked for.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_bytes_tell_digests_apart() {
        let uri = Digest::of_slice(Kind::Uri, b"abc");
        assert_eq!(uri, Digest::of_slice(Kind::Uri, b"abc"));
        assert_ne!(uri, Digest::of_slice(Kind::Bin, b"abc"));
        assert_ne!(uri, Digest::of_slice(Kind::Uri, b"abd"));
    }

    #[test]
    fn pieces_make_the_digest_of_the_whole() {
        let mut digester = Digester::new(Kind::Uri);
        digester.update(b"left over");
        digester.reset();
        for pieces in [&[&b"a"[..], b"bc"][..], &[b"abc"]] {
            for piece in pieces {
                digester.update(piece);
            }
            assert_eq!(digester.finish(), Digest::of_slice(Kind::Uri, b"abc"));
        }
    }

    #[test]
    fn recipes_do_not_run_into_each_other() {
        let of = |lists: &[&[u8]], text: &str, more: Option<u8>| {
            Digest::of_recipe(Kind::Geometry, &(lists, text, more))
        };
        let all = [
            of(&[b"ab", b"c"], "d", None),
            of(&[b"a", b"bc"], "d", None),
            of(&[b"ab"], "cd", None),
            of(&[b"ab", b"c"], "", Some(b'd')),
            of(&[b"ab", b"c"], "d", Some(0)),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(all[0], of(&[b"ab", b"c"], "d", None));
    }
}
