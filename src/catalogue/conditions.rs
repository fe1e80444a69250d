use super::node::{Data, Entry, Node};
use super::reader::Reader;
use crate::Condition;

const KNOWN: &[&str] = &[
    "key",
    "equals",
    "not_equals",
    "in",
    "not_in",
    "greater",
    "at_least",
    "less",
    "at_most",
    "prefix",
    "suffix",
    "contains",
    "present",
    "matches",
    "version",
    "percent",
    "seed",
    "all",
    "any",
    "not",
];

/// What a table of a condition has, apart from tests of an entry.
#[derive(Default)]
struct Parts<'n> {
    key: Option<&'n str>,
    seed: Option<&'n str>,
    conditions: Vec<Condition>,
    tests: Vec<&'n Entry>,
    wrong: bool,
}

/// Reads a condition: tests of one entry of the context, or other conditions in `all`, `any` or
/// `not`. All that one table says must hold.
pub(super) fn read<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<Condition> {
    let mut parts = Parts::default();
    let before = reader.count();
    let is_table = reader.table(node, KNOWN, |reader, entry| {
        let value = &entry.value;
        match entry.key.as_str() {
            "key" => parts.key = reader.text(value),
            "seed" => parts.seed = reader.text(value),
            "all" => several(reader, value, &mut parts, Condition::all),
            "any" => several(reader, value, &mut parts, Condition::any),
            "not" => match read(reader, value) {
                Some(condition) => parts.conditions.push(!condition),
                None => parts.wrong = true,
            },
            _ => parts.tests.push(entry),
        }
    });
    if !is_table || reader.count() > before {
        return None;
    }
    if parts.seed.is_some() && !parts.tests.iter().any(|entry| entry.key == "percent") {
        reader.wrong(
            node.place,
            "`seed` is for `percent`: add that, or leave it out",
        );
        return None;
    }
    match (parts.key, parts.tests.is_empty()) {
        (Some(key), false) => {
            for entry in std::mem::take(&mut parts.tests) {
                let seed = parts.seed;
                match reader.inside(&entry.key, |reader| test(reader, key, seed, entry)) {
                    Some(condition) => parts.conditions.push(condition),
                    None => parts.wrong = true,
                }
            }
        }
        (Some(_), true) => {
            reader.wrong(
                node.place,
                "nothing is asked of the entry: add a test, as `equals = ..` or `present = true`",
            );
            return None;
        }
        (None, false) => {
            reader.wrong(
                node.place,
                "there is no `key`: say which entry of the context is tested",
            );
            return None;
        }
        (None, true) if parts.conditions.is_empty() => {
            reader.wrong(
                node.place,
                "the condition is empty: give a `key` and a test, or `all`, `any` or `not`",
            );
            return None;
        }
        (None, true) => {}
    }
    if parts.wrong {
        return None;
    }
    match parts.conditions.len() {
        1 => parts.conditions.pop(),
        _ => Some(Condition::all(parts.conditions)),
    }
}

fn several<'n>(
    reader: &mut Reader<'n>,
    node: &'n Node,
    parts: &mut Parts<'n>,
    together: impl FnOnce(Vec<Condition>) -> Condition,
) {
    let Data::List(items) = &node.data else {
        parts.wrong = true;
        reader.expected::<()>(node, "a list of conditions");
        return;
    };
    if items.is_empty() {
        parts.wrong = true;
        reader.wrong(
            node.place,
            "the list is empty: add a condition, or leave the key out",
        );
        return;
    }
    let conditions = reader.list(node, read);
    parts.wrong |= conditions.len() < items.len();
    parts.conditions.push(together(conditions));
}

/// Reads one test of an entry.
fn test<'n>(
    reader: &mut Reader<'n>,
    key: &str,
    seed: Option<&str>,
    entry: &'n Entry,
) -> Option<Condition> {
    let node = &entry.value;
    let checked = |reader: &mut Reader<'n>, result: Result<Condition, String>| {
        result
            .map_err(|message| reader.wrong(node.place, message))
            .ok()
    };
    Some(match entry.key.as_str() {
        "equals" => Condition::equals(key, scalar(reader, node)?),
        "not_equals" => Condition::not_equals(key, scalar(reader, node)?),
        "in" => Condition::is_in(key, scalars(reader, node)?),
        "not_in" => Condition::not_in(key, scalars(reader, node)?),
        "greater" => Condition::greater(key, scalar(reader, node)?),
        "at_least" => Condition::at_least(key, scalar(reader, node)?),
        "less" => Condition::less(key, scalar(reader, node)?),
        "at_most" => Condition::at_most(key, scalar(reader, node)?),
        "prefix" => Condition::prefix(key, reader.text(node)?),
        "suffix" => Condition::suffix(key, reader.text(node)?),
        "contains" => Condition::contains(key, reader.text(node)?),
        "present" if reader.flag(node)? => Condition::present(key),
        "present" => Condition::absent(key),
        "matches" => {
            let pattern = reader.text(node)?;
            reader.counts_pattern(node)?;
            let condition = Condition::matches(key, pattern);
            return checked(reader, condition.map_err(|error| error.to_string()));
        }
        "version" => {
            let condition = Condition::version(key, reader.text(node)?);
            return checked(reader, condition.map_err(|error| error.to_string()));
        }
        _ => {
            let percent = reader.percentage(node)?;
            let condition = match seed {
                Some(seed) => Condition::seeded_percent_of(key, percent, seed),
                None => Condition::percent_of(key, percent),
            };
            return checked(reader, condition.map_err(|error| error.to_string()));
        }
    })
}

fn scalar<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<crate::Value<'static>> {
    match &node.data {
        Data::Null => reader.expected(
            node,
            "a text, a number, true or false (for null: `present = false`)",
        ),
        Data::List(_) | Data::Map(_) => reader.expected(node, "a text, a number, true or false"),
        _ => Some(node.to_value()),
    }
}

fn scalars<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<Vec<crate::Value<'static>>> {
    let Data::List(items) = &node.data else {
        return reader.expected(node, "a list, as [\"DE\", \"AT\"]");
    };
    if items.is_empty() {
        reader.wrong(node.place, "the list is empty: name at least one value");
        return None;
    }
    let values = reader.list(node, scalar);
    (values.len() == items.len()).then_some(values)
}
