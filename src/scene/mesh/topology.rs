//! Lists of points, lines and triangles from the indices of a primitive.

use std::sync::Arc;

use crate::scene::SceneError;
use crate::scene::error::invalid;

/// What a primitive is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Topology {
    /// Single vertices.
    Points,
    /// Pairs of vertices.
    Lines,
    /// Triples of vertices.
    #[default]
    Triangles,
}

impl Topology {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Points, Self::Lines, Self::Triangles];

    /// Vertices of one point, line or triangle.
    #[must_use]
    pub fn corners(self) -> usize {
        match self {
            Self::Points => 1,
            Self::Lines => 2,
            Self::Triangles => 3,
        }
    }
}

/// How vertices make points, lines or triangles (glTF 3.7.2.1), by its code in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) enum Mode {
    /// 0: each one.
    Points,
    /// 1: each two.
    Lines,
    /// 2: each with the one before it, and the first with the last.
    LineLoop,
    /// 3: each with the one before it.
    LineStrip,
    /// 4: each three.
    Triangles,
    /// 5: each with the two before it.
    TriangleStrip,
    /// 6: each two neighbours with the first.
    TriangleFan,
}

impl Mode {
    /// What it makes.
    pub fn topology(self) -> Topology {
        match self {
            Self::Points => Topology::Points,
            Self::Lines | Self::LineLoop | Self::LineStrip => Topology::Lines,
            Self::Triangles | Self::TriangleStrip | Self::TriangleFan => Topology::Triangles,
        }
    }

    /// How many points, lines or triangles `count` indices make. Those left over make none.
    pub fn elements(self, count: usize) -> usize {
        match self {
            Self::LineLoop if count < 2 => 0,
            Self::Points | Self::LineLoop => count,
            Self::Lines => count / 2,
            Self::LineStrip => count.saturating_sub(1),
            Self::Triangles => count / 3,
            Self::TriangleStrip | Self::TriangleFan => count.saturating_sub(2),
        }
    }

    /// Whether the last of `count` indices are left over.
    pub fn leaves_over(self, count: usize) -> bool {
        match self {
            Self::Lines => !count.is_multiple_of(2),
            Self::Triangles => !count.is_multiple_of(3),
            _ => false,
        }
    }

    /// The points, lines or triangles of `indices`, one after the other; shared if they are that
    /// already.
    pub fn list(self, indices: Arc<[u32]>) -> Arc<[u32]> {
        let whole = self.elements(indices.len()) * self.topology().corners();
        match self {
            Self::Points | Self::Lines | Self::Triangles if indices.len() == whole => indices,
            Self::Points | Self::Lines | Self::Triangles => {
                indices.iter().copied().take(whole).collect()
            }
            Self::LineLoop | Self::LineStrip => {
                let closing = match (self, &*indices) {
                    (Self::LineLoop, [first, .., last]) => Some([*last, *first]),
                    _ => None,
                };
                let lines = indices.windows(2).map(|line| [line[0], line[1]]);
                lines.chain(closing).flatten().collect()
            }
            Self::TriangleStrip => (indices.windows(3).enumerate())
                .flat_map(|(i, v)| {
                    if i % 2 == 0 {
                        [v[0], v[1], v[2]]
                    } else {
                        [v[0], v[2], v[1]]
                    }
                })
                .collect(),
            Self::TriangleFan => (indices.windows(2).skip(1))
                .flat_map(|v| [v[0], v[1], indices[0]])
                .collect(),
        }
    }
}

/// Checks that all indices are below `vertices` and none is `restart`, the largest number of their
/// type, which glTF forbids (3.7.2.1) because some graphics interfaces restart a strip there.
pub(in crate::scene) fn check(
    indices: &[u32],
    vertices: usize,
    restart: u32,
) -> Result<(), SceneError> {
    let is_bad = |index: u32| index as usize >= vertices || index == restart;
    // The largest first, because looking for it is vectorised.
    if !indices.iter().copied().max().is_some_and(is_bad) {
        return Ok(());
    }
    let found = indices
        .iter()
        .copied()
        .enumerate()
        .find(|(_, index)| is_bad(*index));
    let (position, index) = found.unwrap_or_default();
    Err(invalid(if index == restart {
        format!("element {position} is {index}, which glTF reserves for primitive restart.")
    } else {
        format!("element {position} is {index}, but the primitive has {vertices} vertices.")
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn strips_keep_the_winding() {
        let strip = Mode::TriangleStrip.list([5, 6, 7, 8, 9].into());
        assert_eq!(*strip, [5, 6, 7, 6, 8, 7, 7, 8, 9]);
    }

    #[test]
    fn fans_share_the_first_vertex() {
        assert_eq!(
            *Mode::TriangleFan.list([5, 6, 7, 8].into()),
            [6, 7, 5, 7, 8, 5]
        );
    }

    #[test]
    fn loops_are_closed_and_strips_are_not() {
        assert_eq!(*Mode::LineStrip.list([5, 6, 7].into()), [5, 6, 6, 7]);
        assert_eq!(*Mode::LineLoop.list([5, 6, 7].into()), [5, 6, 6, 7, 7, 5]);
        assert_eq!(*Mode::Points.list([5, 6].into()), [5, 6]);
    }

    #[test]
    fn as_many_elements_are_counted_as_are_made() {
        use Mode::{LineLoop, LineStrip, Lines, Points, TriangleFan, TriangleStrip, Triangles};
        for mode in [
            Points,
            Lines,
            LineLoop,
            LineStrip,
            Triangles,
            TriangleStrip,
            TriangleFan,
        ] {
            for count in 0..8 {
                let list = mode.list((0..count).collect());
                let elements = mode.elements(count as usize);
                assert_eq!(
                    list.len(),
                    elements * mode.topology().corners(),
                    "{mode:?} {count}"
                );
            }
        }
    }

    #[test]
    fn left_over_indices_make_no_triangle() {
        assert_eq!(*Mode::Triangles.list([1, 2, 3, 4].into()), [1, 2, 3]);
        assert_eq!(*Mode::Lines.list([1, 2, 3].into()), [1, 2]);
        assert!(Mode::Lines.leaves_over(3) && Mode::Triangles.leaves_over(4));
        for mode in [Mode::Triangles, Mode::TriangleStrip, Mode::TriangleFan] {
            for count in 0..3 {
                assert!(
                    mode.list((0..count).collect()).is_empty(),
                    "{mode:?} {count}"
                );
            }
        }
    }

    #[test]
    fn a_list_is_shared_as_it_is() {
        let indices: Arc<[u32]> = [2, 1, 0].into();
        assert!(Arc::ptr_eq(
            &indices,
            &Mode::Triangles.list(indices.clone())
        ));
    }

    #[test]
    fn bad_indices_are_named() {
        check(&[0, 1, 254], 300, 255).unwrap();
        assert_eq!(
            check(&[0, 3, 9], 3, 255).unwrap_err().to_string(),
            "scene: element 1 is 3, but the primitive has 3 vertices."
        );
        assert_eq!(
            check(&[0, 255], 300, 255).unwrap_err().to_string(),
            "scene: element 1 is 255, which glTF reserves for primitive restart."
        );
    }
}
