use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::Catalogue;
use super::entry::Experiment;
use super::problem::{Place, Problem};
use super::rollout::Split;
use crate::{Action, Bucketing, Metric, MetricKind, MetricRole, Variant};

/// What is allowed and yet looks wrong.
/// What units count from on, in evaluations: ours, and that of Gimel's and Lámed's clients.
const EXPOSURES: [&str; 2] = [Action::ASSIGNMENT, "participate"];

pub(super) fn lints(catalogues: &[&Catalogue], now: SystemTime) -> Vec<Problem> {
    let mut correlated = correlated(catalogues);
    let mut told = Vec::new();
    for catalogue in catalogues {
        let mut found = of_one(catalogue, now);
        found.extend(correlated.extract_if(.., |problem| *problem.source() == *catalogue.source));
        found.sort_by_key(|problem| (problem.line(), problem.column()));
        told.extend(found);
    }
    told
}

fn of_one(catalogue: &Catalogue, now: SystemTime) -> Vec<Problem> {
    let mut found = Vec::new();
    for experiment in &catalogue.experiments {
        let mut lints = Lints {
            catalogue,
            experiment,
            found: &mut found,
        };
        lints.dates(now);
        lints.people();
        lints.reachable();
        lints.seed();
        lints.metrics();
    }
    shared_lines(catalogue, &mut found);
    found
}

struct Lints<'l> {
    catalogue: &'l Catalogue,
    experiment: &'l Experiment,
    found: &'l mut Vec<Problem>,
}

impl Lints<'_> {
    fn tell(&mut self, place: Place, key: &str, message: impl Into<String>) {
        let name = &self.experiment.name;
        let problem = self.catalogue.problem(place, name, key, message.into());
        self.found.push(problem);
    }

    fn dates(&mut self, now: SystemTime) {
        let place = self.experiment.place;
        match (self.experiment.ends, self.experiment.due) {
            (Some(ends), _) if ends <= now => {
                let ended = day(ends);
                self.tell(
                    place,
                    "ends",
                    format!("it has ended on {ended}: keep one variant in the code, and take the declaration out"),
                );
            }
            (_, Some(due)) if due <= now => {
                let due = day(due);
                self.tell(
                    place,
                    "due",
                    format!("it was due on {due}: decide, or give it another date"),
                );
            }
            _ => {}
        }
    }

    fn people(&mut self) {
        if self.experiment.owner.is_none() {
            let place = self.experiment.place;
            self.tell(place, "owner", "nobody owns it: say who answers for it");
        }
    }

    /// Variants and segments that no unit comes to.
    fn reachable(&mut self) {
        let experiment = self.experiment;
        if experiment.traffic == Some(0.0) {
            let message = "a traffic share of 0 lets nobody in: raise it, or set `enabled = false`";
            self.tell(experiment.place, "traffic", message);
        }
        let mut excluded: HashSet<String> = HashSet::new();
        let mut all_are_out = false;
        for (place, condition) in &experiment.exclude {
            if condition.never_holds() {
                self.tell(*place, "exclude", "the condition never holds: take it out");
            }
            if condition.always_holds() && !all_are_out {
                all_are_out = true;
                self.tell(
                    *place,
                    "exclude",
                    "everybody is excluded: set `enabled = false`, or mend the condition",
                );
            }
            excluded.insert(condition.to_string());
        }
        let mut before = excluded;
        let mut all_are_in = None;
        let mut reached: HashSet<&str> = HashSet::new();
        for segment in &experiment.segments {
            if let Some(line) = all_are_in {
                let message =
                    format!("nobody comes here: the segment on line {line} takes everybody");
                self.tell(segment.place, "segments", message);
            } else if segment.when.never_holds() {
                self.tell(
                    segment.place,
                    "segments",
                    "the condition never holds: take the segment out",
                );
            } else if !before.insert(segment.when.to_string()) {
                let message =
                    "nobody comes here: an exclusion or a segment before it has the same condition";
                self.tell(segment.place, "segments", message);
            } else {
                reached.insert(&segment.variant);
            }
            if segment.when.always_holds() && all_are_in.is_none() {
                all_are_in = Some(segment.place.line);
            }
        }
        let Some(rollout) = &experiment.rollout else {
            return;
        };
        let gets_nobody = |variant: &str| match &rollout.split {
            Split::Weights(weights) => weights
                .iter()
                .find(|(name, _)| name == variant)
                .is_none_or(|(_, weight)| *weight == 0.0),
            // Without the control it has been decided, and that is fine.
            Split::Always(always) => always != variant && variant != Variant::CONTROL,
            _ => false,
        };
        for variant in &experiment.variants {
            if gets_nobody(variant) && !reached.contains(variant.as_str()) {
                let message = if variant == Variant::CONTROL {
                    "`control` gets nobody: there is nothing to compare with".to_owned()
                } else {
                    format!(
                        "`{variant}` gets nobody: give it a weight or a segment, or take it out"
                    )
                };
                self.tell(rollout.place, "rollout", message);
            }
        }
    }

    /// Metrics among which none decides.
    fn metrics(&mut self) {
        let metrics = &self.experiment.metrics;
        let decides = |metric: &Metric| metric.role == MetricRole::Primary;
        if !metrics.is_empty() && !metrics.iter().any(decides) {
            let place = self.experiment.place;
            let message = "no metric is primary: nothing says which variant is better";
            self.tell(place, "metrics", message);
        }
        for metric in metrics {
            let MetricKind::Conversion { action } = &metric.kind else {
                continue;
            };
            if EXPOSURES.contains(&action.as_str()) {
                let message = format!(
                    "`{action}` is what exposes a unit, so {} is 100 % of them for ever: count what they do then",
                    metric.name
                );
                self.tell(self.experiment.place, "metrics", message);
            }
        }
    }

    fn seed(&mut self) {
        let Some(rollout) = &self.experiment.rollout else {
            return;
        };
        let why = match (&rollout.split, rollout.bucketing) {
            (Split::Random | Split::RoundRobin | Split::Always(_), _) => "this rollout",
            (_, Some(Bucketing::GitlabCrc32 | Bucketing::GitlabCrc32Legacy)) => "this bucketing",
            _ => return,
        };
        if rollout.seed.is_some() {
            let message =
                format!("the seed moves nobody between variants under {why}: take it out");
            self.tell(rollout.place, "rollout", message);
        }
    }
}

/// Layers and holdouts that nobody uses, or that cannot do what they are for.
fn shared_lines(catalogue: &Catalogue, found: &mut Vec<Problem>) {
    let mut layers: HashMap<&str, usize> = HashMap::new();
    let mut holdouts: HashSet<&str> = HashSet::new();
    for experiment in &catalogue.experiments {
        if let Some(slice) = &experiment.layer {
            *layers.entry(&slice.layer).or_default() += 1;
        }
        holdouts.extend(experiment.holdouts.iter().map(|(_, name)| name.as_str()));
    }
    for layer in &catalogue.layers {
        if let Some(within) = &layer.within {
            *layers.entry(&within.layer).or_default() += 1;
        }
    }
    let mut tell = |place, key: String, message: &str| {
        let problem = Problem::new(&catalogue.source, place, key, message.to_owned());
        found.push(problem);
    };
    for layer in &catalogue.layers {
        let key = format!("layers.{}", layer.name);
        match layers.get(layer.name.as_str()) {
            None => tell(
                layer.place,
                key,
                "no experiment is in this layer: take it out",
            ),
            Some(2..) if layer.unit.is_none() => tell(
                layer.place,
                format!("{key}.unit"),
                "without a unit, experiments with different contexts may meet: name the key of the \
                 context that tells units apart",
            ),
            Some(_) => {}
        }
    }
    for holdout in &catalogue.holdouts {
        let key = format!("holdouts.{}", holdout.name);
        if !holdout.all && !holdouts.contains(holdout.name.as_str()) {
            let message = "no experiment names this holdout: take it out, or set `all = true`";
            tell(holdout.place, key, message);
        }
    }
}

/// Experiments whose buckets go along with each other: a CRC of keys that are the same in all of them.
fn correlated(catalogues: &[&Catalogue]) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut first: Option<(&Catalogue, &Experiment)> = None;
    let all = catalogues.iter().flat_map(|catalogue| {
        let experiments = catalogue.experiments.iter();
        experiments.map(|experiment| (*catalogue, experiment))
    });
    for (catalogue, experiment) in all {
        let Some(rollout) = &experiment.rollout else {
            continue;
        };
        let by_crc = matches!(
            rollout.bucketing,
            Some(Bucketing::GitlabCrc32 | Bucketing::GitlabCrc32Legacy)
        );
        let keys_are_shared = experiment
            .key
            .as_ref()
            .is_some_and(|key| !key.separates_experiments());
        if !by_crc || !keys_are_shared {
            continue;
        }
        match first {
            None => first = Some((catalogue, experiment)),
            Some((elsewhere, other)) => {
                let file = if elsewhere.source == catalogue.source {
                    String::new()
                } else {
                    format!(" of {}", elsewhere.source)
                };
                let message = format!(
                    "its split is correlated with that of `{}` on line {}{file}: both take the CRC of keys that do not \
                     depend on the experiment. Use another `key` or `bucketing = \"native\"`",
                    other.name, other.place.line,
                );
                found.push(catalogue.problem(rollout.place, &experiment.name, "rollout", message));
            }
        }
    }
    found
}

/// The day in UTC.
fn day(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(
        |_| "a day beyond the calendar".to_owned(),
        |time| Offset::UTC.to_datetime(time).date().to_string(),
    )
}
