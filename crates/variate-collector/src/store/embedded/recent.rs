//! What was counted lately, in memory: clients that send again send what is recent, and asking the disk for it costs the most.

use crate::store::shelf::HashKey;

/// Sets of four places, each key in one of them; the newest takes the place of the oldest. Keys are hashes already.
pub(super) struct Recent {
    /// Of bytes alone, so that memory which is zero already is not touched before it is used.
    sets: Vec<[Entry; WAYS]>,
    /// Which place of a set the next key takes.
    next: Vec<u8>,
}

/// A key, a value, and its length plus one, which is zero where there is no entry.
type Entry = [u8; KEY + LONGEST + 1];

const WAYS: usize = 4;

const KEY: usize = 20;

/// Longer values are those of units with several events, which are left to the disk: an id that is its own unit has 15 bytes.
const LONGEST: usize = 15;

const NONE: Entry = [0; KEY + LONGEST + 1];

fn entry_of(key: &HashKey, value: &[u8]) -> Option<Entry> {
    let mut entry = NONE;
    let (to_key, rest) = entry.split_first_chunk_mut::<KEY>()?;
    let (length, to_value) = rest.split_last_mut()?;
    *to_key = key.0;
    to_value.get_mut(..value.len())?.copy_from_slice(value);
    *length = u8::try_from(value.len() + 1).ok()?;
    Some(entry)
}

/// `None` if it is another key's.
fn value_of<'a>(entry: &'a Entry, key: &HashKey) -> Option<&'a [u8]> {
    let (of_key, rest) = entry.split_first_chunk::<KEY>()?;
    let (length, value) = rest.split_last()?;
    if *of_key != key.0 {
        return None;
    }
    value.get(..usize::from(*length).checked_sub(1)?)
}

impl Recent {
    /// Room for about so many keys.
    pub(super) fn new(keys: usize) -> Self {
        let sets = keys.div_ceil(WAYS);
        Self {
            sets: vec![[NONE; WAYS]; sets],
            next: vec![0; sets],
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        (self.sets.len() * (size_of::<[Entry; WAYS]>() + 1)) as u64
    }

    pub(super) fn get(&self, key: &HashKey) -> Option<&[u8]> {
        let set = self.sets.get(self.place(key))?;
        set.iter().find_map(|entry| value_of(entry, key))
    }

    /// What is on disk from now on. A value that is too long is forgotten.
    pub(super) fn put(&mut self, key: &HashKey, value: &[u8]) {
        let Some(new) = entry_of(key, value) else {
            self.remove(key);
            return;
        };
        let at = self.place(key);
        let mut set = self.sets.get_mut(at).into_iter().flatten();
        match set.find(|of| value_of(of, key).is_some()) {
            Some(known) => *known = new,
            None => self.take_oldest(key, new),
        }
    }

    /// As [`put`](Self::put), for a key that certainly is not there: nobody looks for it.
    pub(super) fn put_new(&mut self, key: &HashKey, value: &[u8]) {
        if let Some(new) = entry_of(key, value) {
            self.take_oldest(key, new);
        }
    }

    fn take_oldest(&mut self, key: &HashKey, new: Entry) {
        let at = self.place(key);
        if let (Some(set), Some(next)) = (self.sets.get_mut(at), self.next.get_mut(at))
            && let Some(oldest) = set.get_mut(usize::from(*next) % WAYS)
        {
            *oldest = new;
            *next = next.wrapping_add(1);
        }
    }

    pub(super) fn remove(&mut self, key: &HashKey) {
        let at = self.place(key);
        for entry in self.sets.get_mut(at).into_iter().flatten() {
            if value_of(entry, key).is_some() {
                *entry = NONE;
            }
        }
    }

    /// By the upper bits, so that sorted keys go through memory in order.
    fn place(&self, key: &HashKey) -> usize {
        let at = (u128::from(key.words().0) * self.sets.len() as u128) >> 64;
        usize::try_from(at).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]
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
