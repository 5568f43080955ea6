//! The meshes of scenes in GPU buffers, kept between frames.
//!
//! One buffer for all meshes of a scene costs one upload, where a buffer for each mesh costs hundreds.
//! Successive frames mostly show the same meshes at other places, so what is kept is whole scenes of
//! them, found by the digests of their contents.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::RenderError;
use super::draw_list::{DrawList, unit_cube};
use super::gpu::{Gpu, OBJECT_BYTES};
use super::look::{Habits, Streams, Surface};
use super::memory::Lease;
use super::vertex::VertexDetail;
use crate::lru::Lru;
use crate::scene::{Digest, Primitive, Scene};
use crate::tally::Tally;

/// The meshes of the scenes drawn lately.
pub(super) struct MeshCache {
    kept: Lru<Arc<Key>, Arc<Meshes>>,
    tally: Arc<Tally>,
}

/// Equal keys have equal buffers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Key {
    positions: Vec<Digest>,
    shading: Vec<ShadingKey>,
}

impl Key {
    /// Memory that it takes.
    fn bytes(&self) -> usize {
        self.positions.capacity() * size_of::<Digest>()
            + self.shading.capacity() * size_of::<ShadingKey>()
    }
}

/// What a vertex brings to the color pass, of one mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ShadingKey {
    content: Digest,
    detail: VertexDetail,
    streams: Streams,
    habits: Habits,
}

impl ShadingKey {
    fn new(primitive: &Primitive, surface: &Surface) -> Self {
        Self {
            content: primitive.content,
            detail: surface.kind.detail,
            streams: surface.streams,
            habits: surface.habits,
        }
    }
}

/// The meshes of one scene, each content once.
#[derive(Debug)]
pub(super) struct Meshes {
    pub positions: wgpu::Buffer,
    pub shading: wgpu::Buffer,
    pub indices: wgpu::Buffer,
    places: HashMap<Digest, Place>,
    shading_places: HashMap<ShadingKey, u64>,
    /// What the buffers count for.
    _leases: [Lease; 3],
}

impl Meshes {
    /// Memory that their places take. A map has room for an eighth more than it holds.
    fn place_bytes(&self) -> usize {
        let positions = self.places.capacity() * size_of::<(Digest, Place)>();
        let shading = self.shading_places.capacity() * size_of::<(ShadingKey, u64)>();
        (positions + shading) / 7 * 8
    }
}

/// Where a mesh lies.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Offset of its positions, bytes.
    pub positions: u64,
    /// Its indices.
    pub indices: Range<u32>,
}

impl MeshCache {
    /// A cache of so many bytes on the GPU, which a tally counts.
    pub fn new(kept_bytes: usize, tally: Arc<Tally>) -> Self {
        Self {
            kept: Lru::new(kept_bytes),
            tally,
        }
    }

    /// Gives up all.
    pub fn let_go(&mut self) {
        self.kept.clear();
    }

    /// Finds the meshes of a draw list, or puts them on the GPU.
    pub fn get(
        &mut self,
        gpu: &Gpu,
        scene: &Scene,
        list: &DrawList,
    ) -> Result<Arc<Meshes>, RenderError> {
        let mut staged = Staged::new(scene, list);
        let key = Arc::new(std::mem::take(&mut staged.key));
        let known = self.kept.get(&key);
        self.tally.looked_up(known.is_some());
        if let Some(known) = known {
            return Ok(known.clone());
        }
        staged.fill(scene, list)?;
        let (meshes, bytes) = staged.upload(gpu)?;
        let meshes = Arc::new(meshes);
        let bytes = bytes + key.bytes() + meshes.place_bytes();
        self.kept.insert(key, meshes.clone(), bytes, &self.tally);
        Ok(meshes)
    }
}

impl Meshes {
    /// Where a primitive lies.
    pub fn place(&self, primitive: &Primitive) -> Place {
        self.places
            .get(&primitive.content)
            .cloned()
            .unwrap_or_default()
    }

    /// Offset of the shading attributes of a surface, bytes.
    pub fn shading_place(&self, primitive: &Primitive, surface: &Surface) -> u64 {
        let key = ShadingKey::new(primitive, surface);
        self.shading_places.get(&key).copied().unwrap_or_default()
    }
}

/// Meshes on their way to the GPU.
struct Staged {
    key: Key,
    /// A primitive of each content, in the order of the key.
    of_positions: Vec<usize>,
    /// A surface of the draw list for each kind of shading, in the order of the key.
    of_shading: Vec<usize>,
    positions: Vec<u8>,
    shading: Vec<u8>,
    indices: Vec<u8>,
    places: HashMap<Digest, Place>,
    shading_places: HashMap<ShadingKey, u64>,
}

impl Staged {
    /// Finds the distinct meshes; copies nothing yet.
    fn new(scene: &Scene, list: &DrawList) -> Self {
        let mut staged = Self {
            key: Key::default(),
            of_positions: Vec::new(),
            of_shading: Vec::new(),
            positions: Vec::new(),
            shading: Vec::new(),
            indices: Vec::new(),
            places: HashMap::new(),
            shading_places: HashMap::new(),
        };
        for drawn in &list.geometry {
            let content = scene.primitives[drawn.draw.primitive].content;
            if staged.places.insert(content, Place::default()).is_none() {
                staged.key.positions.push(content);
                staged.of_positions.push(drawn.draw.primitive);
            }
        }
        for (index, drawn) in list.surfaces.iter().enumerate() {
            let key = ShadingKey::new(&scene.primitives[drawn.draw.primitive], &drawn.surface);
            if staged.shading_places.insert(key, 0).is_none() {
                staged.key.shading.push(key);
                staged.of_shading.push(index);
            }
        }
        staged
    }

    /// Puts the bytes of all meshes together.
    fn fill(&mut self, scene: &Scene, list: &DrawList) -> Result<(), RenderError> {
        for &index in &self.of_positions {
            let primitive = &scene.primitives[index];
            let place = Place {
                positions: self.positions.len() as u64,
                indices: push_indices(&mut self.indices, &primitive.indices)?,
            };
            let positions = vertex_positions(primitive);
            self.positions
                .extend_from_slice(bytemuck::cast_slice(&positions));
            self.places.insert(primitive.content, place);
        }
        for &index in &self.of_shading {
            let drawn = &list.surfaces[index];
            let primitive = &scene.primitives[drawn.draw.primitive];
            let key = ShadingKey::new(primitive, &drawn.surface);
            self.shading_places.insert(key, self.shading.len() as u64);
            if let Some(shading) = &primitive.shading {
                let cube = unit_cube(primitive);
                key.detail
                    .append(shading, &drawn.surface, cube.as_ref(), &mut self.shading);
            }
        }
        Ok(())
    }

    /// The meshes on the GPU, and how many bytes they take there.
    fn upload(&mut self, gpu: &Gpu) -> Result<(Meshes, usize), RenderError> {
        use wgpu::BufferUsages;
        // All is counted before any of it is made.
        let contents = [&self.positions, &self.shading, &self.indices];
        let [positions, shading, indices] = contents.map(|bytes| buffer_size(bytes));
        let leases = [
            gpu.memory.take(positions)?,
            gpu.memory.take(shading)?,
            gpu.memory.take(indices)?,
        ];
        let positions = upload(gpu, "positions", BufferUsages::VERTEX, &self.positions)?;
        let shading = upload(
            gpu,
            "shading attributes",
            BufferUsages::VERTEX,
            &self.shading,
        )?;
        let indices = upload(gpu, "indices", BufferUsages::INDEX, &self.indices)?;
        let contents = self.positions.len() + self.shading.len() + self.indices.len();
        let bytes = contents + 3 * OBJECT_BYTES;
        let meshes = Meshes {
            positions,
            shading,
            indices,
            places: std::mem::take(&mut self.places),
            shading_places: std::mem::take(&mut self.shading_places),
            _leases: leases,
        };
        Ok((meshes, bytes))
    }
}

/// The positions of a primitive as the vertex shader gets them.
pub(super) fn vertex_positions(primitive: &Primitive) -> Cow<'_, [[f32; 3]]> {
    match unit_cube(primitive) {
        None => Cow::Borrowed(&primitive.positions),
        Some(cube) => primitive.positions.iter().map(|&p| cube.apply(p)).collect(),
    }
}

/// Appends indices and says where they are.
pub(super) fn push_indices(out: &mut Vec<u8>, indices: &[u32]) -> Result<Range<u32>, RenderError> {
    let first = out.len() / size_of::<u32>();
    out.extend_from_slice(bytemuck::cast_slice(indices));
    index_range(first, out.len() / size_of::<u32>())
}

/// The range between two indices.
pub(super) fn index_range(first: usize, end: usize) -> Result<Range<u32>, RenderError> {
    match (u32::try_from(first), u32::try_from(end)) {
        (Ok(first), Ok(end)) => Ok(first..end),
        _ => Err(RenderError::TooLarge {
            what: "scene's number of indices",
            value: end as u64,
            limit: u64::from(u32::MAX),
        }),
    }
}

/// How large a buffer with these bytes is.
fn buffer_size(bytes: &[u8]) -> u64 {
    bytes.len().max(16) as u64
}

/// A buffer with these bytes, a multiple of four of them; one of a few zeros if there are none,
/// because it is bound all the same.
fn upload(
    gpu: &Gpu,
    label: &str,
    usage: wgpu::BufferUsages,
    bytes: &[u8],
) -> Result<wgpu::Buffer, RenderError> {
    let (size, limit) = (buffer_size(bytes), gpu.limits.max_buffer_size);
    if size > limit {
        return Err(RenderError::TooLarge {
            what: "scene's geometry in bytes",
            value: size,
            limit,
        });
    }
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size,
        usage: usage | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    if !bytes.is_empty() {
        gpu.queue.write_buffer(&buffer, 0, bytes);
    }
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::render::AdapterSelection;
    use crate::render::testing::triangles;
    use crate::render::view::GuardBand;
    use crate::render::warm_up::view;
    use crate::tally::CacheCounts;

    #[test]
    fn what_is_found_let_go_and_kept_is_counted() {
        let gpu = Gpu::open(&AdapterSelection::default(), &Arc::default(), false).unwrap();
        let tally = Arc::<Tally>::default();
        // Room for the meshes of two scenes, of 60 positions and indices each.
        let room = 3200 + 6 * OBJECT_BYTES;
        let [mut cache, mut second] = [(); 2].map(|()| MeshCache::new(room, tally.clone()));
        let get = |cache: &mut MeshCache, number: usize| {
            let mut scene = triangles();
            scene.instances.swap(0, number);
            scene.instances.truncate(1);
            let guard = GuardBand::new(view().camera.size, &gpu.limits);
            let list = DrawList::new(&scene, &view(), guard, false);
            cache.get(&gpu, &scene, &list).unwrap();
            tally.counts()
        };
        let one = get(&mut cache, 0).bytes;
        let contents = one - 3 * OBJECT_BYTES;
        // More than the buffers and their entry: the key and the places count too.
        let buffers = 60 * 16 + 256;
        assert!((buffers + 200..1600).contains(&contents), "{contents}");
        let counts = |hits, misses, evictions, kept: usize| CacheCounts {
            hits,
            misses,
            evictions,
            bytes: kept * one,
        };
        for (number, expected) in [
            (0, counts(1, 1, 0, 1)),
            (1, counts(1, 2, 0, 2)),
            (0, counts(2, 2, 0, 2)),
            (2, counts(2, 3, 1, 2)),
            (0, counts(3, 3, 1, 2)),
            (1, counts(3, 4, 2, 2)),
        ] {
            assert_eq!(get(&mut cache, number), expected, "{number}");
        }
        // What one has is not found in another, but they are counted together.
        assert_eq!(get(&mut second, 0), counts(3, 5, 2, 3));
        drop(cache);
        assert_eq!(tally.counts(), counts(3, 5, 2, 1));
    }
}
