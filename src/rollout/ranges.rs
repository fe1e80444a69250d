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
        let mut pieces: Vec<(usize, usize, u16)> = Vec::with_capacity(2 * weights.len() + 1);
        // What no variant has in its own lane, the lowest last; and who still lacks how much.
        let mut free: Vec<(usize, usize)> = Vec::with_capacity(weights.len() + 1);
        let mut lacking: Vec<(u16, usize)> = Vec::new();
        let mut taken = 0;
        for (place, weight) in &variants {
            let weight = usize::from(**weight);
            let number = place - usize::from(control.is_some_and(|control| control < *place));
            // The last lane takes what the division leaves over.
            let end = if number + 1 == lanes {
                usize::from(WHOLE)
            } else {
                (number + 1) * lane
            };
            let start = (number * lane).max(end.saturating_sub(weight));
            free.push((taken, start));
            pieces.push((start, end, *place as u16));
            lacking.push((*place as u16, weight - (end - start)));
            taken = end;
        }
        free.push((taken, usize::from(WHOLE)));
        free.retain(|(start, end)| start < end);
        free.reverse();
        for (place, mut missing) in lacking {
            while missing > 0
                && let Some((start, end)) = free.last_mut()
            {
                let some = missing.min(*end - *start);
                pieces.push((*start, *start + some, place));
                *start += some;
                missing -= some;
                if start == end {
                    free.pop();
                }
            }
        }
        pieces.extend(free.into_iter().map(|(start, end)| (start, end, filler)));
        pieces.sort_unstable_by_key(|(start, end, _)| (*start, *end));
        let mut ends: Vec<(u16, u16)> = Vec::new();
        for (start, end, owner) in pieces {
            let end = end as u16;
            match ends.last_mut() {
                _ if start == usize::from(end) => {}
                Some((last_end, last)) if *last == owner => *last_end = end,
                _ => ends.push((end, owner)),
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

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, clippy::indexing_slicing)] // All numbers are small.
mod tests {
    use super::*;

    /// The same rule, bucket by bucket.
    fn owners(weights: &[u16], control: Option<usize>) -> Vec<usize> {
        let whole = usize::from(WHOLE);
        let others: Vec<usize> = (0..weights.len())
            .filter(|place| Some(*place) != control)
            .collect();
        let mut owners = vec![None; whole];
        for (number, place) in others.iter().enumerate() {
            let lane = whole / others.len();
            let is_last = number + 1 == others.len();
            let lane = number * lane..if is_last { whole } else { (number + 1) * lane };
            for bucket in lane.rev().take(usize::from(weights[*place])) {
                owners[bucket] = Some(*place);
            }
        }
        for place in others {
            let owned = owners.iter().filter(|owner| **owner == Some(place)).count();
            let free = owners.iter_mut().filter(|owner| owner.is_none());
            for owner in free.take(usize::from(weights[place]) - owned) {
                *owner = Some(place);
            }
        }
        let filler = control.unwrap_or(0);
        owners
            .into_iter()
            .map(|owner| owner.unwrap_or(filler))
            .collect()
    }

    #[test]
    fn ranges_are_those_that_filling_bucket_by_bucket_gives() {
        let mut state = 1_u32;
        let mut random = |below: u16| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) % (u32::from(below) + 1)) as u16
        };
        for round in 0..400 {
            let count = 1 + usize::from(random(if round % 10 == 0 { 60 } else { 5 }));
            let mut left = WHOLE;
            let mut weights: Vec<u16> = (1..count)
                .map(|_| {
                    let weight = random(3) / 2 * random(left);
                    let weight = weight.min(left);
                    left -= weight;
                    weight
                })
                .collect();
            weights.insert(usize::from(random(count as u16 - 1)), left);
            let control = match usize::from(random(count as u16)) {
                control if control < count => Some(control),
                _ => None,
            };
            let ranges = Ranges::new(&weights, control);
            for (bucket, owner) in (0..).zip(owners(&weights, control)) {
                assert_eq!(
                    ranges.place(bucket),
                    Some(owner),
                    "bucket {bucket} of {weights:?}, control {control:?}"
                );
            }
            assert!(ranges.ends.len() <= 2 * count + 1);
        }
    }
}
