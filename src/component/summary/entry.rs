//! What is counted while calls go on.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{CallCounts, DivertedCounts, OutcomeCounts, SummaryOf};
use crate::component::clusters::Clusters;
use crate::component::selection::{ARM_OFF, NO_KEY, SHADOW};
use crate::component::{Call, Histogram, Outcome, UnitOfMeasure};

/// What is counted of one series and metric: of the calls that its arm was selected for.
#[derive(Debug)]
pub(super) struct Entry {
    experiment: Box<str>,
    arm: Box<str>,
    method: &'static str,
    unit: UnitOfMeasure,
    calls: Counts,
    /// Those of them that no selector split, counted apart.
    chosen: OnceLock<Box<Counts>>,
    /// The control's calls beside these, in a shadow.
    beside: OnceLock<Box<Beside>>,
    /// Those that the control took in the arm's place, in the order of the fields of [`DivertedCounts`].
    diverted: [AtomicU64; 3],
}

#[derive(Debug)]
struct Beside {
    control: Box<str>,
    calls: Counts,
}

#[derive(Debug)]
struct Counts {
    histogram: Histogram,
    /// In the order of the fields of [`OutcomeCounts`].
    outcomes: [AtomicU64; 7],
    clusters: OnceLock<Clusters>,
}

impl Entry {
    #[cold]
    pub(super) fn new(call: &Call<'_>, unit: UnitOfMeasure) -> Self {
        Self {
            experiment: call.experiment().into(),
            arm: call.selected_arm().into(),
            method: call.method(),
            unit,
            calls: Counts::new(),
            chosen: OnceLock::new(),
            beside: OnceLock::new(),
            diverted: [const { AtomicU64::new(0) }; 3],
        }
    }

    #[inline]
    pub(super) fn add(
        &self,
        call: &Call<'_>,
        outcome: &Outcome<'_>,
        value: Option<f64>,
        has_keys: bool,
    ) {
        if call.is_as_selected() && !call.is_chosen() && !call.is_nobodys() {
            self.calls.add(call, outcome, value, has_keys);
        } else {
            self.add_to_others(call, outcome, value, has_keys);
        }
    }

    /// A call that another arm took than the selected one, that went on beside it, or that nothing split.
    #[cold]
    fn add_to_others(
        &self,
        call: &Call<'_>,
        outcome: &Outcome<'_>,
        value: Option<f64>,
        has_keys: bool,
    ) {
        if call.is_as_selected() && call.is_chosen() {
            let chosen = self.chosen.get_or_init(|| Box::new(Counts::new()));
            return chosen.add(call, outcome, value, has_keys);
        }
        let [breaker_open, arm_off, no_key] = &self.diverted;
        let count = match call.reason() {
            SHADOW => {
                let beside = self.beside.get_or_init(|| {
                    Box::new(Beside {
                        control: call.arm().into(),
                        calls: Counts::new(),
                    })
                });
                return beside.calls.add(call, outcome, value, has_keys);
            }
            ARM_OFF => arm_off,
            NO_KEY => no_key,
            _ => breaker_open,
        };
        count.fetch_add(1, Relaxed);
    }

    /// Of the control and the arm, as far as there were calls.
    pub(super) fn read(&self, metric: &str, is_control: bool) -> [Option<SummaryOf>; 2] {
        let of = |arm: &str, is_control, counts: CallCounts| SummaryOf {
            experiment: (*self.experiment).to_owned(),
            arm: arm.to_owned(),
            is_control,
            method: self.method.to_owned(),
            metric: metric.to_owned(),
            unit: self.unit.code().to_owned(),
            outcomes: counts.outcomes,
            distribution: counts.distribution,
            clusters: counts.clusters,
            diverted: DivertedCounts::default(),
            beside: None,
            split: None,
        };
        let [breaker_open, arm_off, no_key] =
            self.diverted.each_ref().map(|count| count.load(Relaxed));
        let diverted = DivertedCounts {
            breaker_open,
            arm_off,
            no_key,
        };
        let beside = self.beside.get();
        let control = beside.map(|beside| of(&beside.control, true, beside.calls.read()));
        let mut own = self.calls.read();
        let mut split = None;
        if let Some(chosen) = self.chosen.get() {
            // In a shadow the control had the same calls, whoever chose them.
            split = beside.is_none().then(|| own.clone());
            own.merge(&chosen.read());
        }
        let is_called = own.outcomes.calls() > 0 || diverted != DivertedCounts::default();
        let arm = is_called.then(|| SummaryOf {
            diverted,
            beside: beside.map(|beside| beside.calls.read()),
            split,
            ..of(&self.arm, is_control, own)
        });
        [control, arm]
    }
}

impl Counts {
    fn new() -> Self {
        Self {
            histogram: Histogram::new(),
            outcomes: [const { AtomicU64::new(0) }; 7],
            clusters: OnceLock::new(),
        }
    }

    #[inline]
    fn add(&self, call: &Call<'_>, outcome: &Outcome<'_>, value: Option<f64>, has_keys: bool) {
        let place = match outcome {
            Outcome::Ok => 0,
            Outcome::Error(_) => 1,
            Outcome::Panicked => 2,
            Outcome::Cancelled => 3,
            Outcome::TimedOut => 4,
            Outcome::FellBack(_) => 5,
            Outcome::CutShort => 6,
        };
        // What was measured until nobody waited any longer is no value of the arm.
        let value = value.filter(|_| !matches!(outcome, Outcome::CutShort));
        if let Some(count) = self.outcomes.get(place) {
            count.fetch_add(1, Relaxed);
        }
        if let Some(value) = value {
            self.histogram.add(value);
        }
        if has_keys && let Some(key) = call.key() {
            let value = value.filter(|value| value.is_finite());
            self.clusters
                .get_or_init(Clusters::new)
                .add(key, value, outcome.is_failure());
        }
    }

    fn read(&self) -> CallCounts {
        let [
            ok,
            error,
            panicked,
            cancelled,
            timed_out,
            fell_back,
            cut_short,
        ] = self.outcomes.each_ref().map(|count| count.load(Relaxed));
        CallCounts {
            outcomes: OutcomeCounts {
                ok,
                error,
                panicked,
                cancelled,
                timed_out,
                fell_back,
                cut_short,
            },
            distribution: self.histogram.distribution(),
            clusters: self.clusters.get().map(Clusters::read).unwrap_or_default(),
        }
    }
}
