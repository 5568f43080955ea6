//! However a file arrives, the same is found in it.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

use std::fmt::Write as _;

use super::*;

fn cut<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> Option<Cuts> {
    let mut cutter = Cutter::new();
    pieces.into_iter().for_each(|piece| cutter.feed(piece));
    cutter.finish()
}

/// Where the data URIs lie, found the plain way.
fn expected(json: &str) -> Vec<Uri> {
    let (mut uris, mut from) = (Vec::new(), 0);
    while let Some(found) = json[from..].find("\"data:") {
        let start = from + found + 1;
        from = start;
        if json[..start].ends_with("\\\"") {
            continue;
        }
        let Some(length) = json[start..].find(['"', '\\']) else {
            break;
        };
        let end = start + length;
        if json[end..].starts_with('\\') {
            return Vec::new();
        }
        uris.push(Uri { start, end });
        from = end + 1;
    }
    uris
}

/// What is to be found in a JSON text.
fn expected_cuts(json: &str) -> Cuts {
    let uris = expected(json);
    let digests = uris.iter().enumerate().filter_map(|(number, uri)| {
        let text = &json.as_bytes()[uri.start..uri.end];
        (text.len() >= 1024).then(|| (number, Digest::of_slice(Kind::Uri, text)))
    });
    Cuts {
        digests: digests.collect(),
        uris,
        bin: None,
    }
}

/// A number below `end`, another each time.
fn draw(state: &mut u64, end: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state % end as u64) as usize
}

const TRICKY: [&str; 12] = [
    "",
    r#"{"a": "data:;base64,AAAA","b":["data:,x"], "c": "file"}"#,
    r#"["data:","data:""data:,"data:x"]"#,
    r#"["\"data:,x", "\\\"data:", "data:,y", "say \"data:,z\" twice"]"#,
    r#"{"extras": "see data:,x", "data:,name": "dat", "":"data", "x": "data:,y"}"#,
    r#"["data:,x", "data:image\/png,y", "data:,z"]"#,
    r#"["data:,x", "data:,never closed"#,
    r#"["data:,x", "data:,never closed\"#,
    r#"["data:,x", "data:"#,
    r#"["data:,x", "dat"#,
    "\u{feff}{\"a\":\"\"data:,x\"\"data\"data:,y\"}",
    r#""data:data:"data:"data:"\"data:"data:"#,
];

#[test]
fn every_split_of_a_text_gives_the_same() {
    for text in TRICKY {
        let expected = expected_cuts(text);
        let text = text.as_bytes();
        assert_eq!(Cuts::of(text), expected);
        assert_eq!(cut(text.chunks(1)).unwrap(), expected);
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(cut(pieces).unwrap(), expected, "{first}, {second}");
            }
        }
    }
}

#[test]
fn random_pieces_of_a_large_text_give_the_same() {
    let mut state = 1;
    let lengths = [0, 1, 3, 500, 1018, 1019, 1020, 3000, 40_000];
    let mut text = String::from("[");
    for number in 0..60 {
        let length = lengths[draw(&mut state, lengths.len())];
        let inside = ["A", "data:", "é", ","][draw(&mut state, 4)];
        let uri: String = inside.chars().cycle().take(length).collect();
        write!(text, r#"{{"uri":"data:{uri}", "n\"data:": {number}}},"#).unwrap();
    }
    let expected = expected_cuts(&text);
    assert_eq!(expected.uris.len(), 60);
    assert!(expected.digests.len() > 5 && expected.digests.len() < 50);
    let whole = Cuts::of(text.as_bytes());
    assert_eq!(whole.uris, expected.uris);
    assert_eq!(whole.digests, []);
    for longest in [2, 10, 300, 5000, 100_000] {
        let mut rest = text.as_bytes();
        let mut cutter = Cutter::new();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(draw(&mut state, longest).min(rest.len()));
            cutter.feed(piece);
            rest = after;
        }
        assert_eq!(cutter.finish().unwrap(), expected, "{longest}");
    }
}

fn glb(json: &[u8], chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, data) in [(glb::JSON, json)].iter().chain(chunks) {
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(*kind);
        body.extend(*data);
    }
    let length = (12 + body.len() as u32).to_le_bytes();
    [&b"glTF\x02\0\0\0"[..], &length, &body].concat()
}

#[test]
fn every_split_of_a_glb_gives_the_same() {
    let json = br#"{"a": "data:,x"}"#;
    let bin = |bytes: &[u8]| Some(Digest::of_slice(Kind::Bin, bytes));
    let quoted = br#""data:,y""#;
    let cases = [
        (glb(json, &[(glb::BIN, quoted)]), bin(quoted)),
        (
            glb(json, &[(glb::BIN, quoted), (b"more", b"..")]),
            bin(quoted),
        ),
        (glb(json, &[(glb::BIN, b"")]), bin(b"")),
        (glb(json, &[(b"more", quoted), (glb::BIN, quoted)]), None),
        (glb(json, &[]), None),
    ];
    let (start, end) = (7, 14);
    for (file, bin) in cases {
        let expected = Cuts {
            uris: vec![Uri { start, end }],
            digests: Vec::new(),
            bin,
        };
        for first in 0..=file.len() {
            for second in first..=file.len() {
                let pieces = [&file[..first], &file[first..second], &file[second..]];
                assert_eq!(cut(pieces).unwrap(), expected, "{first}, {second}");
            }
        }
        assert_eq!(Cuts::of(&file).uris, expected.uris);
    }
}

#[test]
fn of_broken_glbs_nothing_is_made_up() {
    let file = glb(b"{}", &[(glb::BIN, b"1234")]);
    for length in 0..file.len() {
        assert_eq!(cut([&file[..length]]).unwrap(), Cuts::default());
    }
    let swapped = [&file[..12], b"\x04\0\0\0BIN\0\"data:,x\""].concat();
    for file in [&b"glTF"[..], b"gl\"data:", &swapped] {
        assert_eq!(cut([file]).unwrap(), Cuts::default());
    }
}

#[test]
fn very_many_uris_are_not_listed_before_they_are_needed() {
    let some = r#""data:","#.repeat(4000);
    assert_eq!(cut([some.as_bytes()]).unwrap(), expected_cuts(&some));
    let many = some.repeat(10);
    assert_eq!(cut([many.as_bytes()]), None);
    assert_eq!(Cuts::of(many.as_bytes()).uris.len(), 40_000);
    let large = format!("{many}\"{}\"", "x".repeat(100));
    assert_eq!(cut(large.as_bytes().chunks(1000)), None);
    let sparse = format!("\"data:,{}\",", "x".repeat(600)).repeat(10_000);
    let cuts = cut([sparse.as_bytes()]).unwrap();
    assert_eq!(cuts.uris.len(), 10_000);
    assert!(cuts.bytes() < sparse.len() / 10);
}

/// Goes on in `text`, at each place up to where another begins in the same way, with what was found
/// in that other, or with the first few.
fn after_each_start(text: &[u8], other: &[u8]) {
    let expected = cut([text]);
    let known = cut([other]).unwrap_or_default();
    let same = text.iter().zip(other).take_while(|(a, b)| a == b).count();
    for length in 0..=same {
        let (start, rest) = text.split_at(length);
        let first = known.clone().within(start);
        let fewer = first.clone().within(&start[..length / 2]);
        assert!(fewer.uris.len() <= first.uris.len() && first.uris.len() <= known.uris.len());
        for known in [known.clone(), first, fewer] {
            let mut cutter = Cutter::after(start, known);
            cutter.feed(rest);
            assert_eq!(cutter.finish(), expected, "{length}");
        }
    }
}

#[test]
fn what_was_found_in_another_file_is_as_good_as_searched() {
    let long = format!(r#"["data:,{}","data:,y","#, "x".repeat(1500));
    let longer = format!(r#"{long}"data:,{}""#, "y".repeat(2000));
    let texts = TRICKY.iter().copied().chain([&long[..], &longer]);
    let changes: [&[u8]; 7] = [
        b"",
        b"\\",
        b"\"",
        b"x",
        b"\"data:,z\"",
        b"data:",
        b"\\\"data:,",
    ];
    for text in texts.map(str::as_bytes) {
        after_each_start(text, text);
        for at in (0..=text.len()).step_by(1 + text.len() / 100) {
            for change in changes {
                let (before, behind) = text.split_at(at);
                let behind = behind.get(1..).unwrap_or_default();
                let changed = [before, change, behind].concat();
                // Few of the places are there, or this would take long.
                let same = before.len().saturating_sub(20);
                for (text, other) in [(text, &changed[..]), (&changed, text)] {
                    if text.len() < 200 {
                        after_each_start(text, other);
                    }
                    let known = cut([other]).unwrap_or_default();
                    for length in same..=before.len() {
                        let mut cutter = Cutter::after(&text[..length], known.clone());
                        cutter.feed(&text[length..]);
                        assert_eq!(cutter.finish(), cut([text]), "{at}, {length}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_was_found_in_another_file_is_of_no_use_in_a_glb() {
    let json = br#"{"a": "data:,x", "b": "data:,y"}"#;
    let files = [
        glb(json, &[(glb::BIN, b"1")]),
        glb(json, &[(glb::BIN, b"2")]),
    ];
    for (text, other) in [(0, 0), (0, 1), (1, 0)] {
        after_each_start(&files[text], &files[other]);
    }
    assert_eq!(
        cut([&files[0][..]]).unwrap().within(&files[0]),
        Cuts::default()
    );
}

#[test]
fn very_many_uris_are_too_many_also_if_some_are_known() {
    let many = r#""data:","#.repeat(4400);
    assert!(cut([many.as_bytes()]).is_none());
    let (some, rest) = many.split_at(many.len() / 2);
    let known = cut([some.as_bytes()]).unwrap();
    assert_eq!(known.uris.len(), 2200);
    let mut cutter = Cutter::after(some.as_bytes(), known);
    cutter.feed(rest.as_bytes());
    assert!(cutter.finish().is_none());
}
