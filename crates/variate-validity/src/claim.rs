//! What a method promises, and whether it was seen to hold.

use variate_stats::distribution::{Binomial, Normal};

/// One figure of a study: a method under one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The method: a row of the table.
    pub method: String,
    /// The condition: a column.
    pub when: String,
    /// What it promises.
    pub promise: Promise,
}

/// What the share of runs is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Promise {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Just this.
    Exactly(f64),
    /// More than this: a method that has no such guarantee, as the figure shows.
    Exceeds(f64),
    /// Less than this: it is shown to fall short.
    FallsShort(f64),
    /// At least this, but only for many units, or for values that are not too wild: where it falls short is known.
    Approximately(f64),
    /// Nothing: a figure to know.
    Nothing,
}

/// Whether it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No more off than chance explains.
    Kept,
    /// The promise is not the method's, and it is off as documented.
    Documented,
    /// It is off, and should not be; or is not off, and should be.
    Broken,
    /// Nothing was promised.
    Shown,
}

impl Claim {
    /// Of a method under a condition.
    pub fn new(method: impl Into<String>, when: impl Into<String>, promise: Promise) -> Self {
        Self {
            method: method.into(),
            when: when.into(),
            promise,
        }
    }

    /// Whether `rate` keeps the promise, but for what chance does with the probability `error`.
    pub fn verdict(&self, rate: &Rate, error: f64) -> Verdict {
        let (above, below) = (
            |limit| rate.above(limit) < error,
            |limit| rate.below(limit) < error,
        );
        let kept = match self.promise {
            Promise::AtMost(limit) => !above(limit),
            Promise::AtLeast(limit) => !below(limit),
            Promise::Exactly(limit) => !above(limit) && !below(limit),
            Promise::Exceeds(limit) if above(limit) => return Verdict::Documented,
            Promise::FallsShort(limit) if below(limit) => return Verdict::Documented,
            Promise::Exceeds(_) | Promise::FallsShort(_) => false,
            Promise::Approximately(limit) if below(limit) => return Verdict::Documented,
            Promise::Approximately(_) => true,
            Promise::Nothing => return Verdict::Shown,
        };
        if kept { Verdict::Kept } else { Verdict::Broken }
    }
}

/// How often something was found.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rate {
    runs: u64,
    sum: f64,
    squares: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
impl Rate {
    pub(crate) fn see(&mut self, share: f64) {
        self.runs += 1;
        self.sum += share;
        self.squares += share * share;
    }

    pub(crate) fn add(&mut self, more: &Self) {
        self.runs += more.runs;
        self.sum += more.sum;
        self.squares += more.squares;
    }

    /// In how many runs it was looked for.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// The share of runs, 0 to 1.
    pub fn mean(&self) -> f64 {
        self.sum / self.runs as f64
    }

    /// The standard error of that: what Monte Carlo leaves open.
    pub fn error(&self) -> f64 {
        let mean = self.mean();
        ((self.squares / self.runs as f64 - mean * mean).max(0.0) / self.runs as f64).sqrt()
    }

    /// The probability of as many, or more, if the share were `limit`.
    pub fn above(&self, limit: f64) -> f64 {
        if limit <= 0.0 || limit >= 1.0 {
            return 1.0;
        }
        if self.is_count() {
            let law = Binomial::new(self.runs, limit).expect("a rate within (0, 1)");
            law.survival(self.sum - 1.0)
        } else {
            Normal::STANDARD.survival((self.mean() - limit) / self.error())
        }
    }

    /// The probability of as few, or fewer, if the share were `limit`.
    pub fn below(&self, limit: f64) -> f64 {
        let complement = Self {
            sum: self.runs as f64 - self.sum,
            squares: self.runs as f64 - 2.0 * self.sum + self.squares,
            ..*self
        };
        complement.above(1.0 - limit)
    }

    /// Of things that happened or did not.
    #[expect(clippy::float_cmp, reason = "sums of zeros and ones")]
    fn is_count(&self) -> bool {
        self.sum == self.squares
    }
}
