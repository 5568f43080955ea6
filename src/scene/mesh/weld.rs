//! Vertices at the same position.

use std::collections::HashMap;

use glam::{DVec3, IVec3};

/// The edge of a grid cell in tolerances. Far more than one, so that few vertices are near a side of
/// their cell and most need one look-up only.
const CELL: f64 = 32.0;
/// How many places of one cell are compared. Only a mesh most of which lies within the 32
/// tolerances of a cell has more; it is then welded less.
const COMPARED: usize = 32;

/// A position that vertices share, and the next one in the same cell.
struct Place {
    position: DVec3,
    next: Option<usize>,
}

/// Groups the vertices that lie within `tolerance` of each other along every axis: the vertices of
/// each group, in ascending order, groups of one left out.
pub(in crate::scene) fn groups(positions: &[DVec3], tolerance: f64) -> Vec<Vec<usize>> {
    let least = positions
        .iter()
        .copied()
        .reduce(DVec3::min)
        .unwrap_or_default();
    let edge = CELL * tolerance;
    let cell = |position: DVec3| ((position - least) / edge).floor().as_ivec3();
    let mut places: Vec<Place> = Vec::with_capacity(positions.len());
    let mut cells: HashMap<IVec3, usize> = HashMap::with_capacity(positions.len());
    let mut first_at = Vec::with_capacity(positions.len());
    let mut groups: Vec<Vec<usize>> = Vec::new();
    // The group of a place, once a second vertex is there.
    let mut group_of: HashMap<usize, usize> = HashMap::new();
    for (vertex, &position) in positions.iter().enumerate() {
        let (low, high) = (cell(position - tolerance), cell(position + tolerance));
        let around = (low.x..=high.x).flat_map(move |x| {
            (low.y..=high.y).flat_map(move |y| (low.z..=high.z).map(move |z| IVec3::new(x, y, z)))
        });
        let found = around.into_iter().find_map(|cell| {
            let first = cells.get(&cell).copied();
            std::iter::successors(first, |&place| places[place].next)
                .take(COMPARED)
                .find(|&place| (places[place].position - position).abs().max_element() <= tolerance)
        });
        if let Some(place) = found {
            let group = *group_of.entry(place).or_insert_with(|| {
                groups.push(vec![first_at[place]]);
                groups.len() - 1
            });
            groups[group].push(vertex);
        } else {
            let next = cells.insert(cell(position), places.len());
            places.push(Place { position, next });
            first_at.push(vertex);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups_of(xs: &[f64], tolerance: f64) -> Vec<Vec<usize>> {
        let positions: Vec<DVec3> = xs.iter().map(|&x| DVec3::new(x, -x, 1.0)).collect();
        groups(&positions, tolerance)
    }

    #[test]
    fn equal_positions_are_grouped() {
        let found = groups_of(&[1.0, 2.0, 1.0, 3.0, 2.0, 1.0], 1e-6);
        assert_eq!(found, [vec![0, 2, 5], vec![1, 4]]);
    }

    #[test]
    fn the_tolerance_reaches_across_cells() {
        // Steps of half a cell less a little, each with a twin just within the tolerance.
        for step in 0..200 {
            let x = f64::from(step) * 15.9e-3;
            let found = groups_of(&[0.0, x + 10.0, x + 10.000_999, x + 10.002_5], 1e-3);
            assert_eq!(found, [vec![1, 2]], "{x}");
        }
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(groups_of(&[0.0, -0.0, 5.0], 1e-6), [vec![0, 1]]);
    }
}
