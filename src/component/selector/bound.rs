use std::sync::OnceLock;

use super::{KeyUse, Selector};
use crate::Context;
use crate::component::selection::CallUnit;
use crate::component::{Asked, Selection};

/// All calls go to the arm that another selector chose for one unit, at the first call.
#[derive(Debug)]
pub struct Bound<'c, S> {
    selector: S,
    unit: CallUnit<'c>,
    selection: OnceLock<Option<Selection>>,
}

impl<'c, S> Bound<'c, S> {
    pub(in crate::component) const fn new(selector: S, context: Context<'c>) -> Self {
        Self {
            selector,
            unit: CallUnit::Some(context),
            selection: OnceLock::new(),
        }
    }
}

impl<S: Selector> Selector for Bound<'_, S> {
    #[inline]
    fn key_use(&self) -> KeyUse {
        KeyUse::Unused
    }

    #[inline]
    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        let select = || {
            self.selector.select(&Asked {
                unit: &self.unit,
                ..*asked
            })
        };
        self.selection.get_or_init(select).clone()
    }

    #[inline]
    fn is_trusted(&self) -> bool {
        self.selector.is_trusted()
    }
}
