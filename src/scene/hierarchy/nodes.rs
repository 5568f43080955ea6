//! The walk through the node hierarchy.

use std::collections::HashSet;
use std::fmt::{self, Display, Formatter};

use glam::DAffine3;
use gltf::json::{Index, Node};
use serde::Deserialize;

use super::transform::fits;
use super::{camera, lights};
use crate::scene::budget::{Budget, check};
use crate::scene::error::{invalid, lookup};
use crate::scene::file::document::Document;
use crate::scene::file::extensions::extension;
use crate::scene::warnings::Warnings;
use crate::scene::{CameraNode, FaultyCamera, LightNode, Origin, Producer, SceneError};

/// A node that shows a mesh.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) struct Shown {
    /// Index of the mesh.
    pub mesh: usize,
    /// Index of the node.
    pub node: usize,
    /// Index of the skin; with one, the vertices are where its joints are, and the node's transform
    /// is ignored.
    pub skin: Option<usize>,
    /// From the mesh's frame to the scene's.
    pub world_from_model: DAffine3,
    /// Where it came from.
    pub origin: Origin,
}

/// What the walk found, in its order.
#[derive(Debug, Default)]
pub(in crate::scene) struct Walk {
    /// Nodes with a mesh.
    pub shown: Vec<Shown>,
    /// Nodes with a camera.
    pub cameras: Vec<CameraNode>,
    /// Nodes with a camera that cannot be used.
    pub faulty_cameras: Vec<FaultyCamera>,
    /// Nodes with a light.
    pub lights: Vec<LightNode>,
}

impl Walk {
    /// Notes the camera of a node. Should it be faulty, that counts only if somebody chooses it.
    fn camera(
        &mut self,
        document: &Document,
        json: &Node,
        (node, camera): (usize, usize),
        world: &DAffine3,
        warnings: &mut Warnings,
    ) {
        let cameras = &document.root.cameras;
        let name = cameras.get(camera).and_then(|json| json.name.clone());
        let names = [name, json.name.clone()];
        match camera::read(cameras, camera, world) {
            Ok((world_from_camera, projection)) => self.cameras.push(CameraNode {
                world_from_camera,
                projection,
                node,
                camera,
                names,
            }),
            Err(fault) => {
                let fault = fault.within(format_args!("node {node}"));
                let sentence = fault.clone().into_sentence();
                warnings.add(|| format!("a camera is left out: {sentence}"));
                self.faulty_cameras.push(FaultyCamera {
                    before: self.cameras.len(),
                    camera,
                    names,
                    fault,
                });
            }
        }
    }
}

/// What a node is reached from.
#[derive(Clone, Copy, Debug)]
enum Parent {
    Scene,
    Node(usize),
}

impl Display for Parent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scene => write!(f, "the scene"),
            Self::Node(node) => write!(f, "node {node}"),
        }
    }
}

/// A node still to be visited.
struct Step {
    node: usize,
    depth: usize,
    inherited: Inherited,
}

/// What a node has from its parent.
#[derive(Clone, Copy)]
struct Inherited {
    /// From the parent's frame to the scene's.
    world: DAffine3,
    origin: Origin,
    visible: bool,
}

/// The name of the extension that hides nodes.
pub(in crate::scene) const VISIBILITY: &str = "KHR_node_visibility";

#[derive(Deserialize)]
struct Visibility {
    #[serde(default = "visible")]
    visible: bool,
}

fn visible() -> bool {
    true
}

/// Walks the scene that the file chooses, else its first, else all nodes that are nobody's child:
/// depth first, parents before children, siblings in the order of the file.
pub(in crate::scene) fn walk(
    document: &Document,
    budget: &Budget,
    warnings: &mut Warnings,
) -> Result<Walk, SceneError> {
    let nodes = &document.root.nodes;
    check(nodes.len(), budget.limits().nodes, "nodes")?;
    let roots = roots(document)?;
    warn_of_parents(nodes, &roots, warnings);
    let mut walk = Walk::default();
    // The parent of each node found so far.
    let mut parents: Vec<Option<Parent>> = vec![None; nodes.len()];
    adopt(&roots, Parent::Scene, &mut parents)?;
    let step = |&node: &usize| Step {
        node,
        depth: 1,
        inherited: Inherited {
            world: DAffine3::IDENTITY,
            origin: Origin::Gltf,
            visible: true,
        },
    };
    // A stack, so the last of them is visited first. It is no recursion, so it cannot overflow; and
    // each node comes onto it once.
    let mut stack: Vec<Step> = roots.iter().rev().map(step).collect();
    while let Some(step) = stack.pop() {
        let index = step.node;
        let place = format_args!("node {index}");
        let node = lookup(nodes, index, "node")?;
        check(step.depth, budget.limits().node_depth, "levels of nodes")
            .map_err(|e| e.within(place))?;
        let inherited = visit(document, node, &step, &mut walk, warnings);
        let inherited = inherited.map_err(|e| e.within(place))?;
        let children: Vec<usize> = node.children.iter().flatten().map(Index::value).collect();
        adopt(&children, Parent::Node(index), &mut parents)?;
        stack.extend(children.iter().rev().map(|&child| Step {
            node: child,
            depth: step.depth + 1,
            inherited,
        }));
    }
    if document.root.scenes.is_empty()
        && let Some(unseen) = parents.iter().position(Option::is_none)
    {
        return Err(invalid(format!(
            "node {unseen} is in or below a cycle of nodes."
        )));
    }
    Ok(walk)
}

/// The nodes to start from.
fn roots(document: &Document) -> Result<Vec<usize>, SceneError> {
    let root = &document.root;
    let chosen = match root.scene {
        Some(scene) => Some(lookup(&root.scenes, scene.value(), "scene")?),
        None => root.scenes.first(),
    };
    if let Some(scene) = chosen {
        return Ok(scene.nodes.iter().map(Index::value).collect());
    }
    let mut is_child = vec![false; root.nodes.len()];
    for child in root
        .nodes
        .iter()
        .filter_map(|node| node.children.as_ref())
        .flatten()
    {
        if let Some(mark) = is_child.get_mut(child.value()) {
            *mark = true;
        }
    }
    let all = is_child.iter().enumerate();
    Ok(all
        .filter(|(_, is_child)| !**is_child)
        .map(|(node, _)| node)
        .collect())
}

/// Notes roots of the scene that are children of nodes, which glTF forbids.
fn warn_of_parents(nodes: &[Node], roots: &[usize], warnings: &mut Warnings) {
    let roots: HashSet<usize> = roots.iter().copied().collect();
    for (parent, node) in nodes.iter().enumerate() {
        let children = node.children.iter().flatten().map(Index::value);
        for child in children.filter(|child| roots.contains(child)) {
            warnings.add(|| {
                format!(
                    "node {child} is a root of the scene, so that node {parent}, whose child it is \
                     too, does not move it."
                )
            });
        }
    }
}

/// Notes the parent of nodes, which may not have one yet.
fn adopt(
    children: &[usize],
    parent: Parent,
    parents: &mut [Option<Parent>],
) -> Result<(), SceneError> {
    for &node in children {
        let known = *lookup(parents, node, "node").map_err(|e| e.within(parent))?;
        if let Some(known) = known {
            return Err(visited_twice(node, known, parent, parents));
        }
        if let Some(place) = parents.get_mut(node) {
            *place = Some(parent);
        }
    }
    Ok(())
}

/// Tells a cycle from a node with two parents.
fn visited_twice(
    node: usize,
    first: Parent,
    second: Parent,
    parents: &[Option<Parent>],
) -> SceneError {
    let mut ancestor = Some(second);
    while let Some(Parent::Node(index)) = ancestor {
        if index == node {
            return invalid(format!("node {node} is below itself."));
        }
        ancestor = parents.get(index).copied().flatten();
    }
    invalid(format!(
        "node {node} is twice in the hierarchy, below {first} and below {second}."
    ))
}

/// Notes what a node shows; gives what its children have from it.
fn visit(
    document: &Document,
    node: &Node,
    step: &Step,
    walk: &mut Walk,
    warnings: &mut Warnings,
) -> Result<Inherited, SceneError> {
    let from_drake = document.producer != Producer::Other;
    let origin = if from_drake && node.name.as_deref() == Some("Renderer Node") {
        Origin::VtkShape
    } else {
        step.inherited.origin
    };
    let world = step.inherited.world * document.transforms.parent_from_node(step.node)?;
    // Drake's client leaves a rotation beside the matrix that has it.
    let oddity = document.transforms.oddity(step.node);
    if let Some(oddity) = oddity.filter(|_| !from_drake) {
        warnings.add(|| format!("node {}: {oddity}", step.node));
    }
    if !fits(&world.to_cols_array()) {
        return Err(invalid("its transform in the scene is not finite."));
    }
    let object = node
        .extensions
        .as_ref()
        .map(|extensions| &extensions.others);
    let visibility: Option<Visibility> = extension(object, VISIBILITY)?;
    let visible = step.inherited.visible && visibility.is_none_or(|object| object.visible);
    if let Some(mesh) = node.mesh.filter(|_| visible) {
        walk.shown.push(Shown {
            mesh: mesh.value(),
            node: step.node,
            skin: node.skin.map(|skin| skin.value()),
            world_from_model: world,
            origin,
        });
    }
    if let Some(index) = node.camera {
        walk.camera(document, node, (step.node, index.value()), &world, warnings);
    }
    if visible {
        match lights::of_node(&document.root, node, step.node, &world) {
            Ok(light) => walk.lights.extend(light),
            Err(fault) => warnings.add(|| {
                let fault = fault.into_sentence();
                format!("node {}: its light is left out: {fault}", step.node)
            }),
        }
    }
    Ok(Inherited {
        world,
        origin,
        visible,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use glam::{DQuat, DVec3};
    use serde_json::{Value, json};

    use crate::scene::testing::{load, refusal, triangle};
    use crate::scene::{Detail, Limits, Origin, Scene};

    fn with_nodes(nodes: Value, roots: &Value) -> Value {
        let mut scene = triangle();
        scene["nodes"] = nodes;
        scene["scenes"] = json!([{"nodes": roots}]);
        scene
    }

    fn shown(scene: &Scene) -> Vec<usize> {
        scene
            .instances
            .iter()
            .map(|instance| instance.node)
            .collect()
    }

    #[test]
    fn broken_rules_that_move_a_node_are_told() {
        let nodes = json!([
            {"children": [1], "translation": [1, 0, 0]}, {"mesh": 0},
            {"mesh": 0, "rotation": [0, 0, 0, 2]},
        ]);
        let mut scene = with_nodes(nodes, &json!([1, 2]));
        assert_eq!(
            load(&scene).unwrap().warnings,
            [
                "node 1 is a root of the scene, so that node 0, whose child it is too, does not move \
                 it.",
                "node 2: its rotation is no unit quaternion and was made one.",
            ]
        );
        scene["asset"]["generator"] = json!("VTK");
        scene["scenes"][0]["nodes"] = json!([0, 2]);
        assert!(load(&scene).unwrap().warnings.is_empty());
    }

    #[test]
    fn the_walk_is_depth_first_in_the_order_of_the_file() {
        let scene = with_nodes(
            json!([
                {"mesh": 0}, {"mesh": 0, "children": [4, 3]}, {"mesh": 0}, {"mesh": 0},
                {"mesh": 0, "children": [2]}, {"mesh": 0}
            ]),
            &json!([1, 0]),
        );
        let scene = load(&scene).unwrap();
        assert_eq!(shown(&scene), [1, 4, 2, 3, 0]);
        assert_eq!(scene.primitives.len(), 1);
    }

    #[test]
    fn the_scene_is_the_chosen_one_or_the_first_or_all() {
        let mut scene = with_nodes(json!([{"mesh": 0}, {"mesh": 0}]), &json!([0]));
        scene["scenes"] = json!([{"nodes": [0]}, {"nodes": [1]}]);
        scene["scene"] = json!(1);
        assert_eq!(shown(&load(&scene).unwrap()), [1]);
        scene["scene"] = json!(2);
        assert_eq!(
            refusal(&scene),
            "scene: refers to scene 2, but the file has 2 of them."
        );
        scene.as_object_mut().unwrap().remove("scene");
        assert_eq!(shown(&load(&scene).unwrap()), [0]);
        scene.as_object_mut().unwrap().remove("scenes");
        scene["nodes"] = json!([{"mesh": 0}, {"mesh": 0, "children": [0]}, {"mesh": 0}]);
        assert_eq!(shown(&load(&scene).unwrap()), [1, 0, 2]);
    }

    #[test]
    fn only_trees_are_walked() {
        let message = |nodes, roots: &Value| refusal(&with_nodes(nodes, roots));
        assert_eq!(
            message(json!([{"children": [1]}, {"children": [0]}]), &json!([0])),
            "scene: node 0 is below itself."
        );
        assert_eq!(
            message(json!([{"children": [0]}]), &json!([0])),
            "scene: node 0 is below itself."
        );
        assert_eq!(
            message(
                json!([{"children": [2]}, {"children": [2]}, {}]),
                &json!([0, 1])
            ),
            "scene: node 2 is twice in the hierarchy, below node 0 and below node 1."
        );
        assert_eq!(
            message(json!([{"children": [1]}, {}]), &json!([0, 1])),
            "scene: node 1 is twice in the hierarchy, below the scene and below node 0."
        );
        assert_eq!(
            message(json!([{"children": [1, 1]}, {}]), &json!([0])),
            "scene: node 1 is twice in the hierarchy, below node 0 and below node 0."
        );
        assert_eq!(
            message(json!([{"children": [7]}]), &json!([0])),
            "scene: node 0: refers to node 7, but the file has 1 of them."
        );
        assert_eq!(
            message(json!([{}]), &json!([1])),
            "scene: the scene: refers to node 1, but the file has 1 of them."
        );
        let mut scene = with_nodes(
            json!([{}, {"children": [2]}, {"children": [1]}]),
            &json!([]),
        );
        scene.as_object_mut().unwrap().remove("scenes");
        scene.as_object_mut().unwrap().remove("scene");
        assert_eq!(
            refusal(&scene),
            "scene: node 1 is in or below a cycle of nodes."
        );
    }

    #[test]
    fn limits_of_the_hierarchy() {
        let chain = |length: usize| {
            let node = |i: usize| {
                if i + 1 < length {
                    json!({"children": [i + 1]})
                } else {
                    json!({})
                }
            };
            with_nodes((0..length).map(node).collect(), &json!([0]))
        };
        load(&chain(1000)).unwrap();
        assert_eq!(
            refusal(&chain(1001)),
            "scene: node 1000: the scene has at least 1001 levels of nodes; the limit is 1000."
        );
        let limits = Limits {
            nodes: 1,
            ..Limits::default()
        };
        let bytes = serde_json::to_vec(&chain(2)).unwrap();
        assert_eq!(
            crate::scene::testing::load_within(&bytes, Detail::Geometry, &limits)
                .unwrap_err()
                .to_string(),
            "scene: the scene has at least 2 nodes; the limit is 1."
        );
    }

    fn world(scene: &Value) -> glam::DAffine3 {
        load(scene).unwrap().instances[0].world_from_model
    }

    #[test]
    fn transforms_are_composed_from_the_root() {
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let scene = with_nodes(
            json!([
                {"children": [1], "translation": [1, 2, 3], "scale": [2, 2, 2]},
                {"mesh": 0, "rotation": [0, 0, half, half], "translation": [1, 0, 0],
                 "scale": [1, 3, 1]}
            ]),
            &json!([0]),
        );
        // (0, 1, 0) is scaled to (0, 3, 0), turned to (-3, 0, 0), moved to (-2, 0, 0), and so on.
        let point = world(&scene).transform_point3(DVec3::Y);
        assert!(point.distance(DVec3::new(-3.0, 2.0, 3.0)) < 1e-6, "{point}");
    }

    #[test]
    fn matrix_wins_and_is_column_major() {
        let matrix = [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 7, 8, 9, 1];
        let scene = with_nodes(
            json!([{"mesh": 0, "matrix": matrix, "rotation": [0, 0.389, 0, 0.921], "scale": [5, 5, 5]}]),
            &json!([0]),
        );
        let point = world(&scene).transform_point3(DVec3::X);
        assert_eq!(point, DVec3::new(7.0, 9.0, 9.0));
    }

    #[test]
    fn a_rotation_is_made_unit() {
        let scene = with_nodes(json!([{"mesh": 0, "rotation": [0, 0, 2, 0]}]), &json!([0]));
        let expected = DQuat::from_rotation_z(std::f64::consts::PI) * DVec3::X;
        assert!(world(&scene).transform_vector3(DVec3::X).distance(expected) < 1e-12);
    }

    #[test]
    fn transforms_that_cannot_be_drawn_are_refused() {
        let message = |node: Value| refusal(&with_nodes(json!([node]), &json!([0])));
        let mut matrix = [
            1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 1.0,
        ];
        assert_eq!(
            message(json!({"matrix": matrix})),
            "scene: node 0: the last row of matrix is [0.0, 0.0, 0.5, 1.0]; only affine transforms, \
             [0, 0, 0, 1], are drawn."
        );
        matrix[11] = 0.0;
        matrix[0] = 1e39;
        assert_eq!(
            message(json!({"matrix": matrix})),
            "scene: node 0: matrix is not finite."
        );
        assert_eq!(
            message(json!({"rotation": [0, 0, 0, 0]})),
            "scene: node 0: rotation is not finite, or zero."
        );
        assert_eq!(
            message(json!({"scale": [1, 1e39, 1]})),
            "scene: node 0: scale is not finite."
        );
        let huge = json!({"scale": [1e38, 1e38, 1e38], "children": [1]});
        let chain: Vec<Value> = (1..12)
            .map(|child| {
                let mut node = huge.clone();
                node["children"] = json!([child]);
                node
            })
            .chain([json!({})])
            .collect();
        assert_eq!(
            refusal(&with_nodes(chain.into(), &json!([0]))),
            "scene: node 1: its transform in the scene is not finite."
        );
    }

    #[test]
    fn only_what_is_below_the_renderer_node_comes_from_vtk() {
        let mut scene = with_nodes(
            json!([
                {"mesh": 0}, {"name": "Renderer Node", "children": [0, 3]}, {"mesh": 0}, {"mesh": 0}
            ]),
            &json!([1, 2]),
        );
        let origins = |scene: &Value| -> Vec<Origin> {
            load(scene)
                .unwrap()
                .instances
                .iter()
                .map(|instance| instance.origin)
                .collect()
        };
        assert_eq!(origins(&scene), [Origin::Gltf; 3]);
        for generator in ["VTK", "Drake glTF merger"] {
            scene["asset"]["generator"] = json!(generator);
            assert_eq!(
                origins(&scene),
                [Origin::VtkShape, Origin::VtkShape, Origin::Gltf]
            );
        }
    }

    #[test]
    fn an_invisible_node_hides_the_meshes_below_it_but_no_cameras() {
        let hidden = json!({"KHR_node_visibility": {"visible": false}});
        let shown_again = json!({"KHR_node_visibility": {}});
        let mut scene = with_nodes(
            json!([
                {"mesh": 0, "children": [1, 2], "extensions": hidden},
                {"mesh": 7, "extensions": shown_again}, {"camera": 0}, {"mesh": 0}
            ]),
            &json!([0, 3]),
        );
        scene["cameras"] = json!([{"type": "perspective", "perspective": {"yfov": 1, "znear": 1}}]);
        let loaded = load(&scene).unwrap();
        assert_eq!(shown(&loaded), [3]);
        assert_eq!(loaded.cameras.len(), 1);
        scene["nodes"][0]["extensions"]["KHR_node_visibility"]["visible"] = json!(0);
        assert_eq!(
            refusal(&scene),
            "scene: node 0: KHR_node_visibility: invalid type: integer `0`, expected a boolean."
        );
    }
}
