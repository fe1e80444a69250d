use std::hash::Hasher;

/// Hashes the names of experiments, which an application chooses for itself: fast, and not made
/// for names that an attacker chooses.
///
/// Eight bytes at a time are mixed in by a multiplication whose halves are folded together, as in
/// wyhash (Wang Yi, 2019).
#[derive(Default)]
pub(super) struct NameHasher(u64);

impl NameHasher {
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // The halves of a product.
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0xa076_1d64_78bd_642f) * 0xe703_7ed1_a0b4_28db;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        // The last eight bytes once more, or the few that there are.
        match (bytes.last_chunk(), rest) {
            (_, []) => {}
            (Some(last), _) => self.mix(u64::from_le_bytes(*last)),
            (None, rest) => {
                let word = rest
                    .iter()
                    .fold(0, |word, byte| (word << 8) | u64::from(*byte));
                self.mix(word);
            }
        }
        self.mix(bytes.len() as u64);
    }

    #[inline]
    fn write_u8(&mut self, _: u8) {
        // The mark after a text: its length is mixed in already.
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
