//! How the C library's allocator treats freed memory.

/// Memory that each thread keeps for its next frame in place of giving it back, bytes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: i32 = 256 << 20;
/// The largest block that is kept so, bytes; the C library takes no more.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGEST: i32 = 32 << 20;

/// Lets threads keep what they free, up to a bound.
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
