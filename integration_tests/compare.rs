//! `compare A B`: what it measures, what it draws, and what its exit code says.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::harness::decode::{Image, Rgb, encode_rgb};
use crate::harness::server::{program, run};
use crate::harness::{decode, trials};

trials![
    colors_are_measured_and_drawn,
    an_image_equals_itself,
    depths_are_compared_in_metres_whatever_the_format,
    places_without_a_depth_are_counted,
    other_sizes_differ,
    what_cannot_be_compared_is_wrong_usage,
];

/// Gives the exit code, standard output and standard error.
fn compare(folder: &Path, line: &str) -> (i32, String, String) {
    let mut command = program();
    command.current_dir(folder).arg("compare");
    command.args(line.split_whitespace());
    let output = run(command, Duration::from_secs(30));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

/// The value of a row of what is printed.
fn value<'a>(said: &'a str, name: &str) -> &'a str {
    let rows = said.lines().map(str::trim);
    let mut values = rows.filter_map(|row| row.strip_prefix(name));
    let value = values.next().unwrap_or_else(|| panic!("no {name}: {said}"));
    value.trim()
}

fn gray(levels: [u8; 4]) -> Image<Rgb> {
    Image {
        width: 2,
        height: 2,
        pixels: levels.map(|level| [level; 3]).to_vec(),
    }
}

fn colors_are_measured_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name, levels| {
        fs::write(folder.path().join(name), encode_rgb(&gray(levels))).unwrap();
    };
    write("a.png", [10, 20, 30, 255]);
    write("b.png", [10, 23, 30, 251]);
    let (code, said, _) = compare(folder.path(), "a.png b.png --difference d.png");
    assert_eq!(code, 1, "{said}");
    assert_eq!(value(&said, "pixels"), "4");
    assert_eq!(value(&said, "that differ"), "2");
    let outliers = value(&said, "beyond the tolerance, 0");
    assert_eq!(outliers, "2 (50.0000 %; 0 % may be)");
    assert_eq!(value(&said, "greatest difference"), "4 of 255");
    assert_eq!(value(&said, "mean difference"), "1.7500");
    assert_eq!(value(&said, "root mean square"), "2.5000");
    assert_eq!(value(&said, "PSNR"), "40.17 dB");
    assert!(said.ends_with("\nnot within the tolerance\n"), "{said}");
    let drawn = decode::rgb(&fs::read(folder.path().join("d.png")).unwrap());
    assert_eq!(drawn, gray([0, 30, 0, 40]));
    for (options, expected) in [
        ("--tolerance 3", 1),
        ("--tolerance 4", 0),
        ("--max-outliers 0.49", 1),
        ("--max-outliers 0.5", 0),
        ("--tolerance 3 --max-outliers 0.25", 0),
    ] {
        let (code, said, _) = compare(folder.path(), &format!("a.png b.png {options}"));
        assert_eq!(code, expected, "{options}: {said}");
    }
}

fn an_image_equals_itself() {
    let asset = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/row.png");
    let (code, said, errors) = compare(Path::new("."), &format!("{asset} {asset}"));
    assert_eq!(code, 0, "{said}{errors}");
    assert_eq!(value(&said, "PSNR"), "inf dB");
    assert!(said.ends_with("\nwithin the tolerance\n"), "{said}");
}

/// The TIFF has all digits, the PNG millimetres.
fn depths_are_compared_in_metres_whatever_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let asset = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/sample.glb");
    for (file, format) in [("d.tiff", "tiff"), ("d.png", "png16")] {
        let mut render = program();
        render.current_dir(folder.path()).args(["render", asset]);
        render.args("--width 80 --height 60 --depth-format".split(' '));
        render.args([format, "--depth", file]);
        assert!(run(render, Duration::from_secs(60)).status.success());
    }
    let (code, said, errors) = compare(folder.path(), "d.tiff d.png --tolerance 0.000501");
    assert_eq!(code, 0, "{said}{errors}");
    let measured: usize = value(&said, "measured in both").parse().unwrap();
    assert!((100..4800).contains(&measured), "{said}");
    let greatest = value(&said, "greatest difference");
    let greatest: f64 = greatest.trim_end_matches(" m").parse().unwrap();
    assert!((1e-4..=5.01e-4).contains(&greatest), "{said}");
    let (code, said, _) = compare(folder.path(), "d.tiff d.png --tolerance 0.0001");
    assert_eq!(code, 1, "{said}");
}

fn places_without_a_depth_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name, metres: [f32; 4]| {
        let mut file = Vec::new();
        let cursor = std::io::Cursor::new(&mut file);
        let mut encoder = tiff::encoder::TiffEncoder::new(cursor).unwrap();
        let written = encoder.write_image::<tiff::encoder::colortype::Gray32Float>(2, 2, &metres);
        written.unwrap();
        fs::write(folder.path().join(name), file).unwrap();
    };
    write("a.tiff", [1.0, 2.0, f32::INFINITY, 0.0]);
    write("b.tiff", [1.0, 2.5, 3.0, f32::INFINITY]);
    let line = "a.tiff b.tiff --tolerance 1 --difference d.png";
    let (code, said, _) = compare(folder.path(), line);
    assert_eq!(code, 1, "{said}");
    assert_eq!(value(&said, "too far (inf), then measured"), "1");
    assert_eq!(value(&said, "too close (0), then too far (inf)"), "1");
    assert_eq!(value(&said, "measured in both"), "2");
    assert_eq!(value(&said, "greatest difference"), "0.5000 m");
    let drawn = decode::rgb(&fs::read(folder.path().join("d.png")).unwrap());
    let other = [255, 0, 255];
    assert_eq!(drawn.pixels, [[0; 3], [255; 3], other, other]);
    let line = "a.tiff b.tiff --tolerance 1 --max-outliers 0.5";
    assert_eq!(compare(folder.path(), line).0, 0);
}

fn other_sizes_differ() {
    let folder = tempfile::tempdir().unwrap();
    let mut image = gray([1; 4]);
    fs::write(folder.path().join("a.png"), encode_rgb(&image)).unwrap();
    (image.width, image.height) = (4, 1);
    fs::write(folder.path().join("b.png"), encode_rgb(&image)).unwrap();
    let (code, said, _) = compare(folder.path(), "a.png b.png --max-outliers 1");
    assert_eq!(code, 1, "{said}");
    assert!(
        said.starts_with("the sizes differ: 2 x 2 and 4 x 1 pixels\n"),
        "{said}"
    );
    assert!(!said.contains("written"), "{said}");
    let (code, said, _) = compare(folder.path(), "a.png b.png --difference d.png");
    assert_eq!(code, 1, "{said}");
    assert_eq!(
        said,
        "the sizes differ: 2 x 2 and 4 x 1 pixels\n\
         d.png is not written, because no pixels can be compared\n\
         not within the tolerance\n"
    );
    assert!(!folder.path().join("d.png").exists());
}

/// So that it is told apart from images that differ.
fn what_cannot_be_compared_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.png"), encode_rgb(&gray([1; 4]))).unwrap();
    fs::write(folder.path().join("no.png"), "no image").unwrap();
    let file = fs::File::create(folder.path().join("d.png")).unwrap();
    let mut depth = png::Encoder::new(file, 2, 2);
    depth.set_depth(png::BitDepth::Sixteen);
    depth
        .write_header()
        .unwrap()
        .write_image_data(&[0; 8])
        .unwrap();
    for (line, word) in [
        ("a.png none.png", "none.png: No such file"),
        ("a.png no.png", "no.png: it is neither a PNG nor a TIFF"),
        ("a.png d.png", "d.png is a depth image and a.png is not"),
        ("a.png", "<B>"),
        ("a.png a.png --tolerance -1", "-1"),
        ("a.png a.png --tolerance=-1", "a number from 0 on"),
        ("a.png a.png --max-outliers 2", "a number from 0 to 1"),
    ] {
        let (code, said, errors) = compare(folder.path(), line);
        assert_eq!(code, 2, "{line}: {said}{errors}");
        assert!(errors.contains(word) && said.is_empty(), "{line}: {errors}");
    }
    // What was found is told even so.
    let (code, said, errors) = compare(folder.path(), "a.png a.png --difference no/where.png");
    assert_eq!(code, 2, "{said}{errors}");
    assert!(errors.contains("no/where.png"), "{errors}");
    assert!(said.contains("within the tolerance"), "{said}");
}
