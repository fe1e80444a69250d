use std::borrow::Cow;

use super::{Entry, Value};

/// How many entries fit without a heap allocation.
const INLINE: usize = 4;

const EMPTY: Entry<'static> = Entry {
    key: Cow::Borrowed(""),
    value: Value::null(),
};

/// Entries in order: up to four in place, more of them on the heap.
#[derive(Clone)]
pub(super) enum Entries<'a> {
    Inline([Entry<'a>; INLINE], usize),
    Heap(Vec<Entry<'a>>),
}

impl<'a> Entries<'a> {
    #[inline]
    pub(super) const fn new() -> Self {
        Self::Inline([EMPTY; INLINE], 0)
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[Entry<'a>] {
        match self {
            Self::Inline(entries, len) => entries.get(..*len).unwrap_or(entries),
            Self::Heap(entries) => entries,
        }
    }

    #[inline]
    pub(super) fn as_mut_slice(&mut self) -> &mut [Entry<'a>] {
        match self {
            Self::Inline(entries, len) => entries.get_mut(..*len).unwrap_or_default(),
            Self::Heap(entries) => entries,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry<'a>) {
        match self {
            Self::Inline(entries, len) => match entries.get_mut(*len) {
                Some(place) => {
                    *place = entry;
                    *len += 1;
                }
                None => self.spill(entry),
            },
            Self::Heap(entries) => entries.push(entry),
        }
    }

    #[cold]
    fn spill(&mut self, entry: Entry<'a>) {
        let mut entries: Vec<_> = std::mem::take(self).into_iter().collect();
        entries.push(entry);
        *self = Self::Heap(entries);
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = Entry<'a>> {
        let (inline, heap) = match self {
            Self::Inline(entries, len) => (Some(entries.into_iter().take(len)), None),
            Self::Heap(entries) => (None, Some(entries)),
        };
        inline
            .into_iter()
            .flatten()
            .chain(heap.into_iter().flatten())
    }
}

impl Default for Entries<'_> {
    fn default() -> Self {
        Self::new()
    }
}
