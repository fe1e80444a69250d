//! What every store does. `conforms!(name, make)` runs it all on stores that `make` makes, empty each time.

use std::collections::HashSet;

use proptest::prelude::*;
use variate::{AssignmentStore, Key, StoredUnit, Variant};

use super::key;
use super::model::Model;
use crate::support::together;

macro_rules! conforms {
    ($name:ident, $make:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "not every store needs names from outside")]
            use super::*;
            use $crate::stores::conformance;

            conforms!(@each $make,
                a_unit_that_was_never_kept_is_not_found,
                the_first_variant_that_is_kept_stays,
                units_of_other_keys_and_experiments_are_others,
                an_entry_moves_from_a_migration_key_to_the_current_one,
                the_current_key_wins_where_both_have_an_entry,
                the_first_migration_key_that_has_an_entry_wins,
                a_key_among_its_own_migration_keys_loses_nothing,
                what_a_migration_key_has_is_not_overwritten_by_keep,
                replace_takes_the_place_of_everything,
                a_unit_is_forgotten_under_all_its_keys,
                a_purge_takes_one_experiment_and_leaves_all_others,
                many_units_are_purged,
                names_of_variants_come_back_as_they_were,
                of_threads_that_keep_at_the_same_time_one_decides_for_all,
                threads_that_find_a_migrated_unit_together_all_find_it,
                any_sequence_of_calls_answers_as_a_plain_table_does,
            );
        }
    };
    (@each $make:expr, $($test:ident,)*) => {$(
        #[test]
        fn $test() {
            let store = ($make)();
            conformance::$test(&store);
        }
    )*};
}

type Store<'s> = &'s dyn AssignmentStore;

fn unit<'u>(key: &'u Key, former: &'u [Key]) -> StoredUnit<'u> {
    StoredUnit::new("pill", key, former)
}

fn find(store: Store<'_>, text: &str) -> Option<Variant> {
    store.find(&unit(&key(text), &[])).unwrap()
}

fn keep(store: Store<'_>, text: &str, variant: &'static str) -> Variant {
    store.keep(&unit(&key(text), &[]), &variant.into()).unwrap()
}

pub(super) fn a_unit_that_was_never_kept_is_not_found(store: Store<'_>) {
    assert_eq!(find(store, "a"), None);
    let former = [key("b"), key("c")];
    assert_eq!(store.find(&unit(&key("a"), &former)).unwrap(), None);
    assert_eq!(store.purge("pill").unwrap(), 0);
    store.forget(&unit(&key("a"), &former)).unwrap();
}

pub(super) fn the_first_variant_that_is_kept_stays(store: Store<'_>) {
    assert_eq!(keep(store, "a", "red"), "red");
    assert_eq!(keep(store, "a", "blue"), "red");
    assert_eq!(find(store, "a"), Some("red".into()));
    assert_eq!(find(store, "a"), Some("red".into()));
}

pub(super) fn units_of_other_keys_and_experiments_are_others(store: Store<'_>) {
    let keys = [
        "a",
        "A",
        "aa",
        "",
        "a:b",
        "0123456789abcdef0123456789abcdef",
        "a\n",
        "ä",
    ];
    let names = ["pill", "pill2", "pill:a", "PILL", "pi"];
    for (at, name) in names.iter().enumerate() {
        for (with, text) in keys.iter().enumerate() {
            let (key, variant) = (key(text), Variant::from(format!("{at}/{with}")));
            let unit = StoredUnit::new(name, &key, &[]);
            assert_eq!(store.keep(&unit, &variant).unwrap(), variant);
        }
    }
    for (at, name) in names.iter().enumerate() {
        for (with, text) in keys.iter().enumerate() {
            let found = store.find(&StoredUnit::new(name, &key(text), &[]));
            assert_eq!(found.unwrap(), Some(format!("{at}/{with}").into()));
        }
    }
}

pub(super) fn an_entry_moves_from_a_migration_key_to_the_current_one(store: Store<'_>) {
    keep(store, "former", "red");
    let found = store.find(&unit(&key("now"), &[key("unknown"), key("former")]));
    assert_eq!(found.unwrap(), Some("red".into()));
    assert_eq!(find(store, "now"), Some("red".into()));
    assert_eq!(find(store, "former"), None);
    assert_eq!(find(store, "unknown"), None);
}

pub(super) fn the_current_key_wins_where_both_have_an_entry(store: Store<'_>) {
    keep(store, "former", "red");
    keep(store, "now", "blue");
    let (now, former) = (key("now"), [key("former")]);
    let unit = unit(&now, &former);
    assert_eq!(store.find(&unit).unwrap(), Some("blue".into()));
    assert_eq!(store.keep(&unit, &"green".into()).unwrap(), "blue");
    assert_eq!(find(store, "former"), Some("red".into()));
}

pub(super) fn the_first_migration_key_that_has_an_entry_wins(store: Store<'_>) {
    keep(store, "a", "red");
    keep(store, "b", "blue");
    let former = [key("c"), key("b"), key("a")];
    let found = store.find(&unit(&key("now"), &former)).unwrap();
    assert_eq!(found, Some("blue".into()));
    assert_eq!(find(store, "b"), None);
    assert_eq!(find(store, "a"), Some("red".into()));
}

pub(super) fn a_key_among_its_own_migration_keys_loses_nothing(store: Store<'_>) {
    let (now, former) = (key("now"), [key("now"), key("former"), key("former")]);
    let unit = unit(&now, &former);
    assert_eq!(store.find(&unit).unwrap(), None);
    assert_eq!(store.keep(&unit, &"red".into()).unwrap(), "red");
    assert_eq!(store.find(&unit).unwrap(), Some("red".into()));
    store.replace(&unit, &"blue".into()).unwrap();
    assert_eq!(store.find(&unit).unwrap(), Some("blue".into()));
    store.forget(&unit).unwrap();
    keep(store, "former", "green");
    assert_eq!(store.find(&unit).unwrap(), Some("green".into()));
    assert_eq!(find(store, "now"), Some("green".into()));
}

pub(super) fn what_a_migration_key_has_is_not_overwritten_by_keep(store: Store<'_>) {
    keep(store, "former", "red");
    let kept = store.keep(&unit(&key("now"), &[key("former")]), &"blue".into());
    assert_eq!(kept.unwrap(), "red");
    assert_eq!(find(store, "now"), Some("red".into()));
    assert_eq!(find(store, "former"), None);
}

pub(super) fn replace_takes_the_place_of_everything(store: Store<'_>) {
    let (now, former) = (key("now"), [key("former"), key("unknown")]);
    let unit = unit(&now, &former);
    store.replace(&unit, &"red".into()).unwrap();
    assert_eq!(find(store, "now"), Some("red".into()));
    keep(store, "former", "blue");
    store.replace(&unit, &"green".into()).unwrap();
    assert_eq!(find(store, "now"), Some("green".into()));
    assert_eq!(find(store, "former"), None);
}

pub(super) fn a_unit_is_forgotten_under_all_its_keys(store: Store<'_>) {
    for text in ["now", "former", "other"] {
        keep(store, text, "red");
    }
    let (now, former) = (key("now"), [key("former")]);
    let unit = unit(&now, &former);
    store.forget(&unit).unwrap();
    assert_eq!(store.find(&unit).unwrap(), None);
    assert_eq!(find(store, "former"), None);
    assert_eq!(find(store, "other"), Some("red".into()));
    assert_eq!(store.keep(&unit, &"blue".into()).unwrap(), "blue");
}

pub(super) fn a_purge_takes_one_experiment_and_leaves_all_others(store: Store<'_>) {
    let mut names: Vec<String> = [
        "pill",
        "pill_color",
        "pil",
        "p",
        "pill:",
        "pill:a",
        "pill{",
        "pill}",
        "{pill}",
        "pill}:",
        "pil*",
        "*",
        "pil?",
        "pil[l]",
        "pil[^x]",
        "[a-z]ill",
        "pill\\",
        "pil\\l",
        "pill%7B",
        "pill%",
        "PILL",
        "pill\n",
        "pill\0",
        "pille_é",
        "丸薬",
        "pill pill",
        " ",
        "'",
        "\"",
        "..",
        "/",
    ]
    .map(String::from)
    .into();
    names.push("x".repeat(255));
    let mut left: HashSet<_> = names.iter().collect();
    for name in &names {
        for text in ["a", "b", "*", "}"] {
            let key = key(text);
            store
                .keep(&StoredUnit::new(name, &key, &[]), &"red".into())
                .unwrap();
        }
    }
    for purged in &names {
        assert_eq!(store.purge(purged).unwrap(), 4, "{purged:?}");
        assert_eq!(store.purge(purged).unwrap(), 0, "{purged:?}");
        left.remove(purged);
        for name in &names {
            let found = store.find(&StoredUnit::new(name, &key("a"), &[])).unwrap();
            assert_eq!(found.is_some(), left.contains(name), "{purged:?} {name:?}");
        }
    }
}

pub(super) fn many_units_are_purged(store: Store<'_>) {
    for number in 0..2_500 {
        keep(store, &number.to_string(), "red");
    }
    let other = key("other");
    let other = StoredUnit::new("other", &other, &[]);
    store.keep(&other, &"red".into()).unwrap();
    assert_eq!(store.purge("pill").unwrap(), 2_500);
    assert_eq!(store.find(&other).unwrap(), Some("red".into()));
}

pub(super) fn names_of_variants_come_back_as_they_were(store: Store<'_>) {
    let names = [
        "control",
        "a b",
        "赤",
        "line\nbreak",
        "\0",
        "'\"",
        "1",
        &"x".repeat(255),
    ];
    for (number, name) in names.into_iter().enumerate() {
        let (key, variant) = (key(&number.to_string()), Variant::from(name.to_owned()));
        assert_eq!(store.keep(&unit(&key, &[]), &variant).unwrap(), variant);
        assert_eq!(store.find(&unit(&key, &[])).unwrap(), Some(variant));
    }
}

pub(super) fn of_threads_that_keep_at_the_same_time_one_decides_for_all(store: Store<'_>) {
    let variants = ["red", "blue", "green", "grey"];
    let kept = together(variants.len(), 100, |thread, round| {
        keep(store, &round.to_string(), variants[thread])
    });
    for other in &kept {
        assert_eq!(&kept[0], other);
    }
}

pub(super) fn threads_that_find_a_migrated_unit_together_all_find_it(store: Store<'_>) {
    const ROUNDS: usize = 200;
    let keys = |round| {
        (
            key(&format!("now {round}")),
            [key(&format!("former {round}"))],
        )
    };
    for round in 0..ROUNDS {
        keep(store, &format!("former {round}"), "red");
    }
    together(4, ROUNDS, |_, round| {
        let (now, former) = keys(round);
        let found = store.find(&unit(&now, &former)).unwrap();
        assert_eq!(found, Some("red".into()), "{round}");
    });
}

#[derive(Debug, Clone, Copy)]
enum Call {
    Find,
    Keep(&'static str),
    Replace(&'static str),
    Forget,
    Purge,
}

type Step = (Call, &'static str, &'static str, Vec<&'static str>);

fn step() -> impl Strategy<Value = Step> {
    let variant = || prop::sample::select(&["control", "red", "blue"][..]);
    let text = || prop::sample::select(&["a", "b", "c", "d"][..]);
    let call = prop_oneof![
        4 => Just(Call::Find),
        4 => variant().prop_map(Call::Keep),
        1 => variant().prop_map(Call::Replace),
        1 => Just(Call::Forget),
        1 => Just(Call::Purge),
    ];
    let name = prop::sample::select(&["pill", "pill2"][..]);
    (call, name, text(), prop::collection::vec(text(), 0..3))
}

fn answer(store: Store<'_>, (call, name, current, former): &Step) -> String {
    let former: Vec<_> = former.iter().map(|text| key(text)).collect();
    let current = key(current);
    let unit = StoredUnit::new(name, &current, &former);
    match *call {
        Call::Find => format!("{:?}", store.find(&unit).unwrap()),
        Call::Keep(variant) => store.keep(&unit, &variant.into()).unwrap().to_string(),
        Call::Replace(variant) => format!("{:?}", store.replace(&unit, &variant.into()).unwrap()),
        Call::Forget => format!("{:?}", store.forget(&unit).unwrap()),
        Call::Purge => store.purge(name).unwrap().to_string(),
    }
}

pub(super) fn any_sequence_of_calls_answers_as_a_plain_table_does(store: Store<'_>) {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..60))| {
        let model = Model::default();
        for name in ["pill", "pill2"] {
            store.purge(name).unwrap();
        }
        for step in steps {
            prop_assert_eq!(answer(store, &step), answer(&model, &step), "{:?}", step);
        }
    });
}
