//! Numbers that no store can have written.

use std::collections::BTreeMap;

use super::Line;
use crate::{Class, Day, Pair, Products, Tally};

/// As many of anything as no store has: 2^53. Sums of them stay within 64 bits.
const MOST: i64 = 1 << 53;
/// The same of a day.
const MOST_OF_DAY: i64 = 1 << 41;

/// How far sums may be off, beside what was added up in them.
const ROUNDING: f64 = 1e-9;
/// What is as small is not known exactly.
const SMALLEST: f64 = 1e-300;

type Days<T> = Vec<(Day, usize, T)>;

/// What stands in the lines of one experiment, with their numbers.
#[derive(Default)]
pub(super) struct Check {
    tallies: BTreeMap<(String, String, Class), Days<Tally>>,
    products: BTreeMap<(Pair, String, Class), Days<Products>>,
}

impl Check {
    /// Takes a line; answers why no store can have written it, as far as it alone tells.
    pub(super) fn see(&mut self, number: usize, line: &Line) -> Result<(), String> {
        match line {
            Line::VariateTallies { .. } | Line::End { .. } => {}
            Line::Experiment(info) => {
                let (first, last) = (info.first_event_at, info.last_event_at);
                if first.is_some() != last.is_some() || first > last {
                    return Err(
                        "`first_event_at` and `last_event_at` must both be there or both not, and the first not be later"
                            .to_owned(),
                    );
                }
            }
            Line::Baseline { units, .. } => within("units", *units, 0..=MOST)?,
            Line::Crossovers { units, .. } => within("units", *units, 0..=MOST_OF_DAY)?,
            Line::Tally {
                action,
                variant,
                day,
                class,
                events,
                units,
                ..
            } => {
                within("events", *events, -MOST_OF_DAY..=MOST_OF_DAY)?;
                within("units", *units, -MOST_OF_DAY..=MOST_OF_DAY)?;
                let at = (action.clone(), variant.clone(), *class);
                let tally = line.tally().unwrap_or_default();
                self.tallies
                    .entry(at)
                    .or_default()
                    .push((*day, number, tally));
            }
            Line::Products {
                pair,
                variant,
                day,
                class,
                ..
            } => {
                let at = (pair.clone(), variant.clone(), *class);
                let products = line.products().unwrap_or_default();
                self.products
                    .entry(at)
                    .or_default()
                    .push((*day, number, products));
            }
        }
        Ok(())
    }

    /// That what is counted up to each day can be so; otherwise the first line behind which it cannot. Then it begins anew.
    ///
    /// A day's increments may be negative, where units leave.
    pub(super) fn finish(&mut self) -> Result<(), (usize, String)> {
        for ((action, variant, class), mut days) in std::mem::take(&mut self.tallies) {
            days.sort_by_key(|of| of.0);
            let mut until = UntilDay::default();
            for (day, line, tally) in days {
                until.add(tally);
                until.check().map_err(|what| {
                    let class = class_name(class);
                    let of = format!("of `{action}` with `{variant}`, {class}, up to {day}");
                    (line, format!("{of}, {what}"))
                })?;
            }
        }
        for ((pair, variant, class), mut days) in std::mem::take(&mut self.products) {
            days.sort_by_key(|of| of.0);
            let mut until = Products::default();
            for (day, line, products) in days {
                until += products;
                let value = until.events_by_events.value();
                if value < 0.0 {
                    let class = class_name(class);
                    let what = format!(
                        "of `{}` and `{}` with `{variant}`, {class}, up to {day}, `events_by_events` comes to {value}, which cannot be negative",
                        pair.first, pair.second
                    );
                    return Err((line, what));
                }
            }
        }
        Ok(())
    }
}

fn within(field: &str, number: i64, range: std::ops::RangeInclusive<i64>) -> Result<(), String> {
    if range.contains(&number) {
        return Ok(());
    }
    Err(match number {
        _ if number < 0 && *range.start() == 0 => {
            format!("`{field}` is {number}, and cannot be negative")
        }
        _ => format!("`{field}` is {number}, more than any store counts"),
    })
}

const fn class_name(class: Class) -> &'static str {
    match class {
        Class::Counted => "counted",
        Class::BeforeExposure => "before exposure",
        Class::Crossover => "crossover",
    }
}

/// What is counted of an action of a variant up to a day.
#[derive(Default)]
struct UntilDay {
    tally: Tally,
    /// Of what was added, whichever sign it had: what was added and taken away again leaves rounding behind.
    sums: f64,
    squares: f64,
    by_totals: f64,
}

impl UntilDay {
    fn add(&mut self, day: Tally) {
        self.tally += day;
        self.sums += day.sum.value().abs();
        self.squares += day.sum_of_squares.value().abs();
        self.by_totals += day.events_by_total.value().abs();
    }

    fn check(&self) -> Result<(), String> {
        let tally = &self.tally;
        let (events, units) = (tally.events, tally.units);
        for (field, number) in [("events", events), ("units", units)] {
            within(field, number, 0..=MOST).map_err(|what| what.replace(" is ", " comes to "))?;
        }
        if units > events {
            return Err(format!(
                "`units` comes to {units}, more than `events`, which comes to {events}"
            ));
        }
        if units == 0 && events > 0 {
            return Err(format!("`units` comes to 0, and `events` to {events}"));
        }
        #[expect(clippy::cast_precision_loss, reason = "2^53 at most")]
        let (events, units) = (events as f64, units as f64);
        self.check_sums(events, units)
    }

    /// By what holds for any numbers (Cauchy and Schwarz).
    fn check_sums(&self, events: f64, units: f64) -> Result<(), String> {
        let tally = &self.tally;
        let (by_events, squares) = (tally.events_squared.value(), tally.sum_of_squares.value());
        let (sum, by_total) = (tally.sum.value(), tally.events_by_total.value());
        // Of as many units one has all the others' events, or all have as many.
        let most = (events - units + 1.0).powi(2) + units - 1.0;
        let most = if units == 0.0 { 0.0 } else { most };
        let is_possible = by_events * units >= events * events * (1.0 - ROUNDING)
            && by_events <= most * (1.0 + ROUNDING);
        if !is_possible {
            return Err(format!(
                "`events_squared` comes to {by_events}, which it cannot for {events} events of {units} units"
            ));
        }
        if squares < -(ROUNDING * self.squares + SMALLEST) {
            return Err(format!(
                "`sum_of_squares` comes to {squares}, and cannot be negative"
            ));
        }
        let slack = ROUNDING * (units * self.squares + self.sums * self.sums) + SMALLEST;
        if squares * units + slack < sum * sum {
            return Err(format!(
                "`sum_of_squares` comes to {squares}, too little for a `sum` of {sum} over {units} units"
            ));
        }
        let slack =
            ROUNDING * (by_events * self.squares + self.by_totals * self.by_totals) + SMALLEST;
        if by_events * squares + slack < by_total * by_total {
            return Err(format!(
                "`events_by_total` comes to {by_total}, too much for `events_squared` and `sum_of_squares`"
            ));
        }
        Ok(())
    }
}
