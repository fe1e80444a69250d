//! Hooks that call components themselves.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use variate::component::{Call, Collector, Fixed, Outcome, Readings, Record, UnitOfMeasure};

#[test]
fn what_a_recorder_or_a_collector_calls_is_not_measured() {
    #[variate::component]
    trait Count {
        #[measure(one = |_| 1.0, two = |_| 2.0)]
        fn count(&self) -> u32;
        #[component(shadow)]
        #[measure(one = |_| 1.0)]
        fn twice(&self) -> u32;
    }
    #[derive(Default)]
    struct Calls(AtomicU32);
    impl Count for Arc<Calls> {
        fn count(&self) -> u32 {
            self.0.fetch_add(1, Relaxed)
        }
        fn twice(&self) -> u32 {
            self.0.fetch_add(1, Relaxed);
            0
        }
    }
    type Again = Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>;
    fn again(again: &Again) {
        if let Some(call) = again.get() {
            call();
        }
    }
    /// Calls the component from each of its hooks.
    struct Calling(Again);
    impl Collector for Calling {
        type State = ();
        fn before(&self, _: &Call<'_>) {
            again(&self.0);
        }
        fn stop(&self, _: &Call<'_>, (): &mut ()) {
            again(&self.0);
        }
        fn after(&self, _: &Call<'_>, (): &mut (), _: &Outcome<'_>, readings: &mut Readings<'_>) {
            again(&self.0);
            readings.add("three", 3.0, UnitOfMeasure::Count);
        }
    }

    for has_collector in [true, false] {
        let (calls, records) = (Arc::<Calls>::default(), Arc::new(AtomicU32::new(0)));
        let (call_again, counted) = (Again::default(), Arc::clone(&records));
        let in_recorder = Arc::clone(&call_again);
        let builder = CountExperiment::builder("count")
            .control("one", Arc::clone(&calls))
            .arm("other", Arc::clone(&calls))
            .selector(Fixed::to("other"))
            .recorder(move |_: &Record<'_>| {
                counted.fetch_add(1, Relaxed);
                again(&in_recorder);
            });
        let count: Arc<dyn Count + Send + Sync> = if has_collector {
            let collector = Calling(Arc::clone(&call_again));
            Arc::new(builder.collect(collector).build().unwrap())
        } else {
            Arc::new(builder.build().unwrap())
        };
        let own = Arc::clone(&count);
        let _ = call_again.set(Box::new(move || {
            own.count();
        }));
        count.count();
        // Its own call, and one for each hook and each record.
        let (expected, recorded) = if has_collector {
            (1 + 3 + 3, 3)
        } else {
            (1 + 2, 2)
        };
        assert_eq!(calls.0.swap(0, Relaxed), expected);
        assert_eq!(records.swap(0, Relaxed), recorded);
        count.twice();
        // Both arms, and as many again as they have hooks and records.
        let (expected, recorded) = if has_collector {
            (2 + 6 + 4, 4)
        } else {
            (2 + 2, 2)
        };
        assert_eq!(calls.0.load(Relaxed), expected);
        assert_eq!(records.load(Relaxed), recorded);
    }
}
