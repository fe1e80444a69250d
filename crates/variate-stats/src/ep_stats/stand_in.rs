//! Stands in for `crate::distribution` until that has these three: Student's t by its incomplete beta (power series and the
//! continued fraction of TOMS 708), the normal quantile by AS 241, chi-squared by the incomplete gamma.

#![allow(clippy::excessive_precision, clippy::manual_midpoint)]

use std::f64::consts::{FRAC_1_SQRT_2, PI};

#[derive(Debug, Clone, Copy)]
pub(super) struct StudentT {
    df: f64,
    /// The logarithm of the density at 0.
    peak: f64,
}

impl StudentT {
    pub(super) fn new(df: f64) -> Result<Self, ()> {
        if df.is_nan() || df <= 0.0 {
            return Err(());
        }
        let peak = if df.is_infinite() {
            -0.5 * (2.0 * PI).ln()
        } else {
            ln_half_step(df / 2.0) - 0.5 * (2.0 * PI).ln()
        };
        Ok(Self { df, peak })
    }

    pub(super) fn survival(&self, x: f64) -> f64 {
        if x < 0.0 {
            return 1.0 - self.survival(-x);
        }
        if self.df.is_infinite() || x.is_infinite() || x.is_nan() {
            return Normal::standard().cdf(-x);
        }
        let (a, b) = (self.df / 2.0, 0.5);
        let square = x * x;
        let (x, y) = (self.df / (self.df + square), square / (self.df + square));
        let ln_x = if y < 0.5 { (-y).ln_1p() } else { x.ln() };
        // x^a y^b / B(a, b), where 1 / B is the density at 0 times √df.
        let head = (self.peak + 0.5 * y.ln() + a * ln_x).exp() * self.df.sqrt();
        if y * (a + b + 2.0) < b + 1.0 {
            let mut term = 1.0 / b;
            let mut sum = term;
            let mut k = 0.0;
            while k < 10_000.0 {
                term *= (a + b + k) / (b + k + 1.0) * y;
                sum += term;
                k += 1.0;
                if term < sum * 1e-17 {
                    break;
                }
            }
            0.5 - 0.5 * head * sum
        } else {
            0.5 * head * fraction(a, b, x, y)
        }
    }

    pub(super) fn quantile(&self, p: f64) -> f64 {
        if !(0.0..=1.0).contains(&p) {
            return f64::NAN;
        }
        if p > 0.5 {
            return self.upper(1.0 - p);
        }
        -self.upper(p)
    }

    fn upper(&self, q: f64) -> f64 {
        if q == 0.0 {
            return f64::INFINITY;
        }
        if q >= 0.5 {
            return 0.0;
        }
        let z = -Normal::standard().quantile(q);
        let n = self.df;
        if n.is_infinite() {
            return z;
        }
        if n == 1.0 {
            return 1.0 / (PI * q).tan();
        }
        let z2 = z * z;
        let mut x =
            z + z * (z2 + 1.0) / (4.0 * n) + z * ((5.0 * z2 + 16.0) * z2 + 3.0) / (96.0 * n * n);
        // Newton on the logarithm of the survival over the logarithm of x: nearly a line where tails are heavy.
        let goal = q.ln();
        for _ in 0..100 {
            let survival = self.survival(x);
            let density = (self.peak - (n + 1.0) / 2.0 * (x * x / n).ln_1p()).exp();
            let step = (survival.ln() - goal) * survival / (density * x);
            x *= step.clamp(-2.0, 2.0).exp();
            if step.abs() < 1e-13 {
                break;
            }
        }
        x
    }
}

/// ln [Γ(z + ½) / (Γ(z) √z)].
fn ln_half_step(z: f64) -> f64 {
    if z < 15.0 {
        return (libm::tgamma(z + 0.5) / libm::tgamma(z)).ln() - 0.5 * z.ln();
    }
    let w = 1.0 / (z * z);
    (-1.0 / 8.0
        + w * (1.0 / 192.0
            + w * (-1.0 / 640.0
                + w * (17.0 / 14_336.0 + w * (-31.0 / 18_432.0 + w * 691.0 / 180_224.0)))))
        / z
}

/// The continued fraction of the incomplete beta function (Didonato and Morris, TOMS 708, 1992).
fn fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let lambda = (a + b) * y - b;
    let c = 1.0 + lambda;
    let c0 = b / a;
    let c1 = 1.0 + 1.0 / a;
    let (mut n, mut p, mut s) = (0.0, 1.0, a + 1.0);
    let (mut an, mut bn, mut an1, mut bn1) = (0.0, 1.0, 1.0, c / c1);
    let mut r = c1 / c;
    while n < 100_000.0 {
        n += 1.0;
        let t = n / a;
        let w = n * (b - n) * x;
        let e = a / s;
        let alpha = p * (p + c0) * e * e * (w * x);
        let e = (t + 1.0) / (c1 + t + t);
        let beta = n + w / s + e * (c + n * (y + 1.0));
        p = t + 1.0;
        s += 2.0;
        (an, an1) = (an1, alpha * an + beta * an1);
        (bn, bn1) = (bn1, alpha * bn + beta * bn1);
        let before = r;
        r = an1 / bn1;
        if (r - before).abs() <= 2e-16 * r {
            break;
        }
        an /= bn1;
        bn /= bn1;
        an1 = r;
        bn1 = 1.0;
    }
    r
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Normal;

impl Normal {
    pub(super) fn standard() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the face of the real one")]
    pub(super) fn cdf(self, x: f64) -> f64 {
        0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
    }

    /// AS 241 (Wichura, 1988).
    #[expect(clippy::unused_self, reason = "the face of the real one")]
    pub(super) fn quantile(self, p: f64) -> f64 {
        let q = p - 0.5;
        if q.abs() <= 0.425 {
            let r = 0.180_625 - q * q;
            return q * ratio(r, &A, &B);
        }
        let r = if q < 0.0 { p } else { 1.0 - p };
        if r == 0.0 {
            return f64::INFINITY.copysign(q);
        }
        let r = (-r.ln()).sqrt();
        let z = if r <= 5.0 {
            ratio(r - 1.6, &C, &D)
        } else {
            ratio(r - 5.0, &E, &F)
        };
        z.copysign(q)
    }
}

fn ratio(r: f64, over: &[f64; 8], under: &[f64; 8]) -> f64 {
    let sum = |of: &[f64; 8]| of.iter().rev().fold(0.0, |sum, next| sum * r + next);
    sum(over) / sum(under)
}

const A: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const B: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_758_8,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const F: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[derive(Debug, Clone, Copy)]
pub(super) struct ChiSquared {
    df: f64,
}

impl ChiSquared {
    pub(super) fn new(df: f64) -> Result<Self, ()> {
        if df > 0.0 { Ok(Self { df }) } else { Err(()) }
    }

    pub(super) fn survival(self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        if x <= 0.0 {
            return 1.0;
        }
        if self.df == 1.0 {
            return libm::erfc((x / 2.0).sqrt());
        }
        let (a, x) = (self.df / 2.0, x / 2.0);
        let head = (a * x.ln() - x - libm::lgamma(a)).exp();
        if x < a + 1.0 {
            let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
            while term > sum * 1e-17 {
                n += 1.0;
                term *= x / n;
                sum += term;
            }
            return 1.0 - head * sum;
        }
        // Lentz's continued fraction.
        let mut b = x + 1.0 - a;
        let mut c = f64::MAX;
        let mut d = 1.0 / b;
        let mut h = d;
        let mut i = 1.0;
        while i < 100_000.0 {
            let an = -i * (i - a);
            b += 2.0;
            d = 1.0 / (an * d + b);
            c = b + an / c;
            let step = c * d;
            h *= step;
            if (step - 1.0).abs() < 1e-16 {
                break;
            }
            i += 1.0;
        }
        head * h
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use std::f64::consts::SQRT_2;

    use super::{ChiSquared, Normal, StudentT};

    fn near(got: f64, wanted: f64) {
        assert!(
            (got - wanted).abs() <= 1e-12 * wanted.abs(),
            "{got:e} is not {wanted:e}"
        );
    }

    // From scipy 1.15.2 and closed forms.
    #[test]
    fn they_are_near_enough() {
        near(Normal::standard().quantile(0.975), 1.959_963_984_540_054);
        near(Normal::standard().quantile(1e-10), -6.361_340_902_404_056);
        near(Normal::standard().cdf(-SQRT_2), 0.078_649_603_525_142_6);
        for df in [0.7, 1.0, 2.0, 3.0, 10.0, 29.0, 31.0, 500.0, 1e6] {
            let Ok(t) = StudentT::new(df) else {
                panic!("{df}")
            };
            for q in [0.4, 0.1, 0.025, 1e-3, 1e-8, 1e-20] {
                near(t.survival(-t.quantile(q)), q);
            }
        }
        let closed = |x: f64| 0.5 - x / (2.0 * (2.0 + x * x).sqrt());
        let Ok(t) = StudentT::new(2.0) else { panic!() };
        for x in [0.1, 0.5, 1.0, 2.0, 5.0] {
            near(t.survival(x), closed(x));
        }
        let Ok(chi) = ChiSquared::new(2.0) else {
            panic!()
        };
        for x in [0.1_f64, 1.0, 3.0, 30.0, 900.0] {
            near(chi.survival(x), (-x / 2.0).exp());
        }
    }
}
