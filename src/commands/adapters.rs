//! `adapters`: what would be drawn with, why, and what to install.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::CommandError;
use crate::cli::AdaptersArgs;
use crate::render::{AdapterSummary, RenderError, list_adapters};

/// Why the first is the first.
const ORDER: &str = "\
Discrete GPUs come first, then integrated and virtual ones, then CPUs. The workers of
a server share those that equal the first. OpenGL is asked only where Vulkan has none.
--adapter, also of serve and render, chooses by name.";

/// What to install where there is nothing.
const SOFTWARE: &str = "\
Mesa's lavapipe draws on the CPU and needs no GPU:

  Debian, Ubuntu   apt-get install libvulkan1 mesa-vulkan-drivers
  Fedora           dnf install vulkan-loader mesa-vulkan-drivers
  Arch             pacman -S vulkan-icd-loader vulkan-swrast";

/// What to install for a GPU.
const HARDWARE: &str = "\
A GPU needs its own Vulkan driver, and this user the right to open it:

                   AMD, Intel                     NVIDIA (not a free driver)
  Debian, Ubuntu   mesa-vulkan-drivers            nvidia-driver, nvidia-vulkan-icd
  Fedora           mesa-vulkan-drivers            akmod-nvidia (RPM Fusion)
  Arch             vulkan-radeon, vulkan-intel    nvidia-utils";

/// Why an NVIDIA GPU is not there although its driver is.
const NVIDIA: &str = "\
The kernel has NVIDIA's driver, but its Vulkan driver is missing here. Outside of a
container install that part of the driver: Debian nvidia-vulkan-icd, Ubuntu
libnvidia-gl-VERSION, Fedora xorg-x11-drv-nvidia-libs, Arch nvidia-utils. Into a
container NVIDIA's toolkit brings it if asked for graphics, which it is not by default:

  docker run --gpus all --env NVIDIA_DRIVER_CAPABILITIES=graphics ...";

/// Lists the adapters and what to know of them, those first that are best.
///
/// # Errors
/// If there is none, or none of the name that is asked for, or standard output is closed.
pub fn adapters(args: &AdaptersArgs) -> Result<(), CommandError> {
    let wanted = args.adapter.as_deref();
    let adapters = list_adapters(wanted);
    let machine = Machine::at(Path::new("/dev"));
    let mut stdout = io::stdout().lock();
    stdout.write_all(describe(&adapters, &machine).as_bytes())?;
    stdout.flush()?;
    if adapters.is_empty() {
        return Err(RenderError::NoAdapter.into());
    }
    if adapters.iter().any(|(_, is_used)| *is_used) {
        return Ok(());
    }
    let names = adapters.iter().map(|(adapter, _)| adapter.name.as_str());
    let fault = RenderError::NoSuchAdapter {
        wanted: wanted.unwrap_or_default().to_owned(),
        available: names.collect::<Vec<_>>().join(", "),
    };
    Err(fault.into())
}

/// What the machine has, whether or not it can be drawn with.
#[derive(Debug, Default)]
struct Machine {
    /// GPUs that this user may not open.
    closed: Vec<String>,
    has_nvidia: bool,
}

impl Machine {
    /// What its folder of devices says.
    fn at(devices: &Path) -> Self {
        let entries = fs::read_dir(devices.join("dri")).into_iter().flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        let is_gpu = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("renderD")
        };
        let may_open = |path: &Path| {
            let opened = fs::OpenOptions::new().read(true).write(true).open(path);
            opened.err().map(|error| error.kind()) != Some(io::ErrorKind::PermissionDenied)
        };
        let closed = paths.filter(|path| is_gpu(path) && !may_open(path));
        let mut closed: Vec<_> = closed.map(|path| path.display().to_string()).collect();
        closed.sort();
        Self {
            closed,
            has_nvidia: devices.join("nvidiactl").exists(),
        }
    }
}

fn describe(adapters: &[(AdapterSummary, bool)], machine: &Machine) -> String {
    let mut text = String::new();
    for (adapter, is_used) in adapters {
        let mark = if *is_used { "used     " } else { "available" };
        text.extend([mark, "  ", &adapter.to_string(), "\n"]);
    }
    let is_nvidia = |(adapter, _): &(AdapterSummary, bool)| {
        !adapter.is_software() && format!("{adapter}").to_lowercase().contains("nvidia")
    };
    let has_hardware = adapters.iter().any(|(adapter, _)| !adapter.is_software());
    let closed = machine.closed.join(", ");
    let closed = format!(
        "This user may not open {closed}: become a member\nof its group (ls -l shows which, \
         mostly render or video), or bring it into the container\nwith that group."
    );
    for (is_of_use, paragraph) in [
        (!adapters.is_empty(), ORDER),
        (adapters.is_empty(), SOFTWARE),
        (!has_hardware, HARDWARE),
        (!machine.closed.is_empty(), &closed),
        (
            machine.has_nvidia && !adapters.iter().any(is_nvidia),
            NVIDIA,
        ),
    ] {
        if is_of_use {
            text.extend([if text.is_empty() { "" } else { "\n" }, paragraph, "\n"]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn adapter(name: &str, kind: &str) -> AdapterSummary {
        AdapterSummary {
            name: name.into(),
            driver: "1.0".into(),
            backend: "vulkan".into(),
            kind: kind.into(),
            bus: String::new(),
        }
    }

    #[test]
    fn what_is_said_hangs_on_what_is_there() {
        let gpu = [(adapter("NVIDIA L4", "discrete GPU"), true)];
        let cpu = [(adapter("llvmpipe", "CPU"), true)];
        let plain = Machine::default();
        let nvidia = Machine {
            has_nvidia: true,
            ..Machine::default()
        };
        let closed = Machine {
            closed: vec!["/dev/dri/renderD128".into()],
            ..Machine::default()
        };
        let all = [ORDER, SOFTWARE, HARDWARE, NVIDIA, "/dev/dri/renderD128"];
        for (adapters, machine, said) in [
            (&gpu[..], &plain, &[ORDER][..]),
            (&gpu, &nvidia, &[ORDER]),
            (&cpu, &plain, &[ORDER, HARDWARE]),
            (&cpu, &nvidia, &[ORDER, HARDWARE, NVIDIA]),
            (&cpu, &closed, &[ORDER, HARDWARE, "/dev/dri/renderD128"]),
            (&[], &plain, &[SOFTWARE, HARDWARE]),
        ] {
            let text = describe(adapters, machine);
            for paragraph in all {
                let is_said = text.contains(paragraph);
                assert_eq!(is_said, said.contains(&paragraph), "{text}");
            }
            assert!(text.lines().all(|line| line.len() <= 88), "{text}");
        }
        let first = "used       NVIDIA L4 (discrete GPU, vulkan, 1.0)\n\nDiscrete";
        assert!(describe(&gpu, &plain).starts_with(first));
    }

    #[test]
    fn the_folder_of_devices_is_read() {
        let devices = tempfile::tempdir().unwrap();
        let machine = Machine::at(devices.path());
        assert!(machine.closed.is_empty() && !machine.has_nvidia);
        fs::create_dir(devices.path().join("dri")).unwrap();
        for name in ["nvidiactl", "dri/renderD128", "dri/card0"] {
            fs::write(devices.path().join(name), "").unwrap();
        }
        let machine = Machine::at(devices.path());
        assert!(machine.closed.is_empty() && machine.has_nvidia);
    }
}
