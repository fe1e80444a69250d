//! How early an asymptotic method may be read, and how long it holds.

use variate_stats::mean::TwoMeans;
use variate_stats::sequential::{AsymptoticSequence, Look, Msprt};
use variate_stats::{Moments, Side};

use super::{ALPHA, means::look};
use crate::{Claim, Promise, Study, World};

const FROM: [u64; 4] = [2, 10, 30, 100];
const UNITS: u64 = 1_000;

pub(super) fn studies() -> Vec<Study> {
    vec![
        early("early-normal", World::Normal),
        early("early-revenue", World::Spend),
        late(),
    ]
}

const METHODS: [&str; 2] = ["mSPRT", "asymptotic confidence sequence"];

fn early(name: &'static str, world: World) -> Study {
    let claims = METHODS
        .into_iter()
        .flat_map(|method| {
            FROM.map(|from| {
                let promise = if from < 100 {
                    Promise::Nothing
                } else {
                    Promise::AtMost(ALPHA)
                };
                Claim::new(method, format!("from {from} units an arm"), promise)
            })
        })
        .collect();
    let msprt = Msprt::best_at(ALPHA, 2.0 * world.variance() / 1_000.0).expect("valid");
    let sequence = AsymptoticSequence::new(ALPHA, 2_000.0, Side::Both).expect("valid");
    Study::new(
        name,
        format!("How early to look, {}: false alarms", world.words()),
        "A look at each unit of 1,000 an arm, from the first ones on or only later. These methods take the variance seen for the true one, \
         which it is not at first: they promise nothing before about 100 units an arm, and `evaluation` does not read them before.",
        (10_000, 300),
        claims,
        move |random, found| {
            let mut arms = TwoMeans {
                control: Moments::new(),
                treatment: Moments::new(),
            };
            // How many units an arm had at the last alarm.
            let mut last = [0; 2];
            for units in 1..=UNITS {
                arms.control.push(world.draw(random));
                arms.treatment.push(world.draw(random));
                if units < 2 {
                    continue;
                }
                let Some(look) = look(&arms) else { continue };
                let seen = [msprt.at(&look), sequence.at(&look)];
                for (last, seen) in last.iter_mut().zip(seen) {
                    if seen.p_value <= ALPHA {
                        *last = units;
                    }
                }
            }
            for last in last {
                for from in FROM {
                    found.hit(last >= from);
                }
            }
        },
    )
}

fn late() -> Study {
    let horizons = [("10,000", 1e4), ("100,000", 1e5), ("1,000,000", 1e6)];
    let claims = METHODS
        .into_iter()
        .flat_map(|method| {
            horizons.map(|(units, _)| {
                Claim::new(
                    method,
                    format!("to {units} units an arm"),
                    Promise::AtMost(ALPHA),
                )
            })
        })
        .collect();
    let msprt = Msprt::best_at(ALPHA, 2.0 / 2_500.0).expect("valid");
    let sequence = AsymptoticSequence::new(ALPHA, 5_000.0, Side::Both).expect("valid");
    Study::new(
        "late",
        "Looking on and on: false alarms",
        "Normal values of known variance, from 100 units an arm on, with a look whenever there are 0.5 % more units. Tuned for 2,500 units \
         an arm. The promise is for ever; a simulation ends.",
        (10_000, 300),
        claims,
        move |random, found| {
            let (mut units, mut sum) = (0.0_f64, 0.0_f64);
            let mut first = [f64::INFINITY; 2];
            while units < 1e6 {
                let next = (units * 1.005).ceil().clamp(100.0, 1e6);
                // The sum of differences of pairs.
                sum += (2.0 * (next - units)).sqrt() * random.normal();
                units = next;
                let look = Look::new(sum / units, 2.0 / units, 2.0 * units).expect("a look");
                let seen = [msprt.at(&look), sequence.at(&look)];
                for (first, seen) in first.iter_mut().zip(seen) {
                    if seen.p_value <= ALPHA {
                        *first = first.min(units);
                    }
                }
            }
            for first in first {
                for (_, horizon) in horizons {
                    found.hit(first <= horizon);
                }
            }
        },
    )
}
