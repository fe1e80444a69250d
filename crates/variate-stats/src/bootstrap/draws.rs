//! Statistics that need no list of the units drawn: sums as they are drawn.

use super::philox::Philox;
use super::replicates::Resampling;
use crate::argument::{length, positive};
use crate::values::{finite_values, number};
use crate::{ArgumentError, DoubleDouble, Moments};

/// 2³²·P(weight ≤ k) of a Poisson weight with mean 1.
const POISSON: [u32; 12] = [
    1_580_030_168,
    3_160_060_337,
    3_950_075_421,
    4_213_413_783,
    4_279_248_373,
    4_292_415_291,
    4_294_609_777,
    4_294_923_276,
    4_294_962_463,
    4_294_966_817,
    4_294_967_252,
    4_294_967_292,
];

/// A mean or a ratio of one arm.
#[derive(Debug)]
pub(super) enum Arm<'a> {
    /// Σy/n, the values less their mean.
    Mean { centre: f64, values: Vec<f64> },
    /// Σy/Σw.
    Ratio {
        numerators: &'a [f64],
        denominators: &'a [f64],
    },
}

impl<'a> Arm<'a> {
    pub(super) fn mean(values: &[f64]) -> Result<Self, ArgumentError> {
        crate::values::sample("values", values)?;
        let centre = values.iter().copied().collect::<Moments>().mean();
        Ok(Self::Mean {
            centre,
            values: values.iter().map(|value| value - centre).collect(),
        })
    }

    pub(super) fn ratio(
        numerators: &'a [f64],
        denominators: &'a [f64],
    ) -> Result<Self, ArgumentError> {
        crate::values::sample("numerators", numerators)?;
        length(
            denominators.len() == numerators.len(),
            "denominators",
            denominators.len(),
            "one for each numerator",
        )?;
        finite_values("denominators", denominators)?;
        positive("sum of the denominators", sum(denominators))?;
        Ok(Self::Ratio {
            numerators,
            denominators,
        })
    }

    pub(super) fn units(&self) -> usize {
        match self {
            Self::Mean { values, .. } => values.len(),
            Self::Ratio { numerators, .. } => numerators.len(),
        }
    }

    pub(super) fn observed(&self) -> f64 {
        match self {
            Self::Mean { centre, .. } => *centre,
            Self::Ratio {
                numerators,
                denominators,
            } => sum(numerators) / sum(denominators),
        }
    }

    /// The statistic without each unit in turn.
    pub(super) fn without_each(&self) -> Vec<f64> {
        match self {
            Self::Mean { centre, values } => {
                let others = number(values.len()) - 1.0;
                values.iter().map(|value| centre - value / others).collect()
            }
            Self::Ratio {
                numerators,
                denominators,
            } => {
                let (above, below) = (sum(numerators), sum(denominators));
                numerators
                    .iter()
                    .zip(*denominators)
                    .map(|(y, w)| (above - y) / (below - w))
                    .collect()
            }
        }
    }

    /// The statistic of units drawn again.
    pub(super) fn draw(&self, stream: &mut Philox, resampling: Resampling) -> f64 {
        match self {
            Self::Mean { centre, values } => {
                let (mut above, mut below) = (0.0, 0.0);
                match resampling {
                    Resampling::Multinomial => {
                        each_drawn(stream, values.len(), |unit| {
                            above += values.get(unit).copied().unwrap_or(0.0);
                        });
                        below = number(values.len());
                    }
                    Resampling::Poisson => {
                        for values in values.chunks(16) {
                            for (value, weight) in values.iter().zip(weights(stream)) {
                                above += weight * value;
                                below += weight;
                            }
                        }
                    }
                }
                centre + above / below
            }
            Self::Ratio {
                numerators,
                denominators,
            } => {
                let (mut above, mut below) = (0.0, 0.0);
                match resampling {
                    Resampling::Multinomial => each_drawn(stream, numerators.len(), |unit| {
                        above += numerators.get(unit).copied().unwrap_or(0.0);
                        below += denominators.get(unit).copied().unwrap_or(0.0);
                    }),
                    Resampling::Poisson => {
                        for (ys, ws) in numerators.chunks(16).zip(denominators.chunks(16)) {
                            for ((y, w), weight) in ys.iter().zip(ws).zip(weights(stream)) {
                                above += weight * y;
                                below += weight * w;
                            }
                        }
                    }
                }
                above / below
            }
        }
    }
}

const AT_ONCE: usize = 4096;

/// As many units as there are, each drawn from all of them.
fn each_drawn(stream: &mut Philox, units: usize, mut see: impl FnMut(usize)) {
    let count = u32::try_from(units).unwrap_or(u32::MAX);
    // Numbers first, then values: the processor waits for many values at once.
    let mut drawn = Vec::with_capacity(AT_ONCE);
    let mut left = units;
    while left > 0 {
        let some = left.min(AT_ONCE);
        drawn.clear();
        stream.each_below(count, some, |unit| drawn.push(unit));
        for unit in &drawn {
            see(*unit as usize);
        }
        left -= some;
    }
}

/// How often each of some units is drawn, all independent of each other.
#[inline]
fn weights(stream: &mut Philox) -> [f64; 16] {
    // Signed, and a step at a time for all: as processors compare several at once.
    let numbers = stream.blocks().map(signed);
    let mut weights = [0_i32; 16];
    for step in POISSON.map(signed) {
        for (weight, number) in weights.iter_mut().zip(&numbers) {
            *weight += i32::from(*number >= step);
        }
    }
    weights.map(f64::from)
}

const fn signed(number: u32) -> i32 {
    (number ^ 0x8000_0000).cast_signed()
}

fn sum(values: &[f64]) -> f64 {
    values
        .iter()
        .map(|value| DoubleDouble::from(*value))
        .sum::<DoubleDouble>()
        .value()
}
