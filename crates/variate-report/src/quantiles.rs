//! Quantiles with intervals: of every call, or of what was counted.

use variate::component::{Bucket, Distribution};
use variate_stats::distribution::Normal;
use variate_stats::quantile::Quantile;
use variate_stats::{Estimate, Interval, Side};

use crate::report::Bounded;
use crate::rows::{Rows, UnitSums, means};

/// A quantile and how sure it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) bounded: Bounded,
    standard_error: Option<f64>,
}

pub(crate) fn quantile(
    rows: &Rows,
    units: Option<&[UnitSums]>,
    probability: f64,
    alpha: f64,
) -> Option<Found> {
    let found = match rows {
        Rows::Each(_) => of_values(
            &rows.values(),
            units.and_then(|_| rows.units_of_values()).as_deref(),
            probability,
            alpha,
        ),
        Rows::Counted(summary) => of_distribution(
            &summary.distribution,
            design_effect(rows, units),
            probability,
            alpha,
        ),
    };
    // Between values as far apart as numbers can be there is none.
    found.filter(|found| found.bounded.value.is_finite())
}

/// The difference of two arms, if both are sure enough of theirs.
pub(crate) fn difference(control: &Found, treatment: &Found, alpha: f64) -> Option<Estimate> {
    let error = control.standard_error?.hypot(treatment.standard_error?);
    let effect = treatment.bounded.value - control.bounded.value;
    Estimate::normal(effect, error, alpha, Side::Both).ok()
}

fn of_values(
    values: &[f64],
    units: Option<&[usize]>,
    probability: f64,
    alpha: f64,
) -> Option<Found> {
    let quantile = Quantile::new(probability).ok()?;
    let estimate = match units {
        Some(units) => quantile.estimate_clustered(values, units, alpha),
        None => quantile.estimate(values, alpha),
    };
    // Too few calls for an interval still have a quantile.
    Some(match estimate {
        Ok(estimate) => Found {
            bounded: Bounded {
                value: estimate.value,
                interval: Some(estimate.interval),
            },
            standard_error: Some(estimate.standard_error),
        },
        Err(_) => Found {
            bounded: Bounded {
                value: quantile.of(values).ok()?,
                interval: None,
            },
            standard_error: None,
        },
    })
}

/// By the same order statistics, as far as the histogram tells them apart: ends are those of their parts, so the interval is rather too wide.
fn of_distribution(
    distribution: &Distribution,
    design_effect: f64,
    probability: f64,
    alpha: f64,
) -> Option<Found> {
    let value = distribution.quantile(probability)?;
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let count = distribution.count() as f64;
    let error = (design_effect * probability * (1.0 - probability) / count).sqrt();
    let z = Normal::STANDARD.survival_quantile(0.5 * alpha);
    let lower = (count * (probability - z * error)).floor();
    let upper = (count * (probability + z * error)).ceil() + 1.0;
    let interval = (lower >= 1.0 && upper <= count).then(|| {
        let ends = [lower - 1.0, upper - 1.0].map(|rank| bucket(distribution, rank));
        let [Some(first), Some(last)] = ends else {
            return Interval::new(value, value);
        };
        Interval::new(first.lower.min(value), last.upper.max(value))
    });
    Some(Found {
        bounded: Bounded { value, interval },
        standard_error: interval
            .map(|interval| interval.width() / (2.0 * z))
            .filter(|error| *error > 0.0),
    })
}

/// Where the value of a rank is.
fn bucket(distribution: &Distribution, rank: f64) -> Option<Bucket> {
    let mut before = 0.0;
    distribution.buckets().find(|bucket| {
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let count = bucket.count as f64;
        before += count;
        rank < before
    })
}

/// How many times as uncertain the mean is as it would be if calls of one unit were not alike: quantiles are taken to be so, too.
fn design_effect(rows: &Rows, units: Option<&[UnitSums]>) -> f64 {
    let clustered = units.and_then(|units| {
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let count = units.len() as f64;
        Some(means(units).variance().ok()? / count)
    });
    let moments = rows.moments();
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let independent = moments.variance() / moments.count() as f64;
    match clustered {
        Some(clustered) if independent > 0.0 && clustered.is_finite() => {
            (clustered / independent).max(1.0)
        }
        _ => 1.0,
    }
}
