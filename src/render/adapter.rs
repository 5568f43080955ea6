//! Which adapter to draw with.

use std::fmt;

use wgpu::{Backends, DeviceType};

use super::RenderError;

/// What the operator asks of the adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdapterSelection {
    /// Part of the adapter's name, in any case; none for the best there is.
    pub name: Option<String>,
    /// Which of several of the same kind, counted round: renderers with different turns share the
    /// work out among them.
    pub turn: usize,
}

/// The kind of an adapter that draws on the CPU.
const SOFTWARE: &str = "CPU";

/// An adapter, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterSummary {
    /// Such as `llvmpipe (LLVM 15.0.6, 256 bits)`.
    pub name: String,
    /// Driver and its version.
    pub driver: String,
    /// Such as `vulkan`.
    pub backend: String,
    /// Such as `CPU` or `discrete GPU`.
    pub kind: String,
    /// Where it is on the PCI bus, such as `0000:01:00.0`, by which those of one name are told apart; empty
    /// if it is not there, or its driver does not say.
    pub bus: String,
}

impl AdapterSummary {
    fn of(info: &wgpu::AdapterInfo) -> Self {
        Self {
            name: info.name.clone(),
            driver: format!("{} {}", info.driver, info.driver_info)
                .trim()
                .to_owned(),
            backend: info.backend.to_string(),
            kind: match info.device_type {
                DeviceType::DiscreteGpu => "discrete GPU",
                DeviceType::IntegratedGpu => "integrated GPU",
                DeviceType::VirtualGpu => "virtual GPU",
                DeviceType::Cpu => SOFTWARE,
                DeviceType::Other => "other",
            }
            .to_owned(),
            bus: info.device_pci_bus_id.clone(),
        }
    }

    /// Whether it draws on the CPU.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.kind == SOFTWARE
    }
}

impl fmt::Display for AdapterSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}, {}, {})",
            self.name, self.kind, self.backend, self.driver
        )
    }
}

/// All adapters, best first, and whether they would be used: they are of the same kind as the first
/// whose name contains what is wanted. Workers share those.
#[must_use]
pub fn list(wanted: Option<&str>) -> Vec<(AdapterSummary, bool)> {
    let infos: Vec<_> = candidates().iter().map(wgpu::Adapter::get_info).collect();
    let first = infos.iter().find(|info| is_named(info, wanted)).map(kind);
    let is_used = |info| is_named(info, wanted) && Some(kind(info)) == first;
    let all = infos.iter();
    all.map(|info| (AdapterSummary::of(info), is_used(info)))
        .collect()
}

/// Whether the name of an adapter contains a text, in any case.
fn is_named(info: &wgpu::AdapterInfo, wanted: Option<&str>) -> bool {
    let wanted = wanted.unwrap_or_default().to_lowercase();
    info.name.to_lowercase().contains(&wanted)
}

/// The best adapter that matches the selection; of several of its kind the one whose turn it is.
pub(super) fn select(
    selection: &AdapterSelection,
) -> Result<(wgpu::Adapter, AdapterSummary), RenderError> {
    let mut candidates = candidates();
    if candidates.is_empty() {
        return Err(RenderError::NoAdapter);
    }
    let name = |adapter: &wgpu::Adapter| adapter.get_info().name;
    let names: Vec<String> = candidates.iter().map(name).collect();
    candidates.retain(|adapter| is_named(&adapter.get_info(), selection.name.as_deref()));
    let infos: Vec<_> = candidates.iter().map(wgpu::Adapter::get_info).collect();
    let kinds: Vec<_> = infos.iter().map(kind).collect();
    let Some(chosen) = in_turn(&kinds, selection.turn) else {
        return Err(RenderError::NoSuchAdapter {
            wanted: selection.name.clone().unwrap_or_default(),
            available: names.join(", "),
        });
    };
    let summary = AdapterSummary::of(&infos[chosen]);
    Ok((candidates.swap_remove(chosen), summary))
}

/// What adapters that are put to the same use have in common: the same hardware and driver, so that
/// they draw the same bytes in the same time.
fn kind(info: &wgpu::AdapterInfo) -> (u32, u32, [&str; 3]) {
    let names = [&*info.name, &info.driver, &info.driver_info];
    (info.vendor, info.device, names)
}

/// Which of those that equal the first has its turn.
fn in_turn<T: PartialEq>(kinds: &[T], turn: usize) -> Option<usize> {
    let first = kinds.first()?;
    let same: Vec<usize> = (0..kinds.len()).filter(|&i| kinds[i] == *first).collect();
    same.get(turn % same.len()).copied()
}

/// Vulkan adapters, or OpenGL's where Vulkan has none: opening OpenGL costs time and, without a
/// display, prints warnings that help nobody who has Vulkan.
fn candidates() -> Vec<wgpu::Adapter> {
    for backends in [Backends::VULKAN, Backends::GL] {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends,
            flags: wgpu::InstanceFlags::empty().with_env(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let mut adapters = pollster::block_on(instance.enumerate_adapters(backends));
        adapters.retain(has_what_is_needed);
        if !adapters.is_empty() {
            adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
            return adapters;
        }
    }
    Vec::new()
}

/// Draws of a part of a shared vertex buffer are the one thing used here that old OpenGL lacks.
fn has_what_is_needed(adapter: &wgpu::Adapter) -> bool {
    adapter
        .get_downlevel_capabilities()
        .flags
        .contains(wgpu::DownlevelFlags::BASE_VERTEX)
}

fn rank(kind: DeviceType) -> u8 {
    match kind {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_equal_the_first_take_turns() {
        let turns = |kinds: &str| (0..5).map(|turn| in_turn(kinds.as_bytes(), turn)).collect();
        let expected = |turns: [usize; 5]| turns.map(Some).to_vec();
        let found: Vec<_> = turns("a");
        assert_eq!(found, expected([0; 5]));
        let found: Vec<_> = turns("aa");
        assert_eq!(found, expected([0, 1, 0, 1, 0]));
        let found: Vec<_> = turns("abaca");
        assert_eq!(found, expected([0, 2, 4, 0, 2]));
        let found: Vec<_> = turns("bba");
        assert_eq!(found, expected([0, 1, 0, 1, 0]));
        assert_eq!(in_turn(b"", 3), None);
    }
}
