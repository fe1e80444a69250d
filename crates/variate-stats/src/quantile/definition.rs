use serde::{Deserialize, Serialize};

use crate::values::number;

/// What a quantile is where it falls between two values (Hyndman & Fan 1996, American Statistician 50).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Definition {
    /// Type 1: always one of the values, the first that at least the share p does not exceed. SQL's `PERCENTILE_DISC`.
    InvertedCdf,
    /// Type 5: each value is in the middle of its share.
    Hazen,
    /// Type 6: p(n + 1). SPSS, Minitab.
    Weibull,
    /// Type 7: p(n − 1) + 1, the default of numpy, R, spreadsheets, and SQL's `PERCENTILE_CONT`.
    #[default]
    Linear,
    /// Type 8: about the same median for any distribution, which Hyndman and Fan recommend.
    MedianUnbiased,
    /// Type 9: about the same mean for the normal distribution.
    NormalUnbiased,
}

/// The place of a quantile among sorted values: how many are before it, and how far it leans to the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) below: usize,
    lean: f64,
}

impl Place {
    /// Among `count` values, at least one.
    pub(crate) fn of(definition: Definition, probability: f64, count: usize) -> Self {
        let n = number(count);
        // p·n + m − 1 with m of the definition.
        let at = match definition {
            Definition::InvertedCdf => (probability * n).ceil() - 1.0,
            Definition::Hazen => probability * n - 0.5,
            Definition::Weibull => probability * (n + 1.0) - 1.0,
            Definition::Linear => probability * (n - 1.0),
            Definition::MedianUnbiased => probability * (n + 1.0 / 3.0) - 2.0 / 3.0,
            Definition::NormalUnbiased => probability * (n + 0.25) - 0.625,
        }
        .clamp(0.0, (n - 1.0).max(0.0));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the values"
        )]
        let below = at as usize;
        Self {
            below,
            lean: at - number(below),
        }
    }

    /// The quantile between the value at its place and the next.
    pub(crate) fn between(self, low: f64, high: f64) -> f64 {
        if self.lean == 0.0 || low.total_cmp(&high).is_eq() {
            return low;
        }
        // From the nearer one, so that both ends are exact; numpy's are the same two.
        let width = high - low;
        if self.lean >= 0.5 {
            high - width * (1.0 - self.lean)
        } else {
            low + width * self.lean
        }
    }
}
