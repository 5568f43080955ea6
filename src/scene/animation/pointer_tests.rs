//! Whole documents, posed by `KHR_animation_pointer`.
#![allow(clippy::float_cmp, clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use crate::scene::file::text::Text;
use crate::scene::testing::{add_channel, floats, load_at, pointer, soon, triangle};
use crate::scene::{Detail, LightKind, Look, Options, Projection};

const VEC3: (&str, u32) = ("VEC3", 5126);
const VEC4: (&str, u32) = ("VEC4", 5126);
const SCALAR: (&str, u32) = ("SCALAR", 5126);

/// The first material of a document as it is posed.
fn posed_material(bytes: &[u8], options: &Options) -> Value {
    let mut budget = super::Budget::new(&options.limits);
    let text = Text::read(bytes, None, &mut budget).unwrap();
    let mut document = super::Document::parse(text, Look::default()).unwrap();
    let mut warnings = super::Warnings::default();
    super::pose(&mut document, options, &mut budget, &mut warnings).unwrap();
    serde_json::to_value(&document.root.materials[0]).unwrap()
}

fn refusal_at(scene: &Value) -> String {
    load_at(scene, 0.5).unwrap_err()
}

/// The triangle with a material, a camera and a light.
fn furnished() -> Value {
    let mut scene = triangle();
    scene["materials"] = json!([{
        "alphaMode": "MASK",
        "pbrMetallicRoughness": {"baseColorTexture": {"index": 0, "extensions": {
            "KHR_texture_transform": {"scale": [2, 2]}}}},
        "extras": {"kept": [1, 2]}
    }]);
    scene["meshes"][0]["primitives"][0]["material"] = json!(0);
    scene["cameras"] = json!([
        {"type": "perspective", "perspective": {"yfov": 1, "znear": 1}, "extras": null}
    ]);
    scene["extensions"] =
        json!({"KHR_lights_punctual": {"lights": [{"type": "spot", "spot": {}}]}});
    scene["nodes"][0]["camera"] = json!(0);
    scene["nodes"][0]["extensions"] = json!({
        "KHR_lights_punctual": {"light": 0}, "KHR_node_visibility": {"visible": true}
    });
    // Without the coordinates for it, the texture is not looked for.
    scene["images"] = json!([{"uri": "data:,"}]);
    scene
}

#[test]
fn pointers_reach_materials_cameras_and_lights() {
    let mut scene = furnished();
    let mut add = |path: &str, kind, values: &[f32]| {
        add_channel(&mut scene, &pointer(path), 2, kind, &floats(values));
    };
    let color = "/materials/0/pbrMetallicRoughness/baseColorFactor";
    add(color, VEC4, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.5, 0.25, 0.0]);
    add("/materials/0/alphaCutoff", SCALAR, &[0.0, 1.0]);
    add(
        "/materials/0/emissiveFactor",
        VEC3,
        &[0.0, 0.0, 0.0, 1.0, 0.5, 0.0],
    );
    add("/cameras/0/perspective/yfov", SCALAR, &[1.0, 2.0]);
    let lights = "/extensions/KHR_lights_punctual/lights/0/";
    add(
        &format!("{lights}color"),
        VEC3,
        &[0.0, 0.0, 0.0, 1.0, 0.5, 0.0],
    );
    add(&format!("{lights}intensity"), SCALAR, &[3.0, 5.0]);
    add(&format!("{lights}spot/outerConeAngle"), SCALAR, &[0.5, 1.0]);
    add("/materials/0/extensions/KHR_x/much", SCALAR, &[0.5, 1.0]);
    scene["materials"][0]["pbrMetallicRoughness"] = json!({});
    let loaded = load_at(&scene, 0.5).unwrap();
    let material = &loaded.materials[0];
    assert_eq!(material.base_color, [0.5, 0.25, 0.125, 0.5]);
    assert_eq!(material.alpha_mode, crate::scene::AlphaMode::Mask(0.5));
    assert_eq!(material.emissive, [0.5, 0.25, 0.0]);
    let Projection::Perspective { fov_y, .. } = loaded.cameras[0].projection else {
        unreachable!()
    };
    assert_eq!(fov_y, 1.5);
    let light = &loaded.lights[0];
    assert_eq!((light.color, light.intensity), ([0.5, 0.25, 0.0], 4.0));
    assert_eq!(
        light.kind,
        LightKind::Spot {
            inner_cone_angle: 0.0,
            outer_cone_angle: 0.75
        }
    );
    assert_eq!(
        loaded.warnings,
        [
            "animation 0, channel 7: what \"/materials/0/extensions/KHR_x/much\" points to cannot \
             be animated here."
        ]
    );
}

#[test]
fn pointers_to_nodes_are_like_channels_of_nodes() {
    let mut scene = triangle();
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let turn = floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, half, half]);
    add_channel(&mut scene, &pointer("/nodes/0/rotation"), 2, VEC4, &turn);
    let by_pointer = load_at(&scene, 0.3).unwrap().instances[0].world_from_model;
    scene["animations"][0]["channels"][0]["target"] = json!({"node": 0, "path": "rotation"});
    let by_node = load_at(&scene, 0.3).unwrap().instances[0].world_from_model;
    assert_eq!(by_pointer, by_node);
    assert_ne!(by_node, glam::DAffine3::IDENTITY);
    // What is an integer is that number.
    let bytes = [1, 1, 1, 3, 3, 3];
    add_channel(
        &mut scene,
        &pointer("/nodes/0/scale"),
        2,
        ("VEC3", 5121),
        &bytes,
    );
    let output = scene["animations"][0]["samplers"][1]["output"]
        .as_u64()
        .unwrap();
    scene["accessors"][usize::try_from(output).unwrap()]["normalized"] = json!(false);
    let world = load_at(&scene, 0.5).unwrap().instances[0].world_from_model;
    assert!((world.matrix3.x_axis.length() - 2.0).abs() < 1e-12);
}

#[test]
fn visibility_is_a_step_of_bytes() {
    let mut scene = furnished();
    let path = "/nodes/0/extensions/KHR_node_visibility/visible";
    add_channel(&mut scene, &pointer(path), 2, ("SCALAR", 5121), &[1, 0]);
    scene["materials"][0]["pbrMetallicRoughness"] = json!({});
    assert_eq!(
        refusal_at(&scene),
        "scene: animation 0, channel 0: sampler 0: a boolean has the interpolation STEP only."
    );
    scene["animations"][0]["samplers"][0]["interpolation"] = json!("STEP");
    for (time, shown) in [(0.9, 1), (1.0, 0)] {
        let loaded = load_at(&scene, time).unwrap();
        assert_eq!(
            (loaded.instances.len(), loaded.lights.len()),
            (shown, shown)
        );
        assert_eq!(loaded.cameras.len(), 1);
    }
}

#[test]
fn a_texture_transform_is_animated_where_it_is() {
    let mut scene = furnished();
    let base =
        "/materials/0/pbrMetallicRoughness/baseColorTexture/extensions/KHR_texture_transform";
    let output = floats(&[0.0, 0.0, 1.0, 1.0]);
    let path = format!("{base}/offset");
    add_channel(&mut scene, &pointer(&path), 2, ("VEC2", 5126), &output);
    let bytes = serde_json::to_vec(&scene).unwrap();
    let mut options = Options::new(Detail::Geometry);
    options.selection.time = Some(0.25);
    let json = posed_material(&bytes, &options);
    let texture = &json["pbrMetallicRoughness"]["baseColorTexture"];
    assert_eq!(
        texture["extensions"]["KHR_texture_transform"],
        json!({"scale": [2, 2], "offset": [0.25, 0.25]})
    );
    assert_eq!(json["extras"], json!({"kept": [1, 2]}));
}

#[test]
fn malformed_pointers_are_refused() {
    let place = "scene: animation 0, channel 0: ";
    for (path, message) in [
        ("nodes/0/scale", "\"nodes/0/scale\" is no JSON pointer."),
        (
            "/nodes/0~2/scale",
            "\"/nodes/0~2/scale\" is no JSON pointer.",
        ),
        ("/nodes/0/scale~", "\"/nodes/0/scale~\" is no JSON pointer."),
        ("/nodes/x/scale", "\"x\" in \"/nodes/x/scale\" is no index."),
        (
            "/nodes/+0/scale",
            "\"+0\" in \"/nodes/+0/scale\" is no index.",
        ),
        (
            "/nodes/00/scale",
            "\"00\" in \"/nodes/00/scale\" is no index.",
        ),
        (
            "/materials/0/emissiveTexture/extensions/KHR_texture_transform/rotation",
            "material 0 has no \"emissiveTexture\".",
        ),
        (
            "/cameras/0/orthographic/xmag",
            "camera 0 has no \"orthographic\".",
        ),
        (
            "/nodes/3/scale",
            "refers to node 3, but the file has 1 of them.",
        ),
        (
            "/meshes/3/weights",
            "refers to mesh 3, but the file has 1 of them.",
        ),
        (
            "/materials/3/alphaCutoff",
            "refers to material 3, but the file has 1 of them.",
        ),
        (
            "/materials/0/normalTexture/scale",
            "material 0 has no \"normalTexture\".",
        ),
        (
            "/extensions/KHR_lights_punctual/lights/1/intensity",
            "refers to light 1, but the file has 1 of them.",
        ),
        (
            "/cameras/1/perspective/yfov",
            "refers to camera 1, but the file has 1 of them.",
        ),
    ] {
        let mut scene = furnished();
        let kind = if path.ends_with("scale") && !path.contains("Texture") {
            VEC3
        } else {
            SCALAR
        };
        let output = floats(&vec![0.5; if kind == VEC3 { 6 } else { 2 }]);
        add_channel(&mut scene, &pointer(path), 2, kind, &output);
        assert_eq!(refusal_at(&scene), format!("{place}{message}"));
    }
}

#[test]
fn extensions_that_are_not_there_are_made() {
    let mut scene = triangle();
    scene["materials"] = json!([{
        "emissiveFactor": [0.5, 0.25, 1],
        "emissiveTexture": {"index": 0}
    }]);
    scene["images"] = json!([{"uri": "data:,"}]);
    scene["meshes"][0]["primitives"][0]["material"] = json!(0);
    let mut add = |path: &str, kind, output: &[u8]| {
        add_channel(&mut scene, &pointer(path), 2, kind, output);
    };
    let strength = "/materials/0/extensions/KHR_materials_emissive_strength/emissiveStrength";
    add(strength, SCALAR, &floats(&[2.0, 4.0]));
    let turn = "/materials/0/emissiveTexture/extensions/KHR_texture_transform/rotation";
    add(turn, SCALAR, &floats(&[0.0, 1.0]));
    let bytes = serde_json::to_vec(&scene).unwrap();
    let mut options = Options::new(Detail::Geometry);
    options.selection.time = Some(1.0);
    let loaded = crate::scene::load(&bytes, &options).unwrap();
    assert_eq!(loaded.materials[0].emissive, [2.0, 1.0, 4.0]);
    let json = posed_material(&bytes, &options);
    assert_eq!(
        json["emissiveTexture"]["extensions"],
        json!({"KHR_texture_transform": {"rotation": 1.0}})
    );

    let mut scene = triangle();
    let path = "/nodes/0/extensions/KHR_node_visibility/visible";
    add_channel(&mut scene, &pointer(path), 2, ("SCALAR", 5121), &[1, 0]);
    scene["animations"][0]["samplers"][0]["interpolation"] = json!("STEP");
    assert_eq!(load_at(&scene, 0.0).unwrap().instances.len(), 1);
    assert_eq!(load_at(&scene, 1.0).unwrap().instances.len(), 0);
}

#[test]
fn pointers_beside_the_textures_of_a_material_move_nothing() {
    let transform = "extensions/KHR_texture_transform/rotation";
    for at in [
        "extras",
        "extensions/KHR_materials_clearcoat/clearcoatTexture",
        "extensions/X/a",
        "pbrMetallicRoughness",
        "pbrMetallicRoughness/normalTexture",
        "baseColorTexture",
        "normalTexture/extras",
    ] {
        let mut scene = furnished();
        scene["materials"][0]["pbrMetallicRoughness"] = json!({});
        scene["materials"][0]["extras"] = json!({"extensions": {"KHR_texture_transform": {}}});
        let path = format!("/materials/0/{at}/{transform}");
        add_channel(&mut scene, &pointer(&path), 2, SCALAR, &floats(&[0.0, 1.0]));
        let warnings = load_at(&scene, 0.5).unwrap().warnings;
        assert_eq!(warnings.len(), 1, "{at}: {warnings:?}");
        assert!(warnings[0].starts_with("animation 0, channel 0: what \"/materials/0/"));
    }
}

#[test]
fn many_pointers_into_a_large_material_are_ignored_soon() {
    const COUNT: usize = 10_000;
    let mut scene = furnished();
    let transform = json!({"extensions": {"KHR_texture_transform": {}}});
    let parts = (0..COUNT).map(|i| (format!("a{i}"), transform.clone()));
    let parts: serde_json::Map<_, _> = parts.collect();
    scene["materials"][0] = json!({"extensions": {"X": parts}});
    let path = |i: usize| {
        pointer(&format!(
            "/materials/0/extensions/X/a{i}/extensions/KHR_texture_transform/rotation"
        ))
    };
    add_channel(&mut scene, &path(0), 2, SCALAR, &floats(&[0.0, 1.0]));
    let channels = (0..COUNT).map(|i| json!({"sampler": 0, "target": path(i)}));
    scene["animations"][0]["channels"] = channels.collect();
    soon(|| load_at(&scene, 0.5)).unwrap();
}

#[test]
fn all_weights_and_one_of_them_are_not_animated_together() {
    let both = [
        ("/nodes/0/weights", floats(&[0.0; 4])),
        ("/nodes/0/weights/1", floats(&[0.0; 2])),
    ];
    let refused = Err(
        "scene: animation 0, channel 1: another channel of the animation has some of the same \
         weights."
            .to_string(),
    );
    for (order, owner, expected) in [
        ([0, 1], "nodes", refused.clone()),
        ([1, 0], "nodes", refused),
        ([0, 1], "meshes", Ok(1)),
    ] {
        let mut scene = triangle();
        let target = json!({"POSITION": 0});
        scene["meshes"][0]["primitives"][0]["targets"] = json!([target, target]);
        for channel in order {
            let (path, output) = &both[channel];
            // The weights of the mesh are others than those of the node.
            let path = if channel == 0 {
                path.replace("nodes", owner)
            } else {
                (*path).to_string()
            };
            add_channel(&mut scene, &pointer(&path), 2, SCALAR, output);
        }
        let loaded = load_at(&scene, 0.5).map(|loaded| loaded.instances.len());
        assert_eq!(loaded, expected);
    }
}

#[test]
fn a_light_that_is_no_object_is_refused() {
    let mut scene = furnished();
    scene["extensions"]["KHR_lights_punctual"]["lights"] = json!([5]);
    let path = "/extensions/KHR_lights_punctual/lights/0/intensity";
    add_channel(&mut scene, &pointer(path), 2, SCALAR, &floats(&[0.0, 1.0]));
    assert_eq!(
        refusal_at(&scene),
        "scene: animation 0, channel 0: light 0 has no \"intensity\"."
    );
}
