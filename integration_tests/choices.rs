//! What of a file is shown: its scene, and a variant of its materials.

use serde_json::json;

use crate::geometry::{cuboid, view};
use crate::harness::gltf::{Gltf, label, label_factor};
use crate::harness::multipart::Form;
use crate::harness::truth::Object;
use crate::harness::{client, server, trials};
use crate::motion::{boxed, render, true_to};

trials![
    a_variant_changes_the_material,
    a_missing_variant_is_refused,
    the_scene_that_the_file_chooses_is_shown,
];

/// The box, of label 9 in the variants "red" and "both" and of label 12 in "blue".
pub fn varied() -> Gltf {
    let mut gltf = boxed();
    let others = [9, 12].map(|id| gltf.color(label_factor(label(id))));
    gltf.json["extensionsRequired"] = json!(["KHR_materials_variants"]);
    gltf.json["extensions"] = json!({"KHR_materials_variants": {"variants":
        [{"name": "red"}, {"name": "blue"}, {"name": "none"}, {"name": "both"}]}});
    gltf.first_primitive()["extensions"] = json!({"KHR_materials_variants": {
        "mappings": [{"material": others[0], "variants": [0, 3]},
            {"material": others[1], "variants": [1]}]}});
    gltf.root(json!({"mesh": 0}));
    gltf.camera(&view());
    gltf
}

fn a_variant_changes_the_material() {
    let gltf = varied();
    true_to("no variant", &gltf, &[], &[cuboid()]);
    for (variant, id, material) in [
        ("red", 9, 1),
        ("0", 9, 1),
        ("both", 9, 1),
        ("3", 9, 1),
        ("blue", 12, 2),
        ("1", 12, 2),
        ("none", 5, 0),
        ("2", 5, 0),
    ] {
        let fields = [("variant", variant)];
        true_to(variant, &gltf, &fields, &[Object { id, ..cuboid() }]);
        // In color as if the mesh had no other material.
        let mut plain = gltf.clone();
        plain.first_primitive()["material"] = json!(material);
        let color = render("color", &gltf, &fields);
        assert!(color == render("color", &plain, &[]), "{variant}");
    }
}

fn a_missing_variant_is_refused() {
    for variant in ["4", "green"] {
        let form = Form::drake("label", &view(), &varied().bytes()).with("variant", variant);
        let message = client::post(server::shared(), &form).refusal(422, "scene_invalid");
        client::names(&message, &[variant]);
    }
}

/// Nodes of the other scene, and of none, are not shown.
fn the_scene_that_the_file_chooses_is_shown() {
    let mut gltf = boxed();
    gltf.root(json!({"mesh": 0, "translation": [-0.3, -0.4, 0]}));
    gltf.camera(&view());
    let other = gltf.push("nodes", json!({"mesh": 0, "translation": [0.2, 0.3, 0.1]}));
    gltf.push("nodes", json!({"mesh": 0, "translation": [0.0, 0.0, 0.4]}));
    // The camera is below node 0.
    gltf.push("scenes", json!({"nodes": [0, other]}));
    let first = Object::at(cuboid().shape, -0.3, -0.4, 0.0, 5);
    let second = Object::at(cuboid().shape, 0.2, 0.3, 0.1, 5);
    true_to("scene 0", &gltf, &[], &[first]);
    gltf.json["scene"] = 1.into();
    true_to("scene 1", &gltf, &[], &[second]);
    gltf.json.as_object_mut().unwrap().remove("scene");
    true_to("no scene", &gltf, &[], &[first]);
}
