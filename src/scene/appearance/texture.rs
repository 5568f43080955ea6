//! Textures: which image they show and how it is sampled.

use std::collections::HashMap;
use std::sync::Arc;

use gltf::json::Root;
use gltf::json::texture::Texture as Json;
use serde::Deserialize;

use super::image::{Image, decode};
use super::sampler::{Sampler, sampler};
use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::cache::ContentCache;
use crate::scene::data::buffers::{Buffers, Span};
use crate::scene::digest::{Digest, Kind};
use crate::scene::error::{invalid, lookup};
use crate::scene::file::extensions::extension;
use crate::scene::warnings::Warnings;

/// The extension for KTX2 images.
pub(in crate::scene) const BASISU: &str = "KHR_texture_basisu";
/// The extension for WebP images.
pub(in crate::scene) const WEBP: &str = "EXT_texture_webp";

/// A decoded image with its sampler.
#[derive(Clone, Debug)]
pub struct Texture {
    /// Names the image: equal digests are equal pixels, whatever scene they are of.
    pub content: Digest,
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// 8-bit RGBA as stored in the file (no sRGB decoding), first row first: 4·width·height bytes.
    /// Shared between textures of the same image.
    pub rgba: Arc<[u8]>,
    /// Whether any texel is not opaque. Found once, when the image is decoded.
    pub has_alpha: bool,
    /// Whether the file has more than 8 bits for each channel.
    pub is_deep: bool,
    /// How it is sampled.
    pub sampler: Sampler,
}

/// The textures decoded so far, each distinct one once.
#[derive(Debug, Default)]
pub(in crate::scene) struct Textures {
    /// What becomes [`crate::scene::Scene::textures`].
    pub list: Vec<Texture>,
    images: HashMap<Digest, Image>,
    /// The images of other scenes.
    cache: Option<Arc<ContentCache>>,
    /// Where those of the file lie.
    spans: HashMap<usize, Span>,
    known: HashMap<(Digest, Sampler), usize>,
    /// The same by the index in the file.
    by_index: HashMap<usize, usize>,
}

impl Textures {
    /// Nothing is decoded yet but what the cache has.
    pub fn new(cache: Option<Arc<ContentCache>>) -> Self {
        Self {
            cache,
            ..Self::default()
        }
    }

    /// Decodes a texture of the file, or finds it; gives its index in the list, none if it names no
    /// image, which glTF leaves undefined.
    pub fn get<'a>(
        &mut self,
        root: &'a Root,
        index: usize,
        buffers: &mut Buffers<'a>,
        budget: &mut Budget,
        warnings: &mut Warnings,
    ) -> Result<Option<usize>, SceneError> {
        if let Some(known) = self.by_index.get(&index) {
            return Ok(Some(*known));
        }
        let texture = lookup(&root.textures, index, "texture")?;
        let place = |e: SceneError| e.within(format_args!("texture {index}"));
        let Some(source) = source(texture).map_err(place)? else {
            return Ok(None);
        };
        let decoded = sampler(root, texture.sampler.map(|sampler| sampler.value()))
            .and_then(|sampler| {
                let span = self.locate(root, source, buffers, warnings)?;
                self.decode((source, span), sampler, buffers, budget)
            })
            .map_err(place)?;
        self.by_index.insert(index, decoded);
        Ok(Some(decoded))
    }

    /// Where the bytes of an image lie.
    fn locate<'a>(
        &mut self,
        root: &'a Root,
        index: usize,
        buffers: &mut Buffers<'a>,
        warnings: &mut Warnings,
    ) -> Result<Span, SceneError> {
        if let Some(known) = self.spans.get(&index) {
            return Ok(*known);
        }
        let image = lookup(&root.images, index, "image")?;
        if image.buffer_view.is_some() && image.uri.is_some() {
            warnings.add(|| {
                format!("image {index}: it has a bufferView and a uri; the bufferView is read.")
            });
        }
        let span = match (image.buffer_view, &image.uri) {
            (Some(view), _) => buffers.span(view.value()),
            (None, Some(uri)) => Ok(buffers.uri_span(uri, format_args!("image {index}"))),
            (None, None) => Err(invalid("has neither a bufferView nor a uri.")),
        }
        .map_err(|e| e.within(format_args!("image {index}")))?;
        self.spans.insert(index, span);
        Ok(span)
    }

    fn decode<'a>(
        &mut self,
        (source, span): (usize, Span),
        sampler: Sampler,
        buffers: &mut Buffers<'a>,
        budget: &mut Budget,
    ) -> Result<usize, SceneError> {
        let content = Digest::of_recipe(Kind::Image, &span);
        if let Some(known) = self.known.get(&(content, sampler)) {
            return Ok(*known);
        }
        let image = if let Some(image) = self.images.get(&content) {
            image.clone()
        } else {
            let decode = |buffers: &mut Buffers<'a>, budget: &mut Budget| {
                let bytes = buffers.bytes(span, budget)?;
                let image = budget.encoded_bytes(bytes.len());
                let image = image.and_then(|()| decode(bytes, budget));
                image.map_err(|e| e.within(format_args!("image {source}")))
            };
            self.find_or_decode(content, decode, buffers, budget)?
        };
        self.images.insert(content, image.clone());
        self.list.push(Texture {
            content,
            width: image.width,
            height: image.height,
            rgba: image.rgba,
            has_alpha: image.has_alpha,
            is_deep: image.is_deep,
            sampler,
        });
        self.known.insert((content, sampler), self.list.len() - 1);
        Ok(self.list.len() - 1)
    }

    fn find_or_decode<'a>(
        &self,
        content: Digest,
        decode: impl Fn(&mut Buffers<'a>, &mut Budget) -> Result<Image, SceneError>,
        buffers: &mut Buffers<'a>,
        budget: &mut Budget,
    ) -> Result<Image, SceneError> {
        let Some(cache) = &self.cache else {
            return decode(buffers, budget);
        };
        // What goes beyond a limit is decoded again, up to where it does, so that the refusal says so.
        if let Some(found) = cache.image(&content)
            && budget.allows_side(found.value.width, found.value.height)
            && buffers.charges.replay(&found, budget)
        {
            budget.texture_side(found.value.width, found.value.height);
            return Ok(found.value.clone());
        }
        let begun = buffers.charges.watch(budget);
        let image = decode(buffers, budget)?;
        let made = buffers.charges.made(image.clone(), begun, budget);
        cache.keep_image(content, Arc::new(made));
        Ok(image)
    }
}

/// What an extension says in place of `source`.
#[derive(Deserialize)]
struct Alternative {
    source: Option<usize>,
}

/// The image that a texture shows. Those of extensions go first: `source` is what the file offers to
/// programs that cannot read theirs.
fn source(texture: &Json) -> Result<Option<usize>, SceneError> {
    let extensions = texture.extensions.as_ref().map(|e| &e.others);
    for name in [BASISU, WEBP] {
        let alternative = extension::<Alternative>(extensions, name)?;
        if let Some(source) = alternative.and_then(|alternative| alternative.source) {
            return Ok(Some(source));
        }
    }
    Ok(own_source(texture))
}

/// The image that a texture names itself, not in an extension.
pub(in crate::scene) fn own_source(texture: &Json) -> Option<usize> {
    let source = texture.source.value();
    // gltf::json's way to say that there is none.
    (source != u32::MAX as usize).then_some(source)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use image::{ExtendedColorType, ImageEncoder};
    use serde_json::{Value, json};

    use super::*;
    use crate::scene::testing::{base64, load, refusal, triangle};
    use crate::scene::{Detail, Limits, Scene, Slot, Wrap, testing};

    fn png(pixels: &[u8], width: u32, color: ExtendedColorType) -> Vec<u8> {
        let mut file = Vec::new();
        let height = 1;
        image::codecs::png::PngEncoder::new(&mut file)
            .write_image(pixels, width, height, color)
            .unwrap();
        file
    }

    /// The triangle with the given images, one texture of each, the first of them in use.
    fn textured(images: &[Vec<u8>]) -> Value {
        let mut scene = triangle();
        scene["images"] = images.iter().map(|i| json!({"uri": base64(i)})).collect();
        scene["textures"] = (0..images.len()).map(|i| json!({"source": i})).collect();
        scene["materials"] = json!([
            {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
        ]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        scene
    }

    #[test]
    fn jpeg_is_told_by_its_content() {
        let mut file = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut file)
            .write_image(&[128; 6], 2, 1, ExtendedColorType::Rgb8)
            .unwrap();
        let mut scene = textured(&[file]);
        scene["images"][0]["mimeType"] = json!("image/png");
        assert_eq!(load(&scene).unwrap().textures[0].rgba[3], 255);
    }

    #[test]
    fn an_image_may_lie_in_a_buffer_view() {
        let mut scene = textured(&[vec![]]);
        let view = testing::add_view(&mut scene, &png(&[1, 2], 2, ExtendedColorType::L8));
        scene["images"][0] = json!({"bufferView": view});
        assert_eq!(load(&scene).unwrap().textures[0].rgba[4], 2);
    }

    #[test]
    fn images_of_extensions_go_first() {
        let files = [1, 2, 3].map(|byte| png(&[byte, byte], 2, ExtendedColorType::L8));
        let mut scene = textured(&files);
        scene["extensionsUsed"] = json!(["EXT_texture_webp", "KHR_texture_basisu"]);
        let mut shown = |texture: Value| {
            scene["textures"][0] = texture;
            load(&scene).map(|scene| scene.textures[0].rgba[0])
        };
        let [webp, basisu] = ["EXT_texture_webp", "KHR_texture_basisu"];
        assert_eq!(shown(json!({"source": 0})), Ok(1));
        let one = |name: &str, source: Value| json!({name: {"source": source}});
        for name in [webp, basisu] {
            let extensions = one(name, json!(1));
            assert_eq!(shown(json!({"source": 0, "extensions": extensions})), Ok(2));
            assert_eq!(shown(json!({"extensions": extensions})), Ok(2));
            assert_eq!(shown(json!({"source": 0, "extensions": {name: {}}})), Ok(1));
        }
        let both = json!({webp: {"source": 1}, basisu: {"source": 2}});
        assert_eq!(shown(json!({"source": 0, "extensions": both})), Ok(3));
        let place = "scene: mesh 0, primitive 0: material 0: baseColorTexture: texture 0: ";
        assert_eq!(
            shown(json!({"extensions": one(webp, json!(7))})),
            Err(format!(
                "{place}refers to image 7, but the file has 3 of them."
            ))
        );
        let message = shown(json!({"extensions": one(basisu, json!("x"))})).unwrap_err();
        assert!(message.starts_with(&format!("{place}KHR_texture_basisu: invalid type: string")));
    }

    #[test]
    fn an_image_is_decoded_once_for_all_its_samplers() {
        let file = png(&[1, 2], 2, ExtendedColorType::L8);
        let mut scene = textured(&[file.clone(), file.clone(), file]);
        scene["samplers"] = json!([{"wrapS": 33071}]);
        scene["textures"][2]["sampler"] = json!(0);
        scene["materials"][0] = json!({
            "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}},
            "occlusionTexture": {"index": 1},
            "emissiveTexture": {"index": 2}
        });
        let scene = load(&scene).unwrap();
        let index = |texture: Option<crate::scene::TextureRef>| texture.unwrap().texture;
        let material = &scene.materials[0];
        assert_eq!(index(material.texture(Slot::BaseColor)), 0);
        assert_eq!(index(material.texture(Slot::Occlusion)), 0);
        assert_eq!(index(material.texture(Slot::Emissive)), 1);
        let [first, second] = scene.textures.as_slice() else {
            unreachable!("two samplers")
        };
        assert!(Arc::ptr_eq(&first.rgba, &second.rgba));
        assert_eq!(first.sampler.wrap_u, Wrap::Repeat);
        assert_eq!(second.sampler.wrap_u, Wrap::ClampToEdge);
    }

    #[test]
    fn only_what_is_drawn_is_decoded() {
        let mut scene = textured(&[b"not an image".to_vec()]);
        assert_eq!(
            refusal(&scene),
            "scene: mesh 0, primitive 0: material 0: baseColorTexture: texture 0: image 0: is \
             none of PNG, JPEG, WebP and KTX2."
        );
        let geometry: Scene = testing::load_detail(&scene, Detail::Geometry).unwrap();
        assert!(geometry.textures.is_empty());
        assert_eq!(geometry.materials[0].texture(Slot::BaseColor), None);
        scene["meshes"][0]["primitives"][0]["material"].take();
        assert!(load(&scene).unwrap().textures.is_empty());
    }

    #[test]
    fn large_and_broken_images_are_refused() {
        let limits = Limits {
            texture_side: 2,
            texture_pixels: 3,
            ..Limits::default()
        };
        let load = |files: &[Vec<u8>]| {
            let mut scene = textured(files);
            if files.len() > 1 {
                scene["materials"][0]["emissiveTexture"] = json!({"index": 1});
            }
            let bytes = serde_json::to_vec(&scene).unwrap();
            crate::scene::testing::load_within(&bytes, Detail::Shading, &limits)
                .unwrap_err()
                .to_string()
        };
        let [a, b, c] = [[1, 2, 3], [1, 2, 0], [4, 5, 0]];
        assert_eq!(
            load(&[png(&a, 3, ExtendedColorType::L8)]),
            "scene: mesh 0, primitive 0: material 0: baseColorTexture: texture 0: image 0: 3 x 1 \
             pixels; a texture may have at most 2 on a side (--max-texture-side)."
        );
        let pair = [&b[..2], &c[..2]].map(|pixels| png(pixels, 2, ExtendedColorType::L8));
        assert_eq!(
            load(&pair),
            "scene: mesh 0, primitive 0: material 0: emissiveTexture: texture 1: image 1: the \
             scene has at least 4 texture pixels; the limit is 3 (--max-texture-pixels)."
        );
        let whole = png(&b[..2], 2, ExtendedColorType::L8);
        let mut broken: Vec<_> = (8..whole.len() - 12)
            .map(|length| whole[..length].to_vec())
            .collect();
        // The checksum of the pixels.
        let mut flipped = whole.clone();
        let checksum = whole.len() - 13;
        flipped[checksum] ^= 1;
        broken.push(flipped);
        for png in broken {
            let message = load(&[png]);
            assert!(
                message.contains("image 0: the PNG is broken: "),
                "{message}"
            );
            let end = message.trim_end_matches('.');
            assert_eq!(message.len(), end.len() + 1, "{message}");
            assert!(!message.contains('\n') && !message.contains("Format error"));
        }
    }

    #[test]
    fn the_same_bytes_count_each_time_they_are_decoded() {
        // As many images as there are bufferViews, which begin at the same byte and end beyond the
        // file: nothing there is looked at, but a decoder could be made to.
        let file = png(&[1, 2], 2, ExtendedColorType::L8);
        let mut bytes = file.clone();
        bytes.extend([0; 10]);
        let mut scene = textured(&[vec![], vec![]]);
        let view = testing::add_view(&mut scene, &bytes);
        let mut longer = scene["bufferViews"][view].clone();
        longer["byteLength"] = json!(bytes.len() - 1);
        scene["bufferViews"].as_array_mut().unwrap().push(longer);
        scene["images"] = json!([{"bufferView": view}, {"bufferView": view + 1}]);
        scene["materials"][0]["emissiveTexture"] = json!({"index": 1});
        let json = serde_json::to_vec(&scene).unwrap();
        let load = |encoded_bytes| {
            let limits = Limits {
                encoded_bytes,
                ..Limits::default()
            };
            testing::load_within(&json, Detail::Shading, &limits).map_err(|e| e.to_string())
        };
        let all = 2 * bytes.len() - 1;
        assert_eq!(load(all).unwrap().textures.len(), 2);
        assert_eq!(
            load(all - 1).unwrap_err(),
            format!(
                "scene: mesh 0, primitive 0: material 0: emissiveTexture: texture 1: image 1: the \
                 scene has at least {all} bytes of images and compressed geometry to decode; the \
                 limit is {} (--max-encoded).",
                all - 1
            )
        );
    }

    #[test]
    fn an_image_with_a_uri_and_a_buffer_view_is_that_of_the_buffer_view() {
        let red = png(&[255, 0, 0], 1, ExtendedColorType::Rgb8);
        let blue = png(&[0, 0, 255], 1, ExtendedColorType::Rgb8);
        let mut scene = textured(&[red]);
        scene["images"][0]["bufferView"] = json!(testing::add_view(&mut scene, &blue));
        scene["materials"][0]["emissiveTexture"] = json!({"index": 1});
        scene["textures"] = json!([{"source": 0}, {"source": 0, "sampler": 0}]);
        scene["samplers"] = json!([{"wrapS": 33071}]);
        let loaded = load(&scene).unwrap();
        assert_eq!(loaded.textures.len(), 2);
        assert_eq!(*loaded.textures[0].rgba, [0, 0, 255, 255]);
        let warning = "image 0: it has a bufferView and a uri; the bufferView is read.";
        let mut told = loaded.warnings.iter();
        assert_eq!(told.next().map(String::as_str), Some(warning));
        assert!(!told.any(|told| told == warning));
    }

    #[test]
    fn a_texture_without_an_image_is_left_out_with_a_warning() {
        let mut scene = textured(&[]);
        scene["textures"] = json!([{"extensions": {"X_texture": {"source": 0}}}]);
        scene["extensionsUsed"] = json!(["X_texture"]);
        let loaded = load(&scene).unwrap();
        assert_eq!(loaded.materials[0].texture(Slot::BaseColor), None);
        assert_eq!(
            loaded.warnings,
            [
                "material 0: baseColorTexture is left out, because texture 0 names no image that can \
                 be read."
            ]
        );
    }

    #[test]
    fn missing_objects_are_named() {
        let place = "scene: mesh 0, primitive 0: material 0: baseColorTexture: ";
        let mut scene = textured(&[]);
        assert_eq!(
            refusal(&scene),
            format!("{place}refers to texture 0, but the file has 0 of them.")
        );
        scene["textures"] = json!([{"source": 3}]);
        assert_eq!(
            refusal(&scene),
            format!("{place}texture 0: refers to image 3, but the file has 0 of them.")
        );
        scene["images"] = json!([{}]);
        scene["textures"] = json!([{"source": 0, "sampler": 2}]);
        assert_eq!(
            refusal(&scene),
            format!("{place}texture 0: refers to sampler 2, but the file has 0 of them.")
        );
        scene["textures"] = json!([{"source": 0}]);
        assert_eq!(
            refusal(&scene),
            format!("{place}texture 0: image 0: has neither a bufferView nor a uri.")
        );
        scene["images"] = json!([{"uri": "wood.png"}]);
        assert_eq!(
            refusal(&scene),
            format!(
                "{place}texture 0: image 0: the URI \"wood.png\" leads outside the file; only data: \
                 URIs are read."
            )
        );
    }
}
