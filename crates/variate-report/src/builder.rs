use std::collections::BTreeMap;

use variate::component::{Measurement, Summary};
use variate_stats::evaluation::Metric;

use crate::evaluate::method_report;
use crate::gather;
use crate::report::{Report, ReportError};
use crate::rows::MethodRows;

/// How a [`Report`] is made.
///
/// ```
/// use variate::component::Measurement;
/// use variate_report::Report;
/// use variate_stats::evaluation::Metric;
///
/// let measurements: Vec<Measurement> = (0..2_000)
///     .map(|call| {
///         let (arm, slower) = if call % 2 == 0 { ("legacy", 1.3) } else { ("fast", 1.0) };
///         let time = slower * f64::from(1_000 + call * 7 % 100);
///         let mut of = Measurement::new("place-order", arm, "place_order", "time", time);
///         of.is_control = arm == "legacy";
///         of.unit = "ns".into();
///         of
///     })
///     .collect();
///
/// let report = Report::builder()
///     .read_once()
///     .metric(Metric::new("time").less_is_better().minimum_effect(0.05))
///     .measurements(&measurements)?;
/// let method = report.method("place-order", "place_order").unwrap();
/// let evaluation = method.evaluation.as_ref().unwrap();
/// assert!(evaluation.conclusion.text.contains("fast"));
/// # Ok::<(), variate_report::ReportError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ReportBuilder {
    pub(crate) alpha: f64,
    pub(crate) shares: BTreeMap<String, f64>,
    pub(crate) read_once: bool,
    pub(crate) planned: Option<u64>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) dropped: u64,
}

impl Default for ReportBuilder {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            shares: BTreeMap::new(),
            read_once: false,
            planned: None,
            metrics: Vec::new(),
            dropped: 0,
        }
    }
}

impl Report {
    /// Of single measurements, in any order.
    ///
    /// # Errors
    ///
    /// When what was measured cannot be evaluated; see [`ReportError`].
    pub fn of<'m>(
        measurements: impl IntoIterator<Item = &'m Measurement>,
    ) -> Result<Self, ReportError> {
        Self::builder().measurements(measurements)
    }

    /// Of what was counted, which costs less and is a little less exact.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub fn of_summary(summary: &Summary) -> Result<Self, ReportError> {
        Self::builder().summary(summary)
    }

    /// With a level, shares, metrics of its own.
    pub fn builder() -> ReportBuilder {
        ReportBuilder::default()
    }
}

impl ReportBuilder {
    /// The level of intervals and decisions: 0.05 unless set.
    pub const fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// It is read once, at an end that was set before: with fixed tests. Otherwise p-values and decisions hold
    /// however often one looks, and need more calls.
    pub const fn read_once(mut self) -> Self {
        self.read_once = true;
        self
    }

    /// At how many observations of all arms it is read once: keys, or calls where not all have one.
    pub const fn planned_observations(mut self, observations: u64) -> Self {
        self.planned = Some(observations);
        self
    }

    /// Which share of the keys an arm was to get, or of the calls where not all have one: given for all arms, the report says whether they did. Shares need not add up to 1.
    pub fn share(mut self, arm: impl Into<String>, share: f64) -> Self {
        self.shares.insert(arm.into(), share);
        self
    }

    /// What a metric decides, and which values are wanted; `error rate` is one, too.
    ///
    /// Unless set, time decides (or else what was measured first), the error rate is a guardrail, and everything else
    /// helps to understand. Of time, memory, failures and concurrency little is wanted, of all else much.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metrics.push(metric);
        self
    }

    /// How many measurements are missing, so that the report says so: `switches().dropped()` of the component, or what
    /// `SqliteMeasurements::dropped` says of a file. A [`Summary`] knows its own.
    pub const fn dropped(mut self, measurements: u64) -> Self {
        self.dropped = measurements;
        self
    }

    /// Of single measurements, in any order.
    ///
    /// # Errors
    ///
    /// As [`Report::of`].
    pub fn measurements<'m>(
        &self,
        measurements: impl IntoIterator<Item = &'m Measurement>,
    ) -> Result<Report, ReportError> {
        self.report(&gather::measurements(measurements))
    }

    /// Of what was counted.
    ///
    /// # Errors
    ///
    /// As [`Report::of`].
    pub fn summary(&self, summary: &Summary) -> Result<Report, ReportError> {
        let mut builder = self.clone();
        builder.dropped = self.dropped.max(summary.dropped());
        builder.report(&gather::summary(summary.read()))
    }

    fn report(&self, methods: &[MethodRows]) -> Result<Report, ReportError> {
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            return Err(ReportError::Level { alpha: self.alpha });
        }
        Ok(Report {
            version: Report::VERSION,
            alpha: self.alpha,
            methods: methods
                .iter()
                .map(|method| method_report(self, method))
                .collect::<Result<_, _>>()?,
        })
    }
}
