//! glTF 2.0 to a [`Scene`]: checked, decoded and flattened, ready to be drawn.
//!
//! Nothing here knows of HTTP or of the GPU. A scene never reaches outside: buffers and images come
//! from `data:` URIs and bufferViews only, never from a path or an address, unless the caller brings
//! [`Files`].
//!
//! `load` ties it together by the caller's `options`: the `file` is parsed, `animation` poses it, the
//! `hierarchy` is walked, the `mesh`es that it shows are made of the `data`, moved by `deform`, and
//! given an `appearance`. `budget` counts all of it against the `limits` before it takes memory. Each
//! refusal names the glTF object by its index.

mod animation;
mod appearance;
mod budget;
mod cache;
mod data;
mod deform;
mod digest;
mod error;
mod file;
mod hierarchy;
pub mod limits;
mod load;
mod mesh;
mod options;
#[cfg(test)]
mod testing;
mod warnings;

use std::sync::Arc;

use glam::{DAffine3, DMat4, DVec3};

pub use appearance::material::{AlphaMode, Material, Slot, TEXTURES, TextureRef};
pub use appearance::sampler::{Filter, Sampler, Wrap};
pub use appearance::texture::Texture;
pub use appearance::texture_transform::TextureTransform;
pub use cache::{ContentCache, ContentCounts};
pub use data::codec::guard::log_panics_of_codecs;
pub use data::files::{FileFault, Files};
pub use digest::Digest;
pub use error::SceneError;
pub use file::cutter::{Cuts, Cutter};
pub use file::extensions::{EXTENSIONS, Support};
pub use limits::{Limit, Limits, Usage};
pub use load::{load, load_hashed};
pub use mesh::topology::Topology;
pub use options::{Choice, Look, Options, Selection};

/// A glTF scene, flattened to what is drawn.
///
/// Frames are glTF's: right-handed, metres, +Y up as far as the file says; all world transforms are
/// in double precision, because a robot's world may be kilometres wide.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Who wrote the file, or is taken to have written it (see [`Look`]); decides the look.
    pub producer: Producer,
    /// The primitives of all meshes that are drawn, each once.
    pub primitives: Vec<Primitive>,
    /// What to draw, in the order of a depth-first walk from the scene's root nodes (parents before
    /// children, children in their order in the file): the order in which blended surfaces are
    /// drawn.
    pub instances: Vec<Instance>,
    /// All materials that primitives refer to.
    pub materials: Vec<Material>,
    /// The material of the primitives that name none, if there are any.
    pub default_material: Option<usize>,
    /// All textures that materials refer to. Empty if only geometry was asked for.
    pub textures: Vec<Texture>,
    /// The cameras of the scene, in the order of the same walk.
    pub cameras: Vec<CameraNode>,
    /// Those that cannot be used, in the order of the same walk.
    pub faulty_cameras: Vec<FaultyCamera>,
    /// The lights of the scene (`KHR_lights_punctual`), in the order of the same walk. No image
    /// shows them yet. Those that break a rule are left out, with a warning.
    pub lights: Vec<LightNode>,
    /// The optional extensions of the file that are not known and were ignored; the first few, each
    /// once, long names cut.
    pub ignored_extensions: Vec<String>,
    /// How many others there are.
    pub more_ignored_extensions: usize,
    /// What else of the file is not drawn as it stands; for the log.
    pub warnings: Vec<String>,
    /// How large the file is.
    pub usage: Usage,
}

/// Who wrote a file, told from `asset.generator`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Producer {
    /// Drake's client for a scene without glTF meshes: "VTK".
    Vtk,
    /// Drake's client for a scene with at least one glTF mesh: "Drake glTF merger".
    DrakeMerger,
    /// Anything else.
    #[default]
    Other,
}

/// Where an object of the scene came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A shape or .obj mesh that Drake's client exported through VTK: below the node "Renderer
    /// Node" of a file whose producer is Drake's client. Its materials say less than VTK knows (see
    /// `render::look`).
    VtkShape,
    /// A glTF mesh as its author wrote it.
    Gltf,
}

/// One primitive drawn with one transform.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Index into [`Scene::primitives`].
    pub primitive: usize,
    /// From the mesh's frame to the scene's. May mirror and scale unevenly; always finite.
    pub world_from_model: DAffine3,
    /// Where it came from.
    pub origin: Origin,
    /// Index of the glTF node, for messages.
    pub node: usize,
}

/// Points, lines or triangles of one material. All vertex arrays have the same length.
///
/// The arrays are shared, not copied, between the primitives that read the same accessors.
#[derive(Clone, Debug)]
pub struct Primitive {
    /// Names all of it but the material: equal digests are equal arrays, whatever scene they are of.
    pub content: Digest,
    /// Names what its indices make, and where: equal digests are equal points, lines or triangles in
    /// the same order, also if one was loaded for a color image and the other was not.
    pub shape: Digest,
    /// What the indices make.
    pub topology: Topology,
    /// Positions in the mesh's frame, metres; finite.
    pub positions: Arc<[[f32; 3]]>,
    /// The least and the greatest coordinates of all positions, used or not.
    pub bounds: [[f32; 3]; 2],
    /// The vertices of each point, line or triangle, one after the other, all below
    /// `positions.len()`. Winding as in the file.
    pub indices: Arc<[u32]>,
    /// Index into [`Scene::materials`].
    pub material: usize,
    /// What only the color image needs; none if only geometry was asked for.
    pub shading: Option<ShadingAttributes>,
}

/// The vertex attributes that only the color image needs.
#[derive(Clone, Debug)]
pub struct ShadingAttributes {
    /// Unit normals in the mesh's frame; any where they are missing.
    pub normals: Arc<[[f32; 3]]>,
    /// Where the normals are from.
    pub normal_kind: NormalKind,
    /// Unit tangents and the sign of the bitangent; there if the material has a normal texture and
    /// the primitive has the texture coordinates for it, or tangents.
    /// From the file or, where it has none, made: by `MikkTSpace`, but with Drake's look
    /// as VTK makes them (see `tangents`).
    pub tangents: Option<Arc<[[f32; 4]]>>,
    /// What the textures of the material read.
    pub tex_coords: TexCoords,
    /// COLOR_0 as linear RGBA; alpha 1 where the file gives RGB.
    pub colors: Option<Arc<[[f32; 4]]>>,
}

/// For each texture of a material, in the order of [`Slot`], its texture coordinates, already
/// transformed, if it has any; (0, 0) is the first texel of the first row. Equal ones are one array.
pub type TexCoords = [Option<Arc<[[f32; 2]]>>; TEXTURES];

/// Where the normals of a primitive are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormalKind {
    /// From the file, or made as VTK makes them for its own shapes.
    Given,
    /// They are those of the triangles, because the file has none.
    Flat,
    /// Points and lines without normals in the file have none.
    Missing,
}

/// A node with a camera.
#[derive(Clone, Debug)]
pub struct CameraNode {
    /// From the camera's frame (glTF's: looking along -Z, +Y up) to the scene's. Rigid: scale is
    /// taken out.
    pub world_from_camera: DMat4,
    /// The lens as the file gives it.
    pub projection: Projection,
    /// Index of the glTF node, for messages.
    pub node: usize,
    /// Index of the glTF camera.
    pub camera: usize,
    /// The names of the glTF camera and of the node, where they have one.
    pub names: [Option<String>; 2],
}

/// A node with a camera that breaks a rule of glTF, or that looks nowhere. It matters only to who
/// chooses it.
#[derive(Clone, Debug)]
pub struct FaultyCamera {
    /// How many of [`Scene::cameras`] come before it.
    pub before: usize,
    /// Index of the glTF camera, which the file need not have.
    pub camera: usize,
    /// The names of the glTF camera and of the node, where they have one.
    pub names: [Option<String>; 2],
    /// What is wrong with it.
    pub fault: SceneError,
}

/// The lens of a glTF camera. Drake's requests bring their own intrinsics; this serves the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Projection {
    /// A pinhole camera; `fov_y` in radians, distances in metres.
    Perspective {
        /// Vertical field of view.
        fov_y: f64,
        /// Near plane.
        near: f64,
        /// Far plane, if there is one.
        far: Option<f64>,
    },
    /// A parallel projection; half the width and height in metres.
    Orthographic {
        /// Half the width.
        x_mag: f64,
        /// Half the height.
        y_mag: f64,
        /// Near plane.
        near: f64,
        /// Far plane.
        far: f64,
    },
}

/// A node with a light of `KHR_lights_punctual`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LightNode {
    /// From the light's frame, where it shines along -Z, to the scene's. Rigid: scale is taken out.
    /// That of a point light is not turned.
    pub world_from_light: DMat4,
    /// Its shape.
    pub kind: LightKind,
    /// Linear red, green and blue, not negative; scales the intensity.
    pub color: [f64; 3],
    /// Of a directional light illuminance in lux (lm/m²), of the others luminous intensity in
    /// candela (lm/sr).
    pub intensity: f64,
    /// The distance, metres, at which it may be taken as gone; none if it reaches without end.
    pub range: Option<f64>,
    /// Index of the glTF node, for messages.
    pub node: usize,
}

/// How a light spreads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LightKind {
    /// Along -Z everywhere, from infinitely far.
    Directional,
    /// From its origin to all sides.
    Point,
    /// From its origin in a cone around -Z; the angles, radians, are measured from there and are
    /// `0 <= inner < outer <= pi / 2`.
    Spot {
        /// Up to where it is at full strength.
        inner_cone_angle: f64,
        /// From where there is none.
        outer_cone_angle: f64,
    },
}

/// How much of a scene is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Positions, indices, materials' factors: enough for depth and label.
    Geometry,
    /// All of it: what the color image needs.
    Shading,
}

impl Scene {
    /// What of the file is not drawn as it stands: a sentence for each.
    pub fn omissions(&self) -> impl Iterator<Item = String> {
        let ignored = self.ignored_extensions.iter();
        let more = self.more_ignored_extensions;
        let more = (more > 0)
            .then(|| format!("{more} more extensions are not supported and were ignored."));
        ignored
            .map(|name| format!("the extension {name:?} is not supported and was ignored."))
            .chain(more)
            .chain(self.warnings.iter().cloned())
    }

    /// The camera that is chosen, by the index or the name of a glTF camera or by the name of its
    /// node: the first such in the order of the walk. Without a choice the first of all. None if
    /// there is no such camera.
    ///
    /// # Errors
    /// If that camera cannot be used.
    pub fn camera(&self, choice: Option<&Choice>) -> Result<Option<&CameraNode>, SceneError> {
        let is_chosen = |camera: usize, names: &[Option<String>; 2]| match choice {
            None => true,
            Some(Choice::Index(index)) => camera == *index,
            Some(Choice::Name(name)) => names.iter().flatten().any(|own| own == name),
        };
        let mut cameras = self.cameras.iter().enumerate();
        let usable = cameras.find(|(_, node)| is_chosen(node.camera, &node.names));
        let mut faulty = self.faulty_cameras.iter();
        match (usable, faulty.find(|it| is_chosen(it.camera, &it.names))) {
            (Some((place, node)), Some(faulty)) if place < faulty.before => Ok(Some(node)),
            (_, Some(faulty)) => Err(faulty.fault.clone()),
            (usable, None) => Ok(usable.map(|(_, node)| node)),
        }
    }

    /// The smallest axis-aligned box around all that is drawn, in the scene's frame; none if
    /// nothing is drawn.
    #[must_use]
    pub fn bounds(&self) -> Option<(DVec3, DVec3)> {
        let mut bounds: Option<(DVec3, DVec3)> = None;
        for instance in &self.instances {
            let primitive = &self.primitives[instance.primitive];
            for &index in primitive.indices.iter() {
                let p = DVec3::from(primitive.positions[index as usize].map(f64::from));
                let p = instance.world_from_model.transform_point3(p);
                let (low, high) = bounds.get_or_insert((p, p));
                *low = low.min(p);
                *high = high.max(p);
            }
        }
        bounds
    }
}
