//! Group-sequential boundaries with a fixed shape, and the chance to cross boundaries.

use crate::{
    ArgumentError,
    argument::{finite, fraction, length, positive},
    distribution::Normal,
    quadrature::{LEGENDRE, increasing_root_secant},
};

/// The most looks a design may have.
const LOOKS: usize = 1000;

/// A two-sided group-sequential design of equally spaced looks with a boundary of the family of Wang and Tsiatis:
/// stop at look k of K when |Z| ≥ C·(k/K)<sup>Δ−½</sup>.
///
/// Δ = 0 is O'Brien and Fleming's classic design, Δ = ½ Pocock's. C is what makes the probability to cross at any
/// look just α when there is no effect, by numerical integration of the joint density (Armitage, `McPherson` & Rowe
/// 1969; Jennison & Turnbull 2000, chapter 2.4 and 19). Relative error of C below 1e-10.
///
/// The looks have to be the planned ones; for looks at other times take boundaries from a
/// [spending function](super::Spending).
///
/// ```
/// use variate_stats::sequential::WangTsiatis;
///
/// let design = WangTsiatis::obrien_fleming(0.05, 5)?;
/// assert!((design.constant() - 2.0401).abs() < 1e-4);
/// assert!((design.boundaries()[0] - 4.5617).abs() < 1e-4);
/// assert!((WangTsiatis::pocock(0.05, 5)?.constant() - 2.4132).abs() < 1e-4);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WangTsiatis {
    constant: f64,
    boundaries: Vec<f64>,
}

impl WangTsiatis {
    /// The design of shape `delta` with a two-sided level `alpha` and a number of `looks` from 1 to 1,000.
    ///
    /// # Errors
    /// When `alpha` is not from 1e-12 to below 1, the number of looks not from 1 to 1,000, or `delta` not from −1 to 1.
    pub fn new(alpha: f64, looks: usize, delta: f64) -> Result<Self, ArgumentError> {
        fraction("alpha", alpha)?;
        if alpha < 1e-12 {
            return Err(ArgumentError::Range {
                name: "alpha",
                value: alpha,
                expected: "at least 1e-12",
            });
        }
        length((1..=LOOKS).contains(&looks), "looks", looks, "1 to 1000")?;
        if !(-1.0..=1.0).contains(&delta) {
            return Err(ArgumentError::Range {
                name: "delta",
                value: delta,
                expected: "a number from -1 to 1",
            });
        }
        let times: Vec<f64> = (1..=looks).map(|look| count(look) / count(looks)).collect();
        let shape: Vec<f64> = times.iter().map(|t| t.powf(delta - 0.5)).collect();
        let scaled = |constant: f64| -> Vec<f64> { shape.iter().map(|s| s * constant).collect() };
        // One look alone needs z; looks that were independent and equal would need Bonferroni's bound at each.
        let least = shape.iter().fold(f64::INFINITY, |a, b| a.min(*b));
        let low = Normal::STANDARD.survival_quantile(alpha / 2.0);
        let high = Normal::STANDARD.survival_quantile(alpha / 2.0 / count(looks)) / least;
        let target = alpha.ln();
        let crossed = |constant: f64| cross(&times, &scaled(constant), 0.0).iter().sum::<f64>();
        let constant = if looks == 1 {
            low
        } else {
            increasing_root_secant(|constant| target - crossed(constant).ln(), low, high, 0.0)
        };
        Ok(Self {
            constant,
            boundaries: scaled(constant),
        })
    }

    /// O'Brien and Fleming's classic design (Biometrics 35, 1979): |Z| ≥ C·√(K/k).
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn obrien_fleming(alpha: f64, looks: usize) -> Result<Self, ArgumentError> {
        Self::new(alpha, looks, 0.0)
    }

    /// Pocock's design (Biometrika 64, 1977): |Z| ≥ C at every look.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn pocock(alpha: f64, looks: usize) -> Result<Self, ArgumentError> {
        Self::new(alpha, looks, 0.5)
    }

    /// C, the boundary of the last look.
    pub fn constant(&self) -> f64 {
        self.constant
    }

    /// The boundary of |Z| at each look.
    pub fn boundaries(&self) -> &[f64] {
        &self.boundaries
    }
}

/// The probability to cross ±`boundaries` first at each look, for Z-values at the information fractions `times`
/// (increasing, above 0; the last need not be 1) when the effect is `drift`: the expected Z at the fraction 1, 0 for
/// the false alarms of a design.
///
/// Summed up it is the level of the design (`drift` 0) or its power.
///
/// ```
/// use variate_stats::sequential::crossing_probabilities;
///
/// // five looks that each use 1.96: not 5 % but
/// let alarms: f64 = crossing_probabilities(&[0.2, 0.4, 0.6, 0.8, 1.0], &[1.959_964; 5], 0.0)?.iter().sum();
/// assert!((alarms - 0.1417).abs() < 1e-4);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When there are no looks or more than 1,000, times are not increasing, or a boundary or the drift is not a finite number above 0.
pub fn crossing_probabilities(
    times: &[f64],
    boundaries: &[f64],
    drift: f64,
) -> Result<Vec<f64>, ArgumentError> {
    length(
        (1..=LOOKS).contains(&times.len()),
        "times",
        times.len(),
        "1 to 1000",
    )?;
    length(
        boundaries.len() == times.len(),
        "boundaries",
        boundaries.len(),
        "as many as there are times",
    )?;
    finite("drift", drift)?;
    let mut last = 0.0;
    for &time in times {
        positive("time", time)?;
        // A step of less than a millionth of the whole would need a finer grid than there is memory for.
        if time < last * (1.0 + 1e-6) {
            return Err(ArgumentError::Range {
                name: "time",
                value: time,
                expected: "times that increase",
            });
        }
        last = time;
    }
    for &boundary in boundaries {
        positive("boundary", boundary)?;
    }
    Ok(cross(times, boundaries, drift))
}

/// The density of the path that has not crossed yet is carried from look to look at the points of a Gauss–Legendre
/// rule. Under no effect it is even, so that half of it is enough; a drift only tilts it by exp(θx − θ²t/2).
fn cross(times: &[f64], boundaries: &[f64], drift: f64) -> Vec<f64> {
    /// Beyond so many standard deviations a normal density adds nothing to a double.
    const REACH: f64 = 9.5;
    let mut probabilities = Vec::with_capacity(times.len());
    // (point, density times weight), ascending.
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut before = 0.0;
    for (index, (&time, &boundary)) in times.iter().zip(boundaries).enumerate() {
        let deviation = (time - before).sqrt();
        let bound = boundary * time.sqrt();
        // Both sides, from a point that may be on either.
        let out = |from: f64, drift: f64| {
            let mean = from + drift * (time - before);
            Normal::STANDARD.cdf((mean - bound) / deviation)
                + Normal::STANDARD.cdf((-mean - bound) / deviation)
        };
        let crossed = if index == 0 {
            out(0.0, drift)
        } else {
            points
                .iter()
                .map(|&(u, mass)| {
                    let tilt = |u: f64| (drift * u - 0.5 * drift * drift * before).exp();
                    mass * (tilt(u) * out(u, drift) + tilt(-u) * out(-u, drift))
                })
                .sum()
        };
        probabilities.push(crossed);
        let Some(&next_time) = times.get(index + 1) else {
            break;
        };
        let end = bound.min(REACH * time.sqrt());
        // The next step's kernel, too, has to be resolved.
        let width = 2.0 * deviation.min((next_time - time).sqrt());
        // Most of the time goes here: the normal density, without what it does for the last digit.
        let scale = 1.0 / (deviation * std::f64::consts::TAU.sqrt());
        let kernel = |distance: f64| {
            let z = distance / deviation;
            scale * (-0.5 * z * z).exp()
        };
        points = grid(end, width)
            .into_iter()
            .map(|(x, weight)| {
                let density = if index == 0 {
                    kernel(x)
                } else {
                    let start = points.partition_point(|&(u, _)| u < x - REACH * deviation);
                    points
                        .iter()
                        .skip(start)
                        .take_while(|&&(u, _)| u <= x + REACH * deviation)
                        .map(|&(u, mass)| mass * (kernel(x - u) + kernel(x + u)))
                        .sum()
                };
                (x, density * weight)
            })
            .collect();
        before = time;
    }
    probabilities
}

/// The points and weights of panels no wider than `width` from 0 to `end`.
fn grid(end: f64, width: f64) -> Vec<(f64, f64)> {
    // At most some thousand: the fractions are at least a millionth apart.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let panels = (end / width).ceil().clamp(1.0, 100_000.0) as usize;
    let half = 0.5 * end / count(panels);
    (0..panels)
        .flat_map(|panel| {
            let middle = half * (2.0 * count(panel) + 1.0);
            let left = LEGENDRE
                .iter()
                .rev()
                .map(move |&(node, weight)| (middle - half * node, half * weight));
            left.chain(
                LEGENDRE
                    .iter()
                    .map(move |&(node, weight)| (middle + half * node, half * weight)),
            )
        })
        .collect()
}

// A thousand at most.
#[allow(clippy::cast_precision_loss)]
fn count(number: usize) -> f64 {
    number as f64
}
