use std::collections::BTreeMap;

use super::Adjusted;
use crate::argument::length;
use crate::mean::{Arm, Names, TwoMeans};
use crate::values::{finite_values, sum_of_parts, units};
use crate::{ArgumentError, Moments, Side};

/// The units of one group in both arms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stratum {
    /// The outcomes of the control.
    pub control: Moments,
    /// The outcomes of the treatment.
    pub treatment: Moments,
}

/// The strata of labelled values, in the order of their labels.
///
/// ```
/// use variate_stats::{Side, adjustment::{post_stratify, strata}};
///
/// let strata = strata(
///     (&["new", "old", "new", "old"], &[1.0, 9.0, 2.0, 10.0]),
///     (&["old", "old", "new", "new"], &[11.0, 10.0, 2.0, 4.0]),
/// )?;
/// let adjusted = post_stratify(strata.into_values(), 0.05, Side::Both)?;
/// assert_eq!(adjusted.estimate.effect, 1.25);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When labels and values are not as many, or a value is not finite.
pub fn strata<K: Ord + Clone>(
    control: (&[K], &[f64]),
    treatment: (&[K], &[f64]),
) -> Result<BTreeMap<K, Stratum>, ArgumentError> {
    let mut strata: BTreeMap<K, Stratum> = BTreeMap::new();
    let arms = [("control", control, false), ("treatment", treatment, true)];
    for (name, (labels, values), treated) in arms {
        length(
            labels.len() == values.len(),
            "labels",
            labels.len(),
            "one for each value",
        )?;
        finite_values(name, values)?;
        for (label, value) in labels.iter().zip(values) {
            // A label is copied once for each stratum, not for each unit.
            if !strata.contains_key(label) {
                strata.insert(label.clone(), Stratum::default());
            }
            if let Some(stratum) = strata.get_mut(label) {
                let arm = if treated {
                    &mut stratum.treatment
                } else {
                    &mut stratum.control
                };
                arm.push(*value);
            }
        }
    }
    Ok(strata)
}

/// Post-stratification: the effects within the strata, weighted by the units of each.
///
/// With the share w<sub>k</sub> = n<sub>k</sub>/n of each stratum, effect = Σ w<sub>k</sub>(ȳ<sub>tk</sub> − ȳ<sub>ck</sub>),
/// variance Σ w<sub>k</sub>²(s²<sub>tk</sub>/n<sub>tk</sub> + s²<sub>ck</sub>/n<sub>ck</sub>) given how the strata fell to
/// the arms, degrees of freedom by Satterthwaite. What the arms differ in by chance (more returning users in one) is taken
/// out.
///
/// Valid when the strata were fixed before the experiment and hold some tens of units of each arm. With many tiny strata it
/// does harm. Reference: Miratrix, Sekhon & Yu 2013 (Journal of the Royal Statistical Society B 75).
///
/// # Errors
/// When there is no stratum, one has fewer than two units of an arm ([`ArgumentError::Stratum`] says which), no value
/// varies within a stratum, or `alpha` is not between 0 and 1 (below ½ for one side).
pub fn post_stratify(
    strata: impl IntoIterator<Item = Stratum>,
    alpha: f64,
    side: Side,
) -> Result<Adjusted, ArgumentError> {
    let strata: Vec<Stratum> = strata.into_iter().collect();
    length(!strata.is_empty(), "strata", strata.len(), "at least 1")?;
    let (mut control, mut treatment) = (Moments::new(), Moments::new());
    for (stratum, arms) in strata.iter().enumerate() {
        for (arm, moments) in [("control", &arms.control), ("treatment", &arms.treatment)] {
            if moments.count() < 2 {
                return Err(ArgumentError::Stratum {
                    stratum,
                    arm,
                    units: moments.count(),
                });
            }
        }
        control.merge(&arms.control);
        treatment.merge(&arms.treatment);
    }
    let unadjusted = TwoMeans { control, treatment }.welch(alpha, side)?;
    let whole = units(control.count().saturating_add(treatment.count()));
    let mut effect = 0.0;
    let mut parts = Vec::with_capacity(2 * strata.len());
    for Stratum { control, treatment } in &strata {
        let weight = units(control.count().saturating_add(treatment.count())) / whole;
        let of = |arm: &Moments, names| Arm::new(arm.count(), arm.mean(), arm.variance(), names);
        let control = of(control, Names::CONTROL)?;
        let treatment = of(treatment, Names::TREATMENT)?;
        effect += weight * (treatment.value - control.value);
        parts.extend([control, treatment].map(|arm| (weight * weight * arm.variance, arm.degrees)));
    }
    Ok(Adjusted {
        estimate: sum_of_parts(effect, &parts, alpha, side)?,
        unadjusted,
    })
}
