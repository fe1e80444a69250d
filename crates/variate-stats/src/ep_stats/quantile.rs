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
    let mut drawn = vec![0_u32; values.len()];
    let one = |_| {
        // How often each value was drawn tells the order statistics without sorting.
        drawn.fill(0);
        generator.draw(count, |at| {
            if let Some(times) = drawn.get_mut(at as usize) {
                *times += 1;
            }
        });
        let (mut seen, mut low) = (0_usize, None);
        for (at, value) in order.iter().zip(&sorted) {
            seen += drawn.get(*at as usize).map_or(0, |times| *times as usize);
            if low.is_none() && seen > place.below {
                low = Some(*value);
            }
            if seen > place.below + 1 {
                return place.between(low.unwrap_or(*value), *value);
            }
        }
        low.unwrap_or(f64::NAN)
    };
    (0..REPLICATES).map(one).collect()
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

/// The standard deviation of replicates: the standard error of what they replicate.
pub(crate) fn deviation(replicates: &[f64]) -> f64 {
    let count = replicates.len() as f64;
    let mean = replicates.iter().sum::<f64>() / count;
    let squares: f64 = replicates.iter().map(|of| (of - mean).powi(2)).sum();
    (squares / (count - 1.0)).sqrt()
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
