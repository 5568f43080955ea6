//! Why a frame could not be drawn.

/// A fault of the renderer. The scene and the request were checked before, so what remains is the
/// GPU: none there, too small, lost, or misused by this program.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// There is no adapter to draw with.
    #[error(
        "No Vulkan or OpenGL adapter was found; install a driver, such as the software renderer of the \
         package mesa-vulkan-drivers (Debian, Ubuntu, Fedora) or vulkan-swrast (Arch)."
    )]
    NoAdapter,
    /// Adapters are there, but none of the name that was asked for.
    #[error("No adapter's name contains {wanted:?}; there are: {available}.")]
    NoSuchAdapter {
        /// The name asked for.
        wanted: String,
        /// The names there are.
        available: String,
    },
    /// The adapter refuses to open.
    #[error("The adapter {adapter} cannot be opened: {cause}.")]
    Device {
        /// Its name.
        adapter: String,
        /// What it says.
        cause: String,
    },
    /// The image or scene exceeds a limit of the adapter.
    #[error("The {what} ({value}) is more than the adapter takes ({limit}).")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        value: u64,
        /// The adapter's limit.
        limit: u64,
    },
    /// Scene and image need more memory of the GPU than the renderer may take.
    #[error(
        "On the GPU the scene and the image need at least {needed} bytes; the limit of a worker is {limit} \
         (--gpu-memory)."
    )]
    MemoryLimit {
        /// What was about to be held, bytes.
        needed: u64,
        /// What may be held, bytes.
        limit: u64,
    },
    /// The GPU has no memory left.
    #[error("The GPU is out of memory.")]
    OutOfMemory,
    /// The GPU went away; the next frame tries to open it again.
    #[error("The GPU was lost: {0}.")]
    DeviceLost(String),
    /// The GPU refused a command: a fault of this program.
    #[error("The GPU refused a command: {0}.")]
    Refused(String),
}
