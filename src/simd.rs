//! Vector instructions that a processor may have beyond those that all of its kind have.

/// Runs loops with wider vectors where this processor has them, which is found out when it runs. Only
/// what is inlined into `work` gains by it. Results are the same to the last bit.
#[inline]
pub fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[target_feature(enable = "avx2")]
        fn wide<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        #[expect(unsafe_code, reason = "there is no other way to ask for instructions")]
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { wide(work) };
    }
    work()
}
