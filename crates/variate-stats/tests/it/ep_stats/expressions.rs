use proptest::prelude::*;
use variate_stats::ep_stats::{Expression, Fault, Mode};

fn goals(text: &str, mode: Mode) -> Vec<String> {
    let expression =
        Expression::parse(text, mode).unwrap_or_else(|error| panic!("{text}: {error}"));
    expression
        .goals()
        .iter()
        .map(|goal| format!("{:?} {goal}", goal.function))
        .collect()
}

#[test]
fn goals_are_read() {
    for mode in [Mode::Compat, Mode::Corrected] {
        assert_eq!(
            goals("count(user.global.exposure)", mode),
            ["Count user.global.exposure"]
        );
        assert_eq!(
            goals(
                " value ( my_unit . unit . goal_2 ( a = x, b >= 5 ,c=^y, d!=1|2,) ) ",
                mode
            ),
            ["Value my_unit.unit.goal_2[a=x, b>=5 , c^y, d!=1|2]"]
        );
        assert_eq!(
            goals("2 * (unique(u.unit.a) ~ -1) / value(u.unit.b)", mode),
            ["Unique u.unit.a", "Value u.unit.b"]
        );
    }
}

#[test]
fn faults_are_told_with_their_byte() {
    for (text, offset, fault) in [
        ("", 0, Fault::Expected("a goal, a number or (")),
        ("sum(u.unit.a)", 0, Fault::Function("sum".into())),
        ("count(u.units.a)", 8, Fault::Aggregation("units".into())),
        (
            "count(u1.unit.a)",
            7,
            Fault::Expected(". after the type of unit"),
        ),
        ("count(u.unit.a", 14, Fault::Expected(") after the goal")),
        (
            "count(u.unit.a()",
            15,
            Fault::Expected("the name of a dimension"),
        ),
        (
            "count(u.unit.a(b=))",
            17,
            Fault::Expected("the value of a dimension"),
        ),
        (
            "count(u.unit.a(b~c))",
            16,
            Fault::Expected("one of = =^ != < <= > >="),
        ),
        ("count(u.unit.a(b=1,b=2))", 19, Fault::Dimension("b".into())),
        ("-count(u.unit.a)", 1, Fault::Expected("digits after the -")),
        ("(count(u.unit.a)", 16, Fault::Expected("an operator or )")),
    ] {
        for mode in [Mode::Compat, Mode::Corrected] {
            let error = Expression::parse(text, mode).unwrap_err();
            assert_eq!((error.offset, &error.fault), (offset, &fault), "{text}");
        }
    }
}

#[test]
fn corrected_refuses_what_the_original_ignores() {
    for (text, offset) in [
        ("count(u.unit.a) garbage", 16),
        ("count(u.unit.a) + garbage", 25),
        ("count(u.unit.a) + (count(u.unit.b)", 34),
        ("count(u.unit.a))", 15),
        ("count(u.unit.a) * 0.", 20),
        ("count(u.unit.a) * 1e3", 19),
    ] {
        assert_eq!(goals(text, Mode::Compat), ["Count u.unit.a"], "{text}");
        assert_eq!(
            Expression::parse(text, Mode::Corrected).unwrap_err().offset,
            offset,
            "{text}"
        );
    }
}

#[test]
fn surprising_precedence_is_noticed() {
    let surprising = |text: &str| {
        Expression::parse(
            &text.replace(char::is_alphabetic, "count(u.unit.x)"),
            Mode::Corrected,
        )
        .unwrap()
        .is_surprising()
    };
    for text in ["a+b-c", "a/b*c", "a~b+c", "a*b/c/d*e"] {
        assert!(surprising(text), "{text}");
    }
    for text in [
        "a-b+c", "a*b/c", "a+b/c", "(a/b)*c", "a/(b*c)", "a-b-c", "a~b~c", "a",
    ] {
        assert!(!surprising(text), "{text}");
    }
}

#[test]
fn long_and_deep_texts_are_read_in_their_time() {
    let long = vec!["count(u.unit.a)"; 65_536].join("+");
    assert!(long.len() > 1_000_000);
    assert_eq!(
        Expression::parse(&long, Mode::Corrected)
            .unwrap()
            .goals()
            .len(),
        65_536
    );
    let deep = |depth| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Expression::parse(&deep(200), Mode::Compat).is_ok());
    let error = Expression::parse(&deep(10_000), Mode::Compat).unwrap_err();
    assert_eq!((error.offset, error.fault), (200, Fault::Depth(200)));
    let many = vec!["(1"; 500_000].join("+");
    assert!(Expression::parse(&many, Mode::Compat).is_err());
    let dimensions: Vec<String> = (0..20_000).map(|name| format!("d{name}=x")).collect();
    assert!(
        Expression::parse(
            &format!("count(u.unit.a({}))", dimensions.join(",")),
            Mode::Corrected
        )
        .is_ok()
    );
}

fn expression() -> impl Strategy<Value = String> {
    let goal = prop::sample::select(vec![
        "count(u.unit.a)",
        "value(u.global.b_1)",
        "unique(u.unit.c(d=x y, e>=3))",
        "7",
        "-2",
        "value( u.unit.c ( d != 1 , ) )",
    ]);
    goal.prop_map(str::to_owned)
        .prop_recursive(6, 60, 3, |inner| {
            let operator = prop::sample::select(vec!["+", "-", "*", "/", "~", " + ", " ~ "]);
            prop_oneof![
                (inner.clone(), operator, inner.clone())
                    .prop_map(|(left, operator, right)| format!("{left}{operator}{right}")),
                inner.prop_map(|inner| format!("({inner})")),
            ]
        })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9 .,()+*/~=<>!^-]{0,60}|\\PC{0,40}") {
        for mode in [Mode::Compat, Mode::Corrected] {
            if let Err(error) = Expression::parse(&text, mode) {
                prop_assert!(error.offset <= text.len() && text.is_char_boundary(error.offset));
            }
        }
    }

    #[test]
    fn expressions_are_expressions_in_both_modes(text in expression(), tail in "[^-+*/~ \t\n\r][a-z]{0,5}") {
        let whole = Expression::parse(&text, Mode::Corrected).unwrap();
        prop_assert_eq!(&Expression::parse(&text, Mode::Compat).unwrap(), &whole);
        // What follows changes nothing in compat mode.
        prop_assume!(!tail.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.'));
        let longer = format!("{text} {tail}");
        prop_assert_eq!(&Expression::parse(&longer, Mode::Compat).unwrap(), &whole);
        prop_assert!(Expression::parse(&longer, Mode::Corrected).is_err());
    }
}
