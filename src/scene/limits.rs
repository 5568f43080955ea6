//! How large a scene may be. Each limit is checked before anything of that size is allocated.

/// Upper bounds on what one scene may make the server hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// How much of its [`Limits`] a scene uses: for each of them what it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Objects in the JSON.
    pub json_objects: usize,
    /// Nodes in the file.
    pub nodes: usize,
    /// Levels of nodes that are shown.
    pub node_depth: usize,
    /// Primitives drawn, counting each node that shows a mesh.
    pub instances: usize,
    /// Triangles, lines and points drawn, counting each node that shows a mesh.
    pub elements_drawn: usize,
    /// Vertices of all primitives together.
    pub vertices: usize,
    /// Indices of all primitives together.
    pub indices: usize,
    /// Vertices of morph targets in use.
    pub morphed_vertices: usize,
    /// Weights and attributes of morph targets that were looked up.
    pub targets_resolved: usize,
    /// Numbers in the keyframes of the animation that is played.
    pub keyframe_numbers: usize,
    /// The greatest width or height of a texture, pixels.
    pub texture_side: u32,
    /// Pixels of all textures together.
    pub texture_pixels: u64,
    /// Bytes decoded from data URIs and compressed geometry, or read from files.
    pub decoded_bytes: usize,
    /// Bytes of images and of compressed geometry that were decoded.
    pub encoded_bytes: usize,
}

impl Usage {
    /// What is used of each limit, by name: what is counted, how much is used, how much may be.
    #[must_use]
    pub fn against(&self, limits: &Limits) -> [(&'static str, u64, u64); 14] {
        // Named one by one, so that a limit cannot be added without being shown.
        let Limits {
            json_objects,
            nodes,
            node_depth,
            instances,
            elements_drawn,
            vertices,
            indices,
            morphed_vertices,
            targets_resolved,
            keyframe_numbers,
            texture_side,
            texture_pixels,
            decoded_bytes,
            encoded_bytes,
        } = *limits;
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let row = |name, used: usize, limit: usize| (name, wide(used), wide(limit));
        [
            row("JSON objects", self.json_objects, json_objects),
            row("nodes", self.nodes, nodes),
            row("levels of nodes", self.node_depth, node_depth),
            row("primitives drawn", self.instances, instances),
            row("elements drawn", self.elements_drawn, elements_drawn),
            row("vertices", self.vertices, vertices),
            row("indices", self.indices, indices),
            row("morphed vertices", self.morphed_vertices, morphed_vertices),
            row("target lookups", self.targets_resolved, targets_resolved),
            row("keyframe numbers", self.keyframe_numbers, keyframe_numbers),
            (
                "texture side",
                self.texture_side.into(),
                texture_side.into(),
            ),
            ("texture pixels", self.texture_pixels, texture_pixels),
            row("bytes decoded", self.decoded_bytes, decoded_bytes),
            row("bytes to decode", self.encoded_bytes, encoded_bytes),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_shown_once() {
        let usage = Usage {
            texture_side: 7,
            ..Usage::default()
        };
        let rows = usage.against(&Limits::default());
        let names: std::collections::BTreeSet<_> = rows.iter().map(|(name, ..)| name).collect();
        assert_eq!(names.len(), rows.len());
        assert!(rows.contains(&("texture side", 7, 8_192)));
    }
}
