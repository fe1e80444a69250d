use std::sync::Arc;
use std::time::Duration;

use super::failure::{Step, tell_failure};
use super::{Stopwatch, SystemStopwatch};
use crate::contain::contain;
use crate::declared::Declared;
use crate::diagnostics::tell;
use crate::variant_list::VariantList;
use crate::{Behaviours, Experiment, Value, Variant, limits};

/// In which order the behaviours of a shadow run begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Order {
    /// Another order each time, by the configuration's [`Randomness`](crate::Randomness): who comes
    /// first warms caches for the others, and no variant is to gain by that.
    #[default]
    Shuffled,
    /// The control first, then the candidates as the trial names them.
    ControlFirst,
    /// The candidates as the trial names them, then the control.
    ControlLast,
}

/// Which shadow runs are published as an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Publish {
    /// All.
    #[default]
    Always,
    /// Those in which a candidate mismatched.
    Mismatches,
    /// None: hooks see the result, and no tracker does.
    Never,
}

/// When and how behaviours run.
pub(super) struct Plan {
    pub(super) enabled: bool,
    pub(super) percent: f64,
    pub(super) order: Order,
    pub(super) deadline: Option<Duration>,
    pub(super) stopwatch: Arc<dyn Stopwatch>,
    pub(super) publish: Publish,
    pub(super) label: Option<Value<'static>>,
    pub(super) raises: bool,
}

impl Plan {
    pub(super) fn new() -> Self {
        Self {
            enabled: true,
            percent: 100.0,
            order: Order::default(),
            deadline: None,
            stopwatch: Arc::new(SystemStopwatch::new()),
            publish: Publish::default(),
            label: None,
            raises: false,
        }
    }

    /// Who runs, and when; `None` where only the control does.
    pub(super) fn lineup<T>(
        &self,
        experiment: &Experiment<'_>,
        behaviours: &impl Behaviours<T>,
    ) -> Option<Lineup> {
        if !self.enabled || !experiment.may_shadow() || behaviours.count() < 2 {
            return None;
        }
        if !self.is_sampled(experiment) {
            return None;
        }
        let mut list = VariantList::new();
        behaviours.each(&mut |variant| list.add(variant, Some(experiment)));
        let entries: Vec<_> = list
            .as_slice()
            .iter()
            .filter_map(|variant| {
                Some(Entry {
                    variant: (*variant).clone(),
                    position: behaviours.position(variant.as_str())?,
                })
            })
            .collect();
        (entries.len() > 1).then(|| Lineup::new(self.ordered(experiment, entries)))
    }

    fn is_sampled(&self, experiment: &Experiment<'_>) -> bool {
        if self.percent >= 100.0 {
            return true;
        }
        // The other way around, so that what is not a number samples nothing.
        #[allow(clippy::neg_cmp_op_on_partial_ord)]
        if !(self.percent > 0.0) {
            return false;
        }
        let Some(bits) = draw(experiment) else {
            return false;
        };
        // The 53 bits that a float holds exactly, as a number from 0 to 1.
        #[allow(clippy::cast_precision_loss)]
        let drawn = (bits >> 11) as f64 / (1_u64 << 53) as f64;
        drawn * 100.0 < self.percent
    }

    /// The control comes first in what a trial names.
    fn ordered(&self, experiment: &Experiment<'_>, mut entries: Vec<Entry>) -> Vec<Entry> {
        match self.order {
            Order::ControlFirst => {}
            Order::ControlLast => entries.rotate_left(1),
            Order::Shuffled => {
                for last in (1..entries.len()).rev() {
                    let Some(bits) = draw(experiment) else {
                        break;
                    };
                    let among = u128::try_from(last + 1).unwrap_or(1);
                    let place = (u128::from(bits) * among) >> 64;
                    entries.swap(last, usize::try_from(place).unwrap_or(last));
                }
            }
        }
        entries
    }
}

fn draw(experiment: &Experiment<'_>) -> Option<u64> {
    let bits = contain(|| experiment.config().randomness().next_u64());
    if bits.is_none() {
        tell_failure(experiment, Step::Randomness);
    }
    bits
}

impl Experiment<'_> {
    /// Whether shadow runs of this experiment may run anything but the control: not where its units
    /// could not take part, whoever they are.
    pub(crate) fn may_shadow(&self) -> bool {
        if !limits::name_fits(self.name()) {
            return false;
        }
        if self.is_denied_here() {
            tell!(
                self.teller(),
                Nest,
                nested_runs,
                "a shadow run inside another experiment's behaviour: only the control runs",
            );
            return false;
        }
        #[cfg(feature = "testing")]
        if let Some(stubbed) = self.stubbed_shadow() {
            return stubbed;
        }
        let config = self.config();
        self.is_enabled()
            && !self.is_excluded()
            && !config.is_switched_off(self.name())
            && config.with_declared(self.name(), |declared| self.is_open(declared))
    }

    fn is_open(&self, declared: Option<&Declared>) -> bool {
        let config = self.config();
        let Some(declared) = declared else {
            if config.catalogues_are_off() {
                return false;
            }
            if config.is_strict() {
                tell!(
                    self.teller(),
                    Define,
                    undeclared_experiments,
                    "the experiment is not declared, and the configuration is strict: only the control runs",
                );
                return false;
            }
            return true;
        };
        let is_closed = || declared.closed_at(config.clock().now()).is_some();
        declared.enabled && !(declared.has_dates() && contain(is_closed).unwrap_or(true))
    }

    /// What a test says in place of switches, dates and exclusions, if it does.
    #[cfg(feature = "testing")]
    fn stubbed_shadow(&self) -> Option<bool> {
        use crate::testing::{Instead, StubState, is_in_force};

        if !is_in_force() {
            return None;
        }
        let stub = StubState::of(self)?;
        let stubbed = match stub.instead() {
            Instead::Variant(_) | Instead::Enabled => true,
            Instead::Disabled | Instead::Excluded => false,
            // Nobody asks a store here: the rest has its say.
            Instead::Assigned(_) => return None,
        };
        stub.count_use();
        Some(stubbed)
    }
}

/// A behaviour that runs.
pub(super) struct Entry {
    pub(super) variant: Variant,
    pub(super) position: usize,
}

/// The behaviours that run, in their order.
pub(super) struct Lineup {
    pub(super) before: Vec<Entry>,
    pub(super) control: Entry,
    pub(super) after: Vec<Entry>,
}

impl Lineup {
    fn new(entries: Vec<Entry>) -> Self {
        let mut lineup = Self {
            before: Vec::new(),
            control: Entry {
                variant: Variant::control(),
                position: 0,
            },
            after: Vec::new(),
        };
        let mut candidates = &mut lineup.before;
        for entry in entries {
            if entry.variant.is_control() {
                lineup.control = entry;
                candidates = &mut lineup.after;
            } else {
                candidates.push(entry);
            }
        }
        lineup
    }
}
