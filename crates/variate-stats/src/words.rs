//! Numbers as people read them, alike in all reports.

/// With a comma for each thousand.
///
/// ```
/// assert_eq!(variate_stats::words::count(1_234_567), "1,234,567");
/// ```
#[must_use]
pub fn count(count: u64) -> String {
    thousands(&count.to_string())
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
