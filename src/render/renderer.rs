//! The renderer: a device with all that is kept between frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::draw_list::DrawList;
use super::geometry_buffers::GeometryArenas;
use super::gpu::Gpu;
use super::gpu_clock::{GpuClock, GpuClocks};
use super::mask_buffers::MaskArena;
use super::material_buffers::MaterialArena;
use super::memory::GpuMemory;
use super::meshes::MeshCache;
use super::pipelines::Pipelines;
use super::raster::{Raster, VisibilityCache};
use super::targets::{self, Target, Targets};
use super::textures::GpuTextures;
use super::timing::{Laps, Timer, Timing};
use super::view::{GuardBand, SensorUniform, Sight};
use super::{
    AdapterSelection, AdapterSummary, Frame, Outputs, RenderError, View, fxaa, passes, warm_up,
};
use crate::protocol::ImageSize;
use crate::scene::Scene;
use crate::tally::Tally;

/// Draws scenes on a device of its own. It belongs to one thread at a time.
///
/// When the GPU is lost or out of memory, it is opened again, and the frame at hand is drawn once more. When
/// it fails otherwise, or again, that frame fails, and the next one opens the GPU again.
pub struct Renderer {
    selection: AdapterSelection,
    summary: AdapterSummary,
    keeping: Keeping,
    /// None after the device failed, until the next frame.
    open: Option<Open>,
}

/// What a renderer keeps between frames, and what counts it.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// So many bytes of meshes on the GPU, and as many of textures.
    pub bytes: usize,
    /// Counts the meshes; renderers may share it.
    pub meshes: Arc<Tally>,
    /// Counts the textures; renderers may share it.
    pub textures: Arc<Tally>,
    /// What may be held on the GPU, and is; renderers may share it.
    pub memory: Arc<GpuMemory>,
    /// What is seen of views, on adapters that are the CPU; renderers may share it.
    pub visibility: Arc<VisibilityCache>,
    /// How often a device was given up with all that was kept there, because it was lost, out of memory or
    /// refused a command; renderers may share it.
    pub losses: Arc<AtomicU64>,
    /// How long adapters were at work; renderers may share it.
    pub clocks: Arc<GpuClocks>,
    /// What parts of drawing take, if that is to be measured; renderers may share it.
    pub timing: Option<Arc<Timing>>,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            bytes: 128 << 20,
            meshes: Arc::default(),
            textures: Arc::default(),
            memory: Arc::default(),
            visibility: Arc::new(VisibilityCache::new(32 << 20)),
            losses: Arc::default(),
            clocks: Arc::default(),
            timing: None,
        }
    }
}

/// Targets of this many image sizes are kept: a rig of a few different cameras.
const KEPT_SIZES: usize = 4;
/// And of this many pixels, of 32 bytes each if all kinds of image are drawn.
const KEPT_PIXELS: usize = 1 << 23;

/// An open device and what belongs to it.
struct Open {
    gpu: Gpu,
    /// That of the adapter.
    clock: Arc<GpuClock>,
    pipelines: Pipelines,
    geometry: GeometryArenas,
    materials: MaterialArena,
    masks: MaskArena,
    textures: GpuTextures,
    sensor: wgpu::Buffer,
    sensor_group: wgpu::BindGroup,
    /// Most recently used last.
    targets: Vec<Targets>,
    /// For adapters on the CPU.
    raster: Option<Raster>,
    timer: Option<Arc<Timer>>,
}

impl Renderer {
    /// Opens the best adapter that matches, makes all pipelines and draws with each of them once,
    /// so that no request waits for a compiler.
    ///
    /// # Errors
    /// If there is no such adapter or it does not open.
    pub fn new(selection: &AdapterSelection) -> Result<Self, RenderError> {
        Self::keeping(&Keeping::default(), selection)
    }

    /// The same with other bounds for what is kept between frames.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub fn keeping(keeping: &Keeping, selection: &AdapterSelection) -> Result<Self, RenderError> {
        // What is drawn here is no request's, so it is neither counted nor kept, but it is on the device.
        let nothing = Keeping {
            memory: keeping.memory.clone(),
            clocks: keeping.clocks.clone(),
            timing: keeping.timing.as_ref().map(|_| Arc::default()),
            ..Keeping::default()
        };
        let mut open = Open::new(selection, &nothing)?;
        let (scene, list) = warm_up::scene(&open.gpu.limits);
        for outputs in warm_up::outputs() {
            open.draw(&scene, &list, &warm_up::view(), &outputs)?;
        }
        (open.geometry, open.textures, open.raster) = kept(&open.gpu, keeping);
        open.timer = Timer::adding_to(&open.gpu, keeping.timing.as_ref());
        Ok(Self {
            selection: selection.clone(),
            keeping: keeping.clone(),
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
        let is_lost = |error: &RenderError| {
            matches!(error, RenderError::DeviceLost(_) | RenderError::OutOfMemory)
        };
        match self.attempt(scene, view, outputs) {
            // Whoever asked may not ask twice, as Drake's client, and it was not the scene that failed: a
            // lost GPU is back, or it has its memory back without all that was kept there.
            Err(error) if is_lost(&error) => {
                log::warn!("{error} The image is drawn once more.");
                self.attempt(scene, view, outputs)
            }
            frame => frame,
        }
    }

    fn attempt(
        &mut self,
        scene: &Scene,
        view: &View,
        outputs: &Outputs,
    ) -> Result<Frame, RenderError> {
        // A fault since the last frame, such as a GPU lost in between, is not this one's.
        let open = self.opened()?;
        let guard = GuardBand::new(view.camera.size, &open.gpu.limits);
        let list = DrawList::new(scene, view, guard, outputs.color);
        let mut frame = open.draw(scene, &list, view, outputs);
        if matches!(frame, Err(RenderError::MemoryLimit { .. })) {
            // Nothing that is kept stands in the way of a frame for which there is room without.
            open.let_go();
            frame = open.draw(scene, &list, view, outputs);
        }
        match frame {
            Ok(_) => {}
            Err(RenderError::MemoryLimit { .. }) => open.let_go(),
            // What was uploaded before waits for a submission, which a refused frame has not.
            Err(RenderError::TooLarge { .. }) => drop(open.gpu.queue.submit([])),
            // What a failed command should have made is invalid and must not be kept.
            Err(_) => self.give_up(),
        }
        frame
    }

    /// Sees whether a frame could be drawn now, and opens a device again that was lost.
    ///
    /// # Errors
    /// If that cannot be.
    pub fn mend(&mut self) -> Result<(), RenderError> {
        self.opened().map(drop)
    }

    /// The device, opened again if it was lost.
    fn opened(&mut self) -> Result<&mut Open, RenderError> {
        if (self.open.as_ref()).is_some_and(|open| open.gpu.check().is_err()) {
            self.give_up();
        }
        Ok(match &mut self.open {
            Some(open) => open,
            none => none.insert(Open::new(&self.selection, &self.keeping)?),
        })
    }

    /// Closes the device; the next frame opens it again.
    fn give_up(&mut self) {
        self.open = None;
        self.keeping.losses.fetch_add(1, Relaxed);
    }
}

impl Open {
    fn new(selection: &AdapterSelection, keeping: &Keeping) -> Result<Self, RenderError> {
        let gpu = Gpu::open(selection, &keeping.memory, keeping.timing.is_some())?;
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
        let (geometry, textures, raster) = kept(&gpu, keeping);
        let open = Self {
            materials: MaterialArena::new(),
            textures,
            masks: MaskArena::new(),
            geometry,
            pipelines,
            sensor,
            sensor_group,
            targets: Vec::new(),
            raster,
            clock: keeping.clocks.of(&gpu.summary),
            timer: Timer::adding_to(&gpu, keeping.timing.as_ref()),
            gpu,
        };
        open.gpu.check()?;
        Ok(open)
    }

    /// Gives up all that is kept between frames.
    fn let_go(&mut self) {
        self.targets.clear();
        self.geometry.let_go();
        self.materials.let_go();
        self.masks.let_go();
        self.textures.let_go();
        // What was uploaded waits for a submission, and is freed after it.
        self.gpu.queue.submit([]);
        if let Err(error) = self.gpu.device.poll(wgpu::PollType::wait_indefinitely()) {
            log::warn!("wgpu: {error}");
        }
    }

    /// Draws each image where it is drawn fastest.
    fn draw(
        &mut self,
        scene: &Scene,
        list: &DrawList,
        view: &View,
        outputs: &Outputs,
    ) -> Result<Frame, RenderError> {
        let size = view.camera.size;
        targets::check_size(&self.gpu, size)?;
        let sight = Sight {
            view,
            guard: GuardBand::new(size, &self.gpu.limits),
        };
        let Some(raster) = self
            .raster
            .as_mut()
            .filter(|_| Raster::can_draw(scene, list))
        else {
            let frame = self.draw_on_gpu(scene, list, &sight, outputs);
            self.textures.end_frame();
            return frame;
        };
        let mut frame = Frame::empty(size);
        if outputs.depth.is_some() || outputs.label {
            raster.draw(scene, list, &sight, outputs, &mut frame);
        }
        if outputs.color {
            let color = Outputs {
                color: true,
                ..Outputs::default()
            };
            let drawn = self.draw_on_gpu(scene, list, &sight, &color);
            self.textures.end_frame();
            frame.color = drawn?.color;
        }
        Ok(frame)
    }

    fn draw_on_gpu(
        &mut self,
        scene: &Scene,
        list: &DrawList,
        sight: &Sight,
        outputs: &Outputs,
    ) -> Result<Frame, RenderError> {
        let mut laps = Laps::start(self.timer.clone());
        let size = sight.view.camera.size;
        let uniform = SensorUniform::new(outputs.depth);
        self.gpu
            .queue
            .write_buffer(&self.sensor, 0, bytemuck::bytes_of(&uniform));
        let mut targets = self.take_targets(size)?;
        let may_sift = self.gpu.covers_as_raster
            && (outputs.depth.is_none() && !outputs.label)
            && Raster::is_worth_sifting(scene, list, sight.view);
        let sieve = self.raster.as_mut().filter(|_| may_sift);
        let sieve = sieve.map(|raster| (raster, sight));
        let buffers = (self.geometry).upload(&self.gpu, scene, list, sieve)?;
        let (gpu, layouts, textures) = (&self.gpu, &self.pipelines.layouts, &mut self.textures);
        let masks = (self.masks).upload(gpu, layouts, textures, scene, list)?;
        let wanted = (outputs.depth.is_some(), outputs.label);
        targets.prepare(&self.gpu, outputs.color, wanted.0, wanted.1)?;

        let mut encoder = self
            .gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        laps.mark(&mut encoder);
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
        laps.mark(&mut encoder);
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
        laps.mark(&mut encoder);
        let frame = self.finish(encoder, &targets, outputs, laps)?;
        if pixels(size) <= KEPT_PIXELS {
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
        mut laps: Laps,
    ) -> Result<Frame, RenderError> {
        let color = targets.color.as_ref().filter(|_| outputs.color);
        let depth = targets.depth.as_ref().filter(|_| outputs.depth.is_some());
        let label = targets.label.as_ref().filter(|_| outputs.label);
        let wanted = || [color, depth, label].into_iter().flatten();
        for target in wanted() {
            target.copy_out(&mut encoder);
        }
        laps.mark(&mut encoder);
        let commands = encoder.finish();
        laps.recorded();
        let running = self.clock.run();
        let submission = self.gpu.queue.submit([commands]);
        for target in wanted() {
            target.map();
        }
        laps.submitted();
        let waited = self.gpu.device.poll(wgpu::PollType::Wait {
            submission_index: Some(submission),
            timeout: None,
        });
        drop(running);
        self.gpu.check()?;
        waited.map_err(|error| RenderError::DeviceLost(error.to_string()))?;
        laps.done();
        let frame = Frame {
            size: targets.size,
            color: color.map(read_color).transpose()?,
            depth: depth.map(read_depth).transpose()?,
            label: label.map(read_label).transpose()?,
        };
        laps.read();
        Ok(frame)
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

/// What is kept of scenes and views, empty where it is not shared.
fn kept(gpu: &Gpu, keeping: &Keeping) -> (GeometryArenas, GpuTextures, Option<Raster>) {
    let raster = || Raster::new(keeping.visibility.clone());
    (
        GeometryArenas::new(MeshCache::new(keeping.bytes, keeping.meshes.clone())),
        GpuTextures::new(gpu, keeping.bytes, keeping.textures.clone()),
        gpu.is_software.then(raster),
    )
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
#[path = "renderer_tests.rs"]
mod tests;
