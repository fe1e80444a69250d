use libm::{exp, expm1, log, log1p};

/// A probability as e^−exponent · factor, so that its logarithm outlives its underflow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail {
    pub(crate) exponent: f64,
    pub(crate) factor: f64,
}

impl Tail {
    pub(crate) const ZERO: Self = Self {
        exponent: f64::INFINITY,
        factor: 1.0,
    };
    const NAN: Self = Self {
        exponent: 0.0,
        factor: f64::NAN,
    };

    pub(crate) fn value(self) -> f64 {
        exp(-self.exponent) * self.factor
    }

    pub(crate) fn ln(self) -> f64 {
        log(self.factor) - self.exponent
    }

    fn complement(self) -> f64 {
        if self.exponent < 0.5 && self.factor > 0.5 {
            // Both sides are of the same size: 1 − e^−x keeps what x has.
            let factor = self.factor - 1.0;
            -(expm1(-self.exponent) * self.factor + factor)
        } else {
            1.0 - self.value()
        }
    }
}

/// Both sides of an argument, given by the one that was computed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tails {
    Lower(Tail),
    Upper(Tail),
}

impl Tails {
    /// Nothing below the argument.
    pub(crate) const START: Self = Self::Lower(Tail::ZERO);
    /// Nothing above the argument.
    pub(crate) const END: Self = Self::Upper(Tail::ZERO);
    pub(crate) const NAN: Self = Self::Lower(Tail::NAN);

    pub(crate) fn flipped(self) -> Self {
        match self {
            Self::Lower(tail) => Self::Upper(tail),
            Self::Upper(tail) => Self::Lower(tail),
        }
    }

    pub(crate) fn lower(self) -> f64 {
        match self {
            Self::Lower(tail) => tail.value(),
            Self::Upper(tail) => tail.complement(),
        }
    }

    pub(crate) fn upper(self) -> f64 {
        self.flipped().lower()
    }

    pub(crate) fn ln_lower(self) -> f64 {
        match self {
            Self::Lower(tail) => tail.ln(),
            // Rounding may have left a little more than 1.
            Self::Upper(tail) => log1p((-tail.value()).clamp(-1.0, 0.0)),
        }
    }

    pub(crate) fn ln_upper(self) -> f64 {
        self.flipped().ln_lower()
    }
}
