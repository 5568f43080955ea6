//! A multipart form as Drake's client writes it.

use sha2::{Digest, Sha256};

use super::view::View;

/// The boundary; libcurl's has the same form.
const BOUNDARY: &str = "------------------------gltfRenderServerTest00";

/// One part of a form.
#[derive(Clone)]
pub struct Part {
    /// The field.
    pub name: String,
    /// The file's name and media type, for the scene.
    pub file: Option<(String, String)>,
    /// The value.
    pub bytes: Vec<u8>,
}

/// A form: parts in order.
#[derive(Clone)]
pub struct Form {
    /// The parts.
    pub parts: Vec<Part>,
}

impl Form {
    /// What Drake's client sends for one image: the fields in alphabetical order, the file last,
    /// numbers with six decimals.
    pub fn drake(image_type: &str, view: &View, scene: &[u8]) -> Self {
        let number = |value: f64| format!("{value:.6}");
        let (width, height) = (f64::from(view.width), f64::from(view.height));
        let field_of_view = |size: f64, focal: f64| number(2.0 * (size / 2.0 / focal).atan());
        let mut fields = vec![
            ("center_x", number(view.center_x)),
            ("center_y", number(view.center_y)),
            ("far", number(view.far)),
            ("focal_x", number(view.focal_x)),
            ("focal_y", number(view.focal_y)),
            ("fov_x", field_of_view(width, view.focal_x)),
            ("fov_y", field_of_view(height, view.focal_y)),
            ("height", view.height.to_string()),
            ("image_type", image_type.to_owned()),
        ];
        if image_type == "depth" {
            fields.push(("max_depth", number(view.max_depth)));
            fields.push(("min_depth", number(view.min_depth)));
        }
        fields.push(("near", number(view.near)));
        fields.push(("scene_sha256", sha256_hex(scene)));
        fields.push(("submit", "Render".to_owned()));
        fields.push(("width", view.width.to_string()));
        let mut form = Self { parts: Vec::new() };
        for (name, value) in fields {
            form = form.with(name, &value);
        }
        form.parts.push(Part {
            name: "scene".to_owned(),
            file: Some((
                "0000000000000000001-test.gltf".into(),
                "model/gltf+json".into(),
            )),
            bytes: scene.to_vec(),
        });
        form
    }

    /// What another client sends who wants the image of the scene's own camera.
    pub fn of_scene(image_type: &str, view: &View, scene: &[u8]) -> Self {
        let mut form = Self::drake(image_type, view, scene);
        let optics = ["center", "far", "focal", "fov", "near"];
        form.parts
            .retain(|part| !optics.iter().any(|name| part.name.starts_with(name)));
        form
    }

    /// The form with one more field, just before the file if there is one.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let file = self.parts.iter().position(|part| part.file.is_some());
        let part = Part {
            name: name.to_owned(),
            file: None,
            bytes: value.as_bytes().to_vec(),
        };
        self.parts.insert(file.unwrap_or(self.parts.len()), part);
        self
    }

    /// The form with another value in a field that it has.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        let part = self.parts.iter_mut().find(|part| part.name == name);
        part.unwrap_or_else(|| panic!("no field {name}")).bytes = value.as_bytes().to_vec();
        self
    }

    /// The form without a field.
    pub fn without(mut self, name: &str) -> Self {
        let before = self.parts.len();
        self.parts.retain(|part| part.name != name);
        assert!(self.parts.len() < before, "no field {name}");
        self
    }

    /// The value of the header Content-Type.
    pub fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    /// The body of the request.
    pub fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for part in &self.parts {
            body.extend(format!("--{BOUNDARY}\r\n").bytes());
            body.extend(format!("Content-Disposition: form-data; name=\"{}\"", part.name).bytes());
            if let Some((name, media_type)) = &part.file {
                body.extend(format!("; filename=\"{name}\"\r\nContent-Type: {media_type}").bytes());
            }
            body.extend(b"\r\n\r\n");
            body.extend(&part.bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").bytes());
        body
    }
}

/// The SHA-256 of `bytes` in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
}
