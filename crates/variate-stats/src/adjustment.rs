//! Less noise from what was known before the experiment: the same effect with a smaller standard error.
//!
//! | What is known of each unit | Use |
//! |---|---|
//! | one number from before, or only sums of it | [`Cuped`] |
//! | several numbers, predictions of a model among them | [`Regression`] |
//! | a group: country, platform, new or returning | [`post_stratify`] |
//!
//! Whatever is used must not depend on the variant: measure it before the first exposure. A ratio of two totals (clicks
//! per view) is brought to one value per unit by [`linearise`], and goes the same ways from there.

mod adjusted;
mod cuped;
mod linearise;
mod orthogonal;
mod paired;
mod regression;
mod strata;

pub use adjusted::Adjusted;
pub use cuped::Cuped;
pub use linearise::linearise;
pub use paired::PairedMoments;
pub use regression::{Dropped, Regressed, Regression, RobustError, Sample, Unusable};
pub use strata::{Stratum, post_stratify, strata};
