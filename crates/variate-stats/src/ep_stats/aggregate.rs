use super::Mode;
use super::arm::{Arm, Moments};
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

/// How many comparisons are worth a thread.
const GRAIN: usize = 8_000;

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
    let exposures = rows.iter().filter(|row| {
        row.agg_type == Aggregation::Global && row.is_exposure(&experiment.unit_type)
    });
    plan.evaluate(
        exposures.map(|row| (row.exp_variant_id.as_str(), row.count)),
        GRAIN / plan.variants.len().max(1) + 1,
        |case, read, desk| read.evaluate(case, &table, desk),
        |read, differences| read.evaluate(&table, mode, differences),
    )
}

impl ReadMetric<'_> {
    fn evaluate(
        &self,
        case: &Case<'_>,
        table: &SumsTable<'_>,
        desk: &mut Desk,
    ) -> Result<MetricResult, EvaluationError> {
        let nominator = table.find(self.nominator.at);
        let denominator = table.find(self.denominator.at);
        let units = self
            .units
            .as_ref()
            .map(|units| (units, table.find(units.at)));
        let sound = case.mode == Mode::Compat || self.nominator.has_square();
        let mut surprising = false;
        desk.arms.clear();
        desk.arms.extend((0..case.variants.len()).map(|variant| {
            let moments = Moments {
                n: table.value(&self.denominator, denominator, variant),
                sum: table.value(&self.nominator, nominator, variant),
                square: table.square(&self.nominator, nominator, variant),
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
                    let name = case.variants.get(variant);
                    let product = name.and_then(|name| products.sums.get(&**name));
                    let arm = Arm::ratio(
                        Moments { n, ..moments },
                        Moments {
                            n,
                            sum: moments.n,
                            square: table.square(&self.denominator, denominator, variant),
                        },
                        product.copied().unwrap_or(f64::NAN),
                    );
                    match product {
                        Some(product) if product.is_nan() => arm.faulty(Reason::NotANumber),
                        Some(_) => arm,
                        None => arm.faulty(Reason::NoProduct),
                    }
                }
                _ if sound => Arm::new(moments, case.mode),
                _ => Arm::without_variance(moments),
            };
            if case.mode == Mode::Compat {
                return arm;
            }
            let by_units = units.and_then(|(of, at)| table.fault(of, at, variant, false));
            let fault = table
                .fault(&self.nominator, nominator, variant, true)
                .or_else(|| table.fault(&self.denominator, denominator, variant, units.is_some()))
                .or(by_units);
            match fault {
                Some(reason) => arm.faulty(reason),
                None => arm.divided(self.divides()),
            }
        }));
        if case.mode == Mode::Corrected {
            self.note(&mut desk.differences);
            let mut note = |kind| desk.differences.note(kind, Some(self.metric.id));
            if units.is_some() {
                note(Kind::DeltaMethod);
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
            .result(&nominator, &values(&self.denominator), mode)
    }
}
