/// The values at these places of the sorted list, in the order of the places: O(n), the list is reordered.
///
/// `places` ascend; those beyond the end give the last value. NaN of no values.
pub(crate) fn order_statistics<const N: usize>(values: &mut [f64], places: [usize; N]) -> [f64; N] {
    let mut found = [f64::NAN; N];
    let last = values.len().saturating_sub(1);
    let places = places.map(|place| place.min(last));
    if !values.is_empty() {
        select(values, 0, &places, &mut found);
    }
    found
}

/// The middle place first, then the others on their side of it. `values` begin at place `from` of the whole list.
fn select(values: &mut [f64], from: usize, places: &[usize], found: &mut [f64]) {
    let (before, rest) = places.split_at(places.len() / 2);
    let Some((place, after)) = rest.split_first() else {
        return;
    };
    let (first, others) = found.split_at_mut(before.len());
    let Some((here, second)) = others.split_first_mut() else {
        return;
    };
    let (lower, value, upper) = values.select_nth_unstable_by(*place - from, f64::total_cmp);
    *here = *value;
    // The same place again is the same value.
    let smaller = before.partition_point(|other| other < place);
    for same in first.iter_mut().skip(smaller) {
        *same = *value;
    }
    let equal = after.partition_point(|other| other <= place);
    for same in second.iter_mut().take(equal) {
        *same = *value;
    }
    let (before, _) = before.split_at(smaller);
    let (first, _) = first.split_at_mut(smaller);
    select(lower, from, before, first);
    let (_, after) = after.split_at(equal);
    let (_, second) = second.split_at_mut(equal);
    select(upper, *place + 1, after, second);
}

#[cfg(test)]
mod tests {
    use super::order_statistics;

    #[test]
    fn places_are_those_of_the_sorted_list() {
        let values: Vec<f64> = (0..97_u32).map(|i| f64::from(i * 37 % 97)).collect();
        let check = |places: [usize; 6]| {
            let expected = places.map(|place| f64::from(u32::try_from(place.min(96)).unwrap_or(0)));
            let found = order_statistics(&mut values.clone(), places);
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        };
        check([0, 1, 2, 50, 95, 96]);
        check([3, 3, 3, 3, 3, 3]);
        check([10, 10, 11, 11, 96, 200]);
        assert!(order_statistics(&mut [], [1]).iter().all(|v| v.is_nan()));
    }
}
