//! Numbers as people read them.

use variate_stats::Interval;
use variate_stats::evaluation::{Rarer, Reading, Warning};
pub(crate) use variate_stats::words::count;
use variate_stats::words::scaled;

use crate::report::{Analysis, Diverted, MethodReport};

/// A value of this unit, with three digits that count.
pub(crate) fn value(value: f64, unit: &str) -> String {
    let (number, name) = scaled(value, unit);
    // How often speaks for itself.
    with_unit(&digits(number), if unit == "count" { "" } else { name })
}

fn with_unit(number: &str, unit: &str) -> String {
    if unit.is_empty() {
        number.to_owned()
    } else {
        format!("{number} {unit}")
    }
}

/// From where to where a value is.
pub(crate) fn interval(interval: Interval, unit: &str) -> String {
    let [lower, upper] = [interval.lower, interval.upper].map(|end| value(end, unit));
    // A unit that both have is said once.
    match (lower.rsplit_once(' '), upper.rsplit_once(' ')) {
        (Some((number, one)), Some((_, other))) if one == other => format!("{number}–{upper}"),
        _ => format!("{lower}–{upper}"),
    }
}

/// Calls that the control took in an arm's place: 120 with its breaker open, 3 while it was off.
pub(crate) fn diverted(of: &[Diverted]) -> String {
    let words = |of: &Diverted| match of.reason.as_str() {
        "breaker_open" => format!("{} with its breaker open", count(of.calls)),
        "arm_off" => format!("{} while it was off", count(of.calls)),
        "no_key" => format!("{} without a key", count(of.calls)),
        reason => format!("{} for the reason {reason}", count(of.calls)),
    };
    of.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// A warning of the evaluation, for readers who know calls and keys; `None` where the report's own notes say it.
pub(crate) fn warning(warning: &Warning, analysis: Analysis) -> Option<String> {
    let noun = match analysis {
        Analysis::Calls => "calls",
        Analysis::Keys => "keys",
    };
    Some(match warning {
        Warning::Crossovers { .. } => return None,
        Warning::SampleRatioMismatch { p_value } => format!(
            "{noun} are not split as planned ({}): find out where they get lost before you read anything else",
            probability(*p_value)
        ),
        Warning::UnusualSplit { p_value } => format!(
            "{noun} are hardly ever split like this ({}): see whether some are lost",
            probability(*p_value)
        ),
        Warning::TooFewUnits {
            variant,
            units,
            least,
        } => format!(
            "{variant} has {} {noun}: wait for {} at least",
            count(*units),
            count(*least)
        ),
        Warning::TooFewEvents {
            metric,
            variant,
            events,
            rarer,
            least,
        } => {
            let what = match rarer {
                Rarer::Successes => "failed",
                Rarer::Failures => "did not fail",
            };
            format!(
                "{metric} of {variant}: only {events} calls {what}; with fewer than {least}, exact methods count, which see less"
            )
        }
        Warning::PastTheEnd { units, planned } => format!(
            "there are {} {noun}, and it was to be read at {}: who looks again and again after the end sees more than there is",
            count(*units),
            count(*planned)
        ),
        other => other.to_string(),
    })
}

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", digits(100.0 * share))
}

/// From where to where a share is, in percent.
pub(crate) fn percents(interval: Interval) -> String {
    let [lower, upper] = [interval.lower, interval.upper].map(|end| percent(end.clamp(0.0, 1.0)));
    format!("{}–{upper}", lower.trim_end_matches(" %"))
}

/// How an arm's mean differs from the control's: by what decides, the fixed interval or the one that holds at any time.
pub(crate) fn mean_difference(method: &MethodReport, arm: &str, metric: &str) -> Option<String> {
    let evaluation = method.evaluation.as_ref()?;
    let metric = evaluation.metrics.iter().find(|of| of.name == metric)?;
    let comparison = metric.comparisons.iter().find(|of| of.variant == arm)?;
    let relative = comparison.relative?;
    let interval = match evaluation.reading {
        Reading::Fixed => relative.fixed.interval,
        _ => relative.always_valid.interval,
    };
    let effect = change(relative.fixed.effect);
    let [lower, upper] = [interval.lower, interval.upper];
    Some(if lower.is_finite() && upper.is_finite() {
        format!("{effect} [{}, {}]", change(lower), change(upper))
    } else {
        format!("{effect}, not certain yet")
    })
}

/// A relative difference in percent, with its sign.
pub(crate) fn change(share: f64) -> String {
    signed(share, &percent(share))
}

/// A difference of values of this unit, with its sign.
pub(crate) fn difference(difference: f64, unit: &str) -> String {
    signed(difference, &value(difference, unit))
}

/// A difference of shares, with its sign.
pub(crate) fn points(difference: f64) -> String {
    let points = significant(100.0 * difference, 3);
    signed(difference, &format!("{points} points"))
}

fn signed(number: f64, text: &str) -> String {
    match text.strip_prefix('-') {
        Some(text) => format!("−{text}"),
        None if number > 0.0 => format!("+{text}"),
        None => text.to_owned(),
    }
}

/// The level of intervals, in percent.
pub(crate) fn level(alpha: f64) -> String {
    format!("{} %", (1e8 * (1.0 - alpha)).round() / 1e6)
}

pub(crate) fn probability(p: f64) -> String {
    if p < 1e-4 {
        "p < 0.0001".to_owned()
    } else {
        format!("p = {}", significant(p, 2))
    }
}

fn digits(value: f64) -> String {
    significant(value, 3)
}

fn significant(value: f64, digits: i32) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return format!("{value}");
    }
    if value.fract() == 0.0 && size < 1e4 {
        return format!("{:.0}", value + 0.0);
    }
    if !(1e-6..1e15).contains(&size) {
        return format!("{value:.2e}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "between -6 and 15")]
    let magnitude = size.log10().floor() as i32;
    let decimals = usize::try_from(digits - 1 - magnitude).unwrap_or(0);
    format!("{value:.decimals$}")
}
