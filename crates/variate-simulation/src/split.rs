//! Who takes part in what: every experiment meets the same units.

use std::collections::BTreeMap;

use variate::Config;
use variate_collector::live::LiveEvaluation;
use variate_collector::{
    ByClass, CellTallies, Day, ExperimentInfo, ExperimentTallies, OfDay, Tally,
};
use variate_stats::evaluation::EvaluationError;
use variate_stats::random::Random;

use crate::answer::{LeftOut, Split, VariantUnits};
use crate::parallel::parallel;
use crate::scene;
use crate::subject::{Placed, Subject};
use crate::units::Units;

/// The p-value at or below which a split, or a dependence, is no chance: as the evaluation has it for one look.
pub(crate) const LEVEL: f64 = variate_stats::evaluation::SampleRatio::FIXED_LEVEL;

/// Of one experiment, unit by unit: 0 where it does not take part, else one more than the place of its variant.
pub(crate) struct Dealt {
    pub(crate) places: Vec<u16>,
    left_out: BTreeMap<&'static str, u64>,
}

/// Units that are dealt at a stroke.
const PIECE: u64 = 4_096;

impl Dealt {
    /// Of `units` units.
    pub(crate) fn of(
        subject: &Subject,
        config: &Config,
        from: &Units,
        units: u64,
        threads: usize,
    ) -> Self {
        let pieces = parallel(threads, units.div_ceil(PIECE), |piece| {
            let random = Random::of(from.seed, &subject.name, u64::MAX - piece);
            scene::enter(subject.moment, random);
            let mut maker = from.of_run(0);
            let mut left_out = BTreeMap::new();
            let numbers = piece * PIECE..units.min((piece + 1) * PIECE);
            let places = numbers.map(|number| {
                match maker.with(number, |context| subject.place(config, context)) {
                    Placed::Variant(place) => u16::try_from(place + 1).unwrap_or(u16::MAX),
                    Placed::Out(reason) => {
                        *left_out.entry(reason).or_insert(0) += 1;
                        0
                    }
                }
            });
            let places: Vec<u16> = places.collect();
            (places, left_out)
        });
        let mut all = Self {
            places: Vec::new(),
            left_out: BTreeMap::new(),
        };
        for (places, left_out) in pieces {
            all.places.extend(places);
            for (reason, units) in left_out {
                *all.left_out.entry(reason).or_insert(0) += units;
            }
        }
        all
    }

    /// Units of each variant.
    pub(crate) fn counts(&self, variants: usize) -> Vec<u64> {
        let mut counts = vec![0; variants];
        for place in &self.places {
            let at = usize::from(*place).checked_sub(1);
            if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
                *count += 1;
            }
        }
        counts
    }

    /// Beside what is planned, by the evaluation's own test.
    pub(crate) fn split(&self, subject: &Subject) -> Result<Split, EvaluationError> {
        let plan = &subject.plan;
        let counts = self.counts(plan.variants.len());
        let taking_part: u64 = counts.iter().sum();
        let mut only_units = plan.clone();
        only_units.metrics.clear();
        let tallies = exposures(&subject.name, &plan.variants, &counts);
        let evaluation = LiveEvaluation::decide(
            &tallies,
            Some(&only_units),
            Day::from_days(2).start_millis(),
        )?;
        let is_planned = plan.checks_split;
        let mut left_out: Vec<LeftOut> = self
            .left_out
            .iter()
            .map(|(reason, units)| LeftOut {
                reason: (*reason).to_owned(),
                units: *units,
            })
            .collect();
        left_out.sort_by_key(|of| std::cmp::Reverse(of.units));
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let variant = |(name, units): (&String, &u64)| {
            let mut planned = evaluation.variants.iter();
            let planned = planned.find(|of| of.name == *name);
            VariantUnits {
                name: name.clone(),
                units: *units,
                share: (taking_part > 0).then(|| *units as f64 / taking_part as f64),
                planned_share: is_planned.then(|| planned.map_or(0.0, |of| of.planned_share)),
            }
        };
        Ok(Split {
            units: self.places.len() as u64,
            taking_part,
            left_out,
            variants: plan.variants.iter().zip(&counts).map(variant).collect(),
            p_value: evaluation.sample_ratio.map(|of| of.p_value),
            adjusted_p_value: None,
            is_mismatch: false,
        })
    }
}

/// Nothing but units.
fn exposures(name: &str, variants: &[String], counts: &[u64]) -> ExperimentTallies {
    let cell = |(variant, units): (&String, &u64)| {
        let mut counted = Tally::default();
        counted.events = units.cast_signed();
        counted.units = counted.events;
        counted.events_squared = (*units).into();
        let tallies = ByClass {
            counted,
            ..ByClass::default()
        };
        CellTallies {
            action: variate::Action::ASSIGNMENT.to_owned(),
            variant: variant.clone(),
            total: tallies,
            baseline: None,
            days: vec![OfDay {
                day: Day::from_days(1),
                tallies,
            }],
        }
    };
    let mut cells: Vec<CellTallies> = variants.iter().zip(counts).map(cell).collect();
    cells.sort_by(|one, other| one.variant.cmp(&other.variant));
    ExperimentTallies {
        info: ExperimentInfo::new("simulated", name),
        crossovers: 0,
        crossover_days: Vec::new(),
        cells,
        pair_tallies: Vec::new(),
    }
}
