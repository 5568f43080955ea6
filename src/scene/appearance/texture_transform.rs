//! `KHR_texture_transform`: texture coordinates moved, turned and scaled.

use std::hash::{Hash, Hasher};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::scene::SceneError;
use crate::scene::error::invalid;
use crate::scene::file::extensions::extension;

/// Its name in a file.
pub(in crate::scene) const NAME: &str = "KHR_texture_transform";

/// An affine map of texture coordinates.
#[derive(Clone, Copy, Debug)]
pub struct TextureTransform {
    /// Its rows: u' and v' of (u, v, 1).
    rows: [[f32; 3]; 2],
}

impl TextureTransform {
    /// The map of a texture coordinate.
    #[must_use]
    pub fn apply(self, [u, v]: [f32; 2]) -> [f32; 2] {
        self.rows.map(|[x, y, offset]| x * u + y * v + offset)
    }

    fn bits(self) -> [[u32; 3]; 2] {
        self.rows.map(|row| row.map(f32::to_bits))
    }
}

// By their bits, so that equal transforms can be told by hashing.
impl PartialEq for TextureTransform {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for TextureTransform {}

impl Hash for TextureTransform {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().hash(state);
    }
}

/// The extension as a file has it.
#[derive(Deserialize, PartialEq)]
#[serde(default, rename_all = "camelCase")]
struct Json {
    offset: [f32; 2],
    rotation: f32,
    scale: [f32; 2],
    tex_coord: Option<u32>,
}

impl Default for Json {
    fn default() -> Self {
        Self {
            offset: [0.0; 2],
            rotation: 0.0,
            scale: [1.0; 2],
            tex_coord: None,
        }
    }
}

/// Reads the transform in the `extensions` of a texture's use, and the TEXCOORD set that it chooses
/// instead of the one beside it, if it does.
///
/// The order is scale, then rotation, then offset; with v downward a positive rotation turns the
/// coordinates counter-clockwise as one sees them in the image.
pub(in crate::scene) fn read(
    extensions: Option<&Map<String, Value>>,
) -> Result<(Option<TextureTransform>, Option<u32>), SceneError> {
    let Some(json) = extension::<Json>(extensions, NAME)? else {
        return Ok((None, None));
    };
    let (sin, cos) = json.rotation.sin_cos();
    let [[sx, sy], [x, y]] = [json.scale, json.offset];
    let rows = [[sx * cos, sy * sin, x], [-sx * sin, sy * cos, y]];
    if !rows.as_flattened().iter().all(|number| number.is_finite()) {
        return Err(invalid(format!("{NAME} is not finite.")));
    }
    let set = json.tex_coord;
    let identity = Json {
        tex_coord: set,
        ..Json::default()
    };
    Ok(((json != identity).then_some(TextureTransform { rows }), set))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn transform(json: &Value) -> Result<(Option<TextureTransform>, Option<u32>), String> {
        let object = json!({NAME: json});
        read(object.as_object()).map_err(|error| error.to_string())
    }

    #[test]
    fn scale_then_rotation_then_offset() {
        let quarter = std::f32::consts::FRAC_PI_2;
        let json = json!({"offset": [0.5, 0.25], "rotation": quarter, "scale": [2, 3]});
        let (transform, set) = transform(&json).unwrap();
        assert_eq!(set, None);
        // (1, 0) is scaled to (2, 0), turned to (0, -2): upward in the image; (0, 1) to (3, 0).
        for (uv, expected) in [([1.0, 0.0], [0.5, -1.75]), ([0.0, 1.0], [3.5, 0.25])] {
            let [u, v] = transform.unwrap().apply(uv);
            assert!((u - expected[0]).abs() < 1e-6 && (v - expected[1]).abs() < 1e-6);
        }
    }

    #[test]
    fn nothing_to_do_is_no_transform() {
        assert_eq!(transform(&json!({})).unwrap(), (None, None));
        assert_eq!(transform(&json!({"texCoord": 3})).unwrap(), (None, Some(3)));
    }

    #[test]
    fn what_is_no_transform_is_refused() {
        assert_eq!(
            transform(&json!({"offset": [1e38, 0], "scale": [1e39, 1]})).unwrap_err(),
            "scene: KHR_texture_transform is not finite."
        );
        assert!(transform(&json!({"offset": [1]})).is_err());
    }
}
