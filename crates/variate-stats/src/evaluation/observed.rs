use std::collections::BTreeMap;

use crate::Moments;
use crate::proportion::Proportion;
use crate::ratio::{PairedRatios, RatioMoments};

/// What was counted so far.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Observed {
    /// Of each variant, the control among them.
    pub variants: Vec<ObservedVariant>,
    /// Units that were seen in more than one variant, where that is known; else the variants' own numbers are added up, which
    /// count such a unit more than once.
    pub crossovers: Option<u64>,
    /// How many units there are, where one may be among those of several variants, as it is where all variants run for it; else
    /// the variants' own are added up.
    pub all_units: Option<u64>,
}

/// What was counted of one variant.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ObservedVariant {
    /// Its name.
    pub name: String,
    /// Units that were exposed to it and to no other.
    pub units: u64,
    /// Units that were seen in this and in another one; they are not among `units`.
    pub crossovers: u64,
    /// By the metric's name.
    pub samples: BTreeMap<String, Sample>,
    /// By the metric's name: why there is no sample, where that is known.
    pub unmeasured: BTreeMap<String, String>,
    /// By the metric's name: what is wrong with its data, which no further unit mends.
    pub(crate) faults: BTreeMap<String, Fault>,
}

/// Why waiting may not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing was seen: a name is wrong, or nobody got there.
    Unknown,
    /// The numbers are wrong, or tell too little.
    Wrong,
}

/// What a metric needs of a variant's units.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Sample {
    /// How many of the units did it.
    Rate(Proportion),
    /// A number of each unit.
    Mean(Moments),
    /// Two numbers of each unit, of which the ratio of the totals counts.
    Ratio(RatioMoments),
    /// Of a treatment: the same as a ratio, beside that of the control for the very same units. The control has a ratio.
    Paired(PairedRatios),
    /// A number of the variant that is no mean, with an error of its own: it is read at a planned end.
    Estimated(Estimated),
}

/// An estimate whose standard error its own method gives, such as a quantile.
///
/// ```
/// use variate_stats::evaluation::{Estimated, Sample};
///
/// let p90 = Estimated::new(600, 3.61, 0.21, "difference of quantiles, its error by the bootstrap");
/// assert_eq!(Sample::Estimated(p90).units(), 600);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Estimated {
    /// Of how many units.
    pub units: u64,
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// How two of them are compared, in words.
    pub method: &'static str,
}

impl Estimated {
    /// From so many units, with this error.
    pub const fn new(units: u64, value: f64, standard_error: f64, method: &'static str) -> Self {
        Self {
            units,
            value,
            standard_error,
            method,
        }
    }
}

impl Observed {
    /// Of these variants.
    pub fn new(variants: impl IntoIterator<Item = ObservedVariant>) -> Self {
        Self {
            variants: variants.into_iter().collect(),
            crossovers: None,
            all_units: None,
        }
    }

    /// Units of all variants.
    pub fn units(&self) -> u64 {
        let each = self.variants.iter();
        self.all_units
            .unwrap_or_else(|| each.fold(0, |sum, of| of.units.saturating_add(sum)))
    }
}

impl ObservedVariant {
    /// With so many units, and nothing measured of them.
    pub fn new(name: impl Into<String>, units: u64) -> Self {
        Self {
            name: name.into(),
            units,
            crossovers: 0,
            samples: BTreeMap::new(),
            unmeasured: BTreeMap::new(),
            faults: BTreeMap::new(),
        }
    }

    /// With what a metric needs.
    #[must_use]
    pub fn with(mut self, metric: impl Into<String>, sample: Sample) -> Self {
        self.samples.insert(metric.into(), sample);
        self
    }
}

impl ObservedVariant {
    /// Without what a metric needs, and why.
    #[must_use]
    pub fn without(mut self, metric: impl Into<String>, reason: impl Into<String>) -> Self {
        self.forget(&metric.into(), reason);
        self
    }

    pub(crate) fn forget(&mut self, metric: &str, reason: impl Into<String>) {
        self.samples.remove(metric);
        self.unmeasured.insert(metric.to_owned(), reason.into());
    }

    /// Why there is nothing of a metric, if there is nothing.
    pub(super) fn missing(&self, metric: &str) -> Option<String> {
        let reason = self.unmeasured.get(metric)?;
        let is_missing = !self.samples.contains_key(metric);
        is_missing.then(|| format!("{} cannot be compared: {reason}", self.name))
    }
}

impl Sample {
    /// How many units there are.
    pub fn units(&self) -> u64 {
        match self {
            Self::Rate(rate) => rate.trials(),
            Self::Mean(moments) => moments.count(),
            Self::Ratio(moments) => moments.count(),
            Self::Paired(of) => of.count(),
            Self::Estimated(of) => of.units,
        }
    }

    /// The rate, mean or ratio; NaN of no units.
    pub fn value(&self) -> f64 {
        match self {
            Self::Rate(rate) => rate.rate(),
            Self::Mean(moments) => moments.mean(),
            Self::Ratio(moments) => moments.value(),
            Self::Paired(of) => of.ratios().treatment.value(),
            Self::Estimated(of) => of.value,
        }
    }

    /// Whether no units can have such numbers.
    pub(super) fn contradicts_itself(&self) -> bool {
        match self {
            Self::Rate(_) | Self::Paired(_) => false,
            Self::Mean(of) => {
                let is_none = !of.mean().is_finite() || !of.variance().is_finite();
                of.count() > 1 && (is_none || of.variance() < 0.0)
            }
            Self::Ratio(of) => of.count() > 1 && !of.value().is_finite(),
            Self::Estimated(of) => !of.value.is_finite() || of.standard_error.is_nan(),
        }
    }

    pub(super) const fn in_words(&self) -> &'static str {
        match self {
            Self::Rate(_) => "a rate",
            Self::Mean(_) => "a mean",
            Self::Ratio(_) => "a ratio",
            Self::Paired(_) => "a ratio beside the control's",
            Self::Estimated(_) => "an estimate with its own error",
        }
    }
}
