//! The whole way from bytes to a scene.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use gltf::json::Mesh;
use gltf::json::mesh::Primitive as Json;

use super::appearance::material::Slot;
use super::appearance::materials::Materials;
use super::appearance::variants;
use super::budget::Budget;
use super::data::arrays::Arrays;
use super::data::buffers::Buffers;
use super::data::compressed::DracoPrimitive;
use super::data::oddities;
use super::deform::{AtRest, Deformations, Shape};
use super::error::lookup;
use super::file::cutter::Cuts;
use super::file::document::Document;
use super::file::still::Still;
use super::file::text::Text;
use super::hierarchy::instancing::{self, instances};
use super::hierarchy::nodes::{Shown, walk};
use super::hierarchy::rig::Rig;
use super::mesh::attributes::Attributes;
use super::mesh::geometry::{Completion, Geometries, Recipe};
use super::warnings::Warnings;
use super::{
    Detail, Instance, Options, Origin, Primitive, Producer, Scene, SceneError, Selection, animation,
};

/// Reads a glTF scene, JSON or GLB (told apart by content).
///
/// Only what is drawn is read and checked: what no node of the scene shows may be broken.
///
/// # Errors
/// If it is not glTF 2.0, breaks a rule that drawing depends on, needs something that is not drawn,
/// refers outside itself, or exceeds a limit.
pub fn load(bytes: &[u8], options: &Options) -> Result<Scene, SceneError> {
    let mut budget = Budget::new(&options.limits);
    let text = Text::read(bytes, None, &mut budget)?;
    Ok(load_text(text, options, budget)?.scene)
}

/// A scene that was loaded.
struct Loaded {
    scene: Scene,
    /// What moves it; none if there is more to it than to place it elsewhere.
    rig: Option<Rig>,
}

/// The same for a file that has been read.
fn load_text(text: Text, options: &Options, mut budget: Budget) -> Result<Loaded, SceneError> {
    let mut document = Document::parse(text, options.selection.look)?;
    budget.materials(document.root.materials.len())?;
    let mut warnings = Warnings::default();
    for sentence in &document.ignored_extensions.undeclared {
        warnings.add(|| sentence.clone());
    }
    animation::pose(&mut document, options, &mut budget, &mut warnings)?;
    let warned = warnings.count();
    let walk = walk(&document, &mut budget, &mut warnings)?;
    let is_rigid = document.is_verbatim
        && warnings.count() == warned
        && walk.shown.iter().all(|shown| is_rigid(&document, shown));
    let variant = variants::choose(&document.root, options.selection.variant.as_ref())?;
    let mut loader = Loader::new(&document, options, variant, budget);
    loader.warnings = warnings;
    for shown in &walk.shown {
        loader.show(shown)?;
    }
    oddities::warn(&document.root, &loader.arrays, &mut loader.warnings);
    let skins: BTreeSet<usize> = walk.shown.iter().filter_map(|shown| shown.skin).collect();
    oddities::warn_of_skins(&document.root, skins, &mut loader.warnings);
    let mut scene = loader.finish();
    scene.cameras = walk.cameras;
    scene.faulty_cameras = walk.faulty_cameras;
    scene.lights = walk.lights;
    let rig = is_rigid.then_some(walk.rig);
    Ok(Loaded { scene, rig })
}

/// Whether a mesh is shown at its node and nowhere else, and is the same wherever that is.
fn is_rigid(document: &Document, shown: &Shown) -> bool {
    let node = document.root.nodes.get(shown.node);
    let extensions = node.and_then(|node| node.extensions.as_ref());
    let is_instanced = extensions.is_some_and(|all| all.others.contains_key(instancing::NAME));
    shown.skin.is_none() && !is_instanced
}

/// The same for a file whose SHA-256 is known: if the cache has all of its scene, it is not parsed.
/// `cuts` is what a [`Cutter`](super::Cutter) found in the same bytes, if they went through one; they
/// are not searched again then, and little is parsed if the cache has all of a scene that differs in
/// the transforms of its nodes only.
///
/// # Errors
/// Those of [`load`].
pub fn load_hashed(
    bytes: &[u8],
    sha256: &[u8; 32],
    cuts: Option<&Cuts>,
    options: &Options,
) -> Result<Scene, SceneError> {
    let cache = options.cache.as_ref().filter(|_| options.files.is_none());
    if let Some(known) = cache.and_then(|cache| cache.scene(sha256, options)) {
        return Ok(known);
    }
    let mut budget = Budget::new(&options.limits);
    let text = Text::read(bytes, cuts, &mut budget)?;
    let Some(cache) = cache else {
        return Ok(load_text(text, options, budget)?.scene);
    };
    // What poses a scene reads transforms too, and without cuts the digests of URIs are not known.
    let is_at_rest = matches!(
        &options.selection,
        Selection {
            animation: None,
            time: None,
            variant: _,
            look: _,
        }
    );
    let still = cuts
        .filter(|_| is_at_rest)
        .and_then(|_| Still::of(&text))
        .map(|still| {
            let transforms = || still.transforms(&text);
            let moved = cache.moved_scene(&still.digest, transforms, options);
            (still, moved)
        });
    if let Some((_, Some(moved))) = still {
        cache.keep_scene(sha256, options, &moved);
        return Ok(moved);
    }
    let still = still
        .filter(|(still, _)| still.is_of_document(&text))
        .map(|(still, _)| still.digest);
    let Loaded { scene, rig } = load_text(text, options, budget)?;
    cache.keep_scene(sha256, options, &scene);
    if let Some((still, rig)) = still.zip(rig) {
        cache.keep_moving_scene(&still, options, &scene, rig);
    }
    Ok(scene)
}

/// A mesh as a node shows it. Equal ones have the same primitives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Figure {
    mesh: usize,
    /// How missing normals are made.
    origin: Origin,
    skin: Option<usize>,
    /// The weights of its morph targets, by their id.
    weights: usize,
}

/// What a primitive is whichever way it is shown.
#[derive(Debug)]
struct Fixed {
    /// The material of the chosen variant, or its own.
    material: Option<usize>,
    compression: Option<DracoPrimitive>,
}

/// Collects what the nodes show.
struct Loader<'a> {
    document: &'a Document<'a>,
    detail: Detail,
    /// Whether depth and label have the holes of materials: in glTF, not in `RenderEngineVtk`.
    has_holes: bool,
    /// The variant of `KHR_materials_variants`, if one is chosen.
    variant: Option<usize>,
    budget: Budget,
    warnings: Warnings,
    arrays: Arrays<'a>,
    geometries: Geometries,
    materials: Materials<'a>,
    primitives: Vec<Primitive>,
    /// The primitives of the meshes shown so far.
    meshes: HashMap<Figure, Vec<usize>>,
    /// By mesh and primitive.
    fixed: HashMap<(usize, usize), Arc<Fixed>>,
    deformations: Deformations<'a>,
    instances: Vec<Instance>,
}

impl<'a> Loader<'a> {
    fn new(
        document: &'a Document<'a>,
        options: &'a Options,
        variant: Option<usize>,
        budget: Budget,
    ) -> Self {
        let root = &document.root;
        let has_holes = document.producer == Producer::Other;
        Self {
            document,
            detail: options.detail,
            has_holes,
            variant,
            budget,
            warnings: Warnings::default(),
            arrays: Arrays::new(root, Buffers::new(document, options.files.as_deref())),
            geometries: Geometries::new(options.cache.clone()),
            materials: Materials::new(document, options, has_holes),
            primitives: Vec::new(),
            meshes: HashMap::new(),
            fixed: HashMap::new(),
            deformations: Deformations::new(document),
            instances: Vec::new(),
        }
    }

    /// Adds the instances of a node's mesh, and its primitives if it is the first to show it.
    fn show(&mut self, shown: &Shown) -> Result<(), SceneError> {
        let json = lookup(&self.document.root.meshes, shown.mesh, "mesh")
            .map_err(|e| e.within(format_args!("node {}", shown.node)))?;
        let mut places = instances(
            &self.document.root,
            shown,
            json.primitives.len(),
            &mut self.arrays,
            &mut self.budget,
            &mut self.warnings,
        )?;
        let (arrays, budget) = (&mut self.arrays, &mut self.budget);
        let shape = self.deformations.shape(shown, arrays, budget)?;
        if let Some(frame) = shape.world_from_frame() {
            places = vec![frame];
        }
        let figure = Figure {
            mesh: shown.mesh,
            origin: shown.origin,
            skin: shown.skin,
            weights: shape.weights_id(),
        };
        let drawn = match self.meshes.get(&figure) {
            Some(drawn) => drawn.clone(),
            None => self.read(json, shown, &shape)?,
        };
        for &primitive in &drawn {
            let primitive = &self.primitives[primitive];
            let elements = primitive.indices.len() / primitive.topology.corners();
            self.budget
                .elements_drawn(elements.saturating_mul(places.len()))?;
        }
        for world_from_model in places {
            self.instances
                .extend(drawn.iter().map(|&primitive| Instance {
                    primitive,
                    world_from_model,
                    origin: shown.origin,
                    node: shown.node,
                }));
        }
        self.meshes.insert(figure, drawn);
        Ok(())
    }

    /// Reads the primitives of a mesh; gives the indices of those that have something to draw.
    fn read(
        &mut self,
        json: &Mesh,
        shown: &Shown,
        shape: &Shape,
    ) -> Result<Vec<usize>, SceneError> {
        let mut drawn = Vec::new();
        for (index, json) in json.primitives.iter().enumerate() {
            let place = format!("mesh {}, primitive {index}", shown.mesh);
            let read = self.primitive(json, index, shown, shape, &place);
            if let Some(primitive) = read.map_err(|e| e.within(&place))? {
                drawn.push(self.primitives.len());
                self.primitives.push(primitive);
            } else {
                self.warnings
                    .add(|| format!("{place}: it has nothing to draw."));
            }
        }
        Ok(drawn)
    }

    /// Reads a primitive; none if there is nothing to draw.
    fn primitive(
        &mut self,
        json: &Json,
        index: usize,
        shown: &Shown,
        shape: &Shape,
        place: &str,
    ) -> Result<Option<Primitive>, SceneError> {
        let fixed = self.fixed(json, (shown.mesh, index))?;
        let compression = fixed.compression.as_ref();
        let (buffers, budget) = (&mut self.arrays.buffers, &mut self.budget);
        let (material, look) =
            self.materials
                .get(fixed.material, buffers, budget, &mut self.warnings)?;
        let completion = match (shown.origin, self.document.producer) {
            (Origin::VtkShape, _) => Completion::VtkShape,
            (Origin::Gltf, Producer::Other) => Completion::Gltf,
            (Origin::Gltf, _) => Completion::Drake,
        };
        let is_masked = self.has_holes && look.has_holes();
        let shaded = (self.detail == Detail::Shading || is_masked).then_some(look);
        let has_seams = completion == Completion::VtkShape;
        let Some(attributes) =
            Attributes::resolve(json, compression, &mut self.arrays, shaded, has_seams)?
        else {
            return Ok(None);
        };
        let indices = json.indices.filter(|_| compression.is_none());
        if let Some(view) = indices.and_then(|index| self.arrays.strided_view(index.value())) {
            self.warnings.add(|| {
                format!(
                    "{place}: indices: bufferView {view} has a byteStride, which only those of \
                     vertices may have."
                )
            });
        }
        let (mode, count) = (attributes.mode, attributes.index_count());
        if mode.elements(count) == 0 {
            return Ok(None);
        }
        if mode.leaves_over(count) {
            self.warnings
                .add(|| format!("{place}: its last indices make no whole triangle or line."));
        }
        if attributes.lacks_tex_coords_of(look) {
            self.warnings.add(|| {
                format!("{place}: material {material} has textures whose TEXCOORD is missing.")
            });
        }
        let has_normal_texture = look.texture(Slot::Normal).is_some();
        let at_rest = AtRest {
            json,
            place: (shown.mesh, index),
            compression,
            vertices: attributes.vertex_count(),
        };
        let (arrays, budget) = (&mut self.arrays, &mut self.budget);
        let recipe = Recipe {
            deformation: self.deformations.get(at_rest, shape, arrays, budget)?,
            attributes,
            completion,
            has_normal_texture,
        };
        let geometry = self.geometries.get(&recipe, arrays, budget)?;
        // glTF wants the sums of morphing clamped, but what the file has in range.
        let is_morphed = recipe.deformation.is_morphed();
        if !is_morphed && geometry.has_odd_colors {
            self.warnings
                .add(|| format!("{place}: COLOR_0 has numbers outside [0, 1], which are clamped."));
        }
        Ok(Some(Primitive {
            content: geometry.content,
            shape: geometry.shape,
            topology: mode.topology(),
            positions: geometry.positions,
            bounds: geometry.bounds,
            indices: geometry.indices,
            material,
            shading: geometry.shading,
        }))
    }

    /// What a primitive is whichever way it is shown; found once.
    fn fixed(&mut self, json: &Json, place: (usize, usize)) -> Result<Arc<Fixed>, SceneError> {
        if let Some(known) = self.fixed.get(&place) {
            return Ok(known.clone());
        }
        let own = json.material.map(|material| material.value());
        let fixed = Arc::new(Fixed {
            material: variants::material(json, self.variant)?.or(own),
            compression: self.arrays.compression(json)?,
        });
        self.fixed.insert(place, fixed.clone());
        Ok(fixed)
    }

    fn finish(self) -> Scene {
        let ignored = self.document.ignored_extensions.clone();
        let mut scene = Scene {
            producer: self.document.producer,
            primitives: self.primitives,
            instances: self.instances,
            ignored_extensions: ignored.names,
            more_ignored_extensions: ignored.more,
            warnings: self.warnings.into_sentences(),
            usage: self.budget.usage(),
            ..Scene::default()
        };
        self.materials.finish(&mut scene);
        scene
    }
}

#[cfg(test)]
#[path = "load_fuzz_tests.rs"]
mod fuzz_tests;
#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
#[cfg(test)]
#[path = "load_time_tests.rs"]
mod time_tests;
