//! What is kept of scenes for the next ones changes no image.

use glam::DMat4;
use serde_json::json;

use crate::choices::varied;
use crate::geometry::view;
use crate::harness::gltf::{Gltf, VTK};
use crate::harness::multipart::Form;
use crate::harness::server::Server;
use crate::harness::{client, decode, trials};
use crate::motion::{add_target, boxed, moving};

trials![
    images_are_the_same_with_a_cache_and_without,
    the_status_page_says_how_often_something_was_found,
    the_status_page_tells_of_all_that_is_kept,
    the_metrics_tell_of_it_too,
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
        assert_eq!(
            row(&page, name)[..3],
            [found, not_there, 0].map(|n| n.to_string())
        );
    }
    server.stop();
}

/// What the status page says of a kind of thing that is kept: how often it was found, was not there
/// and was let go, how much there is, and how much there may be (which kinds in one cache share).
fn row(page: &str, name: &str) -> Vec<String> {
    let heading = format!(r#"<th scope="row">{name}</th>"#);
    let (_, row) = page.split_once(&heading).expect(name);
    let (row, _) = row.split_once("</tr>").expect(name);
    let cells = row.split("<td").skip(1);
    let texts = cells.map(|cell| cell.split(['>', '<']).nth(1).unwrap().to_owned());
    texts.collect()
}

/// A square with a texture of a MiB, which takes some 100 KiB of the file.
fn textured() -> Gltf {
    let mut state = 1_u32;
    let mut texels = vec![0_u8; 3 * 512 * 512];
    for byte in texels.iter_mut().take(100 << 10) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    let png = decode::encode_png(512, 512, png::ColorType::Rgb, &texels);
    Gltf::one_square(VTK, &view(), 0.5, DMat4::IDENTITY, |gltf| {
        let linear_with_mip_levels = json!({"magFilter": 9729, "minFilter": 9987});
        let texture = gltf.texture(&png, linear_with_mip_levels);
        json!({"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}})
    })
}

/// One scene twice, and once with its node elsewhere.
fn the_status_page_tells_of_all_that_is_kept() {
    let still = textured();
    let mut moved = still.clone();
    moved.json["nodes"][2]["matrix"][12] = json!(0.125);
    for workers in ["1", "2"] {
        let arguments = ["--workers", workers, "--cache-size", "256MiB", "--debug"];
        let server = Server::on_free_port(&arguments);
        let check = |expected: [(&str, [u64; 3]); 8]| {
            let page = client::get(&server, "/").text();
            for (name, counts) in expected {
                let told = row(&page, name);
                assert_eq!(told[..3], counts.map(|n| n.to_string()), "{name}: {page}");
            }
            page
        };
        let fresh = check(KINDS.map(|name| (name, [0, 0, 0])));
        assert_eq!(row(&fresh, "Textures on the GPU")[3], "0.0 MiB");
        for image_type in ["color", "label"] {
            for gltf in [&still, &still, &moved] {
                let form = Form::drake(image_type, &view(), &gltf.bytes());
                assert_eq!(client::post(&server, &form).status, 200);
            }
        }
        let page = client::get(&server, "/").text();
        // What a worker has on the GPU only it can find.
        if workers == "1" {
            // Elsewhere labels are drawn on the GPU, with meshes that have no normals.
            let is_cpu = page.contains("Kind</th><td>CPU</td>");
            let (of_color, of_both) = ([2, 1, 0], [4, 2, 0]);
            check([
                ("Files as they arrived", [5, 1, 0]),
                ("Meshes", [0, 2, 0]),
                ("Textures", [0, 1, 0]),
                ("Scenes", [2, 4, 0]),
                ("Scenes whose nodes have moved", [2, 2, 0]),
                ("Meshes on the GPU", if is_cpu { of_color } else { of_both }),
                ("Textures on the GPU", of_color),
                ("Views", if is_cpu { [1, 2, 0] } else { [0, 0, 0] }),
            ]);
            assert_eq!(row(&page, "Textures on the GPU")[3], "1.3 MiB");
        }
        assert_eq!(row(&page, "Textures")[3], "1.0 MiB");
        let on_gpu = if workers == "1" {
            "64.0 MiB"
        } else {
            "128.0 MiB"
        };
        for (name, most) in [
            ("Files as they arrived", "32.0 MiB"),
            ("Meshes", "256.0 MiB"),
            ("Meshes on the GPU", on_gpu),
            ("Textures on the GPU", on_gpu),
            ("Views", "16.0 MiB"),
        ] {
            assert_eq!(row(&page, name)[4], most, "{name}: {page}");
        }
        server.stop();
    }
}

/// All that is kept.
const KINDS: [&str; 8] = [
    "Files as they arrived",
    "Meshes",
    "Textures",
    "Scenes",
    "Scenes whose nodes have moved",
    "Meshes on the GPU",
    "Textures on the GPU",
    "Views",
];

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

/// The same numbers for Prometheus.
fn the_metrics_tell_of_it_too() {
    let server = Server::on_free_port(&["--workers", "1", "--cache-size", "256MiB"]);
    let form = Form::drake("color", &view(), &textured().bytes());
    for _ in 0..2 {
        assert_eq!(client::post(&server, &form).status, 200);
    }
    let wrong = Form::drake("x", &view(), &textured().bytes());
    assert_eq!(client::post(&server, &wrong).status, 400);
    let metrics = client::get(&server, "/metrics");
    assert_eq!(metrics.status, 200);
    let text = metrics.text();
    let mut family = "";
    for line in text.lines() {
        match line.strip_prefix("# TYPE ").and_then(|l| l.split_once(' ')) {
            Some((name, kind)) => {
                let kinds = ["counter", "gauge", "histogram"];
                assert!(kinds.contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                family = name;
            }
            None if line.starts_with("# HELP ") => {}
            None => assert!(line.starts_with(family), "{line}: {family}"),
        }
    }
    let limit = 256 << 20;
    let caches = [
        ("arrived", "files", limit / 8),
        ("contents", "scenes", limit),
        ("gpu_meshes", "meshes", limit / 4),
        ("gpu_textures", "textures", limit / 4),
    ];
    let has = |sample: &str| {
        let sample = format!("gltf_render_server_{sample}");
        assert!(text.lines().any(|line| line == sample), "{sample}: {text}");
    };
    for (cache, kind, limit) in caches {
        let labels = format!("{{cache=\"{cache}\",kind=\"{kind}\"}}");
        has(&format!("cache_hits_total{labels} 1"));
        has(&format!("cache_misses_total{labels} 1"));
        has(&format!("cache_evictions_total{labels} 0"));
        has(&format!("cache_limit_bytes{{cache=\"{cache}\"}} {limit}"));
        let empty = format!("cache_bytes{labels} 0");
        assert!(text.contains(&format!("cache_bytes{labels} ")) && !text.contains(&empty));
    }
    has("requests_total{image_type=\"color\",status=\"200\"} 2");
    has("requests_total{image_type=\"unknown\",status=\"400\"} 1");
    has("jobs_total{outcome=\"done\"} 2");
    has("workers 1");
    // A color image is drawn on the adapter, whatever it is.
    let prefix = "gltf_render_server_gpu_busy_seconds_total{adapter=\"";
    let mut busy = text.lines().filter(|line| line.starts_with(prefix));
    let seconds = busy.next().and_then(|line| line.rsplit_once(' '));
    let seconds: f64 = seconds.expect("no adapter").1.parse().unwrap();
    assert!(seconds > 0.0 && seconds < 600.0, "{seconds}");
    assert!(busy.next().is_none(), "{text}");
    server.stop();
}
