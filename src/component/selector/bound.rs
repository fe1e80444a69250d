use std::sync::OnceLock;

use super::{KeyUse, Selector};
use crate::component::selection::{CallUnit, NO_KEY, key_of};
use crate::component::{Asked, Selection};
use crate::{Context, Key};

/// All calls go to the arm that another selector chose for one unit, at the first call.
#[derive(Debug)]
pub struct Bound<'c, S> {
    selector: S,
    unit: CallUnit<'c>,
    selection: OnceLock<Option<Selection>>,
    key: OnceLock<Option<Key>>,
}

impl<'c, S> Bound<'c, S> {
    pub(in crate::component) fn new(selector: S, context: Context<'c>) -> Self {
        Self {
            selector,
            unit: CallUnit::Some(context).known(),
            selection: OnceLock::new(),
            key: OnceLock::new(),
        }
    }

    /// The same question, for the unit that this is bound to.
    const fn asked<'a>(&'a self, asked: &Asked<'a>) -> Asked<'a> {
        Asked {
            unit: &self.unit,
            ..*asked
        }
    }
}

impl<S: Selector> Bound<'_, S> {
    fn first(&self, asked: &Asked<'_>) -> Option<Selection> {
        let selection = self.selector.select(&self.asked(asked));
        let is_nobodys = self.unit.is_nobody() && self.selector.key_use() == KeyUse::Required;
        let mut selection = selection.or_else(|| is_nobodys.then(|| Selection::of(0, NO_KEY)))?;
        if asked.wants_key() && selection.key.is_none() {
            selection.key = self.key(asked);
        }
        Some(selection)
    }
}

impl<S: Selector> Selector for Bound<'_, S> {
    #[inline]
    fn key_use(&self) -> KeyUse {
        KeyUse::Unused
    }

    #[inline]
    fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
        self.selection.get_or_init(|| self.first(asked)).clone()
    }

    fn key(&self, asked: &Asked<'_>) -> Option<Key> {
        let key = || {
            let asked = self.asked(asked);
            let own = self.selector.key(&asked);
            own.or_else(|| asked.bits().map(key_of))
        };
        self.key.get_or_init(key).clone()
    }

    #[inline]
    fn is_bound(&self) -> bool {
        true
    }

    #[inline]
    fn is_trusted(&self) -> bool {
        self.selector.is_trusted()
    }
}
