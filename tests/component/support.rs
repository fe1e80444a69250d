//! What several modules need.

use std::sync::{Arc, Mutex};

use variate::component::{
    Call, Collector, Outcome, Phase, Readings, Record, Recorder, UnitOfMeasure,
};

/// Hooks that write down what they see.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Recorder for Log {
    fn record(&self, record: &Record<'_>) {
        self.add(format!(
            "{}.{} {} {}={:?}{} {}",
            record.arm(),
            record.method(),
            record.reason(),
            record.metric(),
            record.value(),
            record.unit_of_measure().code(),
            outcome(record.outcome()),
        ));
    }
}

pub(crate) fn outcome(outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::Error(failure) => format!("error({})", failure.label()),
        Outcome::FellBack(cause) => format!("fell_back({cause:?})"),
        other => other.code().to_owned(),
    }
}

/// Counts each call as one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted;

impl Collector for Counted {
    type State = ();

    fn before(&self, _: &Call<'_>) {}

    fn after(&self, _: &Call<'_>, (): &mut (), _: &Outcome<'_>, readings: &mut Readings<'_>) {
        readings.add("calls", 1.0, UnitOfMeasure::Count);
    }
}

macro_rules! logged {
    ($name:ident, $phase:ident) => {
        /// A collector in a phase that logs all its hooks.
        #[derive(Debug, Clone)]
        pub(crate) struct $name(pub(crate) &'static str, pub(crate) Log);

        impl Collector for $name {
            type State = u32;
            const PHASE: Phase = Phase::$phase;

            fn before(&self, call: &Call<'_>) -> u32 {
                self.1.add(format!("{} before {}", self.0, call.arm()));
                0
            }

            fn enter(&self, _: &Call<'_>, state: &mut u32) {
                *state += 1;
                self.1.add(format!("{} enter {state}", self.0));
            }

            fn exit(&self, _: &Call<'_>, state: &mut u32) {
                self.1.add(format!("{} exit {state}", self.0));
            }

            fn stop(&self, _: &Call<'_>, _: &mut u32) {
                self.1.add(format!("{} stop", self.0));
            }

            fn measured(&self, _: &Call<'_>, _: &mut u32, metric: &'static str, value: f64) {
                self.1.add(format!("{} measured {metric}={value}", self.0));
            }

            fn after(
                &self,
                _: &Call<'_>,
                _: &mut u32,
                outcome: &Outcome<'_>,
                _: &mut Readings<'_>,
            ) {
                self.1
                    .add(format!("{} after {}", self.0, self::outcome(outcome)));
            }

            fn error(
                &self,
                _: &Call<'_>,
                _: &mut u32,
                outcome: &Outcome<'_>,
                _: &mut Readings<'_>,
            ) {
                self.1
                    .add(format!("{} error {}", self.0, self::outcome(outcome)));
            }
        }
    };
}
logged!(Around, Around);
logged!(Resources, Resources);
logged!(Time, Time);

/// How often a call was polled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Polls;

impl Collector for Polls {
    type State = u32;

    fn before(&self, _: &Call<'_>) -> u32 {
        0
    }

    fn enter(&self, _: &Call<'_>, polls: &mut u32) {
        *polls += 1;
    }

    fn after(&self, _: &Call<'_>, polls: &mut u32, _: &Outcome<'_>, readings: &mut Readings<'_>) {
        readings.add("polls", f64::from(*polls), UnitOfMeasure::Count);
    }
}
