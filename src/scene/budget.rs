//! What a load has used of its limits.

use std::ops::{Add, Sub};

use super::{Limit, Limits, SceneError, Usage};

/// Counts what a load is about to hold. Everything is counted before it is allocated.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    used: Usage,
}

/// What making something takes of the limits that are checked on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    vertices: usize,
    morphed_vertices: usize,
    texture_pixels: u64,
    decoded_bytes: usize,
    encoded_bytes: usize,
}

impl Cost {
    fn zip(
        self,
        other: Self,
        sizes: fn(usize, usize) -> usize,
        pixels: fn(u64, u64) -> u64,
    ) -> Self {
        Self {
            vertices: sizes(self.vertices, other.vertices),
            morphed_vertices: sizes(self.morphed_vertices, other.morphed_vertices),
            texture_pixels: pixels(self.texture_pixels, other.texture_pixels),
            decoded_bytes: sizes(self.decoded_bytes, other.decoded_bytes),
            encoded_bytes: sizes(self.encoded_bytes, other.encoded_bytes),
        }
    }
}

impl Add for Cost {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.zip(other, usize::saturating_add, u64::saturating_add)
    }
}

impl Sub for Cost {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.zip(other, usize::saturating_sub, u64::saturating_sub)
    }
}

impl Budget {
    /// Nothing is used yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            used: Usage::default(),
        }
    }

    /// What has been used.
    pub fn usage(&self) -> Usage {
        self.used
    }

    /// What has been used of that which a [`Cost`] counts.
    pub fn used(&self) -> Cost {
        Cost {
            vertices: self.used.vertices,
            morphed_vertices: self.used.morphed_vertices,
            texture_pixels: self.used.texture_pixels,
            decoded_bytes: self.used.decoded_bytes,
            encoded_bytes: self.used.encoded_bytes,
        }
    }

    fn set_used(&mut self, used: Cost) {
        self.used.vertices = used.vertices;
        self.used.morphed_vertices = used.morphed_vertices;
        self.used.texture_pixels = used.texture_pixels;
        self.used.decoded_bytes = used.decoded_bytes;
        self.used.encoded_bytes = used.encoded_bytes;
    }

    /// Counts all of it if it is within the limits. Returns whether it is.
    pub fn spend(&mut self, cost: Cost) -> bool {
        let used = self.used() + cost;
        let fits = used.vertices <= self.limits.vertices
            && used.morphed_vertices <= self.limits.morphed_vertices
            && used.texture_pixels <= self.limits.texture_pixels
            && used.decoded_bytes <= self.limits.decoded_bytes
            && used.encoded_bytes <= self.limits.encoded_bytes;
        if fits {
            self.set_used(used);
        }
        fits
    }

    /// Takes back what was counted, because it is about to be counted again.
    pub fn give_back(&mut self, cost: Cost) {
        self.set_used(self.used() - cost);
    }

    /// Whether a texture may have such sides.
    pub fn allows_side(&self, width: u32, height: u32) -> bool {
        width.max(height) <= self.limits.texture_side
    }

    /// Notes the sides of a texture.
    pub fn texture_side(&mut self, width: u32, height: u32) {
        self.used.texture_side = self.used.texture_side.max(width).max(height);
    }

    /// Counts the objects in the JSON.
    pub fn json_objects(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.json_objects = count;
        self.check(Limit::JsonObjects)
    }

    /// Counts the nodes of the file.
    pub fn nodes(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.nodes = count;
        self.check(Limit::Nodes)
    }

    /// Counts the materials of the file.
    pub fn materials(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.materials = count;
        self.check(Limit::Materials)
    }

    /// Notes a node that is so many levels deep; roots are at the first.
    pub fn node_depth(&mut self, depth: usize) -> Result<(), SceneError> {
        self.used.node_depth = self.used.node_depth.max(depth);
        self.check(Limit::NodeDepth)
    }

    /// Counts primitives that a node draws.
    pub fn instances(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.instances = self.used.instances.saturating_add(count);
        self.check(Limit::Instances)
    }

    /// Counts the triangles, lines and points that a node draws.
    pub fn elements_drawn(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.elements_drawn = self.used.elements_drawn.saturating_add(count);
        self.check(Limit::ElementsDrawn)
    }

    /// Counts the vertices of a primitive.
    pub fn vertices(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.vertices = self.used.vertices.saturating_add(count);
        self.check(Limit::Vertices)
    }

    /// Counts the indices of a primitive.
    pub fn indices(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.indices = self.used.indices.saturating_add(count);
        self.check(Limit::Indices)
    }

    /// Counts the vertices of a morph target's attribute.
    pub fn morphed_vertices(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.morphed_vertices = self.used.morphed_vertices.saturating_add(count);
        self.check(Limit::MorphedVertices)
    }

    /// Counts weights and attributes of morph targets that are about to be looked up.
    pub fn targets_resolved(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.targets_resolved = self.used.targets_resolved.saturating_add(count);
        self.check(Limit::TargetsResolved)
    }

    /// Counts the numbers of an animation's channel, or the weights it makes for a node or mesh.
    pub fn keyframe_numbers(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.keyframe_numbers = self.used.keyframe_numbers.saturating_add(count);
        self.check(Limit::KeyframeNumbers)
    }

    /// Counts the pixels of a texture after checking its sides.
    pub fn texture(&mut self, width: u32, height: u32) -> Result<(), SceneError> {
        if !self.allows_side(width, height) {
            let (limit, side) = (Limit::TextureSide, self.limits.texture_side);
            let option = limit.option();
            let sentence = format!(
                "{width} x {height} pixels; a texture may have at most {side} on a side (--{option})."
            );
            return Err(SceneError::TooLarge(limit, sentence));
        }
        self.texture_side(width, height);
        let pixels = u64::from(width) * u64::from(height);
        self.used.texture_pixels = self.used.texture_pixels.saturating_add(pixels);
        self.check(Limit::TexturePixels)
    }

    /// Counts bytes of images and compressed geometry that are about to be decoded.
    pub fn encoded_bytes(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.encoded_bytes = self.used.encoded_bytes.saturating_add(count);
        self.check(Limit::EncodedBytes)
    }

    /// How many bytes may still be decoded or read.
    pub fn bytes_left(&self) -> usize {
        self.limits
            .decoded_bytes
            .saturating_sub(self.used.decoded_bytes)
    }

    /// How many decoded or read bytes are held.
    pub fn bytes_held(&self) -> usize {
        self.used.decoded_bytes
    }

    /// Takes back what was counted since so many decoded or read bytes were held, because it is not
    /// held any more.
    pub fn let_go_to(&mut self, held: usize) {
        self.used.decoded_bytes = held;
    }

    /// Counts bytes read from a file, or decoded from a data URI or compressed geometry.
    pub fn decoded_bytes(&mut self, count: usize) -> Result<(), SceneError> {
        self.used.decoded_bytes = self.used.decoded_bytes.saturating_add(count);
        self.check(Limit::DecodedBytes)
    }

    /// Refuses more than may be, of what was counted or noted last.
    fn check(&self, limit: Limit) -> Result<(), SceneError> {
        let (used, most) = (self.used.get(limit), self.limits.get(limit));
        if used <= most {
            return Ok(());
        }
        let (what, option) = (limit.what(), limit.option());
        let sentence =
            format!("the scene has at least {used} {what}; the limit is {most} (--{option}).");
        Err(SceneError::TooLarge(limit, sentence))
    }
}
