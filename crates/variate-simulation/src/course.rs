//! One run of an experiment, day by day, with a look each day.

use variate::{Config, MetricKind, MetricRole};
use variate_collector::live::{ExperimentPlan, LiveEvaluation};
use variate_collector::{
    ByClass, CellTallies, Day, ExperimentInfo, ExperimentTallies, OfDay, Pair, PairTallies, Tally,
};
use variate_stats::evaluation::{Decision, Evaluation, EvaluationError, Reading, Verdict};
use variate_stats::random::Random;

use crate::behaviour::{Behaviour, Counted};
use crate::scene;
use crate::subject::{Placed, Subject};
use crate::units::Units;

/// What all runs of an experiment have in common.
pub(crate) struct Course<'s> {
    pub(crate) subject: &'s Subject,
    pub(crate) config: &'s Config,
    pub(crate) units: &'s Units,
    /// As each metric is evaluated.
    pub(crate) plan: ExperimentPlan,
    /// Of each metric: without a treatment, and with one.
    pub(crate) behaviours: Vec<(Behaviour, Behaviour)>,
    pub(crate) treatments: Vec<usize>,
    pub(crate) daily: u64,
    /// No run is longer.
    pub(crate) days: u32,
}

/// What a run came to.
pub(crate) struct Seen {
    /// How many days it had.
    pub(crate) days: u32,
    /// Units that took part.
    pub(crate) units: u64,
    /// If no variant differed.
    pub(crate) alike: World,
    /// If `treated` had the effects.
    pub(crate) better: World,
    /// A variant's place.
    pub(crate) treated: usize,
}

/// What the looks of a run said; days count from 1.
#[derive(Default)]
pub(crate) struct World {
    /// The first decision to ship or to keep the control, and which variant it is about.
    pub(crate) decided: Option<(u32, Decision, Option<String>)>,
    pub(crate) invalid: bool,
    /// When a variant was better or worse in a primary metric.
    pub(crate) primary: Option<u32>,
    pub(crate) guardrail: Option<u32>,
    pub(crate) always_valid: bool,
    pub(crate) fixed_daily: Option<u32>,
    pub(crate) fixed_once: bool,
    /// Of each metric, what is found of the treated variant: since when, and whether at the end.
    pub(crate) found: Vec<(Option<u32>, bool)>,
}

/// A day that no calendar cares about.
const FIRST: u32 = 20_000;

impl Course<'_> {
    /// Runs are counted from 1.
    pub(crate) fn run(&self, run: u64) -> Result<Seen, EvaluationError> {
        let name = &self.subject.name;
        let mut random = Random::of(self.units.seed, name, run);
        scene::enter(
            self.subject.moment,
            Random::of(self.units.seed ^ 1, name, run),
        );
        let mut maker = self.units.of_run(run);
        let turn = usize::try_from(run % self.treatments.len().max(1) as u64).unwrap_or(0);
        let treated = self.treatments.get(turn).copied().unwrap_or(1);
        let mut alike = Counting::new(&self.plan, name);
        let mut better = Counting::new(&self.plan, name);
        let mut seen = Seen {
            days: 0,
            units: 0,
            alike: World::default(),
            better: World::default(),
            treated,
        };
        for day in 0..self.days {
            for unit in 0..self.daily {
                let number = u64::from(day) * self.daily + unit;
                let placed = maker.with(number, |context| self.subject.place(self.config, context));
                let Placed::Variant(variant) = placed else {
                    continue;
                };
                seen.units += 1;
                alike.expose(variant);
                better.expose(variant);
                for (metric, (plain, with)) in self.behaviours.iter().enumerate() {
                    let acts = plain.act(&mut random);
                    alike.count(variant, metric, &acts);
                    // Who is not treated does in both worlds the same.
                    if variant == treated && plain != with {
                        better.count(variant, metric, &with.act(&mut random));
                    } else {
                        better.count(variant, metric, &acts);
                    }
                }
            }
            seen.days = day + 1;
            let after = Day::from_days(FIRST + day + 1).start_millis();
            let mut is_over = false;
            for (counting, world) in [
                (&mut alike, &mut seen.alike),
                (&mut better, &mut seen.better),
            ] {
                counting.close(Day::from_days(FIRST + day));
                let look = LiveEvaluation::decide(&counting.tallies, Some(&self.plan), after)?;
                is_over |= look.reading == Reading::Fixed;
                world.look(&look, day + 1, &self.plan, treated);
            }
            if is_over {
                break;
            }
        }
        Ok(seen)
    }
}

impl World {
    fn look(&mut self, look: &Evaluation, day: u32, plan: &ExperimentPlan, treated: usize) {
        let conclusion = &look.conclusion;
        self.invalid |= conclusion.decision == Decision::Invalid;
        let decides = matches!(
            conclusion.decision,
            Decision::Ship | Decision::KeepControl | Decision::Conflict
        );
        if decides && self.decided.is_none() {
            self.decided = Some((day, conclusion.decision, conclusion.variant.clone()));
        }
        self.found.resize(plan.metrics.len(), (None, false));
        self.fixed_once = false;
        let name = plan.variants.get(treated);
        let metrics = look.metrics.iter().zip(&plan.metrics);
        for ((metric, declared), found) in metrics.zip(&mut self.found) {
            for comparison in &metric.comparisons {
                let differs = matches!(comparison.verdict, Verdict::Better | Verdict::Worse);
                let is_significant = |p: Option<f64>| p.is_some_and(|p| p <= look.alpha);
                match declared.role {
                    MetricRole::Primary => {
                        note(&mut self.primary, day, differs);
                        let fixed = is_significant(comparison.p_value);
                        note(&mut self.fixed_daily, day, fixed);
                        self.fixed_once |= fixed;
                        self.always_valid |= is_significant(comparison.always_valid_p_value);
                    }
                    MetricRole::Guardrail => note(&mut self.guardrail, day, differs),
                    MetricRole::Secondary => {}
                }
                if name == Some(&comparison.variant) {
                    let is_found = match declared.role {
                        MetricRole::Guardrail => matches!(
                            comparison.verdict,
                            Verdict::NotWorse | Verdict::Equivalent | Verdict::Better
                        ),
                        _ => comparison.verdict == Verdict::Better,
                    };
                    note(&mut found.0, day, is_found);
                    found.1 = is_found;
                }
            }
        }
    }
}

/// The first day counts.
fn note(first: &mut Option<u32>, day: u32, is_so: bool) {
    if is_so && first.is_none() {
        *first = Some(day);
    }
}

/// Tallies of a world, as the collector has them, and what came today.
struct Counting {
    tallies: ExperimentTallies,
    /// By variant: the place of the cell.
    exposures: Vec<usize>,
    /// By metric and variant.
    places: Vec<Vec<Places>>,
    today: Today,
}

struct Today {
    exposed: Vec<u64>,
    counted: Vec<Vec<Counted>>,
}

/// Where the tallies of a metric of a variant are.
#[derive(Clone, Copy)]
struct Places {
    first: usize,
    /// The second action's cell and that of the products.
    second: Option<(usize, usize)>,
}

impl Counting {
    fn new(plan: &ExperimentPlan, name: &str) -> Self {
        let mut info = ExperimentInfo::new("simulated", name);
        info.variants.clone_from(&plan.variants);
        info.pairs = plan.pairs().collect();
        let exposure = variate::Action::ASSIGNMENT;
        let actions = plan.metrics.iter().flat_map(|metric| metric.kind.actions());
        let mut actions: Vec<String> = actions.chain([exposure]).map(str::to_owned).collect();
        actions.sort();
        actions.dedup();
        let mut variants = plan.variants.clone();
        variants.sort();
        let cell = |(action, variant): (&String, &String)| CellTallies {
            action: action.clone(),
            variant: variant.clone(),
            total: ByClass::default(),
            baseline: None,
            days: Vec::new(),
        };
        let each = actions
            .iter()
            .flat_map(|action| variants.iter().map(move |variant| (action, variant)));
        let cells: Vec<CellTallies> = each.map(cell).collect();
        let products = |pair: &Pair, variant: &String| PairTallies {
            pair: pair.clone(),
            variant: variant.clone(),
            total: ByClass::default(),
            days: Vec::new(),
        };
        let each = info
            .pairs
            .iter()
            .flat_map(|pair| plan.variants.iter().map(move |variant| (pair, variant)));
        let pair_tallies: Vec<PairTallies> = each
            .map(|(pair, variant)| products(pair, variant))
            .collect();
        let place = |action: &str, variant: &str| {
            let found = cells
                .iter()
                .position(|of| of.action == action && of.variant == variant);
            found.unwrap_or(usize::MAX)
        };
        let of_metric = |kind: &MetricKind, variant: &String| {
            let mut actions = kind.actions();
            let first = actions.next().unwrap_or_default();
            let second = actions.next().map(|second| {
                let products = pair_tallies
                    .iter()
                    .position(|of| of.pair.first == first && of.variant == *variant);
                (place(second, variant), products.unwrap_or(usize::MAX))
            });
            Places {
                first: place(first, variant),
                second,
            }
        };
        let places = plan.metrics.iter().map(|metric| {
            let variants = plan.variants.iter();
            variants.map(|of| of_metric(&metric.kind, of)).collect()
        });
        let places: Vec<Vec<Places>> = places.collect();
        let exposures = plan.variants.iter().map(|of| place(exposure, of)).collect();
        info.actions = actions;
        Self {
            today: Today {
                exposed: vec![0; plan.variants.len()],
                counted: vec![vec![Counted::default(); plan.variants.len()]; plan.metrics.len()],
            },
            exposures,
            places,
            tallies: ExperimentTallies {
                info,
                crossovers: 0,
                crossover_days: Vec::new(),
                cells,
                pair_tallies,
            },
        }
    }

    fn expose(&mut self, variant: usize) {
        if let Some(exposed) = self.today.exposed.get_mut(variant) {
            *exposed += 1;
        }
    }

    fn count(&mut self, variant: usize, metric: usize, acts: &crate::behaviour::Acts) {
        let metrics = self.today.counted.get_mut(metric);
        if let Some(counted) = metrics.and_then(|of| of.get_mut(variant)) {
            counted.add(acts);
        }
    }

    /// The day is over.
    fn close(&mut self, day: Day) {
        let Today { exposed, counted } = &mut self.today;
        let cells = &mut self.tallies.cells;
        for (exposed, place) in exposed.iter_mut().zip(&self.exposures) {
            let units = std::mem::take(exposed);
            let mut tally = Tally::default();
            tally.events = units.cast_signed();
            tally.units = tally.events;
            tally.events_squared = units.into();
            add(cells.get_mut(*place), day, tally);
        }
        for (counted, places) in counted.iter_mut().zip(&self.places) {
            for (counted, places) in counted.iter_mut().zip(places) {
                let counted = std::mem::take(counted);
                add(cells.get_mut(places.first), day, counted.first);
                if let Some((second, products)) = places.second {
                    add(cells.get_mut(second), day, counted.second);
                    if let Some(of) = self.tallies.pair_tallies.get_mut(products) {
                        of.total.counted += counted.products;
                        of.days.push(of_day(day, counted.products));
                    }
                }
            }
        }
    }
}

fn add(cell: Option<&mut CellTallies>, day: Day, tally: Tally) {
    if let Some(cell) = cell
        && !tally.is_zero()
    {
        cell.total.counted += tally;
        cell.days.push(of_day(day, tally));
    }
}

fn of_day<T: Default>(day: Day, counted: T) -> OfDay<T> {
    let tallies = ByClass {
        counted,
        before_exposure: T::default(),
        crossover: T::default(),
    };
    OfDay { day, tallies }
}
