//! How textures are sampled.

use gltf::json::Root;
use gltf::json::texture::{MagFilter, MinFilter, Sampler as Json, WrappingMode};
use gltf::json::validation::Checked;

use crate::scene::SceneError;
use crate::scene::error::{invalid, lookup};

/// A glTF sampler with defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sampler {
    /// Magnification.
    pub mag: Filter,
    /// Minification within a mip level.
    pub min: Filter,
    /// Between mip levels; none if mip levels are not used.
    pub mip: Option<Filter>,
    /// Outside [0, 1] along u.
    pub wrap_u: Wrap,
    /// Outside [0, 1] along v.
    pub wrap_v: Wrap,
}

/// A texture filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The nearest texel or level.
    Nearest,
    /// Linear interpolation.
    Linear,
}

/// How a texture goes on outside [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrap {
    /// 10497.
    Repeat,
    /// 33648.
    MirroredRepeat,
    /// 33071.
    ClampToEdge,
}

/// A sampler of the file, or the one that glTF gives a texture without.
pub(in crate::scene) fn sampler(root: &Root, index: Option<usize>) -> Result<Sampler, SceneError> {
    let default = Json::default();
    let json = match index {
        Some(index) => lookup(&root.samplers, index, "sampler")?,
        None => &default,
    };
    let place = || format!("sampler {}", index.unwrap_or_default());
    convert(json).map_err(|e| e.within(place()))
}

/// glTF leaves undefined filters to the renderer (3.8.4.1); linear ones with mip levels alias least.
fn convert(json: &Json) -> Result<Sampler, SceneError> {
    let mag = match json.mag_filter {
        None | Some(Checked::Valid(MagFilter::Linear)) => Filter::Linear,
        Some(Checked::Valid(MagFilter::Nearest)) => Filter::Nearest,
        Some(Checked::Invalid) => return Err(invalid("magFilter is none of 9728 and 9729.")),
    };
    let (min, mip) = match json.min_filter {
        Some(Checked::Valid(MinFilter::Nearest)) => (Filter::Nearest, None),
        Some(Checked::Valid(MinFilter::Linear)) => (Filter::Linear, None),
        Some(Checked::Valid(MinFilter::NearestMipmapNearest)) => {
            (Filter::Nearest, Some(Filter::Nearest))
        }
        Some(Checked::Valid(MinFilter::LinearMipmapNearest)) => {
            (Filter::Linear, Some(Filter::Nearest))
        }
        Some(Checked::Valid(MinFilter::NearestMipmapLinear)) => {
            (Filter::Nearest, Some(Filter::Linear))
        }
        None | Some(Checked::Valid(MinFilter::LinearMipmapLinear)) => {
            (Filter::Linear, Some(Filter::Linear))
        }
        Some(Checked::Invalid) => {
            return Err(invalid("minFilter is none of 9728, 9729 and 9984 to 9987."));
        }
    };
    let wrap = |name: &str, mode: &Checked<WrappingMode>| match mode {
        Checked::Valid(WrappingMode::Repeat) => Ok(Wrap::Repeat),
        Checked::Valid(WrappingMode::MirroredRepeat) => Ok(Wrap::MirroredRepeat),
        Checked::Valid(WrappingMode::ClampToEdge) => Ok(Wrap::ClampToEdge),
        Checked::Invalid => Err(invalid(format!(
            "{name} is none of 10497, 33071 and 33648."
        ))),
    };
    Ok(Sampler {
        mag,
        min,
        mip,
        wrap_u: wrap("wrapS", &json.wrap_s)?,
        wrap_v: wrap("wrapT", &json.wrap_t)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn samplers_have_defaults_and_mip_filters() {
        let of = |json: Value| convert(&serde_json::from_value(json).unwrap());
        let default = of(json!({})).unwrap();
        assert_eq!(default.mag, Filter::Linear);
        assert_eq!(
            (default.min, default.mip),
            (Filter::Linear, Some(Filter::Linear))
        );
        assert_eq!(
            (default.wrap_u, default.wrap_v),
            (Wrap::Repeat, Wrap::Repeat)
        );
        let other = of(json!({"magFilter": 9728, "wrapS": 33071, "wrapT": 33648})).unwrap();
        assert_eq!(other.mag, Filter::Nearest);
        assert_eq!(
            (other.wrap_u, other.wrap_v),
            (Wrap::ClampToEdge, Wrap::MirroredRepeat)
        );
        for (code, min, mip) in [
            (9728, Filter::Nearest, None),
            (9729, Filter::Linear, None),
            (9984, Filter::Nearest, Some(Filter::Nearest)),
            (9985, Filter::Linear, Some(Filter::Nearest)),
            (9986, Filter::Nearest, Some(Filter::Linear)),
            (9987, Filter::Linear, Some(Filter::Linear)),
        ] {
            let sampler = of(json!({"minFilter": code})).unwrap();
            assert_eq!((sampler.min, sampler.mip), (min, mip), "{code}");
        }
        for (json, message) in [
            (
                json!({"magFilter": 9987}),
                "scene: magFilter is none of 9728 and 9729.",
            ),
            (
                json!({"minFilter": 1}),
                "scene: minFilter is none of 9728, 9729 and 9984 to 9987.",
            ),
            (
                json!({"wrapT": 1}),
                "scene: wrapT is none of 10497, 33071 and 33648.",
            ),
        ] {
            assert_eq!(of(json).unwrap_err().to_string(), message);
        }
    }
}
