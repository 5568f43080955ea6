//! What types attributes and the differences of morph targets may have: glTF's own (3.7.2), and the
//! integers of `KHR_mesh_quantization`.

use gltf::json::mesh::Semantic;

use crate::scene::data::accessor::{Component, Layout};

/// The extension that allows integers.
pub(in crate::scene) const QUANTIZATION: &str = "KHR_mesh_quantization";

/// What types an attribute may have.
#[derive(Clone, Copy)]
pub(in crate::scene) struct Rule {
    widths: &'static [usize],
    /// Which integers glTF itself allows beside floats.
    own: Integers,
    /// Which integers `KHR_mesh_quantization` adds.
    quantized: Integers,
    /// What a file without quantization may have, for messages.
    pub words: &'static str,
}

/// Kinds of bytes and shorts.
#[derive(Clone, Copy)]
enum Integers {
    /// None.
    None,
    /// Unsigned ones that stand for fractions.
    UnsignedFractions,
    /// Signed ones that stand for fractions.
    SignedFractions,
    /// All that stand for fractions.
    Fractions,
    /// Signed ones.
    Signed,
    /// All of them.
    All,
}

impl Integers {
    fn include(self, is_signed: bool, is_fraction: bool) -> bool {
        match self {
            Self::None => false,
            Self::UnsignedFractions => !is_signed && is_fraction,
            Self::SignedFractions => is_signed && is_fraction,
            Self::Fractions => is_fraction,
            Self::Signed => is_signed,
            Self::All => true,
        }
    }
}

impl Rule {
    /// Whether an accessor may be such an attribute, in a file with or without quantization.
    pub fn allows(self, layout: &Layout, quantization: bool) -> bool {
        let is_signed = matches!(layout.component, Component::I8 | Component::I16);
        let include = |kinds: Integers| kinds.include(is_signed, layout.normalized);
        let component_fits = match layout.component {
            Component::F32 => true,
            Component::U32 => false,
            _ => include(self.own) || quantization && include(self.quantized),
        };
        component_fits && self.widths.contains(&layout.width)
    }
}

/// POSITION
pub(in crate::scene) const POSITION: Rule = Rule {
    widths: &[3],
    own: Integers::None,
    quantized: Integers::All,
    words: "a VEC3 of floats",
};
/// NORMAL
pub(in crate::scene) const NORMAL: Rule = Rule {
    widths: &[3],
    own: Integers::None,
    quantized: Integers::SignedFractions,
    words: "a VEC3 of floats",
};
/// TANGENT
pub(in crate::scene) const TANGENT: Rule = Rule {
    widths: &[4],
    own: Integers::None,
    quantized: Integers::SignedFractions,
    words: "a VEC4 of floats",
};
/// TEXCOORD_n
pub(in crate::scene) const TEX_COORD: Rule = Rule {
    widths: &[2],
    own: Integers::UnsignedFractions,
    quantized: Integers::All,
    words: "a VEC2 of floats or of normalized unsigned bytes or shorts",
};
/// COLOR_n
pub(in crate::scene) const COLOR: Rule = Rule {
    widths: &[3, 4],
    own: Integers::UnsignedFractions,
    quantized: Integers::None,
    words: "a VEC3 or VEC4 of floats or of normalized unsigned bytes or shorts",
};

/// What a morph target may add to an attribute; none if that is not drawn.
pub(in crate::scene) fn of_target(semantic: &Semantic) -> Option<Rule> {
    match semantic {
        Semantic::Positions => Some(Rule {
            quantized: Integers::Signed,
            ..POSITION
        }),
        // Tangents keep their sign, so there are three numbers of them, too.
        Semantic::Normals | Semantic::Tangents => Some(NORMAL),
        Semantic::TexCoords(_) => Some(Rule {
            own: Integers::Fractions,
            quantized: Integers::None,
            words: "a VEC2 of floats or of normalized bytes or shorts",
            ..TEX_COORD
        }),
        Semantic::Colors(0) => Some(Rule {
            own: Integers::Fractions,
            words: "a VEC3 or VEC4 of floats or of normalized bytes or shorts",
            ..COLOR
        }),
        _ => None,
    }
}
