//! Counts against what is known to be allocated.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;

use variate_alloc::{CountingAllocator, Meter, Usage, is_installed};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

fn bytes(size: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(size))
}

fn seen(usage: Usage) -> (u64, u64, u64, u64) {
    (usage.allocations, usage.allocated, usage.freed, usage.peak)
}

#[test]
fn it_knows_that_it_is_installed() {
    assert!(is_installed());
    assert!(is_installed());
}

#[test]
fn what_is_allocated_and_freed_is_counted() {
    let (kept, usage) = Meter::measure(|| {
        drop(bytes(500));
        bytes(100)
    });
    assert_eq!(seen(usage), (2, 600, 500, 500));
    assert_eq!(usage.net(), 100);
    drop(kept);
}

#[test]
fn zeroed_memory_is_counted_and_zero() {
    let (zeros, usage) = Meter::measure(|| black_box(vec![0_u8; 64]));
    assert_eq!(seen(usage), (1, 64, 0, 64));
    assert!(zeros.iter().all(|byte| *byte == 0));
}

#[test]
fn growing_counts_what_is_added_and_shrinking_what_is_left_out() {
    let mut list = bytes(100);
    list.extend_from_slice(&[7; 100]);
    let ((), usage) = Meter::measure(|| list.reserve_exact(200));
    assert_eq!(seen(usage), (1, 200, 0, 200));
    assert_eq!(list, [7; 100]);
    let ((), usage) = Meter::measure(|| list.shrink_to_fit());
    assert_eq!(seen(usage), (1, 0, 200, 0));
    assert_eq!(list, [7; 100]);
}

#[test]
fn meters_lie_inside_each_other() {
    let ((inner, after), outer) = Meter::measure(|| {
        let before = bytes(1_000);
        let (kept, inner) = Meter::measure(|| {
            drop(bytes(300));
            bytes(50)
        });
        drop((before, kept));
        let after = Meter::measure(|| drop(bytes(10))).1;
        (inner, after)
    });
    assert_eq!(seen(inner), (2, 350, 300, 300));
    assert_eq!(seen(after), (1, 10, 10, 10));
    assert_eq!(seen(outer), (4, 1_360, 1_360, 1_300));
}

#[test]
fn a_peak_before_an_inner_meter_is_not_forgotten() {
    let ((), outer) = Meter::measure(|| {
        drop(bytes(5_000));
        Meter::measure(|| drop(bytes(10)));
    });
    assert_eq!(outer.peak, 5_000);
}

#[test]
fn pieces_on_several_threads_add_up() {
    let mut meter = Meter::new();
    meter.enter();
    let kept = bytes(1_000);
    meter.exit();
    let elsewhere = bytes(70_000);
    let (mut meter, kept) = std::thread::spawn(move || {
        // Of no concern: the piece begins after it.
        drop(bytes(9_000));
        meter.enter();
        drop(bytes(200));
        meter.exit();
        (meter, kept)
    })
    .join()
    .unwrap();
    assert_eq!(seen(meter.usage()), (2, 1_200, 200, 1_200));
    meter.enter();
    drop(kept);
    meter.exit();
    assert_eq!(meter.usage().net(), 0);
    drop(elsewhere);
}

#[test]
fn interleaved_pieces_are_each_their_own() {
    let (mut one, mut other) = (Meter::new(), Meter::new());
    let mut kept = Vec::with_capacity(20);
    for _ in 0..10 {
        one.enter();
        kept.push(bytes(100));
        one.exit();
        other.enter();
        kept.push(bytes(7));
        other.exit();
    }
    assert_eq!(seen(one.usage()), (10, 1_000, 0, 1_000));
    assert_eq!(seen(other.usage()), (10, 70, 0, 70));
}

#[test]
fn memory_of_others_makes_the_net_negative() {
    let others = bytes(5_000);
    let ((), usage) = Meter::measure(|| drop(others));
    assert_eq!((usage.net(), usage.peak), (-5_000, 0));
}

#[test]
fn a_panic_leaves_the_meters_around_it_in_order() {
    let ((), usage) = Meter::measure(|| {
        let before = bytes(10_000);
        let panicked = std::panic::catch_unwind(|| {
            Meter::measure(|| {
                let held = bytes(40);
                std::panic::resume_unwind(Box::new(held.capacity()));
            })
        });
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&40_usize));
        drop(before);
    });
    assert!((10_040..10_400).contains(&usage.peak), "{usage:?}");
    assert_eq!(usage.net(), 0);
}

/// Has no memory.
struct Refusing;

// SAFETY: a null pointer is an allowed answer to all that is asked here, and nothing of it is ever freed.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        std::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[test]
fn memory_that_was_refused_is_not_counted() {
    let refusing = CountingAllocator::new(Refusing);
    let layout = Layout::new::<[u64; 8]>();
    let (are_null, usage) = Meter::measure(|| {
        // SAFETY: the layout is not empty.
        unsafe { refusing.alloc(layout).is_null() && refusing.alloc_zeroed(layout).is_null() }
    });
    assert!(are_null);
    assert_eq!(usage, Usage::default());
}
