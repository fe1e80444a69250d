use super::Mode;
use super::arm::{Arm, Measure, Moments, rate};
use super::day::Day;
use super::difference::{Differences, Kind};
use super::evaluation::{CheckResult, Evaluation, EvaluationError, MetricResult};
use super::experiment::{CheckKind, Experiment, Statistic};
use super::expression::{Aggregation, Expression, Function, Goal};
use super::goal_row::GoalRow;
use super::metric::{Case, Desk};
use super::plan::{Plan, Read, ReadCheck, ReadMetric};
use super::reason::Reason;
use super::row::Row as _;
use super::sums_table::SumsTable;

/// How many comparisons are worth a thread.
const GRAIN: usize = 1_500;

/// Evaluates an experiment from sums of goals.
///
/// ```
/// use variate_stats::ep_stats::{Aggregation, Day, Experiment, GoalRow, Metric, Mode, evaluate};
///
/// let experiment = Experiment::new("checkout", "a", "user")
///     .metric(Metric::new(1, "Conversion", "count(user.unit.purchase)", "count(user.global.exposure)"));
/// let row = |variant, aggregation, goal, count| GoalRow::new(variant, "user", aggregation, goal).counted(count);
/// let rows = [
///     row("a", Aggregation::Global, "exposure", 1000.0),
///     row("a", Aggregation::Unit, "purchase", 100.0),
///     row("b", Aggregation::Global, "exposure", 1000.0),
///     row("b", Aggregation::Unit, "purchase", 130.0),
/// ];
/// let evaluation = evaluate(&experiment, &rows, Day::from_epoch(20_000), Mode::Corrected)?;
/// let b = &evaluation.metrics[0].stats[1];
/// assert!((b.diff - 0.3).abs() < 1e-12 && b.p_value < 0.1);
/// # Ok::<(), variate_stats::ep_stats::EvaluationError>(())
/// ```
///
/// # Errors
///
/// An expression cannot be read or has no goal, control is not one of the variants, two metrics have one id, or a metric asks
/// for a quantile.
pub fn evaluate(
    experiment: &Experiment,
    rows: &[GoalRow],
    today: Day,
    mode: Mode,
) -> Result<Evaluation, EvaluationError> {
    let seen = rows.iter().map(|row| row.exp_variant_id.as_str());
    let plan = Plan::read(experiment, seen, today, mode)?;
    if let Some(metric) = experiment
        .metrics
        .iter()
        .find(|metric| metric.statistic != Statistic::Mean)
    {
        return Err(EvaluationError::Quantile(metric.id));
    }
    if mode == Mode::Compat && plan.metrics().any(|read| read.lacks_a_goal()) {
        return Err(EvaluationError::NoGoal {
            metrics: experiment.metrics.len(),
        });
    }
    let table = SumsTable::new(&plan.expressions, rows, &plan.variants, mode);
    let exposures = || {
        rows.iter().filter(|row| {
            row.agg_type == Aggregation::Global && row.is_exposure(&experiment.unit_type)
        })
    };
    let exposed: Vec<f64> = plan
        .variants
        .iter()
        .map(|name| {
            let of = exposures().filter(|row| row.exp_variant_id == *name && !row.count.is_nan());
            of.map(|row| row.count).sum()
        })
        .collect();
    plan.evaluate(
        exposures().map(|row| (row.exp_variant_id.as_str(), row.count)),
        GRAIN / plan.variants.len().max(1) + 1,
        |case, read, desk| read.evaluate(case, &table, &exposed, desk),
        |read, differences| read.evaluate(&table, mode, differences),
    )
}

/// A mean, which is a rate where the sums are those of one.
fn arm_of_mean(moments: Moments, mode: Mode, is_sum: bool) -> Arm {
    let measure = match mode {
        Mode::Corrected if !is_sum => rate(moments),
        _ => Measure::Mean,
    };
    Arm {
        measure,
        ..Arm::new(moments, mode)
    }
}

/// A ratio by the delta method, by the sum of products that came with it.
fn arm_of_ratio(moments: Moments, sizes: Moments, product: Option<f64>) -> Arm {
    let arm = Arm::ratio(moments, sizes, product.unwrap_or(f64::NAN));
    match product {
        Some(product) if product.is_nan() => arm.faulty(Reason::NotANumber),
        Some(_) => arm,
        None => arm.faulty(Reason::NoProduct),
    }
}

impl ReadMetric<'_> {
    fn evaluate(
        &self,
        case: &Case<'_>,
        table: &SumsTable<'_>,
        exposed: &[f64],
        desk: &mut Desk,
    ) -> Result<MetricResult, EvaluationError> {
        let nominator = table.find(self.nominator.at);
        let denominator = table.find(self.denominator.at);
        let units = self
            .units
            .as_ref()
            .map(|units| (units, table.find(units.at)));
        let sound = case.mode == Mode::Compat || self.nominator.has_square();
        let weights = match case.mode {
            Mode::Compat => None,
            Mode::Corrected if self.nominator.single().is_some() => None,
            Mode::Corrected => self.nominator.weights(),
        };
        let is_sum = weights.as_ref().is_some_and(|of| of.len() > 1);
        let ratio = match case.mode {
            Mode::Corrected if units.is_none() => Ratio::of(self, table),
            _ => None,
        };
        let mut surprising = false;
        desk.arms.clear();
        desk.arms.extend((0..case.variants.len()).map(|variant| {
            let moments = Moments {
                n: table.value(&self.denominator, denominator, variant),
                sum: table.value(&self.nominator, nominator, variant),
                square: match &weights {
                    Some(weights) => {
                        let n = match (&units, &ratio) {
                            (Some((units, goals)), _) => table.value(units, goals, variant),
                            (None, Some(ratio)) => ratio.units(table, exposed, variant),
                            (None, None) => table.value(&self.denominator, denominator, variant),
                        };
                        table.square_bound(&self.nominator, weights, nominator, variant, n)
                    }
                    None => table.square(&self.nominator, nominator, variant),
                },
            };
            for (expression, goals, own) in [
                (&self.nominator, nominator, moments.sum),
                (&self.denominator, denominator, moments.n),
            ] {
                let usual =
                    expression.conventional_value(|at| table.goal(expression, goals, at, variant));
                surprising |= usual.is_some_and(|usual| (usual - own).abs() > 1e-12 * usual.abs());
            }
            let arm = match (&units, &self.metric.products) {
                (Some((units, goals)), Some(products)) => {
                    let n = table.value(units, goals, variant);
                    let square = table.square(&self.denominator, denominator, variant);
                    let sizes = Moments {
                        n,
                        sum: moments.n,
                        square,
                    };
                    let name = case.variants.get(variant);
                    let product = name.and_then(|name| products.sums.get(&**name));
                    arm_of_ratio(Moments { n, ..moments }, sizes, product.copied())
                }
                _ if sound && let Some(ratio) = &ratio => {
                    ratio.arm(moments, table, exposed, variant)
                }
                _ if sound => arm_of_mean(moments, case.mode, is_sum),
                _ => Arm::without_variance(moments),
            };
            match case.mode {
                Mode::Compat => arm,
                Mode::Corrected => {
                    let squares = units.is_some() || ratio.is_some();
                    self.checked(arm, table, variant, squares)
                }
            }
        }));
        if case.mode == Mode::Corrected {
            self.note(&mut desk.differences);
            let mut note = |kind| desk.differences.note(kind, Some(self.metric.id));
            if units.is_some() || (ratio.is_some() && sound) {
                note(Kind::DeltaMethod);
            }
            if is_sum || (sound && ratio.as_ref().is_some_and(|ratio| !ratio.is_known)) {
                note(Kind::Covariance);
            }
            if !sound {
                note(Kind::Variance);
            }
            if surprising {
                note(Kind::Precedence);
            }
        }
        if desk.arms.get(case.control).is_none() {
            let control = case.experiment.control_variant.clone();
            return Err(EvaluationError::Control(control));
        }
        desk.compare(case);
        let mut result = case.result(desk);
        let all = [nominator, denominator];
        let mut all = all.into_iter().chain(units.map(|(_, goals)| goals));
        if case.mode == Mode::Corrected && !all.all(|goals| table.knows(goals)) {
            result.blame(Reason::UnknownGoal);
        }
        Ok(result)
    }

    /// An arm whose sums are looked at, with those of the denominator's squares if they are used.
    fn checked(&self, arm: Arm, table: &SumsTable<'_>, variant: usize, squares: bool) -> Arm {
        let fault = |of: &Read<'_>, squares| table.fault(of, table.find(of.at), variant, squares);
        let of_units = || self.units.as_ref().and_then(|units| fault(units, false));
        let reason = fault(&self.nominator, true)
            .or_else(|| fault(&self.denominator, squares))
            .or_else(of_units);
        match reason {
            Some(reason) => arm.faulty(reason),
            None => arm.divided(self.divides()),
        }
    }
}

/// A metric by something of which units have several, without `products`.
struct Ratio<'p> {
    nominator: &'p Expression,
    denominator: &'p Goal,
    /// Where the denominator's sums stand.
    goals: &'p [usize],
    /// Whether both are of one action.
    is_one_action: bool,
    /// Whether the product of both is known in every variant.
    is_known: bool,
}

impl<'p> Ratio<'p> {
    /// None where the denominator is no goal by unit, or every unit has it once.
    fn of(read: &'p ReadMetric<'_>, table: &'p SumsTable<'_>) -> Option<Self> {
        let denominator = read.denominator.single()?;
        if denominator.aggregation != Aggregation::Unit {
            return None;
        }
        let goals = table.find(read.denominator.at);
        let varies = |variant| {
            table.sums(goals, 0, variant).is_some_and(|sums| {
                let (sum, square) = (
                    sums.value(denominator.function),
                    sums.square(denominator.function),
                );
                square != 0.0 && (square - sum).abs() > 1e-9 * square.abs()
            })
        };
        if !(0..table.variants).any(varies) {
            return None;
        }
        let is_one_action = read.nominator.single().is_some_and(|goal| {
            (
                &goal.unit_type,
                goal.aggregation,
                &goal.name,
                &goal.dimensions,
            ) == (
                &denominator.unit_type,
                denominator.aggregation,
                &denominator.name,
                &denominator.dimensions,
            )
        });
        let mut ratio = Self {
            nominator: &read.nominator,
            denominator,
            goals,
            is_one_action,
            is_known: false,
        };
        ratio.is_known = (0..table.variants).all(|variant| ratio.product(table, variant).is_some());
        Some(ratio)
    }

    /// Σxy, where both are of one action and the source tells.
    fn product(&self, table: &SumsTable<'_>, variant: usize) -> Option<f64> {
        let functions = (self.nominator.single()?.function, self.denominator.function);
        let sums = table.sums(self.goals, 0, variant)?;
        let product = match functions {
            _ if !self.is_one_action => return None,
            (Function::Value, Function::Count) | (Function::Count, Function::Value) => {
                sums.product()
            }
            (one, other) if one == other => sums.square(one),
            // Of a unit that is there, one times what it has.
            (Function::Unique, of) | (of, Function::Unique) => sums.value(of),
            _ => return None,
        };
        product.is_finite().then_some(product)
    }

    /// How many units have either, or a number that is not smaller.
    fn units(&self, table: &SumsTable<'_>, exposed: &[f64], variant: usize) -> f64 {
        let sums = table.sums(self.goals, 0, variant);
        let own = sums.map_or(0.0, super::goal_row::Sums::units);
        let exposed = exposed.get(variant).copied().unwrap_or(0.0);
        match own {
            own if self.is_one_action && own > 0.0 => own,
            _ if exposed > 0.0 => exposed,
            _ => sums.map_or(f64::NAN, |sums| sums.value(self.denominator.function)),
        }
    }

    /// By the delta method, with the covariance that is known, or that makes the error the largest.
    fn arm(
        &self,
        nominator: Moments,
        table: &SumsTable<'_>,
        exposed: &[f64],
        variant: usize,
    ) -> Arm {
        let n = self.units(table, exposed, variant);
        let y = Moments { n, ..nominator };
        let x = Moments {
            n,
            sum: nominator.n,
            square: table
                .sums(self.goals, 0, variant)
                .map_or(f64::NAN, |sums| sums.square(self.denominator.function)),
        };
        let product = self
            .product(table, variant)
            .unwrap_or_else(|| self.worst(y, x));
        Arm::ratio(y, x, product)
    }

    /// The least Σxy there can be: that of deviations in opposition (Cauchy and Schwarz), or 0 where neither is ever negative.
    fn worst(&self, y: Moments, x: Moments) -> f64 {
        let around = |of: Moments| (of.square - of.sum * of.sum / of.n).max(0.0).sqrt();
        let opposed = y.sum * x.sum / y.n - (y.sum * x.sum).signum() * around(y) * around(x);
        let is_counted = |goal: &Goal| goal.function != Function::Value;
        let are_counted =
            self.nominator.single().is_some_and(is_counted) && is_counted(self.denominator);
        if are_counted {
            opposed.max(0.0)
        } else {
            opposed
        }
    }
}

impl ReadCheck<'_> {
    fn evaluate(
        &self,
        table: &SumsTable<'_>,
        mode: Mode,
        differences: &mut Differences,
    ) -> CheckResult {
        if mode == Mode::Corrected && self.check.kind == CheckKind::MaxRatio {
            differences.note(Kind::MaxRatio, None);
        }
        let values = |expression: &Read<'_>| {
            let goals = table.find(expression.at);
            (0..table.variants)
                .map(|variant| table.value(expression, goals, variant))
                .collect::<Vec<_>>()
        };
        let nominator = self.nominator.as_ref().map(values).unwrap_or_default();
        self.check
            .result(&nominator, &values(&self.denominator), self.shares, mode)
    }
}
