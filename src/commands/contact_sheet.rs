//! The contact sheet of a folder: a web page that needs nothing else, or an image.

use std::path::Path;

use super::folder::Entry;
use crate::encode::{self, EncodeError};
use crate::html::escaped;
use crate::protocol::{ImageSize, PngCompression, Refusal};
use crate::render::Frame;

const PAGE: &str = include_str!("contact_sheet.html");

/// Between the images of a sheet that is an image, pixels.
const GAP: u32 = 4;
const BACKGROUND: [u8; 3] = [96, 96, 96];
const NOT_DRAWN: [u8; 3] = [64, 24, 24];
const CROSS: [u8; 3] = [224, 64, 64];

/// A contact sheet in the making.
pub(super) struct Sheet {
    size: ImageSize,
    content: Content,
}

enum Content {
    /// The figures of a page.
    Page(String),
    /// The pixels of the images; none where a file was not drawn.
    Image(Vec<Option<Vec<u8>>>),
}

impl Sheet {
    /// An empty sheet of images of one size. The name of the file says which kind it is.
    pub fn new(path: &Path, size: ImageSize) -> Self {
        let is_png = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
        let content = if is_png {
            Content::Image(Vec::new())
        } else {
            Content::Page(String::new())
        };
        Self { size, content }
    }

    /// Adds what became of a file.
    pub fn add(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let rgb = |frame: &Frame| frame.color.clone();
        match &mut self.content {
            Content::Page(figures) => figures.push_str(&figure(entry)?),
            Content::Image(images) => images.push(entry.image.as_ref().ok().and_then(rgb)),
        }
        Ok(())
    }

    /// The file.
    pub fn finish(self, summary: &str) -> Result<Vec<u8>, Refusal> {
        match self.content {
            Content::Page(figures) => {
                let page = PAGE.replace("{{summary}}", &escaped(summary));
                Ok(page.replace("{{figures}}", &figures).into_bytes())
            }
            Content::Image(images) => {
                let (size, rgb) = mosaic(self.size, &images);
                Ok(color_png(size, &rgb)?)
            }
        }
    }
}

/// A file on the page.
fn figure(entry: &Entry) -> Result<String, Refusal> {
    let name = escaped(&entry.name);
    let (class, picture) = match &entry.image {
        Ok(frame) => ("drawn", image(frame, &name)?),
        Err(fault) => {
            let (code, sentence) = (fault.code, escaped(&fault.message));
            let text = format!("<p class=\"fault\"><b>{code}</b> {sentence}</p>");
            ("refused", text)
        }
    };
    let mut notes = String::new();
    for sentence in &entry.omissions {
        notes.extend(["<li>", &escaped(sentence), "</li>"]);
    }
    let (load, draw) = (entry.load.as_secs_f64(), entry.draw.as_secs_f64());
    Ok(format!(
        "<figure class=\"{class}\">{picture}<figcaption><b>{name}</b> <small>read {:.1} ms, drawn \
         {:.1} ms</small><ul>{notes}</ul></figcaption></figure>\n",
        1e3 * load,
        1e3 * draw
    ))
}

/// The image itself, in the page.
fn image(frame: &Frame, name: &str) -> Result<String, Refusal> {
    let png = color_png(frame.size, frame.color.as_deref().unwrap_or_default())?;
    let data = base64_simd::STANDARD.encode_to_string(png);
    let ImageSize { width, height } = frame.size;
    Ok(format!(
        "<img width=\"{width}\" height=\"{height}\" alt=\"{name}\" \
         src=\"data:image/png;base64,{data}\">"
    ))
}

fn color_png(size: ImageSize, rgb: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let content = encode::png::Content::Color;
    encode::png::rgb(size, rgb, content, PngCompression::default())
}

/// All images side by side, about as many in a row as there are rows. A file that was not drawn has
/// a cross in its place, so that all keep theirs.
fn mosaic(size: ImageSize, images: &[Option<Vec<u8>>]) -> (ImageSize, Vec<u8>) {
    let root = images.len().isqrt();
    let columns = (root + usize::from(root * root < images.len())).max(1);
    let rows = images.len().div_ceil(columns).max(1);
    let [tile_width, tile_height] = [size.width, size.height].map(|side| (side + GAP) as usize);
    let gap = GAP as usize;
    let (width, height) = (columns * tile_width + gap, rows * tile_height + gap);
    let mut rgb = BACKGROUND.repeat(width * height);
    let row_bytes = 3 * size.width as usize;
    for (index, image) in images.iter().enumerate() {
        let crossed;
        let image = if let Some(image) = image {
            image
        } else {
            crossed = cross(size);
            &crossed
        };
        let left = gap + index % columns * tile_width;
        let top = gap + index / columns * tile_height;
        for (row, pixels) in image.chunks_exact(row_bytes).enumerate() {
            let start = 3 * ((top + row) * width + left);
            rgb[start..start + row_bytes].copy_from_slice(pixels);
        }
    }
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let size = ImageSize {
        width: side(width),
        height: side(height),
    };
    (size, rgb)
}

/// A tile with both diagonals.
fn cross(size: ImageSize) -> Vec<u8> {
    let (width, height) = (u64::from(size.width), u64::from(size.height));
    let pixel = |x: u64, y: u64| {
        let near = |x: u64| (x * height).abs_diff(y * width) < 2 * height;
        if near(x) || near(width - x) {
            CROSS
        } else {
            NOT_DRAWN
        }
    };
    (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;
    use crate::commands::fault::Fault;

    const SIZE: ImageSize = ImageSize {
        width: 2,
        height: 1,
    };

    fn entry(name: &str, is_drawn: bool) -> Entry {
        Entry {
            name: name.into(),
            omissions: vec!["nothing <b>bold</b>.".into()],
            load: Duration::from_micros(1500),
            draw: Duration::ZERO,
            image: if is_drawn {
                Ok(Frame {
                    size: SIZE,
                    color: Some(vec![1, 2, 3, 4, 5, 6]),
                    depth: None,
                    label: None,
                })
            } else {
                Err(Fault {
                    code: "scene_invalid",
                    message: "scene: \"x\" & y.".into(),
                })
            },
        }
    }

    fn sheet(name: &str) -> Vec<u8> {
        let mut sheet = Sheet::new(Path::new(name), SIZE);
        sheet.add(&entry("a.glb", true)).unwrap();
        sheet.add(&entry("<b>.glb", false)).unwrap();
        sheet.finish("1 drawn, 1 refused").unwrap()
    }

    #[test]
    fn a_page_holds_its_images_and_escapes_texts() {
        let page = String::from_utf8(sheet("a.html")).unwrap();
        for part in [
            "src=\"data:image/png;base64,iVBOR",
            "<b>&lt;b&gt;.glb</b>",
            "scene: &quot;x&quot; &amp; y.",
            "nothing &lt;b&gt;bold&lt;/b&gt;.",
            "1 drawn, 1 refused",
            "read 1.5 ms",
        ] {
            assert!(page.contains(part), "no {part} in {page}");
        }
        assert!(!page.contains("{{") && !page.contains("http"), "{page}");
    }

    #[test]
    fn an_image_has_a_place_for_each_file() {
        assert!(sheet("a.PNG").starts_with(b"\x89PNG"));
        let (size, rgb) = mosaic(SIZE, &[Some(vec![1, 2, 3, 4, 5, 6]), None, None]);
        // Two in a row.
        assert_eq!((size.width, size.height), (4 + 2 * 6, 4 + 2 * 5));
        let at = |x: usize, y: usize| &rgb[3 * (16 * y + x)..][..3];
        assert_eq!(at(4, 4), [1, 2, 3]);
        assert_eq!(at(5, 4), [4, 5, 6]);
        assert_eq!(at(6, 4), BACKGROUND);
        assert_eq!(at(10, 4), CROSS);
        assert_eq!(at(4, 9), CROSS);
        assert_eq!(at(10, 9), BACKGROUND);
        assert_eq!(mosaic(SIZE, &[]).0.width, 10);
    }
}
