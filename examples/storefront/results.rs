//! What the tally says about each variant: rates and means, each with its interval.

use serde::Serialize;

use crate::tally::{GoalTally, Tally, VariantTally};

/// The 97.5 % point of the standard normal distribution: both tails leave 95 % between them.
const Z: f64 = 1.959_963_984_540_054;

/// The table, as `/results.json` gives it.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) visitors: u64,
    pub(crate) variants: Vec<Row>,
    /// Where the plots of a column end on the right: a little beyond the last interval.
    pub(crate) scale: Scale,
    pub(crate) sentences: Vec<String>,
}

/// One variant.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) variant: String,
    pub(crate) visitors: u64,
    pub(crate) clicked: Cell,
    pub(crate) bought: Cell,
    pub(crate) value: Cell,
}

/// One figure of a variant.
#[derive(Debug, Serialize)]
pub(crate) struct Cell {
    /// What was counted.
    pub(crate) counted: Counted,
    /// The same in words.
    pub(crate) note: String,
    /// What it lets one guess; nothing before the first visitor, nor of a value before the first purchase.
    pub(crate) estimate: Option<Estimate>,
}

/// What was counted of an action.
#[derive(Debug, Serialize)]
pub(crate) struct Counted {
    visitors: u64,
    events: u64,
    sum: f64,
}

/// A guess at what all visitors to come would do, with its 95 % interval.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Estimate {
    pub(crate) at: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// `at`, as page and terminal show it.
    pub(crate) text: String,
    /// The interval, as they show it.
    pub(crate) interval: String,
}

/// The value at the right end of each column's plots.
#[derive(Debug, Serialize)]
pub(crate) struct Scale {
    pub(crate) visitors: f64,
    pub(crate) clicked: f64,
    pub(crate) bought: f64,
    pub(crate) value: f64,
}

impl Results {
    /// The results as of now.
    pub(crate) fn of(tally: &Tally) -> Self {
        let variants: Vec<_> = tally.variants().iter().map(Row::of).collect();
        let highest = |cell: fn(&Row) -> &Cell| {
            let estimates = variants
                .iter()
                .filter_map(|row| cell(row).estimate.as_ref());
            1.05 * estimates.map(|estimate| estimate.high).fold(0.0, f64::max)
        };
        Self {
            visitors: variants.iter().map(|row| row.visitors).sum(),
            scale: Scale {
                visitors: variants
                    .iter()
                    .map(|row| real(row.visitors))
                    .fold(0.0, f64::max),
                clicked: highest(|row| &row.clicked),
                bought: highest(|row| &row.bought),
                value: highest(|row| &row.value),
            },
            sentences: sentences(&variants),
            variants,
        }
    }
}

impl Row {
    fn of(tally: &VariantTally) -> Self {
        let bought = tally.goal("bought");
        Self {
            variant: tally.variant.to_string(),
            visitors: tally.visitors,
            clicked: Cell::rate(tally.goal("clicked"), tally.visitors),
            bought: Cell::rate(bought, tally.visitors),
            value: Cell::value(bought, tally.visitors),
        }
    }
}

impl Cell {
    fn rate(goal: GoalTally, visitors: u64) -> Self {
        Self {
            note: format!("{} of {visitors} visitors", goal.visitors),
            counted: goal.into(),
            estimate: wilson(goal.visitors, visitors).map(|(low, at, high)| Estimate {
                text: format!("{:.1} %", at * 100.0),
                interval: format!("{:.1} to {:.1} %", low * 100.0, high * 100.0),
                at,
                low,
                high,
            }),
        }
    }

    fn value(goal: GoalTally, visitors: u64) -> Self {
        Self {
            note: match goal.visitors {
                0 => "no purchases yet".to_owned(),
                _ => format!("€{:.2} in all", goal.sum),
            },
            counted: goal.into(),
            estimate: normal(goal, visitors).map(|(low, at, high)| Estimate {
                text: format!("€{at:.2}"),
                interval: format!("{low:.2} to {high:.2}"),
                at,
                low,
                high,
            }),
        }
    }
}

impl From<GoalTally> for Counted {
    fn from(goal: GoalTally) -> Self {
        Self {
            visitors: goal.visitors,
            events: goal.events,
            sum: goal.sum,
        }
    }
}

/// The score interval of a proportion p = `hits` / n (Wilson 1927, "Probable inference, the law of
/// succession, and statistical inference", JASA 22:209):
///
/// (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)
///
/// Unlike p ± z √(p(1−p)/n) it stays within 0 and 1 and holds for few hits.
fn wilson(hits: u64, n: u64) -> Option<(f64, f64, f64)> {
    if n == 0 {
        return None;
    }
    let n = real(n);
    let p = real(hits) / n;
    let denominator = 1.0 + Z * Z / n;
    let centre = (p + Z * Z / (2.0 * n)) / denominator;
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt() / denominator;
    Some(((centre - half).max(0.0), p, (centre + half).min(1.0)))
}

/// The normal interval of a mean m = Σt / n over visitors' totals t, those who bought nothing included:
///
/// m ± z √(s²/n), with s² = (Σt² − (Σt)²/n) / (n − 1)
///
/// One visitor shows no spread, so the interval needs two; and all spending nothing show none either,
/// so it needs one who bought.
fn normal(goal: GoalTally, n: u64) -> Option<(f64, f64, f64)> {
    if n < 2 || goal.visitors == 0 {
        return None;
    }
    let n = real(n);
    let mean = goal.sum / n;
    let spread = (goal.sum_of_squares - goal.sum * mean).max(0.0) / (n - 1.0);
    let half = Z * (spread / n).sqrt();
    Some(((mean - half).max(0.0), mean, mean + half))
}

/// For each variant, how its rates lie to the control's.
fn sentences(rows: &[Row]) -> Vec<String> {
    let Some((control, others)) = rows.split_first() else {
        return Vec::new();
    };
    let sentence = |row: &Row| {
        let clicked = comparison("clicked", &row.clicked, &control.clicked)?;
        let bought = comparison("bought", &row.bought, &control.bought)?;
        Some(format!("{}: {clicked}; {bought}.", row.variant))
    };
    others.iter().filter_map(sentence).collect()
}

fn comparison(action: &str, cell: &Cell, control: &Cell) -> Option<String> {
    let (here, there) = (cell.estimate.as_ref()?, control.estimate.as_ref()?);
    let overlap = if here.low <= there.high && there.low <= here.high {
        "the intervals overlap"
    } else {
        "the intervals do not overlap"
    };
    Some(format!(
        "{action} {} against control {}, {overlap}",
        here.text, there.text
    ))
}

/// A count to calculate with.
#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53 visitors, which do not fit in memory"
)]
pub(crate) const fn real(count: u64) -> f64 {
    count as f64
}
