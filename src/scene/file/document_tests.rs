#![allow(
    clippy::float_cmp,
    clippy::unwrap_used,
    clippy::cast_possible_truncation
)]
use serde_json::json;

use super::shortened;
use crate::scene::testing::{load, load_selected, refusal, triangle};
use crate::scene::{Detail, Limit, Look, Options, Origin, Producer, SceneError, Selection};

fn load_bytes(bytes: &[u8]) -> Result<crate::scene::Scene, SceneError> {
    crate::scene::load(bytes, &Options::new(Detail::Geometry))
}

#[test]
fn json_may_begin_with_a_mark_and_spaces() {
    let json = serde_json::to_string(&triangle()).unwrap();
    for prefix in ["", "\u{feff}", " \n", "\u{feff}\t"] {
        let scene = load_bytes(format!("{prefix}{json}").as_bytes()).unwrap();
        assert_eq!(scene.primitives.len(), 1, "{prefix:?}");
    }
}

#[test]
fn objects_are_counted_before_they_are_parsed() {
    let mut options = Options::new(Detail::Geometry);
    options.limits.json_objects = 3;
    let load = |json: &[u8]| crate::scene::load(json, &options);
    load(br#"{"asset": {"version": "2.0"}, "scenes": [{"nodes": []}]}"#).unwrap();
    assert_eq!(
        load(b"{{{{ and so on").unwrap_err(),
        SceneError::TooLarge(
            Limit::JsonObjects,
            "the scene has at least 4 JSON objects; the limit is 3 (--max-json-objects).".into()
        )
    );
}

#[test]
fn glb_has_buffer_0_in_its_binary_chunk() {
    let mut json = triangle();
    let bin: Vec<u8> = [0.0_f32, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 2.0, 0.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    json["buffers"][0] = json!({"byteLength": bin.len()});
    let message = refusal(&json);
    assert_eq!(
        message,
        "scene: mesh 0, primitive 0: POSITION: accessor 0: bufferView 0: buffer 0 has neither a \
         uri nor the BIN chunk of a GLB file."
    );
    let json = serde_json::to_vec(&json).unwrap();
    let mut file = b"glTF\x02\0\0\0".to_vec();
    file.extend((28 + json.len() as u32 + bin.len() as u32).to_le_bytes());
    for (kind, chunk) in [(b"JSON", json), (b"BIN\0", bin)] {
        file.extend((chunk.len() as u32).to_le_bytes());
        file.extend(kind);
        file.extend(chunk);
    }
    let scene = load_bytes(&file).unwrap();
    assert_eq!(scene.primitives[0].positions[1], [2.0, 0.0, 0.0]);
}

#[test]
fn other_files_are_refused() {
    let neither = "scene: the file is neither glTF JSON (which begins with {) nor GLB (which \
                   begins with glTF).";
    for file in [&b""[..], b"[]", b"v 1 2 3", b"\xff\xfe{"] {
        let error = load_bytes(file).unwrap_err();
        assert_eq!(error, SceneError::NotGltf(neither[7..].into()));
        assert_eq!(error.to_string(), neither);
    }
    assert_eq!(
        load_bytes(b"{\n \"asset\": {\"version\": \"2.0\"},,")
            .unwrap_err()
            .to_string(),
        "scene: the JSON is malformed: key must be a string at line 2 column 30."
    );
}

#[test]
fn the_position_is_that_of_the_whole_text() {
    let uri = format!("data:,{}", "x".repeat(1000));
    let file = format!("{{\"uri\": \"{uri}\" \"a\"}}");
    let error = load_bytes(file.as_bytes()).unwrap_err().to_string();
    assert!(error.ends_with("at line 1 column 1018."), "{error}");
}

#[test]
fn the_fault_is_located() {
    let mut scene = triangle();
    scene["nodes"][0]["mesh"] = json!("one");
    assert_eq!(
        refusal(&scene),
        "scene: nodes[0].mesh: invalid type: string \"one\", expected an index."
    );
    let mut scene = triangle();
    scene["nodes"][0]["scale"] = json!([1, 1, 1, 1]);
    assert_eq!(
        refusal(&scene),
        "scene: nodes[0].scale: it has too many elements."
    );
    let mut scene = triangle();
    scene.as_object_mut().unwrap().remove("asset");
    assert_eq!(refusal(&scene), "scene: missing field `asset`.");
}

#[test]
fn a_name_that_is_not_understood_has_a_place() {
    for (json, place) in [
        (r#"{"asset": {"version": "2.0"}, "\ud800x": 0}"#, ""),
        (
            r#"{"asset": {"version": "2.0"}, "nodes": [{"\ud800x": 0}]}"#,
            "nodes[0]: ",
        ),
    ] {
        let error = load_bytes(json.as_bytes()).unwrap_err().to_string();
        let head = format!("scene: {place}the name of a member: ");
        assert!(error.starts_with(&head), "{error}");
    }
}

#[test]
fn a_name_may_end_with_a_question_mark() {
    let mut scene = triangle();
    scene["meshes"][0]["primitives"][0]["attributes"]["_IS_IT?"] = json!("x");
    let head = "scene: meshes[0].primitives[0].attributes._IS_IT?: invalid type: ";
    assert!(refusal(&scene).starts_with(head), "{}", refusal(&scene));
}

#[test]
fn a_message_stays_short() {
    let mut scene = triangle();
    scene["nodes"] = json!(format!("data:,{}", "x".repeat(10_000)));
    assert!(refusal(&scene).len() < 300);
    scene["nodes"] = json!("x".repeat(10_000));
    let head = format!(
        "scene: nodes: invalid type: string \"{}\"..., ",
        "x".repeat(60)
    );
    assert_eq!(refusal(&scene), head + "expected an array.");
    assert_eq!(shortened("a `\n\u{202e}é` b"), "a `\\n\\u{202e}é` b");
    let variant = format!(
        "unknown variant `{}`, expected `a` or `b`",
        "y`".repeat(200)
    );
    let quoted = "y`".repeat(30);
    assert_eq!(
        shortened(&variant),
        format!("unknown variant \"{quoted}\"..., expected `a` or `b`")
    );
    assert!(shortened(&"z".repeat(999)).ends_with("z and so on"));
}

#[test]
fn a_path_stays_short() {
    let mut scene = triangle();
    let nested = "[".repeat(200) + &"]".repeat(200);
    scene["nodes"][0]["extensions"] = json!({"KHR_node_visibility": "nested"});
    let json = serde_json::to_string(&scene).unwrap();
    let json = json.replace("\"nested\"", &nested);
    let error = load_bytes(json.as_bytes()).unwrap_err().to_string();
    let place = "scene: nodes[0].extensions.KHR_node_visibility[0][0][0][0][0][0][0]...: ";
    assert_eq!(error, format!("{place}recursion limit exceeded."));
}

#[test]
fn only_version_2_is_read() {
    let mut scene = triangle();
    scene["asset"] = json!({"version": "2.1", "minVersion": "2.0"});
    load(&scene).unwrap();
    scene["asset"] = json!({"version": "1.0"});
    assert_eq!(
        refusal(&scene),
        "scene: asset.version is \"1.0\"; only glTF 2.0 is read."
    );
    scene["asset"] = json!({"version": "2.1", "minVersion": "2.1"});
    assert_eq!(
        refusal(&scene),
        "scene: asset.minVersion is \"2.1\"; only glTF 2.0 is read."
    );
}

#[test]
fn unknown_extensions_are_refused_if_required() {
    let mut scene = triangle();
    scene["extensionsUsed"] = json!(["KHR_x"]);
    assert_eq!(load(&scene).unwrap().ignored_extensions, ["KHR_x"]);
    scene["extensionsRequired"] = json!(["KHR_x"]);
    assert_eq!(
        refusal(&scene),
        "scene: extensionsRequired names \"KHR_x\", which is not supported."
    );
}

#[test]
fn the_producer_is_the_generator() {
    let mut scene = triangle();
    for (generator, producer) in [
        ("VTK", Producer::Vtk),
        ("Drake glTF merger", Producer::DrakeMerger),
        ("VTK 9", Producer::Other),
    ] {
        scene["asset"]["generator"] = json!(generator);
        assert_eq!(load(&scene).unwrap().producer, producer);
    }
}

#[test]
fn a_look_takes_a_file_for_that_of_another_producer() {
    let mut scene = triangle();
    let renderer = json!({"name": "Renderer Node", "mesh": 0});
    scene["nodes"].as_array_mut().unwrap().push(renderer);
    scene["scenes"][0]["nodes"] = json!([0, 1]);
    let (vtk, merger, other) = (Producer::Vtk, Producer::DrakeMerger, Producer::Other);
    for (generator, of_looks) in [
        ("VTK", [vtk, vtk, other]),
        ("Drake glTF merger", [merger, merger, other]),
        ("a test", [other, merger, other]),
    ] {
        scene["asset"]["generator"] = json!(generator);
        for (look, producer) in Look::ALL.into_iter().zip(of_looks) {
            let selection = Selection {
                look,
                ..Selection::default()
            };
            let loaded = load_selected(&scene, selection).unwrap();
            assert_eq!(loaded.producer, producer, "{generator} {look:?}");
            let of_shape = match producer {
                Producer::Other => Origin::Gltf,
                Producer::Vtk | Producer::DrakeMerger => Origin::VtkShape,
            };
            let origins: Vec<_> = loaded.instances.iter().map(|i| i.origin).collect();
            assert_eq!(origins, [Origin::Gltf, of_shape]);
        }
    }
}

#[test]
fn a_null_member_is_absent_as_drake_writes_it() {
    let mut scene = triangle();
    scene["images"] = json!(null);
    scene["nodes"][0]["extras"] = json!({"owner": null});
    assert_eq!(load(&scene).unwrap().primitives.len(), 1);
}

#[test]
fn a_scene_may_be_empty() {
    let mut scene = triangle();
    scene["scenes"] = json!([{"name": "empty"}, {"nodes": [0]}]);
    assert!(load(&scene).unwrap().instances.is_empty());
    scene["scene"] = json!(1);
    assert_eq!(load(&scene).unwrap().instances.len(), 1);
    scene["nodes"][0]["mesh"] = json!("one");
    assert!(refusal(&scene).starts_with("scene: nodes[0].mesh: "));
}

#[test]
fn a_null_elsewhere_is_a_fault() {
    for (member, value) in [
        ("images", json!([null])),
        ("nodes", json!([null])),
        ("asset", json!(null)),
    ] {
        let mut scene = triangle();
        scene["samplers"] = json!(null);
        scene[member] = value;
        let message = refusal(&scene);
        assert!(message.contains("null"), "{member}: {message}");
    }
}
