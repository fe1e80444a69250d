use super::Mode;
use super::evaluation::{CheckResult, CheckStat};
use super::experiment::{Check, CheckKind};
use super::reason::Reason;
use crate::goodness_of_fit::goodness_of_fit;

/// Checks alarm late: they are looked at often, and an alarm stops the experiment.
const CONFIDENCE: f64 = 0.999;

/// The largest part that is fine in checks of a ratio.
const RATIO: f64 = 0.01;

/// Numbers that do not come from counts.
const LIMITS: [&str; 3] = ["confidence_level", "max_sum_ratio", "limit"];

impl Check {
    /// The numbers of the check, from the values of its expressions in each variant, and the planned shares of these, if they are not equal.
    pub(crate) fn result(
        &self,
        nominator: &[f64],
        denominator: &[f64],
        shares: &[f64],
        mode: Mode,
    ) -> CheckResult {
        let stats = match self.kind {
            CheckKind::Srm => {
                let (statistic, p) = if shares.is_empty() {
                    equal_shares(denominator)
                } else {
                    planned_shares(denominator, shares)
                };
                vec![
                    ("p_value", p),
                    ("test_stat", statistic),
                    ("confidence_level", CONFIDENCE),
                ]
            }
            CheckKind::SumRatio => {
                let (part, rest): (f64, f64) = (nominator.iter().sum(), denominator.iter().sum());
                let (statistic, p) = equal_shares(&[rest, (rest - part).abs()]);
                vec![
                    ("sum_ratio", part / (rest + part)),
                    ("max_sum_ratio", RATIO),
                    ("p_value", p),
                    ("test_stat", statistic),
                    ("confidence_level", CONFIDENCE),
                ]
            }
            CheckKind::MaxRatio => {
                let ratios = nominator
                    .iter()
                    .zip(denominator)
                    .map(|(part, whole)| part / whole);
                vec![
                    ("max_ratio", ratios.fold(f64::NAN, f64::max)),
                    ("limit", RATIO),
                ]
            }
        };
        let mut counts = nominator.iter().chain(denominator);
        let is_negative = counts.any(|count| *count < 0.0);
        let stats = stats.into_iter().map(|(name, value)| {
            let reason = match denominator {
                _ if mode == Mode::Compat => None,
                _ if is_negative && !LIMITS.contains(&name) => Some(Reason::NegativeCount),
                _ if value.is_finite() => None,
                [_] => Some(Reason::OneVariant),
                _ if denominator.contains(&0.0) => Some(Reason::NoUnits),
                _ => Some(Reason::NotFinite),
            };
            let value = if reason.is_some() { f64::NAN } else { value };
            CheckStat {
                variable_id: name.to_owned(),
                value,
                reason,
            }
        });
        let stats = stats.collect();
        CheckResult {
            id: self.id,
            name: self.name.clone(),
            stats,
        }
    }

    /// The check, not done.
    pub(crate) fn skipped(&self) -> CheckResult {
        CheckResult {
            id: self.id,
            name: self.name.clone(),
            stats: Vec::new(),
        }
    }
}

/// Whether counts are drawn with these probabilities, which need not add up to 1.
fn planned_shares(counts: &[f64], shares: &[f64]) -> (f64, f64) {
    let unit = counts.iter().sum::<f64>() / shares.iter().sum::<f64>();
    goodness_of_fit(counts, shares.iter().map(|share| share * unit))
}

/// Whether all counts are drawn with the same probability: the statistic of the chi-squared test and its p-value.
fn equal_shares(counts: &[f64]) -> (f64, f64) {
    let expected = counts.iter().sum::<f64>() / counts.len() as f64;
    goodness_of_fit(counts, std::iter::repeat(expected))
}
