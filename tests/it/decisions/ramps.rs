//! Ramps need no store: raising a share or a weight reassigns nobody who was in.

use proptest::prelude::*;
use variate::{Config, Declaration, Percent, context};

const NAMES: [&str; 5] = ["control", "a", "b", "c", "d"];

/// The variants of 400 units, `None` for those that do not take part.
fn assigned(weights: &[u32], traffic: u32) -> Vec<Option<String>> {
    let hundredths = weights.iter().map(|weight| f64::from(*weight) / 100.0);
    let config = Config::builder()
        .declare(
            Declaration::new("pill")
                .variants(NAMES.into_iter().take(weights.len()))
                .resolver(Percent::new(hundredths).unwrap())
                .traffic(f64::from(traffic) / 100.0),
        )
        .build()
        .unwrap();
    (0..400)
        .map(|id| {
            let exp = config.experiment("pill", context! { user_id: id });
            let is_in = exp.assignment().is_tracked();
            is_in.then(|| exp.variant().to_string())
        })
        .collect()
}

/// Weights of up to two variants besides the control, or of more within their lanes; which one is
/// raised, and by how much.
fn ramp() -> impl Strategy<Value = (Vec<u32>, usize, u32)> {
    (1_usize..=4)
        .prop_flat_map(|others| {
            let most = if others <= 2 {
                10_000
            } else {
                10_000 / u32::try_from(others).unwrap()
            };
            (
                prop::collection::vec(0..=most, others),
                Just(most),
                0..others,
            )
        })
        .prop_filter("the control needs something to give", |(others, ..)| {
            others.iter().sum::<u32>() <= 10_000
        })
        .prop_flat_map(|(others, most, raised)| {
            let control = 10_000 - others.iter().sum::<u32>();
            let room = control.min(most - others[raised]);
            let weights: Vec<_> = std::iter::once(control).chain(others).collect();
            (Just(weights), Just(raised + 1), 0..=room)
        })
}

proptest! {
    #[test]
    fn raising_a_weight_takes_units_from_the_control_alone((weights, raised, by) in ramp()) {
        let before = assigned(&weights, 10_000);
        let mut more = weights.clone();
        more[0] -= by;
        more[raised] += by;
        let after = assigned(&more, 10_000);
        for (was, is) in before.iter().zip(&after) {
            let joined = was.as_deref() == Some("control") && is.as_deref() == Some(NAMES[raised]);
            prop_assert!(was == is || joined, "{was:?} became {is:?}");
        }
    }

    #[test]
    fn raising_the_traffic_takes_units_in_and_reassigns_nobody(
        (weights, ..) in ramp(), traffic in 0..=10_000_u32, more in 0..=10_000_u32,
    ) {
        let (less, more) = (traffic.min(more), traffic.max(more));
        let before = assigned(&weights, less);
        let after = assigned(&weights, more);
        for (was, is) in before.iter().zip(&after) {
            prop_assert!(was.is_none() || was == is, "{was:?} became {is:?}");
        }
    }
}

#[test]
fn every_weight_has_its_share_of_the_buckets() {
    for weights in [
        vec![10_000, 0],
        vec![0, 10_000],
        vec![1_000, 6_000, 3_000],
        vec![0, 9_000, 1_000],
        vec![0, 1, 9_999],
        vec![2_500, 2_500, 2_500, 2_500],
        vec![100, 9_000, 450, 450],
        vec![1_999, 1, 3_000, 4_000, 1_000],
    ] {
        let percent =
            Percent::new(weights.iter().map(|weight| f64::from(*weight) / 100.0)).unwrap();
        let (config, _) = crate::support::build(
            Config::builder().key_scheme(EveryBucket).declare(
                Declaration::new("pill")
                    .variants(NAMES.into_iter().take(weights.len()))
                    .resolver(percent),
            ),
        );
        let mut found = vec![0_u32; weights.len()];
        for bucket in 0..10_000 {
            let exp = config.experiment("pill", context! { bucket: bucket });
            let place = NAMES.iter().position(|name| exp.variant() == name).unwrap();
            found[place] += 1;
        }
        assert_eq!(found, weights);
    }
}

/// Keys whose bits lie in the bucket that the context names.
struct EveryBucket;

impl variate::KeyScheme for EveryBucket {
    fn key(&self, source: &variate::KeySource<'_>) -> variate::Key {
        let bucket: u128 = source
            .context()
            .get("bucket")
            .unwrap()
            .to_string()
            .parse()
            .unwrap();
        let bits = u64::try_from((bucket << 64) / 10_000 + 1).unwrap();
        let mut digest = [0; 16];
        digest[..8].copy_from_slice(&bits.to_be_bytes());
        digest.into()
    }

    fn separates_experiments(&self) -> bool {
        true
    }
}
