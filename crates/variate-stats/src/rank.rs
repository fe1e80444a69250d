//! Methods that look only at which of two units has more: for values whose mean says little.
//!
//! | Question | Use |
//! |---|---|
//! | does either arm tend to have more? | [`mann_whitney`] |
//! | how often does a unit of the treatment have more than one of the control? | [`superiority`] |
//! | by how much, if every unit were shifted alike? | [`hodges_lehmann`] |
//!
//! None of them is a test of means: a treatment with a larger mean may have more units below those of the control.

mod exact;
mod mann_whitney;
mod ranks;
mod shift;
mod superiority;

pub use mann_whitney::{MannWhitney, mann_whitney};
pub use shift::hodges_lehmann;
pub use superiority::{Superiority, superiority};
