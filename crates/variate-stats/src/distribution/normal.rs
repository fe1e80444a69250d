use std::f64::consts::{FRAC_1_SQRT_2, PI};

use libm::{log, sqrt};

use super::error::ranged;
use super::{DistributionError, inside, probabilities};
use crate::DoubleDouble;
use crate::special::{Tail, Tails, horner, scaled_erfc};

/// The normal distribution.
///
/// ```
/// use variate_stats::distribution::Normal;
///
/// let z = Normal::STANDARD.survival_quantile(0.025);
/// assert!((z - 1.959963984540054).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    mean: f64,
    deviation: f64,
}

impl Normal {
    /// Mean 0, standard deviation 1.
    pub const STANDARD: Self = Self {
        mean: 0.0,
        deviation: 1.0,
    };

    /// With this mean and standard deviation.
    ///
    /// # Errors
    /// When the mean is not finite or the deviation not a positive number.
    pub fn new(mean: f64, standard_deviation: f64) -> Result<Self, DistributionError> {
        Ok(Self {
            mean: ranged("the mean", mean, -1e150, 1e150)?,
            deviation: ranged("the standard deviation", standard_deviation, 1e-150, 1e150)?,
        })
    }

    probabilities!(
        x,
        "By exp(x²)·erfc(x) in the rational approximations of W. J. Cody, Math. Comp. 23, 1969."
    );

    /// The density.
    pub fn pdf(&self, x: f64) -> f64 {
        let (exponent, rest) = exponent(self.standardised(x));
        libm::exp(-exponent) * (1.0 - rest) / (self.deviation * sqrt(2.0 * PI))
    }

    /// The logarithm of the density.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        -exponent(self.standardised(x)).0 - (log(self.deviation) + 0.5 * log(2.0 * PI))
    }

    /// The x with P(X ≤ x) = p: algorithm AS 241 (PPND16) of M. J. Wichura, Applied Statistics 37, 1988.
    pub fn quantile(&self, p: f64) -> f64 {
        self.mean + self.deviation * standard_quantile(p)
    }

    /// The x with P(X > x) = q.
    pub fn survival_quantile(&self, q: f64) -> f64 {
        self.mean - self.deviation * standard_quantile(q)
    }

    fn standardised(&self, x: f64) -> DoubleDouble {
        if *self == Self::STANDARD {
            return DoubleDouble::from(x);
        }
        (DoubleDouble::from(x) - DoubleDouble::from(self.mean)) / DoubleDouble::from(self.deviation)
    }

    /// By exp(z²/2)·erfc(z/√2), see [`scaled_erfc`].
    fn tails(&self, x: f64) -> Tails {
        let standardised = self.standardised(x);
        let z = standardised.value();
        if z.is_nan() {
            return Tails::NAN;
        }
        let (exponent, rest) = exponent(standardised);
        let factor = 0.5 * scaled_erfc(z.abs() * FRAC_1_SQRT_2) * (1.0 - rest);
        let tail = Tail { exponent, factor };
        if z < 0.0 {
            Tails::Lower(tail)
        } else {
            Tails::Upper(tail)
        }
    }
}

/// z²/2, and what its rounding left out.
fn exponent(z: DoubleDouble) -> (f64, f64) {
    let (z, low) = z.parts();
    let square = z * z;
    if square > 1e10 {
        return (0.5 * square, 0.0);
    }
    (0.5 * square, 0.5 * z.mul_add(z, -square) + z * low)
}

pub(super) fn standard_quantile(p: f64) -> f64 {
    let p = match inside(p, f64::NEG_INFINITY, f64::INFINITY) {
        Ok(p) => p,
        Err(end) => return end,
    };
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * horner(&CENTRE.0, r) / horner(&CENTRE.1, r);
    }
    let r = sqrt(-log(if centred < 0.0 { p } else { 1.0 - p }));
    let z = if r <= 5.0 {
        let r = r - 1.6;
        horner(&MIDDLE.0, r) / horner(&MIDDLE.1, r)
    } else {
        let r = r - 5.0;
        horner(&TAIL.0, r) / horner(&TAIL.1, r)
    };
    if centred < 0.0 { -z } else { z }
}

const CENTRE: ([f64; 8], [f64; 8]) = (
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
);
const MIDDLE: ([f64; 8], [f64; 8]) = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_100_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);
const TAIL: ([f64; 8], [f64; 8]) = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
);
