"""glTF meshes with features that VTK draws its own way, or passes over."""

import numpy as np
from pydrake.geometry import Box, Mesh, Sphere

import gltf_files as gltf
import meshes
import textures
from rig import Scene, Thing, at, view

COLUMNS = 4
UNLIT = {"KHR_materials_unlit": {}}


def _scene(name, paths, **more):
    """The meshes, each about 0.2 m large, in rows on a table, and a sphere of Drake's."""
    things = [Thing(Box(2, 2, 0.04), at(0, 0, -0.02), 1, (0.74, 0.70, 0.66, 1)),
              Thing(Sphere(0.07), at(0, -0.5, 0.07), 2, (0.3, 0.3, 0.9, 1))]
    for i, path in enumerate(paths):
        x, y = -0.48 + 0.32 * (i % COLUMNS), 0.25 - 0.32 * (i // COLUMNS)
        things.append(Thing(Mesh(path, 1.0), at(x, y, 0.13, yaw=0.4), 10 + i))
    return Scene(name, things, [view((0.1, -1.3, 0.9), (0, 0, 0.05), 400, 300)], **more)


def _ball(columns=24, rows=12, **more):
    return gltf.File([[gltf.Part(meshes.ball(columns, rows).scaled(0.11))]],
                     [gltf.material((0.9, 0.5, 0.2, 1), 0.0, 0.5, **more)])


def _crate(color=(1, 0.8, 0.6, 1), **more):
    return gltf.File([[gltf.Part(meshes.crate().scaled(0.2))]],
                     [gltf.material(color, 0.0, 0.6, base=0, **more)],
                     [textures.encode(textures.tiles())])


def _full():
    return gltf.every_texture(meshes.crate().scaled(0.2))


def _writer(folder):
    """A function that writes a file of a name, with the document edited, and says which extensions
    it uses."""
    paths = []

    def write(file, edit=None, use=()):
        def change(document, store):
            if use:
                document["extensionsUsed"] = list(use)
            if edit is not None:
                edit(document, store)

        paths.append(file.write(folder / f"file{len(paths)}.gltf", edit=change))

    return write, paths


def _uses(document):
    """The uses of textures by the first material, by name."""
    material = document["materials"][0]
    inner = material["pbrMetallicRoughness"]
    return {name: place[name] for place in (inner, material) for name in place
            if name.endswith("Texture")}


def features_unlit(folder):
    """KHR_materials_unlit with a factor, textures, alpha and no normals."""
    write, paths = _writer(folder)
    use = ["KHR_materials_unlit"]
    write(_ball(extensions=UNLIT), use=use)
    write(_crate(extensions=UNLIT), use=use)
    full = _full()
    full.materials[0]["extensions"] = UNLIT
    write(full, use=use)
    glass = _ball(extensions=UNLIT, alphaMode="BLEND")
    glass.materials[0]["pbrMetallicRoughness"]["baseColorFactor"][3] = 0.5
    write(glass, use=use)
    bare = _ball(extensions=UNLIT)
    bare.meshes[0][0].normals = False
    write(bare, use=use)
    return _scene("features_unlit", paths)


def features_tex_coords(folder):
    """KHR_texture_transform, on one texture and on all, and several sets of texture coordinates."""
    write, paths = _writer(folder)
    use = ["KHR_texture_transform"]
    moved = {"offset": [0.2, 0.1], "rotation": 0.5, "scale": [1.5, 0.7]}

    def transform(transforms):
        def edit(document, store):
            for name, used in _uses(document).items():
                if name in transforms:
                    used["extensions"] = {"KHR_texture_transform": transforms[name]}
        return edit

    def sets(chosen, without=()):
        def edit(document, store):
            material = document["materials"][0]
            for name in without:
                material["pbrMetallicRoughness"].pop(name, None)
            for name, used in _uses(document).items():
                used["texCoord"] = chosen.get(name, 0)
            attributes = document["meshes"][0]["primitives"][0]["attributes"]
            uv = np.array([(0, 0), (1, 0), (1, 1), (0, 1)] * 6, float)
            attributes["TEXCOORD_1"] = store(uv[:, ::-1] * [0.5, -1], "f4")
            attributes["TEXCOORD_2"] = store(uv * 0.5 + 0.3, "f4")
        return edit

    write(_crate(), transform({"baseColorTexture": moved}), use)
    names = ["baseColorTexture", "metallicRoughnessTexture", "normalTexture", "occlusionTexture",
             "emissiveTexture"]
    write(_full(), transform(dict.fromkeys(names, {"rotation": 1.0})), use)
    write(_full(), transform({name: {"offset": [0.1 * i, 0.05], "scale": [1 + 0.3 * i, 1]}
                              for i, name in enumerate(names)}), use)
    write(_crate(), sets({"baseColorTexture": 2}))
    write(_full(), sets({"normalTexture": 1}))
    write(_full(), sets({"emissiveTexture": 2}, ["baseColorTexture"]))

    def bare(document, store):
        del document["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
        transform(dict.fromkeys(names, moved))(document, store)

    write(_full(), bare, use)

    def override(document, store):
        sets({})(document, store)
        transform({"baseColorTexture": moved | {"texCoord": 1}})(document, store)

    write(_crate(), override, use)
    return _scene("features_tex_coords", paths)


def features_passed_over(folder):
    """What VTK does not know, or what Drake's client takes out: emissive strength, hidden nodes,
    instances, variants, WebP, lights, another kind of material; morph targets, skins, animations."""
    write, paths = _writer(folder)

    def in_material(name, value):
        def edit(document, store):
            document["materials"][0]["extensions"] = {name: value}
        return edit

    name = "KHR_materials_emissive_strength"
    write(_full(), in_material(name, {"emissiveStrength": 3}), [name])
    name = "KHR_materials_clearcoat"
    write(_ball(), in_material(name, {"clearcoatFactor": 1}), [name])

    def hide(document, store):
        document["nodes"].append({"mesh": 0, "translation": [0, 0.2, 0], "scale": [0.5] * 3,
                                  "extensions": {"KHR_node_visibility": {"visible": False}}})
        document["scenes"][0]["nodes"].append(1)

    write(_ball(), hide, ["KHR_node_visibility"])

    def multiply(document, store):
        places = store([[0, 0, 0], [0, 0.2, 0]], "f4")
        document["nodes"][0]["extensions"] = {
            "EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": places}}}

    write(_ball(), multiply, ["EXT_mesh_gpu_instancing"])

    def replace_image(document, store):
        document["images"].append({"uri": "data:image/webp;base64,UklGRgAAAABXRUJQ"})
        document["textures"][0]["extensions"] = {"EXT_texture_webp": {"source": 1}}

    write(_crate(), replace_image, ["EXT_texture_webp"])

    def light(document, store):
        document["extensions"] = {"KHR_lights_punctual": {"lights": [
            {"type": "directional", "intensity": 5, "color": [1, 0, 0]}]}}
        document["nodes"].append({"extensions": {"KHR_lights_punctual": {"light": 0}}})
        document["scenes"][0]["nodes"].append(1)

    write(_ball(), light, ["KHR_lights_punctual"])

    def move(document, store):
        primitive = document["meshes"][0]["primitives"][0]
        count = document["accessors"][primitive["attributes"]["POSITION"]]["count"]
        primitive["targets"] = [{"POSITION": store(np.full((count, 3), 0.1), "f4")}]
        document["meshes"][0]["weights"] = [1.0]
        primitive["attributes"]["JOINTS_0"] = store(np.zeros((count, 4)), "u1")
        primitive["attributes"]["WEIGHTS_0"] = store(np.tile([1, 0, 0, 0], (count, 1)), "f4")
        document["skins"] = [{"joints": [1]}]
        document["nodes"][0] |= {"skin": 0, "weights": [1.0], "translation": [0, 0.05, 0]}
        document["nodes"].append({"translation": [0, 0.3, 0]})
        document["scenes"][0]["nodes"].append(1)
        document["animations"] = [{
            "channels": [{"sampler": 0, "target": {"node": 0, "path": "translation"}}],
            "samplers": [{"input": store(np.array([0, 1]), "f4", min=[0], max=[1]),
                          "output": store(np.ones((2, 3)), "f4")}]}]

    write(_ball(), move)
    return _scene("features_passed_over", paths)


def features_storage(folder):
    """Textures of 16 bits, positions of normalized 16-bit integers, and points with and without
    normals."""
    write, paths = _writer(folder)
    tiles = textures.tiles()
    for alpha in (None, 255, 120):
        crate = _crate()
        image = tiles if alpha is None else np.dstack([tiles, np.full_like(tiles[..., 0], alpha)])
        crate.images = [textures.encode_deep(image)]
        write(crate)

    def quantize(document, store):
        attributes = document["meshes"][0]["primitives"][0]["attributes"]
        points = meshes.ball(24, 12).points
        turned = np.stack([points[:, 0], points[:, 2], -points[:, 1], 0 * points[:, 0]], -1)
        steps = np.rint(turned * 32767)
        attributes["POSITION"] = store(steps, "i2", normalized=True, type="VEC3",
                                       min=steps.min(0)[:3].tolist(), max=steps.max(0)[:3].tolist())
        view = document["accessors"][attributes["POSITION"]]["bufferView"]
        document["bufferViews"][view]["byteStride"] = 8
        document["nodes"][0]["scale"] = [0.11] * 3

    write(_ball(), quantize, ["KHR_mesh_quantization"])
    for normals, unlit in ((True, False), (False, False), (True, True), (False, True)):
        file = _ball(40, 20, **({"extensions": UNLIT} if unlit else {}))
        file.meshes[0][0].index_type = None
        file.meshes[0][0].normals = normals

        def points(document, store):
            document["meshes"][0]["primitives"][0]["mode"] = 0

        write(file, points, ["KHR_materials_unlit"] if unlit else ())
    return _scene("features_storage", paths, limits={"silhouette": 98.0},
                  exception="A point on the border of two pixels may be rounded to either, and a mesh "
                            "of 650 points has eight such pixels.")


MAKERS = [features_unlit, features_tex_coords, features_passed_over, features_storage]
