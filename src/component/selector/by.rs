use std::fmt;

use super::Selector;
use crate::component::selection::{RULE, UNKNOWN};
use crate::component::{Asked, Selection};

/// A closure as a selector: what [`by`] makes.
pub struct By<F>(F);

/// A selector of a closure that answers with the name of an arm, or `None`. Where there is no such arm the control runs, which
/// is told, and counted by [`Switches::unknown_arms`](crate::component::Switches::unknown_arms).
///
/// What a call was given is known to the closures of the component's own `..Arguments` type.
///
/// ```
/// use variate::component::by;
///
/// let selector = by(|asked| (asked.method() == "place_order").then_some("fast"));
/// ```
pub fn by<F>(select: F) -> By<F>
where
    F: Fn(&Asked<'_>) -> Option<&'static str> + Send + Sync,
{
    By(select)
}

impl<F> Selector for By<F>
where
    F: Fn(&Asked<'_>) -> Option<&'static str> + Send + Sync,
{
    fn goes_by_weights(&self) -> bool {
        false
    }

    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        let name = (self.0)(asked)?;
        let arm = asked.position(name).unwrap_or_else(|| {
            asked.shared.count_unknown_arm(name);
            UNKNOWN
        });
        Some(Selection::of(arm, RULE))
    }
}

impl<F> fmt::Debug for By<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("By")
    }
}
