//! What the library calls its own metrics.

use variate::component;
use variate::component::{Concurrency, CpuTime, Fixed, MemoryRecorder, Outcomes, WallTime};

/// What the compiler says of a `#[measure(..)]` that has such a name.
const REFUSED: &str =
    include_str!("../../crates/variate-compile-tests/tests/compile_fail/component/measures.stderr");

#[component]
trait Sum {
    #[component(shadow)]
    fn sum(&self, numbers: &[u8]) -> u8;
}

impl Sum for () {
    fn sum(&self, numbers: &[u8]) -> u8 {
        numbers.iter().sum()
    }
}

#[test]
fn no_measure_can_be_called_as_a_metric_of_the_librarys_own() {
    let recorder = MemoryRecorder::new();
    let builder = SumExperiment::builder("sum")
        .control("one", ())
        .arm("other", ())
        .selector(Fixed::to("other"))
        .collect(WallTime::new())
        .collect(CpuTime::new())
        .collect(Outcomes::new())
        .collect(Concurrency::new());
    #[cfg(feature = "memory")]
    let builder = builder.collect(component::Memory::new());
    builder
        .recorder(recorder.clone())
        .build()
        .unwrap()
        .sum(&[1, 2]);
    let mut metrics: Vec<_> = recorder.take().into_iter().map(|of| of.metric).collect();
    metrics.sort_unstable();
    metrics.dedup();
    assert!(metrics.len() >= 5, "{metrics:?}");
    for metric in metrics {
        assert!(REFUSED.contains(&format!("`{metric}`")), "{metric}");
    }
}
