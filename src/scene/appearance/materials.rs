//! The materials that are drawn, each converted once, with their textures.

use gltf::json::Root;

use super::material_textures;
use super::texture::Textures;
use crate::scene::budget::Budget;
use crate::scene::data::buffers::Buffers;
use crate::scene::error::lookup;
use crate::scene::file::document::Document;
use crate::scene::warnings::Warnings;
use crate::scene::{Detail, Material, Options, Producer, Scene, SceneError, Slot};

/// The materials converted so far.
#[derive(Debug)]
pub(in crate::scene) struct Materials<'a> {
    root: &'a Root,
    detail: Detail,
    /// Whether depth and label have the holes of materials.
    has_holes: bool,
    /// Whether its textures share their texture coordinates, as in VTK.
    shares_tex_coords: bool,
    textures: Textures,
    /// Those of the file, then the default one; none where nothing uses it yet.
    converted: Vec<Option<Material>>,
}

impl<'a> Materials<'a> {
    /// Nothing is converted yet.
    pub fn new(document: &'a Document, options: &Options, has_holes: bool) -> Self {
        let root = &document.root;
        Self {
            root,
            detail: options.detail,
            has_holes,
            shares_tex_coords: document.producer != Producer::Other,
            textures: Textures::new(options.cache.clone()),
            converted: vec![None; root.materials.len() + 1],
        }
    }

    /// Converts a material of the file, the default one if none is named, or finds it. Gives its
    /// index in the scene.
    pub fn get(
        &mut self,
        named: Option<usize>,
        buffers: &mut Buffers<'a>,
        budget: &mut Budget,
        warnings: &mut Warnings,
    ) -> Result<(usize, &Material), SceneError> {
        let default = self.root.materials.len();
        let index = match named {
            // The one after the last is the default one, which cannot be named.
            Some(index) => {
                lookup(&self.root.materials, index, "material")?;
                index
            }
            None => default,
        };
        let known = self.converted.get(index).is_some_and(Option::is_some);
        let fresh = match named {
            Some(index) if !known => self
                .convert(index, buffers, budget, warnings)
                .map_err(|e| e.within(format_args!("material {index}")))?,
            _ => Material::default(),
        };
        // There is a place for each index that passed the lookup.
        let place = &mut self.converted[index];
        Ok((index, place.get_or_insert(fresh)))
    }

    /// Moves materials and textures into a scene. A material that nothing uses is there for the
    /// numbering only, with default values.
    pub fn finish(mut self, scene: &mut Scene) {
        let default = self.converted.pop().flatten();
        scene.default_material = default.is_some().then_some(self.converted.len());
        scene.materials = (self.converted.into_iter())
            .map(Option::unwrap_or_default)
            .chain(default)
            .collect();
        scene.textures = self.textures.list;
    }

    fn convert(
        &mut self,
        index: usize,
        buffers: &mut Buffers<'a>,
        budget: &mut Budget,
        warnings: &mut Warnings,
    ) -> Result<Material, SceneError> {
        let json = lookup(&self.root.materials, index, "material")?;
        let mut material = Material::from_json(json, index, warnings)?;
        let all = self.detail == Detail::Shading;
        let only_holes = self.has_holes && material.has_holes();
        if all || only_holes {
            let textures = &mut self.textures;
            material_textures::read(
                json,
                |slot| all || slot == Slot::BaseColor,
                |name, texture| {
                    let found = textures.get(self.root, texture, buffers, budget, warnings)?;
                    if found.is_none() {
                        warnings.add(|| {
                            format!(
                                "material {index}: {name} is left out, because texture {texture} \
                                 names no image that can be read."
                            )
                        });
                    }
                    Ok(found)
                },
                |slot, texture| material.textures[slot as usize] = Some(texture),
            )?;
        }
        if self.shares_tex_coords {
            material.share_tex_coords();
        }
        Ok(material)
    }
}
