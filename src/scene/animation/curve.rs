//! Keyframes and what is between them (glTF 2.0, 3.11 and appendix C).

use glam::DQuat;

use crate::scene::SceneError;
use crate::scene::error::invalid;

/// How a curve runs from key to key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interpolation {
    /// It stays as at the key before.
    Step,
    /// Straight.
    Linear,
    /// Along the shorter great circle between quaternions.
    Spherical,
    /// As a cubic Hermite spline whose tangents are given; made unit if it is a rotation.
    CubicSpline {
        /// Whether the values are quaternions.
        rotation: bool,
    },
}

/// The keys of an animated value.
#[derive(Debug)]
pub(super) struct Curve {
    /// Seconds, ascending; at least one.
    times: Vec<f32>,
    /// One value for each key, or for a spline three: tangent in, value, tangent out.
    values: Vec<f32>,
    /// Numbers of a value.
    width: usize,
    interpolation: Interpolation,
}

impl Curve {
    /// Checks keys, whose numbers are finite.
    pub fn new(
        times: Vec<f32>,
        values: Vec<f32>,
        width: usize,
        interpolation: Interpolation,
    ) -> Result<Self, SceneError> {
        if times.is_empty() {
            return Err(invalid("it has no keys."));
        }
        if times[0] < 0.0 {
            return Err(invalid(format!(
                "its first key is at {} s, before 0.",
                times[0]
            )));
        }
        if let Some(key) = times.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(invalid(format!(
                "key {} at {} s is not after key {key} at {} s.",
                key + 1,
                times[key + 1],
                times[key]
            )));
        }
        let mut curve = Self {
            times,
            values,
            width,
            interpolation,
        };
        let wanted = curve.times.len().saturating_mul(curve.numbers_a_key());
        if curve.values.len() != wanted {
            return Err(invalid(format!(
                "its output has {} numbers, but {} keys need {wanted}.",
                curve.values.len(),
                curve.times.len()
            )));
        }
        // A single key has nothing to interpolate.
        if curve.times.len() == 1 && curve.numbers_a_key() == width {
            curve.interpolation = Interpolation::Step;
        }
        Ok(curve)
    }

    /// The value at a time, seconds; before the first key as there, after the last as there.
    pub fn at(&self, time: f64) -> Vec<f64> {
        let after = self.times.partition_point(|key| f64::from(*key) <= time);
        if after == 0 {
            return self.value(0);
        }
        let key = after - 1;
        let Some(next) = self.times.get(after) else {
            return self.value(key);
        };
        let [start, end] = [self.times[key], *next].map(f64::from);
        let (length, t) = (end - start, (time - start) / (end - start));
        let (a, b) = (self.value(key), self.value(after));
        match self.interpolation {
            Interpolation::Step => a,
            Interpolation::Linear => mix([(1.0 - t, &a), (t, &b)]),
            Interpolation::Spherical => spherical(&a, &b, t),
            Interpolation::CubicSpline { rotation } => {
                let (out, into) = (self.part(key, 2), self.part(after, 0));
                let (t2, t3) = (t * t, t * t * t);
                let sum = mix([
                    (2.0 * t3 - 3.0 * t2 + 1.0, &a),
                    (length * (t3 - 2.0 * t2 + t), &out),
                    (-2.0 * t3 + 3.0 * t2, &b),
                    (length * (t3 - t2), &into),
                ]);
                if rotation { unit(&sum) } else { sum }
            }
        }
    }

    fn numbers_a_key(&self) -> usize {
        match self.interpolation {
            Interpolation::CubicSpline { .. } => self.width.saturating_mul(3),
            _ => self.width,
        }
    }

    /// The value at a key.
    fn value(&self, key: usize) -> Vec<f64> {
        let part = match self.interpolation {
            Interpolation::CubicSpline { .. } => 1,
            _ => 0,
        };
        self.part(key, part)
    }

    /// The numbers of one of the (three) parts of a key.
    fn part(&self, key: usize, part: usize) -> Vec<f64> {
        let start = key * self.numbers_a_key() + part * self.width;
        let numbers = self.values.iter().skip(start).take(self.width);
        numbers.map(|number| f64::from(*number)).collect()
    }
}

/// The weighted sum of values.
fn mix<const N: usize>(terms: [(f64, &Vec<f64>); N]) -> Vec<f64> {
    let width = terms.first().map_or(0, |(_, value)| value.len());
    let number = |i: usize| terms.iter().map(|(weight, value)| weight * value[i]).sum();
    (0..width).map(number).collect()
}

/// Between two quaternions, which may have any length but 0.
fn spherical(a: &[f64], b: &[f64], t: f64) -> Vec<f64> {
    let [a, b] = [a, b].map(|q| DQuat::from_slice(q).normalize());
    a.slerp(b, t).to_array().to_vec()
}

fn unit(q: &[f64]) -> Vec<f64> {
    DQuat::from_slice(q).normalize().to_array().to_vec()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use std::f64::consts::FRAC_PI_4;

    use super::*;

    fn curve(times: &[f32], values: &[f32], width: usize, kind: Interpolation) -> Curve {
        Curve::new(times.to_vec(), values.to_vec(), width, kind).unwrap()
    }

    #[test]
    fn steps_hold_the_key_before() {
        let curve = curve(&[1.0, 2.0], &[5.0, 6.0, 7.0, 8.0], 2, Interpolation::Step);
        for (time, value) in [
            (0.0, [5.0, 6.0]),
            (1.999, [5.0, 6.0]),
            (2.0, [7.0, 8.0]),
            (f64::INFINITY, [7.0, 8.0]),
            (f64::NAN, [5.0, 6.0]),
        ] {
            assert_eq!(curve.at(time), value, "{time}");
        }
    }

    #[test]
    fn lines_are_straight_and_clamped() {
        let curve = curve(&[1.0, 3.0, 4.0], &[0.0, 8.0, 7.0], 1, Interpolation::Linear);
        for (time, value) in [
            (-9.0, 0.0),
            (1.5, 2.0),
            (3.0, 8.0),
            (3.75, 7.25),
            (9.0, 7.0),
        ] {
            assert_eq!(curve.at(time), [value], "{time}");
        }
    }

    #[test]
    fn rotations_turn_evenly_along_the_shorter_way() {
        let quarter = DQuat::from_rotation_z(2.0 * FRAC_PI_4).as_quat().to_array();
        // The same rotation, but by its numbers farther away.
        let away = quarter.map(|x| -x);
        for end in [quarter, away] {
            let values: Vec<f32> = [0.0, 0.0, 0.0, 1.0].into_iter().chain(end).collect();
            let curve = curve(&[0.0, 3.0], &values, 4, Interpolation::Spherical);
            let third = DQuat::from_slice(&curve.at(1.0));
            let expected = DQuat::from_rotation_z(2.0 * FRAC_PI_4 / 3.0);
            assert!(third.dot(expected).abs() > 1.0 - 1e-12, "{third}");
        }
    }

    #[test]
    fn splines_follow_the_hermite_polynomials() {
        // f(t) = t³ - 2t + 1 on [1, 3], whose cubic spline is itself: f' = 3t² - 2.
        let values = [99.0, 0.0, 1.0, 25.0, 22.0, 99.0];
        let kind = Interpolation::CubicSpline { rotation: false };
        let curve = curve(&[1.0, 3.0], &values, 1, kind);
        for time in [1.0_f64, 1.25, 2.0, 2.9, 3.0] {
            let expected = time.powi(3) - 2.0 * time + 1.0;
            assert!((curve.at(time)[0] - expected).abs() < 1e-12, "{time}");
        }
        assert_eq!((curve.at(0.0)[0], curve.at(4.0)[0]), (0.0, 22.0));
    }

    #[test]
    fn splines_of_rotations_are_made_unit() {
        let mut values = vec![0.0; 24];
        (values[7], values[18]) = (1.0, 1.0);
        let kind = Interpolation::CubicSpline { rotation: true };
        let half = curve(&[0.0, 1.0], &values, 4, kind).at(0.5);
        let expected = DQuat::from_rotation_z(2.0 * FRAC_PI_4);
        assert!(
            DQuat::from_slice(&half).abs_diff_eq(expected, 1e-12),
            "{half:?}"
        );
    }

    #[test]
    fn a_single_key_holds_for_ever() {
        let kinds = [
            Interpolation::Linear,
            Interpolation::Spherical,
            Interpolation::Step,
        ];
        for kind in kinds {
            assert_eq!(curve(&[2.0], &[1.0; 4], 4, kind).at(9.0), [1.0; 4]);
        }
        let kind = Interpolation::CubicSpline { rotation: false };
        assert_eq!(curve(&[2.0], &[1.0, 7.0, 3.0], 1, kind).at(9.0), [7.0]);
    }

    #[test]
    fn impossible_keys_are_refused() {
        for (times, values, message) in [
            (&[][..], &[][..], "it has no keys."),
            (&[-1.0], &[0.0], "its first key is at -1 s, before 0."),
            (
                &[0.0, 2.0, 2.0],
                &[0.0; 3],
                "key 2 at 2 s is not after key 1 at 2 s.",
            ),
            (
                &[0.0, 1.0],
                &[0.0; 3],
                "its output has 3 numbers, but 2 keys need 2.",
            ),
        ] {
            let refused = Curve::new(times.to_vec(), values.to_vec(), 1, Interpolation::Linear);
            assert_eq!(
                refused.unwrap_err().to_string(),
                format!("scene: {message}")
            );
        }
    }
}
