//! How an order goes into boxes: a component that there are two of. Who calls it knows of one.

use std::sync::Arc;

use variate::component::{Assigned, BuildError, Tracked, WallTime};
use variate::{Config, component};

/// Puts pills into boxes.
#[component]
pub(crate) trait Pack: Send + Sync {
    /// How many boxes an order takes.
    #[measure(boxes = |boxes| *boxes)]
    fn pack(&self, #[key] order: u64, pills: u32) -> u32;
}

/// Into boxes of six.
struct OneSize;

/// Into boxes of twelve, and what is left into one of six or twelve.
struct TwoSizes;

impl Pack for OneSize {
    fn pack(&self, _: u64, pills: u32) -> u32 {
        pills.div_ceil(6)
    }
}

impl Pack for TwoSizes {
    fn pack(&self, _: u64, pills: u32) -> u32 {
        pills.div_ceil(12)
    }
}

/// The experiment on both, which is a `Pack` itself.
pub(crate) fn packing(config: &Config) -> Result<Arc<dyn Pack>, BuildError> {
    let packing = PackExperiment::builder("packing")
        .control("one_size", OneSize)
        .arm("two_sizes", TwoSizes)
        .selector(Assigned::by(config.clone()))
        .collect(WallTime::new())
        .recorder(Tracked::new(config))
        .build()?;
    Ok(Arc::new(packing))
}
