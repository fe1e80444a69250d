//! Measurements as tests want them.

use variate::component::Measurement;

/// One call of an arm `control` or any other one.
pub(crate) fn call(arm: &str, metric: &'static str, value: f64) -> Measurement {
    let mut of = Measurement::new("shop", arm, "order", metric, value);
    of.is_control = arm == "control";
    of.unit = "ns".into();
    of
}

/// The same for a unit.
pub(crate) fn call_of(unit: u32, arm: &str, metric: &'static str, value: f64) -> Measurement {
    let mut of = call(arm, metric, value);
    of.key = Some(format!("{:032x}", u128::from(unit) * 0x1234_5678_9abc_def1_2345).into());
    of
}

/// Numbers from 0 to 1 in no order, always the same.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// `splitmix64`.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

pub(crate) fn near(found: f64, expected: f64, relative: f64) {
    assert!(
        (found - expected).abs() <= relative * expected.abs(),
        "{found} is not {expected}"
    );
}
