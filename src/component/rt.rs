//! What the code that `#[component]` writes needs. No part of the library's face.

pub use super::arms::{
    ArmList, Cons, Hold, HoldBoxed, HoldMut, HoldOwned, Last, Lent, Made, Owned,
};
pub use super::beside::{Beside, both, in_turns, resume};
pub use super::collectors::{Collectors, With};
pub use super::either::Either;
pub use super::family::{Family, Takes, TakesBoxed, TakesMade, TakesShared};
pub use super::guard::Guard;
pub use super::measurable::{Measurable, of};
pub use super::probe::{OfAny, OfBare, OfDebugged, OfShown, Probe};
pub use super::proxy::Proxy;
pub use super::safety::{attempt, attempt_async, equal, within};
pub use super::selection::CallUnit;
pub use super::selector::Bound;
pub use super::shared::{Method, Shared};
