use crate::adjustment::PairedMoments;
use crate::mean::Arm;
use crate::mean::Names;
use crate::{ArgumentError, DoubleDouble, Estimate, Side};

/// The sums over units that a ratio's variance needs: each unit has a numerator y and a denominator x.
///
/// ```
/// use variate_stats::ratio::{RatioMoments, RatioTallies};
///
/// // (1, 4), (0, 2), (3, 9)
/// let moments = RatioMoments::from_tallies(&RatioTallies {
///     units: 3,
///     numerator: 4.0.into(),
///     denominator: 15.0.into(),
///     numerator_squares: 10.0.into(),
///     denominator_squares: 101.0.into(),
///     products: 31.0.into(),
/// });
/// let units: RatioMoments = [(1.0, 4.0), (0.0, 2.0), (3.0, 9.0)].into_iter().collect();
/// assert_eq!(moments.value(), units.value());
/// assert_eq!(moments.variance()?, units.variance()?);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RatioTallies {
    /// How many units there are.
    pub units: u64,
    /// Σy.
    pub numerator: DoubleDouble,
    /// Σx.
    pub denominator: DoubleDouble,
    /// Σy².
    pub numerator_squares: DoubleDouble,
    /// Σx².
    pub denominator_squares: DoubleDouble,
    /// Σxy.
    pub products: DoubleDouble,
}

/// Means, squared deviations and their product over the units of an arm, in 106 bits as [`Moments`](crate::Moments).
///
/// ```
/// use variate_stats::{Side, ratio::RatioMoments};
///
/// let mut moments = RatioMoments::new();
/// for (clicks, views) in [(1.0, 4.0), (0.0, 2.0), (3.0, 9.0), (1.0, 3.0)] {
///     moments.push(clicks, views);
/// }
/// assert_eq!(moments.value(), 5.0 / 18.0);
/// let rate = moments.estimate(0.05, Side::Both)?;
/// assert!(rate.standard_error < 0.08);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RatioMoments {
    pairs: PairedMoments,
}

impl RatioMoments {
    /// Of no units.
    pub fn new() -> Self {
        Self::default()
    }

    /// From sums over the units, exact as they are; what contradicts itself is refused by the tests.
    pub fn from_tallies(tallies: &RatioTallies) -> Self {
        Self {
            pairs: PairedMoments::from_tallies(
                tallies.units,
                [tallies.numerator, tallies.numerator_squares],
                [tallies.denominator, tallies.denominator_squares],
                tallies.products,
            ),
        }
    }

    /// One more unit.
    pub fn push(&mut self, numerator: f64, denominator: f64) {
        self.pairs.push(numerator, denominator);
    }

    /// The units of both.
    pub fn merge(&mut self, other: &Self) {
        self.pairs.merge(&other.pairs);
    }

    /// How many units there are.
    pub const fn count(&self) -> u64 {
        self.pairs.count()
    }

    /// The ratio Σy/Σx; NaN or infinite without a denominator.
    pub fn value(&self) -> f64 {
        if self.count() == 0 {
            return f64::NAN;
        }
        self.exact().value()
    }

    /// The denominator's mean by unit; NaN of no units.
    pub const fn denominator_mean(&self) -> f64 {
        self.pairs.covariate().mean()
    }

    /// The variance of what a unit contributes to the ratio R: that of (y − R·x)/x̄, which is
    /// (Var y − 2R·Cov(x, y) + R²·Var x)/x̄². By the number of units it is the variance of R.
    ///
    /// The delta method; A. Deng, U. Knoblich, J. Lu: "Applying the delta method in metric analytics", KDD 2018.
    ///
    /// # Errors
    /// When there are fewer than two units, the denominator's sum is zero, or the sums contradict each other or are not finite.
    pub fn variance(&self) -> Result<f64, ArgumentError> {
        let refused = |name, value, expected| {
            Err(ArgumentError::Range {
                name,
                value,
                expected,
            })
        };
        #[expect(clippy::cast_precision_loss, reason = "only told")]
        if self.count() < 2 {
            return refused("units", self.count() as f64, "at least 2");
        }
        let (numerator, denominator) = (
            self.pairs.outcome().exact_mean(),
            self.pairs.covariate().exact_mean(),
        );
        let (numerator_squares, denominator_squares) = (
            self.pairs.outcome().exact_squares(),
            self.pairs.covariate().exact_squares(),
        );
        let (squares_y, squares_x) = (numerator_squares.value(), denominator_squares.value());
        for (name, sum) in [
            ("sum of the numerator", numerator),
            ("sum of the denominator", denominator),
        ] {
            if !sum.value().is_finite() {
                return refused(name, sum.value(), "a finite number");
            }
        }
        if denominator.value() == 0.0 {
            return refused("sum of the denominator", 0.0, "another one");
        }
        for (name, squares) in [
            ("squared deviations of the numerator", squares_y),
            ("squared deviations of the denominator", squares_x),
        ] {
            if !(squares >= 0.0 && squares.is_finite()) {
                return refused(name, squares, "sums that agree: Σx² at least (Σx)²/n");
            }
        }
        // |Σxy| of the deviations is at most the root of their squares' product; what was rounded before counts too.
        let products = self.pairs.exact_products().value();
        let count = DoubleDouble::from(self.count()).value();
        let size =
            |mean: DoubleDouble, squares: f64| mean.value().abs() * count.sqrt() + squares.sqrt();
        let rounded = 1e-13 * size(numerator, squares_y) * size(denominator, squares_x);
        let most = squares_y.sqrt() * squares_x.sqrt() * (1.0 + 1e-9);
        if products.is_nan() || products.abs() > most + rounded {
            return refused(
                "products of the deviations",
                products,
                "sums that agree: (Σxy − ΣxΣy/n)² at most what the squares allow",
            );
        }
        let ratio = self.exact();
        let cross = self.pairs.exact_products() * ratio;
        let squares = numerator_squares - (cross + cross) + denominator_squares * ratio.squared();
        let degrees = DoubleDouble::from(self.count() - 1);
        // A numerator that is in proportion to its denominator leaves only what was rounded.
        let squares = if squares.value() < 0.0 {
            DoubleDouble::ZERO
        } else {
            squares
        };
        Ok((squares / degrees / denominator.squared()).value())
    }

    /// Of at least one unit.
    fn exact(&self) -> DoubleDouble {
        self.pairs.outcome().exact_mean() / self.pairs.covariate().exact_mean()
    }

    /// The ratio of one arm with its interval; its p-value is that of a ratio of zero.
    ///
    /// # Errors
    /// As [`variance`](Self::variance), and when `alpha` is not between 0 and 1 (below ½ for one side) or nothing varies.
    pub fn estimate(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        self.arm(Names::ONE)?.estimate(alpha, side)
    }

    pub(super) fn arm(&self, names: Names) -> Result<Arm, ArgumentError> {
        // Without a second unit there is no variance, and the arm's own name says so.
        let variance = if self.count() < 2 {
            0.0
        } else {
            self.variance()?
        };
        Arm::new(self.count(), self.value(), variance, names)
    }
}

impl Extend<(f64, f64)> for RatioMoments {
    fn extend<I: IntoIterator<Item = (f64, f64)>>(&mut self, units: I) {
        for (numerator, denominator) in units {
            self.push(numerator, denominator);
        }
    }
}

impl FromIterator<(f64, f64)> for RatioMoments {
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(units: I) -> Self {
        let mut moments = Self::new();
        moments.extend(units);
        moments
    }
}
