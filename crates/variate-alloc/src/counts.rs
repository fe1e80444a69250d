//! What the current thread has allocated since it began.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

/// All counts wrap around: only their differences are read.
pub(crate) struct Counts {
    pub(crate) allocations: Cell<u64>,
    pub(crate) allocated: Cell<u64>,
    pub(crate) freed: Cell<u64>,
    /// The most bytes at one time since the innermost meter was entered.
    pub(crate) peak: Cell<i64>,
}

impl Counts {
    /// Bytes that are there; below 0 where this thread freed what others allocated.
    #[inline]
    pub(crate) fn live(&self) -> i64 {
        self.allocated
            .get()
            .wrapping_sub(self.freed.get())
            .cast_signed()
    }
}

thread_local! {
    // Without an initialiser or a destructor, reading it neither allocates nor fails, also while a thread ends.
    static COUNTS: Counts = const {
        Counts {
            allocations: Cell::new(0),
            allocated: Cell::new(0),
            freed: Cell::new(0),
            peak: Cell::new(0),
        }
    };
}

#[inline]
pub(crate) fn with<R>(read: impl FnOnce(&Counts) -> R) -> Option<R> {
    COUNTS.try_with(read).ok()
}

#[inline]
pub(crate) fn add(bytes: usize) {
    with(|counts| {
        counts
            .allocations
            .set(counts.allocations.get().wrapping_add(1));
        more(counts, bytes);
    });
}

#[inline]
pub(crate) fn free(bytes: usize) {
    with(|counts| less(counts, bytes));
}

#[inline]
pub(crate) fn resize(from: usize, to: usize) {
    with(|counts| {
        counts
            .allocations
            .set(counts.allocations.get().wrapping_add(1));
        if to >= from {
            more(counts, to - from);
        } else {
            less(counts, from - to);
        }
    });
}

#[inline]
fn more(counts: &Counts, bytes: usize) {
    counts
        .allocated
        .set(counts.allocated.get().wrapping_add(bytes as u64));
    let live = counts.live();
    if live > counts.peak.get() {
        counts.peak.set(live);
    }
}

#[inline]
fn less(counts: &Counts, bytes: usize) {
    counts
        .freed
        .set(counts.freed.get().wrapping_add(bytes as u64));
}

/// Whether the program's global allocator is a [`CountingAllocator`](crate::CountingAllocator): where it is not, nothing is counted.
///
/// The first calls allocate once, to see whether that is counted; later ones know.
pub fn is_installed() -> bool {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    if INSTALLED.load(Ordering::Relaxed) {
        return true;
    }
    let allocations = || with(|counts| counts.allocations.get());
    let before = allocations();
    // Seen from outside, so that it is not left out.
    drop(std::hint::black_box(Box::new(std::hint::black_box(1_u8))));
    let is_counted = allocations() != before;
    if is_counted {
        INSTALLED.store(true, Ordering::Relaxed);
    }
    is_counted
}
