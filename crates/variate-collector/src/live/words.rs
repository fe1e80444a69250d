//! Numbers and texts as a report has them.

use variate_stats::Interval;
pub(crate) use variate_stats::words::{
    Escaped, count, digits, probability, rounded_percent as percent,
};

/// With a sign, as a share or as a number.
pub(crate) fn change(value: f64, is_share: bool) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    if is_share {
        format!("{sign}{} %", digits(100.0 * value))
    } else {
        format!("{sign}{}", digits(value))
    }
}

/// From where to where.
pub(crate) fn changes(interval: Interval, is_share: bool) -> String {
    let end = |value: f64| change(value, is_share);
    match (interval.lower.is_finite(), interval.upper.is_finite()) {
        (true, true) => format!("{} to {}", end(interval.lower), end(interval.upper)),
        (true, false) => format!("at least {}", end(interval.lower)),
        (false, true) => format!("at most {}", end(interval.upper)),
        (false, false) => "anything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_people_read_them() {
        assert_eq!(change(0.0312, true), "+3.12 %");
        assert_eq!(change(-12.345, false), "-12.3");
        assert_eq!(percent(0.5), "50 %");
        assert_eq!(digits(0.0), "0");
        assert_eq!(digits(1_234.5), "1234");
        assert_eq!(digits(0.000_01), "1.00e-5");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(probability(0.000_012), "1.2e-5");
        let ends = Interval::new(-0.1, f64::INFINITY);
        assert_eq!(changes(ends, true), "at least -10 %");
        assert_eq!(changes(Interval::EVERYTHING, true), "anything");
    }
}
