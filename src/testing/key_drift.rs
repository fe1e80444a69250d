//! One logical unit under several keys: what every count of units gets wrong.

use std::collections::BTreeSet;

use super::report::table;
use super::{Events, RecordedEvent};
use crate::{Key, Value};

const ADVICE: &str = "give the same context everywhere; a former one with `migrated_from` or \
                      `migrated_with`; or stick to the part that is always known with `sticky_to`";

/// The events of one unit: of a key, and of those that migrated to it.
struct UnitEvents<'e> {
    keys: Vec<&'e Key>,
    events: Vec<&'e RecordedEvent>,
}

impl Events {
    /// That all events of an experiment are of one unit, in a test of one unit: its key did not drift from
    /// one place to another. Keys that are another's migration keys count as one with it.
    ///
    /// ```
    /// use variate::{context, experiment, testing};
    ///
    /// let events = testing::record();
    /// let visitor = context! { user_id: 42 };
    /// experiment("pill", &visitor).use_(|| "grey").try_(|| "red").run();
    /// experiment("pill", &visitor).track("swallowed");
    /// events.assert_one_key("pill");
    /// ```
    ///
    /// # Panics
    ///
    /// When there are several, or no events at all. The message says in what the contexts differ.
    #[track_caller]
    pub fn assert_one_key(&self, experiment: &str) {
        self.assert_keys(experiment, 1);
    }

    /// That the events of an experiment are of so many units, as [`assert_one_key`](Self::assert_one_key) counts them.
    ///
    /// # Panics
    ///
    /// When there is another number of them. The message says in what the contexts differ.
    #[track_caller]
    pub fn assert_keys(&self, experiment: &str, count: usize) {
        let events = self.of(experiment);
        let units = units(events.iter());
        if units.len() != count {
            let problem = format!(
                "`{experiment}` was tracked under {}, and not under {}",
                keys(units.len()),
                keys(count)
            );
            self.fail_of_drift(problem, &units);
        }
    }

    /// That in every experiment units with the same `entry` in their contexts, say `user_id`, have one key.
    ///
    /// # Panics
    ///
    /// When one has several, or a context has no such entry. The message says in what the contexts differ.
    #[track_caller]
    pub fn assert_one_key_per(&self, entry: &str) {
        let events = self.all();
        let mut seen: Vec<(&str, &Value<'_>)> = Vec::new();
        for event in &events {
            let name = event.record.experiment.as_str();
            let Some(value) = event.context.get(entry) else {
                let alike = events
                    .iter()
                    .filter(|other| other.record.experiment == name);
                let problem = format!("`{name}` was tracked without `{entry}` in its context");
                self.fail_of_drift(problem, &units(alike));
            };
            if seen.contains(&(name, value)) {
                continue;
            }
            seen.push((name, value));
            let units = units(events.iter().filter(|other| {
                other.record.experiment == name && other.context.get(entry) == Some(value)
            }));
            if units.len() > 1 {
                let problem = format!(
                    "`{name}` was tracked under {} for one `{entry}`, {value:?}",
                    keys(units.len())
                );
                self.fail_of_drift(problem, &units);
            }
        }
    }

    #[track_caller]
    fn fail_of_drift(&self, problem: String, units: &[UnitEvents<'_>]) -> ! {
        let mut report = self.report(problem);
        let rows = units.iter().flat_map(|unit| {
            unit.keys.iter().filter_map(|key| {
                let mut events = unit.events.iter().filter(|event| event.record.key == **key);
                let first = events.next()?;
                let actions = std::iter::once(first).chain(events);
                let actions: Vec<_> = actions.map(|event| event.record.action.as_str()).collect();
                let context = format!("{:?}", first.context);
                Some(vec![key.to_string(), context, actions.join(", ")])
            })
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            report.section("tracked", &["nothing of it".to_owned()]);
        } else {
            report.section("keys", &table(&["key", "context", "actions"], rows));
        }
        let differences = differences(units);
        if !differences.is_empty() {
            report.section("the contexts differ in", &differences);
            report.section("if they are one unit", &[ADVICE.to_owned()]);
        }
        report.fail()
    }
}

fn keys(count: usize) -> String {
    match count {
        0 => "no key".to_owned(),
        1 => "one key".to_owned(),
        count => format!("{count} keys"),
    }
}

/// Puts together what has a key in common, migration keys among them.
fn units<'e>(events: impl Iterator<Item = &'e RecordedEvent>) -> Vec<UnitEvents<'e>> {
    let mut units: Vec<UnitEvents<'e>> = Vec::new();
    for event in events {
        let mut unit = UnitEvents {
            keys: std::iter::once(&event.record.key)
                .chain(&event.record.migration_keys)
                .collect(),
            events: vec![event],
        };
        let mut apart = Vec::new();
        for mut other in units {
            if other.keys.iter().any(|key| unit.keys.contains(key)) {
                unit.keys.retain(|key| !other.keys.contains(key));
                other.keys.append(&mut unit.keys);
                other.events.append(&mut unit.events);
                unit = other;
            } else {
                apart.push(other);
            }
        }
        apart.push(unit);
        units = apart;
    }
    units
}

/// The entries that are not the same in the contexts of all units.
fn differences(units: &[UnitEvents<'_>]) -> Vec<String> {
    let contexts: Vec<_> = units
        .iter()
        .filter_map(|unit| unit.events.first().map(|event| &event.context))
        .collect();
    let names: BTreeSet<_> = contexts
        .iter()
        .flat_map(|context| context.iter().map(|(name, _)| name))
        .collect();
    let mut differences = Vec::new();
    for name in names {
        let mut texts = Vec::new();
        for context in &contexts {
            let text = context
                .get(name)
                .map_or_else(|| "missing".to_owned(), |value| format!("{value:?}"));
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        if texts.len() > 1 {
            differences.push(format!("`{name}`: {}", texts.join(", ")));
        }
    }
    differences
}
