//! Numbers as people read them.

use super::Sample;
use crate::Interval;
pub(super) use crate::words::count;
use crate::words::scaled;

/// A metric's value: a rate in percent.
pub(super) fn value(sample: &Sample, unit_of_measure: &str) -> String {
    match sample {
        Sample::Rate(rate) => percent(rate.rate()),
        Sample::Mean(_) | Sample::Ratio(_) | Sample::Paired(_) | Sample::Estimated(_) => {
            let (size, unit) = scaled(sample.value(), unit_of_measure);
            format!("{} {unit}", number(size)).trim_end().to_owned()
        }
    }
}

/// A share in percent, with three digits that count.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", digits(100.0 * share, 3))
}

/// A relative difference in percent, with its sign.
pub(super) fn change(relative: f64) -> String {
    let sign = if relative > 0.0 { "+" } else { "" };
    format!("{sign}{}", percent(relative))
}

pub(super) fn number(value: f64) -> String {
    digits(value, 4)
}

/// A p-value with two digits that count, and its sign: p = 0.035.
pub(super) fn probability(p: f64) -> String {
    if p < 1e-300 {
        "p < 1e-300".to_owned()
    } else if p < 1e-4 {
        format!("p = {p:.1e}")
    } else {
        format!("p = {}", digits(p, 2))
    }
}

/// 1 unit, 2 units.
pub(super) fn counted(count: usize, what: &str) -> String {
    crate::words::counted(count as u64, what)
}

/// From where to where a relative difference is.
pub(super) fn changes(interval: Interval) -> String {
    match (interval.lower.is_finite(), interval.upper.is_finite()) {
        (true, true) => format!("{} to {}", change(interval.lower), change(interval.upper)),
        (true, false) => format!("at least {}", change(interval.lower)),
        (false, true) => format!("at most {}", change(interval.upper)),
        (false, false) => "anything".to_owned(),
    }
}

/// At least `significant` digits that count, and no more decimals than that takes.
fn digits(value: f64, significant: i32) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    if !(1e-6..1e15).contains(&size) {
        return format!("{value:.2e}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "between -6 and 15")]
    let magnitude = size.log10().floor() as i32;
    let decimals = usize::try_from(significant - 1 - magnitude).unwrap_or(0);
    format!("{value:.decimals$}")
}

/// a, b and c.
pub(super) fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
