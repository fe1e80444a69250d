use super::Mode;
use super::arm::{Arm, Moments, rate};
use super::day::Day;
use super::difference::{Differences, Kind};
use super::evaluation::{CheckResult, Evaluation, EvaluationError, MetricResult};
use super::experiment::{CheckKind, Experiment, Statistic};
use super::expression::Aggregation;
use super::goal_row::GoalRow;
use super::metric::{Case, Desk};
use super::plan::{Plan, Read, ReadCheck, ReadMetric};
use super::reason::Reason;
use super::row::Row as _;
use super::sums_table::SumsTable;
use super::total::{Base, KnownPair, Total};

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

/// The sums of nominator and denominator in one variant.
struct Sides<'p> {
    nominator: Total<'p>,
    denominator: Total<'p>,
    base: Base,
}

/// What there is of a variant beside its sums.
struct Variant<'t> {
    table: &'t SumsTable<'t>,
    unit_type: &'t str,
    at: usize,
    /// Its units.
    exposed: f64,
}

impl<'p> Sides<'p> {
    fn of(read: &ReadMetric<'p>, table: &'p SumsTable<'_>, unit_type: &str) -> Self {
        let denominator = Total::of(&read.denominator, table);
        Self {
            base: denominator.base(table, unit_type),
            nominator: Total::of(&read.nominator, table),
            denominator,
        }
    }

    /// The factor of the ratio.
    fn factor(&self) -> f64 {
        self.nominator.factor / self.denominator.factor
    }

    /// The ratio in a variant, with its error, or the largest that the sums allow; with the number of units and the sum of products if the
    /// metric brings them. `bounded` is set where the error is no more than a bound.
    fn arm(&self, of: &Variant<'_>, known: Option<(f64, Option<f64>)>, bounded: &mut bool) -> Arm {
        let sum = self.nominator.value(of.table, of.at);
        let size = self.denominator.value(of.table, of.at);
        let is_sum = self.nominator.is_sum();
        if known.is_none() && self.base == Base::Units && is_sum {
            let arm = match square(&self.nominator, size, of, None, bounded) {
                Ok(square) => arm_of_mean(Moments {
                    n: size,
                    sum,
                    square,
                }),
                Err(reason) => without_variance(size, sum, size, reason),
            };
            return arm.scaled(self.factor());
        }
        let n = match known {
            Some((n, _)) => n,
            None => {
                let (one, other) = (&self.denominator, &self.nominator);
                one.units(other, of.table, of.exposed, of.unit_type, of.at)
            }
        };
        if self.base == Base::Unknown || !is_sum {
            // Of a quotient of goals the value itself, which has no factor.
            let n = if n > 0.0 { n } else { of.exposed };
            return without_variance(n, f64::NAN, 1.0, Reason::VarianceUnknown);
        }
        let factors = self.nominator.factor * self.denominator.factor;
        let pair = match known {
            Some((_, Some(product))) => {
                let product = product / factors;
                let (one, other) = (&self.nominator, &self.denominator);
                one.pair(other, product, of.table, of.unit_type, of.at)
            }
            _ => Ok(None),
        };
        let both = pair.and_then(|pair| {
            let mut moments = |total: &Total<'_>, sum| {
                let square = square(total, n, of, pair, bounded)?;
                Ok(Moments { n, sum, square })
            };
            Ok((
                moments(&self.nominator, sum)?,
                moments(&self.denominator, size)?,
            ))
        });
        let (y, x) = match both {
            Ok(both) if n > 0.0 => both,
            Ok(_) if size == 0.0 || n == 0.0 => {
                return without_variance(n, sum, size, Reason::NoUnits);
            }
            Ok(_) => return without_variance(n, sum, size, Reason::VarianceUnknown),
            Err(reason) => return without_variance(n, sum, size, reason),
        };
        let are_counted = self.nominator.is_counted() && self.denominator.is_counted();
        let arm = match known {
            Some((_, None)) => without_variance(n, sum, size, Reason::NoProduct),
            Some((_, Some(product))) if product.is_nan() => {
                without_variance(n, sum, size, Reason::NotANumber)
            }
            Some((_, Some(product))) => arm_of_ratio(y, x, product / factors, are_counted),
            None => {
                let product =
                    self.nominator
                        .product(&self.denominator, of.table, of.unit_type, of.at);
                if let Some(product) = product {
                    arm_of_ratio(y, x, product, are_counted)
                } else {
                    *bounded = true;
                    Arm::ratio(y, x, worst(y, x, are_counted))
                }
            }
        };
        arm.scaled(self.factor())
    }
}

/// The sum of squares of a total, or its bound.
fn square(
    total: &Total<'_>,
    n: f64,
    of: &Variant<'_>,
    pair: Option<KnownPair>,
    bounded: &mut bool,
) -> Result<f64, Reason> {
    let bound = total.square(of.table, n, of.unit_type, of.at, pair)?;
    *bounded |= !bound.is_exact;
    Ok(bound.value)
}

/// A mean, which is a rate where the sums are those of one.
fn arm_of_mean(moments: Moments) -> Arm {
    Arm {
        measure: rate(moments),
        ..Arm::new(moments, Mode::Corrected)
    }
}

/// A value that is known, without an error.
fn without_variance(n: f64, sum: f64, size: f64, reason: Reason) -> Arm {
    let moments = Moments {
        n: size,
        sum,
        square: f64::NAN,
    };
    Arm {
        n,
        ..Arm::new(moments, Mode::Corrected)
    }
    .faulty(if size == 0.0 { Reason::NoUnits } else { reason })
}

/// A ratio by the delta method, unless no units have that sum of products.
fn arm_of_ratio(y: Moments, x: Moments, product: f64, are_counted: bool) -> Arm {
    let arm = Arm::ratio(y, x, product);
    let around = |of: Moments| (of.square - of.sum * of.sum / of.n).max(0.0).sqrt();
    // Cauchy and Schwarz, of the numbers and of their deviations.
    let covers = |product: f64, most: f64, scale: f64| product.abs() <= most + 1e-9 * scale;
    let raw = (y.square * x.square).sqrt();
    let is_possible = covers(product, raw, raw)
        && covers(product - y.sum * x.sum / y.n, around(y) * around(x), raw)
        && !(are_counted && product < 0.0);
    if arm.reason.is_none() && !is_possible {
        arm.faulty(Reason::SumsContradict)
    } else {
        arm
    }
}

/// The least Σxy there can be: that of deviations in opposition (Cauchy and Schwarz), or 0 where neither is ever negative.
fn worst(y: Moments, x: Moments, are_counted: bool) -> f64 {
    let around = |of: Moments| (of.square - of.sum * of.sum / of.n).max(0.0).sqrt();
    let opposed = y.sum * x.sum / y.n - (y.sum * x.sum).signum() * around(y) * around(x);
    if are_counted {
        opposed.max(0.0)
    } else {
        opposed
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
        let unit_type = case.experiment.unit_type.as_str();
        let sides = match case.mode {
            Mode::Compat => None,
            Mode::Corrected => Some(Sides::of(self, table, unit_type)),
        };
        let (mut surprising, mut bounded) = (false, false);
        desk.arms.clear();
        desk.arms.extend((0..case.variants.len()).map(|variant| {
            let sum = table.value(&self.nominator, nominator, variant);
            let size = table.value(&self.denominator, denominator, variant);
            let Some(sides) = &sides else {
                let square = table.square(&self.nominator, nominator, variant);
                let moments = Moments {
                    n: size,
                    sum,
                    square,
                };
                return Arm::new(moments, Mode::Compat);
            };
            for (expression, goals, own) in [
                (&self.nominator, nominator, sum),
                (&self.denominator, denominator, size),
            ] {
                let usual =
                    expression.conventional_value(|at| table.goal(expression, goals, at, variant));
                surprising |= usual.is_some_and(|usual| (usual - own).abs() > 1e-12 * usual.abs());
            }
            let known = units.as_ref().map(|(units, goals)| {
                let name = case.variants.get(variant);
                let products = self.metric.products.as_ref().zip(name);
                let product = products
                    .and_then(|(of, name)| of.sums.get(&**name))
                    .copied();
                (table.value(units, goals, variant), product)
            });
            let of = Variant {
                table,
                unit_type,
                at: variant,
                exposed: exposed.get(variant).copied().unwrap_or(0.0),
            };
            let arm = Arm {
                sum,
                ..sides.arm(&of, known, &mut bounded)
            };
            let arm = match arm.reason {
                Some(Reason::VarianceUnknown) if size == 0.0 => arm.faulty(Reason::NoUnits),
                Some(Reason::VarianceUnknown) => arm.moved((sum / size, 0.0), sum),
                _ => arm,
            };
            let squares = units.is_some() || sides.base != Base::Units;
            self.checked(arm, size, table, variant, squares)
        }));
        if let Some(sides) = &sides {
            self.note(&mut desk.differences);
            let mut note = |kind| desk.differences.note(kind, Some(self.metric.id));
            let sound = sides.nominator.is_sum() && sides.base != Base::Unknown;
            if sound && (units.is_some() || sides.base == Base::Several) {
                note(Kind::DeltaMethod);
            }
            if bounded {
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
        let all = || {
            let sides = [
                (&self.nominator, nominator),
                (&self.denominator, denominator),
            ];
            sides.into_iter().chain(units)
        };
        if case.mode == Mode::Corrected && !all().all(|(_, goals)| table.knows(goals)) {
            let unknown = all().flat_map(|(read, goals)| {
                let named = read.goals().iter().zip(goals);
                named.filter(|(_, at)| !table.knows(std::slice::from_ref(*at)))
            });
            result.lacks(unknown.map(|(goal, _)| goal.to_string()));
        }
        result.weights = self.weights(case.mode, table, nominator);
        Ok(result)
    }

    /// The counts that are taken for weights although nothing else says that they are some.
    fn weights(&self, mode: Mode, table: &SumsTable<'_>, nominator: &[usize]) -> Vec<String> {
        if mode == Mode::Compat {
            return Vec::new();
        }
        let weights = table.weights(self.nominator.expression(), nominator);
        weights.map(ToString::to_string).collect()
    }

    /// An arm whose sums are looked at, with those of the denominator's squares if they are used.
    fn checked(
        &self,
        arm: Arm,
        size: f64,
        table: &SumsTable<'_>,
        variant: usize,
        squares: bool,
    ) -> Arm {
        let fault = |of: &Read<'_>, squares| table.fault(of, table.find(of.at), variant, squares);
        let of_units = || self.units.as_ref().and_then(|units| fault(units, false));
        let reason = fault(&self.nominator, true)
            .or_else(|| fault(&self.denominator, squares))
            .or_else(of_units);
        match reason {
            Some(reason) => arm.faulty(reason),
            None => arm.divided(size, self.divides()),
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
