//! Numbers, tables and texts as people read them, alike in all reports.

use std::fmt::{self, Display, Write};

/// With a comma for each thousand.
///
/// ```
/// assert_eq!(variate_stats::words::count(1_234_567), "1,234,567");
/// ```
#[must_use]
pub fn count(count: u64) -> String {
    thousands(&count.to_string())
}

/// So many of something.
///
/// ```
/// assert_eq!(variate_stats::words::counted(1, "unit"), "1 unit");
/// assert_eq!(variate_stats::words::counted(1_000, "unit"), "1,000 units");
/// ```
#[must_use]
pub fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", count(number))
}

/// The digits of a whole number, with a comma for each thousand.
///
/// ```
/// assert_eq!(variate_stats::words::thousands("999"), "999");
/// assert_eq!(variate_stats::words::thousands("1000"), "1,000");
/// ```
#[must_use]
pub fn thousands(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A table as a terminal shows it: the first column to the left, the others to the right.
///
/// ```
/// let lines = [["variant", "units"], ["red", "1,000"]].map(|line| line.map(str::to_owned).to_vec());
/// let mut table = String::new();
/// variate_stats::words::align(&mut table, &lines);
/// assert_eq!(table, "  variant  units\n  red      1,000\n");
/// ```
pub fn align(out: &mut String, lines: &[Vec<String>]) {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        let cells = lines.iter().filter_map(|line| line.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for line in lines {
        for (at, (cell, width)) in line.iter().zip(&widths).enumerate() {
            // Writing into a `String` cannot fail.
            let _ = match at {
                0 => write!(out, "  {cell:<width$}"),
                _ => write!(out, "  {cell:>width$}"),
            };
        }
        out.push('\n');
    }
}

/// Five digits that say something.
///
/// ```
/// assert_eq!(variate_stats::words::number(12.345_678), "12.346");
/// ```
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e9).contains(&size) {
        return format!("{value:.4e}");
    }
    let decimals = match size {
        10_000.0.. => 0,
        1_000.0.. => 1,
        100.0.. => 2,
        10.0.. => 3,
        1.0.. => 4,
        _ => 5,
    };
    format!("{value:.decimals$}")
}

/// A share in percent, with two decimals where they say something.
///
/// ```
/// assert_eq!(variate_stats::words::percent(0.125), "12.5 %");
/// ```
#[must_use]
pub fn percent(value: f64) -> String {
    let size = (100.0 * value).abs();
    if size > 0.0 && size < 0.005 {
        return format!("{:.2e} %", 100.0 * value);
    }
    let text = format!("{:.2}", 100.0 * value);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

/// A p-value.
///
/// ```
/// assert_eq!(variate_stats::words::probability(0.012_345), "0.0123");
/// ```
#[must_use]
pub fn probability(value: f64) -> String {
    if value < 1e-300 {
        return "< 1e-300".to_owned();
    }
    if value < 0.0001 {
        return format!("{value:.1e}");
    }
    format!("{value:.4}")
}

/// A p-value with its name.
///
/// ```
/// assert_eq!(variate_stats::words::p_is(0.035_28), "p = 0.0353");
/// assert_eq!(variate_stats::words::p_is(0.0), "p < 1e-300");
/// ```
#[must_use]
pub fn p_is(value: f64) -> String {
    match probability(value) {
        text if text.starts_with('<') => format!("p {text}"),
        text => format!("p = {text}"),
    }
}

/// A text for a terminal or a page, in which control characters are shown, not obeyed, and so are blanks at its ends.
///
/// ```
/// use variate_stats::words::Printable;
///
/// assert_eq!(Printable("red\u{1b}[2J").to_string(), "red\\u{1b}[2J");
/// assert_eq!(Printable(" a b").to_string(), "␣a b");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Printable<'t>(pub &'t str);

impl Display for Printable<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (letter, is_inner) in letters(self.0) {
            match seen(letter, is_inner) {
                Seen::Itself => out.write_char(letter)?,
                Seen::Blank => out.write_char(BLANK)?,
                Seen::Escape => write!(out, "{}", letter.escape_unicode())?,
                Seen::Short => write!(out, "{}", letter.escape_debug())?,
            }
        }
        Ok(())
    }
}

/// A space that nobody would see.
const BLANK: char = '␣';

/// How a letter is shown.
enum Seen {
    Itself,
    Blank,
    /// `\u{200b}`.
    Escape,
    /// `\n`, `\0`, `\u{1b}`.
    Short,
}

/// The letters of a text, and whether there is something to see on both sides of each.
fn letters(text: &str) -> impl Iterator<Item = (char, bool)> {
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    let letters = text.char_indices();
    letters.map(move |(at, letter)| (letter, (start..end).contains(&at)))
}

fn seen(letter: char, is_inner: bool) -> Seen {
    match letter {
        letter if letter.is_control() => Seen::Short,
        // Nothing to see, or what turns the text around.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => Seen::Escape,
        ' ' if !is_inner => Seen::Blank,
        letter if letter.is_whitespace() && letter != ' ' && !is_inner => Seen::Escape,
        _ => Seen::Itself,
    }
}

/// A value in the size in which people read it, and what that is called: nanoseconds (`ns`) and `bytes` as greater ones, everything else as it is.
///
/// ```
/// use variate_stats::words::scaled;
///
/// assert_eq!(scaled(1_500_000.0, "ns"), (1.5, "ms"));
/// assert_eq!(scaled(512.0, "bytes"), (512.0, "B"));
/// assert_eq!(scaled(20.0, "orders"), (20.0, "orders"));
/// ```
#[must_use]
pub fn scaled(value: f64, unit: &str) -> (f64, &str) {
    let scales: &[(f64, &str)] = match unit {
        "ns" => &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")],
        "bytes" => &[
            (1_073_741_824.0, "GiB"),
            (1_048_576.0, "MiB"),
            (1024.0, "KiB"),
            (1.0, "B"),
        ],
        _ => return (value, unit),
    };
    let fitting = scales.iter().find(|(scale, _)| value.abs() >= *scale);
    let (scale, name) = fitting.or(scales.last()).copied().unwrap_or((1.0, unit));
    (value / scale, name)
}

/// A share in percent, with three digits that count.
#[must_use]
pub fn rounded_percent(share: f64) -> String {
    format!("{} %", digits(100.0 * share))
}

/// Three digits that count, and no decimals beyond that.
#[must_use]
pub fn digits(value: f64) -> String {
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

/// A text inside of markup. Control characters, but for line feeds, are shown, and so are blanks at the ends, as [`Printable`] shows them.
///
/// ```
/// use variate_stats::words::Escaped;
///
/// assert_eq!(Escaped("a < b").to_string(), "a &lt; b");
/// assert_eq!(Escaped("e\0f ").to_string(), "e\\0f␣");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'t>(pub &'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (letter, is_inner) in letters(self.0) {
            match letter {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                '\n' => out.write_char(letter)?,
                letter => match seen(letter, is_inner) {
                    Seen::Itself => out.write_char(letter)?,
                    Seen::Blank => out.write_char(BLANK)?,
                    Seen::Escape => write!(out, "{}", letter.escape_unicode())?,
                    Seen::Short => write!(out, "{}", letter.escape_debug())?,
                },
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        let name = "<b title='\"x\"'>&\u{1}</b>";
        assert_eq!(
            Escaped(name).to_string(),
            "&lt;b title=&#39;&quot;x&quot;&#39;&gt;&amp;\\u{1}&lt;/b&gt;"
        );
    }

    #[test]
    fn what_nobody_would_see_is_shown() {
        for (name, shown) in [
            ("", ""),
            ("a b", "a b"),
            (" ", "␣"),
            (" a ", "␣a␣"),
            ("e\0f", "e\\0f"),
            ("a\u{a0}", "a\\u{a0}"),
            ("a\u{a0}b", "a\u{a0}b"),
            ("\u{202e}evil", "\\u{202e}evil"),
            ("\u{85}", "\\u{85}"),
            ("Köln 東京", "Köln 東京"),
        ] {
            assert_eq!(Printable(name).to_string(), shown);
            assert_eq!(Escaped(name).to_string(), shown);
        }
        assert_eq!(Escaped("a\nb").to_string(), "a\nb");
        assert_eq!(Printable("a\nb").to_string(), "a\\nb");
    }
}
