//! Triangle lists from the indices of a primitive.

use std::sync::Arc;

use super::SceneError;
use super::error::invalid;

/// How vertices make triangles (glTF 3.7.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Topology {
    /// 4: each three.
    List,
    /// 5: each with the two before it.
    Strip,
    /// 6: each two neighbours with the first.
    Fan,
}

impl Topology {
    /// How many triangles `count` indices make. Those left over make none.
    pub fn triangles(self, count: usize) -> usize {
        match self {
            Self::List => count / 3,
            Self::Strip | Self::Fan => count.saturating_sub(2),
        }
    }

    /// The triangle list of `indices`, shared if they are one already.
    pub fn list(self, indices: Arc<[u32]>) -> Arc<[u32]> {
        let triangles = self.triangles(indices.len());
        match self {
            Self::List if indices.len() == 3 * triangles => indices,
            Self::List => indices.iter().copied().take(3 * triangles).collect(),
            Self::Strip => (indices.windows(3).enumerate())
                .flat_map(|(i, v)| {
                    if i % 2 == 0 {
                        [v[0], v[1], v[2]]
                    } else {
                        [v[0], v[2], v[1]]
                    }
                })
                .collect(),
            Self::Fan => (indices.windows(2).skip(1))
                .flat_map(|v| [v[0], v[1], indices[0]])
                .collect(),
        }
    }
}

/// Checks that all indices are below `vertices` and none is `restart`, the largest number of their
/// type, which glTF forbids (3.7.2.1) because some graphics interfaces restart a strip there.
pub(super) fn check(indices: &[u32], vertices: usize, restart: u32) -> Result<(), SceneError> {
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
        let strip = Topology::Strip.list([5, 6, 7, 8, 9].into());
        assert_eq!(*strip, [5, 6, 7, 6, 8, 7, 7, 8, 9]);
    }

    #[test]
    fn fans_share_the_first_vertex() {
        assert_eq!(*Topology::Fan.list([5, 6, 7, 8].into()), [6, 7, 5, 7, 8, 5]);
    }

    #[test]
    fn left_over_indices_make_no_triangle() {
        assert_eq!(*Topology::List.list([1, 2, 3, 4].into()), [1, 2, 3]);
        for topology in [Topology::List, Topology::Strip, Topology::Fan] {
            for count in 0..3 {
                assert!(
                    topology.list((0..count).collect()).is_empty(),
                    "{topology:?} {count}"
                );
            }
        }
    }

    #[test]
    fn a_list_is_shared_as_it_is() {
        let indices: Arc<[u32]> = [2, 1, 0].into();
        assert!(Arc::ptr_eq(&indices, &Topology::List.list(indices.clone())));
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
