use serde::{Deserialize, Serialize};

use super::orthogonal::{Basis, Column};
use crate::argument::{length, positive};
use crate::mean::TwoMeans;
use crate::values::{finite_values, number, sample};
use crate::{ArgumentError, Estimate, Side};

/// The outcomes of an arm and the covariates of the same units, a column each.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    outcomes: &'a [f64],
    covariates: &'a [&'a [f64]],
}

impl<'a> Sample<'a> {
    /// An arm: every column has as many entries as there are outcomes.
    ///
    /// # Errors
    /// When there are fewer than two units, a column is not as long as the outcomes, or a value is not finite.
    pub fn new(outcomes: &'a [f64], covariates: &'a [&'a [f64]]) -> Result<Self, ArgumentError> {
        sample("outcomes", outcomes)?;
        for column in covariates {
            length(
                column.len() == outcomes.len(),
                "covariate",
                column.len(),
                "one for each outcome",
            )?;
            finite_values("covariate", column)?;
        }
        Ok(Self {
            outcomes,
            covariates,
        })
    }

    fn column(&self, column: usize) -> &'a [f64] {
        self.covariates.get(column).copied().unwrap_or_default()
    }
}

/// Standard errors that hold when the spread is not the same for all units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RobustError {
    /// e²/(1 − h): the one that is unbiased where the spread is the same after all.
    #[default]
    Hc2,
    /// e²/(1 − h)²: wider; for few units, or units with much leverage.
    Hc3,
}

/// Why a covariate cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unusable {
    /// The same for all units of an arm.
    #[error("is the same for all units of an arm")]
    Constant,
    /// A weighted sum of the columns before it, in an arm.
    #[error("follows from the covariates before it")]
    Dependent,
}

/// A covariate that was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Which column, the first is 0.
    pub column: usize,
    /// Why.
    pub reason: Unusable,
}

/// An effect with and without the covariates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Regressed {
    /// The effect after the adjustment: what to report.
    pub estimate: Estimate,
    /// The plain difference of the means, by Welch's test.
    pub unadjusted: Estimate,
    /// The covariates that were left out.
    pub dropped: Vec<Dropped>,
}

impl Regressed {
    /// The share of the variance that the adjustment took away; below 0 where it did harm.
    pub fn variance_reduction(&self) -> f64 {
        let ratio = self.estimate.standard_error / self.unadjusted.standard_error;
        1.0 - ratio * ratio
    }
}

/// Regression adjustment with any number of covariates: each arm has slopes of its own (Lin's interactions).
///
/// The coefficient of the treatment T in y ~ 1 + T + (X − X̄) + T·(X − X̄), X̄ being that of both arms: what the arms'
/// regressions say of a unit with average covariates, treatment less control. Robust standard errors HC2 or HC3, and
/// n − 2(p + 1) degrees of freedom. Asymptotically never worse than no adjustment, whether the model is right or not.
/// A column may be anything that was known before: past values, indicators of groups or of "no history", the prediction
/// of a model (CUPAC). QR by the modified Gram–Schmidt method, each column twice.
///
/// A column that is constant or follows from others is left out and told of, or refused with
/// [`Regression::refuse_unusable`]. Valid with many more units than columns: some twenty a column and arm. References: Lin
/// 2013 (Annals of Applied Statistics 7); Long & Ervin 2000 for HC2 and HC3; Tang et al. 2020 for CUPAC.
///
/// ```
/// use variate_stats::{Side, adjustment::{Regression, Sample}};
///
/// let control = Sample::new(&[3.1, 4.9, 7.2, 9.1, 10.8], &[&[1.0, 2.0, 3.0, 4.0, 5.0]])?;
/// let treatment = Sample::new(&[4.0, 6.3, 7.9, 10.2, 12.1], &[&[1.0, 2.0, 3.0, 4.0, 5.0]])?;
/// let regressed = Regression::new().compare(&control, &treatment, 0.05, Side::Both)?;
/// assert!((regressed.estimate.effect - 1.08).abs() < 1e-12);
/// assert!(regressed.variance_reduction() > 0.99 && regressed.dropped.is_empty());
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Regression {
    errors: RobustError,
    refuse: bool,
}

impl Regression {
    /// With HC2 errors, leaving out what cannot be used.
    pub fn new() -> Self {
        Self::default()
    }

    /// With other standard errors.
    pub fn with_errors(mut self, errors: RobustError) -> Self {
        self.errors = errors;
        self
    }

    /// A covariate that cannot be used is an error.
    pub fn refuse_unusable(mut self) -> Self {
        self.refuse = true;
        self
    }

    /// The effect of the treatment.
    ///
    /// # Errors
    /// When the arms have different numbers of columns, an arm has fewer units than columns and two more, one unit
    /// determines a coefficient (leverage 1), nothing is left to vary, a column cannot be used and that is to be refused, or
    /// `alpha` is not between 0 and 1 (below ½ for one side).
    pub fn compare(
        &self,
        control: &Sample<'_>,
        treatment: &Sample<'_>,
        alpha: f64,
        side: Side,
    ) -> Result<Regressed, ArgumentError> {
        let columns = control.covariates.len();
        length(
            columns == treatment.covariates.len(),
            "covariates of the treatment",
            treatment.covariates.len(),
            "the columns of the control",
        )?;
        let mut bases = [control, treatment].map(|arm| Basis::new(arm.outcomes));
        let whole = number(control.outcomes.len()) + number(treatment.outcomes.len());
        let shares = [treatment, control].map(|other| number(other.outcomes.len()) / whole);
        let mut dropped = Vec::new();
        for column in 0..columns {
            let centred = [control, treatment].map(|arm| Column::centred(arm.column(column)));
            let [ours, theirs] = centred.each_ref().map(|column| column.mean);
            // How far the mean of both arms is from each arm's own.
            let ahead = [theirs - ours, ours - theirs];
            let [first, second] = &bases;
            let [ours, theirs] = centred;
            match (first.orthogonal(ours), second.orthogonal(theirs)) {
                (Ok(ours), Ok(theirs)) => {
                    for (((basis, column), ahead), share) in
                        bases.iter_mut().zip([ours, theirs]).zip(ahead).zip(shares)
                    {
                        basis.push(column, ahead * share);
                    }
                }
                (Err(reason), _) | (_, Err(reason)) if self.refuse => {
                    return Err(ArgumentError::Covariate { column, reason });
                }
                (Err(reason), _) | (_, Err(reason)) => dropped.push(Dropped { column, reason }),
            }
        }
        let (mut effect, mut variance) = (0.0, 0.0);
        for (basis, sign) in bases.iter().zip([-1.0, 1.0]) {
            let arm = basis.mean(self.errors)?;
            effect += sign * arm.0;
            variance += arm.1;
        }
        let used = number(columns - dropped.len());
        let outcomes = TwoMeans {
            control: control.outcomes.iter().copied().collect(),
            treatment: treatment.outcomes.iter().copied().collect(),
        };
        Ok(Regressed {
            estimate: Estimate::student(
                effect,
                positive("standard error", variance.sqrt())?,
                whole - 2.0 * (used + 1.0),
                alpha,
                side,
            )?,
            unadjusted: outcomes.welch(alpha, side)?,
            dropped,
        })
    }
}
