//! Memory that is freed only to be asked for again.
#![allow(unsafe_code, reason = "the C library's settings can be reached in no other way")]

/// Tells the C library to keep what is freed: call it once where a program that trains begins.
///
/// A gradient step frees its tensors and the next one asks for as many. glibc gives large ones back to the system at once, and
/// a third of the time of a training went into getting them again. Up to 256 MB stay with the process. Elsewhere it does nothing.
pub fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const LARGEST: libc::c_int = 32 << 20;
        const KEPT: libc::c_int = 256 << 20;
        // SAFETY: `mallopt` takes plain numbers and its own lock; a number that it does not like is refused, not acted on.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST);
            libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
            libc::mallopt(libc::M_TOP_PAD, LARGEST);
        }
    }
}
