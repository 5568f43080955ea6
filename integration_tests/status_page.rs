//! The status page of the built binary: what it keeps for those who debug asks for the same again.

use crate::geometry::view;
use crate::harness::gltf::Gltf;
use crate::harness::multipart::{Form, Part};
use crate::harness::server::Server;
use crate::harness::{client, decode, trials};

trials![
    the_last_images_can_be_asked_for_again,
    thumbnails_are_small_pictures,
];

/// The fields that the page's command for an image has.
fn fields(page: &str, number: usize) -> Vec<(String, String)> {
    let (_, command) = page
        .split_once(&format!("$SERVER/renders/{number}/scene"))
        .expect("a command");
    let (command, _) = command.split_once("</code>").unwrap();
    let words: Vec<_> = command.split_whitespace().collect();
    let values = words.windows(2).filter_map(|pair| {
        let is_option = pair[0] == "-F" || pair[0] == "--form-string";
        let (name, value) = pair[1].split_once('=').filter(|_| is_option)?;
        Some((name.to_owned(), value.to_owned()))
    });
    values.filter(|(name, _)| name != "scene").collect()
}

fn the_last_images_can_be_asked_for_again() {
    let server = Server::on_free_port(&["--debug"]);
    let scene = Gltf::one_box(&view()).bytes();
    let forms = [
        Form::drake("color", &view(), &scene),
        Form::drake("depth", &view(), &scene).with("depth_format", "png16"),
        Form::of_scene("label", &view(), &scene).with("camera", "0"),
    ];
    let images = forms.map(|form| client::post(&server, &form).image());
    let page = client::get(&server, "/").text();
    for (number, image) in images.iter().enumerate() {
        let kept = client::get(&server, &format!("/renders/{number}/image")).image();
        assert!(kept == *image, "image {number}");
        let posted = client::get(&server, &format!("/renders/{number}/scene")).image();
        assert!(posted == scene, "scene {number}");
        let mut again = Form {
            parts: vec![Part {
                name: "scene".to_owned(),
                file: Some(("scene.gltf".to_owned(), "model/gltf+json".to_owned())),
                bytes: posted,
            }],
        };
        for (name, value) in fields(&page, number) {
            again = again.with(&name, &value);
        }
        assert!(client::post(&server, &again).image() == *image, "{number}");
    }
    server.stop();
}

fn thumbnails_are_small_pictures() {
    let server = Server::on_free_port(&["--debug"]);
    let scene = Gltf::one_box(&view()).bytes();
    for (number, image_type) in ["color", "depth", "label"].into_iter().enumerate() {
        let form = Form::drake(image_type, &view(), &scene);
        let form = form.set("width", "400").set("height", "100");
        assert_eq!(client::post(&server, &form).status, 200);
        let path = format!("/renders/{number}/thumbnail");
        let picture = decode::rgb(&client::get(&server, &path).image());
        assert_eq!((picture.width, picture.height), (160, 40));
        let mut colors: Vec<_> = picture.pixels.clone();
        colors.sort_unstable();
        colors.dedup();
        assert!(colors.len() > 1, "nothing is seen in {image_type}");
    }
    assert_eq!(client::get(&server, "/renders/3/thumbnail").status, 204);
    server.stop();
}
