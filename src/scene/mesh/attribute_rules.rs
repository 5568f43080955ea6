//! What types attributes may have: glTF's own, and the integers of `KHR_mesh_quantization`.

use crate::scene::data::accessor::{Component, Layout};

/// The extension that allows integers.
pub(in crate::scene) const QUANTIZATION: &str = "KHR_mesh_quantization";

/// What types an attribute may have.
#[derive(Clone, Copy)]
pub(in crate::scene) struct Rule {
    widths: &'static [usize],
    /// Unsigned bytes and shorts that stand for fractions.
    fractions: bool,
    /// Which integers `KHR_mesh_quantization` adds.
    quantized: Integers,
    /// What a file without quantization may have, for messages.
    pub words: &'static str,
}

/// Kinds of bytes and shorts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Integers {
    /// None.
    None,
    /// Signed ones that stand for fractions.
    SignedFractions,
    /// All of them.
    All,
}

impl Rule {
    /// Whether an accessor may be such an attribute, in a file with or without quantization.
    pub fn allows(self, layout: &Layout, quantization: bool) -> bool {
        let (signed, fractions) = (
            matches!(layout.component, Component::I8 | Component::I16),
            layout.normalized,
        );
        let component_fits = match layout.component {
            Component::F32 => true,
            Component::U32 => false,
            _ if !signed && fractions && self.fractions => true,
            _ if !quantization => false,
            _ => match self.quantized {
                Integers::None => false,
                Integers::SignedFractions => signed && fractions,
                Integers::All => true,
            },
        };
        component_fits && self.widths.contains(&layout.width)
    }
}

/// POSITION
pub(in crate::scene) const POSITION: Rule = Rule {
    widths: &[3],
    fractions: false,
    quantized: Integers::All,
    words: "a VEC3 of floats",
};
/// NORMAL
pub(in crate::scene) const NORMAL: Rule = Rule {
    widths: &[3],
    fractions: false,
    quantized: Integers::SignedFractions,
    words: "a VEC3 of floats",
};
/// TANGENT
pub(in crate::scene) const TANGENT: Rule = Rule {
    widths: &[4],
    fractions: false,
    quantized: Integers::SignedFractions,
    words: "a VEC4 of floats",
};
/// TEXCOORD_n
pub(in crate::scene) const TEX_COORD: Rule = Rule {
    widths: &[2],
    fractions: true,
    quantized: Integers::All,
    words: "a VEC2 of floats or of normalized unsigned bytes or shorts",
};
/// COLOR_n
pub(in crate::scene) const COLOR: Rule = Rule {
    widths: &[3, 4],
    fractions: true,
    quantized: Integers::None,
    words: "a VEC3 or VEC4 of floats or of normalized unsigned bytes or shorts",
};
