//! What units do, without a treatment and with one.

use variate::{MetricKind, Quantity};
use variate_collector::{Products, Tally};
use variate_stats::ArgumentError;
use variate_stats::power::Outcome;
use variate_stats::random::Random;

use crate::Baseline;

/// More events of one unit take too long to draw.
const MOST_EVENTS: f64 = 10_000.0;

/// How a unit acts, as far as one metric sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Behaviour {
    /// It does it or not.
    Conversion { rate: f64 },
    /// Poisson, or with a gamma mean of this shape.
    Count { mean: f64, shape: Option<f64> },
    /// A total.
    Value(Amount),
    /// So many pieces on average, Poisson, each of them worth something.
    Ratio { pieces: f64, piece: Piece },
}

/// Gamma where the mean is above 0, else normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Amount {
    mean: f64,
    deviation: f64,
}

/// What is divided, of each piece that it is divided by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Piece {
    /// 1 with this probability, else 0.
    Chance(f64),
    /// A whole number, Poisson.
    Events(f64),
    /// Anything.
    Amount(Amount),
}

/// What a unit did: events of an action and their total; of a ratio, of both.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Acts {
    pub(crate) first: (u64, f64),
    pub(crate) second: (u64, f64),
}

/// What Poisson's variance, or a share's, leaves no room for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unfit(pub(crate) String);

impl Behaviour {
    /// What is assumed where nobody says.
    pub(crate) fn usual(kind: &MetricKind) -> Baseline {
        match kind {
            MetricKind::Conversion { .. } => Baseline::new(0.05),
            MetricKind::Value { .. } => Baseline::new(1.0).deviation(2.0),
            MetricKind::Ratio {
                numerator: Quantity::Events(_),
                ..
            } => Baseline::new(0.1),
            MetricKind::Ratio { .. } => Baseline::new(1.0).deviation(1.0),
            _ => Baseline::new(1.0),
        }
    }

    pub(crate) fn of(kind: &MetricKind, baseline: &Baseline) -> Result<Self, Unfit> {
        let unfit = |text: &str| Err(Unfit(text.to_owned()));
        let Baseline {
            value,
            deviation,
            per_unit,
        } = *baseline;
        if !matches!(kind, MetricKind::Ratio { .. }) && per_unit.is_some() {
            return unfit("only a ratio has a third number");
        }
        if deviation.is_some_and(|of| !(of > 0.0 && of.is_finite())) {
            return unfit("the standard deviation must be above 0");
        }
        match kind {
            MetricKind::Conversion { .. } => {
                if deviation.is_some() {
                    return unfit(
                        "a rate has no standard deviation of its own: give the rate alone, as 0.04",
                    );
                }
                if !(value > 0.0 && value < 1.0) {
                    return unfit("a rate lies between 0 and 1: 0.04 is 4 %");
                }
                Ok(Self::Conversion { rate: value })
            }
            MetricKind::Count { .. } => {
                if !(value > 0.0 && value <= MOST_EVENTS) {
                    return unfit("the mean number of events must be above 0, and at most 10000");
                }
                let shape = match deviation.map(|of| of * of - value) {
                    Some(more) if more > 1e-9 * value => Some(value * value / more),
                    Some(more) if more < -1e-9 * value => {
                        return unfit(
                            "counts vary at least as much as Poisson's: the standard deviation must be the root of the mean, or more",
                        );
                    }
                    _ => None,
                };
                Ok(Self::Count { mean: value, shape })
            }
            MetricKind::Value { .. } => match deviation {
                Some(deviation) => Amount::of(value, deviation).map(Self::Value),
                None => unfit("values need a standard deviation, too, as 20:35"),
            },
            MetricKind::Ratio {
                numerator,
                denominator,
            } => {
                let is_one_action = numerator.action() == denominator.action();
                if is_one_action && !matches!(numerator, Quantity::Values(_)) {
                    return unfit("of one action only its values by its events can be simulated");
                }
                let pieces = per_unit.unwrap_or(1.0);
                if !(pieces > 0.0 && pieces <= MOST_EVENTS) {
                    return unfit(
                        "a unit must have more than 0 of what it is divided by, and at most 10000",
                    );
                }
                let piece = match (deviation, numerator) {
                    (Some(deviation), Quantity::Values(_)) => {
                        Piece::Amount(Amount::of(value, deviation)?)
                    }
                    (Some(_), Quantity::Events(_)) => {
                        return unfit(
                            "events by something have no standard deviation of their own: give the ratio alone, as 0.1",
                        );
                    }
                    (None, _) if value > 0.0 && value < 1.0 => Piece::Chance(value),
                    (None, _) if value > 0.0 && value <= MOST_EVENTS => Piece::Events(value),
                    (None, _) => {
                        return unfit("the ratio must be above 0, or have a standard deviation");
                    }
                };
                Ok(Self::Ratio { pieces, piece })
            }
            _ => unfit("this kind of metric is not known here"),
        }
    }

    /// With a treatment that changes the metric by this share.
    pub(crate) fn treated(self, effect: f64) -> Result<Self, Unfit> {
        let factor = 1.0 + effect;
        let share = |of: f64| {
            let treated = of * factor;
            if treated > 0.0 && treated < 1.0 {
                return Ok(treated);
            }
            Err(Unfit(format!(
                "with an effect of {effect} the rate would be {treated}, which is none"
            )))
        };
        let mean = |of: f64| {
            let treated = of * factor;
            if treated > 0.0 {
                return Ok(treated);
            }
            Err(Unfit(format!(
                "with an effect of {effect} the mean would be {treated}: nobody does less than nothing"
            )))
        };
        Ok(match self {
            Self::Conversion { rate } => Self::Conversion { rate: share(rate)? },
            Self::Count { mean: of, shape } => Self::Count {
                mean: mean(of)?,
                shape,
            },
            Self::Value(amount) => Self::Value(amount.treated(effect)),
            Self::Ratio { pieces, piece } => Self::Ratio {
                pieces,
                piece: match piece {
                    Piece::Chance(of) => Piece::Chance(share(of)?),
                    Piece::Events(of) => Piece::Events(mean(of)?),
                    Piece::Amount(amount) => Piece::Amount(amount.treated(effect)),
                },
            },
        })
    }

    /// What a unit does.
    pub(crate) fn act(&self, random: &mut Random) -> Acts {
        let one = |events: u64, total: f64| Acts {
            first: (events, total),
            second: (0, 0.0),
        };
        match *self {
            Self::Conversion { rate } => one(u64::from(random.happens(rate)), 0.0),
            Self::Count { mean, shape } => {
                let mean = match shape {
                    Some(shape) => mean / shape * random.gamma(shape),
                    None => mean,
                };
                one(random.poisson(mean), 0.0)
            }
            Self::Value(amount) => one(1, amount.draw(random)),
            Self::Ratio { pieces, piece } => {
                let pieces = random.poisson(pieces);
                Acts {
                    first: piece.draw(pieces, random),
                    second: (pieces, count(pieces)),
                }
            }
        }
    }

    /// For power and sample sizes: of a unit that is not treated, and of one that is.
    pub(crate) fn outcome(&self, treated: &Self) -> Result<Outcome, ArgumentError> {
        match (*self, *treated) {
            (Self::Conversion { rate }, _) => Outcome::rate(rate),
            (Self::Ratio { pieces, piece }, _) => {
                Outcome::ratio(piece.mean(), piece.variance() / pieces)
            }
            (one, other) => {
                let (mean, variance) = one.moments();
                Outcome::mean(mean, variance.sqrt())?
                    .with_treatment_deviation(other.moments().1.sqrt())
            }
        }
    }

    /// Mean and variance of a unit.
    fn moments(self) -> (f64, f64) {
        match self {
            Self::Conversion { rate } => (rate, rate * (1.0 - rate)),
            Self::Count { mean, shape } => {
                (mean, mean + shape.map_or(0.0, |shape| mean * mean / shape))
            }
            Self::Value(of) => (of.mean, of.deviation * of.deviation),
            Self::Ratio { pieces, piece } => (piece.mean(), piece.variance() / pieces),
        }
    }
}

impl Amount {
    fn of(mean: f64, deviation: f64) -> Result<Self, Unfit> {
        if mean == 0.0 || !mean.is_finite() {
            return Err(Unfit(
                "the mean must not be 0: effects are relative to it".to_owned(),
            ));
        }
        Ok(Self { mean, deviation })
    }

    fn treated(self, effect: f64) -> Self {
        let mean = self.mean + effect * self.mean.abs();
        // What is above 0 is stretched, and everything else is moved.
        let deviation = if self.mean > 0.0 && mean > 0.0 {
            self.deviation * mean / self.mean
        } else {
            self.deviation
        };
        Self { mean, deviation }
    }

    fn draw(self, random: &mut Random) -> f64 {
        if self.mean <= 0.0 {
            return self.mean + self.deviation * random.normal();
        }
        let root = self.mean / self.deviation;
        let shape = root * root;
        self.mean / shape * random.gamma(shape)
    }
}

impl Piece {
    const fn mean(self) -> f64 {
        match self {
            Self::Chance(mean) | Self::Events(mean) | Self::Amount(Amount { mean, .. }) => mean,
        }
    }

    fn variance(self) -> f64 {
        match self {
            Self::Chance(chance) => chance * (1.0 - chance),
            Self::Events(mean) => mean,
            Self::Amount(of) => of.deviation * of.deviation,
        }
    }

    /// Events and total of so many.
    fn draw(self, pieces: u64, random: &mut Random) -> (u64, f64) {
        match self {
            Self::Chance(chance) => whole(random.binomial(pieces, chance)),
            Self::Events(mean) => whole(random.poisson(mean * count(pieces))),
            Self::Amount(amount) => {
                let total = (0..pieces).map(|_| amount.draw(random)).sum();
                (pieces, total)
            }
        }
    }
}

/// Events worth 1 each.
fn whole(events: u64) -> (u64, f64) {
    (events, count(events))
}

#[expect(clippy::cast_precision_loss, reason = "a few events")]
fn count(of: u64) -> f64 {
    of as f64
}

/// What is counted of one metric in one variant on one day: its action's tally, or those of two actions and their products.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counted {
    pub(crate) first: Tally,
    pub(crate) second: Tally,
    pub(crate) products: Products,
}

impl Counted {
    /// One unit more.
    pub(crate) fn add(&mut self, acts: &Acts) {
        if acts.first.0 > 0 {
            self.first += Tally::of_one(acts.first.0, acts.first.1);
        }
        if acts.second.0 > 0 {
            self.second += Tally::of_one(acts.second.0, acts.second.1);
            self.products += Products::of_one(acts.first, acts.second);
        }
    }
}
