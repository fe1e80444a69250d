//! Whether two classifications of the same units depend on each other.

use crate::distribution::ChiSquared;

/// Pearson's chi-squared test of a table of counts, without Yates' correction, and how strong the dependence is.
///
/// ```
/// use variate_stats::contingency::Independence;
///
/// let table = [vec![4_970, 5_040], vec![5_010, 4_980]];
/// let test = Independence::of(&table).unwrap();
/// assert!(test.p_value > 0.4 && test.cramers_v < 0.01);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Independence {
    /// Σ (seen − expected)² / expected.
    pub statistic: f64,
    /// (rows − 1)(columns − 1).
    pub degrees_of_freedom: f64,
    /// The probability of as much, or more, if they were independent.
    pub p_value: f64,
    /// √(statistic / n / (the smaller of rows and columns − 1)) (H. Cramér 1946): 0 to 1.
    pub cramers_v: f64,
    /// The least number that is expected in a cell: from 5 on the test is right.
    pub least_expected: f64,
}

impl Independence {
    /// Of the rows of a table; those without any counts, and such columns, do not matter. `None` where fewer than two rows or columns are
    /// left.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    pub fn of(table: &[Vec<u64>]) -> Option<Self> {
        let rows: Vec<f64> = table
            .iter()
            .map(|row| row.iter().map(|count| *count as f64).sum())
            .collect();
        let width = table.iter().map(Vec::len).max().unwrap_or(0);
        let mut columns = vec![0.0; width];
        for row in table {
            for (column, count) in columns.iter_mut().zip(row) {
                *column += *count as f64;
            }
        }
        let total: f64 = rows.iter().sum();
        let filled = |of: &[f64]| of.iter().filter(|sum| **sum > 0.0).count();
        let (height, width) = (filled(&rows), filled(&columns));
        if height < 2 || width < 2 {
            return None;
        }
        let (mut statistic, mut least_expected) = (0.0, f64::INFINITY);
        for (row, of_row) in table.iter().zip(&rows) {
            let counts = row.iter().map(|count| *count as f64);
            let counts = counts.chain(std::iter::repeat(0.0));
            for (count, of_column) in counts.zip(&columns) {
                let expected = of_row * of_column / total;
                if expected > 0.0 {
                    statistic += (count - expected) * (count - expected) / expected;
                    least_expected = expected.min(least_expected);
                }
            }
        }
        let degrees_of_freedom = (height - 1) as f64 * (width - 1) as f64;
        let law = ChiSquared::new(degrees_of_freedom).ok()?;
        let most = (height.min(width) - 1) as f64;
        Some(Self {
            statistic,
            degrees_of_freedom,
            p_value: law.survival(statistic),
            cramers_v: libm::sqrt(statistic / total / most).min(1.0),
            least_expected,
        })
    }
}
