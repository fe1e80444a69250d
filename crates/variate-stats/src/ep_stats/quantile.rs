use super::numpy::Generator;

/// How often the units are drawn again.
const REPLICATES: usize = 1000;

/// The original's seed.
pub(crate) const SEED: u64 = 84;

/// The place of a quantile among sorted values and how far it leans to the next one (Hyndman and Fan's type 7).
#[derive(Debug, Clone, Copy)]
struct Place {
    below: usize,
    lean: f64,
}

impl Place {
    fn of(probability: f64, count: usize) -> Self {
        let at = probability * (count.max(1) - 1) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the values"
        )]
        let below = at.max(0.0) as usize;
        Self {
            below,
            lean: at - below as f64,
        }
    }

    fn between(self, low: f64, high: f64) -> f64 {
        if low == high {
            return low;
        }
        // In two ways, so that both ends are exact; numpy's are the same two.
        let width = high - low;
        if self.lean >= 0.5 {
            high - width * (1.0 - self.lean)
        } else {
            low + width * self.lean
        }
    }
}

/// The quantile of sorted values.
pub(crate) fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let place = Place::of(probability, sorted.len());
    let Some(low) = sorted.get(place.below) else {
        return f64::NAN;
    };
    place.between(*low, *sorted.get(place.below + 1).unwrap_or(low))
}

/// The quantile of as many values, drawn from `values` with replacement, again and again.
pub(crate) fn replicates(values: &[f64], probability: f64, generator: &mut Generator) -> Vec<f64> {
    let Ok(count) = u32::try_from(values.len()) else {
        return Vec::new();
    };
    let mut order: Vec<u32> = (0..count).collect();
    let value = |at: u32| values.get(at as usize).copied().unwrap_or(f64::NAN);
    order.sort_by(|left, right| value(*left).total_cmp(&value(*right)));
    let sorted: Vec<f64> = order.iter().map(|at| value(*at)).collect();
    let place = Place::of(probability, values.len());
    let window = Window::around(place.below, &order);
    let mut inside = vec![0_u32; window.width + 1];
    let width = u16::try_from(window.width).unwrap_or(u16::MAX);
    let mut drawn = Vec::new();
    let one = |_| {
        let before = generator.clone();
        inside.fill(0);
        let mut below = 0_u32;
        generator.draw(count, |at| {
            let code = window.codes.get(at as usize).copied().unwrap_or(0);
            // Most are outside: they wait for no memory.
            below += u32::from(code == 0);
            if code.wrapping_sub(1) < width
                && let Some(times) = inside.get_mut(usize::from(code))
            {
                *times += 1;
            }
        });
        if let Some(times) = inside.first_mut() {
            *times = below;
        }
        if let Some(drawn) = window.between(&inside, place, &sorted) {
            return drawn;
        }
        // Next to never: the order statistic is out of the window. All of them are counted then.
        let mut again = before;
        drawn.clear();
        drawn.resize(values.len(), 0_u32);
        again.draw(count, |at| {
            if let Some(times) = drawn.get_mut(at as usize) {
                *times += 1;
            }
        });
        let times = |at: &u32| drawn.get(*at as usize).map_or(0, |times| *times as usize);
        nth(order.iter().map(times).zip(&sorted), 0, place).unwrap_or(f64::NAN)
    };
    (0..REPLICATES).map(one).collect()
}

/// The order statistic and its neighbour among values that were drawn so many times, after `seen` smaller ones.
fn nth<'v>(
    drawn: impl Iterator<Item = (usize, &'v f64)>,
    mut seen: usize,
    place: Place,
) -> Option<f64> {
    let mut low = None;
    for (times, value) in drawn {
        seen += times;
        if low.is_none() && seen > place.below {
            low = Some(*value);
        }
        if seen > place.below + 1 {
            return Some(place.between(low.unwrap_or(*value), *value));
        }
    }
    // The largest value has no neighbour.
    low.filter(|_| seen == place.below + 1)
}

/// The values that an order statistic of a sample can be, but for one sample in a million: only these need be counted one by
/// one, and that fits into a cache.
struct Window {
    /// For each value 0 if it is smaller than those in the window, 1 and more inside, and one more than their number above.
    codes: Vec<u16>,
    /// The rank of the smallest one inside.
    start: usize,
    width: usize,
}

impl Window {
    fn around(rank: usize, order: &[u32]) -> Self {
        let count = order.len();
        // Five standard deviations of a rank, which are widest in the middle.
        let share = rank as f64 / count.max(1) as f64;
        let reach = 5.0 * (share * (1.0 - share) * count as f64).sqrt() + 20.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count"
        )]
        let reach = (reach as usize).min(usize::from(u16::MAX) / 2 - 2);
        let start = rank.saturating_sub(reach);
        let width = (rank + reach + 2).min(count).saturating_sub(start);
        let mut codes = vec![0_u16; count];
        for (code, at) in (1_u16..).zip(order.iter().skip(start).take(width)) {
            if let Some(slot) = codes.get_mut(*at as usize) {
                *slot = code;
            }
        }
        let above = u16::try_from(width + 1).unwrap_or(u16::MAX);
        for at in order.iter().skip(start + width) {
            if let Some(slot) = codes.get_mut(*at as usize) {
                *slot = above;
            }
        }
        Self {
            codes,
            start,
            width,
        }
    }

    /// The order statistic, if it is inside, from how often each code was drawn.
    fn between(&self, drawn: &[u32], place: Place, sorted: &[f64]) -> Option<f64> {
        let below = drawn.first().copied()? as usize;
        if below > place.below {
            return None;
        }
        let inside = drawn.iter().skip(1).take(self.width);
        let inside = inside.map(|times| *times as usize);
        let whole = self.start + self.width == sorted.len();
        let seen: usize = below + inside.clone().sum::<usize>();
        if seen < place.below + 2 && !whole {
            return None;
        }
        nth(inside.zip(sorted.get(self.start..)?), below, place)
    }
}

/// The standard deviation of the relative differences that are finite.
pub(crate) fn spread(control: &[f64], treatment: &[f64]) -> f64 {
    let relative: Vec<f64> = control
        .iter()
        .zip(treatment)
        .map(|(control, treatment)| (treatment - control) / control.abs())
        .filter(|relative| relative.is_finite())
        .collect();
    let count = relative.len() as f64;
    let mean = relative.iter().sum::<f64>() / count;
    (relative
        .iter()
        .map(|relative| (relative - mean).powi(2))
        .sum::<f64>()
        / (count - 1.0))
        .sqrt()
}

#[cfg(test)]
mod tests {
    use super::quantile;

    // From numpy 2.2.3: quantile([1, 2, 4, 8], q).
    #[test]
    fn quantiles_are_linear() {
        for (probability, wanted) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)]
        {
            let got = quantile(&[1.0, 2.0, 4.0, 8.0], probability);
            assert!((got - wanted).abs() < 1e-15, "{probability}: {got}");
        }
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(quantile(&[7.0], 0.5), 7.0);
    }
}
