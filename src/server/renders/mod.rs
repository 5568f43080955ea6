//! The last images and the scenes that they show, kept for those who debug a client (`--debug`).

mod thumbnail;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use actix_web::web::Bytes;

use crate::pipeline::EncodedImage;
use crate::protocol::{RenderRequest, SceneHash};
use crate::request_id::RequestId;

/// So many images are kept.
const MAX_RENDERS: usize = 12;

/// All images that are kept, with their thumbnails, bytes; the older ones have to go for the newer, the newest stays.
const MAX_IMAGE_BYTES: usize = 64 << 20;

/// All scenes that are kept, bytes; the older ones have to go for the newer.
const MAX_SCENE_BYTES: usize = 64 << 20;

/// The last images.
#[derive(Debug, Default)]
pub struct Renders(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The oldest first.
    renders: VecDeque<Arc<Rendered>>,
    next: u64,
}

/// One image.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Which one it is, counted from the start of the server.
    pub number: u64,
    /// What was asked for.
    pub request: RenderRequest,
    /// What the log calls it.
    pub id: Option<RequestId>,
    /// The image file.
    pub image: Bytes,
    /// `image/png` or `image/tiff`.
    pub content_type: &'static str,
    /// The scene as it was posted, unless it is too large to be kept or had to go.
    pub scene: Option<Bytes>,
    /// How large it is, bytes.
    pub scene_bytes: usize,
    /// Of these bytes.
    pub sha256: SceneHash,
    /// What the worker took for it.
    pub worked: Duration,
    /// Made when somebody looks.
    thumbnail: OnceLock<Option<Bytes>>,
}

impl Rendered {
    /// A small picture of it, a PNG file, unless the image cannot be read.
    pub fn thumbnail(&self) -> Option<Bytes> {
        let made = || thumbnail::of(&self.image).map(Bytes::from);
        self.thumbnail.get_or_init(made).clone()
    }

    /// What the image takes, bytes.
    fn image_bytes(&self) -> usize {
        let thumbnail = self.thumbnail.get().and_then(Option::as_ref);
        self.image.len() + thumbnail.map_or(0, Bytes::len)
    }
}

impl Renders {
    /// Keeps an image of a scene.
    pub fn add(
        &self,
        request: &RenderRequest,
        image: &EncodedImage,
        scene: &[u8],
        sha256: SceneHash,
    ) {
        let timings = image.timings;
        let mut inner = self.lock();
        let known = inner
            .renders
            .iter()
            .rev()
            .find(|render| render.sha256 == sha256);
        let known = known.and_then(|render| render.scene.clone());
        let fits = scene.len() <= MAX_SCENE_BYTES;
        let kept = known.or_else(|| fits.then(|| Bytes::copy_from_slice(scene)));
        let number = inner.next;
        inner.next += 1;
        inner.renders.push_back(Arc::new(Rendered {
            number,
            request: request.clone(),
            id: RequestId::current(),
            image: Bytes::copy_from_slice(&image.bytes),
            content_type: image.content_type,
            scene: kept,
            scene_bytes: scene.len(),
            sha256,
            worked: timings.load + timings.draw + timings.encode,
            thumbnail: OnceLock::new(),
        }));
        inner.let_images_go();
        inner.let_scenes_go();
    }

    /// All that are kept, the newest first.
    pub fn list(&self) -> Vec<Arc<Rendered>> {
        self.lock().renders.iter().rev().cloned().collect()
    }

    /// The one of this number, if it is kept.
    pub fn get(&self, number: u64) -> Option<Arc<Rendered>> {
        let inner = self.lock();
        let found = inner.renders.iter().find(|render| render.number == number);
        found.cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Lets the oldest images go until the others are few and small enough.
    fn let_images_go(&mut self) {
        let mut bytes = 0;
        let newest = self.renders.iter().rev().take(MAX_RENDERS);
        let fitting = newest.take_while(|render| {
            bytes += render.image_bytes();
            bytes <= MAX_IMAGE_BYTES
        });
        let kept = fitting.count().max(1);
        let gone = self.renders.len().saturating_sub(kept);
        self.renders.drain(..gone);
    }

    /// Lets the scenes of the oldest images go until the others fit. Equal ones count once.
    fn let_scenes_go(&mut self) {
        let mut bytes = 0;
        let mut counted: Vec<SceneHash> = Vec::new();
        for render in self.renders.iter_mut().rev() {
            if render.scene.is_none() || counted.contains(&render.sha256) {
                continue;
            }
            if bytes + render.scene_bytes <= MAX_SCENE_BYTES {
                bytes += render.scene_bytes;
                counted.push(render.sha256);
            } else {
                Arc::make_mut(render).scene = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;
    use crate::pipeline::StageTimings;
    use crate::protocol::{DepthFormat, ImageLimits, TextField};

    fn request() -> RenderRequest {
        let mut form = crate::protocol::Form::default();
        for (field, value) in [
            (TextField::ImageType, "color"),
            (TextField::Width, "4"),
            (TextField::Height, "2"),
        ] {
            form.add(field, value.as_bytes()).unwrap();
        }
        let limits = ImageLimits::default();
        form.finish(DepthFormat::Tiff, &limits).unwrap().request
    }

    fn add(renders: &Renders, scene: &[u8], name: u8) {
        add_image(renders, scene, name, vec![name]);
    }

    fn add_image(renders: &Renders, scene: &[u8], name: u8, bytes: Vec<u8>) {
        let image = EncodedImage {
            content_type: "image/png",
            bytes,
            ignored_extensions: Vec::new(),
            more_ignored_extensions: 0,
            timings: StageTimings::default(),
        };
        renders.add(&request(), &image, scene, SceneHash([name; 32]));
    }

    #[test]
    fn the_last_images_are_kept() {
        let renders = Renders::default();
        for name in 0..20 {
            add(&renders, b"scene", name);
        }
        let numbers: Vec<_> = renders.list().iter().map(|render| render.number).collect();
        assert_eq!(numbers, (8..20).rev().collect::<Vec<_>>());
        assert!(renders.get(7).is_none());
        assert_eq!(renders.get(19).unwrap().image, [19].as_slice());
    }

    #[test]
    fn older_images_go_for_newer_ones() {
        let renders = Renders::default();
        for (name, bytes, kept) in [
            (0, 10, &[0][..]),
            (1, MAX_IMAGE_BYTES - 5, &[1]),
            (2, 5, &[2, 1]),
            (3, MAX_IMAGE_BYTES + 1, &[3]),
        ] {
            add_image(&renders, b"scene", name, vec![name; bytes]);
            let numbers: Vec<_> = renders.list().iter().map(|render| render.number).collect();
            assert_eq!(numbers, kept);
        }
    }

    #[test]
    fn a_thumbnail_is_made_once_and_counted() {
        let renders = Renders::default();
        let mut file = Vec::new();
        let pixels = image::RgbImage::from_pixel(320, 160, image::Rgb([9, 8, 7]));
        let mut to = std::io::Cursor::new(&mut file);
        pixels.write_to(&mut to, image::ImageFormat::Png).unwrap();
        let image_bytes = file.len();
        add_image(&renders, b"scene", 0, file);
        let made = renders.get(0).unwrap().thumbnail().unwrap();
        let small = image::load_from_memory(&made).unwrap().into_rgb8();
        assert_eq!(
            small,
            image::RgbImage::from_pixel(160, 80, image::Rgb([9, 8, 7]))
        );
        let again = renders.get(0).unwrap().thumbnail().unwrap();
        assert_eq!(again.as_ptr(), made.as_ptr());
        // There is room for the image beside another, but not for its thumbnail.
        add_image(
            &renders,
            b"scene",
            1,
            vec![1; MAX_IMAGE_BYTES - image_bytes],
        );
        assert!(renders.get(0).is_none());
        add(&renders, b"scene", 2);
        assert_eq!(renders.get(2).unwrap().thumbnail(), None);
    }

    #[test]
    fn older_scenes_go_for_newer_ones() {
        let renders = Renders::default();
        let has_scene = |number| renders.get(number).unwrap().scene.is_some();
        let (small, large) = (vec![0; 10], vec![0; MAX_SCENE_BYTES - 15]);
        add(&renders, &small, 0);
        add(&renders, &large, 1);
        add(&renders, &large, 1);
        assert!(has_scene(0) && has_scene(1) && has_scene(2));
        add(&renders, &small, 3);
        assert!(has_scene(3) && has_scene(2) && has_scene(1) && !has_scene(0));
        add(&renders, &vec![0; MAX_SCENE_BYTES + 1], 4);
        assert!(!has_scene(4) && has_scene(3));
        assert_eq!(renders.get(4).unwrap().scene_bytes, MAX_SCENE_BYTES + 1);
    }
}
