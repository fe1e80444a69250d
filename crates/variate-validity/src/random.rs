//! Random numbers that are the same on every machine and for any number of threads.

/// xoshiro256++ (D. Blackman, S. Vigna 2019), seeded by `SplitMix64`: one for each run of a study.
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
    spare: Option<f64>,
}

impl Random {
    /// The stream of a run, of a study by its name.
    pub fn of(seed: u64, study: &str, run: u64) -> Self {
        let name = study.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut mixer = seed ^ name.rotate_left(17);
        mixer = split_mix(&mut mixer) ^ run;
        let state = std::array::from_fn(|_| split_mix(&mut mixer));
        Self { state, spare: None }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// Above 0, and below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits")]
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// How many of so many trials happen.
    pub fn binomial(&mut self, trials: u64, probability: f64) -> u64 {
        (0..trials)
            .map(|_| u64::from(self.happens(probability)))
            .sum()
    }

    /// Standard normal (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 {
                let scale = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// e to the power of a normal with this standard deviation.
    pub fn lognormal(&mut self, sigma: f64) -> f64 {
        (sigma * self.normal()).exp()
    }

    /// Student's t with three degrees of freedom.
    pub fn student_3(&mut self) -> f64 {
        let square = |x: f64| x * x;
        let spread = square(self.normal()) + square(self.normal()) + square(self.normal());
        self.normal() / (spread / 3.0).sqrt()
    }

    /// Above 1, with the tail x to the power of −`index`.
    pub fn pareto(&mut self, index: f64) -> f64 {
        self.uniform().powf(-1.0 / index)
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
