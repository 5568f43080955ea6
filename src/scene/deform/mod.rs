//! What changes the vertices of a primitive before it is drawn: first morph targets, then a skin
//! (glTF 2.0, 3.7.3.3).

mod deformations;
mod morph;
mod skin;
mod worlds;

use std::sync::Arc;

use gltf::json::mesh::Semantic;

use super::SceneError;
use super::budget::Budget;
use super::data::arrays::Arrays;

pub(super) use self::deformations::{AtRest, Deformations, Shape};
use self::morph::Morph;
use self::skin::{Influences, Skinning};

/// What a primitive is changed by. Equal ones make the same change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Deformation<'a> {
    morph: Morph<'a>,
    skinning: Option<Skinning<'a>>,
}

impl Deformation<'_> {
    /// Whether morph targets change attributes.
    pub fn is_morphed(&self) -> bool {
        self.morph != Morph::default()
    }
}

/// The same, read.
#[derive(Debug)]
pub(super) struct Deformer<'r, 'a> {
    morph: &'r Morph<'a>,
    influences: Option<Influences>,
}

impl<'r, 'a> Deformer<'r, 'a> {
    /// Reads what a deformation needs for each vertex.
    pub fn new(
        deformation: &'r Deformation<'a>,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Self, SceneError> {
        let skinning = deformation.skinning.as_ref();
        Ok(Self {
            morph: &deformation.morph,
            influences: skinning.map(|s| s.read(arrays, budget)).transpose()?,
        })
    }

    /// The positions as they are drawn.
    pub fn positions(
        &self,
        given: Arc<[[f32; 3]]>,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Arc<[[f32; 3]]>, SceneError> {
        let morphed = self
            .morph
            .add(&Semantic::Positions, given, arrays, budget)?;
        match &self.influences {
            Some(influences) => influences.positions(&morphed),
            None => Ok(morphed),
        }
    }

    /// The normals as they are drawn, of any length.
    pub fn normals(
        &self,
        given: Arc<[[f32; 3]]>,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Arc<[[f32; 3]]>, SceneError> {
        let morphed = self.morph.add(&Semantic::Normals, given, arrays, budget)?;
        match &self.influences {
            Some(influences) => influences.normals(&morphed),
            None => Ok(morphed),
        }
    }

    /// The tangents as they are drawn, of any length.
    pub fn tangents(
        &self,
        given: Arc<[[f32; 4]]>,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Arc<[[f32; 4]]>, SceneError> {
        let morphed = self.morph.add(&Semantic::Tangents, given, arrays, budget)?;
        match &self.influences {
            Some(influences) => influences.tangents(&morphed),
            None => Ok(morphed),
        }
    }

    /// Texture coordinates or colors as they are drawn; joints do not change them.
    pub fn others<const N: usize>(
        &self,
        semantic: &Semantic,
        given: Arc<[[f32; N]]>,
        arrays: &mut Arrays<'a>,
        budget: &mut Budget,
    ) -> Result<Arc<[[f32; N]]>, SceneError> {
        self.morph.add(semantic, given, arrays, budget)
    }
}
