use variate_stats::evaluation::{EvaluationError, effects};

use super::Evaluating;
use crate::live::{ExperimentPlan, SeenEffect};
use crate::{Day, ExperimentTallies};

/// Every variant of a metric beside every other one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matrix {
    /// The metric's name.
    pub(crate) metric: String,
    /// Whether effects are shares of the other variant's value.
    pub(crate) is_share: bool,
    /// The variants, the control first.
    pub(crate) variants: Vec<String>,
    /// A row for each variant, with its effect beside each one; none beside itself.
    pub(crate) rows: Vec<Vec<Option<SeenEffect>>>,
}

/// The matrix of each metric, and how many pairs there are: intervals are so wide that those of all pairs of a metric hold together.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Matrices {
    pub(crate) pairs: usize,
    pub(crate) metrics: Vec<Matrix>,
}

/// What fits on a page.
const MOST_VARIANTS: usize = 20;

impl Matrices {
    /// As of `now`, in milliseconds since the Unix epoch; none of fewer than two variants or too many.
    pub(crate) fn of(
        tallies: &ExperimentTallies,
        plan: Option<&ExperimentPlan>,
        now: u64,
    ) -> Result<Self, EvaluationError> {
        let this = Evaluating::new(tallies, plan, Day::of_millis(now));
        let variants = this.variants.clone();
        let count = variants.len();
        if !(2..=MOST_VARIANTS).contains(&count) {
            return Ok(Self::default());
        }
        let (_, end, read_on) = this.exposures_and_end();
        let (observed, _) = this.observed(read_on);
        let pairs = count * (count - 1) / 2;
        let mut stats_plan = this.stats_plan(end, read_on);
        #[expect(clippy::cast_precision_loss, reason = "a few pairs")]
        let share = pairs as f64;
        stats_plan.alpha /= share;
        // By the variant that the others are compared with, then by metric.
        let mut columns = Vec::with_capacity(count);
        for control in &variants {
            stats_plan.control.clone_from(control);
            columns.push(effects(&stats_plan, &observed)?);
        }
        let of_metric = |(at, metric): (usize, &variate::Metric)| {
            let columns = columns.iter().map(|metrics| metrics.get(at));
            let columns: Vec<_> = columns
                .map(|of| of.map_or(&[] as &[_], |of| of.comparisons.as_slice()))
                .collect();
            let mut all = columns.iter().flat_map(|column| column.iter());
            let is_share = all.all(|of| of.difference.is_none() || of.relative.is_some());
            let cell = |variant: &String, column: &[variate_stats::evaluation::Effects]| {
                let of = column.iter().find(|of| of.variant == *variant)?;
                let effect = if is_share { of.relative } else { of.difference }?;
                Some(crate::live::series::seen(effect))
            };
            let row = |variant| columns.iter().map(|column| cell(variant, column)).collect();
            Matrix {
                metric: metric.name.clone(),
                is_share,
                rows: variants.iter().map(row).collect(),
                variants: variants.clone(),
            }
        };
        Ok(Self {
            pairs,
            metrics: this.metrics.iter().enumerate().map(of_metric).collect(),
        })
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]
mod tests {
    use super::*;
    use crate::{EventStore, MemoryStore, NewEvent};

    #[test]
    fn the_effect_one_way_is_the_other_way_round_the_other_way() {
        let store = MemoryStore::new();
        for unit in 0..3_000 {
            let variant = ["control", "red", "blue"][unit % 3];
            let event = |action: &'static str| {
                NewEvent::new("shop", "pill", variant, action, format!("{action}-{unit}"))
                    .of_unit(unit.to_string())
                    .at(1_795_219_200_000)
            };
            store.ingest(&[event("assignment")]).unwrap();
            if unit % 10 < 2 + unit % 3 {
                store.ingest(&[event("bought")]).unwrap();
            }
        }
        let tallies = store.tallies("shop", "pill").unwrap().unwrap();
        let matrices = Matrices::of(&tallies, None, 1_795_262_400_000).unwrap();
        assert_eq!(matrices.pairs, 3);
        let matrix = &matrices.metrics[0];
        assert_eq!(matrix.variants, ["control", "blue", "red"]);
        for (at, row) in matrix.rows.iter().enumerate() {
            assert!(row[at].is_none());
            for (beside, cell) in row.iter().enumerate().filter(|(beside, _)| *beside != at) {
                let (one, other) = (cell.unwrap(), matrix.rows[beside][at].unwrap());
                // Shares of what is compared with: (1 + a)(1 + b) = 1.
                assert!(((1.0 + one.effect) * (1.0 + other.effect) - 1.0).abs() < 1e-12);
                // Wider than alone.
                assert!(one.sequence.contains(one.effect));
            }
        }
    }
}
