//! The digests of geometries and images.

use super::*;

fn content(scene: &Value, detail: Detail) -> Digest {
    load(&bytes(scene), &Options::new(detail))
        .unwrap()
        .primitives[0]
        .content
}

#[test]
fn geometries_have_the_same_digest_wherever_they_are() {
    let mut moved = json!({"asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}], "scene": 0,
        "nodes": [{"mesh": 0, "translation": [1, 2, 3]}], "accessors": [], "bufferViews": [],
        "buffers": []});
    let other = add_accessor(&mut moved, &floats(&[9.0; 9]), 5126, "VEC3", 3);
    let places = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let indices: Vec<u8> = [0_u32, 1, 2].iter().flat_map(|i| i.to_le_bytes()).collect();
    let indices = add_accessor(&mut moved, &indices, 5125, "SCALAR", 3);
    let positions = add_accessor(&mut moved, &floats(&places), 5126, "VEC3", 3);
    moved["meshes"] = json!([
        {"primitives": [{"attributes": {"POSITION": positions}, "indices": indices}]}]);
    assert_eq!((other, indices, positions), (0, 1, 2));
    for detail in [Detail::Geometry, Detail::Shading] {
        assert_eq!(content(&moved, detail), content(&triangle(), detail));
    }
}

#[test]
fn a_shape_has_one_digest_whatever_is_loaded_of_it() {
    for (name, bytes) in assets() {
        let [geometry, shading] = [Detail::Geometry, Detail::Shading]
            .map(|detail| load(&bytes, &Options::new(detail)).unwrap().primitives);
        assert_eq!(geometry.len(), shading.len());
        for (a, b) in geometry.iter().zip(&shading) {
            let corners = |primitive: &Primitive| -> Vec<[f32; 3]> {
                let indices = primitive.indices.iter();
                indices.map(|&i| primitive.positions[i as usize]).collect()
            };
            assert_eq!(corners(a), corners(b), "{name}");
            assert_eq!(a.shape, b.shape, "{name}");
        }
    }
    let shape = |scene: &Value| {
        let scene = load(&bytes(scene), &Options::new(Detail::Geometry)).unwrap();
        scene.primitives[0].shape
    };
    let all = [
        triangle(),
        morphed(0.5),
        morphed(0.25),
        skinned(1.0),
        sparse(&[7.0, 0.0, 0.0]),
    ];
    let distinct: HashSet<_> = all.iter().map(shape).collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn geometries_that_differ_in_anything_differ_in_their_digests() {
    let mut all: Vec<(&str, Value)> = vec![("plain", triangle())];
    let mut changed = |name, change: &dyn Fn(&mut Value)| {
        let mut scene = triangle();
        change(&mut scene);
        all.push((name, scene));
    };
    changed("a byte", &|scene| {
        let view = add_view(
            scene,
            &floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.5, 0.0]),
        );
        scene["accessors"][0]["bufferView"] = json!(view);
    });
    let wide = floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0].repeat(4));
    for (name, offset, stride) in [
        ("more bytes", 0, 12),
        ("an offset", 36, 12),
        ("a stride", 0, 24),
        ("another", 0, 36),
    ] {
        changed(name, &|scene| {
            let view = add_view(scene, &wide);
            scene["bufferViews"][view]["byteStride"] = json!(stride);
            scene["accessors"][0]["bufferView"] = json!(view);
            scene["accessors"][0]["byteOffset"] = json!(offset);
        });
    }
    changed("a place in the buffer", &|scene| {
        let view = add_view(scene, &wide);
        scene["bufferViews"][view]["byteOffset"] = json!(36);
        scene["bufferViews"][view]["byteLength"] = json!(36);
        scene["accessors"][0]["bufferView"] = json!(view);
    });
    // The same four bytes as one index of 4 bytes, or as indices of fewer.
    for (name, component, count) in [("u8", 5121, 3), ("u16", 5123, 3), ("u32", 5125, 3)] {
        changed(name, &|scene| {
            let indices = add_accessor(scene, &[0; 12], component, "SCALAR", count);
            scene["meshes"][0]["primitives"][0]["indices"] = json!(indices);
        });
    }
    changed("no indices", &|scene| {
        let primitive = scene["meshes"][0]["primitives"][0].as_object_mut().unwrap();
        primitive.remove("indices");
    });
    for mode in [0, 1, 2, 3, 5, 6] {
        changed("a mode", &|scene| {
            scene["meshes"][0]["primitives"][0]["mode"] = json!(mode);
        });
    }
    changed("normals", &|scene| {
        add_attribute(scene, "NORMAL", "VEC3", &[0.0, 0.0, 1.0].repeat(3));
    });
    changed("colors", &|scene| {
        add_attribute(scene, "COLOR_0", "VEC3", &[0.5; 9]);
    });
    changed("VTK's normals", &|scene| {
        scene["asset"]["generator"] = json!("VTK");
        scene["nodes"][0]["name"] = json!("Renderer Node");
    });
    changed("VTK's flat normals", &|scene| {
        scene["asset"]["generator"] = json!("VTK");
    });
    for weight in [0.5, 0.25] {
        all.push(("a morph target", morphed(weight)));
    }
    for height in [1.0, 2.0] {
        all.push(("a joint", skinned(height)));
    }
    for x in [7.0, 8.0] {
        all.push(("a sparse value", sparse(&[x, 0.0, 0.0])));
    }
    let mut elsewhere = sparse(&[7.0, 0.0, 0.0]);
    let view = add_view(&mut elsewhere, &[2]);
    elsewhere["accessors"][0]["sparse"]["indices"]["bufferView"] = json!(view);
    all.push(("a sparse index", elsewhere));
    all.push(("texture coordinates", textured()));
    let mut transformed = textured();
    let texture = &mut transformed["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"];
    texture["extensions"] = json!({"KHR_texture_transform": {"offset": [0.5, 0.0]}});
    all.push(("a texture transform", transformed));
    let mut bumpy = textured();
    bumpy["materials"][0]["normalTexture"] = json!({"index": 0});
    all.push(("a normal texture", bumpy));

    let mut known = HashSet::new();
    for (name, scene) in &all {
        assert!(known.insert(content(scene, Detail::Shading)), "{name}");
    }
    assert!(known.insert(content(&triangle(), Detail::Geometry)));
}

#[test]
fn images_have_the_digest_of_their_bytes() {
    let image = |scene: &Value| {
        let scene = load(&bytes(scene), &Options::new(Detail::Shading)).unwrap();
        scene.textures[0].content
    };
    let mut scene = textured();
    scene["samplers"] = json!([{"wrapS": 33071}]);
    scene["textures"][0]["sampler"] = json!(0);
    assert_eq!(image(&scene), image(&textured()));
    // The same pixel by another name.
    scene["images"][0]["uri"] = json!(PIXEL.replacen("image/png", "image/jpeg", 1));
    assert_ne!(image(&scene), image(&textured()));
}
