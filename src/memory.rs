//! Who gives out memory, and what happens to what is freed.
//!
//! There are two allocators: one for this program, and the C library's for the driver.

/// What is kept for the next scenes, for hours, lies among what each request takes and frees. jemalloc
/// finds the memory of the one again without being scattered by the other: resident memory is level after
/// some thousand requests, where the C library's goes on growing for ten thousand and more.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// jemalloc's settings, which it looks for under this name. By default it gives blocks of 8 MiB and more
/// back to the kernel as soon as they are freed, to the cost of each large scene; like others they may
/// be kept for ten seconds. A thread of its own sees to it that they are given back then, also when there
/// is nothing to do.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the name is jemalloc's, and no one else's")]
#[unsafe(export_name = "_rjem_malloc_conf")]
static SETTINGS: &[u8; 44] = b"oversize_threshold:0,background_thread:true\0";

/// Memory that each thread of the driver keeps for its next frame in place of giving it back, bytes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: i32 = 256 << 20;
/// The largest block that is kept so, bytes; the C library takes no more.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGEST: i32 = 32 << 20;

/// Lets the driver's threads keep what they free, up to a bound.
///
/// A driver on the CPU takes and frees megabytes in each frame. By default they go back to the kernel
/// each time, which has to clear the pages when they are asked for again: a tenth of all the time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "a setting of the C library, which has no other way"
)]
pub fn keep_freed() {
    // SAFETY: it takes two numbers, and locks what it changes.
    let is_set = unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST) == 1
            && libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT) == 1
    };
    if !is_set {
        log::warn!("The allocator takes no settings; frames cost more.");
    }
}

/// Other C libraries have no such setting.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_freed() {}
