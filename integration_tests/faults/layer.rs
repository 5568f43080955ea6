//! A layer of Vulkan that lets a driver fail when it is told to: what a GPU does when it is lost, hangs or is
//! full, for a server that knows nothing of the test.
//!
//! The loader puts the layer between program and driver (`VK_INSTANCE_LAYERS`). Each fault that is due is a file in
//! the folder that [`FOLDER`] names. The file's name begins with the name of what is to fail, and it is deleted by
//! the call that fails, so that each fault happens once. All devices of the program must have the same driver.

#![allow(unsafe_code, reason = "Vulkan calls us, and we call Vulkan")]

use std::ffi::{CStr, c_char, c_void};
use std::sync::OnceLock;
use std::time::Duration;
use std::{env, fs, mem, thread};

use ash::vk;

/// The variable that has the folder of the faults.
const FOLDER: &str = "VULKAN_FAULTS";
/// How long a driver hangs that is told to: longer than any server waits that is tested with it.
const HANG: Duration = Duration::from_secs(15);

// Of vk_layer.h: how loader and layers find each other.

/// `VkNegotiateLayerInterface`.
#[repr(C)]
pub struct NegotiateLayerInterface {
    kind: i32,
    next: *mut c_void,
    version: u32,
    get_instance_proc_addr: Option<vk::PFN_vkGetInstanceProcAddr>,
    get_device_proc_addr: Option<vk::PFN_vkGetDeviceProcAddr>,
    get_physical_device_proc_addr: Option<vk::PFN_vkGetInstanceProcAddr>,
}

/// The interface that has what is above.
const INTERFACE_VERSION: u32 = 2;

/// `VkLayerInstanceCreateInfo` and `VkLayerDeviceCreateInfo`, with `Link` that of the first or second.
#[repr(C)]
struct LayerCreateInfo<Link> {
    kind: vk::StructureType,
    next: *const c_void,
    function: u32,
    link: *const Link,
}

/// `VK_LAYER_LINK_INFO`: a [`LayerCreateInfo`] has a link.
const LINK_INFO: u32 = 0;

/// `VkLayerInstanceLink`.
#[repr(C)]
struct InstanceLink {
    next: *const Self,
    get_instance_proc_addr: vk::PFN_vkGetInstanceProcAddr,
    get_physical_device_proc_addr: Option<vk::PFN_vkGetInstanceProcAddr>,
}

/// `VkLayerDeviceLink`.
#[repr(C)]
struct DeviceLink {
    next: *const Self,
    get_instance_proc_addr: vk::PFN_vkGetInstanceProcAddr,
    get_device_proc_addr: vk::PFN_vkGetDeviceProcAddr,
}

/// What comes after us.
static INSTANCE: OnceLock<vk::PFN_vkGetInstanceProcAddr> = OnceLock::new();
static DEVICE: OnceLock<Device> = OnceLock::new();

struct Device {
    get_device_proc_addr: vk::PFN_vkGetDeviceProcAddr,
    queue_submit: vk::PFN_vkQueueSubmit,
    allocate_memory: vk::PFN_vkAllocateMemory,
    create_framebuffer: vk::PFN_vkCreateFramebuffer,
}

/// Whether a fault is due, which then is over.
fn fails(name: &str) -> bool {
    let files = env::var_os(FOLDER).and_then(|folder| fs::read_dir(folder).ok());
    let mut files = files.into_iter().flatten().flatten();
    // Another thread may have been first.
    files.any(|file| {
        file.file_name().to_string_lossy().starts_with(name) && fs::remove_file(file.path()).is_ok()
    })
}

/// Where the loader begins.
///
/// # Safety
/// As Vulkan's loader calls it.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn vkNegotiateLoaderLayerInterfaceVersion(
    interface: *mut NegotiateLayerInterface,
) -> vk::Result {
    // SAFETY: the loader gives a valid one.
    let interface = unsafe { &mut *interface };
    if interface.version < INTERFACE_VERSION {
        return vk::Result::ERROR_INITIALIZATION_FAILED;
    }
    interface.version = INTERFACE_VERSION;
    interface.get_instance_proc_addr = Some(get_instance_proc_addr);
    interface.get_device_proc_addr = Some(get_device_proc_addr);
    interface.get_physical_device_proc_addr = None;
    vk::Result::SUCCESS
}

/// A function as Vulkan gives them away; the type is known by its name.
macro_rules! erased {
    ($function:path as $type:ty) => {
        // SAFETY: all pointers to functions are alike, and the caller casts it back.
        Some(unsafe { mem::transmute::<$type, unsafe extern "system" fn()>($function) })
    };
}

unsafe extern "system" fn get_instance_proc_addr(
    instance: vk::Instance,
    name: *const c_char,
) -> vk::PFN_vkVoidFunction {
    // SAFETY: the caller gives a name.
    match unsafe { CStr::from_ptr(name) }.to_bytes() {
        b"vkGetInstanceProcAddr" => {
            erased!(get_instance_proc_addr as vk::PFN_vkGetInstanceProcAddr)
        }
        b"vkCreateInstance" => erased!(create_instance as vk::PFN_vkCreateInstance),
        b"vkCreateDevice" => erased!(create_device as vk::PFN_vkCreateDevice),
        b"vkGetDeviceProcAddr" => erased!(get_device_proc_addr as vk::PFN_vkGetDeviceProcAddr),
        // SAFETY: as we are called.
        _ => unsafe { INSTANCE.get()?(instance, name) },
    }
}

unsafe extern "system" fn get_device_proc_addr(
    device: vk::Device,
    name: *const c_char,
) -> vk::PFN_vkVoidFunction {
    // SAFETY: the caller gives a name.
    match unsafe { CStr::from_ptr(name) }.to_bytes() {
        b"vkGetDeviceProcAddr" => erased!(get_device_proc_addr as vk::PFN_vkGetDeviceProcAddr),
        b"vkQueueSubmit" => erased!(queue_submit as vk::PFN_vkQueueSubmit),
        b"vkAllocateMemory" => erased!(allocate_memory as vk::PFN_vkAllocateMemory),
        b"vkCreateFramebuffer" => erased!(create_framebuffer as vk::PFN_vkCreateFramebuffer),
        // SAFETY: as we are called.
        _ => unsafe { (DEVICE.get()?.get_device_proc_addr)(device, name) },
    }
}

/// Takes our link out of the chain that the loader hands down, so that the next layer finds its own.
///
/// # Safety
/// `next` is the `pNext` of a create info that the loader made, and `Link` the one of `kind`.
unsafe fn take_link<'l, Link>(next: *const c_void, kind: vk::StructureType) -> Option<&'l Link> {
    let mut next = next.cast::<vk::BaseInStructure<'_>>();
    // SAFETY: all structures of a chain begin like this one.
    while let Some(base) = unsafe { next.as_ref() } {
        let info = next.cast_mut().cast::<LayerCreateInfo<Link>>();
        // SAFETY: structures of this kind are the loader's, and may be written to.
        if base.s_type == kind && unsafe { (*info).function } == LINK_INFO {
            // SAFETY: it has a link, which begins with a pointer to the next.
            unsafe {
                let link = (*info).link;
                (*info).link = *link.cast::<*const Link>();
                return link.as_ref();
            }
        }
        next = base.p_next;
    }
    None
}

unsafe extern "system" fn create_instance(
    info: *const vk::InstanceCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    instance: *mut vk::Instance,
) -> vk::Result {
    let kind = vk::StructureType::LOADER_INSTANCE_CREATE_INFO;
    // SAFETY: the loader calls us with its chain.
    let Some(link) = (unsafe { take_link::<InstanceLink>((*info).p_next, kind) }) else {
        return vk::Result::ERROR_INITIALIZATION_FAILED;
    };
    let get = *INSTANCE.get_or_init(|| link.get_instance_proc_addr);
    // SAFETY: the next one's own function, called as we are.
    unsafe {
        let create = get(vk::Instance::null(), c"vkCreateInstance".as_ptr());
        let Some(create) =
            mem::transmute::<vk::PFN_vkVoidFunction, Option<vk::PFN_vkCreateInstance>>(create)
        else {
            return vk::Result::ERROR_INITIALIZATION_FAILED;
        };
        create(info, allocator, instance)
    }
}

unsafe extern "system" fn create_device(
    physical_device: vk::PhysicalDevice,
    info: *const vk::DeviceCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    device: *mut vk::Device,
) -> vk::Result {
    let kind = vk::StructureType::LOADER_DEVICE_CREATE_INFO;
    // SAFETY: the loader calls us with its chain.
    let link = unsafe { take_link::<DeviceLink>((*info).p_next, kind) };
    let Some(link) = link.filter(|_| !fails("open")) else {
        return vk::Result::ERROR_INITIALIZATION_FAILED;
    };
    // SAFETY: the next one's own functions, whose types are those of their names.
    unsafe {
        let create =
            (link.get_instance_proc_addr)(vk::Instance::null(), c"vkCreateDevice".as_ptr());
        let create =
            create.or_else(|| INSTANCE.get()?(vk::Instance::null(), c"vkCreateDevice".as_ptr()));
        let Some(create) =
            mem::transmute::<vk::PFN_vkVoidFunction, Option<vk::PFN_vkCreateDevice>>(create)
        else {
            return vk::Result::ERROR_INITIALIZATION_FAILED;
        };
        let created = create(physical_device, info, allocator, device);
        if created != vk::Result::SUCCESS {
            return created;
        }
        let get = |name: &CStr| (link.get_device_proc_addr)(*device, name.as_ptr());
        let (Some(submit), Some(allocate), Some(framebuffer)) = (
            get(c"vkQueueSubmit"),
            get(c"vkAllocateMemory"),
            get(c"vkCreateFramebuffer"),
        ) else {
            return vk::Result::ERROR_INITIALIZATION_FAILED;
        };
        DEVICE.get_or_init(|| Device {
            get_device_proc_addr: link.get_device_proc_addr,
            queue_submit: mem::transmute::<unsafe extern "system" fn(), vk::PFN_vkQueueSubmit>(submit),
            allocate_memory: mem::transmute::<unsafe extern "system" fn(), vk::PFN_vkAllocateMemory>(allocate),
            create_framebuffer: mem::transmute::<unsafe extern "system" fn(), vk::PFN_vkCreateFramebuffer>(
                framebuffer,
            ),
        });
        vk::Result::SUCCESS
    }
}

/// `lost`: the device is lost. `hang`: the driver does not come back for a while.
unsafe extern "system" fn queue_submit(
    queue: vk::Queue,
    count: u32,
    submits: *const vk::SubmitInfo<'_>,
    fence: vk::Fence,
) -> vk::Result {
    if fails("hang") {
        thread::sleep(HANG);
    }
    match DEVICE.get() {
        // SAFETY: as we are called.
        Some(next) if !fails("lost") => unsafe {
            (next.queue_submit)(queue, count, submits, fence)
        },
        _ => vk::Result::ERROR_DEVICE_LOST,
    }
}

/// `memory`: there is none left.
unsafe extern "system" fn allocate_memory(
    device: vk::Device,
    info: *const vk::MemoryAllocateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    memory: *mut vk::DeviceMemory,
) -> vk::Result {
    match DEVICE.get() {
        // SAFETY: as we are called.
        Some(next) if !fails("memory") => unsafe {
            (next.allocate_memory)(device, info, allocator, memory)
        },
        _ => vk::Result::ERROR_OUT_OF_DEVICE_MEMORY,
    }
}

/// `framebuffer 640x480`: there is no memory for one of this size, over which wgpu panics.
unsafe extern "system" fn create_framebuffer(
    device: vk::Device,
    info: *const vk::FramebufferCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    framebuffer: *mut vk::Framebuffer,
) -> vk::Result {
    // SAFETY: the caller gives a valid one.
    let (width, height) = unsafe { ((*info).width, (*info).height) };
    match DEVICE.get() {
        // SAFETY: as we are called.
        Some(next) if !fails(&format!("framebuffer {width}x{height}")) => unsafe {
            (next.create_framebuffer)(device, info, allocator, framebuffer)
        },
        _ => vk::Result::ERROR_OUT_OF_DEVICE_MEMORY,
    }
}
