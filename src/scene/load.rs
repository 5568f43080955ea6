//! The whole way from bytes to a scene.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
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
use super::deform::{Deformation, KnownWeights, Morph, Pose, Skinning, Targets, Worlds};
use super::error::lookup;
use super::file::document::Document;
use super::hierarchy::instancing::instances;
use super::hierarchy::nodes::{Shown, walk};
use super::mesh::attributes::Attributes;
use super::mesh::geometry::{Completion, Geometries, Recipe, has_odd_colors};
use super::warnings::Warnings;
use super::{Detail, Instance, Options, Origin, Primitive, Producer, Scene, SceneError, animation};

/// Reads a glTF scene, JSON or GLB (told apart by content).
///
/// Only what is drawn is read and checked: what no node of the scene shows may be broken.
///
/// # Errors
/// If it is not glTF 2.0, breaks a rule that drawing depends on, needs something that is not drawn,
/// refers outside itself, or exceeds a limit.
pub fn load(bytes: &[u8], options: &Options) -> Result<Scene, SceneError> {
    let mut document = Document::parse(bytes, &options.limits)?;
    let mut warnings = Warnings::default();
    animation::pose(&mut document, options, &mut warnings)?;
    let budget = Budget::new(&options.limits);
    let walk = walk(&document, &budget, &mut warnings)?;
    let variant = variants::choose(&document.root, options.selection.variant.as_ref())?;
    let mut loader = Loader::new(&document, options, variant, budget);
    loader.warnings = warnings;
    for shown in &walk.shown {
        loader.show(shown)?;
    }
    let mut scene = loader.finish();
    scene.cameras = walk.cameras;
    scene.faulty_cameras = walk.faulty_cameras;
    scene.lights = walk.lights;
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
    geometries: Geometries<'a>,
    materials: Materials<'a>,
    primitives: Vec<Primitive>,
    /// The primitives of the meshes shown so far.
    meshes: HashMap<Figure, Vec<usize>>,
    /// By mesh and primitive.
    fixed: HashMap<(usize, usize), Arc<Fixed>>,
    weights: KnownWeights,
    /// The skins posed so far.
    poses: HashMap<usize, Arc<Pose>>,
    /// Read when the first skin is posed.
    worlds: Option<Worlds<'a>>,
    /// Read when the first mesh is morphed.
    targets: Option<Targets>,
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
            geometries: Geometries::default(),
            materials: Materials::new(document, options.detail, has_holes),
            primitives: Vec::new(),
            meshes: HashMap::new(),
            fixed: HashMap::new(),
            weights: KnownWeights::default(),
            poses: HashMap::new(),
            worlds: None,
            targets: None,
            instances: Vec::new(),
        }
    }

    /// Adds the instances of a node's mesh, and its primitives if it is the first to show it.
    fn show(&mut self, shown: &Shown) -> Result<(), SceneError> {
        let json = lookup(&self.document.root.meshes, shown.mesh, "mesh")
            .map_err(|e| e.within(format_args!("node {}", shown.node)))?;
        let place = |e: SceneError| e.within(format_args!("node {}", shown.node));
        let weights = self.weights.get(&self.document.root, shown);
        let weights = weights.map_err(place)?;
        let mut places = instances(
            &self.document.root,
            shown,
            json.primitives.len(),
            &mut self.arrays,
            &mut self.budget,
        )?;
        if let Some(skin) = shown.skin {
            places = vec![self.pose(skin).map_err(place)?.world_from_frame];
        }
        let figure = Figure {
            mesh: shown.mesh,
            origin: shown.origin,
            skin: shown.skin,
            weights: weights.id,
        };
        let drawn = match self.meshes.get(&figure) {
            Some(drawn) => drawn.clone(),
            None => self.read(json, shown, &weights.values)?,
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
        weights: &[f32],
    ) -> Result<Vec<usize>, SceneError> {
        if !weights.is_empty() && self.targets.is_none() {
            self.targets = Some(self.document.read()?);
        }
        let mut drawn = Vec::new();
        for (index, json) in json.primitives.iter().enumerate() {
            let place = format!("mesh {}, primitive {index}", shown.mesh);
            let read = self.primitive(json, index, shown, weights, &place);
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
        weights: &[f32],
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
        let recipe = Recipe {
            deformation: self.deformation(json, index, shown, weights, &attributes, compression)?,
            attributes,
            completion,
            has_normal_texture,
        };
        let geometry = self
            .geometries
            .get(&recipe, &mut self.arrays, &mut self.budget)?;
        // glTF wants the sums of morphing clamped, but what the file has in range.
        let is_morphed = recipe.deformation.morph != Morph::default();
        if !is_morphed && geometry.shading.as_ref().is_some_and(has_odd_colors) {
            self.warnings
                .add(|| format!("{place}: COLOR_0 has numbers outside [0, 1], which are clamped."));
        }
        Ok(Some(Primitive {
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

    /// What moves the vertices of a primitive.
    fn deformation(
        &mut self,
        json: &Json,
        index: usize,
        shown: &Shown,
        weights: &[f32],
        attributes: &Attributes,
        compression: Option<&DracoPrimitive>,
    ) -> Result<Deformation<'a>, SceneError> {
        let vertices = attributes.vertex_count();
        let mut deformation = Deformation::default();
        if let Some(targets) = &self.targets {
            let place = (shown.mesh, index);
            deformation.morph = Morph::resolve(
                targets,
                place,
                weights,
                vertices,
                &mut self.arrays,
                &mut self.budget,
            )?;
        }
        if let Some(pose) = shown.skin.and_then(|skin| self.poses.get(&skin)) {
            let pose = pose.clone();
            let skinning = Skinning::resolve(json, compression, pose, vertices, &mut self.arrays)?;
            deformation.skinning = Some(skinning);
        }
        Ok(deformation)
    }

    /// Poses a skin, or finds it.
    fn pose(&mut self, skin: usize) -> Result<Arc<Pose>, SceneError> {
        let entry = match self.poses.entry(skin) {
            Entry::Occupied(known) => return Ok(known.get().clone()),
            Entry::Vacant(entry) => entry,
        };
        let document = self.document;
        let worlds = self.worlds.get_or_insert_with(|| Worlds::new(document));
        let pose = Pose::new(
            &document.root,
            skin,
            worlds,
            &mut self.arrays,
            &mut self.budget,
        )?;
        Ok(entry.insert(Arc::new(pose)).clone())
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
            usage: self.budget.usage(self.document.root.nodes.len()),
            ..Scene::default()
        };
        self.materials.finish(&mut scene);
        scene
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;
    use crate::scene::testing::{add_attribute, load as load_json, load_within, refusal, triangle};
    use crate::scene::{Choice, Limits};

    #[test]
    fn a_mesh_shown_twice_is_read_once() {
        let mut scene = triangle();
        scene["nodes"] = json!([{"mesh": 0}, {"mesh": 0, "translation": [1, 0, 0]}]);
        scene["scenes"][0]["nodes"] = json!([0, 1]);
        let loaded = load_json(&scene).unwrap();
        assert_eq!((loaded.primitives.len(), loaded.instances.len()), (1, 2));
        assert_eq!(loaded.instances[1].world_from_model.translation.x, 1.0);
        let limits = Limits {
            instances: 1,
            ..Limits::default()
        };
        let bytes = serde_json::to_vec(&scene).unwrap();
        assert_eq!(
            load_within(&bytes, Detail::Geometry, &limits)
                .unwrap_err()
                .to_string(),
            "scene: the scene has at least 2 primitives drawn; the limit is 1."
        );
        let limits = Limits {
            elements_drawn: 1,
            ..Limits::default()
        };
        assert_eq!(
            load_within(&bytes, Detail::Geometry, &limits)
                .unwrap_err()
                .to_string(),
            "scene: the scene has at least 2 triangles, lines and points drawn; the limit is 1."
        );
        scene["nodes"][0]["mesh"] = json!(3);
        assert_eq!(
            refusal(&scene),
            "scene: node 0: refers to mesh 3, but the file has 1 of them."
        );
    }

    #[test]
    fn what_is_not_shown_may_be_broken() {
        let mut scene = triangle();
        scene["meshes"].as_array_mut().unwrap().push(json!({
            "primitives": [{"attributes": {"POSITION": 99}}]
        }));
        scene["buffers"]
            .as_array_mut()
            .unwrap()
            .push(json!({"byteLength": 9, "uri": "gone.bin"}));
        load_json(&scene).unwrap();
    }

    #[test]
    fn cameras_are_found_in_the_order_of_the_walk() {
        let mut scene = triangle();
        let lens =
            |near: f64| json!({"type": "perspective", "perspective": {"yfov": 1, "znear": near}});
        scene["cameras"] = json!([lens(1.0), lens(2.0), {"type": "perspective"}]);
        scene["nodes"] = json!([{"camera": 0}, {"camera": 1, "children": [0]}]);
        scene["scenes"][0]["nodes"] = json!([1]);
        let cameras = load_json(&scene).unwrap().cameras;
        assert_eq!(
            cameras.iter().map(|camera| camera.node).collect::<Vec<_>>(),
            [1, 0]
        );
    }

    #[test]
    fn a_faulty_camera_matters_to_who_chooses_it() {
        let mut scene = triangle();
        let lens =
            |fov: f64| json!({"type": "perspective", "perspective": {"yfov": fov, "znear": 1}});
        scene["cameras"] = json!([lens(1.0), lens(0.0), {"type": "perspective", "name": "c"}]);
        scene["nodes"] = json!([
            {"camera": 0}, {"camera": 1}, {"camera": 2}, {"camera": 9},
            {"camera": 0, "name": "flat", "scale": [0, 0, 0]}, {"camera": 0, "name": "last"}
        ]);
        scene["scenes"][0]["nodes"] = json!([0, 1, 2, 3, 4, 5]);
        let loaded = load_json(&scene).unwrap();
        let chosen = |scene: &Scene, choice: Option<Choice>| {
            let node = scene.camera(choice.as_ref()).map_err(|e| e.to_string());
            node.map(|node| node.map(|node| node.node))
        };
        let type_fault = "scene: node 2: camera 2: type is neither perspective nor orthographic, or \
                          the object of that name is missing.";
        let name = |name: &str| Some(Choice::Name(name.into()));
        for (choice, expected) in [
            (None, Ok(Some(0))),
            (Some(Choice::Index(0)), Ok(Some(0))),
            (
                Some(Choice::Index(1)),
                Err("scene: node 1: camera 1: yfov 0 is not a positive number."),
            ),
            (Some(Choice::Index(2)), Err(type_fault)),
            (name("c"), Err(type_fault)),
            (
                Some(Choice::Index(9)),
                Err("scene: node 3: refers to camera 9, but the file has 3 of them."),
            ),
            (
                name("flat"),
                Err("scene: node 4: the node's transform gives its camera no direction."),
            ),
            (name("last"), Ok(Some(5))),
            (Some(Choice::Index(3)), Ok(None)),
        ] {
            let expected = expected.map_err(str::to_owned);
            assert_eq!(chosen(&loaded, choice.clone()), expected, "{choice:?}");
        }
        assert_eq!(loaded.warnings.len(), 4);
        assert_eq!(
            loaded.warnings[0],
            "a camera is left out: node 1: camera 1: yfov 0 is not a positive number."
        );
        // The first of all is the one that is used.
        scene["scenes"][0]["nodes"] = json!([1, 0]);
        let loaded = load_json(&scene).unwrap();
        let fault = "scene: node 1: camera 1: yfov 0 is not a positive number.";
        assert_eq!(chosen(&loaded, None), Err(fault.to_owned()));
        assert_eq!(chosen(&loaded, Some(Choice::Index(0))), Ok(Some(0)));
    }

    /// The triangle with a morph target that moves nothing, shown by many nodes.
    fn shown_by(nodes: impl Iterator<Item = Value>) -> Value {
        let mut scene = triangle();
        scene["meshes"][0]["primitives"][0]["targets"] = json!([{"_X": 0}]);
        scene["nodes"] = nodes.collect();
        let count = scene["nodes"].as_array().unwrap().len();
        scene["scenes"][0]["nodes"] = (0..count).collect();
        scene
    }

    /// Loads a scene in a time that has room for a slow machine, but not for work that grows with
    /// the square of the scene.
    fn load_soon(scene: &Value, options: &Options) -> Scene {
        let bytes = serde_json::to_vec(scene).unwrap();
        let started = std::time::Instant::now();
        let loaded = load(&bytes, options).unwrap();
        let elapsed = started.elapsed();
        assert!(elapsed.as_secs() < 5, "{elapsed:?}");
        loaded
    }

    #[test]
    fn texture_coordinates_are_not_looked_up_for_each_figure() {
        let count = 20_000;
        let mut scene = shown_by((1..=count).map(|i| json!({"mesh": 0, "weights": [i]})));
        add_attribute(&mut scene, "TEXCOORD_0", "VEC2", &[0.0; 6]);
        let attributes = &mut scene["meshes"][0]["primitives"][0]["attributes"];
        for set in 1..count {
            attributes[format!("TEXCOORD_{set}")] = attributes["TEXCOORD_0"].clone();
        }
        let loaded = load_soon(&scene, &Options::new(Detail::Shading));
        assert_eq!(loaded.primitives.len(), count);
    }

    #[test]
    fn variants_are_not_read_for_each_figure() {
        let count = 40_000;
        let mut scene = shown_by((1..=count).map(|i| json!({"mesh": 0, "weights": [i]})));
        let others: Vec<usize> = (1..=count).collect();
        scene["materials"] = json!([{}]);
        scene["extensions"] = json!({variants::NAME: {"variants": [{"name": "a"}]}});
        scene["meshes"][0]["primitives"][0]["extensions"] =
            json!({variants::NAME: {"mappings": [{"material": 0, "variants": others}]}});
        let mut options = Options::new(Detail::Geometry);
        options.selection.variant = Some(Choice::Index(0));
        assert_eq!(load_soon(&scene, &options).primitives.len(), count);
    }

    #[test]
    fn the_weights_of_a_mesh_are_read_once() {
        let count = 60_000;
        let mut scene = shown_by((0..count).map(|_| json!({"mesh": 0})));
        let mut weights = vec![0.0; count];
        weights[count - 1] = 1.0;
        scene["meshes"][0]["primitives"][0]["targets"] = vec![json!({}); count].into();
        scene["meshes"][0]["weights"] = json!(weights);
        let loaded = load_soon(&scene, &Options::new(Detail::Geometry));
        assert_eq!(
            (loaded.primitives.len(), loaded.instances.len()),
            (1, count)
        );
    }

    /// A scene that goes through every part of the loader.
    fn rich() -> Value {
        let mut scene = triangle();
        add_attribute(&mut scene, "NORMAL", "VEC3", &[0.0, 0.0, 1.0].repeat(3));
        add_attribute(
            &mut scene,
            "TEXCOORD_0",
            "VEC2",
            &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0],
        );
        add_attribute(&mut scene, "COLOR_0", "VEC4", &[1.0; 12]);
        scene["accessors"][0]["sparse"] = json!({
            "count": 1, "indices": {"bufferView": 1, "componentType": 5125},
            "values": {"bufferView": 0}
        });
        scene["asset"]["generator"] = json!("Drake glTF merger");
        scene["cameras"] =
            json!([{"type": "perspective", "perspective": {"yfov": 1, "znear": 1, "zfar": 2}}]);
        scene["nodes"] = json!([
            {"mesh": 0, "camera": 0, "translation": [1, 2, 3], "rotation": [0, 0, 0, 1]},
            {"name": "Renderer Node", "mesh": 0, "scale": [1, 2, 3], "children": [0]}
        ]);
        scene["scenes"][0]["nodes"] = json!([1]);
        scene["images"] = json!([{"uri": "data:image/png;base64,iVBORw0KGgo="}]);
        scene["samplers"] = json!([{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071}]);
        scene["textures"] = json!([{"source": 0, "sampler": 0}]);
        scene["materials"] = json!([{"alphaMode": "MASK", "alphaCutoff": 0.5}]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        scene["meshes"][0]["primitives"][0]["mode"] = json!(5);
        scene
    }

    /// Every value below `value`, as JSON pointers.
    fn pointers(value: &Value, path: &str, found: &mut Vec<String>) {
        let mut visit = |key: &str, child: &Value| {
            let path = format!("{path}/{key}");
            pointers(child, &path, found);
            found.push(path);
        };
        match value {
            Value::Object(map) => map.iter().for_each(|(key, child)| visit(key, child)),
            Value::Array(list) => {
                list.iter()
                    .enumerate()
                    .for_each(|(i, child)| visit(&i.to_string(), child));
            }
            _ => {}
        }
    }

    #[test]
    fn no_change_of_one_value_makes_it_panic() {
        let scene = rich();
        load_json(&scene).unwrap();
        let mut found = Vec::new();
        pointers(&scene, "", &mut found);
        assert!(found.len() > 100);
        let values = [
            json!(null),
            json!(-1),
            json!(0),
            json!(1),
            json!(2),
            json!(3),
            json!(255),
            json!(5121),
            json!(5123),
            json!(5125),
            json!(5126),
            json!(1e39),
            json!(1_u64 << 32),
            json!(u64::MAX),
            json!(""),
            json!("VEC2"),
            json!("VEC4"),
            json!("SCALAR"),
            json!("data:;base64,AAAA"),
            json!([]),
            json!([0]),
            json!([1]),
            json!({}),
            json!(true),
        ];
        for pointer in &found {
            for value in &values {
                let mut changed = scene.clone();
                *changed.pointer_mut(pointer).unwrap() = value.clone();
                for detail in [Detail::Geometry, Detail::Shading] {
                    // Whether it is refused or drawn, all that is drawn must be in range.
                    if let Ok(loaded) = crate::scene::testing::load_detail(&changed, detail) {
                        check(&loaded);
                    }
                }
            }
        }
    }

    #[test]
    fn no_truncation_makes_it_panic() {
        let bytes = serde_json::to_vec(&rich()).unwrap();
        for length in 0..bytes.len() {
            assert!(load(&bytes[..length], &Options::new(Detail::Shading)).is_err());
        }
    }

    /// What the renderer relies on.
    fn check(scene: &Scene) {
        for primitive in &scene.primitives {
            let count = primitive.positions.len();
            assert_eq!(primitive.indices.len() % primitive.topology.corners(), 0);
            assert!(
                primitive
                    .indices
                    .iter()
                    .all(|&index| (index as usize) < count)
            );
            assert!(primitive.material < scene.materials.len());
            if let Some(shading) = &primitive.shading {
                assert_eq!(shading.normals.len(), count);
                let is_unit =
                    |n: &[f32; 3]| (n.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5;
                assert!(shading.normals.iter().all(is_unit));
                assert!(
                    shading
                        .tex_coords
                        .iter()
                        .flatten()
                        .all(|set| set.len() == count)
                );
                assert!(shading.colors.iter().all(|colors| colors.len() == count));
            }
        }
        assert!(
            scene
                .instances
                .iter()
                .all(|i| i.primitive < scene.primitives.len())
        );
        assert!(
            scene
                .instances
                .iter()
                .all(|i| i.world_from_model.is_finite())
        );
    }
}
