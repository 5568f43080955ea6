//! What is kept of scenes for the next ones changes no image.

use serde_json::json;

use crate::choices::varied;
use crate::geometry::view;
use crate::harness::gltf::Gltf;
use crate::harness::multipart::Form;
use crate::harness::server::Server;
use crate::harness::{client, trials};
use crate::motion::{add_target, boxed, moving};

trials![
    images_are_the_same_with_a_cache_and_without,
    the_status_page_says_how_often_something_was_found,
    what_is_left_out_is_told_each_time,
];

/// A scene's name, its bytes, and fields of the request.
type Case = (&'static str, Vec<u8>, Vec<(&'static str, &'static str)>);

/// Scenes of each kind.
fn scenes() -> Vec<Case> {
    let mut morphed = boxed();
    add_target(&mut morphed);
    morphed.json["meshes"][0]["weights"] = json!([0.5]);
    let mut moved = morphed.clone();
    for (gltf, x) in [(&mut morphed, 0.0), (&mut moved, 0.125)] {
        gltf.root(json!({"mesh": 0, "translation": [x, 0.0, 0.0]}));
        gltf.camera(&view());
    }
    let mut other = morphed.clone();
    other.json["meshes"][0]["weights"] = json!([0.25]);
    let asset = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test_assets/");
        std::fs::read(format!("{folder}{name}")).unwrap()
    };
    vec![
        ("Drake's shapes", asset("drake_shapes.gltf"), vec![]),
        ("Drake's merger", asset("drake_merged.gltf"), vec![]),
        ("all kinds", asset("sample.glb"), vec![]),
        ("plain", asset("compressed/box.glb"), vec![]),
        ("Draco", asset("compressed/box_draco.glb"), vec![]),
        ("meshopt", asset("compressed/box_meshopt_khr.glb"), vec![]),
        ("a morph target", morphed.bytes(), vec![]),
        ("the same moved", moved.bytes(), vec![]),
        ("the same with less weight", other.bytes(), vec![]),
        ("an animation", moving().bytes(), vec![("time", "1.5")]),
        ("the same later", moving().bytes(), vec![("time", "2.5")]),
        ("a variant", varied().bytes(), vec![("variant", "red")]),
        ("another", varied().bytes(), vec![("variant", "blue")]),
    ]
}

/// Without a cache, with one that holds nearly nothing, and with one that holds all: the first time,
/// and when all scenes have been there before.
fn images_are_the_same_with_a_cache_and_without() {
    let servers = ["0", "40KiB", "64MiB"].map(|size| {
        let arguments = ["--workers", "2", "--cache-size", size];
        Server::on_free_port(&arguments)
    });
    let mut firsts: Vec<client::Reply> = Vec::new();
    for round in 0..3 {
        let mut known = firsts.clone().into_iter();
        for (name, scene, fields) in scenes() {
            for image_type in ["color", "label", "depth"] {
                let form = Form::drake(image_type, &view(), &scene);
                let form = (fields.iter()).fold(form, |form, (name, value)| form.with(name, value));
                let replies = servers.each_ref().map(|server| client::post(server, &form));
                let [without, small, large] = replies;
                assert_eq!(without.status, 200, "{name}: {}", without.text());
                assert!(without == small, "{name}: {image_type}, round {round}");
                assert!(without == large, "{name}: {image_type}, round {round}");
                match known.next() {
                    Some(first) => assert!(first == large, "{name}: {image_type}"),
                    None => firsts.push(large),
                }
            }
        }
    }
    // They are not all the same either.
    let (morphed, moved, less) = (&firsts[18], &firsts[21], &firsts[24]);
    assert!(morphed != moved && morphed != less && moved != less);
    for server in servers {
        server.stop();
    }
}

fn the_status_page_says_how_often_something_was_found() {
    let server = Server::on_free_port(&[]);
    let post = |gltf: &Gltf| {
        let form = Form::drake("label", &view(), &gltf.bytes());
        assert_eq!(client::post(&server, &form).status, 200);
    };
    let mut gltf = Gltf::one_box(&view());
    for _ in 0..3 {
        post(&gltf);
    }
    gltf.json["asset"]["copyright"] = json!("nobody");
    post(&gltf);
    let page = client::get(&server, "/").text();
    for (name, found, not_there) in [("Meshes", 1, 1), ("Textures", 0, 0), ("Scenes", 2, 2)] {
        let row = format!("{name}</th><td>{found}</td><td>{not_there}</td><td>0</td>");
        assert!(page.contains(&row), "{row}: {page}");
    }
    assert!(page.contains(" MiB of 512.0 MiB"), "{page}");
    server.stop();
}

fn what_is_left_out_is_told_each_time() {
    let server = Server::on_free_port(&[]);
    let mut gltf = Gltf::one_box(&view());
    gltf.json["extensionsUsed"] = json!(["ABC_unknown"]);
    let form = Form::drake("label", &view(), &gltf.bytes());
    for _ in 0..3 {
        let reply = client::post(&server, &form);
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.ignored_extensions, "ABC_unknown");
    }
    server.stop();
    let told = "the extension \"ABC_unknown\" is not supported and was ignored.";
    assert_eq!(server.log().matches(told).count(), 3);
}
