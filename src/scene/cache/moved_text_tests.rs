//! Scenes whose nodes have moved, as JSON may say it.

use super::moved::is_moved;
use super::*;

/// A triangle, a camera of each kind and three lights, with those nodes, written as they stand.
fn text(nodes: &str) -> String {
    let mut scene = triangle();
    scene["cameras"] = json!([
        {"type": "perspective", "perspective": {"yfov": 1, "znear": 1}},
        {"type": "orthographic",
            "orthographic": {"xmag": 1, "ymag": 1, "znear": 0, "zfar": 1}},
    ]);
    scene["extensions"] = json!({"KHR_lights_punctual": {"lights": [
        {"type": "directional"}, {"type": "point"}, {"type": "spot", "spot": {}},
    ]}});
    scene["nodes"] = json!("@");
    scene.to_string().replacen("\"@\"", nodes, 1)
}

fn matrix(x: &str) -> String {
    format!("[1,0,0,0,0,1,0,0,0,0,1,0,{x},0,0,1]")
}

/// Whether a scene with the first nodes is found for the second ones.
fn follows(first: &str, second: &str) -> bool {
    let files = [first, second].map(text);
    let options = Options::new(Detail::Shading);
    is_moved(second, [files[0].as_bytes(), files[1].as_bytes()], &options)
}

const FLAT: &str = "[1,0,0,0,0,1,0,0,0,0,0,0,0,0,0,1]";

#[test]
fn transforms_of_all_kinds_may_change() {
    // All nodes of a tree, with all that they can carry, mirrored and turned.
    let tree = |a: &str, b: &str, c: &str| {
        format!(
            r#"[{{"children":[1,3],"matrix":{a},"camera":0}},
            {{"mesh":0,"children":[2],"translation":{b},"rotation":[0,0,1,0],"scale":[-2,1,3]}},
            {{"matrix":{c},"camera":1,"extensions":{{"KHR_lights_punctual":{{"light":2}}}}}},
            {{"mesh":0,"scale":{b},"extensions":{{"KHR_node_visibility":{{"visible":false}},
            "KHR_lights_punctual":{{"light":0}}}}}},{{"matrix":{c}}}]"#
        )
    };
    let first = tree(&matrix("0"), "[1,2,3]", &matrix("1"));
    let mirrored = "[-1,0,0,0,0,0,1,0,0,1,0,0,5,6,7,1]";
    assert!(follows(&first, &first));
    assert!(follows(&first, &tree(mirrored, "[3,2,1]", &matrix("2"))));
    assert!(follows(&first, &tree(&matrix("0"), "[1,2,-3]", mirrored)));
    let flat = tree(&matrix("0"), "[1,2,3]", FLAT);
    assert!(!follows(&first, &flat));
    assert!(!follows(&flat, &first));
    // No camera and no light needs a direction here.
    let point = r#""mesh":0,"extensions":{"KHR_lights_punctual":{"light":1}}"#;
    let node = |matrix: &str| format!(r#"[{{"matrix":{matrix},{point}}}]"#);
    assert!(follows(&node(&matrix("0")), &node(FLAT)));
}

#[test]
fn numbers_may_be_written_in_any_way() {
    let node = |matrix: &str| format!(r#"[{{"mesh":0,"matrix":{matrix}}}]"#);
    let first = node(&matrix("0"));
    for x in [
        "1",
        "-0",
        "-0.0",
        "1e3",
        "2.5E-7",
        "1E+2",
        "0.123456789012345678",
        "1e38",
    ] {
        assert!(follows(&first, &node(&matrix(x))), "{x}");
        assert!(follows(&node(&matrix(x)), &first), "{x}");
    }
    let spaced = matrix("1").replace(',', " ,\n\t");
    assert!(follows(&first, &node(&spaced)));
    // They are refused, or something else of the file may be on their account.
    let others = [
        "1e999",
        "-1e39",
        "12345678901",
        "1e0000000001",
        "01",
        "+1",
        "1.",
        "NaN",
    ];
    for x in others
        .into_iter()
        .chain(["null", "\"1\"", "[1]", "", "1,2"])
    {
        assert!(!follows(&first, &node(&matrix(x))), "{x}");
    }
    for other in [
        "null",
        "{}",
        "[]",
        "1",
        "\"\"",
        "[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0]",
    ] {
        assert!(!follows(&first, &node(other)), "{other}");
    }
    let bent = r#"[{"mesh":0,"matrix":[1,0,0,1,0,1,0,0,0,0,1,0,0,0,0,1]}]"#;
    assert!(!follows(&first, bent));
}

#[test]
fn a_long_integer_makes_the_rest_be_read_again() {
    let node = |x: &str| {
        let matrix = matrix(x);
        format!(r#"[{{"mesh":0,"matrix":{matrix},"weird":{{"\ud800":1}}}}]"#)
    };
    let options = Options::new(Detail::Shading);
    assert!(load(text(&node("1")).as_bytes(), &options).is_ok());
    assert!(load(text(&node("12345678901")).as_bytes(), &options).is_err());
    assert!(!follows(&node("1"), &node("12345678901")));
    assert!(follows(&node("1"), &node("2")));
}

#[test]
fn products_of_transforms_are_finite() {
    let nodes = |x: &str| {
        let scale = format!("[{x},1,1]");
        format!(r#"[{{"scale":{scale},"children":[1]}},{{"mesh":0,"scale":{scale}}}]"#)
    };
    assert!(follows(&nodes("1"), &nodes("1e19")));
    // One that nothing is below of may be anywhere.
    let nodes = |x: &str| {
        let scale = format!("[{x},1,1]");
        format!(
            r#"[{{"mesh":0,"matrix":{0},"scale":{scale}}},{{"scale":{scale}}}]"#,
            matrix("0")
        )
    };
    let drake =
        |nodes: &str| text(nodes).replacen("{\"version", "{\"generator\":\"VTK\",\"version", 1);
    let files = ["1", "1e39"].map(|x| drake(&nodes(x)));
    let options = Options::new(Detail::Shading);
    assert!(is_moved(
        "elsewhere",
        [files[0].as_bytes(), files[1].as_bytes()],
        &options
    ));
    assert!(!follows(&nodes("1"), &nodes("1e20")));
}

#[test]
fn what_would_be_warned_of_is_read_in_full() {
    let node = |rotation: &str| format!(r#"[{{"mesh":0,"rotation":{rotation}}}]"#);
    assert!(follows(&node("[0,0,0,1]"), &node("[0,1,0,0]")));
    assert!(!follows(&node("[0,0,0,1]"), &node("[0,3,0,0]")));
    assert!(!follows(&node("[0,0,0,1]"), &node("[0,0,0,0]")));
    assert!(!follows(&node("[0,3,0,0]"), &node("[0,0,0,1]")));
    let both = |x: &str, turn: &str| {
        let matrix = matrix(x);
        format!(r#"[{{"mesh":0,"name":"Renderer Node","matrix":{matrix},"rotation":{turn}}}]"#)
    };
    let turned = both("1", "[0,1,0,0]");
    assert!(!follows(&both("0", "[0,0,0,1]"), &turned));
    // Drake's client writes both.
    let options = Options::new(Detail::Shading);
    let files = [both("0", "[0,1,0,0]"), both("1", "[0,3,0,0]")];
    let version = r#""version":"2.0""#;
    let drake = format!(r#"{version},"generator":"VTK""#);
    let [first, second] = files.map(|nodes| text(&nodes).replacen(version, &drake, 1));
    assert!(is_moved(
        "drake",
        [first.as_bytes(), second.as_bytes()],
        &options
    ));
}

#[test]
fn only_the_transforms_of_the_nodes_may_change() {
    let node = |x: &str, more: &str| format!(r#"[{{"mesh":0,"matrix":{}{more}}}]"#, matrix(x));
    let extras = |x: &str| {
        format!(
            r#","extras":{{"matrix":{0},"nodes":[{{"matrix":{0}}}]}}"#,
            matrix(x)
        )
    };
    assert!(follows(&node("0", &extras("0")), &node("1", &extras("0"))));
    assert!(!follows(&node("0", &extras("0")), &node("1", &extras("1"))));
    for (first, second) in [
        (r#","name":"a""#, r#","name":"b""#),
        (r#","name":"a""#, r#","name": "a""#),
        ("", r#","translation":[1,2,3]"#),
        (r#","translation":[0,0,0]"#, r#","scale":[1,1,1]"#),
        ("", r#"},{"mesh":0"#),
    ] {
        assert!(!follows(&node("0", first), &node("0", second)), "{second}");
        assert!(!follows(&node("0", second), &node("0", first)), "{second}");
    }
    let twice = format!(r#","matrix":{}"#, matrix("0"));
    assert!(!follows(&node("0", ""), &node("1", &twice)));
    let escaped = |x: &str| node(x, "").replacen("matrix", r"m\u0061trix", 1);
    assert!(follows(&escaped("0"), &escaped("1")));
    assert!(!follows(&node("0", ""), &escaped("1")));
}

#[test]
fn only_the_nodes_of_the_document_may_move() {
    let options = Options::new(Detail::Shading);
    let node = |x: &str| format!(r#"[{{"mesh":0,"matrix":{}}}]"#, matrix(x));
    let check = |name: &str, change: &dyn Fn(&str, String) -> String| {
        let [first, second] = ["0", "1"].map(|x| change(x, text(&node(x))));
        is_moved(name, [first.as_bytes(), second.as_bytes()], &options)
    };
    assert!(check("itself", &|_, text| text));
    let padded =
        |end: &'static str| move |x: &str, text: String| text + if x == "0" { "" } else { end };
    assert!(check("a chunk", &padded("   ")));
    assert!(!check("a feed", &padded("\u{c}")));
    assert!(!check("a letter", &padded("x")));
    assert!(check("a mark", &|_, text| format!("\u{feff}{text}")));
    assert!(check("spaces", &|_, text| text.replacen(
        "\"nodes\":[{\"m",
        "\"nodes\"\n :\t[ {\"m",
        1
    )));
    let begin = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    for member in ["\"extras\"", "\"\\u0065xtras\"", "\"unknown\""] {
        // Whether the others move or not.
        let kept = format!(r#"{member}:{{"nodes":{}}}"#, node("5"));
        assert!(!check(member, &|_, text| begin(&text, &kept)), "{member}");
        let moved = |x: &str| format!(r#"{member}:{{"nodes":{}}}"#, node(x));
        assert!(
            !check(member, &|x, text| begin(&text, &moved(x))),
            "{member}"
        );
    }
    // Only what is not the document's moves.
    let only = |x: &str, _| {
        begin(
            &text(&node("3")),
            &format!(r#""extras":{{"nodes":{}}}"#, node(x)),
        )
    };
    assert!(!check("others", &only));
    let quoted = r#""extras":"\"nodes\":[{\"matrix\":[]}]""#;
    assert!(check("quoted", &|_, text| begin(&text, quoted)));
    let escaped =
        |_: &str, text: String| text.replacen("\"nodes\":[{\"m", "\"n\\u006fdes\":[{\"m", 1);
    assert!(!check("escaped", &escaped));
    // The last of them counts where something else makes the document be read by its members.
    let null = r#""images":null"#;
    assert!(check("null", &|_, text| begin(&text, null)));
    let twice =
        |x: &str, text: String| begin(&begin(&text, null), &format!(r#""nodes":{}"#, node(x)));
    assert!(!check("twice", &twice));
    let twice =
        |_: &str, text: String| begin(&begin(&text, null), &format!(r#""nodes":{}"#, node("9")));
    assert!(!check("twice", &twice));
    // Integers with fractions, which are read without them.
    let fractions = |_: &str, text: String| text.replace("\"mesh\":0", "\"mesh\":0.0");
    assert!(!check("fractions", &fractions));
    for (name, old, new) in [
        ("a color", "\"asset\":", "\"materials\":[{}],\"asset\":"),
        ("the scene", "\"scenes\":[", "\"scenes\":[{\"nodes\":[]},"),
        ("a short URI", "AAAAAA", "AAAAAB"),
    ] {
        let change = |x: &str, text: String| match x {
            "0" => text,
            _ => text.replacen(old, new, 1),
        };
        assert!(!check(name, &change), "{name}");
    }
    let long = |byte: u8| {
        let uri = crate::scene::testing::base64(&[byte; 2000]);
        move |text: &str| begin(text, &format!(r#""unknown":"{uri}""#))
    };
    assert!(check("a long URI", &|_, text| long(0)(&text)));
    assert!(!check("a long URI", &|x, text| long(x.as_bytes()[0])(
        &text
    )));
}

#[test]
fn uris_do_not_run_into_each_other() {
    let options = Options::new(Detail::Shading);
    let uris = |uris: [&str; 2], x: &str| {
        let text = text(&format!(r#"[{{"mesh":0,"matrix":{}}}]"#, matrix(x)));
        let [a, b] = uris;
        text.replacen('{', &format!(r#"{{"unknown":["{a}","{b}"],"#), 1)
    };
    let first = uris(["data:,a", "data:,b\0data:,c"], "0");
    let second = uris(["data:,a\0data:,b", "data:,c"], "1");
    let files = [first.as_bytes(), second.as_bytes()];
    assert!(!is_moved("two URIs", files, &options));
    let second = uris(["data:,a", "data:,b\0data:,c"], "1");
    assert!(is_moved(
        "two URIs",
        [first.as_bytes(), second.as_bytes()],
        &options
    ));
}

#[test]
fn no_change_of_a_byte_is_missed() {
    let first = text(&format!(
        r#"[{{"children":[1],"matrix":{0},"camera":0}}, {{"mesh":0,"name":"a","scale":[1,-2,3.5],
        "rotation":[0,0,1,0],"translation":[1e1,0,0],"extras":{{"matrix":{0}}}}}]"#,
        matrix("12")
    ));
    let options = Options::new(Detail::Geometry);
    let cache = Arc::new(ContentCache::new(64 << 20));
    let cached = with(&cache, &options);
    let mut number = 0_u32;
    let mut same = |file: &[u8]| {
        number += 1;
        let mut sha256 = [0; 32];
        sha256[..4].copy_from_slice(&number.to_le_bytes());
        let found = load_hashed(file, &sha256, Some(&arrived(file)), &cached);
        let plain = load(file, &options);
        assert!(
            told(&found) == told(&plain),
            "{}",
            String::from_utf8_lossy(file)
        );
    };
    same(first.as_bytes());
    let nodes = first.find("\"nodes\":[{").unwrap();
    for at in nodes - 1..first.len() {
        for byte in *b"07-.,e \"[]{}\\x" {
            let mut file = first.clone().into_bytes();
            file[at] = byte;
            same(&file);
        }
    }
    let hits = cache.counts().moved.hits;
    assert!(hits > 100, "{hits}");
}
