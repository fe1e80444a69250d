//! Random numbers for simulations, the same on every machine and for any number of threads. Not for secrets.

use libm::{exp, log, pow, sqrt};

/// xoshiro256++ (D. Blackman, S. Vigna 2019), seeded by `SplitMix64`: one for each run of a study.
///
/// ```
/// use variate_stats::random::Random;
///
/// let mut random = Random::of(1, "peeking", 17);
/// let bought = random.binomial(1_000, 0.04);
/// assert!((10..=80).contains(&bought));
/// assert_eq!(Random::of(1, "peeking", 17).binomial(1_000, 0.04), bought);
/// ```
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

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
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
        ((self.bits() >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
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
                let scale = sqrt(-2.0 * log(square) / square);
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// e to the power of a normal with this standard deviation.
    pub fn lognormal(&mut self, sigma: f64) -> f64 {
        exp(sigma * self.normal())
    }

    /// One of `0..bound`, all alike; 0 where there is none.
    pub fn below(&mut self, bound: u64) -> u64 {
        // D. Lemire 2019, without the rejection: what it is off by is less than 2⁻⁶⁴ of `bound`.
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// Gamma with this shape, above 0, and a scale of 1 (G. Marsaglia, W. W. Tsang 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * pow(self.uniform(), 1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if log(self.uniform()) < 0.5 * x * x + d - d * v + d * log(v) {
                return d * v;
            }
        }
    }

    /// Poisson with this mean, by multiplying: takes as many draws as it counts.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        const PIECE: f64 = 30.0;
        let (mut left, mut count) = (mean, 0);
        while left > 0.0 {
            let least = exp(-left.min(PIECE));
            let mut product = self.uniform();
            while product > least {
                product *= self.uniform();
                count += 1;
            }
            left -= PIECE;
        }
        count
    }

    /// Student's t with three degrees of freedom.
    pub fn student_3(&mut self) -> f64 {
        let square = |x: f64| x * x;
        let spread = square(self.normal()) + square(self.normal()) + square(self.normal());
        self.normal() / sqrt(spread / 3.0)
    }

    /// Above 1, with the tail x to the power of −`index`.
    pub fn pareto(&mut self, index: f64) -> f64 {
        pow(self.uniform(), -1.0 / index)
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the authors' C code with the state 1, 2, 3, 4.
    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = Random {
            state: [1, 2, 3, 4],
            spare: None,
        };
        let expected = [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
        ];
        assert_eq!(std::array::from_fn(|_| random.bits()), expected);
        // Those of SplitMix64 with the seed 1234567.
        let mut seed = 1_234_567;
        assert_eq!(split_mix(&mut seed), 6_457_827_717_110_365_317);
        assert_eq!(split_mix(&mut seed), 3_203_168_211_198_807_973);
    }

    /// Means and variances, each within five standard errors.
    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        const DRAWS: u32 = 40_000;
        type Draw = fn(&mut Random) -> f64;
        // Mean, variance, fourth central moment.
        let laws: [(&str, Draw, f64, f64, f64); 6] = [
            ("normal", |of| of.normal(), 0.0, 1.0, 3.0),
            ("gamma 0.3", |of| of.gamma(0.3), 0.3, 0.3, 3.0 * 0.3 * 2.3),
            ("gamma 4", |of| of.gamma(4.0), 4.0, 4.0, 3.0 * 4.0 * 6.0),
            (
                "poisson 2.5",
                |of| count(of.poisson(2.5)),
                2.5,
                2.5,
                2.5 * (1.0 + 7.5),
            ),
            (
                "poisson 70",
                |of| count(of.poisson(70.0)),
                70.0,
                70.0,
                70.0 * 211.0,
            ),
            ("below 10", |of| count(of.below(10)), 4.5, 8.25, 120.862_5),
        ];
        for (name, draw, mean, variance, fourth) in laws {
            let mut random = Random::of(1, name, 0);
            let draws: Vec<f64> = (0..DRAWS).map(|_| draw(&mut random)).collect();
            let n = f64::from(DRAWS);
            let seen = draws.iter().sum::<f64>() / n;
            let square = draws
                .iter()
                .map(|of| (of - mean) * (of - mean))
                .sum::<f64>()
                / n;
            let error = 5.0 * (variance / n).sqrt();
            assert!((seen - mean).abs() < error, "{name}: mean {seen}");
            let error = 5.0 * ((fourth - variance * variance) / n).sqrt();
            assert!(
                (square - variance).abs() < error,
                "{name}: variance {square}"
            );
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    fn count(of: u64) -> f64 {
        of as f64
    }
}
