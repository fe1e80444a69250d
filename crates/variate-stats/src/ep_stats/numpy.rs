//! numpy's `default_rng(seed)`: `SeedSequence`, `PCG64` and bounded integers, number for number. The stream is part of numpy's
//! promise, and a bootstrap that is to give the same answer must draw the same units.

/// Mixes a seed into the words that a generator starts from (`numpy.random.SeedSequence`).
struct SeedSequence {
    pool: [u32; 4],
}

impl SeedSequence {
    fn new(seed: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "its two halves")]
        let entropy = [seed as u32, (seed >> 32) as u32];
        let mut constant = 0x43b0_d7e5_u32;
        let mut hash = |value: u32| {
            let value = value ^ constant;
            constant = constant.wrapping_mul(0x931e_8875);
            let value = value.wrapping_mul(constant);
            value ^ (value >> 16)
        };
        // A seed of 32 bits is one word, and the words that are missing are zeros: the same as its upper half.
        let mut pool = [entropy[0], entropy[1], 0, 0].map(&mut hash);
        for from in 0..4 {
            for to in 0..4 {
                if from != to {
                    let hashed = hash(pool.get(from).copied().unwrap_or(0));
                    if let Some(word) = pool.get_mut(to) {
                        let mixed = word
                            .wrapping_mul(0xca01_f9dd)
                            .wrapping_sub(hashed.wrapping_mul(0x4973_f715));
                        *word = mixed ^ (mixed >> 16);
                    }
                }
            }
        }
        Self { pool }
    }

    fn state(&self) -> [u64; 4] {
        let mut constant = 0x8b51_f9dd_u32;
        let mut words = self.pool.iter().cycle().map(|word| {
            let value = word ^ constant;
            constant = constant.wrapping_mul(0x58f3_8ded);
            let value = value.wrapping_mul(constant);
            u64::from(value ^ (value >> 16))
        });
        let mut next = || words.next().unwrap_or(0);
        [(); 4].map(|()| next() | (next() << 32))
    }
}

/// `numpy.random.default_rng`.
pub(crate) struct Generator {
    state: u128,
    increment: u128,
    half: Option<u32>,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        let [high, low, stream_high, stream_low] = SeedSequence::new(seed).state().map(u128::from);
        let mut generator = Self {
            state: 0,
            increment: (((stream_high << 64) | stream_low) << 1) | 1,
            half: None,
        };
        generator.step();
        generator.state = generator.state.wrapping_add((high << 64) | low);
        generator.step();
        generator
    }

    #[inline]
    fn step(&mut self) {
        const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
        self.state = self
            .state
            .wrapping_mul(MULTIPLIER)
            .wrapping_add(self.increment);
    }

    /// PCG XSL-RR 128/64 (O'Neill 2014).
    #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
    fn word(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
    fn half_word(&mut self) -> u32 {
        if let Some(half) = self.half.take() {
            return half;
        }
        let word = self.word();
        self.half = Some((word >> 32) as u32);
        word as u32
    }

    /// A whole number from 0 to below `bound`, by Lemire's method, as `integers(0, bound)` draws it up to 2³².
    #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
    #[inline]
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        if bound < 2 {
            return 0;
        }
        let mut product = u64::from(self.half_word()) * u64::from(bound);
        if (product as u32) < bound {
            let threshold = bound.wrapping_neg() % bound;
            while (product as u32) < threshold {
                product = u64::from(self.half_word()) * u64::from(bound);
            }
        }
        (product >> 32) as u32
    }

    /// `bound` numbers below `bound`: a sample with replacement.
    pub(crate) fn draw(&mut self, bound: u32, mut each: impl FnMut(u32)) {
        let mut local = Self { ..*self };
        for _ in 0..bound {
            each(local.below(bound));
        }
        *self = local;
    }
}

#[cfg(test)]
mod tests {
    use super::Generator;

    // numpy.random.default_rng(42).integers(0, 10, 10), which numpy's own manual prints the beginning of.
    #[test]
    fn the_stream_is_that_of_numpy() {
        let mut generator = Generator::new(42);
        let drawn: Vec<u32> = (0..10).map(|_| generator.below(10)).collect();
        assert_eq!(drawn, [0, 7, 6, 4, 4, 8, 0, 6, 2, 0]);
    }
}
