//! Asks the processor for memory before it is read.

/// Asks for the cache line where the value begins, and waits for nothing.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the intrinsic takes a bare address")]
#[inline]
pub(in crate::state) fn prefetch<T>(value: &T) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch is a hint. It changes nothing, gives nothing back and never faults, whatever the address; and
    // this one is of a value that is there. Every x86-64 processor has the instruction.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast()) }
}

/// Elsewhere the processor finds out by itself.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(in crate::state) const fn prefetch<T>(_: &T) {}
