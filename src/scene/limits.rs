//! How large a scene may be. Each limit is checked before anything of that size is allocated.
//!
//! All there is to know of a limit stands in one table: its field, its default, what it counts, the option
//! that sets it, and the code of a refusal.

/// A number that is counted.
trait Count: Copy {
    fn wide(self) -> u64;
    /// The nearest there is.
    fn narrow(number: u64) -> Self;
}

macro_rules! count {
    ($($number:ty),+) => {$(
        impl Count for $number {
            fn wide(self) -> u64 {
                u64::try_from(self).unwrap_or(u64::MAX)
            }

            fn narrow(number: u64) -> Self {
                Self::try_from(number).unwrap_or(Self::MAX)
            }
        }
    )+};
}
count!(u32, usize);

impl Count for u64 {
    fn wide(self) -> u64 {
        self
    }

    fn narrow(number: u64) -> Self {
        number
    }
}

macro_rules! limits {
    ($(
        $(#[doc = $counted:literal])+
        $name:ident $field:ident: $number:ty = $default:expr,
        $what:literal, $option:literal, $code:literal;
    )+) => {
        /// Upper bounds on what one scene may make the server hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct Limits {
            $($(#[doc = $counted])+ pub $field: $number,)+
        }

        impl Default for Limits {
            /// Generous for robotics scenes: a few gigabytes of memory at worst, for each worker.
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        /// How much of its [`Limits`] a scene uses: for each of them what it counts.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Usage {
            $($(#[doc = $counted])+ pub $field: $number,)+
        }

        /// One of the [`Limits`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Limit {
            $($(#[doc = $counted])+ $name,)+
        }

        impl Limit {
            /// All of them.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$name),+];

            /// What is counted: "nodes".
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)+ }
            }

            /// What is counted, for a person who sets the limit.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Self::$name => concat!($($counted),+).trim_ascii(),)+ }
            }

            /// The option that sets the limit, without its hyphens: "max-nodes".
            #[must_use]
            pub fn option(self) -> &'static str {
                match self { $(Self::$name => $option,)+ }
            }

            /// The stable code of a refusal: `too_many_nodes`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }

        impl Limits {
            /// How much may be.
            #[must_use]
            pub fn get(&self, limit: Limit) -> u64 {
                match limit { $(Limit::$name => self.$field.wide(),)+ }
            }

            /// Sets how much may be; what is too large for the limit sets it as high as it goes.
            pub fn set(&mut self, limit: Limit, most: u64) {
                match limit { $(Limit::$name => self.$field = Count::narrow(most),)+ }
            }
        }

        impl Usage {
            /// How much is used.
            #[must_use]
            pub fn get(&self, limit: Limit) -> u64 {
                match limit { $(Limit::$name => self.$field.wide(),)+ }
            }
        }
    };
}

limits! {
    /// Objects in the JSON of a scene, of whatever kind: the braces that open, also in strings.
    JsonObjects json_objects: usize = 5_000_000,
    "JSON objects", "max-json-objects", "too_many_json_objects";

    /// Nodes in a scene's file.
    Nodes nodes: usize = 1_000_000,
    "nodes", "max-nodes", "too_many_nodes";

    /// Materials in a scene's file.
    Materials materials: usize = 100_000,
    "materials", "max-materials", "too_many_materials";

    /// Levels of nodes: the length of the longest path from a root to a leaf.
    NodeDepth node_depth: usize = 1_000,
    "levels of nodes", "max-depth", "nodes_too_deep";

    /// Primitives drawn, counting each node or instance that shows a mesh.
    Instances instances: usize = 1_000_000,
    "primitives drawn", "max-instances", "too_many_instances";

    /// Triangles, lines and points drawn, counting each node that shows a mesh: what an image may cost.
    ElementsDrawn elements_drawn: usize = 1_000_000_000,
    "triangles, lines and points drawn", "max-elements", "too_many_elements";

    /// Vertices of all primitives of a scene together.
    Vertices vertices: usize = 20_000_000,
    "vertices", "max-vertices", "too_many_vertices";

    /// Indices of all primitives of a scene together.
    Indices indices: usize = 60_000_000,
    "indices", "max-indices", "too_many_indices";

    /// Vertices of morph targets in use, counting each attribute.
    MorphedVertices morphed_vertices: usize = 100_000_000,
    "vertices of morph targets", "max-morphed-vertices", "too_many_morphed_vertices";

    /// Weights and attributes of morph targets that are looked up, counting each different set of
    /// weights that a mesh is shown with, and each different skin.
    TargetsResolved targets_resolved: usize = 50_000_000,
    "weights and attributes of morph targets", "max-morph-targets", "too_many_morph_targets";

    /// Numbers in the keyframes of the animation that is played, counting each channel.
    KeyframeNumbers keyframe_numbers: usize = 50_000_000,
    "numbers in keyframes", "max-keyframe-numbers", "too_many_keyframe_numbers";

    /// Width or height of a texture, pixels.
    TextureSide texture_side: u32 = 8_192,
    "pixels on a side of a texture", "max-texture-side", "texture_too_large";

    /// Pixels of all textures of a scene together.
    TexturePixels texture_pixels: u64 = 1 << 28,
    "texture pixels", "max-texture-pixels", "too_many_texture_pixels";

    /// Bytes decoded from all data URIs and all compressed geometry of a scene together.
    DecodedBytes decoded_bytes: usize = 2 << 30,
    "bytes in data URIs, files and compressed geometry", "max-decoded", "too_many_decoded_bytes";

    /// Bytes of images and of compressed geometry that are handed to decoders, counting the same bytes
    /// as often as they are decoded.
    EncodedBytes encoded_bytes: usize = 1 << 30,
    "bytes of images and compressed geometry to decode", "max-encoded", "too_many_encoded_bytes";
}

impl Limit {
    /// Whether bytes are counted, which people write with units.
    #[must_use]
    pub fn is_size(self) -> bool {
        matches!(self, Self::DecodedBytes | Self::EncodedBytes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_limit_has_its_own_words_and_place() {
        for word in [Limit::what, Limit::help, Limit::option, Limit::code] {
            let words: BTreeSet<_> = Limit::ALL.into_iter().map(word).collect();
            assert_eq!(words.len(), Limit::ALL.len(), "{words:?}");
        }
        for limit in Limit::ALL {
            let mut limits = Limits::default();
            assert!(limits.get(limit) > 0);
            limits.set(limit, 7);
            for other in Limit::ALL {
                let expected = if other == limit {
                    7
                } else {
                    Limits::default().get(other)
                };
                assert_eq!(limits.get(other), expected);
            }
            assert_eq!(Usage::default().get(limit), 0);
        }
    }

    #[test]
    fn a_limit_beyond_its_numbers_is_as_high_as_it_goes() {
        let mut limits = Limits::default();
        limits.set(Limit::TextureSide, u64::MAX);
        assert_eq!(limits.texture_side, u32::MAX);
    }
}
