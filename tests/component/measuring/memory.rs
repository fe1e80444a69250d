//! What calls allocate. The allocator of this program counts (main.rs).

use variate::component;
use variate::component::{Memory, MemoryRecorder, WallTime};

use super::{pause, poll_with, values};

#[component]
trait Gather {
    fn gather(&self, bytes: usize) -> Vec<u8>;
    async fn stream(&self, bytes: usize) -> usize;
}

struct AtOnce;

impl Gather for AtOnce {
    fn gather(&self, bytes: usize) -> Vec<u8> {
        drop(std::hint::black_box(vec![1_u8; 10 * bytes]));
        vec![0; bytes]
    }

    async fn stream(&self, bytes: usize) -> usize {
        let first = vec![0_u8; bytes];
        pause().await;
        let second = vec![0_u8; 2 * bytes];
        first.len() + second.len()
    }
}

#[test]
fn allocations_are_those_of_the_call() {
    let recorder = MemoryRecorder::new();
    let component = GatherExperiment::builder("gather")
        .control("at_once", AtOnce)
        .collect(Memory::new())
        .collect(WallTime::new())
        .recorder(recorder.clone())
        .build()
        .unwrap();
    assert!(Memory::new().is_available());
    for _ in 0..3 {
        drop(component.gather(100));
    }
    // Records allocate, and are not in it.
    assert_eq!(values(&recorder, "allocations"), [Some(2.0); 3]);
    assert_eq!(values(&recorder, "allocated"), [Some(1_100.0); 3]);
    assert_eq!(values(&recorder, "peak"), [Some(1_000.0); 3]);
}

#[test]
fn a_future_is_measured_poll_by_poll() {
    let recorder = MemoryRecorder::new();
    let component = GatherExperiment::builder("gather")
        .control("at_once", AtOnce)
        .collect(Memory::new())
        .recorder(recorder.clone())
        .build()
        .unwrap();
    let others = || drop(std::hint::black_box(vec![1_u8; 1 << 20]));
    assert_eq!(poll_with(component.stream(1_000), others), 3_000);
    assert_eq!(values(&recorder, "allocated"), [Some(3_000.0)]);
    assert_eq!(values(&recorder, "peak"), [Some(3_000.0)]);
}

#[test]
fn calls_inside_of_calls_count_for_both() {
    struct Outer<G>(G);

    impl<G: Gather> Gather for Outer<G> {
        fn gather(&self, bytes: usize) -> Vec<u8> {
            let own = std::hint::black_box(vec![1_u8; 50]);
            let inner = self.0.gather(bytes);
            drop(own);
            inner
        }

        async fn stream(&self, bytes: usize) -> usize {
            self.0.stream(bytes).await
        }
    }

    let (of_inner, of_outer) = (MemoryRecorder::new(), MemoryRecorder::new());
    let inner = GatherExperiment::builder("inner")
        .control("at_once", AtOnce)
        .collect(Memory::new())
        .recorder(of_inner.clone())
        .build()
        .unwrap();
    let outer = GatherExperiment::builder("outer")
        .control("outer", Outer(inner))
        .collect(Memory::new())
        .recorder(of_outer.clone())
        .build()
        .unwrap();
    drop(outer.gather(100));
    assert_eq!(values(&of_inner, "allocated"), [Some(1_100.0)]);
    assert_eq!(values(&of_inner, "peak"), [Some(1_000.0)]);
    // What the inner call's records took is the outer call's.
    assert!(values(&of_outer, "allocated")[0].unwrap() >= 1_150.0);
    assert!(values(&of_outer, "peak")[0].unwrap() >= 1_050.0);
}
