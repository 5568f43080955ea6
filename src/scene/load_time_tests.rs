//! Scenes that would take long, were a part of them looked up for each of its uses.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::scene::Choice;
use crate::scene::testing::{add_attribute, soon, triangle};

/// The triangle with a morph target that moves nothing, shown by many nodes.
fn shown_by(nodes: impl Iterator<Item = Value>) -> Value {
    let mut scene = triangle();
    scene["meshes"][0]["primitives"][0]["targets"] = json!([{"_X": 0}]);
    scene["nodes"] = nodes.collect();
    let count = scene["nodes"].as_array().unwrap().len();
    scene["scenes"][0]["nodes"] = (0..count).collect();
    scene
}

/// Loads a scene in little time.
fn load_soon(scene: &Value, options: &Options) -> Scene {
    let bytes = serde_json::to_vec(scene).unwrap();
    soon(|| load(&bytes, options)).unwrap()
}

#[test]
fn texture_coordinates_are_not_looked_up_for_each_figure() {
    let count = 20_000;
    let mut scene = shown_by((1..=count).map(|i| json!({"mesh": 0, "weights": [i]})));
    add_attribute(&mut scene, "TEXCOORD_0", "VEC2", &[0.0; 6]);
    let attributes = &mut scene["meshes"][0]["primitives"][0]["attributes"];
    for set in 1..count {
        attributes[format!("TEXCOORD_{set}")] = attributes["TEXCOORD_0"].clone();
    }
    let loaded = load_soon(&scene, &Options::new(Detail::Shading));
    assert_eq!(loaded.primitives.len(), count);
}

#[test]
fn variants_are_not_read_for_each_figure() {
    let count = 80_000;
    let mut scene = shown_by((1..=count).map(|i| json!({"mesh": 0, "weights": [i]})));
    let others: Vec<usize> = (1..=count).collect();
    scene["materials"] = json!([{}]);
    scene["extensions"] = json!({variants::NAME: {"variants": [{"name": "a"}]}});
    scene["meshes"][0]["primitives"][0]["extensions"] =
        json!({variants::NAME: {"mappings": [{"material": 0, "variants": others}]}});
    let mut options = Options::new(Detail::Geometry);
    options.selection.variant = Some(Choice::Index(0));
    assert_eq!(load_soon(&scene, &options).primitives.len(), count);
}

#[test]
fn the_weights_of_a_mesh_are_read_once() {
    let count = 60_000;
    let mut scene = shown_by((0..count).map(|_| json!({"mesh": 0})));
    let mut weights = vec![0.0; count];
    weights[count - 1] = 1.0;
    scene["meshes"][0]["primitives"][0]["targets"] = vec![json!({}); count].into();
    scene["meshes"][0]["weights"] = json!(weights);
    let loaded = load_soon(&scene, &Options::new(Detail::Geometry));
    assert_eq!(
        (loaded.primitives.len(), loaded.instances.len()),
        (1, count)
    );
}
