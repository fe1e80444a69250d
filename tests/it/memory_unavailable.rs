//! In a program whose allocator does not count, memory is no zero.

use variate::component;
use variate::component::{Memory, MemoryRecorder};

#[component]
trait Gather {
    fn gather(&self) -> Vec<u8>;
}

struct AtOnce;

impl Gather for AtOnce {
    fn gather(&self) -> Vec<u8> {
        vec![1; 100]
    }
}

#[test]
fn what_cannot_be_measured_says_so() {
    let recorder = MemoryRecorder::new();
    assert!(!Memory::new().is_available());
    let component = GatherExperiment::builder("gather")
        .control("at_once", AtOnce)
        .collect(Memory::new())
        .recorder(recorder.clone())
        .build()
        .unwrap();
    assert_eq!(component.gather().len(), 100);
    let measurements = recorder.measurements();
    let metrics: Vec<_> = measurements
        .iter()
        .map(|of| (&*of.metric, of.value, &*of.unit))
        .collect();
    assert_eq!(
        metrics,
        [
            ("allocations", None, "count"),
            ("allocated", None, "bytes"),
            ("peak", None, "bytes")
        ]
    );
}
