//! How large an image may be asked for.

use super::field::invalid;
use super::{ErrorCode, ImageSize, Refusal};

/// Upper bounds on the size of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageLimits {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Columns times rows.
    pub pixels: u64,
}

impl Default for ImageLimits {
    /// As high as they can be.
    fn default() -> Self {
        Self {
            width: Self::MAX_SIDE,
            height: Self::MAX_SIDE,
            pixels: Self::MAX_PIXELS,
        }
    }
}

impl ImageLimits {
    /// The longest side, pixels: what every Vulkan adapter can draw in one piece.
    pub const MAX_SIDE: u32 = 8192;

    /// The most pixels: 256 MiB for each target of an image.
    pub const MAX_PIXELS: u64 = 1 << 26;

    /// An image of that size.
    ///
    /// # Errors
    /// If a side is 0, or a side or the whole is larger than the limits.
    pub fn size(&self, width: u32, height: u32) -> Result<ImageSize, Refusal> {
        for (name, side) in [("width", width), ("height", height)] {
            if side == 0 {
                return Err(invalid(format!("{name} must be greater than 0, not 0.")));
            }
        }
        if width > self.width {
            return Err(self.too_wide(&width.to_string()));
        }
        if height > self.height {
            return Err(self.too_high(&height.to_string()));
        }
        if u64::from(width) * u64::from(height) > self.pixels {
            let most = self.pixels;
            let option = option("--max-pixels", most < Self::MAX_PIXELS);
            let message = format!(
                "width x height ({width} x {height}) must be at most {most} pixels{option}."
            );
            return Err(Refusal::new(ErrorCode::ImageTooLarge, message));
        }
        Ok(ImageSize { width, height })
    }

    /// The refusal of an image of so many columns.
    pub(super) fn too_wide(&self, width: &str) -> Refusal {
        let code = ErrorCode::ImageTooWide;
        side_too_large(code, "width", self.width, width)
    }

    /// The refusal of an image of so many rows.
    pub(super) fn too_high(&self, height: &str) -> Refusal {
        let code = ErrorCode::ImageTooHigh;
        side_too_large(code, "height", self.height, height)
    }
}

fn side_too_large(code: ErrorCode, name: &str, most: u32, side: &str) -> Refusal {
    let option = option(&format!("--max-{name}"), most < ImageLimits::MAX_SIDE);
    let message = format!("{name} must be at most {most} pixels{option}, not {side}.");
    Refusal::new(code, message)
}

/// The option that raises a limit, if any can.
fn option(name: &str, can_be_raised: bool) -> String {
    if can_be_raised {
        format!(" ({name})")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_has_its_code_and_names_the_option_that_raises_it() {
        let low = ImageLimits {
            width: 40,
            height: 30,
            pixels: 1000,
        };
        for (limits, size, code, message) in [
            (
                low,
                (41, 30),
                ErrorCode::ImageTooWide,
                "width must be at most 40 pixels (--max-width), not 41.",
            ),
            (
                low,
                (40, 31),
                ErrorCode::ImageTooHigh,
                "height must be at most 30 pixels (--max-height), not 31.",
            ),
            (
                low,
                (40, 26),
                ErrorCode::ImageTooLarge,
                "width x height (40 x 26) must be at most 1000 pixels (--max-pixels).",
            ),
            (
                ImageLimits::default(),
                (8193, 1),
                ErrorCode::ImageTooWide,
                "width must be at most 8192 pixels, not 8193.",
            ),
            (
                low,
                (40, 0),
                ErrorCode::InvalidField,
                "height must be greater than 0, not 0.",
            ),
        ] {
            let (width, height) = size;
            let refusal = Refusal::new(code, message);
            assert_eq!(limits.size(width, height), Err(refusal));
        }
        let (width, height) = (40, 25);
        assert_eq!(low.size(width, height), Ok(ImageSize { width, height }));
        assert!(ImageLimits::default().size(8192, 8192).is_ok());
    }
}
