//! The renderer: a device with all that is kept between frames.

use super::draw_list::DrawList;
use super::geometry_buffers::GeometryArenas;
use super::gpu::Gpu;
use super::mask_buffers::MaskArena;
use super::material_buffers::MaterialArena;
use super::pipelines::Pipelines;
use super::targets::{Target, Targets};
use super::textures::GpuTextures;
use super::view::{GuardBand, SensorUniform, Window};
use super::{
    AdapterSelection, AdapterSummary, Frame, Outputs, RenderError, View, fxaa, passes, warm_up,
};
use crate::protocol::{Camera, ImageSize};
use crate::scene::Scene;

/// Draws scenes on a device of its own. It belongs to one thread at a time.
///
/// When the GPU fails, the frame at hand fails and the next one opens the GPU again.
pub struct Renderer {
    selection: AdapterSelection,
    summary: AdapterSummary,
    /// None after the device failed, until the next frame.
    open: Option<Open>,
}

/// Targets of this many image sizes are kept: a rig of a few different cameras.
const KEPT_SIZES: usize = 4;
/// And of this many pixels, of 32 bytes each if all kinds of image are drawn.
const KEPT_PIXELS: usize = 1 << 23;

/// An open device and what belongs to it.
struct Open {
    gpu: Gpu,
    pipelines: Pipelines,
    geometry: GeometryArenas,
    materials: MaterialArena,
    masks: MaskArena,
    textures: GpuTextures,
    sensor: wgpu::Buffer,
    sensor_group: wgpu::BindGroup,
    /// Most recently used last.
    targets: Vec<Targets>,
}

impl Renderer {
    /// Opens the best adapter that matches, makes all pipelines and draws with each of them once,
    /// so that no request waits for a compiler.
    ///
    /// # Errors
    /// If there is no such adapter or it does not open.
    pub fn new(selection: &AdapterSelection) -> Result<Self, RenderError> {
        let mut open = Open::new(selection)?;
        let (scene, list) = warm_up::scene(&open.gpu.limits);
        for outputs in warm_up::outputs() {
            open.draw(&scene, &list, &warm_up::view().camera, &outputs)?;
        }
        Ok(Self {
            selection: selection.clone(),
            summary: open.gpu.summary.clone(),
            open: Some(open),
        })
    }

    /// What this draws with.
    #[must_use]
    pub fn adapter(&self) -> &AdapterSummary {
        &self.summary
    }

    /// Draws the images that are wanted of a view.
    ///
    /// # Errors
    /// If scene or image exceed the adapter's limits, or the GPU fails.
    pub fn render(
        &mut self,
        scene: &Scene,
        view: &View,
        outputs: &Outputs,
    ) -> Result<Frame, RenderError> {
        // A fault since the last frame, such as a GPU lost in between, is not this one's.
        self.open.take_if(|open| open.gpu.check().is_err());
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(Open::new(&self.selection)?),
        };
        let guard = GuardBand::new(view.camera.size, &open.gpu.limits);
        let list = DrawList::new(scene, view, guard, outputs.color);
        let frame = open.draw(scene, &list, &view.camera, outputs);
        match frame {
            Ok(_) => {}
            // What was uploaded before waits for a submission, which a refused frame has not.
            Err(RenderError::TooLarge { .. }) => drop(open.gpu.queue.submit([])),
            // What a failed command should have made is invalid and must not be kept.
            Err(_) => self.open = None,
        }
        frame
    }
}

impl Open {
    fn new(selection: &AdapterSelection) -> Result<Self, RenderError> {
        let gpu = Gpu::open(selection)?;
        let pipelines = Pipelines::new(&gpu);
        let sensor = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("sensor"),
            size: size_of::<SensorUniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let sensor_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("sensor"),
            layout: &pipelines.layouts.sensor,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: sensor.as_entire_binding(),
            }],
        });
        let open = Self {
            materials: MaterialArena::new(),
            textures: GpuTextures::new(&gpu),
            masks: MaskArena::new(),
            geometry: GeometryArenas::new(&gpu),
            pipelines,
            sensor,
            sensor_group,
            targets: Vec::new(),
            gpu,
        };
        open.gpu.check()?;
        Ok(open)
    }

    fn draw(
        &mut self,
        scene: &Scene,
        list: &DrawList,
        camera: &Camera,
        outputs: &Outputs,
    ) -> Result<Frame, RenderError> {
        let uniform = SensorUniform::new(outputs.depth);
        self.gpu
            .queue
            .write_buffer(&self.sensor, 0, bytemuck::bytes_of(&uniform));
        let mut targets = self.take_targets(camera.size)?;
        let window = Window::new(camera.size, targets.guard);
        let buffers = (self.geometry).upload(&self.gpu, scene, list, &window)?;
        let (gpu, layouts, textures) = (&self.gpu, &self.pipelines.layouts, &mut self.textures);
        let masks = (self.masks).upload(gpu, layouts, textures, scene, list)?;
        let wanted = (outputs.depth.is_some(), outputs.label);
        targets.prepare(&self.gpu, outputs.color, wanted.0, wanted.1);

        let mut encoder = self
            .gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        passes::geometry(
            &mut encoder,
            &self.pipelines,
            &self.sensor_group,
            &targets,
            wanted,
            &passes::Geometry {
                list,
                buffers: &buffers,
                masks: &masks,
            },
        );
        if outputs.color {
            let (gpu, layouts) = (&self.gpu, &self.pipelines.layouts);
            let textures = &mut self.textures;
            let materials = (self.materials).upload(gpu, layouts, textures, scene, list)?;
            passes::color(
                &mut encoder,
                &self.pipelines,
                &targets,
                &buffers,
                &materials,
                list,
            );
        }
        let frame = self.finish(encoder, &targets, outputs)?;
        if pixels(camera.size) <= KEPT_PIXELS {
            self.targets.push(targets);
        }
        Ok(frame)
    }

    /// Submits, waits and reads back.
    fn finish(
        &self,
        mut encoder: wgpu::CommandEncoder,
        targets: &Targets,
        outputs: &Outputs,
    ) -> Result<Frame, RenderError> {
        let color = targets.color.as_ref().filter(|_| outputs.color);
        let depth = targets.depth.as_ref().filter(|_| outputs.depth.is_some());
        let label = targets.label.as_ref().filter(|_| outputs.label);
        let wanted = || [color, depth, label].into_iter().flatten();
        for target in wanted() {
            target.copy_out(&mut encoder);
        }
        let submission = self.gpu.queue.submit([encoder.finish()]);
        for target in wanted() {
            target.map();
        }
        let waited = self.gpu.device.poll(wgpu::PollType::Wait {
            submission_index: Some(submission),
            timeout: None,
        });
        self.gpu.check()?;
        waited.map_err(|error| RenderError::DeviceLost(error.to_string()))?;
        Ok(Frame {
            size: targets.size,
            color: color.map(read_color).transpose()?,
            depth: depth.map(read_depth).transpose()?,
            label: label.map(read_label).transpose()?,
        })
    }

    /// The targets of a size, taken out of those kept or new.
    fn take_targets(&mut self, size: ImageSize) -> Result<Targets, RenderError> {
        if let Some(index) = self.targets.iter().position(|t| t.size == size) {
            return Ok(self.targets.remove(index));
        }
        let kept: Vec<usize> = self.targets.iter().map(|t| pixels(t.size)).collect();
        self.targets.drain(..too_many(&kept, pixels(size)));
        Targets::new(&self.gpu, size)
    }
}

/// How many of the `kept` targets, given in pixels, have to go before there is room for more.
fn too_many(kept: &[usize], more: usize) -> usize {
    let fits = |rest: &[usize]| {
        rest.len() < KEPT_SIZES && rest.iter().sum::<usize>() + more <= KEPT_PIXELS
    };
    (0..kept.len())
        .find(|&first| kept.get(first..).is_some_and(fits))
        .unwrap_or(kept.len())
}

fn pixels(size: ImageSize) -> usize {
    size.width as usize * size.height as usize
}

fn read_color(target: &Target) -> Result<Vec<u8>, RenderError> {
    target.read(fxaa::smooth)
}

fn read_label(target: &Target) -> Result<Vec<u8>, RenderError> {
    target.read(|rows| rows.rgb())
}

fn read_depth(target: &Target) -> Result<Vec<f32>, RenderError> {
    target.read(|rows| rows.floats().into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn targets_are_kept_by_number_and_by_pixels() {
        const FULL_HD: usize = 1920 * 1080;
        assert_eq!(too_many(&[], KEPT_PIXELS), 0);
        assert_eq!(too_many(&[FULL_HD; 3], FULL_HD), 0);
        assert_eq!(too_many(&[FULL_HD; 4], 1), 1);
        assert_eq!(too_many(&[1, FULL_HD, 1], KEPT_PIXELS - 2), 2);
        assert_eq!(too_many(&[1, 1], KEPT_PIXELS), 2);
        assert_eq!(too_many(&[1, 1], KEPT_PIXELS + 1), 2);
    }

    #[test]
    fn a_fault_costs_no_later_frame() {
        let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
        let (scene, view) = (Scene::default(), warm_up::view());
        let [_, outputs, _] = warm_up::outputs();
        let good = renderer.render(&scene, &view, &outputs).unwrap();
        // A buffer that wgpu refuses to make.
        let gpu = &renderer.open.as_ref().unwrap().gpu;
        drop(gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: gpu.limits.max_buffer_size + 4,
            usage: wgpu::BufferUsages::VERTEX,
            mapped_at_creation: false,
        }));
        let after = renderer.render(&scene, &view, &outputs).unwrap();
        assert_eq!(after, good);
    }

    #[test]
    fn a_failed_frame_leaves_nothing_invalid_behind() {
        let mut renderer = Renderer::new(&AdapterSelection::default()).unwrap();
        let (scene, view) = (Scene::default(), warm_up::view());
        let [_, outputs, _] = warm_up::outputs();
        let open = renderer.open.as_mut().unwrap();
        // As after running out of memory: a buffer that is kept and cannot be used.
        open.sensor.destroy();
        assert!(renderer.render(&scene, &view, &outputs).is_err());
        renderer.render(&scene, &view, &outputs).unwrap();
    }
}
