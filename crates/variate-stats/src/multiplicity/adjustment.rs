//! Adjusted p-values.

use serde::{Deserialize, Serialize};

use crate::{
    ArgumentError,
    argument::{fraction, length},
};

/// How p-values of one family are adjusted: reject what is at or below α afterwards.
///
/// Hochberg's and Hommel's need independent or positively dependent tests, Benjamini and Hochberg's, too; the others
/// hold under any dependence (Šidák's and Holm–Šidák's: independent or of positive orthants). The first six limit
/// the probability of a single false alarm, the last two the expected share of false ones among the alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Adjustment {
    /// m·p.
    Bonferroni,
    /// 1 − (1−p)<sup>m</sup> (Šidák 1967).
    Sidak,
    /// max<sub>j≤i</sub> (m−j+1)·p₍ⱼ₎ (Holm 1979, Scandinavian Journal of Statistics 6): as safe as Bonferroni's, never worse.
    #[default]
    Holm,
    /// max<sub>j≤i</sub> 1 − (1−p₍ⱼ₎)<sup>m−j+1</sup>.
    HolmSidak,
    /// min<sub>j≥i</sub> (m−j+1)·p₍ⱼ₎ (Hochberg 1988, Biometrika 75).
    Hochberg,
    /// The closed test with Simes' inequality (Hommel 1988, Biometrika 75; algorithm of Wright 1992, Biometrics 48).
    Hommel,
    /// min<sub>j≥i</sub> m/j·p₍ⱼ₎ (Benjamini & Hochberg 1995, JRSS B 57).
    BenjaminiHochberg,
    /// The same times Σ1/j (Benjamini & Yekutieli 2001, Annals of Statistics 29).
    BenjaminiYekutieli,
}

impl Adjustment {
    /// Its name as people write it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Bonferroni => "Bonferroni",
            Self::Sidak => "Šidák",
            Self::Holm => "Holm",
            Self::HolmSidak => "Holm–Šidák",
            Self::Hochberg => "Hochberg",
            Self::Hommel => "Hommel",
            Self::BenjaminiHochberg => "Benjamini–Hochberg",
            Self::BenjaminiYekutieli => "Benjamini–Yekutieli",
        }
    }

    /// The adjusted p-values, in the order of `p_values`.
    ///
    /// NaN, a test without an answer, stays NaN and does not count as a test (as in R's `p.adjust`); equal p-values
    /// get equal adjusted ones.
    ///
    /// ```
    /// use variate_stats::multiplicity::Adjustment;
    ///
    /// let adjusted = Adjustment::Holm.adjust(&[0.01, 0.04, 0.03])?;
    /// assert_eq!(adjusted, [0.03, 0.06, 0.06]);
    /// # Ok::<(), variate_stats::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// When a p-value is not from 0 to 1.
    pub fn adjust(self, p_values: &[f64]) -> Result<Vec<f64>, ArgumentError> {
        for &p in p_values {
            if !p.is_nan() && !(0.0..=1.0).contains(&p) {
                let expected = "a p-value from 0 to 1, or NaN for none";
                return Err(ArgumentError::Range {
                    name: "p-value",
                    value: p,
                    expected,
                });
            }
        }
        let mut order: Vec<(usize, f64)> = p_values
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, p)| !p.is_nan())
            .collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let sorted: Vec<f64> = order.iter().map(|&(_, p)| p).collect();
        let adjusted = self.adjust_sorted(&sorted);
        let mut result = vec![f64::NAN; p_values.len()];
        for (&(place, _), p) in order.iter().zip(adjusted) {
            if let Some(slot) = result.get_mut(place) {
                *slot = p.min(1.0);
            }
        }
        Ok(result)
    }

    fn adjust_sorted(self, p: &[f64]) -> Vec<f64> {
        let m = number(p.len());
        // What is left to be tested at each place: m, m − 1, ..., 1.
        let left = |place: usize| m - number(place);
        let up = |f: &dyn Fn(usize, f64) -> f64| {
            let mut most = 0.0_f64;
            let step = |(place, &p): (usize, &f64)| {
                most = most.max(f(place, p));
                most
            };
            p.iter().enumerate().map(step).collect::<Vec<f64>>()
        };
        let down = |f: &dyn Fn(usize, f64) -> f64| {
            let mut least = 1.0_f64;
            let step = |(place, &p): (usize, &f64)| {
                least = least.min(f(place, p));
                least
            };
            let mut result: Vec<f64> = p.iter().enumerate().rev().map(step).collect();
            result.reverse();
            result
        };
        let sidak = |p: f64, tests: f64| -(tests * (-p).ln_1p()).exp_m1();
        match self {
            Self::Bonferroni => p.iter().map(|p| m * p).collect(),
            Self::Sidak => p.iter().map(|&p| sidak(p, m)).collect(),
            Self::Holm => up(&|place, p| left(place) * p),
            Self::HolmSidak => up(&|place, p| sidak(p, left(place))),
            Self::Hochberg => down(&|place, p| left(place) * p),
            Self::Hommel => hommel(p),
            Self::BenjaminiHochberg => down(&|place, p| p * (m / (number(place) + 1.0))),
            Self::BenjaminiYekutieli => {
                let harmonic: f64 = (1..=p.len()).rev().map(|j| 1.0 / number(j)).sum();
                down(&|place, p| harmonic * p * (m / (number(place) + 1.0)))
            }
        }
    }

    /// The level at which each of `tests` single tests or intervals keeps the family's `alpha`, for the two methods of
    /// which there is one: Bonferroni's α/m and Šidák's 1 − (1−α)<sup>1/m</sup>. `None` for the others.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1, or there are no tests.
    pub fn single_level(self, alpha: f64, tests: usize) -> Result<Option<f64>, ArgumentError> {
        fraction("alpha", alpha)?;
        length(tests > 0, "tests", tests, "at least 1")?;
        Ok(match self {
            Self::Bonferroni => Some(alpha / number(tests)),
            Self::Sidak => Some(-((-alpha).ln_1p() / number(tests)).exp_m1()),
            _ => None,
        })
    }
}

/// The least level at which the closed test rejects. Quadratic in the number of tests.
fn hommel(p: &[f64]) -> Vec<f64> {
    let m = p.len();
    let mut adjusted = p.to_vec();
    for size in (2..=m).rev() {
        // Simes' bound of the `size` greatest, and what it does to the others.
        let greatest = || p.iter().skip(m - size + 1).enumerate();
        let simes = greatest()
            .map(|(rank, p)| number(size) * p / (number(rank) + 2.0))
            .fold(f64::INFINITY, f64::min);
        for (place, (value, &p)) in adjusted.iter_mut().zip(p).enumerate() {
            let bound = if place + size > m {
                simes
            } else {
                simes.min(number(size) * p)
            };
            *value = value.max(bound);
        }
    }
    adjusted
}

// A family of p-values fits the memory, so its size fits a double.
#[allow(clippy::cast_precision_loss)]
fn number(count: usize) -> f64 {
    count as f64
}
