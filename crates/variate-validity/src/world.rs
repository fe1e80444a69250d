//! What the values of units are like.

use crate::Random;
use variate_stats::Moments;

/// A distribution of a unit's value, with its mean known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum World {
    /// Normal around 10 with a standard deviation of 3: seconds, scores.
    Normal,
    /// Lognormal with σ = 1, skewness 6: sizes, durations.
    Lognormal,
    /// One unit in twenty has a lognormal value with σ = 1, the others 0; skewness 18: revenue.
    Spend,
    /// 1 for one unit in two hundred, else 0, read as a mean: rare events.
    Rare,
    /// 10 + Student's t with three degrees of freedom: a variance, but no fourth moment.
    Student3,
    /// Pareto's with the index 2.5: a variance, but no third moment.
    Pareto,
}

impl World {
    /// All of them, from tame to wild.
    pub const ALL: [Self; 6] = [
        Self::Normal,
        Self::Student3,
        Self::Lognormal,
        Self::Rare,
        Self::Spend,
        Self::Pareto,
    ];

    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Lognormal => "skewed (lognormal, σ = 1)",
            Self::Spend => "zero-inflated (5 % lognormal)",
            Self::Rare => "rare events (0.5 %)",
            Self::Student3 => "heavy tails (t₃)",
            Self::Pareto => "heavy tail (Pareto 2.5)",
        }
    }

    /// The value of one unit.
    pub fn draw(self, random: &mut Random) -> f64 {
        match self {
            Self::Normal => 10.0 + 3.0 * random.normal(),
            Self::Lognormal => random.lognormal(1.0),
            Self::Spend if random.happens(0.05) => random.lognormal(1.0),
            Self::Spend => 0.0,
            Self::Rare => f64::from(u8::from(random.happens(0.005))),
            Self::Student3 => 10.0 + random.student_3(),
            Self::Pareto => random.pareto(2.5),
        }
    }

    /// The mean of all units.
    pub fn mean(self) -> f64 {
        match self {
            Self::Normal | Self::Student3 => 10.0,
            Self::Lognormal => 0.5_f64.exp(),
            Self::Spend => 0.05 * 0.5_f64.exp(),
            Self::Rare => 0.005,
            Self::Pareto => 2.5 / 1.5,
        }
    }

    /// The variance of a unit's value.
    pub fn variance(self) -> f64 {
        match self {
            Self::Normal => 9.0,
            Self::Student3 => 3.0,
            Self::Lognormal => 2.0_f64.exp() - 1.0_f64.exp(),
            Self::Spend => 0.05 * 2.0_f64.exp() - 0.0025 * 1.0_f64.exp(),
            Self::Rare => 0.005 * 0.995,
            Self::Pareto => 2.5 / (1.5 * 1.5 * 0.5),
        }
    }

    /// So many units.
    pub fn arm(self, random: &mut Random, units: u32) -> Moments {
        self.arm_times(random, units, 1.0)
    }

    /// So many units whose values are `factor` times as great.
    pub fn arm_times(self, random: &mut Random, units: u32, factor: f64) -> Moments {
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..units {
            let value = factor * self.draw(random);
            sum += value;
            squares += value * value;
        }
        Moments::from_tallies(u64::from(units), sum, squares)
    }
}
