//! What was counted lately, in memory: clients that send again send what is recent, and asking the disk for it costs the most.

use crate::store::shelf::HashKey;

/// Sets of four places, each key in one of them; the newest takes the place of the oldest. Keys are hashes already.
pub(super) struct Recent {
    sets: Vec<Set>,
}

#[derive(Clone, Copy, Default)]
struct Set {
    entries: [Entry; WAYS],
    /// Which place the next key takes.
    next: u8,
}

/// A key, and a value that has `length - 1` bytes; a length of zero is no entry.
#[derive(Clone, Copy, Default)]
struct Entry {
    key: [u8; 20],
    length: u8,
    value: [u8; LONGEST],
}

const WAYS: usize = 4;

/// Longer values are those of units with several events, which are left to the disk: an id that is its own unit has 15 bytes.
const LONGEST: usize = 15;

impl Recent {
    /// Room for about so many keys.
    pub(super) fn new(keys: usize) -> Self {
        Self {
            sets: vec![Set::default(); keys.div_ceil(WAYS)],
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        (self.sets.len() * size_of::<Set>()) as u64
    }

    pub(super) fn get(&self, key: &HashKey) -> Option<&[u8]> {
        let set = self.sets.get(self.place(key))?;
        let entry = set.entries.iter().find(|of| of.is_of(key))?;
        entry.value.get(..usize::from(entry.length) - 1)
    }

    /// What is on disk from now on. A value that is too long is forgotten.
    pub(super) fn put(&mut self, key: &HashKey, value: &[u8]) {
        let at = self.place(key);
        let Some(set) = self.sets.get_mut(at) else {
            return;
        };
        let mut entry = Entry::default();
        if let Some(bytes) = entry.value.get_mut(..value.len()) {
            bytes.copy_from_slice(value);
            entry.key = key.0;
            entry.length = u8::try_from(value.len() + 1).unwrap_or_default();
        }
        let known = set.entries.iter_mut().find(|of| of.is_of(key));
        match known {
            Some(known) => *known = entry,
            None if entry.length > 0 => {
                if let Some(oldest) = set.entries.get_mut(usize::from(set.next) % WAYS) {
                    *oldest = entry;
                }
                set.next = set.next.wrapping_add(1);
            }
            None => {}
        }
    }

    pub(super) fn remove(&mut self, key: &HashKey) {
        let at = self.place(key);
        let entries = self.sets.get_mut(at).map(|set| &mut set.entries);
        if let Some(entry) = entries.and_then(|of| of.iter_mut().find(|of| of.is_of(key))) {
            *entry = Entry::default();
        }
    }

    /// By the upper bits, so that sorted keys go through memory in order.
    fn place(&self, key: &HashKey) -> usize {
        let at = (u128::from(key.words().0) * self.sets.len() as u128) >> 64;
        usize::try_from(at).unwrap_or_default()
    }
}

impl Entry {
    fn is_of(&self, key: &HashKey) -> bool {
        self.key == key.0 && self.length > 0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn the_latest_keys_are_known_with_their_latest_values() {
        let mut random = StdRng::seed_from_u64(3);
        let keys: Vec<HashKey> = (0..100_000)
            .map(|_| HashKey::new(1, random.random()))
            .collect();
        let mut recent = Recent::new(40_000);
        for (key, n) in keys.iter().zip(0_u32..) {
            recent.put(key, &n.to_le_bytes());
        }
        let known = |keys: &[HashKey]| keys.iter().filter(|key| recent.get(key).is_some()).count();
        assert!(known(&keys[90_000..]) > 9_500);
        assert!(known(&keys[..20_000]) < 500);
        for (key, n) in keys.iter().zip(0_u32..) {
            assert!(recent.get(key).is_none_or(|of| of == n.to_le_bytes()));
        }
    }

    #[test]
    fn what_is_removed_or_too_long_is_not_known() {
        let (one, other) = (HashKey::new(1, 1), HashKey::new(1, 2));
        let mut recent = Recent::new(100);
        recent.put(&one, &[1; 15]);
        assert_eq!(recent.get(&one), Some([1; 15].as_slice()));
        assert_eq!(recent.get(&other), None);
        recent.put(&one, &[]);
        assert_eq!(recent.get(&one), Some([].as_slice()));
        recent.put(&one, &[2; 16]);
        assert_eq!(recent.get(&one), None);
        recent.put(&other, &[3]);
        recent.remove(&other);
        assert_eq!(recent.get(&other), None);
        let mut none = Recent::new(0);
        none.put(&one, &[1]);
        assert_eq!((none.get(&one), none.bytes()), (None, 0));
    }
}
