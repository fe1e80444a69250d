//! An experiment as it is simulated.

use std::time::{Duration, SystemTime};

use variate::{CatalogueEntry, Config, Context, MetricKind, Quantity};
use variate_collector::live::ExperimentPlan;

use crate::answer::End;

/// What a catalogue declares of one.
pub(crate) struct Subject {
    pub(crate) name: String,
    /// As it is declared, but for dates: it runs.
    pub(crate) plan: ExperimentPlan,
    pub(crate) layer: Option<String>,
    /// The keys of contexts that its rules ask for.
    pub(crate) asks_for: Vec<String>,
    /// When it is simulated: on its first day, if that is still to come.
    pub(crate) moment: SystemTime,
    /// How long it is declared to run.
    pub(crate) declared_days: Option<u32>,
}

/// What became of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placed {
    /// It takes part with the variant at this place.
    Variant(usize),
    /// It does not, for this reason.
    Out(&'static str),
}

impl Subject {
    pub(crate) fn of(entry: CatalogueEntry<'_>, now: SystemTime) -> Self {
        let mut plan = ExperimentPlan::of_entry(&entry);
        let is_over = entry.ends().is_some_and(|ends| ends <= now);
        let moment = match entry.starts() {
            Some(starts) if starts > now && !is_over => starts,
            _ => now,
        };
        let length = entry.ends().and_then(|ends| {
            let from = entry.starts().unwrap_or(now);
            ends.duration_since(from).ok()
        });
        plan.about.starts = None;
        plan.about.ends = None;
        plan.about.enabled = true;
        Self {
            name: entry.name().to_owned(),
            plan,
            layer: entry.layer().map(str::to_owned),
            asks_for: entry.asks_for().into_iter().map(str::to_owned).collect(),
            moment,
            declared_days: length.and_then(whole_days),
        }
    }

    /// When it is read. `days` are those that somebody asked for.
    pub(crate) fn end(&self, days: Option<u32>) -> End {
        let planned = self.plan.plan.days.into_iter().chain(self.declared_days);
        match (days, self.plan.plan.units, planned.min()) {
            (Some(days), _, _) | (None, None, Some(days)) => End::Days { days },
            (None, Some(units), _) => End::Units { units },
            (None, None, None) => End::Never,
        }
    }

    /// What the real assignment says of a unit.
    pub(crate) fn place(&self, config: &Config, context: &Context<'_>) -> Placed {
        let experiment = config.experiment(self.name.as_str(), context);
        let assignment = experiment.assignment();
        let out = Placed::Out(assignment.reason().code());
        if !assignment.is_tracked() {
            return out;
        }
        let mut variants = self.plan.variants.iter();
        let place = variants.position(|of| assignment.variant() == of.as_str());
        place.map_or(out, Placed::Variant)
    }

    /// The places of the variants that are compared with the control: all that get a share.
    pub(crate) fn treatments(&self) -> Vec<usize> {
        let gets_some = |name: &String| {
            !self.plan.checks_split
                || self.plan.shares.is_empty()
                || self.plan.shares.get(name).is_some_and(|share| *share > 0.0)
        };
        let variants = self.plan.variants.iter().enumerate().skip(1);
        variants
            .filter(|(_, name)| gets_some(name))
            .map(|(at, _)| at)
            .collect()
    }

    /// As it is evaluated: each metric has actions of its own, since each is simulated for itself.
    pub(crate) fn simulated(&self, end: End) -> ExperimentPlan {
        let mut plan = self.plan.clone();
        plan.plan.units = None;
        plan.plan.days = None;
        match end {
            End::Units { units } => plan.plan.units = Some(units),
            End::Days { days } => plan.plan.days = Some(days),
            End::Never => {}
        }
        for (at, metric) in plan.metrics.iter_mut().enumerate() {
            metric.kind = own(&metric.kind, at);
        }
        plan
    }
}

/// The same of other actions.
fn own(kind: &MetricKind, at: usize) -> MetricKind {
    let action = |of: &str| format!("{at} {of}");
    let quantity = |of: &Quantity| match of {
        Quantity::Events(of) => Quantity::Events(action(of)),
        Quantity::Values(of) => Quantity::Values(action(of)),
    };
    match kind {
        MetricKind::Conversion { action: of } => MetricKind::conversion(action(of)),
        MetricKind::Count { action: of } => MetricKind::count(action(of)),
        MetricKind::Value { action: of } => MetricKind::value(action(of)),
        MetricKind::Ratio {
            numerator,
            denominator,
        } => MetricKind::ratio(quantity(numerator), quantity(denominator)),
        other => other.clone(),
    }
}

/// At least one.
fn whole_days(length: Duration) -> Option<u32> {
    let days = length.as_secs().div_ceil(86_400).max(1);
    u32::try_from(days).ok()
}
