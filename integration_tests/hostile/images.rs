//! What is wrong with images.

use serde_json::json;

use super::{Row, good};

fn asset(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/textures/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// The good scene with an image on its box.
fn scene(image: &[u8], extension: Option<&str>) -> Vec<u8> {
    let mut gltf = good();
    let texture = gltf.texture(image, json!({}));
    if let Some(extension) = extension {
        gltf.json["textures"][texture] = json!({"extensions": {extension: {"source": 0}}});
        gltf.json["extensionsUsed"] = json!([extension]);
        gltf.json["extensionsRequired"] = json!([extension]);
    }
    gltf.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] =
        json!({"index": texture});
    gltf.bytes()
}

/// The CRC-32 of PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let named = [&kind[..], data].concat();
    [&length[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// A PNG of that size with these chunks after its header.
fn png(width: u32, height: u32, depth: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[depth, 6, 0, 0, 0],
    ]
    .concat();
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(*b"IHDR", &header),
        &chunks.concat(),
        &chunk(*b"IEND", b""),
    ]
    .concat()
}

/// Zeros as zlib has them: so many runs of 258, each in two bits, after the first of them.
fn zlib_zeros(runs: usize) -> Vec<u8> {
    // A final block with fixed codes: a literal 0, then (length 258, distance 1) again and again.
    let mut bits = Vec::new();
    let mut push = |value: u32, count: u32| bits.extend((0..count).map(|i| value >> i & 1 == 1));
    // Huffman codes are written from their first bit on.
    push(0b1, 1);
    push(0b01, 2);
    push(0b0000_1100, 8); // 00110000, a literal 0
    for _ in 0..runs {
        push(0b1010_0011, 8); // 11000101, a length of 258
        push(0, 5); // a distance of 1
    }
    push(0, 7);
    let bytes = bits.chunks(8).map(|bits| {
        bits.iter()
            .rev()
            .fold(0, |byte, &bit| byte << 1 | u8::from(bit))
    });
    // The checksum is wrong, which nobody gets to see.
    [0x78, 0x01]
        .into_iter()
        .chain(bytes)
        .chain([0; 4])
        .collect()
}

/// A JPEG with the sides in its header changed.
fn jpeg(name: &str, side: u16) -> Vec<u8> {
    let mut jpeg = asset(name);
    let frame = jpeg
        .windows(2)
        .position(|w| w[0] == 0xFF && (0xC0..=0xC2).contains(&w[1]))
        .unwrap();
    for at in [frame + 5, frame + 7] {
        jpeg[at..at + 2].copy_from_slice(&side.to_be_bytes());
    }
    jpeg
}

/// A KTX2 with a number in its header changed.
fn ktx2(name: &str, at: usize, number: &[u8]) -> Vec<u8> {
    let mut ktx2 = asset(name);
    ktx2[at..at + number.len()].copy_from_slice(number);
    ktx2
}

/// A lossy `WebP` whose frame says that it is as large as can be, and the image not.
fn webp_with_a_large_frame() -> Vec<u8> {
    let mut file = asset("alpha_lossy.webp");
    let frame = file.windows(4).position(|name| name == b"VP8 ").unwrap();
    file[frame + 14..frame + 18].copy_from_slice(&[0xFF, 0x3F, 0xFF, 0x3F]);
    file
}

/// A lossless `WebP` that says it has these sides, less one.
fn webp(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
    let mut data = data.to_vec();
    data.resize(data.len().next_multiple_of(2), 0);
    [
        &b"RIFF"[..],
        &length(12 + data.len()),
        b"WEBP",
        &kind,
        &length(data.len()),
        &data,
    ]
    .concat()
}

fn idat(runs: usize) -> Vec<u8> {
    chunk(*b"IDAT", &zlib_zeros(runs))
}

/// What is drawn.
pub(super) fn harmless() -> Vec<Row> {
    let bytes = png(8, 8, 8, &[idat(2_000_000), b"\0\0\0\0IEND".to_vec()]);
    vec![Row::scene(
        "PNG: 8 x 8 pixels whose bytes inflate to 500 MB, of which 256 are looked at",
        &scene(&bytes, None),
        200,
        "",
    )]
}

/// The rows of the table.
pub(super) fn rows() -> Vec<Row> {
    const KTX: Option<&str> = Some("KHR_texture_basisu");
    const WEBP: Option<&str> = Some("EXT_texture_webp");
    let image = |name, image: &[u8], extension, status, code| {
        Row::scene(name, &scene(image, extension), status, code)
    };
    let (too_large, wrong) = ("texture_too_large", "scene_invalid");
    let long = u64::MAX.to_le_bytes();
    vec![
        image(
            "an image of no known kind",
            b"no image",
            None,
            422,
            "scene_unsupported",
        ),
        image(
            "PNG: 2³¹ - 1 pixels a side",
            &png(0x7FFF_FFFF, 0x7FFF_FFFF, 8, &[idat(10)]),
            None,
            422,
            wrong,
        ),
        image(
            "PNG: 100,000 pixels a side",
            &png(100_000, 100_000, 8, &[idat(10)]),
            None,
            413,
            too_large,
        ),
        image(
            "PNG: 100,000 x 1 pixels of 16 bits",
            &png(100_000, 1, 16, &[idat(10)]),
            None,
            413,
            too_large,
        ),
        image("PNG: 0 pixels", &png(0, 0, 8, &[idat(1)]), None, 422, wrong),
        image(
            "PNG: 4096 x 4096 pixels and hardly any bytes",
            &png(4096, 4096, 8, &[idat(1)]),
            None,
            422,
            wrong,
        ),
        image(
            "PNG: a chunk of 2 GiB",
            &[&png(8, 8, 8, &[])[..33], b"\x7f\xff\xff\xffIDAT\0\0"].concat(),
            None,
            422,
            wrong,
        ),
        image(
            "PNG: a color profile that inflates to 500 MB, and no pixels",
            &png(
                8,
                8,
                8,
                &[chunk(
                    *b"iCCP",
                    &[&b"x\0\0"[..], &zlib_zeros(2_000_000)].concat(),
                )],
            ),
            None,
            422,
            wrong,
        ),
        image("PNG: cut off", b"\x89PNG\r\n\x1a\n\0\0", None, 422, wrong),
        image(
            "JPEG: 65,535 pixels a side",
            &jpeg("gray.jpg", u16::MAX),
            None,
            413,
            too_large,
        ),
        image("JPEG: 0 pixels", &jpeg("gray.jpg", 0), None, 422, wrong),
        image("JPEG: cut off", &asset("gray.jpg")[..40], None, 422, wrong),
        image(
            "WebP: 16,383 pixels a side",
            &webp(*b"VP8L", &[0x2F, 0xFE, 0xBF, 0xFF, 0x0F, 0, 0, 0, 0, 0]),
            WEBP,
            413,
            too_large,
        ),
        image(
            "WebP: 2²⁴ pixels a side",
            &webp(*b"VP8X", &[0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            WEBP,
            422,
            wrong,
        ),
        image(
            "WebP: 4096 x 4096 pixels and no bytes",
            &webp(*b"VP8L", &[0x2F, 0xFF, 0xCF, 0xFF, 0x03, 0, 0]),
            WEBP,
            422,
            wrong,
        ),
        image(
            "WebP: 32 x 24 pixels with a frame of 16,383 x 16,383",
            &webp_with_a_large_frame(),
            WEBP,
            422,
            wrong,
        ),
        image(
            "WebP: a chunk of 4 GiB",
            b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff\x2f",
            WEBP,
            422,
            wrong,
        ),
        image(
            "KTX2: 2³² - 1 pixels a side",
            &ktx2("etc1s.ktx2", 20, &[0xFF; 8]),
            KTX,
            413,
            too_large,
        ),
        image(
            "KTX2: 0 pixels",
            &ktx2("etc1s.ktx2", 20, &[0; 8]),
            KTX,
            422,
            "scene_unsupported",
        ),
        image(
            "KTX2: 4 billion mip levels",
            &ktx2("etc1s.ktx2", 40, &[0xFF; 4]),
            KTX,
            422,
            wrong,
        ),
        image(
            "KTX2: a level at the end of the numbers",
            &ktx2("etc1s.ktx2", 80, &long),
            KTX,
            422,
            wrong,
        ),
        image(
            "KTX2: a level of 2⁶⁴ - 1 bytes",
            &ktx2("etc1s.ktx2", 88, &long),
            KTX,
            422,
            wrong,
        ),
        image(
            "KTX2: Zstandard of 2⁶⁴ - 1 bytes",
            &ktx2("alpha_uastc_zstd.ktx2", 96, &long),
            KTX,
            422,
            wrong,
        ),
        image(
            "KTX2: 8192 x 8192 pixels and the bytes of few",
            &ktx2("alpha_uastc_zstd.ktx2", 20, &[0, 0x20, 0, 0, 0, 0x20, 0, 0]),
            KTX,
            422,
            wrong,
        ),
        image(
            "KTX2: ETC1S whose tables are at the end of the numbers",
            &ktx2("etc1s.ktx2", 64, &long),
            KTX,
            422,
            wrong,
        ),
    ]
}
