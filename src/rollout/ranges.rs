use super::percent::WHOLE;

/// Which bucket belongs to which weight, such that raising a weight takes buckets from the control alone.
///
/// Every variant but the control has a lane of its own, of equal width, and fills it from the top. What does not fit
/// into its lane fills, from the bottom up, what the others leave free. The rest is the control's.
/// A variant that stays within its lane only ever grows in it; and of two, each overflows into the
/// other one's lane from the side that that one reaches last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ranges {
    /// The end of each range and the place of its weight, in order.
    ends: Vec<(u16, u16)>,
}

impl Ranges {
    pub(super) const fn none() -> Self {
        Self { ends: Vec::new() }
    }

    /// Of weights that add up to the whole; `control` is the place of the one that yields.
    #[allow(clippy::cast_possible_truncation)] // Places are below 10,000 where weights are not zero.
    pub(super) fn new(weights: &[u16], control: Option<usize>) -> Self {
        let filler = control.unwrap_or(0) as u16;
        let variants: Vec<_> = weights
            .iter()
            .enumerate()
            .filter(|(place, weight)| Some(*place) != control && **weight > 0)
            .collect();
        let lanes = weights.len() - usize::from(control.is_some());
        let lane = usize::from(WHOLE).checked_div(lanes).unwrap_or(0);
        let mut owners = vec![None; usize::from(WHOLE)];
        for (place, weight) in &variants {
            let number = place - usize::from(control.is_some_and(|control| control < *place));
            // The last lane takes what the division leaves over.
            let end = if number + 1 == lanes {
                owners.len()
            } else {
                (number + 1) * lane
            };
            let start = (number * lane).max(end.saturating_sub(usize::from(**weight)));
            if let Some(owned) = owners.get_mut(start..end) {
                owned.fill(Some(*place as u16));
            }
        }
        for (place, weight) in &variants {
            let place = *place as u16;
            let owned = owners.iter().filter(|owner| **owner == Some(place)).count();
            let missing = usize::from(**weight).saturating_sub(owned);
            for owner in owners
                .iter_mut()
                .filter(|owner| owner.is_none())
                .take(missing)
            {
                *owner = Some(place);
            }
        }
        let mut ends: Vec<(u16, u16)> = Vec::new();
        for (bucket, owner) in (1..).zip(owners) {
            let owner = owner.unwrap_or(filler);
            match ends.last_mut() {
                Some((end, last)) if *last == owner => *end = bucket,
                _ => ends.push((bucket, owner)),
            }
        }
        Self { ends }
    }

    /// The place of the weight that a bucket belongs to.
    #[inline]
    pub(super) fn place(&self, bucket: u16) -> Option<usize> {
        let mut ends = self.ends.iter();
        ends.find(|(end, _)| bucket < *end)
            .map(|(_, place)| usize::from(*place))
    }
}
