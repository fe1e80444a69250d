use variate::component::Distribution;

use crate::report::Bin;

/// As many as a plot shows.
const BINS: usize = 60;

/// How values are spread, in bins of the same ratio where all are above 0, else of the same width.
pub(crate) fn spread(distribution: &Distribution) -> Vec<Bin> {
    let (Some(min), Some(max)) = (distribution.min(), distribution.max()) else {
        return Vec::new();
    };
    // The width of all is a number, too.
    let [min, max] = [min, max].map(|end| end.clamp(-1e300, 1e300));
    if min >= max {
        return vec![Bin {
            lower: min,
            upper: max,
            count: distribution.count(),
        }];
    }
    let is_logarithmic = min > 0.0;
    #[expect(clippy::cast_precision_loss, reason = "60")]
    let edge = |at: usize| {
        let share = at as f64 / BINS as f64;
        if is_logarithmic {
            min * (max / min).powf(share)
        } else {
            min + (max - min) * share
        }
    };
    let mut bins: Vec<Bin> = (0..BINS)
        .map(|at| Bin {
            lower: edge(at),
            upper: edge(at + 1),
            count: 0,
        })
        .collect();
    for bucket in distribution.buckets() {
        let middle = 0.5 * (bucket.lower + bucket.upper);
        let at = bins.partition_point(|bin| bin.upper < middle);
        if let Some(bin) = bins.get_mut(at.min(BINS - 1)) {
            bin.count += bucket.count;
        }
    }
    bins
}
