//! Selectors in a tuple: the first that answers.

use super::{KeyUse, Selector};
use crate::Key;
use crate::component::{Asked, BuildError, Selection};

macro_rules! chain {
    ($($selector:ident $place:tt),+) => {
        impl<$($selector: Selector),+> Selector for ($($selector,)+) {
            fn prepare(&mut self, experiment: &str, arms: &[&str]) -> Result<(), BuildError> {
                $(self.$place.prepare(experiment, arms)?;)+
                Ok(())
            }

            #[inline]
            fn key_use(&self) -> KeyUse {
                KeyUse::Unused$(.max(self.$place.key_use()))+
            }

            fn goes_by_weights(&self) -> bool {
                false$( || self.$place.goes_by_weights())+
            }

            #[inline]
            fn select(&self, asked: &Asked<'_>) -> Option<Selection> {
                None$(.or_else(|| self.$place.select(asked)))+
            }

            fn key(&self, asked: &Asked<'_>) -> Option<Key> {
                None$(.or_else(|| self.$place.key(asked)))+
            }

            #[inline]
            fn is_trusted(&self) -> bool {
                true$( && self.$place.is_trusted())+
            }
        }
    };
}
chain!(A 0);
chain!(A 0, B 1);
chain!(A 0, B 1, C 2);
chain!(A 0, B 1, C 2, D 3);
