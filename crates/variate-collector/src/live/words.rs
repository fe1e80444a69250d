//! Numbers and texts as a report has them.

use std::fmt::{self, Display, Write};

use variate_stats::Interval;
pub(crate) use variate_stats::words::count;

/// A text inside of markup.
pub(crate) struct Escaped<'t>(pub(crate) &'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                // No text of a page has them.
                letter if letter.is_control() && letter != '\n' => out.write_char('\u{fffd}')?,
                letter => out.write_char(letter)?,
            }
        }
        Ok(())
    }
}

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

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", digits(100.0 * share))
}

/// Three digits that count, and no decimals beyond that.
pub(crate) fn digits(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.2e}");
    }
    let decimals = match size {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        0.1.. => 3,
        0.01.. => 4,
        _ => 5,
    };
    let text = format!("{value:.decimals$}");
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A p-value.
pub(crate) fn probability(value: f64) -> String {
    if value > 0.0 && value < 1e-4 {
        return format!("{value:.1e}");
    }
    format!("{value:.4}")
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

    #[test]
    fn names_are_no_markup() {
        let name = "<b title='\"x\"'>&\u{1}</b>";
        assert_eq!(
            Escaped(name).to_string(),
            "&lt;b title=&#39;&quot;x&quot;&#39;&gt;&amp;\u{fffd}&lt;/b&gt;"
        );
    }
}
