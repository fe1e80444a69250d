use std::ops::Range;

use super::unit_row::{UnitId, UnitRow};

/// Where each row's unit stands: units in the order of variants and ids, which is that in which the original draws them.
pub(crate) struct UnitPlaces {
    /// For each row; none if its variant is not looked at.
    pub(crate) of_rows: Vec<Option<u32>>,
    /// Where the units of each variant begin and end.
    pub(crate) ranges: Vec<Range<usize>>,
    /// How many units are of several variants.
    pub(crate) shared: u64,
}

impl UnitPlaces {
    pub(crate) fn new(rows: &[UnitRow], variants: &[String]) -> Self {
        let of_variants = of_variants(rows, variants);
        dense(rows, &of_variants, variants.len())
            .unwrap_or_else(|| sorted(rows, &of_variants, variants.len()))
    }

    /// How many units there are.
    pub(crate) fn len(&self) -> usize {
        self.ranges.last().map_or(0, |range| range.end)
    }
}

/// The variant of each row.
fn of_variants(rows: &[UnitRow], variants: &[String]) -> Vec<Option<u32>> {
    let find = |row: &UnitRow| match variants {
        // Two comparisons are quicker than a search.
        [first, ..] if *first == row.exp_variant_id => Some(0),
        [_, second, ..] if *second == row.exp_variant_id => Some(1),
        variants => {
            let at = variants.binary_search(&row.exp_variant_id).ok()?;
            u32::try_from(at).ok()
        }
    };
    rows.iter().map(find).collect()
}

/// A number that no unit has.
const NONE: u32 = u32::MAX;

/// By a table of all numbers that an id may be, where ids are numbers that lie close together.
fn dense(rows: &[UnitRow], of_variants: &[Option<u32>], variants: usize) -> Option<UnitPlaces> {
    let (mut least, mut most) = (i64::MAX, i64::MIN);
    for row in rows {
        let UnitId::Number(id) = row.unit_id else {
            return None;
        };
        (least, most) = (least.min(id), most.max(id));
    }
    let span = usize::try_from(most.checked_sub(least)?)
        .ok()?
        .checked_add(1)?;
    let size = span.checked_mul(variants)?;
    if size > 8 * rows.len() + 1024 {
        return None;
    }
    let cell = |row: &UnitRow, variant: Option<u32>| match row.unit_id {
        UnitId::Number(id) => {
            let id = usize::try_from(id.checked_sub(least)?).ok()?;
            Some(variant? as usize * span + id)
        }
        UnitId::Text(_) => None,
    };
    let mut table = vec![NONE; size];
    for (row, variant) in rows.iter().zip(of_variants) {
        if let Some(cell) = cell(row, *variant).and_then(|cell| table.get_mut(cell)) {
            *cell = 0;
        }
    }
    let mut seen = vec![0_u8; span];
    for cells in table.chunks(span) {
        for (seen, cell) in seen.iter_mut().zip(cells) {
            *seen = seen.saturating_add(u8::from(*cell != NONE));
        }
    }
    let shared = seen.iter().map(|seen| u64::from(*seen > 1)).sum();
    let mut ranges = Vec::with_capacity(variants);
    let mut next = 0_u32;
    for cells in table.chunks_mut(span) {
        let start = next as usize;
        for cell in cells.iter_mut().filter(|cell| **cell != NONE) {
            *cell = next;
            next += 1;
        }
        ranges.push(start..next as usize);
    }
    let place = |(row, variant): (&UnitRow, &Option<u32>)| {
        cell(row, *variant).and_then(|cell| table.get(cell).copied())
    };
    Some(UnitPlaces {
        of_rows: rows.iter().zip(of_variants).map(place).collect(),
        ranges,
        shared,
    })
}

/// By sorting, for any ids.
fn sorted(rows: &[UnitRow], of_variants: &[Option<u32>], variants: usize) -> UnitPlaces {
    let mut units: Vec<(u32, &UnitId, usize)> = rows
        .iter()
        .zip(of_variants)
        .enumerate()
        .filter_map(|(at, (row, variant))| Some(((*variant)?, &row.unit_id, at)))
        .collect();
    units.sort_unstable();
    let mut of_rows = vec![None; rows.len()];
    let mut ranges = vec![0..0; variants];
    let mut next = 0_u32;
    let mut last: Option<(u32, &UnitId)> = None;
    let mut ids: Vec<&UnitId> = Vec::new();
    for (variant, unit, at) in units {
        if last != Some((variant, unit)) {
            if let Some(range) = ranges.get_mut(variant as usize) {
                if range.start == range.end {
                    range.start = next as usize;
                }
                range.end = next as usize + 1;
            }
            last = Some((variant, unit));
            ids.push(unit);
            next += 1;
        }
        if let Some(place) = of_rows.get_mut(at) {
            *place = Some(next - 1);
        }
    }
    // A variant without units stands where the one before it ends.
    let mut end = 0;
    for range in &mut ranges {
        if range.start == range.end {
            *range = end..end;
        }
        end = range.end;
    }
    UnitPlaces {
        of_rows,
        ranges,
        shared: shared(ids),
    }
}

/// How many ids are there more than once.
fn shared(mut ids: Vec<&UnitId>) -> u64 {
    // A stable sort takes runs that are sorted as they are, and those of the variants are.
    ids.sort();
    let groups = ids.chunk_by(|one, other| one == other);
    groups.map(|of| u64::from(of.len() > 1)).sum()
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_places() {
        let variants = ["a", "b", "c", "d"].map(str::to_owned);
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        let rows: Vec<UnitRow> = (0..500)
            .map(|_| {
                // Nobody has b; z is not looked at.
                let variant = ["a", "c", "d", "z"][usize::try_from(next(4)).unwrap()];
                let id = i64::try_from(next(90)).unwrap() - 40;
                UnitRow::new(variant, "user", UnitId::Number(id), "click", 1.0)
            })
            .collect();
        let of_variants = of_variants(&rows, &variants);
        let quick = dense(&rows, &of_variants, 4).unwrap();
        let slow = sorted(&rows, &of_variants, 4);
        assert_eq!(quick.of_rows, slow.of_rows);
        assert_eq!(quick.ranges, slow.ranges);
        assert_eq!(quick.shared, slow.shared);
        assert!(slow.shared > 50 && slow.shared <= 90, "{}", slow.shared);
        assert!(
            slow.ranges.get(1) == Some(&(slow.ranges[0].end..slow.ranges[0].end))
                && slow.len() > 100
        );
        // Far apart, a table would be too large.
        let far = [i64::MIN, 0, i64::MAX]
            .map(|id| UnitRow::new("a", "user", UnitId::Number(id), "click", 1.0));
        assert_eq!(
            UnitPlaces::new(&far, &variants).of_rows,
            [Some(0), Some(1), Some(2)]
        );
    }
}
