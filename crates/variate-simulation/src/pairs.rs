//! Whether experiments are dealt independently of each other.

use variate_stats::contingency::Independence;
use variate_stats::multiplicity::Adjustment;

use crate::answer::{Pair, Pairs, Relation};
use crate::parallel::parallel;
use crate::split::{Dealt, LEVEL};
use crate::subject::Subject;

/// How much is counted in all: of very many experiments fewer units are looked at.
const MOST_COUNTED: u64 = 1_000_000_000;

/// Fewer units in each cell of a table say nothing.
const FEWEST_IN_CELL: f64 = 5.0;

/// Of all pairs of these.
pub(crate) fn pairs(subjects: &[Subject], dealt: &[Dealt], threads: usize) -> Pairs {
    let experiments: Vec<(&Subject, &Dealt)> = subjects.iter().zip(dealt).collect();
    let units = dealt.first().map_or(0, |of| of.places.len() as u64);
    let count = experiments.len() as u64;
    let all = count * count.saturating_sub(1) / 2;
    if all == 0 {
        return Pairs::default();
    }
    let units = units.min((MOST_COUNTED / all).max(1_000));
    let looked_at = usize::try_from(units).unwrap_or(usize::MAX);
    let rows = parallel(threads, count, |first| {
        let at = usize::try_from(first).unwrap_or(usize::MAX);
        let (one, others) = (experiments.get(at), experiments.get(at + 1..));
        let pair = |other: &(&Subject, &Dealt)| one.map(|one| pair(*one, *other, looked_at));
        others.unwrap_or_default().iter().filter_map(pair).collect()
    });
    let rows: Vec<Vec<Pair>> = rows;
    let mut pairs: Vec<Pair> = rows.into_iter().flatten().collect();
    adjust(&mut pairs);
    let tested = pairs.iter().filter(|of| of.p_value.is_some()).count() as u64;
    let is_exclusive = |of: &&Pair| matches!(of.relation, Relation::Exclusive { .. });
    let exclusive = pairs.iter().filter(is_exclusive).count() as u64;
    if all > Pairs::MOST {
        pairs.retain(|of| of.relation == Relation::Dependent);
    }
    Pairs {
        units,
        all,
        tested,
        exclusive,
        pairs,
    }
}

fn pair(one: (&Subject, &Dealt), other: (&Subject, &Dealt), units: usize) -> Pair {
    let (rows, columns) = (one.0.plan.variants.len(), other.0.plan.variants.len());
    let mut table = vec![vec![0_u64; columns]; rows];
    let (mut firsts, mut seconds, mut both) = (0_u64, 0_u64, 0_u64);
    let places = one.1.places.iter().zip(&other.1.places);
    for (first, second) in places.take(units) {
        firsts += u64::from(*first > 0);
        seconds += u64::from(*second > 0);
        let place = |of: u16| usize::from(of).checked_sub(1);
        let cell = place(*first).zip(place(*second));
        let cell = cell.and_then(|(row, column)| table.get_mut(row)?.get_mut(column));
        if let Some(cell) = cell {
            *cell += 1;
            both += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let expected = firsts as f64 * seconds as f64 / units.max(1) as f64;
    let layer = one
        .0
        .layer
        .clone()
        .filter(|of| other.0.layer.as_ref() == Some(of));
    let in_layers = one.0.layer.is_some() && other.0.layer.is_some();
    let test = Independence::of(&table).filter(|of| of.least_expected >= FEWEST_IN_CELL);
    let relation = match test {
        _ if both == 0 && (layer.is_some() || (in_layers && expected >= FEWEST_IN_CELL)) => {
            Relation::Exclusive { layer }
        }
        Some(_) => Relation::Independent,
        None => Relation::TooFew,
    };
    Pair {
        first: one.0.name.clone(),
        second: other.0.name.clone(),
        both,
        relation,
        p_value: test.map(|of| of.p_value),
        adjusted_p_value: None,
        cramers_v: test.map(|of| of.cramers_v),
    }
}

/// Over all that are tested.
fn adjust(pairs: &mut [Pair]) {
    let p_values: Vec<f64> = pairs
        .iter()
        .map(|of| of.p_value.unwrap_or(f64::NAN))
        .collect();
    let adjusted = Adjustment::Holm.adjust(&p_values).unwrap_or_default();
    for (pair, p_value) in pairs.iter_mut().zip(adjusted) {
        if p_value.is_nan() {
            continue;
        }
        pair.adjusted_p_value = Some(p_value);
        if p_value <= LEVEL {
            pair.relation = Relation::Dependent;
        }
    }
}
