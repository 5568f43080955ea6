//! An open device and what went wrong on it.

use std::sync::{Arc, Mutex, PoisonError};

use super::memory::{GpuMemory, Ledger};
use super::{AdapterSelection, AdapterSummary, RenderError, adapter, timing};

/// What wgpu and a driver on the CPU take for each buffer or texture beside its contents, bytes: with many
/// small ones 3600 were measured; more, because no two drivers are the same.
pub(super) const OBJECT_BYTES: usize = 5 << 10;

/// A device, its queue, and the faults that wgpu reports aside.
///
/// wgpu reports faults through callbacks, not results; [`Gpu::check`] turns them into an error of
/// the frame that caused them.
pub(super) struct Gpu {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub limits: wgpu::Limits,
    pub summary: AdapterSummary,
    /// Whether the driver draws on the CPU.
    pub is_software: bool,
    /// Whether it is known to cover the very pixels that [`super::raster`] covers: lavapipe.
    pub covers_as_raster: bool,
    /// What it holds.
    pub memory: Ledger,
    fault: Arc<Mutex<Option<RenderError>>>,
}

impl Gpu {
    /// Opens the best adapter that matches, or the first of its kind if the one whose turn it is
    /// does not open.
    ///
    /// With timestamps, if the adapter has any, where frames are to be timed.
    pub fn open(
        selection: &AdapterSelection,
        memory: &Arc<GpuMemory>,
        is_timed: bool,
    ) -> Result<Self, RenderError> {
        Self::open_one(selection, memory, is_timed).or_else(|error| {
            if selection.turn == 0 || !matches!(error, RenderError::Device { .. }) {
                return Err(error);
            }
            log::warn!("{error}");
            let turn = 0;
            let first = AdapterSelection {
                turn,
                ..selection.clone()
            };
            Self::open_one(&first, memory, is_timed)
        })
    }

    fn open_one(
        selection: &AdapterSelection,
        memory: &Arc<GpuMemory>,
        is_timed: bool,
    ) -> Result<Self, RenderError> {
        let (adapter, summary) = adapter::select(selection)?;
        let limits = adapter.limits();
        let info = adapter.get_info();
        let is_software = info.device_type == wgpu::DeviceType::Cpu;
        let covers_as_raster = is_software
            && info.backend == wgpu::Backend::Vulkan
            && info.name.starts_with("llvmpipe");
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("gltf-render-server"),
            required_features: if is_timed {
                timing::features(&adapter)
            } else {
                wgpu::Features::empty()
            },
            required_limits: limits.clone(),
            ..wgpu::DeviceDescriptor::default()
        }))
        .map_err(|error| RenderError::Device {
            adapter: summary.to_string(),
            cause: error.to_string().trim_end_matches('.').to_owned(),
        })?;

        let fault = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&fault);
        device.on_uncaptured_error(Arc::new(move |error| {
            log::error!("wgpu: {error}");
            note(
                &noted,
                match error {
                    wgpu::Error::OutOfMemory { .. } => RenderError::OutOfMemory,
                    wgpu::Error::Validation { description, .. }
                    | wgpu::Error::Internal { description, .. } => {
                        RenderError::Refused(description)
                    }
                },
            );
        }));
        let noted = Arc::clone(&fault);
        device.set_device_lost_callback(move |reason, message| {
            // Dropping a device reports it as lost too; that is nobody's fault.
            if reason != wgpu::DeviceLostReason::Destroyed || !message.is_empty() {
                log::warn!("wgpu: device lost ({reason:?}): {message}");
            }
            note(&noted, RenderError::DeviceLost(message));
        });
        Ok(Self {
            device,
            queue,
            limits,
            summary,
            is_software,
            covers_as_raster,
            memory: Ledger::new(memory.clone()),
            fault,
        })
    }

    /// The fault reported since the last call, if any.
    pub fn check(&self) -> Result<(), RenderError> {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.take().map_or(Ok(()), Err)
    }
}

/// Keeps the first fault, which is the cause of those that follow; but a lost device outweighs all.
fn note(fault: &Mutex<Option<RenderError>>, new: RenderError) {
    let mut fault = fault.lock().unwrap_or_else(PoisonError::into_inner);
    if fault.is_none() || matches!(new, RenderError::DeviceLost(_)) {
        *fault = Some(new);
    }
}
