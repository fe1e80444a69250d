use super::Bucketing;
use super::ranges::Ranges;
use crate::Variant;
use crate::limits;
use crate::resolver::{Resolution, Resolver, ResolverError, Unit};

/// Divides units by percentages, always the same way for one unit.
///
/// Ranges are half-open and in basis points (hundredths of a percent): 0 % is nobody, 100 % is
/// everybody.
///
/// Raising a weight takes units from the control and from nobody else: with one or two variants
/// besides the control always, with `n` of them as long as none has more than 100/`n` percent. (For
/// any weights there is no division that could: beyond that, keep assignments in a
/// [store](crate::ConfigBuilder::store), or ramp by [traffic](crate::Declaration::traffic).)
///
/// ```
/// use variate::Percent;
///
/// Percent::even();                                                  // alike for all variants
/// Percent::new([50, 25, 25])?;                                      // in the variants' order
/// Percent::new([33.34, 33.33, 33.33])?;
/// Percent::named([("control", 90), ("red", 10)])?;                  // by name
/// assert!(Percent::new([50, 49]).is_err());                         // not 100
/// # Ok::<(), variate::PercentError>(())
/// ```
///
/// Weights in order need as many as there are variants, and named weights need names that there
/// are: `Config::build` checks it for a declared experiment; for others a misfit runs the control
/// and is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Percent {
    weights: Weights,
    ranges: Ranges,
    bucketing: Bucketing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Weights {
    Even,
    InOrder(Vec<u16>),
    Named(Vec<(Variant, u16)>),
}

pub(super) const WHOLE: u16 = 10_000;

impl Percent {
    /// All variants alike, however many there are.
    pub const fn even() -> Self {
        Self {
            weights: Weights::Even,
            ranges: Ranges::none(),
            bucketing: Bucketing::Native,
        }
    }

    /// Percentages in the order of the variants, `control` first.
    ///
    /// # Errors
    ///
    /// When there are none, when one is negative, not finite or finer than a hundredth of a
    /// percent, or when they do not add up to 100.
    pub fn new<W: Into<f64>>(
        percentages: impl IntoIterator<Item = W>,
    ) -> Result<Self, PercentError> {
        let weights = percentages
            .into_iter()
            .map(|percentage| basis_points(percentage.into()))
            .collect::<Result<Vec<_>, _>>()?;
        check_sum(weights.iter().copied())?;
        Ok(Self {
            ranges: Ranges::new(&weights, Some(0)),
            weights: Weights::InOrder(weights),
            bucketing: Bucketing::Native,
        })
    }

    /// Percentages by the variants' names; the ranges lie in the order given here.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and when a name is empty, over-long or comes twice.
    pub fn named<N: Into<Variant>, W: Into<f64>>(
        percentages: impl IntoIterator<Item = (N, W)>,
    ) -> Result<Self, PercentError> {
        let mut weights: Vec<(Variant, u16)> = Vec::new();
        for (name, percentage) in percentages {
            let name = name.into();
            if !limits::name_fits(name.as_str()) {
                return Err(PercentError::InvalidName(name.to_string()));
            }
            if weights.iter().any(|(other, _)| *other == name) {
                return Err(PercentError::Duplicate(name.to_string()));
            }
            weights.push((name, basis_points(percentage.into())?));
        }
        check_sum(weights.iter().map(|(_, weight)| *weight))?;
        let control = weights.iter().position(|(name, _)| name.is_control());
        let in_order: Vec<_> = weights.iter().map(|(_, weight)| *weight).collect();
        Ok(Self {
            ranges: Ranges::new(&in_order, control),
            weights: Weights::Named(weights),
            bucketing: Bucketing::Native,
        })
    }

    /// How units are turned into buckets; [`Bucketing::Native`] unless set.
    #[must_use]
    pub const fn bucketing(mut self, bucketing: Bucketing) -> Self {
        self.bucketing = bucketing;
        self
    }

    /// The place of the weight whose range the unit's bucket is in.
    fn place(&self, unit: &Unit<'_>) -> Option<usize> {
        let bucket = self.bucketing.basis_point(unit);
        let legacy = match self.bucketing {
            Bucketing::Native => return self.ranges.place(bucket),
            Bucketing::GitlabCrc32 => false,
            Bucketing::GitlabCrc32Legacy => true,
        };
        let mut end = 0;
        let mut in_range = |weight| {
            end += weight;
            bucket < end || (legacy && bucket == end)
        };
        match &self.weights {
            Weights::Even => None,
            Weights::InOrder(weights) => weights.iter().position(|weight| in_range(*weight)),
            Weights::Named(weights) => weights.iter().position(|(_, weight)| in_range(*weight)),
        }
    }
}

impl Default for Percent {
    fn default() -> Self {
        Self::even()
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is between 0 and 10,000.
pub(crate) fn basis_points(percentage: f64) -> Result<u16, PercentError> {
    let weight = (percentage * 100.0).round();
    if !(0.0..=100.0).contains(&percentage) {
        Err(PercentError::NotAPercentage(percentage))
    } else if (weight / 100.0 - percentage).abs() > 1e-5 {
        Err(PercentError::TooFine(percentage))
    } else {
        Ok(weight as u16)
    }
}

fn check_sum(weights: impl ExactSizeIterator<Item = u16>) -> Result<(), PercentError> {
    if weights.len() == 0 {
        return Err(PercentError::Empty);
    }
    let sum: u32 = weights.map(u32::from).sum();
    if sum == u32::from(WHOLE) {
        Ok(())
    } else {
        Err(PercentError::Sum(f64::from(sum) / 100.0))
    }
}

impl Resolver for Percent {
    #[inline]
    fn resolve(&self, unit: &Unit<'_>) -> Result<Resolution, ResolverError> {
        match &self.weights {
            Weights::Even => Ok(Resolution::index(self.bucketing.even(unit))),
            Weights::InOrder(weights) => {
                check_count(weights.len(), unit.variants().len())?;
                Ok(self
                    .place(unit)
                    .map_or_else(Resolution::abstain, Resolution::index))
            }
            Weights::Named(weights) => {
                let Some((name, _)) = self.place(unit).and_then(|place| weights.get(place)) else {
                    return Ok(Resolution::abstain());
                };
                let known = unit.variants().iter().position(|known| *known == name);
                Ok(known.map_or_else(|| Resolution::variant(name.clone()), Resolution::index))
            }
        }
    }

    fn describe(&self, unit: &Unit<'_>) -> Option<String> {
        let count = unit.variants().len();
        let by = self.bucketing;
        Some(match &self.weights {
            Weights::Even => format!(
                "even split, bucket {} of {count} ({by})",
                self.bucketing.even(unit)
            ),
            _ => format!(
                "percent, bucket {} of {WHOLE} ({by})",
                self.bucketing.basis_point(unit)
            ),
        })
    }

    fn takes_seed(&self) -> bool {
        self.bucketing == Bucketing::Native
    }

    fn check(&self, variants: &[&str]) -> Result<(), ResolverError> {
        match &self.weights {
            Weights::Even => Ok(()),
            Weights::InOrder(weights) => {
                check_count(weights.len(), variants.len()).map_err(Into::into)
            }
            Weights::Named(weights) => {
                match weights
                    .iter()
                    .find(|(name, _)| !variants.contains(&name.as_str()))
                {
                    None => Ok(()),
                    Some((name, _)) => Err(PercentError::UnknownVariant {
                        name: name.to_string(),
                        variants: variants.join(", "),
                    }
                    .into()),
                }
            }
        }
    }
}

fn check_count(weights: usize, variants: usize) -> Result<(), PercentError> {
    if weights == variants {
        Ok(())
    } else {
        Err(PercentError::Count { weights, variants })
    }
}

/// Why percentages cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PercentError {
    /// There are no percentages.
    #[error("there are no percentages: give one for each variant")]
    Empty,
    /// They do not add up to 100.
    #[error("the percentages add up to {0}: they must add up to 100")]
    Sum(f64),
    /// One is negative, above 100 or not a number.
    #[error("{0} is no percentage: expected a number from 0 to 100")]
    NotAPercentage(f64),
    /// One has more than two decimals.
    #[error("{0} % is too fine: use hundredths of a percent at the finest")]
    TooFine(f64),
    /// A variant's name is empty or longer than 255 bytes.
    #[error("`{0}` cannot name a variant: use 1 to 255 bytes")]
    InvalidName(String),
    /// A variant's name comes twice.
    #[error("`{0}` has two percentages: keep one")]
    Duplicate(String),
    /// There are more or fewer percentages than variants.
    #[error(
        "{weights} percentages for {variants} variants: give one for each, the control's first"
    )]
    Count {
        /// How many percentages there are.
        weights: usize,
        /// How many variants there are.
        variants: usize,
    },
    /// A percentage is for a variant that the experiment does not have.
    #[error("`{name}` is not one of the variants {variants}")]
    UnknownVariant {
        /// The name.
        name: String,
        /// The experiment's variants.
        variants: String,
    },
}
