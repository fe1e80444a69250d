//! Which keys may be on disk: most that are looked for are new, and asking the disk for them costs the most.

use crate::store::shelf::HashKey;

/// Blocks of 256 bits, in each of which a key sets eight, one in each word: the split block Bloom filter of Apache Parquet
/// (F. Putze, P. Sanders, J. Singler: "Cache-, hash- and space-efficient bloom filters", 2009). Keys are hashes already.
///
/// It grows by generations, so that no key is ever hashed anew.
#[derive(Debug)]
pub(super) struct Filter {
    generations: Vec<Generation>,
    keys: u64,
}

#[derive(Debug)]
struct Generation {
    blocks: Vec<Block>,
    room: u64,
}

/// One for each 12 keys: 21 bits a key, of which few absent ones in ten thousand seem to be there. Each of those costs a read.
type Block = [u32; 8];

const KEYS_PER_BLOCK: u64 = 12;

/// The first generation has 4 MiB, each next one twice that, up to 64 MiB.
const FIRST: u64 = KEYS_PER_BLOCK << 17;
const MOST: u64 = KEYS_PER_BLOCK << 21;

const SALT: [u32; 8] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

impl Generation {
    fn new(keys: u64) -> Self {
        let blocks = usize::try_from(keys / KEYS_PER_BLOCK).unwrap_or(1);
        Self {
            blocks: vec![Block::default(); blocks],
            room: keys,
        }
    }

    /// Generations have a power of two of blocks, and a key's block in a small one says nothing of that in a large one.
    fn place(&self, word: u64) -> usize {
        let at = (u128::from(word) * self.blocks.len() as u128) >> 64;
        usize::try_from(at).unwrap_or_default()
    }

    fn has(&self, (first, second): (u64, u64)) -> bool {
        let block = self.blocks.get(self.place(first));
        block.is_some_and(|block| {
            let mask = mask(second);
            block
                .iter()
                .zip(mask)
                .fold(0, |missing, (word, bit)| missing | (!word & bit))
                == 0
        })
    }

    fn may_have_first_word(&self, (first, second): (u64, u64)) -> bool {
        let [bit, ..] = mask(second);
        let block = self.blocks.get(self.place(first));
        block.is_some_and(|[word, ..]| word & bit != 0)
    }

    fn add(&mut self, (first, second): (u64, u64)) {
        let at = self.place(first);
        if let Some(block) = self.blocks.get_mut(at) {
            for (word, bit) in block.iter_mut().zip(mask(second)) {
                *word |= bit;
            }
        }
    }
}

fn mask(word: u64) -> Block {
    let [a, b, c, d, ..] = word.to_le_bytes();
    let word = u32::from_le_bytes([a, b, c, d]);
    SALT.map(|salt| 1 << (word.wrapping_mul(salt) >> 27))
}

impl Filter {
    pub(super) fn new() -> Self {
        Self {
            generations: vec![Generation::new(FIRST)],
            keys: 0,
        }
    }

    /// Which of the keys it may have: that it has none of the others is certain.
    ///
    /// First only one word of each block is read, without a branch, so that the processor waits for many of them at once.
    pub(super) fn among(&self, keys: impl ExactSizeIterator<Item = HashKey> + Clone) -> Vec<bool> {
        let mut may_have = vec![false; keys.len()];
        for generation in &self.generations {
            for (key, may_have) in keys.clone().zip(&mut may_have) {
                *may_have |= generation.may_have_first_word(key.words());
            }
        }
        for (key, may_have) in keys.zip(&mut may_have) {
            *may_have = *may_have && self.may_have(&key);
        }
        may_have
    }

    /// `false` is certain.
    pub(super) fn may_have(&self, key: &HashKey) -> bool {
        let words = key.words();
        self.generations.iter().rev().any(|of| of.has(words))
    }

    pub(super) fn add(&mut self, key: &HashKey) {
        if !self.may_have(key) {
            self.add_new(key);
        }
    }

    /// One that it does not have.
    pub(super) fn add_new(&mut self, key: &HashKey) {
        self.keys += 1;
        let last_size = match self.generations.last_mut() {
            Some(last) if last.room > 0 => {
                last.room -= 1;
                last.add(key.words());
                return;
            }
            Some(last) => last.blocks.len() as u64 * KEYS_PER_BLOCK,
            None => FIRST / 2,
        };
        let mut next = Generation::new((last_size * 2).min(MOST));
        next.room -= 1;
        next.add(key.words());
        self.generations.push(next);
    }

    pub(super) fn bytes(&self) -> u64 {
        let blocks: usize = self.generations.iter().map(|of| of.blocks.len()).sum();
        (blocks * size_of::<Block>()) as u64
    }

    pub(super) const fn keys(&self) -> u64 {
        self.keys
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn every_key_is_found_and_few_others_are() {
        let mut random = StdRng::seed_from_u64(7);
        let mut key = || HashKey::new(3, random.random());
        let mut filter = Filter::new();
        let kept: Vec<HashKey> = (0..1_700_000).map(|_| key()).collect();
        for key in &kept {
            filter.add(key);
        }
        assert!(kept.iter().all(|key| filter.may_have(key)));
        assert!(filter.among(kept.iter().copied()).iter().all(|of| *of));
        let wrong = (0..300_000).filter(|_| filter.may_have(&key())).count();
        assert!(wrong < 300, "{wrong} of 300,000");
        // Two generations: 1.5 and 3 million keys at 21 bits.
        assert!(filter.bytes() <= 12 << 20, "{}", filter.bytes());
        assert!(filter.keys() > 1_690_000);
    }
}
