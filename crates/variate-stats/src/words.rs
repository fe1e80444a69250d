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
