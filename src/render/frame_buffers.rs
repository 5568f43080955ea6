//! What all draws of a frame share: instances, and what the sensor measures.

use super::RenderError;
use super::arena::Arena;
use super::draw_list::DrawList;
use super::gpu::Gpu;
use super::pipelines::Layouts;
use super::view::SensorUniform;

/// What is kept between frames.
pub(super) struct FrameArenas {
    instances: Arena,
    pub sensor: Arena,
}

impl FrameArenas {
    pub fn new() -> Self {
        use wgpu::BufferUsages;
        Self {
            instances: Arena::new("instances", BufferUsages::STORAGE),
            sensor: Arena::new("sensor", BufferUsages::UNIFORM),
        }
    }

    /// Puts them on the GPU, and binds them until the next upload.
    pub fn upload(
        &mut self,
        gpu: &Gpu,
        layouts: &Layouts,
        sensor: &SensorUniform,
        list: &DrawList,
    ) -> Result<wgpu::BindGroup, RenderError> {
        let instances = bytemuck::cast_slice(&list.instances);
        let instances = self.instances.replace(gpu, instances)?;
        let sensor = self.sensor.replace(gpu, bytemuck::bytes_of(sensor))?;
        Ok(gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("frame"),
            layout: &layouts.frame,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: instances.as_entire_binding(),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: sensor.as_entire_binding(),
                },
            ],
        }))
    }
}
