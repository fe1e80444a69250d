use std::sync::Arc;

use super::Mode;
use super::arm::{Arm, Comparison, Measure};
use super::difference::{Differences, Kind};
use super::evaluation::{MetricResult, MetricStat};
use super::experiment::{Experiment, Metric, Statistic};
use super::holm::holm;
use super::level::Level;
use super::power::{self, Thresholds};
use super::reason::Reason;
use crate::distribution::StudentT;

/// A metric whose sums are known.
pub(crate) struct Case<'a> {
    pub(crate) experiment: &'a Experiment,
    pub(crate) metric: &'a Metric,
    pub(crate) variants: &'a [Arc<str>],
    /// Which of the variants is control.
    pub(crate) control: usize,
    pub(crate) level: Level,
    pub(crate) thresholds: Thresholds,
    pub(crate) mode: Mode,
}

/// A variant on its way to a [`MetricStat`].
#[derive(Clone, Copy)]
struct Row {
    comparison: Comparison,
    student: Option<StudentT>,
    p: f64,
    interval: f64,
    corrected: bool,
}

/// What is used again from metric to metric: memory, and what is told of all of them.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) differences: Differences,
    pub(crate) arms: Vec<Arm>,
    pub(crate) comparisons: Vec<Comparison>,
    rows: Vec<Row>,
    p_values: Vec<(f64, usize)>,
}

impl Desk {
    /// Compares the arms by Welch's test.
    pub(crate) fn compare(&mut self, case: &Case<'_>) {
        self.comparisons.clear();
        // One variant in which a unit did it twice makes it no rate.
        let is_mean = |arm: &Arm| arm.measure == Measure::Mean && arm.std.is_finite();
        if self.arms.iter().any(is_mean) {
            for arm in &mut self.arms {
                arm.measure = Measure::Mean;
            }
        }
        if let Some(control) = self.arms.get(case.control) {
            let of = |arm| Comparison::welch(control, arm, case.mode);
            self.comparisons.extend(self.arms.iter().map(of));
        }
    }
}

impl Case<'_> {
    /// Tests, intervals and corrections, from the arms and their comparisons with control.
    pub(crate) fn result(&self, desk: &mut Desk) -> MetricResult {
        let Desk {
            differences,
            arms,
            comparisons,
            rows,
            p_values,
        } = desk;
        let several = self.variants.len() > 2;
        rows.clear();
        rows.extend(comparisons.iter().enumerate().map(|(at, comparison)| {
            let corrected = several
                && match self.mode {
                    Mode::Compat => at > 0,
                    Mode::Corrected => at != self.control,
                };
            let student = student(comparison);
            let p = if comparison.degenerate {
                f64::NAN
            } else {
                self.p_value(comparison, student)
            };
            // Whoever is corrected gets the interval there.
            let interval = if corrected {
                f64::NAN
            } else {
                self.interval(comparison, student, 1.0)
            };
            Row {
                comparison: *comparison,
                student,
                p,
                interval,
                corrected,
            }
        }));
        if several {
            self.correct(rows, p_values);
        }
        if self.mode == Mode::Corrected {
            for row in rows.iter_mut() {
                self.agree(row);
            }
        }
        let control = arms.get(self.control);
        let stats = rows
            .iter()
            .zip(arms.iter())
            .zip(self.variants)
            .enumerate()
            .map(|(at, ((row, arm), variant))| self.stat(at, row, arm, variant, control))
            .collect::<Vec<_>>();
        if self.mode == Mode::Corrected {
            self.compare_with_the_original(&stats, control, differences);
        }
        MetricResult {
            id: self.metric.id,
            name: self.metric.name.clone(),
            stats,
            unknown_goals: Vec::new(),
            weights: Vec::new(),
        }
    }

    fn p_value(&self, comparison: &Comparison, student: Option<StudentT>) -> f64 {
        let size = comparison.statistic.abs();
        match student {
            _ if comparison.p_value.is_some() => comparison.p_value.unwrap_or(f64::NAN),
            _ if size.is_nan() => f64::NAN,
            None => f64::NAN,
            // The control variant, against itself.
            Some(_) if size == 0.0 => 1.0,
            Some(student) => match self.mode {
                Mode::Compat => {
                    // scipy's cdf is cdflib's: both tails from the incomplete beta, each rounded before they are added.
                    let tail = student.survival(size);
                    2.0 * (1.0 - ((1.0 - 2.0 * tail) + tail))
                }
                Mode::Corrected => 2.0 * student.survival(size),
            },
        }
    }

    fn interval(&self, comparison: &Comparison, student: Option<StudentT>, ratio: f64) -> f64 {
        let is_exact = self.mode == Mode::Corrected && comparison.error == 0.0;
        if comparison.degenerate || is_exact {
            return f64::NAN;
        }
        let alpha = self.level.alpha * ratio;
        let Some(student) = student else {
            return f64::NAN;
        };
        comparison.error
            * match self.mode {
                Mode::Compat => student.quantile(1.0 - alpha + alpha / 2.0),
                Mode::Corrected => student.survival_quantile(alpha / 2.0),
            }
    }

    /// Holm's correction; the interval excludes 0 where the corrected p-value is below the level.
    fn correct(&self, rows: &mut [Row], p_values: &mut Vec<(f64, usize)>) {
        let counts = |row: &Row| row.corrected && (self.mode == Mode::Compat || !row.p.is_nan());
        p_values.clear();
        let tested = rows.iter().enumerate().filter(|(_, row)| counts(row));
        p_values.extend(tested.map(|(at, row)| (row.p, at)));
        holm(p_values);
        for (adjusted, at) in p_values.iter() {
            let Some(row) = rows.get_mut(*at) else {
                continue;
            };
            let ratio = row.p / adjusted;
            let ratio = match self.mode {
                _ if !ratio.is_nan() => ratio,
                Mode::Compat => 1.0,
                // Too small to be told from 0: the strictest of Holm's levels.
                Mode::Corrected => 1.0 / p_values.len() as f64,
            };
            row.interval = self.interval(&row.comparison, row.student, ratio);
            row.p = *adjusted;
        }
    }

    /// The p-value is of the difference, the interval of the relative one: at the edge it is that of the test which decides.
    fn agree(&self, row: &mut Row) {
        let away = row.comparison.diff.abs();
        if row.p <= self.level.alpha {
            if row.interval >= away {
                row.interval = (1.0 - 1e-6) * away;
            }
        } else if row.interval < away {
            row.interval = away;
        }
    }

    fn stat(
        &self,
        at: usize,
        row: &Row,
        arm: &Arm,
        variant: &Arc<str>,
        control: Option<&Arm>,
    ) -> MetricStat {
        let Row {
            comparison,
            p,
            interval,
            ..
        } = row;
        let quantile = self.metric.statistic != Statistic::Mean;
        let (mut required, mut power, mut risk) = (f64::NAN, f64::NAN, f64::NAN);
        let units = match self.mode {
            Mode::Compat if self.metric.denominator.starts_with("value(") => f64::NAN,
            _ => arm.n,
        };
        if let (Some(effect), Some(control)) = (self.metric.minimum_effect, control)
            && at != self.control
            && !quantile
            && (self.mode == Mode::Compat || is_possible(effect, control))
        {
            let variances = control.std * control.std + arm.std * arm.std;
            required = self.thresholds.required(variances, control.mean * effect);
            if self.mode == Mode::Corrected && required > 0.0 {
                // A variance needs two.
                required = required.max(2.0);
            }
            power = self.thresholds.reached(units, required);
        }
        if let Some(rate) = self.experiment.null_hypothesis_rate
            && (self.mode == Mode::Compat || is_share(rate))
            && *p <= self.level.alpha
            && at != self.control
        {
            risk = power::false_positive_risk(*p, power, rate);
        }
        let mut stat = MetricStat {
            exp_variant_id: Arc::clone(variant),
            diff: comparison.diff,
            mean: arm.mean,
            std: arm.std,
            sum_value: arm.sum,
            p_value: *p,
            confidence_interval: *interval,
            confidence_level: self.level.confidence,
            sample_size: units,
            required_sample_size: required,
            power,
            false_positive_risk: risk,
            test_stat: comparison.statistic,
            standard_error: comparison.error,
            degrees_of_freedom: comparison.df,
            measure: arm.measure,
            reasons: Vec::new(),
        };
        if self.mode == Mode::Corrected {
            self.explain(at, &mut stat, arm, control);
        }
        stat
    }

    /// Puts a reason beside every number that is missing.
    fn explain(&self, at: usize, stat: &mut MetricStat, arm: &Arm, control: Option<&Arm>) {
        let is_control = at == self.control;
        let quantile = self.metric.statistic != Statistic::Mean;
        let of_control = control
            .and_then(|control| control.reason)
            .map(|reason| match reason {
                _ if is_control => reason,
                Reason::NoUnits => Reason::ControlHasNoUnits,
                Reason::TooFewUnits => Reason::ControlHasTooFewUnits,
                Reason::SumsContradict => Reason::ControlSumsContradict,
                other => other,
            });
        let own = arm.reason.unwrap_or(Reason::NotFinite);
        let spread = arm.reason.or(of_control);
        let flat = arm.std == 0.0 && control.is_some_and(|control| control.std == 0.0);
        let no_diff = match control {
            Some(control) if control.mean == 0.0 => Reason::ControlMeanIsZero,
            Some(control) if control.mean.is_nan() => of_control.unwrap_or(Reason::NotFinite),
            _ => own,
        };
        let no_test = match spread {
            Some(reason) => reason,
            None if stat.diff.is_nan() => no_diff,
            None if quantile => Reason::NoSpread,
            None if flat => Reason::NoVariance,
            None if arm.std == 0.0 => Reason::NoVarianceOfVariant,
            None => Reason::NotFinite,
        };
        // Where nothing varies there is no test, whatever the mean of control is.
        let no_p_value = if flat && spread.is_none() && !quantile {
            Reason::NoVariance
        } else {
            no_test
        };
        let no_level = if self.level.alpha.is_nan() {
            Reason::NotBegun
        } else {
            no_test
        };
        let no_plan = match self.metric.minimum_effect {
            _ if is_control => Reason::IsControl,
            _ if quantile => Reason::Quantile,
            None => Reason::NoMinimumEffect,
            Some(0.0) => Reason::MinimumEffectIsZero,
            Some(effect) if control.is_some_and(|of| !is_possible(effect, of)) => {
                Reason::NoSuchEffect
            }
            Some(_) if self.level.alpha.is_nan() => Reason::NotBegun,
            Some(_) => match spread {
                Some(reason) => reason,
                None if stat.diff.is_nan() => no_diff,
                None if flat => Reason::NoVariance,
                None => Reason::NotFinite,
            },
        };
        let no_risk = match self.experiment.null_hypothesis_rate {
            _ if is_control => Reason::IsControl,
            None => Reason::NoNullHypothesisRate,
            Some(rate) if !is_share(rate) => Reason::NoSuchRate,
            Some(_) if stat.p_value.is_nan() => no_test,
            Some(_) if self.level.alpha.is_nan() => Reason::NotBegun,
            Some(_) if stat.p_value <= self.level.alpha => no_plan,
            Some(_) => Reason::NotSignificant,
        };
        let mut reasons = Vec::new();
        for (name, value, reason) in [
            ("diff", &mut stat.diff, no_diff),
            ("mean", &mut stat.mean, own),
            ("std", &mut stat.std, own),
            ("sum_value", &mut stat.sum_value, own),
            ("p_value", &mut stat.p_value, no_p_value),
            (
                "confidence_interval",
                &mut stat.confidence_interval,
                no_level,
            ),
            (
                "confidence_level",
                &mut stat.confidence_level,
                Reason::NotBegun,
            ),
            ("sample_size", &mut stat.sample_size, own),
            (
                "required_sample_size",
                &mut stat.required_sample_size,
                no_plan,
            ),
            ("power", &mut stat.power, no_plan),
            (
                "false_positive_risk",
                &mut stat.false_positive_risk,
                no_risk,
            ),
        ] {
            if !value.is_finite() {
                *value = f64::NAN;
                reasons.push((name.to_owned(), reason));
            }
        }
        stat.reasons = reasons;
    }

    fn compare_with_the_original(
        &self,
        stats: &[MetricStat],
        control: Option<&Arm>,
        differences: &mut Differences,
    ) {
        let id = Some(self.metric.id);
        let mut note = |kind, metric| differences.note(kind, metric);
        if self.level.sequential {
            note(Kind::SequentialLevel, None);
        }
        if self.variants.len() > 2 && self.control > 0 {
            note(Kind::HolmByPosition, None);
        }
        if stats.iter().any(|stat| !stat.reasons.is_empty()) {
            note(Kind::Missing, None);
        }
        note(Kind::Difference, None);
        let quantile = self.metric.statistic != Statistic::Mean;
        if !quantile
            && stats
                .iter()
                .any(|stat| stat.degrees_of_freedom.fract() > 1e-5)
        {
            note(Kind::DegreesOfFreedom, None);
        }
        if stats.iter().any(|stat| stat.p_value < 1e-6) {
            note(Kind::Tail, None);
        }
        if control.is_some_and(|control| control.mean < 0.0) && !quantile {
            note(Kind::NegativeControl, id);
        }
        if self.metric.denominator.starts_with("value(") {
            note(Kind::SampleSize, id);
        }
        let few = |stat: &MetricStat| {
            stat.standard_error == 0.0 && stat.diff != 0.0 && stat.sum_value <= 10.0
        };
        if stats.iter().any(few) {
            note(Kind::FewGoals, id);
        }
    }
}

/// Whether a treatment can differ from control by this relative effect: a rate is between 0 and 1, and no more than everything is lost.
fn is_possible(effect: f64, control: &Arm) -> bool {
    let is_rate = |mean: f64| match control.measure {
        Measure::Rate(rate, _) => rate.rate() * mean <= 1.0,
        _ => true,
    };
    (-1.0..=MOST_EFFECT).contains(&effect) && is_rate(1.0 + effect)
}

/// A larger one is a slip.
const MOST_EFFECT: f64 = 1e6;

fn is_share(rate: f64) -> bool {
    (0.0..=1.0).contains(&rate)
}

/// The law of the statistic; none without degrees of freedom.
fn student(comparison: &Comparison) -> Option<StudentT> {
    // From 1e15 on, which an infinite number is too, it is the normal distribution to the last digit.
    StudentT::new(comparison.df.clamp(0.0, 1e15)).ok()
}
