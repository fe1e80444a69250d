use crate::argument::{finite, length, non_negative};
use crate::{ArgumentError, DoubleDouble, Moments, values};

/// The moments of an outcome and a covariate of the same units: count, means, variances and covariance.
///
/// Updates and merges of Chan, Golub and `LeVeque` (1979) as those of [`Moments`], in 106 bits.
///
/// ```
/// use variate_stats::adjustment::PairedMoments;
///
/// // What was bought, and what was bought in the weeks before.
/// let arm = PairedMoments::from_values(&[3.0, 5.0, 10.0], &[2.0, 4.0, 9.0])?;
/// // The same from sums: n, [Σy, Σy²], [Σx, Σx²], Σxy.
/// let sums = PairedMoments::from_tallies(3, [18.0, 134.0], [15.0, 101.0], 116.0);
/// assert_eq!(arm.covariance(), sums.covariance());
/// assert_eq!(arm.covariance(), 13.0);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PairedMoments {
    outcome: Moments,
    covariate: Moments,
    products: DoubleDouble,
}

impl PairedMoments {
    /// Of no units.
    pub fn new() -> Self {
        Self::default()
    }

    /// From how many units there are, `[Σy, Σy²]` of the outcome, `[Σx, Σx²]` of the covariate, and Σxy. A sum may be
    /// an `f64` or the `(high, low)` parts of one with 106 bits.
    ///
    /// Sums that contradict each other are found when they are used.
    pub fn from_tallies<D: Into<DoubleDouble>>(
        count: u64,
        outcome: [D; 2],
        covariate: [D; 2],
        sum_of_products: D,
    ) -> Self {
        if count == 0 {
            return Self::default();
        }
        let [outcome, outcome_squares] = outcome.map(Into::into);
        let [covariate, covariate_squares] = covariate.map(Into::into);
        let mean = covariate / DoubleDouble::from(count);
        Self {
            outcome: Moments::from_tallies(count, outcome, outcome_squares),
            covariate: Moments::from_tallies(count, covariate, covariate_squares),
            products: sum_of_products.into() - outcome * mean,
        }
    }

    /// From an outcome and a covariate for each unit.
    ///
    /// # Errors
    /// When the lists are not of one length, or a value is not finite. A unit without history is no NaN here: give it 0
    /// or the mean, and see [`Regression`](super::Regression) for a column that says so.
    pub fn from_values(outcomes: &[f64], covariates: &[f64]) -> Result<Self, ArgumentError> {
        length(
            outcomes.len() == covariates.len(),
            "covariates",
            covariates.len(),
            "one for each outcome",
        )?;
        values::finite_values("outcomes", outcomes)?;
        values::finite_values("covariates", covariates)?;
        let mut moments = Self::new();
        for (outcome, covariate) in outcomes.iter().zip(covariates) {
            moments.push(*outcome, *covariate);
        }
        Ok(moments)
    }

    /// One more unit.
    pub fn push(&mut self, outcome: f64, covariate: f64) {
        let before = DoubleDouble::from(outcome) - self.outcome.exact_mean();
        self.outcome.push(outcome);
        self.covariate.push(covariate);
        self.products += before * (DoubleDouble::from(covariate) - self.covariate.exact_mean());
    }

    /// The units of both.
    pub fn merge(&mut self, other: &Self) {
        let (ours, theirs) = (self.count(), other.count());
        if ours == 0 || theirs == 0 {
            if ours == 0 {
                *self = *other;
            }
            return;
        }
        let share = DoubleDouble::from(theirs) / DoubleDouble::from(ours.saturating_add(theirs));
        let outcomes = other.outcome.exact_mean() - self.outcome.exact_mean();
        let covariates = other.covariate.exact_mean() - self.covariate.exact_mean();
        self.products += other.products + outcomes * covariates * share * DoubleDouble::from(ours);
        self.outcome.merge(&other.outcome);
        self.covariate.merge(&other.covariate);
    }

    /// How many units there are.
    pub const fn count(&self) -> u64 {
        self.outcome.count()
    }

    /// The outcome by itself.
    pub const fn outcome(&self) -> &Moments {
        &self.outcome
    }

    /// The covariate by itself.
    pub const fn covariate(&self) -> &Moments {
        &self.covariate
    }

    /// The covariance of the sample, with n − 1; NaN of fewer than two units.
    pub fn covariance(&self) -> f64 {
        if self.count() < 2 {
            return f64::NAN;
        }
        self.products.value() / values::units(self.count() - 1)
    }

    /// The correlation of outcome and covariate: CUPED leaves 1 − ρ² of the variance. NaN where one does not vary.
    pub fn correlation(&self) -> f64 {
        let spread =
            self.outcome.squared_deviations().sqrt() * self.covariate.squared_deviations().sqrt();
        self.products.value() / spread
    }

    /// Σ(y − ȳ)(x − x̄) with all its digits.
    pub(crate) const fn exact_products(&self) -> DoubleDouble {
        self.products
    }

    /// Σ(y − ȳ − θ(x − x̄))², where what has cancelled but for its rounding is 0.
    pub(super) fn residual_squares(&self, theta: f64) -> f64 {
        let theta = DoubleDouble::from(theta);
        let outcome = DoubleDouble::from(self.outcome.squared_deviations());
        let covariate = DoubleDouble::from(self.covariate.squared_deviations());
        let both = theta * self.products;
        let rest = (outcome - both - both + theta * theta * covariate).value();
        if rest > 1e-15 * self.outcome.squared_deviations() {
            rest
        } else {
            0.0
        }
    }

    /// At least two units, finite, and no sums that contradict each other.
    pub(super) fn checked(&self) -> Result<&Self, ArgumentError> {
        if self.count() < 2 {
            return Err(ArgumentError::Range {
                name: "units",
                value: values::units(self.count()),
                expected: "at least 2 in each arm",
            });
        }
        finite("mean of the outcomes", self.outcome.mean())?;
        finite("mean of the covariates", self.covariate.mean())?;
        let outcome = non_negative(
            "variance of the outcomes",
            self.outcome.squared_deviations(),
        )?;
        let covariate = non_negative(
            "variance of the covariates",
            self.covariate.squared_deviations(),
        )?;
        finite("covariance", self.products.value())?;
        // Cauchy and Schwarz, with room for sums that were rounded.
        if self.products.value().abs() > outcome.sqrt() * covariate.sqrt() * (1.0 + 1e-6) {
            return Err(ArgumentError::Range {
                name: "covariance",
                value: self.covariance(),
                expected: "sums of the same units: it is more than the variances allow",
            });
        }
        Ok(self)
    }
}
