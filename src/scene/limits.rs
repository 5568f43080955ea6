//! How large a scene may be. Each limit is checked before anything of that size is allocated.

/// Upper bounds on what one scene may make the server hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects in the JSON, of whatever kind: the braces that open, also in strings.
    pub json_objects: usize,
    /// Nodes in the file.
    pub nodes: usize,
    /// Length of the longest path from a root to a leaf.
    pub node_depth: usize,
    /// Primitives drawn, counting each node that shows a mesh.
    pub instances: usize,
    /// Triangles, lines and points drawn, counting each node that shows a mesh: what an image may cost.
    pub elements_drawn: usize,
    /// Vertices of all primitives together.
    pub vertices: usize,
    /// Indices of all primitives together.
    pub indices: usize,
    /// Vertices of morph targets in use, counting each attribute.
    pub morphed_vertices: usize,
    /// Weights and attributes of morph targets that are looked up, counting each different set of
    /// weights that a mesh is shown with, and each different skin.
    pub targets_resolved: usize,
    /// Numbers in the keyframes of an animation, counting each channel.
    pub keyframe_numbers: usize,
    /// Width or height of a texture, pixels.
    pub texture_side: u32,
    /// Pixels of all textures together.
    pub texture_pixels: u64,
    /// Bytes decoded from all data URIs and all compressed geometry together.
    pub decoded_bytes: usize,
    /// Bytes of images and of compressed geometry that are handed to decoders, counting the same bytes
    /// as often as they are decoded.
    pub encoded_bytes: usize,
}

impl Default for Limits {
    /// Generous for robotics scenes: a few gigabytes of memory at worst, for each worker.
    fn default() -> Self {
        Self {
            json_objects: 5_000_000,
            nodes: 1_000_000,
            node_depth: 1_000,
            instances: 1_000_000,
            elements_drawn: 1_000_000_000,
            vertices: 20_000_000,
            indices: 60_000_000,
            morphed_vertices: 100_000_000,
            targets_resolved: 50_000_000,
            keyframe_numbers: 50_000_000,
            texture_side: 8_192,
            texture_pixels: 1 << 28,
            decoded_bytes: 2 << 30,
            encoded_bytes: 1 << 30,
        }
    }
}

/// How much of its [`Limits`] a scene uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Nodes in the file.
    pub nodes: usize,
    /// Primitives drawn, counting each node that shows a mesh.
    pub instances: usize,
    /// Triangles, lines and points drawn, counting each node that shows a mesh.
    pub elements_drawn: usize,
    /// Vertices of all primitives together.
    pub vertices: usize,
    /// Indices of all primitives together.
    pub indices: usize,
    /// Pixels of all textures together.
    pub texture_pixels: u64,
    /// Bytes decoded from data URIs, or read from files.
    pub decoded_bytes: usize,
}

impl Usage {
    /// What is used of each limit, by name: what is counted, how much is used, how much may be.
    #[must_use]
    pub fn against(&self, limits: &Limits) -> [(&'static str, u64, u64); 7] {
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        [
            ("nodes", wide(self.nodes), wide(limits.nodes)),
            (
                "primitives drawn",
                wide(self.instances),
                wide(limits.instances),
            ),
            (
                "elements drawn",
                wide(self.elements_drawn),
                wide(limits.elements_drawn),
            ),
            ("vertices", wide(self.vertices), wide(limits.vertices)),
            ("indices", wide(self.indices), wide(limits.indices)),
            ("texture pixels", self.texture_pixels, limits.texture_pixels),
            (
                "bytes decoded",
                wide(self.decoded_bytes),
                wide(limits.decoded_bytes),
            ),
        ]
    }
}
