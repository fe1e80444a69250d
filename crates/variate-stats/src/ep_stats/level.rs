use super::Mode;
use super::day::Day;
use super::experiment::Experiment;
use crate::distribution::Normal;
use crate::sequential::{Spending, lan_demets::boundaries};

/// How many looks are told apart; a longer experiment is taken for one that is looked at so often, at even distances.
const LOOKS: i64 = 366;

/// The error rate of this look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    pub(crate) alpha: f64,
    pub(crate) confidence: f64,
    /// Whether the experiment is looked at several times.
    pub(crate) sequential: bool,
}

impl Level {
    pub(crate) fn of(experiment: &Experiment, today: Day, mode: Mode) -> Self {
        let confidence = experiment.confidence_level.unwrap_or(0.95);
        let alpha = 1.0 - confidence;
        let Some((from, to)) = experiment.period() else {
            return Self {
                alpha,
                confidence,
                sequential: false,
            };
        };
        let days = to.since(from) + 1;
        let day = (experiment.date_for.unwrap_or(today).since(from) + 1).min(days);
        match mode {
            Mode::Compat => {
                let time = day as f64 / days as f64;
                let normal = Normal::STANDARD;
                let spent =
                    2.0 - 2.0 * normal.cdf(normal.quantile(1.0 - alpha / 2.0) / time.sqrt());
                let rounded = ((1.0 - spent) * 1e4).round_ties_even() / 1e4;
                let confidence = if 0.9999 < rounded { 0.9999 } else { rounded };
                Self {
                    alpha: 1.0 - confidence,
                    confidence,
                    sequential: true,
                }
            }
            Mode::Corrected => {
                let alpha = if day < 1 {
                    f64::NAN
                } else {
                    nominal(alpha, day, days)
                };
                Self {
                    alpha,
                    confidence: 1.0 - alpha,
                    sequential: true,
                }
            }
        }
    }
}

/// The level at which a look on the day `day` of `days` is tested, if there was one on each day before.
fn nominal(alpha: f64, day: i64, days: i64) -> f64 {
    let stride = (day - 1) / LOOKS + 1;
    let times: Vec<f64> = (1..=day)
        .rev()
        .step_by(usize::try_from(stride).unwrap_or(usize::MAX))
        .map(|look| look as f64 / days as f64)
        .collect();
    let times: Vec<f64> = times.into_iter().rev().collect();
    let bound = boundaries(Spending::OBrienFleming, alpha, &times)
        .ok()
        .and_then(|bounds| bounds.last().copied());
    // Where the boundary is beyond all numbers, the smallest error rate there is.
    bound.map_or(f64::NAN, |bound| {
        (2.0 * Normal::STANDARD.survival(bound)).max(1e-300)
    })
}
