//! What a load has used of its limits.

use super::{Limits, SceneError, Usage};

/// Counts what a load is about to hold. Everything is counted before it is allocated.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    instances: usize,
    elements_drawn: usize,
    vertices: usize,
    indices: usize,
    morphed_vertices: usize,
    targets_resolved: usize,
    keyframe_numbers: usize,
    texture_pixels: u64,
    decoded_bytes: usize,
    encoded_bytes: usize,
}

impl Budget {
    /// Nothing is used yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            instances: 0,
            elements_drawn: 0,
            vertices: 0,
            indices: 0,
            morphed_vertices: 0,
            targets_resolved: 0,
            keyframe_numbers: 0,
            texture_pixels: 0,
            decoded_bytes: 0,
            encoded_bytes: 0,
        }
    }

    /// The limits themselves.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What has been used, of a file of so many nodes.
    pub fn usage(&self, nodes: usize) -> Usage {
        Usage {
            nodes,
            instances: self.instances,
            elements_drawn: self.elements_drawn,
            vertices: self.vertices,
            indices: self.indices,
            texture_pixels: self.texture_pixels,
            decoded_bytes: self.decoded_bytes,
        }
    }

    /// Counts primitives that a node draws.
    pub fn instances(&mut self, count: usize) -> Result<(), SceneError> {
        self.instances = self.instances.saturating_add(count);
        check(self.instances, self.limits.instances, "primitives drawn")
    }

    /// Counts the triangles, lines and points that a node draws.
    pub fn elements_drawn(&mut self, count: usize) -> Result<(), SceneError> {
        self.elements_drawn = self.elements_drawn.saturating_add(count);
        let (used, limit) = (self.elements_drawn, self.limits.elements_drawn);
        check(used, limit, "triangles, lines and points drawn")
    }

    /// Counts the vertices of a primitive.
    pub fn vertices(&mut self, count: usize) -> Result<(), SceneError> {
        self.vertices = self.vertices.saturating_add(count);
        check(self.vertices, self.limits.vertices, "vertices")
    }

    /// Counts the indices of a primitive.
    pub fn indices(&mut self, count: usize) -> Result<(), SceneError> {
        self.indices = self.indices.saturating_add(count);
        check(self.indices, self.limits.indices, "indices")
    }

    /// Counts the vertices of a morph target's attribute.
    pub fn morphed_vertices(&mut self, count: usize) -> Result<(), SceneError> {
        self.morphed_vertices = self.morphed_vertices.saturating_add(count);
        let (used, limit) = (self.morphed_vertices, self.limits.morphed_vertices);
        check(used, limit, "vertices of morph targets")
    }

    /// Counts weights and attributes of morph targets that are about to be looked up.
    pub fn targets_resolved(&mut self, count: usize) -> Result<(), SceneError> {
        self.targets_resolved = self.targets_resolved.saturating_add(count);
        let (used, limit) = (self.targets_resolved, self.limits.targets_resolved);
        check(used, limit, "weights and attributes of morph targets")
    }

    /// Counts the numbers of an animation's channel.
    pub fn keyframe_numbers(&mut self, count: usize) -> Result<(), SceneError> {
        self.keyframe_numbers = self.keyframe_numbers.saturating_add(count);
        let (used, limit) = (self.keyframe_numbers, self.limits.keyframe_numbers);
        check(used, limit, "numbers in keyframes")
    }

    /// Counts the pixels of a texture after checking its sides.
    pub fn texture(&mut self, width: u32, height: u32) -> Result<(), SceneError> {
        let side = self.limits.texture_side;
        if width > side || height > side {
            return Err(SceneError::TooLarge(format!(
                "{width} x {height} pixels; a texture may have at most {side} on a side."
            )));
        }
        let pixels = u64::from(width) * u64::from(height);
        self.texture_pixels = self.texture_pixels.saturating_add(pixels);
        let (used, limit) = (self.texture_pixels, self.limits.texture_pixels);
        check(used, limit, "texture pixels")
    }

    /// Counts bytes that are about to be decoded.
    pub fn encoded_bytes(&mut self, count: usize) -> Result<(), SceneError> {
        self.encoded_bytes = self.encoded_bytes.saturating_add(count);
        let (used, limit) = (self.encoded_bytes, self.limits.encoded_bytes);
        check(
            used,
            limit,
            "bytes of images and compressed geometry to decode",
        )
    }

    /// How many bytes may still be decoded or read.
    pub fn bytes_left(&self) -> usize {
        self.limits.decoded_bytes.saturating_sub(self.decoded_bytes)
    }

    /// Counts bytes read from a file.
    pub fn file_bytes(&mut self, count: usize) -> Result<(), SceneError> {
        self.decoded_bytes = self.decoded_bytes.saturating_add(count);
        let (used, limit) = (self.decoded_bytes, self.limits.decoded_bytes);
        check(used, limit, "bytes in data URIs and files")
    }

    /// Counts bytes decoded from compressed geometry.
    pub fn decompressed_bytes(&mut self, count: usize) -> Result<(), SceneError> {
        self.decoded_bytes = self.decoded_bytes.saturating_add(count);
        let (used, limit) = (self.decoded_bytes, self.limits.decoded_bytes);
        check(used, limit, "bytes in data URIs and compressed geometry")
    }

    /// Counts bytes decoded from a data URI.
    pub fn decoded_bytes(&mut self, count: usize) -> Result<(), SceneError> {
        self.decoded_bytes = self.decoded_bytes.saturating_add(count);
        check(
            self.decoded_bytes,
            self.limits.decoded_bytes,
            "bytes in data URIs",
        )
    }
}

/// Refuses more than `limit`.
pub(super) fn check<T: Copy + PartialOrd + std::fmt::Display>(
    used: T,
    limit: T,
    what: &str,
) -> Result<(), SceneError> {
    if used > limit {
        return Err(SceneError::TooLarge(format!(
            "the scene has at least {used} {what}; the limit is {limit}."
        )));
    }
    Ok(())
}
