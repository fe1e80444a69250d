/// What others call it.
const SYNONYMS: &[(&str, &str)] = &[
    ("begins_with", "prefix"),
    ("starts_with", "prefix"),
    ("ends_with", "suffix"),
    ("eq", "equals"),
    ("is", "equals"),
    ("ne", "not_equals"),
    ("gt", "greater"),
    ("gte", "at_least"),
    ("ge", "at_least"),
    ("min", "at_least"),
    ("lt", "less"),
    ("lte", "at_most"),
    ("le", "at_most"),
    ("max", "at_most"),
    ("regex", "matches"),
    ("semver", "version"),
    ("exists", "present"),
    ("percentage", "percent"),
    ("percent_of", "percent"),
    ("and", "all"),
    ("or", "any"),
    ("none", "not"),
    ("exclusions", "exclude"),
    ("rules", "segments"),
    ("split", "rollout"),
    ("start", "starts"),
    ("end", "ends"),
    ("expires", "ends"),
    ("expiry", "ends"),
    ("deadline", "due"),
    ("key_scheme", "key"),
    ("issue_link", "issue"),
    ("link", "issue"),
    ("url", "issue"),
    ("team", "owner"),
    ("algorithm", "bucketing"),
    ("metric", "metrics"),
    ("goals", "metrics"),
    ("direction", "better"),
    ("mde", "minimum_effect"),
    ("correction", "adjustment"),
    ("sample_size", "units"),
    ("length", "days"),
    ("duration", "days"),
    ("event", "action"),
    ("goal", "action"),
    ("type", "kind"),
];

/// How many names are worth listing.
const NAMED: usize = 20;

/// How many names are worth comparing with.
const COMPARED: usize = 200;

/// What may have been meant by a name that is not among the known ones.
pub(super) fn suggestion(name: &str, known: &[&str]) -> String {
    let synonym = SYNONYMS
        .iter()
        .find(|(other, meant)| *other == name && known.contains(meant))
        .map(|(_, meant)| *meant);
    let near = || {
        // Long names would take their time, and a long typo is another word.
        let short = name.len() <= 64;
        let near = known
            .iter()
            .take(COMPARED)
            .filter(|known| short && known.len() <= 64);
        near.map(|known| (distance(name, known), *known))
            .filter(|(distance, known)| *distance <= 1 + known.chars().count() / 4)
            .min()
            .map(|(_, known)| known)
    };
    if let Some(meant) = synonym.or_else(near) {
        return format!("did you mean `{meant}`?");
    }
    let names: Vec<_> = known.iter().take(NAMED).copied().collect();
    let more = if known.len() > NAMED { ", .." } else { "" };
    format!("expected one of {}{more}", names.join(", "))
}

/// How many letters have to be put in, taken out, changed, or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut letter_before = None;
    for (row, letter) in one.chars().enumerate() {
        let mut now = vec![row + 1];
        for (column, its) in other.iter().enumerate() {
            let get = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let changed = get(&last, column) + usize::from(letter != *its);
            let put_in = get(&now, column) + 1;
            let taken_out = get(&last, column + 1) + 1;
            let swapped = match column.checked_sub(1) {
                Some(before)
                    if other.get(before) == Some(&letter) && letter_before == Some(*its) =>
                {
                    get(&before_last, before) + 1
                }
                _ => usize::MAX,
            };
            now.push(changed.min(put_in).min(taken_out).min(swapped));
        }
        before_last = std::mem::replace(&mut last, now);
        letter_before = Some(letter);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_between_words() {
        for (one, other, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("traffic", "traffic", 0),
            ("trafic", "traffic", 1),
            ("traffci", "traffic", 1),
            ("kitten", "sitting", 3),
            ("ca", "ac", 1),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn a_far_name_gets_the_whole_list() {
        assert_eq!(
            suggestion("ownr", &["owner", "due"]),
            "did you mean `owner`?"
        );
        assert_eq!(
            suggestion("gt", &["greater", "less"]),
            "did you mean `greater`?"
        );
        assert_eq!(
            suggestion("colour", &["owner", "due"]),
            "expected one of owner, due"
        );
    }
}
