/// The numbers of one replicate.
#[derive(Debug, Clone)]
pub(super) struct Philox {
    key: [u64; 2],
    counter: [u64; 4],
    numbers: Numbers,
    /// How many of them were used.
    used: usize,
}

/// Two blocks: the second is computed while the first waits for its multiplications.
pub(super) type Numbers = [u32; 16];

const MULTIPLIERS: [u64; 2] = [0xd2e7_470e_e14c_6c93, 0xca5a_8263_9512_1157];
const WEYL: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xbb67_ae85_84ca_a73b];

impl Philox {
    pub(super) fn new(seed: u64, replicate: u32) -> Self {
        Self {
            key: [seed, 0],
            counter: [0, u64::from(replicate), 0, 0],
            numbers: [0; 16],
            used: 16,
        }
    }

    /// Numbers below `count`, each as likely, so many `times`.
    #[inline]
    pub(super) fn each_below(&mut self, count: u32, times: usize, mut see: impl FnMut(u32)) {
        // Below this, some numbers would come once more often than others.
        let threshold = count.wrapping_neg().checked_rem(count).unwrap_or(0);
        let mut left = times;
        loop {
            let numbers = self.numbers;
            let mut used = self.used;
            for number in numbers.iter().skip(used) {
                if left == 0 {
                    break;
                }
                used += 1;
                let product = u64::from(*number) * u64::from(count);
                if low(product) >= threshold {
                    see(high(product));
                    left -= 1;
                }
            }
            self.used = used;
            if left == 0 {
                return;
            }
            self.numbers = self.blocks();
            self.used = 0;
        }
    }

    /// The next numbers, those that were not used yet being left out.
    #[inline]
    pub(super) fn blocks(&mut self) -> Numbers {
        let [block, replicate, _, _] = self.counter;
        let [first, second] = [1, 2].map(|ahead| [block.wrapping_add(ahead), replicate, 0, 0]);
        self.counter = second;
        let (mut first, mut second, mut key) = (first, second, self.key);
        for _ in 0..10 {
            first = round(first, key);
            second = round(second, key);
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        let mut numbers = [0; 16];
        let halves = first.iter().chain(&second);
        for (to, word) in numbers.as_chunks_mut::<2>().0.iter_mut().zip(halves) {
            *to = [low(*word), high(*word)];
        }
        numbers
    }
}

#[inline]
fn round([a, b, c, d]: [u64; 4], key: [u64; 2]) -> [u64; 4] {
    let first = u128::from(MULTIPLIERS[0]) * u128::from(a);
    let second = u128::from(MULTIPLIERS[1]) * u128::from(c);
    [
        upper(second) ^ b ^ key[0],
        lower(second),
        upper(first) ^ d ^ key[1],
        lower(first),
    ]
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
fn low(number: u64) -> u32 {
    number as u32
}

fn high(number: u64) -> u32 {
    (number >> 32) as u32
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
fn lower(number: u128) -> u64 {
    number as u64
}

fn upper(number: u128) -> u64 {
    (number >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::Philox;

    #[test]
    fn numbers_are_those_of_numpy() {
        // numpy.random.Philox(key=42, counter=[0, 7, 0, 0]).random_raw(5), halves
        let numbers = Philox::new(42, 7).blocks();
        let found: Vec<u64> = numbers
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[low, high]| u64::from(*low) | u64::from(*high) << 32)
            .take(5)
            .collect();
        assert_eq!(found, NUMPY);
    }

    const NUMPY: [u64; 5] = [
        0x7344_a9db_bba9_c04d,
        0x4e54_f097_a868_198d,
        0x8df5_0c8b_929a_196d,
        0x08ff_86aa_ec69_06f8,
        0x2db2_9e16_78ab_2a4a,
    ];
}
