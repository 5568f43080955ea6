//! The form that is posted: what each field is, and which belong together.

use std::f64::consts::PI;

use serde_json::{Map, Value, json};

use crate::config::ServeConfig;
use crate::protocol::camera::LEAST_FOCAL;
use crate::protocol::field::{MAX_VALUE_BYTES, SCENE_FIELD, TextField};
use crate::protocol::form::{LENS, MAX_LENGTH};
use crate::protocol::{DepthFormat, ImageType};
use crate::scene::Look;

/// A scene of one triangle and a camera, for examples that can be run as they are.
const TRIANGLE: &str = include_str!("triangle.gltf");

/// The media types of scenes; told apart by content, so that any other will do.
const SCENE_TYPES: &str = "model/gltf+json, model/gltf-binary";

/// Without these no image is made.
const REQUIRED: [&str; 4] = [
    SCENE_FIELD,
    TextField::ImageType.as_str(),
    TextField::Width.as_str(),
    TextField::Height.as_str(),
];

/// What comes with a lens.
const OPTICS: [&str; 6] = [
    TextField::FocalX.as_str(),
    TextField::FocalY.as_str(),
    TextField::CenterX.as_str(),
    TextField::CenterY.as_str(),
    TextField::Near.as_str(),
    TextField::Far.as_str(),
];

/// The form as a schema.
pub fn schema(config: &ServeConfig) -> Value {
    let mut properties: Map<_, _> = (TextField::ALL.into_iter())
        .map(|field| (field.as_str().to_owned(), text_field(field, config)))
        .collect();
    properties.insert(
        SCENE_FIELD.to_owned(),
        json!({
            "description":
                "The scene: a glTF 2.0 file, JSON with `data:` URIs or GLB, told apart by content. The \
                 image is taken at the pose of its first camera node, or of that of `camera`.",
            "type": "string",
            "format": "binary",
        }),
    );
    let lens: Map<_, _> = (LENS.iter())
        .map(|field| (field.as_str().to_owned(), json!(OPTICS)))
        .collect();
    let range = [TextField::MinDepth.as_str(), TextField::MaxDepth.as_str()];
    let is_depth = json!({ TextField::ImageType.as_str(): { "const": ImageType::Depth.as_str() } });
    json!({
        "type": "object",
        "properties": properties,
        "required": REQUIRED,
        "additionalProperties": false,
        "dependentRequired": lens,
        "if": { "properties": is_depth },
        "then": { "required": range },
        "else": { "properties": { range[0]: false, range[1]: false } },
    })
}

/// The body that is posted.
pub fn body(config: &ServeConfig) -> Value {
    json!({
        "description": format!(
            "The form, at most {} bytes, for an image of at most {} pixels. Its fields may come in any \
             order; that of Drake's client is alphabetical, with the scene last. A field that may be left \
             out may also be empty. Additions to Drake's API are `animation`, `camera`, `depth_format`, \
             `look`, `time` and `variant`, and that there need not be a lens: then it is that of the file.",
            config.max_body, config.image_limits.pixels
        ),
        "required": true,
        "content": {
            "multipart/form-data": {
                "schema": { "$ref": "#/components/schemas/RenderForm" },
                "encoding": { SCENE_FIELD: { "contentType": SCENE_TYPES } },
                "examples": examples(),
            },
        },
    })
}

fn text_field(field: TextField, config: &ServeConfig) -> Value {
    let limits = &config.image_limits;
    match field {
        TextField::Animation => described(
            "The animation that poses the scene, by index or name. Without it the first, if `time` is given; \
             without both the scene is at rest.",
            text(),
        ),
        TextField::Camera => described(
            "The camera in the file: index or name of a glTF camera, or the name of its node. Without it the \
             first in depth-first order.",
            text(),
        ),
        TextField::CenterX => described(
            "Column of the principal point, pixels: 0 to `width`.",
            not_negative(),
        ),
        TextField::CenterY => described(
            "Row of the principal point, pixels: 0 to `height`.",
            not_negative(),
        ),
        TextField::DepthFormat => described(
            &format!(
                "How a depth image is encoded: `tiff` or `png16`. Without it `{}`.",
                config.depth_format.as_str()
            ),
            one_of(&DepthFormat::ALL.map(DepthFormat::as_str)),
        ),
        TextField::Far => described(
            "Far clipping plane, metres: greater than `near`. What is farther is in no image.",
            positive(),
        ),
        TextField::FocalX => described("Focal length along x, pixels: greater than 0.", focal()),
        TextField::FocalY => described("Focal length along y, pixels: greater than 0.", focal()),
        TextField::FovX => described(
            "Horizontal field of view, radians: greater than 0, less than pi. It changes nothing, `focal_x` \
             does.",
            angle(),
        ),
        TextField::FovY => described(
            "Vertical field of view, radians: greater than 0, less than pi. It changes nothing, `focal_y` does.",
            angle(),
        ),
        TextField::Height => described(
            &format!("Rows of the image: 1 to {}.", limits.height),
            side(limits.height),
        ),
        TextField::ImageType => described(
            "Which image: `color`, `depth` or `label`.",
            one_of(&ImageType::ALL.map(ImageType::as_str)),
        ),
        TextField::Look => described(
            "By whose rules the image is drawn: `drake`, those of `RenderEngineVtk`; `gltf`, those of glTF; or \
             `auto`, `drake` for what Drake's client wrote and `gltf` for all else. Without it `auto`.",
            one_of(&Look::ALL.map(Look::as_str)),
        ),
        TextField::MaxDepth => described(
            "End of the depth sensor's range, metres: greater than `min_depth`. What is there or farther reads \
             infinity. For depth images, and only for them.",
            positive(),
        ),
        TextField::MinDepth => described(
            "Begin of the depth sensor's range, metres: 0 or more. What is there or nearer reads 0. For depth \
             images, and only for them.",
            not_negative(),
        ),
        TextField::Near => described(
            "Near clipping plane, metres: greater than 0. What is nearer is in no image.",
            positive(),
        ),
        TextField::SceneSha256 => described(
            "SHA-256 of the bytes of `scene`, 64 hexadecimal digits; checked if given.",
            json!({ "type": "string", "pattern": "^[0-9A-Fa-f]{64}$" }),
        ),
        TextField::Submit => described("A browser's button; ignored.", text()),
        TextField::Time => described(
            "When in the animation, seconds from its beginning: 0 or more. Without it 0, if `animation` is given.",
            not_negative(),
        ),
        TextField::Variant => described(
            "The variant of the materials (`KHR_materials_variants`), by index or name.",
            text(),
        ),
        TextField::Width => described(
            &format!("Columns of the image: 1 to {}.", limits.width),
            side(limits.width),
        ),
    }
}

fn described(description: &str, mut schema: Value) -> Value {
    schema["description"] = description.into();
    schema
}

fn text() -> Value {
    json!({ "type": "string", "maxLength": MAX_VALUE_BYTES })
}

fn one_of(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

fn side(most: u32) -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": most })
}

fn not_negative() -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": MAX_LENGTH })
}

fn positive() -> Value {
    json!({ "type": "number", "exclusiveMinimum": 0, "maximum": MAX_LENGTH })
}

fn focal() -> Value {
    json!({ "type": "number", "minimum": LEAST_FOCAL, "maximum": MAX_LENGTH })
}

fn angle() -> Value {
    json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": PI })
}

/// Forms that get an image as they are.
fn examples() -> Value {
    let lens = json!({
        "focal_x": 60, "focal_y": 60, "center_x": 32, "center_y": 24, "near": 0.01, "far": 100,
    });
    let range = json!({ "min_depth": 0.1, "max_depth": 10 });
    let png = json!({ "depth_format": DepthFormat::Png16.as_str() });
    let of_file = json!({ "camera": "front" });
    json!({
        "color": example("A color image", ImageType::Color, &[&lens]),
        "depth": example("A depth image, 32-bit floats", ImageType::Depth, &[&lens, &range]),
        "depth_png": example("A depth image, 16 bits", ImageType::Depth, &[&lens, &range, &png]),
        "label": example("A label image", ImageType::Label, &[&lens]),
        "camera_of_file": example("The lens of a camera in the file", ImageType::Color, &[&of_file]),
    })
}

fn example(summary: &str, image_type: ImageType, more: &[&Value]) -> Value {
    let mut form = Map::new();
    let size = json!({
        "scene": TRIANGLE, "image_type": image_type.as_str(), "width": 64, "height": 48,
    });
    for fields in [&[&size], more]
        .concat()
        .into_iter()
        .filter_map(Value::as_object)
    {
        form.extend(fields.clone());
    }
    json!({ "summary": summary, "value": form })
}
