//! Conditions over the context, alone and together.

use variate::{Condition, Config, Context, Declaration, NoTracker, Value, context};

/// Whether a condition holds for a unit with this context.
fn holds(condition: &Condition, context: &Context<'_>) -> bool {
    holds_in("toggle", condition, context)
}

fn holds_in(experiment: &str, condition: &Condition, context: &Context<'_>) -> bool {
    let config = Config::builder()
        .tracker(NoTracker::new())
        .declare(Declaration::new(experiment).exclude(condition.clone()))
        .build()
        .unwrap();
    let exp = config.experiment(experiment, context);
    exp.assignment().reason().code() == "excluded"
}

fn with(value: impl Into<Value<'static>>) -> Context<'static> {
    Context::new().with("entry", value)
}

#[test]
fn values_are_compared_by_the_text_that_keys_are_made_of() {
    let one = Condition::equals("entry", 1);
    for same in [
        with(1),
        with("1"),
        with(1.0),
        with(1_u128),
        with(Value::symbol("1")),
    ] {
        assert!(holds(&one, &same), "{same:?}");
        assert!(holds(&Condition::is_in("entry", [7, 1, 3]), &same));
        assert!(!holds(&Condition::not_equals("entry", "1"), &same));
        assert!(!holds(&Condition::not_in("entry", [1]), &same));
    }
    for other in [with(2), with("01"), with(" 1"), with(true), with(-1)] {
        assert!(!holds(&one, &other), "{other:?}");
        assert!(holds(&Condition::not_equals("entry", 1), &other));
        assert!(holds(&Condition::not_in("entry", [1]), &other));
    }
    assert!(holds(&Condition::equals("entry", "true"), &with(true)));
    assert!(holds(
        &Condition::equals("entry", "18446744073709551615"),
        &with(u64::MAX)
    ));
    assert!(holds(
        &Condition::equals("entry", u128::MAX),
        &with(u128::MAX)
    ));
    assert!(!holds(&Condition::equals("entry", "+1"), &with(1)));
    assert!(holds(&Condition::equals("entry", ""), &with("")));
}

#[test]
fn an_entry_that_is_absent_or_null_meets_nothing_but_absent() {
    for context in [context! {}, context! { other: 1 }, with(None::<u8>)] {
        for condition in [
            Condition::equals("entry", ""),
            Condition::not_equals("entry", "x"),
            Condition::is_in("entry", [""]),
            Condition::not_in("entry", ["x"]),
            Condition::greater("entry", -1),
            Condition::at_least("entry", ""),
            Condition::less("entry", 1),
            Condition::at_most("entry", 1),
            Condition::prefix("entry", ""),
            Condition::suffix("entry", ""),
            Condition::contains("entry", ""),
            Condition::present("entry"),
            Condition::percent_of("entry", 100).unwrap(),
        ] {
            assert!(!holds(&condition, &context), "{condition} {context:?}");
            assert!(holds(&!condition, &context));
        }
        assert!(holds(&Condition::absent("entry"), &context));
    }
    assert!(holds(&Condition::present("entry"), &with("")));
    assert!(!holds(&Condition::absent("entry"), &with(0)));
}

#[test]
fn order_is_that_of_numbers_or_that_of_texts_and_never_both() {
    let adult = Condition::at_least("entry", 18);
    for (value, expected) in [
        (Value::from(18), true),
        (Value::from(17), false),
        (Value::from("18"), true),
        (Value::from("9"), false),
        (Value::from(17.999), false),
        (Value::from(18.0), true),
        (Value::from(u128::MAX), true),
        (Value::from(i128::MIN), false),
        (Value::from("eighteen"), false),
        (Value::from(true), false),
        (Value::from(f64::NAN), false),
        (Value::from(f64::INFINITY), true),
    ] {
        assert_eq!(holds(&adult, &with(value.clone())), expected, "{value:?}");
    }
    // 2^53 and the integer after it are one float.
    let exact = Condition::greater("entry", 9_007_199_254_740_992_i64);
    assert!(holds(&exact, &with(9_007_199_254_740_993_i64)));
    assert!(holds(&exact, &with("9007199254740993")));
    assert!(!holds(&exact, &with(9_007_199_254_740_992.0)));
    // Dates sort as texts do.
    let since = Condition::at_least("entry", "2026-11-01");
    assert!(holds(&since, &with("2026-11-20")));
    assert!(!holds(&since, &with("2026-09-20")));
    assert!(!holds(&since, &with(3000)));
    assert!(holds(&Condition::less("entry", 2), &with(1)));
    assert!(!holds(&Condition::less("entry", 2), &with(2)));
    assert!(holds(&Condition::at_most("entry", 2), &with(2)));
    assert!(!holds(&Condition::greater("entry", 2), &with(2)));
    assert!(holds(&Condition::greater("entry", 2), &with(3)));
}

#[test]
fn texts_are_found_at_their_beginning_end_and_within() {
    for value in [
        with("gid://shop/User/1"),
        with(Value::gid("shop", "User", 1)),
    ] {
        assert!(holds(&Condition::prefix("entry", "gid://shop/"), &value));
        assert!(!holds(&Condition::prefix("entry", "User"), &value));
        assert!(holds(&Condition::suffix("entry", "/1"), &value));
        assert!(!holds(&Condition::suffix("entry", "gid"), &value));
        assert!(holds(&Condition::contains("entry", "/User/"), &value));
        assert!(!holds(&Condition::contains("entry", "user"), &value));
    }
    assert!(holds(&Condition::prefix("entry", "42"), &with(4242)));
}

#[test]
fn a_list_meets_what_one_item_meets_and_a_map_only_that_it_is_there() {
    let roles = with(["editor", "admin"]);
    assert!(holds(&Condition::equals("entry", "admin"), &roles));
    assert!(holds(
        &Condition::is_in("entry", ["admin", "owner"]),
        &roles
    ));
    assert!(holds(&Condition::prefix("entry", "ed"), &roles));
    assert!(!holds(&Condition::not_in("entry", ["admin"]), &roles));
    assert!(holds(&Condition::not_in("entry", ["owner"]), &roles));
    assert!(!holds(&Condition::not_equals("entry", "editor"), &roles));
    assert!(holds(&Condition::greater("entry", 5), &with([1, 9])));
    let nested = with(Value::list([Value::list(["admin"])]));
    assert!(!holds(&Condition::equals("entry", "admin"), &nested));
    let map = with(Value::map([("role", "admin")]));
    assert!(holds(&Condition::present("entry"), &map));
    assert!(!holds(&Condition::equals("entry", "admin"), &map));
    assert!(!holds(&Condition::contains("entry", "admin"), &map));
    let empty = with(Vec::<u8>::new());
    assert!(holds(&Condition::present("entry"), &empty));
    assert!(!holds(&Condition::equals("entry", 1), &empty));
}

#[test]
fn conditions_go_together_by_and_or_and_not() {
    let yes = || Condition::present("entry");
    let no = || Condition::absent("entry");
    let unit = with(1);
    for (condition, expected) in [
        (Condition::all([yes(), yes()]), true),
        (Condition::all([yes(), no()]), false),
        (Condition::all([]), true),
        (Condition::any([no(), yes()]), true),
        (Condition::any([no(), no()]), false),
        (Condition::any([]), false),
        (yes() & no(), false),
        (yes() | no(), true),
        (!yes(), false),
        (!no(), true),
        (!(yes() & no()), true),
    ] {
        assert_eq!(holds(&condition, &unit), expected, "{condition}");
    }
}

#[test]
fn a_share_is_of_its_size_grows_without_letting_go_and_differs_between_experiments() {
    let share = |percent: f64| Condition::percent_of("company", percent).unwrap();
    let units: Vec<_> = (0..1_000)
        .map(|company| context! { company: company, user: 7 })
        .collect();
    let taken = |experiment: &str, condition: &Condition| -> Vec<bool> {
        units
            .iter()
            .map(|unit| holds_in(experiment, condition, unit))
            .collect()
    };
    let count = |taken: &[bool]| taken.iter().filter(|taken| **taken).count();
    let tenth = taken("one", &share(10.0));
    let quarter = taken("one", &share(25.0));
    // Five standard deviations of a binomial distribution around the mean.
    assert!((53..=147).contains(&count(&tenth)), "{}", count(&tenth));
    assert!((182..=318).contains(&count(&quarter)));
    assert!(
        tenth
            .iter()
            .zip(&quarter)
            .all(|(small, large)| *large || !small)
    );
    assert_eq!(count(&taken("one", &share(0.0))), 0);
    assert_eq!(count(&taken("one", &share(100.0))), 1_000);
    let both = |one: &[bool], other: &[bool]| {
        one.iter()
            .zip(other)
            .filter(|(one, other)| **one && **other)
            .count()
    };
    // Of two independent quarters, a sixteenth is in both.
    let elsewhere = taken("two", &share(25.0));
    assert!(
        (25..=100).contains(&both(&quarter, &elsewhere)),
        "{}",
        both(&quarter, &elsewhere)
    );
    let seeded = |seed: &str| Condition::seeded_percent_of("company", 25, seed).unwrap();
    assert_eq!(taken("one", &seeded("beta")), taken("two", &seeded("beta")));
    let other_seed = taken("one", &seeded("gamma"));
    assert!((25..=100).contains(&both(&taken("one", &seeded("beta")), &other_seed)));
    assert!(Condition::percent_of("company", 101).is_err());
    assert!(Condition::percent_of("company", f64::NAN).is_err());
}

#[test]
fn a_condition_says_in_words_what_it_asks() {
    let condition = (Condition::equals("plan", "pro") | Condition::at_least("age", 18))
        & !Condition::not_in("country", ["DE", "AT"])
        & Condition::percent_of("company", 12.5).unwrap();
    assert_eq!(
        condition.to_string(),
        "((plan is \"pro\" or age >= 18) and not (country is none of \"AT\", \"DE\")) and 12.5 % of company"
    );
    let many = Condition::is_in("id", 0..1_000).to_string();
    assert!(many.ends_with("and 990 more"), "{many}");
}

#[cfg(feature = "catalogue")]
mod expressions {
    use super::*;

    #[test]
    fn a_regular_expression_is_found_in_the_text_of_an_entry() {
        let staff = Condition::matches("entry", r"@example\.(com|org)$").unwrap();
        assert!(holds(&staff, &with("ann@example.com")));
        assert!(!holds(&staff, &with("ann@example.com.evil")));
        assert!(!holds(&staff, &with(None::<u8>)));
        let digits = Condition::matches("entry", r"^\d{2}$").unwrap();
        assert!(holds(&digits, &with(42)));
        assert!(!holds(&digits, &with(420)));
        assert!(holds(
            &Condition::matches("entry", r"(?i)^ÄRGER\b").unwrap(),
            &with("ärger!")
        ));
    }

    #[test]
    fn expressions_that_are_none_or_would_explode_are_refused() {
        for pattern in ["(", "a{1000}{1000}{1000}", r"(?=x)", r"(a)\1", "[z-a]", "*"] {
            let error = Condition::matches("entry", pattern)
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with(&format!("`{pattern}` is no usable")),
                "{error}"
            );
            assert_eq!(error.lines().count(), 1, "{error}");
        }
        let deep = "(".repeat(10_000) + &")".repeat(10_000);
        assert!(Condition::matches("entry", &deep).is_err());
    }

    #[test]
    fn an_expression_that_backtracking_engines_choke_on_answers() {
        let pattern = Condition::matches("entry", "^(a+)+$").unwrap();
        assert!(!holds(&pattern, &with("a".repeat(50_000) + "b")));
    }

    #[test]
    fn versions_are_taken_by_requirements_as_those_of_cargo() {
        let between = Condition::version("entry", ">=2.3, <3").unwrap();
        for (version, expected) in [
            ("2.3.0", true),
            ("2.3", true),
            ("v2.10.1", true),
            ("2.2.9", false),
            ("3.0.0", false),
            ("3", false),
            ("2.4.0-beta.1", false),
            ("2.4.0+build", true),
            ("two", false),
            ("", false),
        ] {
            assert_eq!(holds(&between, &with(version)), expected, "{version}");
        }
        assert!(holds(&between, &with(2.5)));
        assert!(holds(&Condition::version("entry", "2").unwrap(), &with(2)));
        let beta = Condition::version("entry", ">=2.4.0-alpha").unwrap();
        assert!(holds(&beta, &with("2.4.0-beta.1")));
        assert!(Condition::version("entry", "two").is_err());
        assert!(Condition::version("entry", "").is_err());
    }
}
