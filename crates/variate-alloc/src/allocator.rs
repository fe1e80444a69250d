use std::alloc::{GlobalAlloc, Layout, System};

use crate::counts;

/// An allocator that counts, by thread, what it passes on to another one.
///
/// ```
/// use variate_alloc::CountingAllocator;
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator = CountingAllocator::system();
///
/// assert!(variate_alloc::is_installed());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct CountingAllocator<A = System> {
    inner: A,
}

impl CountingAllocator {
    /// Around the system's allocator.
    pub const fn system() -> Self {
        Self::new(System)
    }
}

impl<A> CountingAllocator<A> {
    /// Around any allocator.
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

// Counting touches cells of the thread that need no initialisation and are never dropped: it neither allocates nor panics.
//
// SAFETY: every call is passed on unchanged, and what comes back is given back unchanged; `inner` keeps the contract.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that `inner` asks for.
        let memory = unsafe { self.inner.alloc(layout) };
        if !memory.is_null() {
            counts::add(layout.size());
        }
        memory
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that `inner` asks for.
        let memory = unsafe { self.inner.alloc_zeroed(layout) };
        if !memory.is_null() {
            counts::add(layout.size());
        }
        memory
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: `memory` came from `inner`, since all memory does, with this layout.
        unsafe { self.inner.dealloc(memory, layout) };
        counts::free(layout.size());
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: `memory` came from `inner`, since all memory does, with this layout; `size` is what the caller promises.
        let moved = unsafe { self.inner.realloc(memory, layout, size) };
        if !moved.is_null() {
            counts::resize(layout.size(), size);
        }
        moved
    }
}
