//! Both arms in one order.

use crate::ArgumentError;
use crate::values::{number, sample};

/// What the ranks of two arms come to.
#[derive(Debug, Clone)]
pub(super) struct Ranks {
    /// For each value of the control, sorted: how many of the treatment are below it, ties as half.
    pub(super) control: Vec<f64>,
    /// For each value of the treatment, sorted: how many of the control are below it, ties as half.
    pub(super) treatment: Vec<f64>,
    /// Pairs in which the treatment has more, ties as half.
    pub(super) u: f64,
    /// Σ(t³ − t) over the groups of equal values.
    pub(super) ties: f64,
}

impl Ranks {
    pub(super) fn of(control: &[f64], treatment: &[f64]) -> Result<Self, ArgumentError> {
        sample("values of the control", control)?;
        sample("values of the treatment", treatment)?;
        Ok(Self::of_sorted(&sorted(control), &sorted(treatment)))
    }

    /// Of values that ascend.
    pub(super) fn of_sorted(control: &[f64], treatment: &[f64]) -> Self {
        let mut ranks = Self {
            control: Vec::with_capacity(control.len()),
            treatment: Vec::with_capacity(treatment.len()),
            u: 0.0,
            ties: 0.0,
        };
        let (mut ours, mut theirs) = (control, treatment);
        while let Some(next) = smaller(ours.first(), theirs.first()) {
            let equal_ours = ours.partition_point(|value| *value <= next);
            let equal_theirs = theirs.partition_point(|value| *value <= next);
            let below_ours = number(control.len() - ours.len()) + 0.5 * number(equal_ours);
            let below_theirs = number(treatment.len() - theirs.len()) + 0.5 * number(equal_theirs);
            ranks
                .control
                .extend(std::iter::repeat_n(below_theirs, equal_ours));
            ranks
                .treatment
                .extend(std::iter::repeat_n(below_ours, equal_theirs));
            ranks.u += below_ours * number(equal_theirs);
            let tied = number(equal_ours + equal_theirs);
            ranks.ties += tied * (tied * tied - 1.0);
            ours = ours.split_at(equal_ours).1;
            theirs = theirs.split_at(equal_theirs).1;
        }
        ranks
    }

    /// The variance of U where the arms are alike, ties counted.
    pub(super) fn variance(&self) -> f64 {
        let (m, n) = (number(self.control.len()), number(self.treatment.len()));
        let all = m + n;
        m * n / 12.0 * ((all + 1.0) - self.ties / (all * (all - 1.0)))
    }

    /// The control's and the treatment's number of values where no two are equal and both are below 50: the rule of R.
    pub(super) fn small(&self) -> Option<(usize, usize)> {
        let (m, n) = (self.control.len(), self.treatment.len());
        (self.ties == 0.0 && m < 50 && n < 50).then_some((m, n))
    }
}

pub(super) fn sorted(values: &[f64]) -> Vec<f64> {
    // −0 and 0 are the same value.
    let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

fn smaller(ours: Option<&f64>, theirs: Option<&f64>) -> Option<f64> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => Some(ours.min(*theirs)),
        (one, None) | (None, one) => one.copied(),
    }
}
