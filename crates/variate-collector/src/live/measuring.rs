//! From tallies to what the statistics take, up to the end of any day.

use std::collections::BTreeSet;
use std::ops::AddAssign;

use variate::{Metric, MetricKind, Quantity};
use variate_stats::evaluation::{Observed, ObservedVariant, Sample};
use variate_stats::proportion::Proportion;
use variate_stats::ratio::{RatioMoments, RatioTallies};
use variate_stats::{DoubleDouble, Moments};

use crate::event::is_exposure;
use crate::goals::EXPOSURE;
use crate::{CellTallies, Class, Day, ExperimentTallies, OfDay, PairTallies, Products, Sum, Tally};

/// What the metrics of some variants come to, moved on day by day.
pub(super) struct Measuring<'t> {
    metrics: &'t [Metric],
    variants: Vec<Variant<'t>>,
    crossovers: Crossovers<'t>,
}

struct Variant<'t> {
    name: &'t str,
    exposures: Vec<Running<'t, Tally>>,
    crossovers: Vec<Running<'t, Tally>>,
    /// One for each metric.
    sources: Vec<Source<'t>>,
}

/// What a metric reads.
enum Source<'t> {
    One(Running<'t, Tally>),
    Two {
        numerator: Running<'t, Tally>,
        denominator: Running<'t, Tally>,
        products: OfBoth<'t>,
    },
}

/// The products of two actions.
enum OfBoth<'t> {
    /// It is one action, whose tally has them.
    One,
    /// Those of the pair; whether its first action is the numerator's.
    Pair(Running<'t, Products>, bool),
    /// They are not kept.
    Missing,
}

/// The sum of the first days.
struct Running<'t, T> {
    class: Class,
    rest: &'t [OfDay<T>],
    sum: T,
}

impl<'t, T: AddAssign + Copy + Default> Running<'t, T> {
    fn new(days: &'t [OfDay<T>]) -> Self {
        Self::of_class(days, Class::Counted)
    }

    fn of_class(days: &'t [OfDay<T>], class: Class) -> Self {
        Self {
            class,
            rest: days,
            sum: T::default(),
        }
    }

    /// Up to the end of a day, or of all.
    fn move_to(&mut self, day: Option<Day>) {
        while let [of, rest @ ..] = self.rest
            && day.is_none_or(|day| of.day <= day)
        {
            self.sum += *of.tallies.get(self.class);
            self.rest = rest;
        }
    }
}

struct Crossovers<'t> {
    rest: &'t [(Day, i64)],
    units: i64,
}

/// Why there is no sample where there could be one.
pub(super) enum Unmeasured {
    MoreThanExposed { units: u64, exposed: u64 },
    NoProducts,
}

impl<'t> Measuring<'t> {
    /// Of these variants.
    pub(super) fn new(
        tallies: &'t ExperimentTallies,
        metrics: &'t [Metric],
        variants: &'t [String],
    ) -> Self {
        let variant = |name: &'t String| Variant {
            name,
            exposures: exposures(tallies, name)
                .map(|cell| Running::new(&cell.days))
                .collect(),
            crossovers: exposures(tallies, name)
                .map(|cell| Running::of_class(&cell.days, Class::Crossover))
                .collect(),
            sources: metrics
                .iter()
                .map(|metric| Source::of(tallies, &metric.kind, name))
                .collect(),
        };
        Self {
            metrics,
            variants: variants.iter().map(variant).collect(),
            crossovers: Crossovers {
                rest: &tallies.crossover_days,
                units: 0,
            },
        }
    }

    /// Up to the end of a day, which is not before that of the last time; without one, to the end.
    pub(super) fn move_to(&mut self, day: Option<Day>) {
        for variant in &mut self.variants {
            for running in variant.exposures.iter_mut().chain(&mut variant.crossovers) {
                running.move_to(day);
            }
            for source in &mut variant.sources {
                source.move_to(day);
            }
        }
        let crossovers = &mut self.crossovers;
        while let [(of, units), rest @ ..] = crossovers.rest
            && day.is_none_or(|day| *of <= day)
        {
            crossovers.units += units;
            crossovers.rest = rest;
        }
    }

    /// Units of each variant.
    pub(super) fn units(&self) -> impl Iterator<Item = u64> {
        self.variants.iter().map(Variant::units)
    }

    /// Units that were seen in two variants.
    pub(super) const fn crossovers(&self) -> i64 {
        self.crossovers.units
    }

    /// What the statistics take; and what they could not get, by metric and variant.
    pub(super) fn observed(&self) -> (Observed, Vec<(&'t Metric, &'t str, Unmeasured)>) {
        let mut unmeasured = Vec::new();
        let mut variants = Vec::with_capacity(self.variants.len());
        for of in &self.variants {
            let units = of.units();
            let mut observed = ObservedVariant::new(of.name, units);
            observed.crossovers = most_units(&of.crossovers);
            for (metric, source) in self.metrics.iter().zip(&of.sources) {
                match source.sample(&metric.kind, units) {
                    Ok(Some(sample)) => observed = observed.with(&metric.name, sample),
                    Ok(None) => {}
                    Err(reason) => unmeasured.push((metric, of.name, reason)),
                }
            }
            variants.push(observed);
        }
        let mut observed = Observed::new(variants);
        observed.crossovers = Some(natural(self.crossovers.units));
        (observed, unmeasured)
    }
}

impl Variant<'_> {
    fn units(&self) -> u64 {
        most_units(&self.exposures)
    }
}

/// Who sends two kinds of exposures sends both for the same units.
fn most_units(of: &[Running<'_, Tally>]) -> u64 {
    let units = of.iter().map(|running| natural(running.sum.units));
    units.max().unwrap_or(0)
}

/// The cells that say which units met a variant: as [`StoreGoals`](crate::StoreGoals) has it.
pub(super) fn exposures<'t>(
    tallies: &'t ExperimentTallies,
    variant: &str,
) -> impl Iterator<Item = &'t CellTallies> {
    let of = move |exposes: &dyn Fn(&str) -> bool| -> Vec<&'t CellTallies> {
        let cells = tallies.cells.iter();
        let cells = cells.filter(|cell| cell.variant == variant && exposes(&cell.action));
        cells.collect()
    };
    let cells = of(&is_exposure);
    if cells.is_empty() {
        of(&|action| action == EXPOSURE).into_iter()
    } else {
        cells.into_iter()
    }
}

/// They are sorted, and there may be very many.
pub(super) fn cell<'t>(
    tallies: &'t ExperimentTallies,
    action: &str,
    variant: &str,
) -> Option<&'t CellTallies> {
    let cells = &tallies.cells;
    let place =
        |cell: &CellTallies| (cell.action.as_str(), cell.variant.as_str()).cmp(&(action, variant));
    cells
        .binary_search_by(place)
        .ok()
        .and_then(|at| cells.get(at))
}

/// The days on which anything changed that any of the metrics reads, and those of exposures.
pub(super) fn days(
    tallies: &ExperimentTallies,
    metrics: &[Metric],
    variants: &[String],
) -> BTreeSet<Day> {
    let mut days: BTreeSet<Day> = tallies.crossover_days.iter().map(|of| of.0).collect();
    for variant in variants {
        for cell in exposures(tallies, variant) {
            days.extend(cell.days.iter().map(|of| of.day));
        }
        for action in metrics.iter().flat_map(|metric| metric.kind.actions()) {
            if let Some(cell) = cell(tallies, action, variant) {
                days.extend(cell.days.iter().map(|of| of.day));
            }
        }
    }
    days
}

impl<'t> Source<'t> {
    fn of(tallies: &'t ExperimentTallies, kind: &MetricKind, variant: &str) -> Self {
        let running = |action: &str| {
            let cell = cell(tallies, action, variant);
            Running::new(cell.map_or(&[], |cell| cell.days.as_slice()))
        };
        match kind {
            MetricKind::Ratio {
                numerator,
                denominator,
            } => Self::Two {
                numerator: running(numerator.action()),
                denominator: running(denominator.action()),
                products: OfBoth::of(tallies, numerator.action(), denominator.action(), variant),
            },
            kind => Self::One(running(kind.actions().next().unwrap_or_default())),
        }
    }

    fn move_to(&mut self, day: Option<Day>) {
        match self {
            Self::One(running) => running.move_to(day),
            Self::Two {
                numerator,
                denominator,
                products,
            } => {
                numerator.move_to(day);
                denominator.move_to(day);
                if let OfBoth::Pair(products, _) = products {
                    products.move_to(day);
                }
            }
        }
    }

    /// Of so many units that were exposed; `None` of none.
    fn sample(&self, kind: &MetricKind, exposed: u64) -> Result<Option<Sample>, Unmeasured> {
        let check = |tally: &Tally| {
            let units = natural(tally.units);
            if units > exposed {
                return Err(Unmeasured::MoreThanExposed { units, exposed });
            }
            Ok(())
        };
        Ok(match (self, kind) {
            (Self::One(running), kind) => {
                let tally = &running.sum;
                check(tally)?;
                match kind {
                    MetricKind::Conversion { .. } => {
                        let rate = Proportion::new(natural(tally.units), exposed);
                        rate.ok().map(Sample::Rate)
                    }
                    kind => {
                        let is_value = matches!(kind, MetricKind::Value { .. });
                        let (sum, squares) = added(is_value, tally);
                        let moments = Moments::from_tallies(exposed, sum, squares);
                        (exposed > 0).then_some(Sample::Mean(moments))
                    }
                }
            }
            (
                Self::Two {
                    numerator,
                    denominator,
                    products,
                },
                MetricKind::Ratio {
                    numerator: first,
                    denominator: second,
                },
            ) => {
                check(&numerator.sum)?;
                check(&denominator.sum)?;
                let (up, up_squares) = added(is_value(first), &numerator.sum);
                let (down, down_squares) = added(is_value(second), &denominator.sum);
                let tallies = RatioTallies {
                    units: exposed,
                    numerator: up,
                    denominator: down,
                    numerator_squares: up_squares,
                    denominator_squares: down_squares,
                    products: products
                        .of_quantities(first, second, &numerator.sum)
                        .ok_or(Unmeasured::NoProducts)?,
                };
                (exposed > 0).then(|| Sample::Ratio(RatioMoments::from_tallies(&tallies)))
            }
            (Self::Two { .. }, _) => None,
        })
    }
}

impl<'t> OfBoth<'t> {
    fn of(
        tallies: &'t ExperimentTallies,
        numerator: &str,
        denominator: &str,
        variant: &str,
    ) -> Self {
        if numerator == denominator {
            return Self::One;
        }
        for (first, second, is_first) in [
            (numerator, denominator, true),
            (denominator, numerator, false),
        ] {
            let mut pairs = tallies.info.pairs.iter();
            if !pairs.any(|pair| pair.first == first && pair.second == second) {
                continue;
            }
            let is_it = |of: &&PairTallies| {
                of.pair.first == first && of.pair.second == second && of.variant == variant
            };
            let found = tallies.pair_tallies.iter().find(is_it);
            let days = found.map_or(&[] as &[_], |of| of.days.as_slice());
            return Self::Pair(Running::new(days), is_first);
        }
        Self::Missing
    }

    fn of_quantities(
        &self,
        numerator: &Quantity,
        denominator: &Quantity,
        tally: &Tally,
    ) -> Option<DoubleDouble> {
        let sum = match self {
            Self::Missing => return None,
            Self::One => tally.events_by_total,
            Self::Pair(products, is_first) => {
                let products = &products.sum;
                let (first, second) = if *is_first {
                    (numerator, denominator)
                } else {
                    (denominator, numerator)
                };
                match (is_value(first), is_value(second)) {
                    (false, false) => products.events_by_events,
                    (false, true) => products.events_by_total,
                    (true, false) => products.total_by_events,
                    (true, true) => products.total_by_total,
                }
            }
        };
        Some(exact(sum))
    }
}

const fn is_value(quantity: &Quantity) -> bool {
    matches!(quantity, Quantity::Values(_))
}

/// The total over units, and that of its squares.
fn added(is_value: bool, tally: &Tally) -> (DoubleDouble, DoubleDouble) {
    if is_value {
        (exact(tally.sum), exact(tally.sum_of_squares))
    } else {
        (natural(tally.events).into(), exact(tally.events_squared))
    }
}

fn exact(sum: Sum) -> DoubleDouble {
    sum.parts().into()
}

/// A whole prefix of days is never negative.
pub(super) fn natural(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
