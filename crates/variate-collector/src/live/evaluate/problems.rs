//! What is wrong with the data of an experiment.

use std::collections::BTreeSet;

use variate::{Metric, MetricKind};

use super::{DayOfUnits, Evaluating, Unmeasured, acted, exposures, is_exposure, natural};
use crate::Day;
use crate::goals::EXPOSURE;
use crate::live::DataProblem;

/// From this share of events before exposure on, somebody should know.
const MANY_BEFORE: f64 = 0.01;

/// For so many days nothing needs to come: a weekend, and a day more.
const SILENCE: u32 = 3;

impl Evaluating<'_> {
    pub(super) fn problems(
        &self,
        unmeasured: Vec<(&Metric, &str, Unmeasured)>,
        read_on: Option<Day>,
        exposures: &[DayOfUnits],
    ) -> Vec<DataProblem> {
        let mut problems = Vec::new();
        if self.declared.is_none() {
            problems.push(DataProblem::NotDeclared);
        }
        if self.declared.is_none_or(|of| of.metrics.is_empty()) {
            let left_out = acted(&self.tallies.info).count() - self.metrics.len();
            if left_out > 0 {
                let left_out = left_out as u64;
                problems.push(DataProblem::ManyActions { left_out });
            }
        }
        let cells = &self.tallies.cells;
        let has_exposures = cells
            .iter()
            .any(|cell| is_exposure(&cell.action) || cell.action == EXPOSURE);
        if !has_exposures && !cells.is_empty() {
            problems.push(DataProblem::NoExposures);
        }
        self.unplanned(&mut problems);
        if !cells.is_empty() {
            self.unseen(&mut problems);
        }
        tell_unmeasured(unmeasured, &mut problems);
        self.before_exposure(&mut problems);
        self.silence(read_on, &mut problems);
        if let Some(read_on) = read_on {
            let later = exposures.iter().filter(|of| of.day > read_on);
            let units = natural(later.flat_map(|of| &of.units).sum());
            if units > 0 {
                problems.push(DataProblem::AfterEnd { read_on, units });
            }
        }
        let imported = cells.iter().filter_map(|cell| cell.baseline);
        let units = imported.map(|of| of.units).sum();
        if units > 0 {
            problems.push(DataProblem::Imported { units });
        }
        problems
    }

    fn unplanned(&self, problems: &mut Vec<DataProblem>) {
        for variant in &self.tallies.info.variants {
            if self.variants.contains(variant) {
                continue;
            }
            let units = exposures(self.tallies, variant).map(|cell| cell.total.counted.units);
            let units = natural(units.max().unwrap_or(0));
            if units > 0 {
                let variant = variant.clone();
                problems.push(DataProblem::UnplannedVariant { variant, units });
            }
        }
    }

    fn unseen(&self, problems: &mut Vec<DataProblem>) {
        for metric in &self.metrics {
            for action in metric.kind.actions() {
                if !self.tallies.info.actions.iter().any(|seen| seen == action) {
                    problems.push(DataProblem::UnseenAction {
                        metric: metric.name.clone(),
                        action: action.to_owned(),
                    });
                }
            }
        }
    }

    fn before_exposure(&self, problems: &mut Vec<DataProblem>) {
        let actions = self.metrics.iter().flat_map(|metric| metric.kind.actions());
        let actions: BTreeSet<&str> = actions.collect();
        for action in actions {
            let (mut before, mut all) = (0, 0);
            for cell in self.tallies.cells.iter().filter(|of| of.action == action) {
                let total = &cell.total;
                before += total.before_exposure.events;
                all += total.counted.events + total.before_exposure.events + total.crossover.events;
            }
            #[expect(clippy::cast_precision_loss, reason = "counts")]
            let share = before as f64 / all.max(1) as f64;
            if before > 0 && share >= MANY_BEFORE {
                problems.push(DataProblem::BeforeExposure {
                    action: action.to_owned(),
                    events: natural(before),
                    share,
                });
            }
        }
    }

    /// Whether nothing came of an experiment that runs, or nothing ever of one that ended.
    fn silence(&self, read_on: Option<Day>, problems: &mut Vec<DataProblem>) {
        let info = &self.tallies.info;
        let is_over = info.archived || info.winner.is_some() || self.is_off();
        if is_over {
            return;
        }
        let Some(last) = info.last_event_at.map(Day::of_millis) else {
            if self.declared.is_some() && self.tallies.cells.is_empty() {
                self.nothing_came(problems);
            }
            return;
        };
        let ends = self.about.ends.map(Day::of_millis);
        if read_on.is_some() || ends.is_some_and(|ends| ends <= self.today) {
            return;
        }
        let days = self.today.days().saturating_sub(last.days());
        if days >= SILENCE {
            problems.push(DataProblem::Silent { since: last, days });
        }
    }
}

impl Evaluating<'_> {
    /// Whether something should have been counted of an experiment that is declared.
    fn nothing_came(&self, problems: &mut Vec<DataProblem>) {
        let since = self.about.starts.map(Day::of_millis);
        // Since when it is declared without a date is not known.
        let days = since.map(|since| self.today.days().saturating_sub(since.days()));
        if days.is_none_or(|days| days >= SILENCE) {
            problems.push(DataProblem::NoEvents { since, days });
        }
    }
}

/// What the statistics could not get.
fn tell_unmeasured(unmeasured: Vec<(&Metric, &str, Unmeasured)>, problems: &mut Vec<DataProblem>) {
    let mut without_products: Vec<&str> = Vec::new();
    for (metric, variant, reason) in unmeasured {
        match reason {
            Unmeasured::MoreThanExposed { units, exposed } => {
                // That there are no exposures at all is told once.
                if problems.contains(&DataProblem::NoExposures) {
                    continue;
                }
                problems.push(DataProblem::MoreThanExposed {
                    metric: metric.name.clone(),
                    variant: variant.to_owned(),
                    units,
                    exposed,
                });
            }
            Unmeasured::NoProducts => {
                if without_products.contains(&metric.name.as_str()) {
                    continue;
                }
                without_products.push(&metric.name);
                if let MetricKind::Ratio {
                    numerator,
                    denominator,
                } = &metric.kind
                {
                    problems.push(DataProblem::NoProducts {
                        metric: metric.name.clone(),
                        first: numerator.action().to_owned(),
                        second: denominator.action().to_owned(),
                    });
                }
            }
        }
    }
}
