//! How the nodes that were walked hang together.

use std::collections::HashMap;

use glam::DAffine3;

use super::transform::Transforms;
use super::{camera, lights};
use crate::scene::{Producer, Scene};

/// The nodes of a walk, so that they can be moved without another one.
#[derive(Debug, Default)]
pub(in crate::scene) struct Rig {
    /// In the order of the walk: parents before children.
    joints: Vec<Joint>,
}

/// A node that was visited.
#[derive(Clone, Copy, Debug)]
struct Joint {
    node: usize,
    /// None is the scene.
    parent: Option<usize>,
}

impl Rig {
    /// Adds a node, whose parent is there already.
    pub fn add(&mut self, node: usize, parent: Option<usize>) {
        self.joints.push(Joint { node, parent });
    }

    /// Moves all that a scene has to where its nodes are; none if a walk would refuse or warn of one
    /// of them. In `scene` nothing may hang on the transforms but where its instances, cameras and
    /// lights are.
    pub fn place(&self, transforms: &Transforms, mut scene: Scene) -> Option<Scene> {
        let is_strict = scene.producer == Producer::Other;
        let mut worlds: HashMap<usize, DAffine3> = HashMap::with_capacity(self.joints.len());
        for Joint { node, parent } in &self.joints {
            let world = match parent {
                Some(parent) => *worlds.get(parent)?,
                None => DAffine3::IDENTITY,
            };
            if is_strict && transforms.oddity(*node).is_some() {
                return None;
            }
            worlds.insert(*node, transforms.world_from_node(&world, *node).ok()?);
        }
        for instance in &mut scene.instances {
            instance.world_from_model = *worlds.get(&instance.node)?;
        }
        for camera in &mut scene.cameras {
            camera.world_from_camera = camera::pose(worlds.get(&camera.node)?)?;
        }
        for light in &mut scene.lights {
            light.world_from_light = lights::pose(light.kind, worlds.get(&light.node)?)?;
        }
        Some(scene)
    }

    /// What it takes in memory.
    pub fn bytes(&self) -> usize {
        self.joints.capacity() * size_of::<Joint>()
    }
}
