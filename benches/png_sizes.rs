//! How large PNG files are beside the usual, which is what the crate `png` makes if it is not told how:
//! level 6 of zlib, a filter for each row. Of the images that Drake's client asked for, and of the same
//! scenes at other sizes and focal lengths: from so short that there is much in the image to so long that
//! one surface fills it. Depth is rounded to millimetres, which only the server's time includes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark may fail")]
#![allow(clippy::cast_precision_loss, reason = "sizes of files")]

use std::io::Cursor;
use std::time::{Duration, Instant};

use gltf_render_server::pipeline::{detail_for, encode_image, view};
use gltf_render_server::protocol::{
    DepthFormat, ImageSize, ImageType, Intrinsics, Optics, PngCompression, RenderRequest,
};
use gltf_render_server::render::{AdapterSelection, Outputs, Renderer};
use gltf_render_server::scene::{Options, Scene, load};
use png::{BitDepth, ColorType, DeflateCompression, Filter};

mod common;

use common::recorded::{Sequence, scenes};

const SIZES: [[u32; 2]; 4] = [[160, 120], [320, 240], [640, 480], [1280, 960]];
/// Focal lengths, in widths of the image.
const FOCAL_LENGTHS: [f64; 5] = [0.45, 0.9, 2.7, 7.2, 18.0];
/// Each file is made so often; the median time counts.
const REPEATS: usize = 5;

/// An image in two ways, and in a third that is not for all images.
struct Files {
    name: String,
    size: usize,
    usual_size: usize,
    time: Duration,
    usual_time: Duration,
    fastest_time: Duration,
}

impl Files {
    fn ratio(&self) -> f64 {
        self.size as f64 / self.usual_size as f64
    }
}

/// The pixels of a PNG file.
struct Pixels {
    size: [u32; 2],
    format: (ColorType, BitDepth),
    data: Vec<u8>,
}

impl Pixels {
    fn of(file: &[u8]) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut data).unwrap();
        let info = reader.info();
        Self {
            size: [info.width, info.height],
            format: (info.color_type, info.bit_depth),
            data,
        }
    }

    /// As the crate writes them.
    fn file(&self, how: Option<(DeflateCompression, Filter)>) -> Vec<u8> {
        common::png_file(self.size, self.format, &self.data, how)
    }
}

/// What is made, and in which time.
fn timed<T>(make: impl Fn() -> T) -> (T, Duration) {
    let mut times = [(); REPEATS].map(|()| {
        let begun = Instant::now();
        drop(make());
        begun.elapsed()
    });
    times.sort();
    (make(), times[REPEATS / 2])
}

fn measure(name: String, request: &RenderRequest, scene: &Scene, renderer: &mut Renderer) -> Files {
    let view = view(&request.camera, scene).unwrap();
    let outputs = Outputs::only(request.image_type, request.depth_range);
    let frame = renderer.render(scene, &view, &outputs).unwrap();
    let (file, time) = timed(|| {
        let (format, compression) = (DepthFormat::Png16, PngCompression::Fast);
        let (_, file) = encode_image(&frame, request.image_type, format, compression).unwrap();
        file
    });
    let pixels = Pixels::of(&file);
    let (usual, usual_time) = timed(|| pixels.file(None));
    let fastest = Some((DeflateCompression::FdeflateUltraFast, Filter::Paeth));
    let (_, fastest_time) = timed(|| pixels.file(fastest));
    Files {
        name,
        size: file.len(),
        usual_size: usual.len(),
        time,
        usual_time,
        fastest_time,
    }
}

/// The same request at other sizes and focal lengths.
fn others(request: &RenderRequest) -> impl Iterator<Item = (String, RenderRequest)> {
    let each = |[width, height]: [u32; 2]| FOCAL_LENGTHS.map(|focal| (width, height, focal));
    SIZES
        .into_iter()
        .flat_map(each)
        .map(|(width, height, focal)| {
            let mut other = request.clone();
            other.camera.size = ImageSize { width, height };
            let Optics::Given { intrinsics, .. } = &mut other.camera.optics else {
                panic!("Drake's client always gives a focal length");
            };
            *intrinsics = Intrinsics {
                focal_x: focal * f64::from(width),
                focal_y: focal * f64::from(width),
                center_x: f64::from(width) / 2.0,
                center_y: f64::from(height) / 2.0,
            };
            (format!("{width} x {height}, {focal}"), other)
        })
}

fn print(title: &str, mut files: Vec<Files>) {
    files.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    let count = files.len();
    let above = files.iter().filter(|files| files.ratio() > 1.5).count();
    let worst = files.last().unwrap();
    let mean = |time: fn(&Files) -> Duration| {
        1e3 * files.iter().map(time).sum::<Duration>().as_secs_f64() / count as f64
    };
    println!(
        "| {title} | {count} | {:.2} | {above} | {:.2} ({}) | {:.2} | {:.2} | {:.2} |",
        files[count / 2].ratio(),
        worst.ratio(),
        worst.name,
        mean(|files| files.time),
        mean(|files| files.fastest_time),
        mean(|files| files.usual_time),
    );
}

fn main() {
    let folders = scenes("Sizes are not compared", "bench-png");
    if folders.is_empty() {
        return;
    }
    let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
    println!("| | images | median | above 1.5 | most | mean ms | ms, fastest | ms, usual |");
    println!("|---|---|---|---|---|---|---|---|");
    for image_type in ImageType::ALL {
        let (mut recorded, mut swept) = (Vec::new(), Vec::new());
        for folder in &folders {
            let name = folder.file_name().unwrap().to_str().unwrap();
            let sequence = Sequence::read(folder, image_type);
            for (step, (request, bytes)) in sequence.all().enumerate() {
                let scene = load(bytes, &Options::new(detail_for(image_type))).unwrap();
                recorded.push(measure(name.to_owned(), request, &scene, &mut renderer));
                if step == 0 {
                    swept.extend(others(request).map(|(view, other)| {
                        measure(format!("{name}, {view}"), &other, &scene, &mut renderer)
                    }));
                }
            }
        }
        print(&format!("{image_type}, as asked for"), recorded);
        print(&format!("{image_type}, other views"), swept);
    }
}
