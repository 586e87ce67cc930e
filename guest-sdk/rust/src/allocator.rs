//! The allocator of a plugin: the standard library's, kept out of line.
//!
//! `meed build` has the compiler inline long functions, for the sake of the author's; without this it would put a whole allocator
//! at each place that needs memory. Growing is left to the trait, which copies: half the code of growing in place.
#![allow(unsafe_code, reason = "the trait is unsafe; every call is passed on as it is")]

use std::alloc::{GlobalAlloc, Layout, System};

struct OutOfLine;

// SAFETY: the system's allocator keeps the promises.
unsafe impl GlobalAlloc for OutOfLine {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: OutOfLine = OutOfLine;
