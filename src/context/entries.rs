use super::Entry;

/// Entries in order: up to four in place, more of them on the heap.
///
/// One variant a length, so that making, moving on and dropping a context touches the entries
/// that there are and no filler.
#[derive(Clone, Default)]
#[allow(clippy::large_enum_variant)] // Being large in place of allocating is what it is for.
pub(super) enum Entries<'a> {
    #[default]
    Zero,
    One([Entry<'a>; 1]),
    Two([Entry<'a>; 2]),
    Three([Entry<'a>; 3]),
    Four([Entry<'a>; 4]),
    Many(Vec<Entry<'a>>),
}

impl<'a> Entries<'a> {
    #[inline(always)]
    pub(super) const fn as_slice(&self) -> &[Entry<'a>] {
        match self {
            Self::Zero => &[],
            Self::One(entries) => entries,
            Self::Two(entries) => entries,
            Self::Three(entries) => entries,
            Self::Four(entries) => entries,
            Self::Many(entries) => entries.as_slice(),
        }
    }

    #[inline(always)]
    pub(super) const fn as_mut_slice(&mut self) -> &mut [Entry<'a>] {
        match self {
            Self::Zero => &mut [],
            Self::One(entries) => entries,
            Self::Two(entries) => entries,
            Self::Three(entries) => entries,
            Self::Four(entries) => entries,
            Self::Many(entries) => entries.as_mut_slice(),
        }
    }

    /// With one entry more, or with the new value in place of the one that its key had.
    ///
    /// Takes and gives values, so that a context of few entries is built where it will lie.
    #[inline(always)]
    pub(super) fn with(self, entry: Entry<'a>) -> Self {
        if matches!(self, Self::Zero) {
            // Nothing is in it, and the compiler would make sure of that at a cost.
            std::mem::forget(self);
            return Self::One([entry]);
        }
        let new = |other: &Entry<'a>| other.key != entry.key;
        match self {
            Self::One([a]) if new(&a) => Self::Two([a, entry]),
            Self::Two([a, b]) if new(&a) && new(&b) => Self::Three([a, b, entry]),
            Self::Three([a, b, c]) if new(&a) && new(&b) && new(&c) => Self::Four([a, b, c, entry]),
            entries => entries.replaced_or_many(entry),
        }
    }

    fn replaced_or_many(mut self, entry: Entry<'a>) -> Self {
        let old = self
            .as_mut_slice()
            .iter_mut()
            .find(|old| old.key == entry.key);
        match old {
            Some(old) => {
                old.value = entry.value;
                self
            }
            None => self.pushed(entry),
        }
    }

    /// With one entry more, whose key is known to be new.
    pub(super) fn pushed(self, entry: Entry<'a>) -> Self {
        match self {
            Self::Zero => Self::One([entry]),
            Self::One([a]) => Self::Two([a, entry]),
            Self::Two([a, b]) => Self::Three([a, b, entry]),
            Self::Three([a, b, c]) => Self::Four([a, b, c, entry]),
            Self::Four(entries) => Self::Many(entries.into_iter().chain([entry]).collect()),
            Self::Many(mut entries) => {
                entries.push(entry);
                Self::Many(entries)
            }
        }
    }

    pub(super) fn into_vec(self) -> Vec<Entry<'a>> {
        match self {
            Self::Zero => Vec::new(),
            Self::One(entries) => entries.into(),
            Self::Two(entries) => entries.into(),
            Self::Three(entries) => entries.into(),
            Self::Four(entries) => entries.into(),
            Self::Many(entries) => entries,
        }
    }
}
