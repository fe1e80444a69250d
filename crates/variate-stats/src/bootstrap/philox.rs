/// The numbers of one replicate.
#[derive(Debug, Clone)]
pub(super) struct Philox {
    key: [u64; 2],
    counter: [u64; 4],
    /// The numbers of the last block that were not used, the next one last.
    left: [u32; 8],
    unused: usize,
}

const MULTIPLIERS: [u64; 2] = [0xd2e7_470e_e14c_6c93, 0xca5a_8263_9512_1157];
const WEYL: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xbb67_ae85_84ca_a73b];

impl Philox {
    pub(super) fn new(seed: u64, replicate: u32) -> Self {
        Self {
            key: [seed, 0],
            counter: [0, u64::from(replicate), 0, 0],
            left: [0; 8],
            unused: 0,
        }
    }

    pub(super) fn next(&mut self) -> u32 {
        if self.unused == 0 {
            self.left = self.block();
            self.unused = self.left.len();
        }
        let next = self.left.get(self.left.len() - self.unused);
        self.unused -= 1;
        next.copied().unwrap_or_default()
    }

    /// A number below `count`, each as likely.
    pub(super) fn below(&mut self, count: u32) -> u32 {
        let mut product = u64::from(self.next()) * u64::from(count);
        if low(product) < count {
            let threshold = count.wrapping_neg().checked_rem(count).unwrap_or(0);
            while low(product) < threshold {
                product = u64::from(self.next()) * u64::from(count);
            }
        }
        high(product)
    }

    /// The next eight numbers, those that were not used yet being left out.
    #[inline]
    pub(super) fn block(&mut self) -> [u32; 8] {
        let [block, replicate, _, _] = self.counter;
        self.counter = [block.wrapping_add(1), replicate, 0, 0];
        let mut state = self.counter;
        let mut key = self.key;
        for _ in 0..10 {
            let [a, b, c, d] = state;
            let first = u128::from(MULTIPLIERS[0]) * u128::from(a);
            let second = u128::from(MULTIPLIERS[1]) * u128::from(c);
            state = [
                upper(second) ^ b ^ key[0],
                lower(second),
                upper(first) ^ d ^ key[1],
                lower(first),
            ];
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        let [a, b, c, d] = state;
        [
            low(a),
            high(a),
            low(b),
            high(b),
            low(c),
            high(c),
            low(d),
            high(d),
        ]
    }
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
        let mut stream = Philox::new(42, 7);
        let found: Vec<u64> = (0..5)
            .map(|_| u64::from(stream.next()) | u64::from(stream.next()) << 32)
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
