//! The images that the shared server makes of a scene.

use super::decode::{self, Image, Rgb};
use super::view::View;
use super::{client, server};

/// The color image.
pub fn color(view: &View, scene: &[u8]) -> Image<Rgb> {
    decode::rgb(&client::render(server::shared(), "color", view, scene))
}

/// The label image.
pub fn label(view: &View, scene: &[u8]) -> Image<Rgb> {
    decode::rgb(&client::render(server::shared(), "label", view, scene))
}

/// The depth image, metres.
pub fn depth(view: &View, scene: &[u8]) -> Image<f32> {
    decode::metres(&client::render(server::shared(), "depth", view, scene))
}
